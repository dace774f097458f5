"""Several events gone from a calendar at once: emptied, or at fault, rather than so many changes of mind.

Its owner is asked once, privately; until they answer nothing happens.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from pydantic import TypeAdapter

from bot.desk import Desk
from bot.views import vanished as views
from scheduling_core.deliveries import Message
from scheduling_core.linked_calendars import CopyRecord
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person
from scheduling_core.ports import Reading
from scheduling_core.refs import RoomRef

MOST: Final = 2
"""So many at once are taken for what they look like."""

KIND: Final = "calendar.vanished"
"""Kind of the record, by person, of what is asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is asked.

    Attributes:
        message: id of the card.
        states: the meetings that are meant, each as `state_of` names it.
    """

    message: str
    states: tuple[str, ...]

    @property
    def mark(self) -> str:
        """What the buttons carry: an answer to an older card of it is none."""
        return sha256(",".join(self.states).encode()).hexdigest()[:12]


_QUESTION: TypeAdapter[Question] = TypeAdapter(Question)


def state_of(copy: CopyRecord) -> str:
    """What is asked about: a meeting that was agreed anew is written anew."""
    return f"{copy.meeting}@{copy.sequence}"


async def asked(reading: Reading, person_id: str) -> Question | None:
    """What the person has not answered yet."""
    text = await reading.record(KIND, person_id)
    return _QUESTION.validate_json(text) if text else None


async def ask(desk: Desk, owner: Person, room: RoomRef, copies: Sequence[CopyRecord]) -> None:
    """Ask about these; where something is asked already, these join it on the same card."""
    before = await asked(desk.tx, owner.id) or Question(desk.office.new_id("m"), ())
    states = dict.fromkeys((*before.states, *map(state_of, copies)))
    await _put(desk, owner, room, Question(before.message, tuple(states)))


async def came_back(desk: Desk, owner: Person, room: RoomRef, copy: CopyRecord) -> None:
    """An event stands there after all: nothing is asked about it any more."""
    await leave_out(desk, owner, room, [copy])


async def leave_out(
    desk: Desk, owner: Person, room: RoomRef, copies: Sequence[CopyRecord]
) -> Sequence[CopyRecord]:
    """Nothing is asked about these any more; returns those that were asked about."""
    before = await asked(desk.tx, owner.id)
    were_asked = [copy for copy in copies if before and state_of(copy) in before.states]
    if before is not None and were_asked:
        over = {state_of(copy) for copy in were_asked}
        states = tuple(each for each in before.states if each not in over)
        await _put(desk, owner, room, Question(before.message, states))
    return were_asked


async def meant(desk: Desk, states: Collection[str]) -> list[Meeting]:
    """Those of them that still are as they were, the next one first."""
    found = []
    for state in states:
        booking, _, sequence = state.partition("@")
        meeting = await desk.tx.meeting(booking.partition(":")[0])
        as_asked = meeting is not None and (meeting.booking, str(meeting.sequence)) == (booking, sequence)
        if meeting and as_asked and meeting.phase is Phase.CONFIRMED and meeting.span.start > desk.now:
            found.append(meeting)
    return sorted(found, key=lambda meeting: meeting.span.start)


async def answered(desk: Desk, person_id: str) -> None:
    """Forget the question."""
    await desk.tx.drop_record(KIND, person_id)


async def _put(desk: Desk, owner: Person, room: RoomRef, question: Question) -> None:
    meetings = await meant(desk, question.states)
    if not meetings:
        await answered(desk, owner.id)
        await desk.withdraw_message(question.message)
        return
    until = max(meeting.span.end for meeting in meetings)
    await desk.tx.save_record(KIND, owner.id, _QUESTION.dump_json(question).decode(), until)
    listed = [(meeting, await _others(desk, meeting, owner)) for meeting in meetings]
    shown = await desk.tx.message(question.message)
    revision, room = (shown.message.revision + 1, shown.message.room) if shown else (1, room)
    card = views.question(listed, question.mark, await desk.eyes_of(meetings[0], owner))
    await desk.show(Message(question.message, revision, room, owner.ref, card))


async def _others(desk: Desk, meeting: Meeting, owner: Person) -> list[Person]:
    people = (await desk.cast(meeting)).people.values()
    return [person for person in people if person.id != owner.id]
