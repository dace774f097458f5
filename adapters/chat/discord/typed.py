"""A slash command with its options, or a person's menu, as the one line that the grammar reads. Pure.

`/meet with:@guest length:30 when:2026-11-26 title:Logo` is `/meet @1100… 30 2026-11-26 "Logo"`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.chat.discord import commands, payloads, suggestions
from adapters.chat.discord.names import Json
from adapters.chat.discord.payloads import App, listed, snowflake
from adapters.payload import find, maybe, text
from scheduling_core.meet_syntax import day_of

_TIME = re.compile(r"<t:(-?\d{1,11})(?::[a-zA-Z])?>")
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
    named = str(given.get(commands.TIMEZONE) or "")
    zone = suggestions.zone_named(named) if named else None
    if named and zone is None:
        return Unread(
            f"I know no time zone called “{named[:60]}”; type a city and choose one of those offered."
        )
    joined = _joined(given)
    words = payloads.words(joined, app.bot_id, payloads.places(body))
    # Without its mention the line would be about everybody in the room.
    if not words.mentions and app.bot_id in payloads.words(joined).mentions:
        return Unread(NOT_ME)
    return Line(f"{app.command} {words.text}".strip(), words.mentions, zone)


def options(body: Json) -> list[Json]:
    """The options that were given."""
    return listed(body, "data", "options")


def days_of(words: str) -> str:
    """With the days of times of Discord's own, as `@time` writes them, in place of these."""
    return _TIME.sub(lambda found: _day_of(int(found[1])) or found[0], words).strip()


def _joined(given: Mapping[str, object]) -> str:
    """Whom, how long, when, about what; at the end whatever was typed freely."""
    parts = [
        f"<@{given[commands.WITH]}>" if given.get(commands.WITH) else "",
        _length(given.get(commands.LENGTH)),
        days_of(str(given.get(commands.WHEN) or "")),
        _quoted(str(given.get(commands.TITLE) or "")),
        days_of(str(given.get(commands.TEXT) or "")),
    ]
    return " ".join(filter(None, parts))


def _length(minutes: object) -> str:
    if not isinstance(minutes, int) or not minutes:
        return ""
    return str(minutes) if minutes >= _SMALLEST_BARE_LENGTH else f"{minutes}m"


def _quoted(title: str) -> str:
    """In quotes, of which the grammar allows none inside."""
    plain = " ".join(re.sub(r'["“”]', "'", title).split())
    return f'"{plain}"' if plain else ""


def _day_of(seconds: int) -> str:
    try:
        return day_of(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return ""
