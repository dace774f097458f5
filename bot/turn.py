"""One delivery being answered: who acted where, and the step that settles it."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.desk import Desk
from bot.office import Office
from bot.usage import Usage
from bot.views.words import Eyes
from scheduling_core.cards import Card
from scheduling_core.deliveries import Answer, Delivery, Message, Press
from scheduling_core.errors import Refused
from scheduling_core.meet_syntax import AMBIGUOUS
from scheduling_core.people import Person
from scheduling_core.ports import Job, Known, Transaction
from scheduling_core.refs import RoomRef


class Sorry(Refused):
    """A refusal that carries the next thing to do.

    Attributes:
        card: the whole private answer.
    """

    def __init__(self, card: Card) -> None:
        super().__init__("refused with a card")
        self.card = card


class Deadline:
    """Whether the answer still travels with the platform's request, decided once."""

    def __init__(self) -> None:
        self._late: bool | None = None

    def is_late(self) -> bool:
        """Asked by the step as it commits; from then on it is in time."""
        if self._late is None:
            self._late = False
        return self._late

    def pass_by(self) -> bool:
        """Asked when time is up: True when the answer must come by itself, False when it is just coming."""
        if self._late is None:
            self._late = True
        return self._late


class AnswerDesk(Desk):
    """A `Desk` that also collects what the actor alone sees."""

    def __init__(self, turn: "Turn", tx: Transaction) -> None:
        super().__init__(turn.office, tx, turn.now, {**turn.members, turn.actor.id: turn.actor})
        self.turn = turn
        self.replies: list[Message] = []
        self._about: dict[str, str] = {}

    async def own_time_changed(self) -> None:
        """The actor's hours or calendars changed: every open card that offers their time is looked at."""
        job_id = f"recheck:{self.turn.room.workspace}:{self.turn.delivery.id}"
        await self.tx.enqueue(Job(job_id, "recheck", {"people": self.turn.actor.id}))

    async def reply(self, card: Card, *, about: str | None = None, standing: str | None = None) -> str:
        """Answer the actor; an answer to a press on a private card takes that card's place.

        What was typed is answered below it, by a new message; the card it answered goes (`settle`).

        Args:
            about: id of the meeting whose state the card tells; it goes when that changes.
            standing: id of the one message that this card always is, whatever was pressed.

        Returns:
            The id of the message.
        """
        before = await self._replaced(standing)
        if before is None:
            message_id = standing or self.office.new_id("m")
            message = Message(message_id, 1, self.turn.room, self.turn.actor.ref, card)
        else:
            message = Message(before.id, before.revision + 1, before.room, before.audience, card)
        self.replies.append(message)
        if about is not None:
            self._about[message.id] = about
        return message.id

    async def drop_cards_about(self, meeting_id: str) -> None:
        """What private cards tell about the meeting is no longer so; the answer replaces the one pressed."""
        for message in await self.tx.messages_about(meeting_id):
            is_answered = message.id == self.turn.pressed and message.audience == self.turn.actor.ref
            if not is_answered:
                await self.take_away(message)

    async def _replaced(self, standing: str | None) -> Message | None:
        """The message whose place the next answer takes, if it takes one."""
        if standing is not None:
            shown = await self.tx.message(standing)
            return shown.message if shown else None
        return None if self.replies else await self._pressed_private()

    async def _pressed_private(self) -> Message | None:
        if self.turn.pressed is None:
            return None
        shown = await self.tx.message(self.turn.pressed)
        if shown is None or shown.message.card is None:
            return None
        return shown.message if shown.message.audience == self.turn.actor.ref else None

    async def show(self, message: Message, *, about: str | None = None, path: str | None = None) -> None:
        """See `Desk.show`; what is new for everybody can be brought by the actor's own path.

        The bot may be in the room by their act alone.
        """
        is_new_here = message.audience is None and message.revision == 1 and message.room == self.turn.room
        way = self.turn.delivery.path or None if is_new_here else path
        await super().show(message, about=about, path=way)

    async def settle(self) -> Answer:
        """Save the answer with everything else; late answers are brought by a job."""
        late, path = self.turn.deadline.is_late(), self.turn.delivery.path or None
        for message in self.replies:
            shown, about = 0 if late else message.revision, self._about.get(message.id)
            await self.tx.save_message(message, revision_shown=shown, about=about, path=path, is_newest=True)
            if late:
                await self.promise(message)
        if self.turn.answered is not None:
            await self._take_away_answered(self.turn.answered)
        answer = Answer(tuple(self.replies))
        await self.tx.finish(self.turn.delivery, answer)
        return answer

    async def _take_away_answered(self, message_id: str) -> None:
        shown = await self.tx.message(message_id)
        if shown and shown.message.card and shown.message.audience == self.turn.actor.ref:
            await self.take_away(shown.message)


class Turn:
    """What a handler is given.

    Attributes:
        actor: who acted.
        room: where; membership was checked.
        members: everybody known to be in the room, by id.
        inputs: what was typed into the card's fields.
        pressed: id of the message whose button was pressed, or None.
        answered: id of the message whose button was meant by a word that was typed, or None.
    """

    def __init__(self, office: Office, delivery: Delivery, known: Known, deadline: Deadline) -> None:
        self.office = office
        self.delivery = delivery
        self.deadline = deadline
        self.now = office.clock()
        self.actor: Person = known.actor
        self.members: Mapping[str, Person] = known.members
        self.room: RoomRef = delivery.room.ref
        self.inputs: Mapping[str, str] = {}
        self.pressed: str | None = None
        self.answered: str | None = None
        self.answer: Answer | None = None
        if isinstance(delivery.act, Press):
            self.inputs, self.pressed = delivery.act.inputs, delivery.act.message_id

    @property
    def usage(self) -> Usage:
        """What people can type here; lines arrive with `conversation.command` all the same."""
        return self.office.settings.usage_on(self.room.workspace.platform)

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[AnswerDesk]:
        """The one transaction of this turn; leaving the block settles it."""
        async with self.office.store.write() as tx:
            desk = AnswerDesk(self, tx)
            yield desk
            answer = await desk.settle()
        self.answer = answer

    async def reply(self, card: Card) -> None:
        """Answer with one card and nothing else."""
        async with self.desk() as desk:
            await desk.reply(card)

    @property
    def is_alone(self) -> bool:
        """Whether it is known that nobody else is in the room."""
        everybody = self.delivery.room.members
        return everybody is not None and {one.ref for one in everybody} <= {self.actor.ref}

    def names(self) -> dict[str, str]:
        """What can stand after an `@` → person id, or `AMBIGUOUS` where two share a name.

        Ids win, so that nobody can take another's as a name.
        """
        named = [p for p in self.members.values() if p.name.strip()]
        bearers = Counter(p.name.lower() for p in named)
        by_name = {p.name: p.id if bearers[p.name.lower()] == 1 else AMBIGUOUS for p in named}
        return by_name | {p.ref.person: p.id for p in self.members.values()}

    def eyes(self, otherwise: str = "UTC") -> Eyes:
        """How times are written for the actor."""
        return Eyes.of(self.actor, otherwise)
