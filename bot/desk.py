"""One transaction of the conversation: all that a step changes, shows and promises, or none of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot import board, joining
from bot.busy_times import LOOK_AGAIN
from bot.office import Office
from bot.views import meetings
from bot.views.meetings import Cast
from bot.views.words import Eyes
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
        known: people who were read already, by id.
    """

    def __init__(
        self, office: Office, tx: Transaction, now: datetime, known: Mapping[str, Person] | None = None
    ) -> None:
        self.office = office
        self.tx = tx
        self.now = now
        self._people = dict(known or {})

    async def cast(self, meeting: Meeting) -> Cast:
        """The people of a meeting; who is not known is read, once in a step."""
        if unread := [person for person in meeting.participants if person not in self._people]:
            self._people |= await self.tx.people(unread)
        people = {person: self._people[person] for person in meeting.participants}
        join_url = await joining.address(self.office, self.tx, meeting, people[meeting.host])
        return Cast(people, join_url, await board.url(self.office, self.tx, meeting))

    async def eyes_of(self, meeting: Meeting, reader: Person) -> Eyes:
        """How times are written for a participant; in the host's zone when theirs is not known."""
        host = (await self.cast(meeting)).people[meeting.host]
        return Eyes.of(reader, self.office.rules_of(host).availability.zone)

    async def save_person(self, person: Person) -> None:
        """Save them as they are from now on; cards of this step say so too."""
        self._people[person.id] = person
        await self.tx.save_person(person)

    async def publish(self, meeting: Meeting) -> None:
        """Save the meeting, bring its card up to date everywhere, and set its timer."""
        await self.tx.save_meeting(meeting)
        cast = await self.cast(meeting)
        card = meetings.card(meeting, cast)
        await self.show(Message(meeting.message_id, meeting.revision, meeting.room, None, card))
        await self.look_again(meeting, cast.people[meeting.host])
        await self._keep_awake(meeting, cast)
        await board.promise(self.office, self.tx, meeting)

    async def _keep_awake(self, meeting: Meeting, cast: Cast) -> None:
        """Calendars of people with nothing to come are rarely asked: that is over."""
        linked = [person.id for person in cast.people.values() if person.is_linked]
        if linked and meeting.phase in (Phase.INVITING, Phase.CONFIRMED):
            await self.tx.keep_awake(linked, self.now + LOOK_AGAIN)

    async def look_again(self, meeting: Meeting, host: Person) -> None:
        """Enqueue the next look at a meeting that time alone will change."""
        if meeting.phase is Phase.CONFIRMED:
            kind, due = "end", meeting.span.end
        elif meeting.phase is Phase.INVITING:
            kind, due = "refresh", self._offers_hold_until(meeting, host)
        else:
            return
        job_id = f"{kind}:{meeting.id}:{meeting.revision}:{int(due.timestamp())}"
        args = {"meeting": meeting.id, "sequence": str(meeting.sequence), "round": str(meeting.round)}
        await self.tx.enqueue(Job(job_id, kind, args, due=due))

    def _offers_hold_until(self, meeting: Meeting, host: Person) -> datetime:
        """When the first offer comes too close to be picked, or the invitation ends."""
        notice = self.office.rules_of(host).notice
        last_calls = [offer.start - notice + REFRESH_SLACK for offer in meeting.open_offers()]
        return min([meeting.expires_at, *last_calls])

    async def time_changed(self, meeting: Meeting) -> None:
        """The participants' time changed: every open card that offers it is looked at."""
        job_id = f"recheck:{meeting.id}:{meeting.revision}"
        await self.tx.enqueue(Job(job_id, "recheck", {"people": ",".join(meeting.participants)}))

    async def show(self, message: Message, *, about: str | None = None, path: str | None = None) -> None:
        """Save a message and promise to bring it to its reader.

        Args:
            about: the meeting it tells of.
            path: see `Transaction.save_message`.
        """
        await self.tx.save_message(message, about=about, path=path)
        await self.promise(message)

    async def promise(self, message: Message, *, after: str = "") -> None:
        """Enqueue the showing of a saved message.

        Args:
            after: id of the delivery after which it is shown once more.
        """
        lane = f"room:{replace(message.room, thread=None)}"
        job_id = ":".join(filter(None, ("show", message.id, str(message.revision), after)))
        await self.tx.enqueue(Job(job_id, "show", {"message": message.id}, lane=lane))

    async def tell(self, reader: PersonRef, room: RoomRef, card: Card, *, about: str | None = None) -> None:
        """A private message that is not an answer; *about* is the meeting whose state it tells."""
        await self.show(Message(self.office.new_id("m"), 1, room, reader, card), about=about)

    async def announce(self, room: RoomRef, card: Card) -> None:
        """A short public line."""
        await self.show(Message(self.office.new_id("m"), 1, room, None, card))

    async def withdraw_message(self, message_id: str) -> None:
        """Take a message away from its reader."""
        shown = await self.tx.message(message_id)
        if shown is not None and shown.message.card is not None:
            await self.take_away(shown.message)

    async def take_away(self, message: Message) -> None:
        """Take a message, as it was just read, away from its reader."""
        await self.show(replace(message, card=None, revision=message.revision + 1))

    async def drop_cards_about(self, meeting_id: str) -> None:
        """What private cards tell about the meeting is no longer so."""
        for message in await self.tx.messages_about(meeting_id):
            await self.take_away(message)
