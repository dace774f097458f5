"""What a person reads: Discord's Markdown as plain text, `<t:…>` in their own zone and language. Pure.

Source: "Message Formatting" of Discord's documentation (snapshot of 2026-08-06). Dates come from CLDR
(babel), as in Discord's clients; a narrow no-break space is shown as a plain one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta

from tests.adapters.discord.components import walk
from tests.adapters.discord.elements import BUTTON, TEXT_DISPLAY
from tests.adapters.discord.forms import fields
from tests.adapters.discord.world import Json, Person

_TIMESTAMP: Final = re.compile(r"<t:(-?\d{1,17})(?::([tTdDfFsSR]))?>")
_MENTION: Final = re.compile(r"<(@[!&]?|#)(\d+)>")
_COMMAND: Final = re.compile(r"</([^:>]+):\d+>")
_LINK: Final = re.compile(r"\[([^\]\n]+)\]\(<?(?:https?|mailto):[^)\s]+\)")
_EMPHASIS: Final = re.compile(r"(\*\*\*|\*\*|~~|\|\||\*)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
# Underscores inside a word are underscores.
_UNDERSCORES: Final = re.compile(r"(?<!\w)(__|_)(?=\S)(.+?)(?<=\S)\1(?!\w)", re.DOTALL)
_LINE: Final = re.compile(r"^(?:#{1,3} |-# |>>> |> )", re.MULTILINE)
_BULLET: Final = re.compile(r"^(\s*)[-*] ", re.MULTILINE)
_ESCAPED: Final = re.compile(r"\\([^A-Za-z0-9\s])")
_CODE: Final = re.compile(r"```(?:\w+\n)?(.*?)```|`([^`]+)`", re.DOTALL)
_HELD: Final = 0xE000
# style → (date form, time form) of CLDR
_FORMS: Final = {
    "t": ("", "short"),
    "T": ("", "medium"),
    "d": ("short", ""),
    "D": ("long", ""),
    "f": ("long", "short"),
    "F": ("full", "short"),
    "s": ("short", "short"),
    "S": ("short", "medium"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, and when.

    Attributes:
        now: aware; what `R` counts from.
        names: ids of people and channels → names.
    """

    person: Person
    now: datetime
    names: dict[str, str]


def render_time(unix: int, style: str, reader: Reader) -> str:
    """One `<t:…>` as the reader's client shows it."""
    at, locale = datetime.fromtimestamp(unix, UTC), Locale.parse(reader.person.locale, sep="-")
    if style == "R":
        shown = format_timedelta(at - reader.now, add_direction=True, locale=locale, threshold=1)
    else:
        date, time = _FORMS[style]
        zoned = at.astimezone(ZoneInfo(reader.person.tz))
        parts = [format_date(zoned, date, locale=locale)] if date else []
        parts += [format_time(zoned, time, locale=locale)] if time else []
        shown = " ".join(parts)
    return shown.replace("\N{NARROW NO-BREAK SPACE}", " ")


def markdown(text: str, reader: Reader) -> str:
    """Text as plain text: times, mentions, links shown, emphasis undone, what is escaped or code as it is."""
    held: list[str] = []

    def hold(words: str) -> str:
        held.append(words)
        return chr(_HELD + len(held) - 1)

    text = _CODE.sub(lambda one: hold(one[1] or one[2] or ""), text)
    text = _ESCAPED.sub(lambda one: hold(one[1]), text)
    text = _TIMESTAMP.sub(lambda one: hold(render_time(int(one[1]), one[2] or "f", reader)), text)
    text = _MENTION.sub(lambda one: hold(_mention(one[1], one[2], reader)), text)
    text = _COMMAND.sub(lambda one: hold(f"/{one[1]}"), text)
    text = _BULLET.sub(r"\1• ", _LINE.sub("", _LINK.sub(r"\1", text)))
    while (plainer := _UNDERSCORES.sub(r"\2", _EMPHASIS.sub(r"\2", text))) != text:
        text = plainer
    return "".join(held[ord(one) - _HELD] if 0 <= ord(one) - _HELD < len(held) else one for one in text)


def _mention(mark: str, target: str, reader: Reader) -> str:
    return f"{mark[0]}{reader.names.get(target, 'unknown')}"


def plain(body: Json, reader: Reader) -> str:
    """All words of a message or a modal, a line for each text; buttons and options are not among them."""
    texts = [str(body.get("content") or ""), *_embedded(body), *_displayed(body.get("components"))]
    return "\n".join(markdown(text, reader) for text in texts if text)


def _embedded(body: Json) -> Iterator[str]:
    for embed in body.get("embeds") or []:
        yield str((embed.get("author") or {}).get("name") or "")
        yield str(embed.get("title") or "")
        yield str(embed.get("description") or "")
        for field in embed.get("fields") or []:
            yield f"{field['name']}\n{field['value']}"
        yield str((embed.get("footer") or {}).get("text") or "")


def _displayed(components: Any) -> Iterator[str]:
    for one, _ in walk(components):
        if one["type"] == TEXT_DISPLAY:
            yield str(one["content"])
        elif "component" in one:
            yield str(one["label"])
            yield str(one.get("description") or "")


def buttons(components: list[Json]) -> tuple[str, ...]:
    """Labels of all buttons (of emoji ones the emoji), in order; disabled ones too."""
    return tuple(one.names[0] for one in fields(components) if one.kind == BUTTON)
