"""The rules R1–R13 as arithmetic on epoch seconds; `find_slots` and `explain` are both made of these.

A window of a date becomes `Piece`s: `(anchor, start, end)`, where the anchor is the first open second of
the whole window and carries its grid (rule R6). One piece is the normal case; a clock that is put back
can cut a window in two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from scheduling_core.availability import Availability, Busy
from scheduling_core.intervals import Span, intersect_spans, merge_spans
from scheduling_core.slot_query import Host, SlotQuery
from scheduling_core.zones import Offsets, offsets

Piece = tuple[int, int, int]
_DAY = 86_400


def zone_offsets(availability: Availability, start: int, end: int) -> Offsets:
    """The offsets of the availability's zone around the epoch seconds from *start* to *end*."""
    return offsets(availability.zone, start, end)


def local_dates(table: Offsets, start: int, end: int) -> range:
    """The dates (days since 1970-01-01) whose windows can be open in `[start, end)`."""
    # One day earlier, because an overnight window spills into the next date.
    return range((start + table.smallest) // _DAY - 1, (end - 1 + table.largest) // _DAY + 1)


def window_pieces(availability: Availability, table: Offsets, dates: Iterable[int]) -> list[Piece]:
    """R1–R5: when each window of each date is open, in the order of the dates."""
    weekdays, overrides = availability.wall.weekdays, availability.wall.dates
    stretches = iter(table.plain)
    first, last, offset = next(stretches)
    pieces: list[Piece] = []
    for day in dates:
        spans = overrides.get(day) if overrides else None
        if spans is None:
            spans = weekdays[(day + 3) % 7]
        midnight = day * _DAY
        while midnight >= last:
            first, last, offset = next(stretches)
        for start, end in spans:
            # R3: the spill is dropped when the next date has an override.
            if end > _DAY and day + 1 in overrides:
                end = _DAY
            start, end = midnight + start, midnight + end
            if first <= start and end <= last:
                pieces.append((start - offset, start - offset, end - offset))
            else:
                pieces.extend(_changed_pieces(table, start, end))
    return pieces


def _changed_pieces(table: Offsets, start: int, end: int) -> list[Piece]:
    """R5: a window that meets a clock change; skipped minutes are gone, repeated ones are there twice."""
    parts = table.instants((start, end))
    return [(parts[0][0], *part) for part in parts]


def open_spans(pieces: Sequence[Piece]) -> list[Span]:
    """Pieces as sorted, disjoint spans; adjacent windows, also across midnight, become one (R7)."""
    merged: list[Span] = []
    first = last = -(1 << 200)
    for _, start, end in pieces:
        if start > last:
            merged.append((first, last))
            first, last = start, end
        elif start >= first:
            last = max(last, end)
        else:
            return merge_spans((start, end) for _, start, end in pieces)
    merged.append((first, last))
    return merged[1:]


def host_open(host: Host, start: int, end: int) -> list[Span]:
    """When one host is open, as far as `[start, end)` is concerned."""
    table = zone_offsets(host.availability, start, end)
    return open_spans(window_pieces(host.availability, table, local_dates(table, start, end)))


def fitting_starts(opened: Iterable[Span], start: int, end: int, duration: int) -> list[Span]:
    """R7, R14: the starts in `[start, end)` from which the whole meeting lies inside one of *opened*."""
    starts: list[Span] = []
    for first, last in opened:
        last -= duration - 1
        if first < start:
            first = start
        if last > end:
            last = end
        if first < last:
            starts.append((first, last))
    return starts


def everyone_open(own: list[Span], others: Iterable[Host], start: int, end: int) -> list[Span]:
    """R7: *own* narrowed to the time when all *others* are open too."""
    for host in others:
        own = intersect_spans(own, host_open(host, start, end))
    return own


def busy_starts(query: SlotQuery, hosts: Iterable[Host], start: int, end: int) -> list[Span]:
    """R8, R9: the starts in `[start, end)` whose footprint would overlap busy time; sorted, may overlap."""
    epochs = query.epochs
    lead, trail = epochs.duration + epochs.after - 1, epochs.before
    taken: list[Span] = []
    lists = 0
    for host in hosts:
        if isinstance(host.busy, Busy) and host.busy.spans:
            lists += 1
            taken += _near(host.busy.spans, start - trail, end + lead)
    if lists > 1:
        taken.sort()
    return [(first - lead, last + trail) for first, last in taken]


def _near(spans: Sequence[Span], start: int, end: int) -> Sequence[Span]:
    """The sorted, disjoint *spans* that reach into `[start, end)`."""
    if spans[0][1] > start and spans[-1][0] < end:
        return spans
    return [span for span in spans if span[1] > start and span[0] < end]


def booked_starts(query: SlotQuery) -> list[Span]:
    """R10: the starts whose footprint would overlap that of a booking; sorted, may overlap."""
    epochs = query.epochs
    around = epochs.before + epochs.after
    lead = epochs.duration + around - 1
    return [(first - lead, last + around) for first, last in epochs.booked]


def last_offered_day(query: SlotQuery) -> int | None:
    """R12: the last date of the organiser on which a meeting may start; None without a horizon."""
    if query.horizon_days is None:
        return None
    now = query.epochs.now
    return zone_offsets(query.hosts[0].availability, now, now).day(now) + query.horizon_days


def horizon_end(query: SlotQuery, table: Offsets) -> int | None:
    """An epoch second from which on the horizon refuses every start; it may refuse some earlier ones too."""
    day = last_offered_day(query)
    return None if day is None else (day + 1) * _DAY - table.smallest


def later_starts(query: SlotQuery, table: Offsets) -> list[Span]:
    """R12: the starts whose date in the organiser's zone lies beyond the horizon."""
    day = last_offered_day(query)
    if day is None:
        return []
    midnight = (day + 1) * _DAY
    # A clock put back over midnight shows the last day again, hence not simply everything after midnight.
    return [
        (max(start, midnight - offset), end)
        for start, end, offset in table.segments
        if midnight - offset < end
    ]


def full_days(query: SlotQuery, table: Offsets) -> frozenset[int]:
    """R13: the organiser's dates, as far as *table* reaches, on which the cap's number of bookings start."""
    cap, booked = query.max_per_day, query.epochs.booked
    if cap is None or not booked:
        return frozenset()
    first, last = table.segments[0][0], table.segments[-1][1]
    starts = Counter(table.day(start) for start, _ in booked if first <= start < last)
    return frozenset(day for day, count in starts.items() if count >= cap)


def full_day_starts(query: SlotQuery, table: Offsets) -> list[Span]:
    """R13: every start on a date that is full."""
    full = full_days(query, table)
    return [part for day in full for part in table.instants((day * _DAY, (day + 1) * _DAY))]
