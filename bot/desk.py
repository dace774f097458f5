"""One transaction of the conversation: all that a step changes, shows and promises, or none of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.office import Office
from bot.views import meetings
from bot.views.meetings import Cast
from scheduling_core.cards import Card
from scheduling_core.deliveries import Message
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person
from scheduling_core.ports import Job, Transaction
from scheduling_core.refs import PersonRef, RoomRef

REFRESH_SLACK = timedelta(seconds=1)


class Desk:
    """The verbs of the conversation over one open `Transaction`.

    Args:
        now: one instant for the whole step.
    """

    def __init__(self, office: Office, tx: Transaction, now: datetime) -> None:
        self.office = office
        self.tx = tx
        self.now = now
        self._people: dict[str, Person] = {}

    async def cast(self, meeting: Meeting) -> Cast:
        """The people of a meeting; each is read once in a step."""
        if unread := [person for person in meeting.participants if person not in self._people]:
            self._people |= await self.tx.people(unread)
        people = {person: self._people[person] for person in meeting.participants}
        return Cast(people, self.office.links.join(meeting, people[meeting.host]))

    async def publish(self, meeting: Meeting) -> None:
        """Save the meeting, bring its card up to date everywhere, and set its timers."""
        await self.tx.save_meeting(meeting)
        card = meetings.card(meeting, await self.cast(meeting))
        message = Message(meeting.message_id, meeting.revision, meeting.room, None, card)
        await self.show(message)
        for job in self._timers(meeting):
            await self.tx.enqueue(job)

    def _timers(self, meeting: Meeting) -> Iterable[Job]:
        if meeting.phase is Phase.CONFIRMED:
            args = {"meeting": meeting.id, "sequence": str(meeting.sequence), "round": str(meeting.round)}
            job_id = f"end:{meeting.id}:{meeting.round}:{meeting.sequence}"
            yield Job(job_id, "end", args, due=meeting.span.end)
        if meeting.phase is Phase.INVITING:
            args = {"meeting": meeting.id, "round": str(meeting.round)}
            yield Job(f"expire:{meeting.id}:{meeting.round}", "expire", args, due=meeting.expires_at)

    async def refresh_at(self, meeting: Meeting, notice: timedelta) -> None:
        """Look at the offers again when the first of them comes too close to be picked."""
        if meeting.phase is Phase.INVITING and (open_offers := meeting.open_offers()):
            due = min(offer.start for offer in open_offers) - notice + REFRESH_SLACK
            job_id = f"refresh:{meeting.id}:{meeting.revision}:{int(due.timestamp())}"
            await self.tx.enqueue(Job(job_id, "refresh", {"meeting": meeting.id}, due=due))

    async def time_changed(self, meeting: Meeting) -> None:
        """The participants' time changed: every open card that offers it is looked at."""
        job_id = f"recheck:{meeting.id}:{meeting.revision}"
        await self.tx.enqueue(Job(job_id, "recheck", {"people": ",".join(meeting.participants)}))

    async def show(self, message: Message) -> None:
        """Save a message and promise to bring it to its reader."""
        await self.tx.save_message(message)
        await self.promise(message)

    async def promise(self, message: Message) -> None:
        """Enqueue the showing of a saved message."""
        lane = f"room:{replace(message.room, thread=None)}"
        job_id = f"show:{message.id}:{message.revision}"
        await self.tx.enqueue(Job(job_id, "show", {"message": message.id}, lane=lane))

    async def tell(self, reader: PersonRef, room: RoomRef, card: Card) -> None:
        """A private message that is not an answer."""
        await self.show(Message(self.office.new_id("m"), 1, room, reader, card))

    async def announce(self, room: RoomRef, card: Card) -> None:
        """A short public line."""
        await self.show(Message(self.office.new_id("m"), 1, room, None, card))

    async def withdraw_message(self, message_id: str) -> None:
        """Take a message away from its reader."""
        shown = await self.tx.message(message_id)
        if shown is not None and shown.message.card is not None:
            await self.show(replace(shown.message, card=None, revision=shown.message.revision + 1))
