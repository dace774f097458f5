"""The slot rules read off the page, minute by minute, slowly and without the engine's arithmetic.

Everything happens on whole minutes: each minute of a few days is asked what the wall clock shows.
Works for zones whose offsets are whole minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from scheduling_core.availability import Availability, Busy, Window
from scheduling_core.intervals import Interval
from scheduling_core.slots import Host, SlotQuery

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def reference_slots(query: SlotQuery) -> tuple[datetime, ...]:
    """What `find_slots` must answer."""
    allowed = [start for start in sorted(set(_candidates(query))) if _is_allowed(query, start)]
    opened = [_open_minutes(host, query.query_start.date()) for host in query.hosts] if allowed else []
    return tuple(
        start
        for start in allowed
        if all(start + k * MINUTE in minutes for minutes in opened for k in range(query.duration_min))
    )


def _is_allowed(query: SlotQuery, start: datetime) -> bool:
    return (
        query.query_start <= start < query.query_end
        and start > query.now
        and start >= query.now + query.min_notice_min * MINUTE
        and _within_horizon(query, start)
        and _under_cap(query, start)
        and not any(_overlap(_footprint(query, start), busy) for busy in _busy(query))
        and not any(_overlap(_footprint(query, start), taken) for taken in _bookings(query))
    )


def _candidates(query: SlotQuery) -> Iterator[datetime]:
    for own in _window_minutes(query.hosts[0].availability, query.query_start.date()):
        yield from (t for t in own if (t - own[0]) // MINUTE % query.increment_min == 0)


def _open_minutes(host: Host, around: date) -> set[datetime]:
    return {t for own in _window_minutes(host.availability, around) for t in own}


def _window_minutes(hours: Availability, around: date) -> Iterator[list[datetime]]:
    """The open minutes of each window of each date near *around*, in the order in which they pass."""
    shown = _minutes_by_date(hours.zone, around)
    for day in (min(shown) + k * DAY for k in range(-1, 9)):
        for start, end in _merged(_governing(hours, day)):
            own = [t for t, minute in shown.get(day, ()) if start <= minute < end]
            if day + DAY not in hours.overrides:
                own += [t for t, minute in shown.get(day + DAY, ()) if minute + 1440 < end]
            if own:
                yield sorted(own)


@lru_cache(maxsize=256)
def _minutes_by_date(zone: str, around: date) -> dict[date, list[tuple[datetime, int]]]:
    begin = datetime(around.year, around.month, around.day, tzinfo=UTC) - 3 * DAY
    shown: dict[date, list[tuple[datetime, int]]] = {}
    for instant in (begin + k * MINUTE for k in range(7 * 1440)):
        day, minute = _wall(zone, instant)
        shown.setdefault(day, []).append((instant, minute))
    return shown


def _wall(zone: str, instant: datetime) -> tuple[date, int]:
    local = instant.astimezone(ZoneInfo(zone))
    return local.date(), local.hour * 60 + local.minute


def _governing(availability: Availability, day: date) -> Sequence[Window]:
    if day in availability.overrides:
        return availability.overrides[day]
    return availability.weekly.days[day.weekday()]


def _merged(windows: Sequence[Window]) -> list[tuple[int, int]]:
    covered: set[int] = set()
    for window in windows:
        end = window.end + 1440 if window.end < window.start else window.end
        covered.update(range(window.start, end))
    edges = sorted(covered)
    if not edges:
        return []
    breaks = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(edges)) if b != a + 1), len(edges)]
    return [(edges[a], edges[b - 1] + 1) for a, b in pairwise(breaks)]


def _footprint(query: SlotQuery, start: datetime) -> tuple[datetime, datetime]:
    end = start + query.duration_min * MINUTE
    return start - query.buffer_before_min * MINUTE, end + query.buffer_after_min * MINUTE


def _busy(query: SlotQuery) -> Iterator[tuple[datetime, datetime]]:
    for host in query.hosts:
        assert isinstance(host.busy, Busy)
        yield from ((i.start, i.end) for i in host.busy if i.start < i.end)


def _bookings(query: SlotQuery) -> Iterator[tuple[datetime, datetime]]:
    for booking in _real(query.booked):
        yield (
            booking.start - query.buffer_before_min * MINUTE,
            booking.end + query.buffer_after_min * MINUTE,
        )


def _real(bookings: Sequence[Interval]) -> list[Interval]:
    return [booking for booking in bookings if booking.start < booking.end]


def _overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _within_horizon(query: SlotQuery, start: datetime) -> bool:
    if query.horizon_days is None:
        return True
    zone = query.hosts[0].availability.zone
    return _wall(zone, start)[0] <= _wall(zone, query.now)[0] + query.horizon_days * DAY


def _under_cap(query: SlotQuery, start: datetime) -> bool:
    if query.max_per_day is None:
        return True
    zone = query.hosts[0].availability.zone
    day = _wall(zone, start)[0]
    return sum(_wall(zone, b.start)[0] == day for b in _real(query.booked)) < query.max_per_day
