"""What people have linked: accounts, which of their calendars count, what was last read, what was written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Protocol

from scheduling_core.availability import Busy, Unreadable
from scheduling_core.calendar_ports import Calendar, Watch, Written
from scheduling_core.intervals import Interval
from scheduling_core.refs import RoomRef


@dataclass(frozen=True, slots=True)
class LinkedCalendar:
    """A calendar and what its owner wants of it; see `calendar_ports.Counted`."""

    calendar: Calendar
    counts: bool
    all_day: bool = True
    tentative: bool = True


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an account cannot be read.

    Attributes:
        since: of the first failure in a row.
        reason: as in `Unreadable`.
        needs_owner: only linking it anew helps.
        is_told: its owner knows.
    """

    since: datetime
    reason: str
    needs_owner: bool
    is_told: bool = False


VideoWish = Literal["", "wanted", "refused"]
"""Whether its owner's meetings get the provider's own video link; `refused`: they are to, and the owner was
told that none was made."""


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """An account of a person; its secret is kept apart.

    Attributes:
        person: id of its owner.
        provider: name of the adapter.
        name: shown to the owner alone.
        identity: see `NewAccount.identity`.
        room: where it was linked; what has to be said about it is said there, to the owner alone.
        calendars: all that it has, the primary one first.
        target: id of the calendar the owner's meetings are written into, "" for none.
        trouble: None while it can be read.
        video: of the meetings written into *target* that its owner is the host of.
        grant: a mark, the same for every account, of whomever, that stands on one grant at the provider; ""
            where it is not known.
    """

    id: str
    person: str
    provider: str
    name: str
    identity: str
    room: RoomRef
    calendars: tuple[LinkedCalendar, ...] = ()
    target: str = ""
    trouble: Trouble | None = None
    video: VideoWish = ""
    grant: str = ""

    @property
    def counted(self) -> tuple[LinkedCalendar, ...]:
        """Those that count against the owner's time."""
        return tuple(each for each in self.calendars if each.counts)

    def followed(self, copies: "Iterable[CopyRecord]" = ()) -> tuple[str, ...]:
        """Ids of those whose changes matter: they count, are written into, or hold one of *copies*."""
        ids = ((each.calendar.id, each.counts) for each in self.calendars)
        chosen = (calendar for calendar, counts in ids if counts or calendar == self.target)
        return tuple(dict.fromkeys((*chosen, *(copy.calendar for copy in copies))))

    def writing_into(self, calendar: str) -> "LinkedAccount":
        """The same with another place for its owner's meetings; "" for none."""
        return replace(self, target=calendar)

    def choosing(self, calendar: str, choice: LinkedCalendar) -> "LinkedAccount":
        """The same with another choice for one calendar."""
        chosen = (choice if each.calendar.id == calendar else each for each in self.calendars)
        return replace(self, calendars=tuple(chosen))


@dataclass(frozen=True, slots=True)
class CalendarTimes:
    """What is known of one calendar.

    Attributes:
        busy: the last good answer; None before the first.
        unreadable: why the newest try gave none; None when *busy* is that answer.
    """

    busy: Busy | None
    unreadable: Unreadable | None = None


@dataclass(frozen=True, slots=True)
class AccountTimes:
    """What was last read of an account: start and end of busy times, nothing else.

    Attributes:
        person: id of its owner.
        read_at: when it was asked last, whatever came of it.
        window: what was asked for.
        calendars: each that counts, by id.
        asked: a mark of all that was asked besides the window; another question has another one. It begins
            with the mark of the zone in whose days it was read, and a full stop.
    """

    account: str
    person: str
    read_at: datetime
    window: Interval
    calendars: Mapping[str, CalendarTimes] = field(default_factory=dict, hash=False)
    asked: str = ""

    def covers(self, window: Interval) -> bool:
        """Whether all of *window* was asked for."""
        return self.window.start <= window.start and window.end <= self.window.end

    def is_fresh(self, since: datetime, window: Interval, zone_mark: str) -> bool:
        """Whether *window* was asked for at *since* or later, in the days of the zone of this mark."""
        return self.covers(window) and self.read_at >= since and self.asked.startswith(f"{zone_mark}.")


@dataclass(frozen=True, slots=True)
class Feed:
    """What follows a calendar, so that its changes are learnt without reading all of it.

    Attributes:
        cursor: see `Changes`; "" before the first question.
        watch: the channel by which its provider tells of changes; None for none.
        secret: comes with what is told there.
        address: where it is told.
        tend_at: when the channel is to be begun, renewed or tried again; None is at once.
    """

    account: str
    calendar: str
    cursor: str = field(default="", repr=False)
    watch: Watch | None = None
    secret: str = field(default="", repr=False)
    tend_at: datetime | None = None
    address: str = ""

    def is_due(self, now: datetime) -> bool:
        """Whether its channel is to be seen to."""
        return self.tend_at is None or self.tend_at <= now


