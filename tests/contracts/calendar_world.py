"""What the calendar contract is run over: an adapter, a linked account, and the far end it talks to."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from scheduling_core.availability import Busy, FreeBusy
from scheduling_core.calendar_ports import Account, CalendarProvider, Counted, EventCopy, Renewal
from scheduling_core.ics import CalendarEntry
from scheduling_core.intervals import Interval, clip
from scheduling_core.mail import Mailbox

OWNER_ZONE: Final = "America/New_York"
"""Far enough from UTC that a provider's own midnight is seen to be wrong."""

FLOATING: Final = "floating"
SECRET_TITLE: Final = "secret title"
HOUR: Final = timedelta(hours=1)


def utc(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2030) -> datetime:
    """An instant of the year the contract plays in."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


WINDOW: Final = Interval(utc(3, 4), utc(4, 8))
"""Five weeks; New York's clock changes on 10 March, Berlin's on 31 March."""

WITHIN: Final = 10.0
"""Seconds in which busy time is to be said; longer than the deadlines of the adapters under test."""

HANGS: Final = 2.0
"""Seconds after which a calendar answers that hangs: long after whoever asks has given it up."""

MEETING_START: Final = utc(3, 12, 15)


@dataclass(frozen=True, slots=True)
class Planted:
    """An event that somebody puts into a calendar, not through the adapter.

    Attributes:
        start: aware UTC where *zone* is ""; naive wall-clock time of *zone* otherwise; a date for all-day.
        end: the same kind; exclusive.
        declined: the owner was invited and said no.
        rrule: an RFC 5545 RECUR value, "" for a single event.
        zone: an IANA or Windows name; `FLOATING` for none at all; "" for UTC.
        moved: instances of the series that take place at another time, by their original start.
        dropped: starts of instances that do not take place (EXDATE).
    """

    uid: str
    start: datetime | date
    end: datetime | date
    title: str = SECRET_TITLE
    transparent: bool = False
    cancelled: bool = False
    declined: bool = False
    tentative: bool = False
    rrule: str = ""
    zone: str = ""
    moved: Mapping[datetime, tuple[datetime, datetime]] = field(default_factory=dict)
    dropped: tuple[datetime, ...] = ()

    def __post_init__(self) -> None:
        """Catch a case that means something else than it says."""
        for moment in (self.start, self.end):
            is_aware = isinstance(moment, datetime) and moment.tzinfo is not None
            is_date = not isinstance(moment, datetime)
            if is_aware != (not self.zone and not is_date):
                raise ValueError("aware times are for UTC, naive ones for a zone")


@dataclass(frozen=True, slots=True)
class Raw:
    """An event as the far end holds it.

    Attributes:
        start: aware UTC, or a date for all-day events; `end` likewise, exclusive.
        attendees: every address that could be mailed, organizers that are not the owner included.
    """

    uid: str
    start: datetime | date
    end: datetime | date
    summary: str = ""
    attendees: tuple[str, ...] = ()
    is_cancelled: bool = False


class World(Protocol):
    """An adapter over a far end that a test can play on.

    Attributes:
        provider: the adapter under test; its deadlines are short.
        account: linked, its credentials are good.
        tells_uids: the provider knows which of the events are ours; otherwise it subtracts their time.
        missing: an id such as a calendar of this provider has, of a calendar that is not there.
        more_than_a_page: so many events do not come in one answer.
    """

    @property
    def provider(self) -> CalendarProvider: ...
    @property
    def account(self) -> Account: ...
    @property
    def tells_uids(self) -> bool: ...
    @property
    def missing(self) -> str: ...
    @property
    def more_than_a_page(self) -> int: ...

    async def calendar(self, name: str) -> str:
        """Make a calendar of that name, empty; returns its id."""
        ...

    async def plant(self, calendar: str, event: Planted) -> None:
        """Somebody puts an event there."""
        ...

    async def events(self, calendar: str) -> Sequence[Raw]:
        """What the far end really holds."""
        ...

    async def move(self, calendar: str, uid: str, start: datetime, end: datetime) -> None:
        """Somebody else moves a single event."""
        ...

    async def delete(self, calendar: str, uid: str) -> None:
        """Somebody else deletes an event."""
        ...

    async def revoke(self) -> None:
        """The owner withdraws what was granted, for good."""
        ...

    def fault(self, name: str, times: int | None = 1) -> None:
        """The next *times* calls that this fault can befall meet it; None: all, until `mend`.

        `500`, `429` (with `Retry-After: 7`), `404`, `403`, `401`: this status, the call not carried out;
        `slow`: the answer comes after the adapter's deadline; `garbage`: 200 with octets that mean nothing;
        `html`: 200 with a web page; `cut`: the connection ends without an answer, the call not carried out;
        `cut_after_commit`, `500_after_commit`: a call that changes something is carried out, its answer is
        lost; `partial`: 200 with an answer that says of a part that it could not be read.
        """
        ...

    def hang(self, calendar: str) -> None:
        """Questions about this calendar are answered after `HANGS`, until `mend`; the others are at once."""
        ...

    def mend(self) -> None:
        """No faults any more."""
        ...


class WritableWorld(World, Protocol):
    """One whose calendars can be written into."""

    async def carry(self, calendar: str, uid: str, other: str) -> None:
        """The owner moves an event into another calendar of theirs."""
        ...


class KeptAccount:
    """An account whose secret lives in the test.

    Attributes:
        replaced: how often its secret was renewed.
    """

    def __init__(self, secret: str, id_: str = "account-1") -> None:
        self.id = id_
        self.replaced = 0
        self._secret = secret
        self._lock = asyncio.Lock()

    async def secret(self) -> str:
        """As it is now."""
        return self._secret

    @asynccontextmanager
    async def renewing(self) -> AsyncIterator[Renewal]:
        """One at a time."""
        async with self._lock:
            yield _Renewal(self)

    def keep(self, secret: str) -> None:
        """The new one."""
        self._secret = secret
        self.replaced += 1


class _Renewal:
    def __init__(self, account: KeptAccount) -> None:
        self._account = account

    @property
    def secret(self) -> str:
        return self._account._secret

    async def replace(self, secret: str) -> None:
        self._account.keep(secret)


async def busy(
    world: World, counted: Counted | str, *, window: Interval = WINDOW, zone: str = OWNER_ZONE
) -> tuple[Interval, ...]:
    """What one calendar has against the time of *window*; fails where it is unreadable."""
    one = Counted(counted) if isinstance(counted, str) else counted
    answers = await world.provider.free_busy(world.account, [one], window, zone, within=WITHIN)
    assert set(answers) == {one.calendar}
    return taken(answers[one.calendar], window)


def taken(answer: FreeBusy, window: Interval = WINDOW) -> tuple[Interval, ...]:
    """The intervals of an answer inside *window*."""
    assert isinstance(answer, Busy), answer
    return clip(answer.intervals, window)


def a_copy(key: str = "m-1.guest", *, revision: int = 0, start: datetime = MEETING_START) -> EventCopy:
    """A participant's copy of a meeting of one hour; a higher *revision* stands two hours later."""
    begins = start + 2 * HOUR * revision
    entry = CalendarEntry(
        uid=f"{key}@parley.example",
        sequence=revision,
        dtstamp=utc(3, 1, 9) + timedelta(minutes=revision),
        start=begins,
        end=begins + HOUR,
        summary="Logo review",
        description="One line,\nand another; with “quotes”.",
        location="Room 3",
        url="https://parley.example/m/1",
        organizer=Mailbox("bot@parley.example", "Parley"),
    )
    return EventCopy(key, entry)


def span(copy: EventCopy) -> Interval:
    """Its time."""
    return Interval(copy.entry.start, copy.entry.end)
