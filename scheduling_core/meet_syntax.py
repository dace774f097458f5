"""The `/meet` grammar: what somebody typed → a request, or a problem at a position.

Read here: people, a length, a quoted or bare title, one day (an ISO date, a weekday, or `day:` and an instant
in UTC, which platforms write for a moment somebody chose), and the verbs of `VERBS`. Words that look like a
number or a time we cannot read, and a second length, day or quoted title, are a `Problem`, never silently a
part of the title. The parser is deterministic: same text, same people → same result.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum

from scheduling_core.mail import single_line
from scheduling_core.people import MAX_LENGTH, MIN_LENGTH
from scheduling_core.time_lookalikes import DAY_OF_MONTH, UNIT, WEEKDAY, looks_like_a_time
from scheduling_core.zones import FIRST_YEAR, LAST_YEAR

VERBS = ("help", "settings", "list", "link", "unlink", "calendars")
_DONE_BY = {
    **dict.fromkeys(("cancel", "reschedule", "move", "push", "next"), "list"),
    **dict.fromkeys(("hours", "off", "notice", "window", "buffer", "cap", "tz"), "settings"),
}
"""First words that one of the `VERBS` has the buttons or fields for."""

MAX_TITLE = 120
AMBIGUOUS = ""
"""Stands for a person id in `people` where several people go by the same name."""


class Weekday(IntEnum):
    """As `date.weekday()`."""

    MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


@dataclass(frozen=True, slots=True)
class Invite:
    """Somebody wants to meet.

    Attributes:
        people: ids of the people named, in order, each once.
        length: None when not said.
        day: a date, or the next such weekday, or the day on which an instant (aware) lies for whoever asks,
            or None.
    """

    people: tuple[str, ...] = ()
    length: timedelta | None = None
    title: str = ""
    day: date | datetime | Weekday | None = None

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


_LENGTH = re.compile(
    r"(?:(?P<hours>\d{1,9}(?:\.5)?)\s*h(?:rs?|ours?)?(?:(?P<and>\d{1,2})(?:m|mins?)?)?"
    r"|(?P<minutes>\d{1,9})\s*(?P<unit>m|mins?|minutes?)?|quick)\Z",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}\Z")
_DAY_OF = "day:"
_INSTANT = re.compile(rf"{_DAY_OF}\d{{4}}-\d{{2}}-\d{{2}}T\d{{2}}:\d{{2}}Z\Z")
_WEEKDAY = re.compile(rf"{WEEKDAY}\Z", re.IGNORECASE)
_CLOCK = re.compile(
    r"(\d{1,2}(:\d{2})?\s*(am|pm)|\d{1,2}:\d{2}|\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}([/.]\d{2,4})?)\Z", re.I
)
_DAY_OF_MONTH = re.compile(DAY_OF_MONTH, re.IGNORECASE)
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
_ORDINAL = re.compile(r"(?:on )?(?:the )?\d{1,2}(?:st|nd|rd|th)[.!?]*\Z", re.IGNORECASE)
"""A whole title that is nothing but a day of some month."""
_TOKEN = re.compile(rf'"[^"]*"|“[^”]*”|\d+\s+{UNIT}\b|{DAY_OF_MONTH}|[^\s,;]+[,;]*', re.IGNORECASE)
_QUOTES = '"“”'


@dataclass(slots=True)
class _Reader:
    """The parts read so far."""

    people: list[str] = field(default_factory=list)
    length: timedelta | None = None
    length_word: str = ""
    quoted: str | None = None
    words: list[str] = field(default_factory=list)
    is_in_title: bool = False
    day: date | datetime | Weekday | None = None


class _Unreadable(Exception):
    """Carries the sentence of a `Problem`."""


def parse(text: str, command: str, people: Mapping[str, str]) -> Invite | Verb | Problem:
    """Read one line.

    Args:
        text: the whole line; the leading command word (or a mention of the bot) may be missing.
        command: the command word, `/meet`.
        people: who can be named: what stands after the `@` (ids and names, any case) → person id, or
            `AMBIGUOUS`.
    """
    offset = _command_end(text, command)
    if not offset and text[: len(command)].lower() == command.lower():
        return _another_command(text)
    if verb := _verb(text[offset:].lower().split()):
        return verb
    reader = _Reader()
    names = sorted(people, key=len, reverse=True)
    position = offset
    while match := _TOKEN.search(text, position):
        try:
            position = _read(reader, text, match, people, names)
        except _Unreadable as problem:
            return Problem(match.start(), str(problem))
    return _invite(reader, offset)


def _verb(words: list[str]) -> Verb | None:
    if not words:
        return None
    name = words[0] if words[0] in VERBS else _DONE_BY.get(words[0])
    return Verb(name) if name else None


def _command_end(text: str, command: str) -> int:
    """Where the command word ends; 0 where the text begins with something else, `/meeting` included."""
    head, after = text[: len(command)].lower(), text[len(command) : len(command) + 1]
    return len(command) if head == command.lower() and (not after or after.isspace()) else 0


def _another_command(text: str) -> Problem:
    word = text.split(maxsplit=1)[0][:40]
    return Problem(0, f"“{word}” is not a command of mine.")


def _invite(reader: _Reader, offset: int) -> Invite | Problem:
    title = single_line(reader.quoted if reader.quoted is not None else " ".join(reader.words))
    if len(title) > MAX_TITLE:
        return Problem(offset, f"That title is {len(title)} characters long; please keep it to {MAX_TITLE}.")
    if reader.quoted is None and _ORDINAL.match(title):
        return Problem(offset, str(_cannot_read(title)))
    return Invite(tuple(reader.people), reader.length, title, reader.day)


def _read(
    reader: _Reader, text: str, match: re.Match[str], people: Mapping[str, str], names: list[str]
) -> int:
    """Take one token; returns where the next one may begin."""
    token = match.group()
    if token.startswith("@"):
        reader.is_in_title = False
        return _read_person(reader, text, match.start() + 1, people, names)
    if token[0] in _QUOTES:
        return _read_quoted(reader, text, match)
    _refuse_clock_after_at(reader, token)
    if _read_length(reader, token) or _read_day(reader, token):
        reader.is_in_title = False
        return match.end()
    if not _is_number_in_title(reader, token):
        _refuse_times(token)
    reader.words.append(token)
    reader.is_in_title = True
    return match.end()


def _read_quoted(reader: _Reader, text: str, match: re.Match[str]) -> int:
    """A title in quotes; one that is never closed goes on to the end of the line."""
    if reader.quoted is not None:
        raise _Unreadable("Please write one title only, in one pair of quotes.")
    reader.is_in_title = False
    is_closed = len(match.group()) > 1 and match.group()[-1] in _QUOTES
    end = match.end() if is_closed else len(text)
    reader.quoted = text[match.start() : end].strip(_QUOTES)
    return end


def _read_person(reader: _Reader, text: str, start: int, people: Mapping[str, str], names: list[str]) -> int:
    for name in names:
        end = start + len(name)
        if text[start:end].lower() == name.lower() and not text[end : end + 1].isalnum():
            if text[end : end + 1] == "?":
                # The name can be an id, which tells nobody anything.
                raise _Unreadable(
                    "I cannot invite somebody as optional yet; "
                    "please leave out the question mark after their name."
                )
            if people[name] == AMBIGUOUS:
                raise _Unreadable(
                    f"More than one person here is called {name[:40]}; write the person's id after the @."
                )
            if people[name] not in reader.people:
                reader.people.append(people[name])
            return end
    word = re.split(r"[\s,;]", text[start:], maxsplit=1)[0]
    if not word:
        raise _Unreadable("Please write a name right after the @.")
    raise _Unreadable(
        f"I know nobody called @{word[:40]} in this room. Only members of the room can be invited."
    )


def _read_length(reader: _Reader, token: str) -> bool:
    word = token.rstrip(",;")
    match = _LENGTH.match(word)
    if match is None or (reader.length and reader.is_in_title and not _says_unit(match)):
        return False
    if reader.length:
        raise _Unreadable(
            f"“{reader.length_word}” and “{word[:40]}” are two lengths; please write one only, "
            "and put a title that contains such words in quotes."
        )
    minutes = _minutes(match)
    if not MIN_LENGTH <= timedelta(minutes=minutes) <= MAX_LENGTH:
        raise _Unreadable(f"{token} is not a length I can book: a meeting lasts 5 minutes to 8 hours (480).")
    if not _says_unit(match) and minutes < 10:
        raise _Unreadable(f"Did you mean {minutes} minutes? Then type {minutes}m.")
    reader.length, reader.length_word = timedelta(minutes=minutes), word
    return True


def _says_unit(match: re.Match[str]) -> bool:
    """False for a bare number, which after a length and a word of the title belongs to the title."""
    return not match["minutes"] or bool(match["unit"])


def _minutes(match: re.Match[str]) -> float:
    if match["hours"]:
        return float(match["hours"]) * 60 + int(match["and"] or 0)
    return int(match["minutes"]) if match["minutes"] else 15


def _read_day(reader: _Reader, token: str) -> bool:
    word = token.rstrip(",;.!?")
    weekday = _WEEKDAY.match(word)
    if not (weekday or _ISO_DATE.match(word) or _INSTANT.match(word)):
        return False
    if reader.day is not None:
        second = "that moment" if _INSTANT.match(word) else f"“{word}”"
        raise _Unreadable(f"Please name one day only; {second} is a second one.")
    reader.day = Weekday[weekday.group()[:3].upper()] if weekday else _date(word)
    return True


def _date(word: str) -> date | datetime:
    if _INSTANT.match(word):
        return _instant(word)
    year, month, day = (int(part) for part in word.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        raise _Unreadable(f"{word} is not a date; write it like 2026-11-26.") from None


def day_of(instant: datetime) -> str:
    """The word for the day on which *instant* (aware UTC) lies for whoever asks."""
    return f"{_DAY_OF}{instant.replace(tzinfo=None).isoformat(timespec='minutes')}Z"


def _instant(word: str) -> datetime:
    try:
        instant = datetime.fromisoformat(word.removeprefix(_DAY_OF))
    except ValueError:
        raise _Unreadable("There is no such moment; write a day like 2026-11-26.") from None
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise _Unreadable("That moment is too far away; write a day like 2026-11-26.")
    return instant


def _is_number_in_title(reader: _Reader, token: str) -> bool:
    """A whole number behind a length and a word, as in `30 sprint 42`."""
    return bool(reader.length) and reader.is_in_title and token.rstrip(",;").isdecimal()


def _refuse_times(token: str) -> None:
    word = token.lower().rstrip(",;.?")
    if word in _NOT_YET or _CLOCK.match(word) or _DAY_OF_MONTH.match(word):
        raise _cannot_read(token.rstrip(",;"))
    if looks_like_a_time(word):
        raise _Unreadable(
            f"I cannot read “{token.rstrip(',;')[:40]}” here. Type a length like 30, 45m or 1h30, a day like "
            "thu or 2026-11-26; put a title that contains such words in quotes."
        )


def _refuse_clock_after_at(reader: _Reader, token: str) -> None:
    """`at 12` is a time of day, whatever the number could mean by itself."""
    is_after_at = reader.is_in_title and reader.words[-1].lower() == "at"
    if is_after_at and token[0].isdecimal() and not _ISO_DATE.match(token.rstrip(",;.")):
        raise _cannot_read(f"at {token.rstrip(',;.?')}")


def _cannot_read(words: str) -> _Unreadable:
    return _Unreadable(
        f"I cannot read “{words[:40]}” here. Name a day (thu or 2026-11-26) and I offer its free times; "
        "put a title that contains such words in quotes."
    )
