"""Something new in a calendar lies over a meeting: its owner is told once, privately; nobody else is.

What it is nobody here knows: of calendars only start and end of busy times are read, and our own events are
left out of them.
"""

import base64
from collections.abc import Iterable
from hashlib import sha256

from bot.desk import Desk
from bot.views import changes_there
from scheduling_core.deliveries import Message
from scheduling_core.intervals import Interval, overlaps
from scheduling_core.linked_calendars import AccountTimes, CalendarTimes
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person


async def note(
    desk: Desk, owner: Person, booked: Iterable[Meeting], before: AccountTimes | None, after: AccountTimes
) -> None:
    """An account was read: compare with what was known.

    Args:
        booked: the owner's meetings as they were when it was asked; what was agreed since is not meant.
    """
    if before is None:
        return
    for asked in booked:
        if asked.span.start > desk.now and before.covers(asked.span) and _is_new(before, after, asked.span):
            meeting = await desk.tx.meeting(asked.id)
            if meeting and _is_same(meeting, asked) and await _is_written(desk, meeting, owner):
                await _tell(desk, meeting, owner)


def _is_new(before: AccountTimes, after: AccountTimes, span: Interval) -> bool:
    """Whether a calendar is busy then that was known to be free."""
    return any(
        now.unreadable is None
        and (was := before.calendars.get(name)) is not None
        and was.busy is not None
        and _is_busy(now, span)
        and not _is_busy(was, span)
        for name, now in after.calendars.items()
    )


def _is_busy(times: CalendarTimes, span: Interval) -> bool:
    return times.busy is not None and any(overlaps(each, span) for each in times.busy.intervals)


def _is_same(meeting: Meeting, asked: Meeting) -> bool:
    as_asked = (meeting.phase, meeting.round, meeting.sequence)
    return as_asked == (Phase.CONFIRMED, asked.round, asked.sequence)


async def _is_written(desk: Desk, meeting: Meeting, owner: Person) -> bool:
    """Of an event that is being written it is not known yet which of those that stand there it is."""
    copy = await desk.tx.copy(meeting.booking, owner.id)
    return copy is None or copy.is_done


async def _tell(desk: Desk, meeting: Meeting, owner: Person) -> None:
    message_id = _message_id(meeting, owner)
    if await desk.tx.message(message_id) is not None:
        return
    people = (await desk.cast(meeting)).people
    others = [person for person in people.values() if person.id != owner.id]
    card = changes_there.overlapped(meeting, others, await desk.eyes_of(meeting, owner))
    await desk.show(Message(message_id, 1, meeting.room, owner.ref, card), about=meeting.id)


def _message_id(meeting: Meeting, owner: Person) -> str:
    """One for each time of a meeting, whatever comes and goes in calendars."""
    digest = sha256(f"{meeting.booking}:{meeting.sequence}:{owner.id}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest[:12]).decode()
