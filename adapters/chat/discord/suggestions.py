"""What is offered while somebody types into an option: zones, lengths, days. Pure.

Source: "Autocomplete" of Discord's documentation: at most 25 choices; people may send something else.
"""

import re
from datetime import UTC, date, datetime, timedelta

from adapters.chat.discord.commands import LENGTH, TIMEZONE, WHEN
from adapters.chat.discord.names import Json
from scheduling_core import time_words
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

_AHEAD = {"today": 0, "tomorrow": 1}
_LAST_CLOCK, _FIRST_CLOCK = timedelta(hours=-12), timedelta(hours=14)
"""Where a day begins last and first, against UTC: nobody's zone is known here."""
_SEPARATORS = re.compile(r"[./-]")


def choices(option: str, typed: str, now: datetime) -> list[Json]:
    """What is offered for an option; [] for one that offers nothing.

    Args:
        typed: so far.
        now: aware.
    """
    if option == TIMEZONE:
        return [_zone_choice(zone, now) for zone in zones(typed)]
    if option == LENGTH:
        return [_length_choice(minutes) for minutes in _lengths(typed)]
    return _days(typed, now) if option == WHEN else []


def zones(typed: str) -> list[str]:
    """Zones with every typed word in their name, those first whose city begins so."""
    words = _folded(typed).split()
    if not words:
        return list(MANY_LIVE_BY)
    found = [name for name in zone_names() if all(word in _searched(name) for word in words)]
    return sorted(found, key=lambda name: _rank(name, words[0]))[:MAX_CHOICES]


def _rank(name: str, word: str) -> tuple[bool, bool, str]:
    return not _city(name).startswith(word), name not in MANY_LIVE_BY, name


def zone_named(typed: str) -> str | None:
    """The zone somebody means: its name in any case, or the only one whose city is this; None for neither."""
    wanted = _folded(typed)
    by_name = next((name for name in zone_names() if _folded(name) == wanted), None)
    by_city = [name for name in zone_names() if _city(name) == wanted and "/" in name]
    return by_name or (by_city[0] if len(by_city) == 1 else None)


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


def _days(typed: str, now: datetime) -> list[Json]:
    """The next days, from today in UTC on; those first that were typed to the end."""
    words = _SEPARATORS.sub("-", typed.casefold().replace(",", " ")).split()
    first = now.astimezone(UTC).date()
    next_days = [first + timedelta(days=ahead) for ahead in range(60)]
    found = [day for day in next_days if all(_fits(word, day, now) for word in words)]
    ranked = sorted(found, key=lambda day: (not _is_meant(words, day, first), day))
    return [{"name": _day_words(day), "value": day.isoformat()} for day in ranked[:MAX_CHOICES]]


def _is_meant(words: list[str], day: date, today: date) -> bool:
    """Whether a word is this day's number, or says in UTC how far away it is."""
    ahead = (day - today).days
    return str(day.day) in words or any(ahead == _AHEAD[near] for word in words for near in _near(word))


def _fits(word: str, day: date, now: datetime) -> bool:
    """Whether somebody who has typed *word* so far can mean the day."""
    if word[0].isdecimal():
        numbers = str(day.day), f"{day:%d}"
        written = (day.isoformat(), f"{day:%m-%d}", f"{day:%d-%m-%Y}", f"{day.day}-{day.month}-{day.year}")
        is_number = word.isdecimal() and len(word) <= len("31")
        return any(one.startswith(word) for one in (numbers if is_number else written))
    named = f"{day:%A %B}".casefold().split()
    return any(one.startswith(word) for one in named) or any(
        (now + _LAST_CLOCK).date() <= day - timedelta(days=_AHEAD[near]) <= (now + _FIRST_CLOCK).date()
        for near in _near(word)
    )


def _near(word: str) -> list[str]:
    return [near for near in _AHEAD if near.startswith(word) and len(word) > 1]


def _day_words(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"
