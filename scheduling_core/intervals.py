"""Half-open spans of time: `Interval` for everybody, plain epoch seconds for the slot engine.

An `Interval` holds two aware datetimes and contains its start but not its end, so two intervals that
touch do not overlap. A `Span` is the same thing as two integers, seconds since 1970-01-01T00:00Z;
text and datetimes cost more than arithmetic, so the slot engine computes with spans only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

Span = tuple[int, int]
"""`(start, end)` in epoch seconds (or wall-clock seconds, where a function says so); half-open."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_BY_START = attrgetter("start")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open span of time `[start, end)`; both ends are aware and kept in UTC.

    An interval whose end is not after its start is empty: it overlaps nothing and is dropped by
    `merge`. Calendars do send such intervals, so they are legal here.

    Raises:
        ValueError: if either end carries no time zone.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is UTC and self.end.tzinfo is UTC:
            return
        for name in ("start", "end"):
            moment: datetime = getattr(self, name)
            if moment.utcoffset() is None:
                raise ValueError(f"{name} must carry a time zone, {moment.isoformat()} does not")
            object.__setattr__(self, name, moment.astimezone(UTC))

    @property
    def is_empty(self) -> bool:
        """True when the interval contains no instant."""
        return self.end <= self.start

    @property
    def length(self) -> timedelta:
        """Elapsed time from start to end; never negative."""
        return max(self.end - self.start, timedelta())

    def contains(self, instant: datetime) -> bool:
        """True when *instant* (aware) lies in `[start, end)`."""
        return self.start <= instant < self.end

    def overlaps(self, other: Interval) -> bool:
        """True when the two share an instant; touching is not overlapping, empty ones never overlap."""
        return max(self.start, other.start) < min(self.end, other.end)

    def span(self) -> Span:
        """The epoch seconds of this interval, widened to whole seconds.

        For starts on whole seconds the widened span blocks exactly what the interval blocks.
        """
        return floor_epoch(self.start), ceil_epoch(self.end)


def floor_epoch(instant: datetime) -> int:
    """The last whole epoch second not after *instant* (aware)."""
    return (instant - _EPOCH) // _SECOND


def ceil_epoch(instant: datetime) -> int:
    """The first whole epoch second not before *instant* (aware)."""
    return -((_EPOCH - instant) // _SECOND)


def from_epoch(seconds: int) -> datetime:
    """The aware UTC datetime of an epoch second."""
    return datetime.fromtimestamp(seconds, UTC)


def overlaps(one: Interval, other: Interval) -> bool:
    """True when *one* and *other* share an instant."""
    return one.overlaps(other)


def merge(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Sorted, disjoint intervals that cover the same instants; touching ones become one."""
    merged: list[Interval] = []
    for interval in sorted((i for i in intervals if i.end > i.start), key=_BY_START):
        if merged and interval.start <= merged[-1].end:
            if interval.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, interval.end)
        else:
            merged.append(interval)
    return tuple(merged)


def clip(intervals: Iterable[Interval], bounds: Interval) -> tuple[Interval, ...]:
    """The parts of *intervals* inside *bounds*, merged."""
    return intersect(intervals, (bounds,))


def intersect(some: Iterable[Interval], others: Iterable[Interval]) -> tuple[Interval, ...]:
    """The instants that lie in both sets, as sorted, disjoint intervals."""
    left, right = merge(some), merge(others)
    shared: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        part = Interval(max(left[i].start, right[j].start), min(left[i].end, right[j].end))
        if not part.is_empty:
            shared.append(part)
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
    return tuple(shared)


def subtract(some: Iterable[Interval], taken: Iterable[Interval]) -> tuple[Interval, ...]:
    """The instants of *some* that lie in none of *taken*, as sorted, disjoint intervals."""
    cuts = merge(taken)
    left: list[Interval] = []
    for interval in merge(some):
        cursor = interval.start
        for cut in cuts:
            if cut.end <= cursor:
                continue
            if cut.start >= interval.end:
                break
            if cut.start > cursor:
                left.append(Interval(cursor, cut.start))
            cursor = cut.end
        if cursor < interval.end:
            left.append(Interval(cursor, interval.end))
    return tuple(left)


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Sorted, disjoint, non-empty spans covering the same seconds; touching ones become one."""
    merged: list[Span] = []
    first = last = 0
    started = False
    for start, end in sorted(spans):
        if end <= start:
            continue
        if started and start <= last:
            if end > last:
                last = end
            continue
        if started:
            merged.append((first, last))
        first, last, started = start, end, True
    if started:
        merged.append((first, last))
    return merged


def intersect_spans(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """The seconds in both of two sorted, disjoint lists; one sweep."""
    shared: list[Span] = []
    if not left or not right:
        return shared
    others = iter(right)
    start, end = next(others)
    for a, b in left:
        while end <= a:
            following = next(others, None)
            if following is None:
                return shared
            start, end = following
        while start < b:
            shared.append((a if a > start else start, b if b < end else end))
            if end > b:
                break
            following = next(others, None)
            if following is None:
                return shared
            start, end = following
    return shared


def subtract_spans(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """The seconds of *spans* (sorted, disjoint) outside *taken* (sorted by start, may overlap); one sweep."""
    if not taken:
        return list(spans)
    left: list[Span] = []
    cuts = iter(taken)
    cut_start, cut_end = next(cuts)
    exhausted = (1 << 200, 1 << 200)
    for start, end in spans:
        cursor = start
        while cut_start < end:
            if cut_start > cursor:
                left.append((cursor, cut_start))
            if cut_end > cursor:
                cursor = cut_end
                if cursor > end:
                    break
            cut_start, cut_end = next(cuts, exhausted)
        if cursor < end:
            left.append((cursor, end))
    return left
