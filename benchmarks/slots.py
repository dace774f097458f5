"""Slot search beside a plain interval-set loop as floor: `python -m benchmarks.slots`.

Four workloads, each computed by `find_slots` and by the loop below, which was written for speed alone: no
overrides, no overnight windows, no clock changes inside a window, one window a day, numbers prepared
beforehand. Both give the same tuple of aware UTC datetimes, and the run fails if they differ. Each
figure is the median of alternating runs in one process; building the query is timed apart. A ratio under 1
is possible: `find_slots` makes most of its datetimes by adding a step, the loop makes each from a number.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from scheduling_core.slots import SlotQuery, find_slots
from scheduling_core.zones import offsets, use_bundled_tzdata

_DAY = 86_400
_ZONES = ("Europe/Berlin", "Europe/London", "Africa/Johannesburg", "America/New_York", "America/Sao_Paulo")
_FROM = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Workload:
    """What to search: *hosts* hosts with *busy* intervals each over *days* days."""

    name: str
    days: int
    hosts: int
    busy: int
    opens: int = 9
    closes: int = 17


WORKLOADS = (
    Workload("14 days, 1 host, 40 busy", 14, 1, 40),
    Workload("60 days, 1 host, 500 busy", 60, 1, 500),
    Workload("30 days, 5 hosts in 5 zones, 200 busy each", 30, 5, 200, opens=7, closes=22),
    Workload("365 days, 1 host, 5,000 busy", 365, 1, 5000),
)


@dataclass(frozen=True, slots=True)
class FloorHost:
    """A host as bare numbers: offset segments, open seconds of each weekday, merged busy seconds."""

    segments: list[tuple[int, int, int]]
    weekdays: list[tuple[int, int] | None]
    busy: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class FloorQuery:
    """A query as bare numbers, all in seconds."""

    start: int
    end: int
    duration: int
    step: int
    before: int
    after: int
    hosts: list[FloorHost]


def query_json(load: Workload, seed: int = 7) -> dict[str, Any]:
    """The workload in the JSON form of a query, the same for the same seed."""
    dice = random.Random(seed)
    hours = [[f"{load.opens:02d}:00", f"{load.closes:02d}:00"]]
    hosts = [
        {
            "zone": _ZONES[index],
            "weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), hours),
            "overrides": {},
            "busy": [_random_meeting(dice, load.days) for _ in range(load.busy)],
        }
        for index in range(load.hosts)
    ]
    return {
        "id": load.name,
        "now": _text(_FROM - timedelta(days=1)),
        "query_start": _text(_FROM),
        "query_end": _text(_FROM + timedelta(days=load.days)),
        "duration_min": 30,
        "increment_min": 30,
        "hosts": hosts,
        "buffer_before_min": 5,
        "buffer_after_min": 5,
        "min_notice_min": 120,
        "horizon_days": None,
        "max_per_day": None,
        "booked": [],
    }


def _random_meeting(dice: random.Random, days: int) -> list[str]:
    start = _FROM + timedelta(minutes=5 * dice.randrange(days * 288))
    return [_text(start), _text(start + timedelta(minutes=dice.choice((15, 30, 60))))]


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def floor_query(query: SlotQuery, load: Workload) -> FloorQuery:
    """The same question for the floor, prepared outside its timing."""
    start, end = int(query.query_start.timestamp()), int(query.query_end.timestamp())
    hosts = []
    for host in query.hosts:
        table = offsets(host.availability.zone, start, end)
        open_seconds = (load.opens * 3600, load.closes * 3600)
        spans = [(int(i.start.timestamp()), int(i.end.timestamp())) for i in host.busy]  # type: ignore[union-attr]  # always Busy here
        hosts.append(FloorHost(list(table.segments), [open_seconds] * 5 + [None] * 2, spans))
    minute = 60
    return FloorQuery(start, end, 30 * minute, 30 * minute, 5 * minute, 5 * minute, hosts)


def floor(query: FloorQuery) -> tuple[datetime, ...]:
    """Plain loops over interval sets: open time, intersected, minus busy time, on the first host's grid."""
    own = _open(query.hosts[0], query.start, query.end)
    shared = own
    for host in query.hosts[1:]:
        shared = _both(shared, _open(host, query.start, query.end))
    taken: list[tuple[int, int]] = []
    for host in query.hosts:
        taken.extend(host.busy)
    if len(query.hosts) > 1:
        taken.sort()
    found = []
    window = 0
    for first, last in _free(query, shared, taken):
        while own[window][1] <= first:
            window += 1
        for epoch in range(first + (own[window][0] - first) % query.step, last, query.step):
            found.append(datetime.fromtimestamp(epoch, UTC))  # noqa: PERF401 - the floor is plain loops
    return tuple(found)


