"""Hours as people type and read them on one line: `9-12, 13-17`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from scheduling_core.windows import MINUTES_PER_DAY, Window

_CLOSED = frozenset({"", "-", "–", "—", "off", "closed", "none", "no"})
_WHOLE_DAY = frozenset({"all day", "24h", "24 hours"})
_SEPARATOR = re.compile(r"[,;\n&+]|\band\b")
_RANGE = re.compile(r"\s*(?:-|–|—|‑|−|\bto\b|\buntil\b|\btill\b)\s*")
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*h?\s*(?:([ap])\.?\s?m\.?)?")
_COMPACT = re.compile(r"([0-9]{1,2})([0-9]{2})")
_HALF_DAY = 12 * 60
_SHOWN = 30
_EXAMPLE = "Type hours like 9-12, 13-17, or leave the line empty for a closed day."
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def parse_windows(text: str) -> tuple[Window, ...]:
    """The windows of one day from one line of text, sorted by start.

    Reads `9-12, 13-17`, `9:00–17:30`, `22-2` (overnight), `9am-5pm`, `8-24:00`, `9 to 5pm`; empty, `-`,
    `off` and `closed` are a closed day. Without am or pm the clock has 24 hours; when only one side of
    a window says am or pm, the other is read as the hour nearest to it.

    Raises:
        ValueError: with one sentence that says what is wrong and what to type.
    """
    line = " ".join(text.casefold().split())
    if line in _CLOSED:
        return ()
    if line in _WHOLE_DAY:
        return (Window(0, MINUTES_PER_DAY),)
    parts = [part.strip() for part in _SEPARATOR.split(line)]
    windows = tuple(sorted(_window(part) for part in parts if part))
    if not windows:
        raise ValueError(f"“{_shown(line)}” has no hours in it. {_EXAMPLE}")
    _refuse_overlaps(windows)
    return windows


def format_windows(windows: Sequence[Window]) -> str:
    """`9:00–12:00, 13:00–17:00`; a closed day is `closed`. `parse_windows` reads it back."""
    return ", ".join(map(_formatted, windows)) or "closed"


def looks_like_typo(window: Window) -> bool:
    """True for an overnight window over 12 hours: `17-9` and `9-5` are seldom what was meant."""
    start, end = window.minutes
    return window.is_overnight and end - start > _HALF_DAY


def overlap_across_midnight(days: Sequence[tuple[Window, ...]]) -> tuple[int, Window, Window] | None:
    """The first overnight window that runs into a window of the next day; the last day runs into the first.

    Args:
        days: the windows of consecutive days.

    Returns:
        The index of the earlier day, its window and the next day's; None when there is none. Windows that
        only touch do not overlap.
    """
    for index, windows in enumerate(days):
        for late, early in product(windows, days[(index + 1) % len(days)]):
            if late.is_overnight and early.start < late.end and not early.is_empty:
                return index, late, early
    return None


def summarise_days(days: Sequence[tuple[Window, ...]]) -> str:
    """Seven days' windows, Monday first, for a card: `Mon–Thu 9:00–17:00 · Fri 9:00–12:00`."""
    texts = [format_windows(windows) if windows else "" for windows in days]
    if len(set(texts)) == 1:
        return f"Every day {texts[0]}" if texts[0] else "Closed"
    groups: list[str] = []
    first = 0
    for index, text in enumerate(texts):
        if index + 1 < len(texts) and texts[index + 1] == text:
            continue
        if text:
            name = _NAMES[index] if first == index else f"{_NAMES[first]}–{_NAMES[index]}"
            groups.append(f"{name} {text}")
        first = index + 1
    return " · ".join(groups)


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day as typed; `bare` means that it could be meant on a 12-hour clock."""

    minute: int
    bare: bool
    half_said: bool

    def readings(self) -> tuple[int, ...]:
        """The minutes of the day it can mean."""
        if not self.bare:
            return (self.minute,)
        morning = self.minute % _HALF_DAY
        return (morning, morning + _HALF_DAY)


def _window(part: str) -> Window:
    sides = _RANGE.split(part)
    if len(sides) == 1:
        _clock(part)
        raise ValueError(f"“{_shown(part)}” has no end. Type a start and an end, like 9-17.")
    if len(sides) > 2 or not all(sides):
        raise ValueError(f"“{_shown(part)}” is not a start and an end. {_EXAMPLE}")
    start, end = _settled(_clock(sides[0]), _clock(sides[1]))
    if start == MINUTES_PER_DAY:
        raise ValueError("24:00 can only end a window; use 0:00 to start one at midnight.")
    if end == 0 and sides[1] in {"midnight", "12am", "12 am"}:
        end = MINUTES_PER_DAY
    if start == end:
        raise ValueError(
            f"“{_shown(part)}” starts and ends at the same time; type 0-24 for the whole day, or off."
        )
    return Window(start, end)


def _settled(start: _Clock, end: _Clock) -> tuple[int, int]:
    """Both sides as minutes; a bare side follows the half of the day that the other one says."""
    starts = start.readings() if end.half_said else (start.minute,)
    ends = end.readings() if start.half_said else (end.minute,)
    pairs = [(s, e) for s in starts for e in ends]
    return min(pairs, key=lambda pair: (pair[1] - pair[0] - 1) % MINUTES_PER_DAY)


def _clock(typed: str) -> _Clock:
    if typed in {"noon", "midday"}:
        return _Clock(_HALF_DAY, bare=False, half_said=False)
    if typed == "midnight":
        return _Clock(0, bare=False, half_said=False)
    match = _CLOCK.fullmatch(typed) or _COMPACT.fullmatch(typed)
    if match is None:
        raise ValueError(f"I can't read “{_shown(typed)}”. {_EXAMPLE}")
    hour, minute = int(match[1]), int(match[2] or 0)
    half = match[3] if match.re is _CLOCK else None
    if half:
        return _twelve_hour_clock(typed, hour, minute, half)
    if minute > 59 or hour * 60 + minute > MINUTES_PER_DAY:
        raise ValueError(f"{_shown(typed)} is not a time of day; use 0:00 to 24:00.")
    return _Clock(hour * 60 + minute, bare=1 <= hour <= 12 and typed[0] != "0", half_said=False)


def _twelve_hour_clock(typed: str, hour: int, minute: int, half: str) -> _Clock:
    if minute > 59 or not 1 <= hour <= 12:
        raise ValueError(f"{_shown(typed)} is not a time of day; use 1am to 12pm, or 0:00 to 24:00.")
    return _Clock(hour % 12 * 60 + minute + (_HALF_DAY if half == "p" else 0), bare=False, half_said=True)


def _refuse_overlaps(windows: Sequence[Window]) -> None:
    for one, other in pairwise(windows):
        (start, end), (next_start, next_end) = one.minutes, other.minutes
        if next_start >= end:
            continue
        said = f"{_formatted(one)} and {_formatted(other)} overlap"
        end = max(end, next_end)
        if end - start >= MINUTES_PER_DAY:
            raise ValueError(f"{said}; together they fill the day, so type 0-24.")
        merged = Window(start, end if end <= MINUTES_PER_DAY else end - MINUTES_PER_DAY)
        raise ValueError(f"{said}; type {_formatted(merged)} instead.")


def _formatted(window: Window) -> str:
    return f"{_time(window.start)}–{_time(window.end)}"


def _time(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
