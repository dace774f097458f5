"""When a person can meet: windows of a day, weekly hours, date overrides; and what calendars say against it.

Window times are minutes of the wall-clock day in the person's own zone. The text form that people type and
read ("9-12, 13-17") is in `scheduling_core.hours_text`; its functions can be imported from here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from scheduling_core.hours_text import (
    format_windows,
    looks_like_typo,
    overlap_across_midnight,
    parse_windows,
    summarise_days,
)
from scheduling_core.intervals import Interval, Span, merge, merge_spans
from scheduling_core.windows import MINUTES_PER_DAY, Window
from scheduling_core.zones import zone

__all__ = [
    "DAY_NAMES",
    "MINUTES_PER_DAY",
    "OFFICE_HOURS",
    "Availability",
    "Busy",
    "FreeBusy",
    "Unreadable",
    "WeeklyHours",
    "Window",
    "format_windows",
    "looks_like_typo",
    "merge_free_busy",
    "overlap_across_midnight",
    "parse_windows",
    "summarise",
]

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Windows for each day of the week; a day without windows is closed.

    Windows of one day may overlap or touch: they count as one (rule R4).
    """

    mon: tuple[Window, ...] = ()
    tue: tuple[Window, ...] = ()
    wed: tuple[Window, ...] = ()
    thu: tuple[Window, ...] = ()
    fri: tuple[Window, ...] = ()
    sat: tuple[Window, ...] = ()
    sun: tuple[Window, ...] = ()

    @classmethod
    def of(cls, days: Iterable[tuple[Window, ...]]) -> WeeklyHours:
        """From seven tuples of windows, Monday first.

        Raises:
            ValueError: if there are not seven.
        """
        weekdays = tuple(days)
        if len(weekdays) != len(DAY_NAMES):
            raise ValueError(f"a week has seven days, not {len(weekdays)}")
        return cls(*weekdays)

    @property
    def days(self) -> tuple[tuple[Window, ...], ...]:
        """The seven days' windows, Monday first."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)


OFFICE_HOURS = WeeklyHours(*[(Window(9 * 60, 17 * 60),)] * 5)
"""Monday to Friday, 9:00 to 17:00: what a new person starts with."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Weekly hours in an IANA zone, and dates with hours of their own.

    An override replaces its date's weekly windows completely; an empty override closes the date
    (rule R2). `wall` is the same in the form the slot engine reads and is derived, never given.

    Raises:
        ValueError: if `zone` is not an IANA name.
    """

    zone: str
    weekly: WeeklyHours = OFFICE_HOURS
    overrides: Mapping[date, tuple[Window, ...]] = field(default_factory=dict, hash=False)
    wall: WallHours = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        zone(self.zone)
        own = dict(self.overrides)
        object.__setattr__(self, "overrides", own)
        dates = {day.toordinal() - _EPOCH_ORDINAL: _wall_spans(w) for day, w in own.items()}
        object.__setattr__(self, "wall", WallHours(tuple(map(_wall_spans, self.weekly.days)), dates))


@dataclass(frozen=True, slots=True)
class WallHours:
    """Hours as seconds after the local midnight that opens a date, merged and sorted (rules R3, R4).

    An overnight span ends after 86 400. `dates` is keyed by days since 1970-01-01.
    """

    weekdays: tuple[tuple[Span, ...], ...]
    dates: Mapping[int, tuple[Span, ...]]

    def on(self, day: int) -> tuple[Span, ...]:
        """The spans of the windows that govern *day* (days since 1970-01-01, a Thursday)."""
        own = self.dates.get(day)
        return self.weekdays[(day + 3) % 7] if own is None else own


def _wall_spans(windows: Iterable[Window]) -> tuple[Span, ...]:
    return tuple(merge_spans((60 * start, 60 * end) for start, end in (w.minutes for w in windows)))


def summarise(weekly: WeeklyHours) -> str:
    """Weekly hours for a card: `Mon–Fri 9:00–17:00`; groups of equal neighbouring days joined by ` · `."""
    return summarise_days(weekly.days)


@dataclass(frozen=True, slots=True)
class Busy:
    """Time taken, as sorted, disjoint intervals; merged once, here, when it is built.

    Empty intervals are dropped (rule R8). `spans` is the same in epoch seconds and is derived.
    """

    intervals: tuple[Interval, ...] = ()
    spans: tuple[Span, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        merged = merge(self.intervals)
        object.__setattr__(self, "intervals", merged)
        object.__setattr__(self, "spans", tuple(interval.span() for interval in merged))

    def __iter__(self) -> Iterator[Interval]:
        return iter(self.intervals)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A calendar that gave no answer; never free time.

    Attributes:
        reason: one plain sentence, without contents of the calendar.
        needs_owner: only the owner can mend it, by linking it anew.
    """

    reason: str
    needs_owner: bool = False


FreeBusy = Busy | Unreadable


def merge_free_busy(parts: Iterable[FreeBusy]) -> FreeBusy:
    """All calendars of one person as one answer: unreadable as soon as one of them is."""
    intervals: list[Interval] = []
    for part in parts:
        if isinstance(part, Unreadable):
            return part
        intervals.extend(part.intervals)
    return Busy(tuple(intervals))
