"""What people's calendars say against a time, as last read, and when that is too old to go by.

Calendars are never asked inside a transaction: a step that finds them unread stops with `StaleCalendars`,
nothing of it has happened, and it begins anew once they were asked (`bot/calendars.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from bot.office import FALLBACK_ZONE
from scheduling_core.availability import Busy, FreeBusy, Unreadable, merge_free_busy
from scheduling_core.intervals import Interval, clip
from scheduling_core.linked_calendars import AccountTimes, CalendarTimes
from scheduling_core.people import Person, WhenUnreadable
from scheduling_core.ports import Reading

FRESH = timedelta(minutes=5)
"""How old busy times may be for what is only offered; what is booked has asked again."""
LOOK_AGAIN: Final = FRESH * 0.8
"""How soon an account is asked again by itself after it was needed, or while something is open or to come."""
_TOO_MUCH: Final = Unreadable("There is too much in your calendars for me to read them all.")


class StaleCalendars(Exception):
    """Busy times are too old to go by.

    Attributes:
        accounts: those to be asked by id, each with the zone of its owner: who gives theirs in the step that
            stops has none once it has come to nothing.
        window: what has to be known of them.
        since: and how new it has to be.
    """

    def __init__(self, accounts: Mapping[str, str], window: Interval, since: datetime) -> None:
        super().__init__(f"{len(accounts)} accounts have to be asked")
        self.accounts = dict(accounts)
        self.window = window
        self.since = since


@dataclass(frozen=True, slots=True)
class Against:
    """What stands against one person's time.

    Attributes:
        busy: all their calendars as one answer; of one that could not be read, while the host wants to be
            asked, what it said last.
        is_doubted: one could not be read, so that only the host's word makes a booking of it.
    """

    busy: FreeBusy
    is_doubted: bool = False


async def against(
    reading: Reading,
    people: Mapping[str, Person],
    window: Interval,
    since: datetime,
    when_unreadable: WhenUnreadable,
) -> dict[str, Against]:
    """What stands against each of these people, by id.

    Args:
        since: busy times read before that are too old.
        when_unreadable: as the host wants it; it decides for everybody of the meeting.

    Raises:
        StaleCalendars: some are, or were read for another time or in another zone.
    """
    linked = [person.id for person in people.values() if person.is_linked]
    read = await reading.calendar_times(linked) if linked else []
    zones = {person.id: zone_of(person) for person in people.values()}
    stale = [times for times in read if not times.is_fresh(since, window, zone_mark(zones[times.person]))]
    if stale:
        raise StaleCalendars({times.account: zones[times.person] for times in stale}, window, since)
    return {
        person: _against((times for times in read if times.person == person), when_unreadable)
        for person in people
    }


def zone_of(person: Person) -> str:
    """The zone in whose days a person's calendars are read: an all-day event is not the same in each."""
    return person.rules.availability.zone if person.rules else person.zone or FALLBACK_ZONE


def zone_mark(zone: str) -> str:
    """A zone as it stands in `AccountTimes.asked`."""
    return sha256(zone.encode()).hexdigest()[:16]


def _against(read: Iterable[AccountTimes], mode: WhenUnreadable) -> Against:
    calendars = [calendar for times in read for calendar in times.calendars.values()]
    busy = merge_free_busy(said for calendar in calendars if (said := _said(calendar, mode)) is not None)
    return Against(busy, mode == "ask" and any(calendar.unreadable for calendar in calendars))


def _said(calendar: CalendarTimes, mode: WhenUnreadable) -> FreeBusy | None:
    """What counts of one calendar; None where it is to be ignored."""
    if calendar.unreadable is None:
        return calendar.busy or Busy()
    if mode == "close":
        return calendar.unreadable
    return (calendar.busy or Busy()) if mode == "ask" else None


def held(times: AccountTimes) -> int:
    """How many times are kept of an account."""
    return sum(len(each.busy.spans) for each in times.calendars.values() if each.busy)


def bounded(said: Mapping[str, FreeBusy], room: int) -> Mapping[str, FreeBusy]:
    """The same, and unreadable what there is no room for."""
    fitting = dict(said)
    for calendar, answer in said.items():
        taken = len(answer.spans) if isinstance(answer, Busy) else 0
        if taken > room:
            fitting[calendar] = _TOO_MUCH
        else:
            room -= taken
    return fitting


def merged(before: CalendarTimes | None, answer: FreeBusy) -> CalendarTimes:
    """What is known of a calendar by its newest answer; silence leaves standing what was said last."""
    if isinstance(answer, Busy):
        return CalendarTimes(answer)
    return CalendarTimes(before.busy if before else None, answer)


def says_something_new(before: AccountTimes | None, after: AccountTimes) -> bool:
    """Whether what is to come differs; what has passed out of the window does not count."""
    if before is None:
        return True
    both = Interval(after.read_at, min(before.window.end, after.window.end))
    return _to_come(before, both) != _to_come(after, both)


def _to_come(times: AccountTimes, window: Interval) -> dict[str, tuple[tuple[Interval, ...], bool]]:
    return {
        name: (clip(calendar.busy or Busy(), window), calendar.unreadable is not None)
        for name, calendar in times.calendars.items()
    }
