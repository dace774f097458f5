"""The form of a person's rules: rules → what stands in the fields, what was typed → rules or problems."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from bot.typed_text import too_long
from scheduling_core import time_words
from scheduling_core.availability import (
    Availability,
    WeeklyHours,
    Window,
    format_windows,
    looks_like_typo,
    overlap_across_midnight,
    parse_windows,
)
from scheduling_core.mail import single_line
from scheduling_core.people import MAX_LENGTH, MIN_LENGTH, Person, Rules
from scheduling_core.zones import zone, zone_named, zone_names

Typed = Mapping[str, str]
"""Field id → what stands in it."""

COPIES = {"workdays": ("tue", "wed", "thu", "fri"), "week": ("tue", "wed", "thu", "fri", "sat", "sun")}
"""Where Monday's hours can be copied to."""

CLOCK = "clock"
"""Field id of the question what time it is, which stands on the form of somebody whose zone is not known."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class FieldText:
    """How one field of the form reads; the label carries the sentence that explains the value."""

    label: str
    example: str = ""
    max_length: int = 100


FIELDS: dict[str, FieldText] = {
    "zone": FieldText("Time zone — your hours are meant in it", "Europe/Berlin"),
    **{
        day: FieldText(f"{name} — when you can meet", "9-12, 13-17 (empty: closed)")
        for day, name in zip(DAYS, _DAY_NAMES, strict=True)
    },
    "length": FieldText("Length — of a meeting when none is typed", "30 min"),
    "step": FieldText("Step — between two offered starts", "30 min"),
    "notice": FieldText("Notice — nobody can book sooner than this", "2 h"),
    "window": FieldText("Window — how many days ahead can be booked", "7"),
    "buffer_before": FieldText("Buffer before — kept free before each meeting", "5 min"),
    "buffer_after": FieldText("Buffer after — kept free after each meeting", "5 min"),
    "cap": FieldText("Cap — most meetings a day, empty for no limit", "none"),
    "join": FieldText("Join link — of your meetings, empty for the usual one", "https://…", 300),
    "line": FieldText("Your line — stands in every invite you host", "Bring your own coffee.", 300),
}


@dataclass(frozen=True, slots=True)
class Problems:
    """Sentence by field id; nothing was changed."""

    by_field: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filled:
    """What a good form says.

    Attributes:
        is_clock_only: the zone is one whose clock shows their time, which tells no place.
    """

    rules: Rules
    join_template: str | None
    line: str
    is_clock_only: bool = False


def fill(rules: Rules, person: Person) -> dict[str, str]:
    """What stands in the fields for these rules; no zone where that of the person is not known."""
    zone_known = {} if person.shown_zone else {"zone": ""}
    return {**fill_rules(rules), **zone_known, "join": person.join_template or "", "line": person.line}


def fill_rules(rules: Rules) -> dict[str, str]:
    """The fields that belong to the rules alone."""
    days = zip(DAYS, rules.availability.weekly.days, strict=True)
    return {
        "zone": rules.availability.zone,
        **{day: format_windows(windows) for day, windows in days},
        "length": _words(rules.length),
        "step": _words(rules.step),
        "notice": _words(rules.notice),
        "window": str(rules.window_days),
        "buffer_before": _words(rules.buffer_before),
        "buffer_after": _words(rules.buffer_after),
        "cap": str(rules.max_per_day or ""),
    }


def read(typed: Typed, before: Rules, person: Person) -> Filled | Problems:
    """The rules somebody typed, or every problem at once. Fields that are missing keep their value.

    Args:
        before: the rules so far; what the form has no field for is kept.
        person: whose they are.
    """
    reader = _Reader({**fill(before, person), **typed}, {})
    weekly = _weekly(reader)
    is_clock_only = person.shown_zone is None and not reader.typed["zone"].strip()
    field, parse = (CLOCK, _clock) if is_clock_only else ("zone", _zone)
    zone_name = reader.take(field, parse, before.availability.zone)
    rules = Rules(
        Availability(zone_name, weekly, before.availability.overrides),
        length=reader.take("length", _length, before.length),
        step=reader.take("step", _step, before.step),
        notice=reader.take("notice", _notice, before.notice),
        window_days=reader.take("window", _window, before.window_days),
        buffer_before=reader.take("buffer_before", _buffer, before.buffer_before),
        buffer_after=reader.take("buffer_after", _buffer, before.buffer_after),
        max_per_day=reader.take("cap", _cap, before.max_per_day),
        when_unreadable=before.when_unreadable,
    )
    join, own_line = reader.take("join", _join, None), reader.take("line", _line, "")
    filled = Filled(rules, join, own_line, is_clock_only)
    return Problems(reader.problems) if reader.problems else filled


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Reader:
    typed: Typed
    problems: dict[str, str]

    def take(self, field: str, parse: Callable[[str], T], otherwise: T) -> T:
        """The value of a field; a problem is noted and *otherwise* returned."""
        try:
            return parse(self.typed.get(field, ""))
        except ValueError as problem:
            self.problems[field] = str(problem)
            return otherwise


def _zone(text: str) -> str:
    return zone_named(text) or zone(text.strip()).key


def _clock(chosen: str) -> str:
    if chosen not in zone_names():
        raise ValueError(
            "Please choose the time it is for you now, or type your time zone; then your hours are right."
        )
    return chosen


def _weekly(reader: _Reader) -> WeeklyHours:
    closed: tuple[Window, ...] = ()
    monday = reader.take("mon", _hours, closed)
    copies = dict.fromkeys(COPIES.get(reader.typed.get("copy", ""), ()), monday) | {"mon": monday}
    weekly = WeeklyHours.of(
        [copies[day] if day in copies else reader.take(day, _hours, closed) for day in DAYS]
    )
    if problem := _overlap(weekly, reader.problems):
        reader.problems.update(problem)
    if not any(weekly.days) and not reader.problems:
        reader.problems["mon"] = "With every day closed nobody could book you; open at least one day."
    return weekly


def _overlap(weekly: WeeklyHours, wrong: Mapping[str, str]) -> dict[str, str]:
    """The sentence for two days whose hours overlap across midnight, at the field of the first."""
    found = overlap_across_midnight(weekly.days)
    if found is None or wrong:
        return {}
    index, late, early = found
    day, following = _DAY_NAMES[index], _DAY_NAMES[(index + 1) % len(DAYS)]
    said = f"{day} {format_windows([late])} and {following} {format_windows([early])} overlap"
    return {DAYS[index]: f"{said}; let one end where the other begins."}


def _hours(text: str) -> tuple[Window, ...]:
    windows = parse_windows(text)
    if any(looks_like_typo(window) for window in windows):
        raise ValueError(
            f"{format_windows(windows)} runs past midnight for over 12 hours. Is the end before the start? "
            "If you mean it, write the part after midnight on the next day."
        )
    return windows


_DAYS = r"(?:(\d{1,4}) ?(?:d|days?))?"
_HOURS = r"(?:(\d{1,4}(?:\.5)?) ?(?:h|hours?))?"
_MINUTES = r"(?:(\d{1,5}) ?(?:m|mins?|minutes?)?)?"
_DURATION = re.compile(f"{_DAYS} ?{_HOURS} ?{_MINUTES}", re.IGNORECASE)


def duration(text: str) -> timedelta:
    """`90`, `30 min`, `2h`, `1 h 30 min`, `1 day`.

    Raises:
        ValueError: a sentence for the person.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        raise ValueError(
            f"“{text.strip()[:30]}” is not a length of time; write it like 30 min, 2 h or 1 day."
        )
    days, hours, minutes = (float(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def _length(text: str) -> timedelta:
    length = duration(text)
    if not MIN_LENGTH <= length <= MAX_LENGTH:
        raise ValueError("A meeting lasts 5 minutes to 8 hours.")
    return length


def _notice(text: str) -> timedelta:
    notice = duration(text)
    if notice > timedelta(days=90):
        raise ValueError("A notice is at most 90 days.")
    return notice


def _step(text: str) -> timedelta:
    step = duration(text)
    if not timedelta(minutes=5) <= step <= timedelta(hours=24):
        raise ValueError("Times are offered 5 minutes to 24 hours apart.")
    return step


def _buffer(text: str) -> timedelta:
    buffer = duration(text)
    if buffer > timedelta(hours=12):
        raise ValueError("A buffer is at most 12 hours.")
    return buffer


def _window(text: str) -> int:
    match = re.fullmatch(r"(\d{1,4})\s*(?:d|days?)?", text.strip(), re.I)
    if match is None or int(match[1]) > 365:
        raise ValueError("Write a number of days from 0 (today only) to 365.")
    return int(match[1])


def _cap(text: str) -> int | None:
    if text.strip().lower() in ("", "none", "no", "0"):
        return None
    if not re.fullmatch(r"\d{1,3}", text.strip()):
        raise ValueError("Write a number of meetings, or leave it empty for no limit.")
    return int(text)


def _line(text: str) -> str:
    return single_line(_fitting(text, "line"))


def _fitting(text: str, field: str) -> str:
    if problem := too_long(text, FIELDS[field].max_length):
        raise ValueError(problem)
    return text


def _join(text: str) -> str | None:
    url = _fitting(text, "join").strip()
    if url and not _is_web_address(url):
        raise ValueError("A join link begins with https:// and a name, and has no spaces in it.")
    return url or None


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)


def _words(length: timedelta) -> str:
    return time_words.duration(length)
