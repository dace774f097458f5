"""What the bot believes at one moment, read through its own store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from scheduling_core.intervals import Interval
from scheduling_core.meeting import Hold, Meeting, Phase
from scheduling_core.people import Person
from scheduling_core.ports import Claim, Store
from scheduling_core.refs import RoomRef, WorkspaceRef

ALWAYS = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Facts:
    """See the module.

    Attributes:
        meetings: by id, every one there ever was.
        people: by our id.
        claims: by person, holds that are over left out.
        holds: every hold, over or not.
    """

    now: datetime
    meetings: Mapping[str, Meeting]
    people: Mapping[str, Person]
    claims: Mapping[str, tuple[Claim, ...]]
    holds: tuple[Hold, ...]

    def account(self, person_id: str) -> str:
        """The room's id of a person."""
        return self.people[person_id].ref.person

    def person(self, account: str) -> Person:
        """Whom the room calls that."""
        return next(p for p in self.people.values() if p.ref.person == account)

    def in_phase(self, *phases: Phase) -> list[Meeting]:
        """Meetings that stand there, oldest first."""
        return [m for m in self.meetings.values() if m.phase in phases]

    def bookings(self, person_id: str, *without: str) -> list[Meeting]:
        """Confirmed meetings of a person."""
        booked = self.in_phase(Phase.CONFIRMED)
        return [m for m in booked if person_id in m.participants and m.id not in without]

    def live_holds(self) -> list[Hold]:
        """Holds that still keep a time."""
        return [h for h in self.holds if h.expires_at > self.now]

    def held_for(self, hold: Hold) -> set[str]:
        """Whose time a hold keeps."""
        return {*self.meetings[hold.meeting].participants, hold.guest}

    def held_span(self, hold: Hold) -> Interval:
        """Which time a hold keeps."""
        return Interval(hold.start, hold.start + self.meetings[hold.meeting].length)


async def read_facts(store: Store, now: datetime, room: str, meeting_ids: Iterable[str]) -> Facts:
    """Everything at once.

    Args:
        room: one in which everybody is.
    """
    async with store.read() as reading:
        people = await reading.members(RoomRef(WorkspaceRef("webhook", "demo"), room))
        found = [await reading.meeting(meeting_id) for meeting_id in meeting_ids]
        meetings = {m.id: m for m in found if m is not None}
        holds = [hold for meeting_id in meetings for hold in await reading.meeting_holds(meeting_id)]
        claims = await reading.taken(tuple(people), ALWAYS, now)
    return Facts(now, meetings, people, {who: tuple(taken) for who, taken in claims.items()}, tuple(holds))
