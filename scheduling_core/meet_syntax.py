"""The `/meet` grammar: what somebody typed → a request, or a problem at a position.

Read here: people, a length, a quoted or bare title, one ISO date or weekday, and the verbs of `VERBS`. Words
that look like a time we cannot read are a `Problem`, never silently a title. The parser is deterministic:
same text, same people → same result.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum

from scheduling_core.people import MAX_LENGTH, MIN_LENGTH

VERBS = ("help", "settings", "list")
MAX_TITLE = 120


class Weekday(IntEnum):
    """As `date.weekday()`."""

    MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


@dataclass(frozen=True, slots=True)
class Invite:
    """Somebody wants to meet.

    Attributes:
        people: ids of the people named, in order, each once.
        length: None when not said.
        day: a date, or the next such weekday, or None.
    """

    people: tuple[str, ...] = ()
    length: timedelta | None = None
    title: str = ""
    day: date | Weekday | None = None

    @property
    def is_bare(self) -> bool:
        """Nothing but the command was typed."""
        return self == Invite()


@dataclass(frozen=True, slots=True)
class Verb:
    """A subcommand of `VERBS`."""

    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read.

    Attributes:
        position: index in the text where it begins.
        because: one sentence for the person, with what to type instead.
    """

    position: int
    because: str


_UNIT = r"(?:h|hours?|m|mins?|minutes?)"
_LENGTH = re.compile(
    r"(?:(?P<hours>\d{1,5}(?:\.5)?)\s*h(?:ours?)?(?:(?P<and>\d{1,2})m?)?"
    r"|(?P<minutes>\d{1,5})\s*(?P<unit>m|mins?|minutes?)?|quick)\Z",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}\Z")
_WEEKDAY = re.compile(
    r"(mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\Z",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(\d{1,2}(:\d{2})?\s*(am|pm)|\d{1,2}:\d{2}|\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}([/.]\d{2,4})?)\Z", re.I
)
_NOT_YET = {
    *(
        "today",
        "tomorrow",
        "tonight",
        "yesterday",
        "asap",
        "now",
        "next",
        "noon",
        "midnight",
        "after",
        "before",
    ),
    *("morning", "mornings", "afternoon", "afternoons", "evening", "evenings", "daily", "weekly"),
}
_TOKEN = re.compile(rf'"[^"]*"|“[^”]*”|\d+\s+{_UNIT}\b|[^\s,;]+[,;]*', re.IGNORECASE)
_QUOTES = '"“”'


@dataclass(slots=True)
class _Reader:
    """The parts read so far."""

    people: list[str] = field(default_factory=list)
    length: timedelta | None = None
    quoted: str | None = None
    words: list[str] = field(default_factory=list)
    day: date | Weekday | None = None


class _Unreadable(Exception):
    """Carries the sentence of a `Problem`."""


def parse(text: str, command: str, people: Mapping[str, str]) -> Invite | Verb | Problem:
    """Read one line.

    Args:
        text: the whole line; the leading command word (or a mention of the bot) may be missing.
        command: the command word, `/meet`.
        people: who can be named: what stands after the `@` (ids and names, any case) → person id.
    """
    offset = len(command) if text.lower().startswith(command.lower()) else 0
    verb = text[offset:].strip().lower()
    if verb in VERBS:
        return Verb(verb)
    reader = _Reader()
    names = sorted(people, key=len, reverse=True)
    position = offset
    while match := _TOKEN.search(text, position):
        try:
            position = _read(reader, text, match, people, names)
        except _Unreadable as problem:
            return Problem(match.start(), str(problem))
    return _invite(reader, offset)


def _invite(reader: _Reader, offset: int) -> Invite | Problem:
    title = reader.quoted if reader.quoted is not None else " ".join(reader.words)
    if len(title) > MAX_TITLE:
        return Problem(offset, f"That title is {len(title)} characters long; please keep it to {MAX_TITLE}.")
    return Invite(tuple(reader.people), reader.length, title, reader.day)


def _read(
    reader: _Reader, text: str, match: re.Match[str], people: Mapping[str, str], names: list[str]
) -> int:
    """Take one token; returns where the next one may begin."""
    token = match.group()
    if token.startswith("@"):
        return _read_person(reader, text, match.start() + 1, people, names)
    if token[0] in _QUOTES:
        reader.quoted = " ".join(token.strip(_QUOTES).split())
        return match.end()
    if _read_length(reader, token) or _read_day(reader, token):
        return match.end()
    _refuse_times(token)
    reader.words.append(token)
    return match.end()


def _read_person(reader: _Reader, text: str, start: int, people: Mapping[str, str], names: list[str]) -> int:
    rest = text[start:].lower()
    for name in names:
        if rest.startswith(name.lower()) and not rest[len(name) : len(name) + 1].isalnum():
            end = start + len(name)
            if text[end : end + 1] == "?":
                raise _Unreadable(
                    f"I cannot invite somebody as optional yet; write @{name} without the question mark."
                )
            if people[name] not in reader.people:
                reader.people.append(people[name])
            return end
    word = text[start:].split(maxsplit=1)[0] if rest.strip() else ""
    raise _Unreadable(
        f"I know nobody called @{word[:40]} in this room. Only members of the room can be invited."
    )


def _read_length(reader: _Reader, token: str) -> bool:
    match = _LENGTH.match(token.rstrip(",;"))
    if match is None:
        return False
    minutes = _minutes(match)
    if not MIN_LENGTH <= timedelta(minutes=minutes) <= MAX_LENGTH:
        raise _Unreadable(f"{token} is not a length I can book: a meeting lasts 5 minutes to 8 hours (480).")
    if match["minutes"] and not match["unit"] and minutes < 10:
        raise _Unreadable(f"Did you mean {minutes} minutes? Then type {minutes}m.")
    reader.length = timedelta(minutes=minutes)
    return True


def _minutes(match: re.Match[str]) -> float:
    if match["hours"]:
        return float(match["hours"]) * 60 + int(match["and"] or 0)
    return int(match["minutes"]) if match["minutes"] else 15


def _read_day(reader: _Reader, token: str) -> bool:
    word = token.rstrip(",;.")
    if _ISO_DATE.match(word):
        reader.day = _date(word)
        return True
    if match := _WEEKDAY.match(word):
        reader.day = Weekday[match.group(1)[:3].upper()]
        return True
    return False


def _date(word: str) -> date:
    year, month, day = (int(part) for part in word.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        raise _Unreadable(f"{word} is not a date; write it like 2026-11-26.") from None


def _refuse_times(token: str) -> None:
    word = token.lower().rstrip(",;.?")
    if word in _NOT_YET or _CLOCK.match(word):
        raise _Unreadable(
            f"I cannot read “{token[:40]}” here. Name a day (thu or 2026-11-26) and I offer its free times; "
            "put a title that contains such words in quotes."
        )
