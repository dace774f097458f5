"""What a person reads: mrkdwn, dates in their own zone, blocks as plain text. Pure.

Source of the date tokens: docs.slack.dev, "Formatting text for app surfaces", date formatting.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.adapters.slack.forms import choices, fields
from tests.adapters.slack.workspace import Person

Json = dict[str, Any]
DATE = re.compile(r"<!date\^(-?\d+)\^([^|>^]+)(?:\^([^|>]+))?(?:\|([^>]*))?>")
LINK = re.compile(r"<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>")
MENTION = re.compile(r"<([@#!])([^|>]+)(?:\|([^>]*))?>")
EMPHASIS = re.compile(r"(?<![\w*_~`])([*_~])(\S(?:.*?\S)?)\1(?![\w*_~`])")
HALF_A_YEAR_DAYS = 182


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, and when.

    Attributes:
        now: aware; decides "today" and whether the year is shown.
        names: user id → display name.
    """

    person: Person
    now: datetime
    names: dict[str, str]


def render_date(unix: int, form: str, reader: Reader) -> str:
    """One `<!date^…>` as the reader's client shows it."""
    zone = ZoneInfo(reader.person.tz)
    at, today = datetime.fromtimestamp(unix, UTC).astimezone(zone), reader.now.astimezone(zone).date()
    near = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}.get((at.date() - today).days)
    year = "" if abs((at.date() - today).days) < HALF_A_YEAR_DAYS else f", {at.year}"
    american = reader.person.locale == "en-US"
    hour = f"{at:%I}".lstrip("0")
    shown = {
        "date_num": f"{at:%Y-%m-%d}",
        "date": f"{at:%B} {_ordinal(at.day)}{year}",
        "date_short": f"{at:%b} {at.day}{year}",
        "date_long": f"{at:%A}, {at:%B} {_ordinal(at.day)}{year}",
        "time": f"{hour}:{at:%M %p}" if american else f"{at:%H:%M}",
        "time_secs": f"{hour}:{at:%M:%S %p}" if american else f"{at:%H:%M:%S}",
    }
    shown |= {f"{name}_pretty": near or shown[name] for name in ("date", "date_short", "date_long")}
    return re.sub(r"\{(\w+)\}", lambda token: shown.get(token[1], token[0]), form)


def _ordinal(day: int) -> str:
    ending = "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def mrkdwn(text: str, reader: Reader) -> str:
    """mrkdwn as plain text: dates, mentions and links shown, emphasis and entities undone."""
    text = DATE.sub(lambda one: render_date(int(one[1]), one[2], reader), text)
    text = LINK.sub(lambda one: one[2] or one[1], text)
    text = MENTION.sub(lambda one: _mention(one[1], one[2], one[3], reader), text)
    return html.unescape(EMPHASIS.sub(r"\2", EMPHASIS.sub(r"\2", text)))


def _mention(mark: str, target: str, label: str | None, reader: Reader) -> str:
    if mark == "@":
        return f"@{label or reader.names.get(target, target)}"
    return f"{'#' if mark == '#' else '@'}{label or target}"


def plain(blocks: list[Json], reader: Reader) -> str:
    """All words of blocks, a line for each text; buttons and options are not among them."""
    return "\n".join(line for block in blocks for line in _lines(block, reader))


def _lines(block: Json, reader: Reader) -> Iterator[str]:
    texts = [block.get(key) for key in ("text", "label", "hint", "title")] + (block.get("fields") or [])
    if block["type"] == "context":
        texts += block["elements"]
    for text in texts:
        if isinstance(text, dict) and isinstance(text.get("text"), str):
            yield _shown(text, reader)
    if block["type"] == "rich_text":
        yield "".join(_rich(block["elements"], reader))


def _shown(text: Json, reader: Reader) -> str:
    # plain_text renders nothing: a date token stays a token, for people as for the tests.
    return mrkdwn(text["text"], reader) if text["type"] == "mrkdwn" else str(text["text"])


def _rich(elements: list[Json], reader: Reader) -> Iterator[str]:
    leaf: dict[str, Callable[[Json], str]] = {
        "text": lambda one: str(one["text"]),
        "link": lambda one: str(one.get("text") or one["url"]),
        "user": lambda one: f"@{reader.names.get(one['user_id'], one['user_id'])}",
        "date": lambda one: render_date(one["timestamp"], one["format"], reader),
    }
    for element in elements:
        if "elements" in element:
            yield from _rich(element["elements"], reader)
        elif element["type"] in leaf:
            yield leaf[element["type"]](element)


def buttons(blocks: list[Json]) -> tuple[str, ...]:
    """Labels of all buttons, in order."""
    return tuple(one.element["text"]["text"] for one in fields(blocks) if one.element["type"] == "button")


def option_labels(blocks: list[Json], name: str) -> tuple[str, ...]:
    """Labels of the options of one select, radio group, checkbox group or overflow menu."""
    (element,) = (one.element for one in fields(blocks) if name in one.names)
    return tuple(option["text"]["text"] for option in choices(element))
