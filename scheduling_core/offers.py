"""Which few of the free starts go on a card: spread over days and day parts, while people are awake."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WAKING = (time(8), time(21))
"""A meeting is offered inside these wall-clock hours of everybody whose zone is known."""

NOON = time(12)
NEARBY = 3
"""How many other times are named when one was lost."""


def choose(
    starts: Sequence[datetime], length: timedelta, zones: Sequence[str], count: int = 5
) -> tuple[datetime, ...]:
    """The few starts to offer, sorted.

    Takes one start of every half day in turn, so that five offers lie on at least two days, in mornings
    and afternoons, where the free time allows; then fills up from the same half days. Starts that are in
    somebody's night are taken only when there are not enough others.

    Args:
        starts: the free starts, sorted, aware UTC.
        zones: IANA zones of the people meeting; half days are those of the first.
        count: how many at most.
    """
    clocks = [ZoneInfo(zone) for zone in zones] or [ZoneInfo("UTC")]
    awake = list(starts)
    for clock in clocks:
        awake = [start for start in awake if _is_waking_in(clock, start, length)]
    chosen = _spread(awake, clocks[0], count)
    if len(chosen) < count:
        asleep = sorted(set(starts).difference(awake))
        chosen += _spread(asleep, clocks[0], count - len(chosen))
    return tuple(sorted(chosen))


def nearest(starts: Iterable[datetime], wanted: datetime, count: int = NEARBY) -> tuple[datetime, ...]:
    """The starts closest to *wanted*, sorted; *wanted* itself is left out."""
    others = sorted((s for s in starts if s != wanted), key=lambda s: (abs(s - wanted), s))
    return tuple(sorted(others[:count]))


def is_waking(start: datetime, length: timedelta, clocks: Sequence[ZoneInfo]) -> bool:
    """Whether the whole meeting lies in the waking hours of every zone (on one local date)."""
    return all(_is_waking_in(clock, start, length) for clock in clocks)


def _is_waking_in(clock: ZoneInfo, start: datetime, length: timedelta) -> bool:
    begins = start.astimezone(clock)
    if begins.time() < WAKING[0]:
        return False
    ends = (start + length).astimezone(clock)
    return ends.time() <= WAKING[1] and ends.date() == begins.date()


def _spread(starts: Sequence[datetime], clock: ZoneInfo, count: int) -> list[datetime]:
    halves: dict[tuple[date, bool], list[datetime]] = {}
    for start in starts:
        local = start.astimezone(clock)
        halves.setdefault((local.date(), local.time() >= NOON), []).append(start)
    days = list(dict.fromkeys(day for day, _ in halves))
    queues = [_in_turn(half, days.index(day)) for (day, _), half in halves.items()]
    chosen: list[datetime] = []
    while len(chosen) < count and any(queues):
        for queue in queues:
            if queue and len(chosen) < count:
                chosen.append(queue.pop(0))
    return chosen


def _in_turn(half: list[datetime], turn: int) -> list[datetime]:
    """Full hours before half hours before the rest; each day begins at another one, for variety."""
    full = [start for start in half if start.minute == 0]
    round_half = [start for start in half if start.minute == 30]
    rest = [start for start in half if start.minute not in (0, 30)]
    return [start for grade in (full, round_half, rest) for start in _rotated(grade, turn)]


def _rotated(grade: list[datetime], turn: int) -> list[datetime]:
    first = turn % len(grade) if grade else 0
    return grade[first:] + grade[:first]