def _free(
    query: FloorQuery, shared: list[tuple[int, int]], taken: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The starts inside *shared* whose footprint misses everything *taken* (both sorted)."""
    lead, trail = query.duration + query.after - 1, query.before
    free = []
    index, total = 0, len(taken)
    for opens, closes in shared:
        cursor, last = max(opens, query.start), min(closes - query.duration + 1, query.end)
        while index < total and taken[index][1] + trail <= cursor:
            index += 1
        at = index
        while at < total and taken[at][0] - lead < last:
            if taken[at][0] - lead > cursor:
                free.append((cursor, taken[at][0] - lead))
            cursor = max(cursor, taken[at][1] + trail)
            at += 1
        if cursor < last:
            free.append((cursor, last))
    return free


def _open(host: FloorHost, start: int, end: int) -> list[tuple[int, int]]:
    opened = []
    for first, last, offset in host.segments:
        if last <= start or first >= end:
            continue
        day = (max(first, start) + offset) // _DAY
        stop = (min(last, end) - 1 + offset) // _DAY
        while day <= stop:
            hours = host.weekdays[(day + 3) % 7]
            if hours:
                opens = day * _DAY + hours[0] - offset
                # A window belongs to the segment in which it opens.
                if first <= opens < last:
                    opened.append((opens, day * _DAY + hours[1] - offset))
            day += 1
    return opened


def _both(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> list[tuple[int, int]]:
    shared = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            shared.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return shared


def measure(load: Workload, rounds: int = 41) -> tuple[float, float, float, int]:
    """Median milliseconds to build, to search and of the floor, and how many starts there are.

    Raises:
        AssertionError: if the two answers differ.
    """
    fields = query_json(load)
    query = SlotQuery.from_json(fields)
    plain = floor_query(query, load)
    answer = find_slots(query)
    if answer != floor(plain):
        raise AssertionError(f"{load.name}: the floor finds other starts")
    repeats = max(1, 2000 // (load.days * 4))
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_milliseconds(lambda: find_slots(query), repeats))
        theirs.append(_milliseconds(lambda: floor(plain), repeats))
    built = [_milliseconds(lambda: SlotQuery.from_json(fields), 1) for _ in range(5)]
    return statistics.median(built), statistics.median(ours), statistics.median(theirs), len(answer)


def _milliseconds(work: Callable[[], object], repeats: int) -> float:
    began = perf_counter()
    for _ in range(repeats):
        work()
    return (perf_counter() - began) * 1000 / repeats


def main() -> int:
    """Print one line per workload."""
    print(
        f"slots (tzdata {use_bundled_tzdata()}): find_slots beside a plain interval-set loop, medians in ms"
    )
    print(f"{'workload':<44}{'starts':>8}{'build':>9}{'ours':>9}{'floor':>9}{'ratio':>8}")
    for load in WORKLOADS:
        build, ours, theirs, starts = measure(load)
        print(f"{load.name:<44}{starts:>8}{build:>9.3f}{ours:>9.3f}{theirs:>9.3f}{ours / theirs:>8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
