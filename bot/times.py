"""Which starts are free for the people of a meeting: the one place that asks the slot engine.

Listing, confirming and refreshing cards all come through `free_starts`, so they never disagree.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot import busy_times
from bot.busy_times import FRESH
from bot.office import Office
from scheduling_core import offers
from scheduling_core.availability import Availability, Busy, WeeklyHours, merge_free_busy
from scheduling_core.intervals import Interval
from scheduling_core.meeting import Draft, Meeting
from scheduling_core.people import Person, Rules
from scheduling_core.ports import Reading
from scheduling_core.slots import Host, SlotQuery, find_slots
from scheduling_core.windows import MINUTES_PER_DAY, Window
from scheduling_core.zones import to_instant, to_wall

ALL_DAY = WeeklyHours.of([(Window(0, MINUTES_PER_DAY),)] * 7)
LONGEST_LOOK = timedelta(days=400)
LEAST_LIFE = timedelta(minutes=30)
"""An offer that dies sooner is not worth a line on a card."""
FEW = 5


@dataclass(frozen=True, slots=True)
class Need:
    """What is looked for.

    Attributes:
        rules: of the host; they decide grid, hours, notice, window, buffers and cap.
        days: local dates (host's zone) the starts must lie on; empty for the whole window.
        ignoring: meetings and holds whose time counts as free (the meeting being moved, one's own hold).
        chosen_by: id of who chose the time themselves, "" for nobody: their calendars do not count, and it
            need not lie on the grid.
    """

    host: Person
    guests: tuple[Person, ...]
    rules: Rules
    length: timedelta
    days: tuple[date, ...] = ()
    ignoring: frozenset[str] = frozenset()
    chosen_by: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who must be free."""
        return (self.host.id, *(g.id for g in self.guests))

    @property
    def everybody(self) -> dict[str, Person]:
        """The same by id."""
        return {person.id: person for person in (self.host, *self.guests)}

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones whose waking hours count; a guest's first, since the guest reads the card."""
        known = [g.shown_zone for g in self.guests]
        return tuple(dict.fromkeys(z for z in (*known, self.rules.availability.zone) if z))

    def day_of(self, start: datetime) -> date:
        """The date of a start on the host's wall."""
        return to_wall(self.rules.availability.zone, start).date()

    def any_day(self) -> "Need":
        """The same, no longer bound to the days once asked for."""
        return replace(self, days=())

    def beyond_rules(self) -> "Need":
        """The same, as if the host worked around the clock (busy time, notice and buffers still hold)."""
        availability = Availability(self.rules.availability.zone, ALL_DAY)
        return replace(self, rules=replace(self.rules, availability=availability, max_per_day=None))

    def without_rules(self, start: datetime) -> "Need":
        """The same for one start against which nothing stands but taken time."""
        none, need = timedelta(), self.beyond_rules()
        rules = replace(need.rules, notice=none, buffer_before=none, buffer_after=none)
        # A day that is named may lie beyond the window.
        return replace(need, rules=rules, days=(self.day_of(start),))

    def of_choice(self, person_id: str, start: datetime) -> "Need":
        """The same for one start that this person chose; the host's own rules do not bind the host."""
        need = self.without_rules(start) if person_id == self.host.id else self.any_day()
        return replace(need, chosen_by=person_id)


def need_of(office: Office, meeting: Meeting, people: Mapping[str, Person], *ignoring: str) -> Need:
    """What *meeting* needs; its own booking never stands in its way."""
    host = people[meeting.host]
    guests = tuple(people[g] for g in meeting.guests)
    return Need(
        host, guests, office.rules_of(host), meeting.length, meeting.days, frozenset((meeting.id, *ignoring))
    )


def need_of_draft(office: Office, draft: Draft, host: Person, guests: Collection[Person]) -> Need:
    """What an invitation that is not sent yet needs."""
    rules = office.rules_of(host)
    return Need(host, tuple(guests), rules, draft.length or rules.length, draft.days)


async def free_starts(
    reading: Reading,
    need: Need,
    now: datetime,
    *,
    within: Interval | None = None,
    holds_count: bool = True,
    since: datetime | None = None,
) -> tuple[datetime, ...]:
    """Every start that suits the host's rules, everybody's meetings and everybody's calendars, sorted.

    Args:
        within: limits the starts (half-open); without it the host's whole window.
        holds_count: whether what somebody is just confirming counts as taken.
        since: what calendars said before that does not count; a while ago when not given.

    Raises:
        StaleCalendars: calendars have to be asked first.
    """
    period = within or _period(need, now)
    looked_at = _looked_at(need, period, now)
    said = await _against(reading, need, looked_at, since or now - FRESH)
    claims = await reading.taken(need.people, looked_at, now)
    taken = {
        person: tuple(
            claim.span
            for claim in claims.get(person, ())
            if claim.holder not in need.ignoring and (holds_count or not claim.is_hold)
        )
        for person in need.people
    }
    guests = (
        Host(Availability("UTC", ALL_DAY), merge_free_busy((Busy(taken[guest.id]), said[guest.id].busy)))
        for guest in need.guests
    )
    host = Host(need.rules.availability, said[need.host.id].busy)
    starts = find_slots(_query(need, now, period, taken[need.host.id], (host, *guests)))
    return starts if not need.days else tuple(start for start in starts if need.day_of(start) in need.days)


async def doubted(reading: Reading, need: Need, now: datetime) -> list[Person]:
    """Whose calendars could not be read, so that their word is needed; as `free_starts` has just seen it."""
    looked_at = _looked_at(need, Interval(now, now), now)
    said = await _against(reading, need, looked_at, now - FRESH)
    return [person for person in need.everybody.values() if said[person.id].is_doubted]


async def said_against(
    reading: Reading, need: Need, start: datetime, now: datetime
) -> dict[str, busy_times.Against]:
    """What each person's calendars say around one start as of now; no other rule and no meeting counts.

    Raises:
        StaleCalendars: calendars have to be asked first.
    """
    return await _against(reading, need, _looked_at(need, Interval(start, start), now), now)


async def _against(
    reading: Reading, need: Need, window: Interval, since: datetime
) -> dict[str, busy_times.Against]:
    asked = {person: each for person, each in need.everybody.items() if person != need.chosen_by}
    said = await busy_times.against(reading, asked, window, since, need.rules.when_unreadable)
    return {need.chosen_by: busy_times.Against(Busy()), **said}


def _looked_at(need: Need, period: Interval, now: datetime) -> Interval:
    """What can stand in the way of the starts of *period*."""
    margin = timedelta(days=2) + need.length
    return Interval(now - margin, period.end + margin)


def _query(
    need: Need, now: datetime, period: Interval, booked: tuple[Interval, ...], hosts: tuple[Host, ...]
) -> SlotQuery:
    rules = need.rules
    return SlotQuery(
        now=now,
        query_start=period.start,
        query_end=period.end,
        duration_min=_minutes(need.length),
        increment_min=1 if need.chosen_by else _minutes(rules.step),
        hosts=hosts,
        buffer_before_min=_minutes(rules.buffer_before),
        buffer_after_min=_minutes(rules.buffer_after),
        min_notice_min=_minutes(rules.notice),
        # A day the host named may lie beyond the window; a window of days never does.
        horizon_days=None if need.days else rules.window_days,
        max_per_day=rules.max_per_day,
        booked=booked,
    )


def window_end(need: Need, now: datetime) -> datetime:
    """When the last day that can be offered is over in the host's zone."""
    zone = need.rules.availability.zone
    today = to_wall(zone, now).date()
    last = max(need.days, default=today + timedelta(days=need.rules.window_days))
    return midnight(last + timedelta(days=1), zone)


def invitation_end(office: Office, need: Need, now: datetime) -> datetime:
    """When an unanswered invitation ends: after the configured days, but not while a named day lies ahead."""
    end = window_end(need, now)
    limit = now + timedelta(days=office.settings.conversation.invitation_days)
    return end if need.days else min(end, limit)


def midnight(day: date, zone: str) -> datetime:
    """When *day* begins in *zone*."""
    return to_instant(zone, datetime.combine(day, time()))


def offered(office: Office, need: Need, starts: Sequence[datetime]) -> tuple[datetime, ...]:
    """The few of them that go on a card."""
    return offers.choose(starts, need.length, need.zones, office.settings.conversation.offers)


def lasting(need: Need, starts: Sequence[datetime], now: datetime) -> Sequence[datetime]:
    """Those that the notice leaves on a card for a while; all of them where these are too few."""
    first = now + need.rules.notice + LEAST_LIFE
    later = [start for start in starts if start >= first]
    return later if len(later) >= FEW else starts


def replacements(
    need: Need, free: Collection[datetime], struck: Collection[datetime], count: int
) -> tuple[datetime, ...]:
    """At most *count* starts to join a card; a *struck* one comes back only when nothing else is left."""
    if count <= 0:
        return ()
    unseen = offers.choose(sorted(set(free) - set(struck)), need.length, need.zones, count)
    if unseen:
        return unseen
    return offers.choose(sorted(free), need.length, need.zones, count)


def _period(need: Need, now: datetime) -> Interval:
    end = min(window_end(need, now), now + LONGEST_LOOK)
    first = midnight(min(need.days), need.rules.availability.zone) if need.days else now
    return Interval(min(max(first, now), end), end)


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60
