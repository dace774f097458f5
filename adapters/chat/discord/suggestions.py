"""What is offered while somebody types into an option: zones, lengths, days. Pure.

Source: "Autocomplete" of Discord's documentation: at most 25 choices; people may send something else.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from adapters.chat.discord.commands import LENGTH, TIMEZONE, WHEN
from adapters.chat.discord.names import Json
from scheduling_core import time_words
from scheduling_core.named_days import DayWords, day_words, folded, read_day, whole_names
from scheduling_core.people import MAX_LENGTH, MIN_LENGTH
from scheduling_core.zones import zone_names

MAX_CHOICES = 25
LENGTHS = (15, 30, 45, 60, 90, 120)
MANY_LIVE_BY = (
    *(
        "Europe/London",
        "Europe/Berlin",
        "Europe/Paris",
        "Europe/Madrid",
        "Europe/Helsinki",
        "Europe/Istanbul",
    ),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Sao_Paulo"),
    *("America/Mexico_City", "America/Bogota", "Africa/Lagos", "Africa/Johannesburg", "Asia/Dubai"),
    *("Asia/Karachi", "Asia/Kolkata", "Asia/Bangkok", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo"),
    *("Asia/Seoul", "Australia/Sydney", "Pacific/Auckland"),
)
"""Offered before anything is typed."""

_LAST_CLOCK, _FIRST_CLOCK = timedelta(hours=-12), timedelta(hours=14)
"""Where a day begins last and first, against UTC: nobody's zone is known here."""
_MOST_WORDS = 8
"""More than any day has."""
_SEPARATORS = re.compile(r"[./-]")


def choices(option: str, typed: str, now: datetime, locale: str = "") -> list[Json]:
    """What is offered for an option; [] for one that offers nothing.

    Args:
        typed: so far.
        locale: of whoever types, or "".
        now: aware.
    """
    if option == TIMEZONE:
        return [_zone_choice(zone, now) for zone in zones(typed)]
    if option == LENGTH:
        return [_length_choice(minutes) for minutes in _lengths(typed)]
    return _days(typed, locale, now) if option == WHEN else []


def zones(typed: str) -> list[str]:
    """Zones with every typed word in their name, those first whose city begins so."""
    words = _folded(typed).split()
    if not words:
        return list(MANY_LIVE_BY)
    found = [name for name in zone_names() if all(word in _searched(name) for word in words)]
    return sorted(found, key=lambda name: _rank(name, words[0]))[:MAX_CHOICES]


def _rank(name: str, word: str) -> tuple[bool, bool, str]:
    return not _city(name).startswith(word), name not in MANY_LIVE_BY, name


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("/", " ").split())


def _city(name: str) -> str:
    return _folded(name.rpartition("/")[2])


def _searched(name: str) -> str:
    """The name, and the city as it is spelt today."""
    return f"{_folded(name)} {time_words.zone_city(name).casefold()}"


def _zone_choice(name: str, now: datetime) -> Json:
    return {"name": f"{name.replace('_', ' ')} · now {time_words.clock(now, name)}", "value": name}


def _length_choice(minutes: int) -> Json:
    return {"name": time_words.duration(timedelta(minutes=minutes)), "value": minutes}


def _lengths(typed: str) -> list[int]:
    if not typed:
        return list(LENGTHS)
    least, most = (int(length.total_seconds()) // 60 for length in (MIN_LENGTH, MAX_LENGTH))
    whole = int(typed) if typed.isdecimal() and typed.isascii() and len(typed) < 4 else 0
    begun = [one for one in LENGTHS if str(one).startswith(typed) and one != whole]
    return [*([whole] if least <= whole <= most else []), *begun]


def _days(typed: str, locale: str, now: datetime) -> list[Json]:
    """The next days, from today in UTC on; those first that were typed to the end.

    None where what was typed is a day that is over: another one would be read from it than is offered.
    """
    known = day_words(locale)
    words = whole_names(folded(_SEPARATORS.sub("-", typed)), known)
    if len(words) > _MOST_WORDS:
        return []
    first, read = now.astimezone(UTC).date(), read_day(typed, locale, now)
    if type(read) is date and read < first:
        return []
    next_days = [first + timedelta(days=ahead) for ahead in range(60)]
    found: list[date] = []
    # A date that has no sense in the order of their language may be written in the other.
    for is_month_first in _orders(known):
        seen = _Seen(known, is_month_first, now)
        found = found or [day for day in next_days if all(_fits(word, day, seen) for word in words)]
    # What would be read if it were sent as it stands is offered in any case.
    if type(read) is date and read not in found:
        found.append(read)
    ranked = sorted(found, key=lambda day: (day != read, not _is_meant(words, day, first, known), day))
    return [{"name": _day_words(day), "value": day.isoformat()} for day in ranked[:MAX_CHOICES]]


def _orders(known: DayWords) -> tuple[bool | None, ...]:
    """Whether the month stands first in dates in numbers, the likelier first; None for both at once."""
    return (None,) if known.is_month_first is None else (known.is_month_first, not known.is_month_first)


@dataclass(frozen=True, slots=True)
class _Seen:
    """How days are written by whoever types."""

    known: DayWords
    is_month_first: bool | None
    now: datetime


def _is_meant(words: list[str], day: date, today: date, known: DayWords) -> bool:
    """Whether a word is this day's number, or says in UTC how far away it is."""
    ahead = (day - today).days
    return str(day.day) in words or any(ahead == days for word in words for days in _near(word, known))


def _fits(word: str, day: date, seen: _Seen) -> bool:
    """Whether somebody who has typed *word* so far can mean the day."""
    if word[0].isdecimal():
        numbers = str(day.day), f"{day:%d}"
        is_number = word.isdecimal() and len(word) <= len("31")
        return any(one.startswith(word) for one in (numbers if is_number else _written(day, seen)))
    weekdays, months = seen.known.weekdays.items(), seen.known.months.items()
    names = [name for name, numbers in weekdays if day.weekday() in numbers]
    names += [name for name, numbers in months if day.month in numbers]
    return any(f" {word}" in f" {name}" for name in names) or any(
        (seen.now + _LAST_CLOCK).date() <= day - timedelta(days=ahead) <= (seen.now + _FIRST_CLOCK).date()
        for ahead in _near(word, seen.known)
    )


def _written(day: date, seen: _Seen) -> list[str]:
    """The day in numbers, with and without zeros in front."""
    written = [day.isoformat()]
    if seen.is_month_first is not False:
        written += [f"{day:%m-%d}", f"{day:%m-%d-%Y}", f"{day.month}-{day.day}-{day.year}"]
    if seen.is_month_first is not True:
        written += [f"{day:%d-%m-%Y}", f"{day.day}-{day.month}-{day.year}"]
    return written


def _near(word: str, known: DayWords) -> list[int]:
    """How many days ahead somebody may mean who has typed *word* so far, without a name for the day."""
    is_enough = len(word) > 1 or not word.isascii()
    return [days for near, days in known.ahead.items() if near.startswith(word) and is_enough]


def _day_words(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"
