"""`find_slots`: the bookable starts of a query, by the rules R1–R15; one function lists and confirms.

The rules are arithmetic on epoch seconds in `scheduling_core.slot_rules`. Everything a caller needs can
be imported from here: `Host`, `SlotQuery`, `find_slots`, `explain`, `Explanation`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, repeat

from scheduling_core.availability import Unreadable
from scheduling_core.explain import Explanation, explain
from scheduling_core.intervals import Span, subtract_spans
from scheduling_core.slot_query import Host, SlotQuery
from scheduling_core.slot_rules import (
    Piece,
    booked_starts,
    busy_starts,
    everyone_open,
    fitting_starts,
    full_day_starts,
    horizon_end,
    later_starts,
    local_dates,
    open_spans,
    window_pieces,
    zone_offsets,
)
from scheduling_core.zones import Offsets

__all__ = ["Explanation", "Host", "SlotQuery", "explain", "find_slots"]

# A step longer than any window never adds a second point, and a timedelta has an end.
_LONGEST_STEP_SECONDS = 10**9


def find_slots(query: SlotQuery) -> tuple[datetime, ...]:
    """The bookable starts of *query*: aware UTC, sorted, unique.

    Nothing is offered while the calendar of any host is unreadable: unknown is not free.
    """
    epochs, organiser = query.epochs, query.hosts[0]
    start, end = max(epochs.start, epochs.notice), epochs.end
    if start >= end or query.max_per_day == 0:
        return ()
    if any(isinstance(host.busy, Unreadable) for host in query.hosts):
        return ()
    table = zone_offsets(organiser.availability, start, end + epochs.duration)
    if query.horizon_days is not None:
        end = min(end, horizon_end(query, table) or end)
        if start >= end:
            return ()
    closing = end + epochs.duration
    pieces = window_pieces(organiser.availability, table, local_dates(table, start, closing))
    opened = everyone_open(open_spans(pieces), query.hosts[1:], start, closing)
    starts = fitting_starts(opened, start, end, epochs.duration)
    return _on_grid(pieces, subtract_spans(starts, _refused(query, table, start, end)), epochs.step)


def _refused(query: SlotQuery, table: Offsets, start: int, end: int) -> list[Span]:
    """R8–R10, R12, R13: the starts that something forbids, sorted."""
    refused = busy_starts(query, query.hosts, start, end)
    more: list[Span] = []
    if query.epochs.booked:
        more += booked_starts(query) + full_day_starts(query, table)
    if query.horizon_days is not None:
        more += later_starts(query, table)
    return sorted(refused + more) if more else refused


def _on_grid(pieces: Sequence[Piece], free: Sequence[Span], step_seconds: int) -> tuple[datetime, ...]:
    """R6, R15: the grid points of every window that lie in *free* (sorted, disjoint)."""
    found: list[datetime] = []
    step = timedelta(seconds=min(step_seconds, _LONGEST_STEP_SECONDS))
    index, count, reached, disordered = 0, len(free), 0, False
    for anchor, start, end in pieces:
        if start < reached:
            disordered = True
            index = max(0, bisect_left(free, (start, start)) - 1)
        reached = end
        grid: list[datetime] = []
        while index < count:
            first, last = free[index]
            if first >= end:
                break
            if last > start:
                grid = grid or _grid(anchor, (end - anchor - 1) // step_seconds, step)
                low = first if first > start else start
                high = last if last < end else end
                found += grid[-((anchor - low) // step_seconds) : -((anchor - high) // step_seconds)]
                if last > end:
                    break
            index += 1
    return tuple(sorted(set(found))) if disordered else tuple(found)


def _grid(anchor: int, steps: int, step: timedelta) -> list[datetime]:
    """The point at *anchor* and *steps* more."""
    # Adding a step costs a fifth of making a datetime from a number.
    times = repeat(step, steps)
    return list(accumulate(times, initial=datetime.fromtimestamp(anchor, UTC)))  # type: ignore[arg-type]  # the stub knows no sum of two types