@dataclass(frozen=True, slots=True)
class CopyRecord:
    """A participant's copy of a meeting in a calendar of theirs.

    Attributes:
        meeting: id of the meeting and its round, `i…:0`: a meeting that was opened again is another event.
        sequence: of the state that is to stand there.
        written: None until the first write has succeeded.
        span: the time it is to stand at there.
        written_sequence: of the state that was written last; None before.
        written_span: the time of that state, None where it is not known.
        is_in_doubt: a first write was begun and its answer is not known: the event may stand there.
    """

    meeting: str
    person: str
    account: str
    calendar: str
    sequence: int
    span: Interval
    written: Written | None = None
    written_sequence: int | None = None
    is_in_doubt: bool = False
    written_span: Interval | None = None

    @property
    def is_done(self) -> bool:
        """The state that is to stand there was written; what differs now was changed by somebody else."""
        return self.written is not None and self.written_sequence == self.sequence

    @property
    def stands_at(self) -> Interval:
        """The time it has there by our own doing: the next state may not be written yet."""
        return self.span if self.is_done or self.written_span is None else self.written_span

    def done(self, written: Written) -> "CopyRecord":
        """The same when the state that is to stand there was written."""
        sequence, span = self.sequence, self.span
        return replace(self, written=written, written_sequence=sequence, is_in_doubt=False, written_span=span)


class CalendarReading(Protocol):
    """What is stored of linked calendars."""

    async def account(self, account_id: str) -> LinkedAccount | None: ...

    async def accounts(self, people: Sequence[str]) -> dict[str, list[LinkedAccount]]:
        """Of each person who has some, in the order they were linked."""
        ...

    async def account_secret(self, account_id: str) -> str | None: ...

    async def is_granted(self, grant: str) -> bool:
        """Whether an account, of whomever, is linked that stands on this grant; never so for ""."""
        ...

    async def calendar_times(self, people: Sequence[str]) -> list[AccountTimes]:
        """What was last read of every account of these people.

        Where a calendar that counts was never read, `read_at` is in 1970.
        """
        ...

    async def feeds(self, account_id: str) -> list[Feed]:
        """What follows the calendars of this account, by calendar."""
        ...

    async def copy(self, meeting: str, person: str) -> CopyRecord | None: ...

    async def copies_of(self, meetings: Sequence[str]) -> list[CopyRecord]:
        """Everybody's copies of these (`CopyRecord.meeting`)."""
        ...

    async def copies_in(self, account_id: str, after: datetime) -> list[CopyRecord]:
        """Copies in calendars of this account that end after that instant."""
        ...

    async def copies_with(self, person: str, after: datetime) -> list[CopyRecord]:
        """The same in all accounts of this person."""
        ...


class CalendarWriting(Protocol):
    """Changes of linked calendars."""

    async def save_account(self, account: LinkedAccount, secret: str | None = None) -> None:
        """Insert or replace by id; without *secret* it stays as it is.

        Times of calendars that no longer count are forgotten.
        """
        ...

    async def renew_account_secret(self, account_id: str, before: str, secret: str) -> bool:
        """Keep what *before* was renewed to; False, and nothing happens, where another is kept by now.

        Somebody signed in anew meanwhile, renewed it faster, or unlinked the account.
        """
        ...

    async def drop_account(self, account_id: str) -> None:
        """Forget it, what was read of it, what follows it, and where copies were written."""
        ...

    async def save_calendar_times(
        self, times: AccountTimes, look_again: datetime, cursors: Mapping[str, str] | None = None
    ) -> None:
        """Keep what was read, unless something newer is kept.

        Args:
            look_again: when to ask next, if nothing was told of the account since it was last taken.
            cursors: of its feeds, made before it was read: kept with it or not at all.
        """
        ...

    async def keep_calendar_times(
        self, account_id: str, read_at: datetime, look_again: datetime, cursors: Mapping[str, str]
    ) -> None:
        """What was read before is still so; otherwise as `save_calendar_times`."""
        ...

    async def due_accounts(self, now: datetime, until: datetime, limit: int) -> list[str]:
        """Take accounts it is time to look at, longest due first: ids.

        They are not due again before *until*, unless something is told of them.
        """
        ...

    async def keep_awake(self, people: Sequence[str], until: datetime) -> None:
        """Their accounts are due at that instant at the latest: they have something open or to come."""
        ...

    async def note_told(self, account_id: str, now: datetime) -> None:
        """Something has changed there: it is due now, also when it is being read at this moment."""
        ...

    async def save_feed(self, feed: Feed) -> None:
        """Insert or replace, but for the cursor, which comes with what is read; nothing if unlinked."""
        ...

    async def drop_feed(self, account_id: str, calendar: str) -> None: ...

    async def save_copy(self, copy: CopyRecord) -> None:
        """Insert, or replace the one of this meeting and person unless its sequence is higher."""
        ...

    async def drop_copy(self, meeting: str, person: str) -> None: ...
