"""A slash command with its options, or a person's menu, as the one line that the grammar reads. Pure.

`/meet with:@guest length:30 when:2026-11-26 title:Logo` is `/meet @1100… 30 2026-11-26 "Logo"`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.chat.discord import commands, names, payloads
from adapters.chat.discord.names import Json
from adapters.chat.discord.payloads import App, listed, snowflake
from adapters.payload import find, maybe, text
from scheduling_core.meet_syntax import Weekday, day_of
from scheduling_core.named_days import read_day
from scheduling_core.zones import zone_named

_TIME = re.compile(r"<t:(-?\d{1,20})(?::[a-zA-Z])?>")
_QUOTED_OR_TIME = re.compile(rf'"[^"]*"|“[^”]*”|\s?[(\[–—-]?{_TIME.pattern}[)\]]?(\b)?')
"""With what can stand right around a time, so that its day becomes a word of its own."""
_MARKED_UP = re.compile("<[^<>]*>")
NOT_ME = "I arrange meetings and cannot come to one. Please name the person you would like to meet."

_SMALLEST_BARE_LENGTH = 10
"""Below it the grammar wants a unit."""


@dataclass(frozen=True, slots=True)
class Line:
    """What was asked for.

    Attributes:
        text: begins with the command word.
        mentions: user ids in it, in order, each once.
        zone: the IANA zone somebody says they live in, or None.
    """

    text: str
    mentions: tuple[str, ...] = ()
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """An option that means nothing; *because* is the sentence for the person."""

    because: str


def line(body: Json, app: App) -> Line | Unread:
    """The line.

    Raises:
        Malformed: not the form of a command.
    """
    name = text(body, "data", "name")
    if find(body, "data", "type") == commands.USER_MENU:
        person = snowflake(body, "data", "target_id")
        if person == app.bot_id:
            return Unread(NOT_ME)
        return Line(f"{app.command} @{person}", (person,))
    if verb := commands.verb_of(name):
        return Line(f"{app.command} {verb}")
    given = {maybe(one, "name"): one.get("value") for one in options(body)}
    named, when = (str(given.get(option) or "").strip() for option in (commands.TIMEZONE, commands.WHEN))
    zone = zone_named(named) if named else None
    if named and zone is None:
        return Unread(
            f"I know no time zone called “{named[:60]}”; type a city and choose one of those offered."
        )
    day = _day(when, body) if when else ""
    if day is None:
        said = _MARKED_UP.sub("…", when)[:60]
        return Unread(
            f"I cannot read “{said}” as a day; choose one of those offered, or write it like 2026-11-26."
        )
    joined = _joined(given, day)
    words = payloads.words(joined, app.bot_id, payloads.places(body))
    # Without its mention the line would be about everybody in the room.
    if not words.mentions and app.bot_id in payloads.words(joined).mentions:
        return Unread(NOT_ME)
    return Line(f"{app.command} {words.text}".strip(), words.mentions, zone)


def options(body: Json) -> list[Json]:
    """The options that were given."""
    return listed(body, "data", "options")


def days_of(words: str) -> str:
    """With the days of times of Discord's own, as `@time` writes them, in place of these; quotes stay."""
    return _QUOTED_OR_TIME.sub(_replaced, words).strip()


def _replaced(found: re.Match[str]) -> str:
    if not found[1]:
        return found[0]
    is_glued = found[2] is not None
    return f" {_day_of(found[1])}{' ' if is_glued else ''}"


def _joined(given: Mapping[str, object], day: str) -> str:
    """Whom, how long, when, about what; at the end whatever was typed freely."""
    parts = [
        f"<@{given[commands.WITH]}>" if given.get(commands.WITH) else "",
        _length(given.get(commands.LENGTH)),
        day,
        _quoted(str(given.get(commands.TITLE) or "")),
        days_of(str(given.get(commands.TEXT) or "")),
    ]
    return " ".join(filter(None, parts))


def _day(when: str, body: Json) -> str | None:
    """The grammar's word for the day; None for what is not exactly one.

    Raises:
        Malformed: the payload has no id, which tells when this was asked.
    """
    if moment := _TIME.fullmatch(when):
        return _day_of(moment[1])
    asked_at = datetime.fromtimestamp(names.epoch_seconds(snowflake(body, "id")), UTC)
    match read_day(when, maybe(body, "locale"), asked_at):
        case None:
            return None
        case Weekday(name=name):
            return name.lower()
        case datetime() as instant:
            return day_of(instant)
        case day:
            return day.isoformat()


def _length(minutes: object) -> str:
    if not isinstance(minutes, int) or not minutes:
        return ""
    return str(minutes) if minutes >= _SMALLEST_BARE_LENGTH else f"{minutes}m"


def _quoted(title: str) -> str:
    """In quotes, of which the grammar allows none inside."""
    plain = " ".join(re.sub(r'["“”]', "'", title).split())
    return f'"{plain}"' if plain else ""


def _day_of(seconds: str) -> str:
    """The grammar's word for the day of a moment; one that no calendar reaches becomes the last of all."""
    try:
        return day_of(datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        return day_of(datetime.max.replace(tzinfo=UTC))
