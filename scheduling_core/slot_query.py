"""The question the slot engine answers: who, how long, under which rules, in which period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scheduling_core import slot_json
from scheduling_core.availability import Availability, Busy, FreeBusy
from scheduling_core.intervals import Interval, Span, ceil_epoch, floor_epoch
from scheduling_core.zones import FIRST_YEAR, LAST_YEAR

LONGEST_MEETING_MINUTES = 366 * 24 * 60


@dataclass(frozen=True, slots=True)
class Host:
    """One person who must be free: their hours and what their calendars say.

    `busy` is all calendars of the person as one answer (`merge_free_busy`). An `Unreadable` one makes
    the host unknown, and nothing is offered.
    """

    availability: Availability
    busy: FreeBusy = field(default_factory=Busy)


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """Everything `find_slots` needs; the fields are those of the JSON form.

    Datetimes are aware and kept in UTC; names ending in `_min` are whole elapsed minutes. The first host
    is the organiser, whose zone decides the grid, the horizon and the cap (rules R6, R12, R13).
    Starts are offered in `[query_start, query_end)`. `booked` are meetings of ours, not merged, because
    the cap counts them; a booking that ends where it starts is ignored, like such a busy interval.

    Raises:
        ValueError: naming the field, when a value is outside its range.
    """

    now: datetime
    query_start: datetime
    query_end: datetime
    duration_min: int
    increment_min: int
    hosts: tuple[Host, ...]
    buffer_before_min: int = 0
    buffer_after_min: int = 0
    min_notice_min: int = 0
    horizon_days: int | None = None
    max_per_day: int | None = None
    booked: tuple[Interval, ...] = ()
    id: object = None
    epochs: QueryEpochs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("now", "query_start", "query_end"):
            object.__setattr__(self, name, _instant(name, getattr(self, name)))
        if self.query_end < self.query_start:
            raise ValueError("query_end must not lie before query_start")
        for name, least in _LEAST.items():
            _check_whole(name, getattr(self, name), least)
        if self.duration_min > LONGEST_MEETING_MINUTES:
            raise ValueError(f"duration_min must be at most {LONGEST_MEETING_MINUTES}, a year")
        if not self.hosts:
            raise ValueError("hosts must name at least the organiser")
        object.__setattr__(self, "epochs", QueryEpochs.of(self))

    @classmethod
    def from_json(cls, mapping: Mapping[str, Any]) -> SlotQuery:
        """A query from its JSON form.

        Every field must be there except `id`: a forgotten `busy` would otherwise read as free time. Days
        missing from `weekly` are closed. Unknown fields beside the query's own are ignored (test vectors
        carry their expectations there); inside a host they are an error, for they are misspellings.

        Raises:
            ValueError: naming the field that is missing or wrong, such as `hosts[0].weekly.mon[1]`.
        """
        if not isinstance(mapping, Mapping):
            raise ValueError("a query must be a JSON object")
        read = slot_json
        return cls(
            id=mapping.get("id"),
            now=read.instant(mapping, "now"),
            query_start=read.instant(mapping, "query_start"),
            query_end=read.instant(mapping, "query_end"),
            duration_min=read.whole(mapping, "duration_min"),
            increment_min=read.whole(mapping, "increment_min"),
            hosts=tuple(Host(*parts) for parts in read.hosts(mapping, "hosts")),
            buffer_before_min=read.whole(mapping, "buffer_before_min"),
            buffer_after_min=read.whole(mapping, "buffer_after_min"),
            min_notice_min=read.whole(mapping, "min_notice_min"),
            horizon_days=read.whole_or_null(mapping, "horizon_days"),
            max_per_day=read.whole_or_null(mapping, "max_per_day"),
            booked=read.intervals(mapping, "booked"),
        )


@dataclass(frozen=True, slots=True)
class QueryEpochs:
    """The numbers of a query in epoch seconds and seconds, rounded so that whole-second starts obey them.

    `first` is the earliest start that the period and the notice allow, `end` is exclusive.
    """

    now: int
    start: int
    end: int
    notice: int
    duration: int
    step: int
    before: int
    after: int
    booked: tuple[Span, ...]

    @classmethod
    def of(cls, query: SlotQuery) -> QueryEpochs:
        """Converted once, when the query is built."""
        return cls(
            now=floor_epoch(query.now),
            start=ceil_epoch(query.query_start),
            end=ceil_epoch(query.query_end),
            notice=_first_after_notice(query.now, 60 * query.min_notice_min),
            duration=60 * query.duration_min,
            step=60 * query.increment_min,
            before=60 * query.buffer_before_min,
            after=60 * query.buffer_after_min,
            booked=tuple(sorted(b.span() for b in query.booked if not b.is_empty)),
        )


_LEAST: Mapping[str, int] = {
    "duration_min": 1,
    "increment_min": 1,
    "buffer_before_min": 0,
    "buffer_after_min": 0,
    "min_notice_min": 0,
    "horizon_days": 0,
    "max_per_day": 0,
}
_MAY_BE_NONE = frozenset({"horizon_days", "max_per_day"})


def _instant(name: str, value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise ValueError(f"{name} must carry a time zone")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"{name} must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    return value.astimezone(UTC)


def _check_whole(name: str, value: object, least: int) -> None:
    if value is None and name in _MAY_BE_NONE:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, not {value}")


def _first_after_notice(now: datetime, notice_seconds: int) -> int:
    """R11: later than now, and not before now plus notice; exact to the second."""
    return max(floor_epoch(now) + 1, ceil_epoch(now) + notice_seconds)
