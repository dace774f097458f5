"""Lines of a card as Slack's mrkdwn: text that stays as it is, times in each reader's own zone. Pure.

Sources: https://docs.slack.dev/messaging/formatting-message-text (escaping, dates, mentions) and
https://docs.slack.dev/reference/block-kit/composition-objects/text-object (`verbatim`).
"""

import re
from collections.abc import Callable
from datetime import datetime

from adapters.chat.slack.names import is_person
from scheduling_core.card_text import STRUCK
from scheduling_core.cards import Mention, Span, Text, When, WhenStyle
from scheduling_core.time_words import clock, day, moment, zone_city

MAX_TEXT = 3000
"""Of the text of a section, and of one element of a context block."""

ELLIPSIS = "…"

_JOINER = "\u2060"
# The only date tokens with a day of the week are the long ones.
_WHEN: dict[WhenStyle, str] = {
    "date": "{date_long_pretty}",
    "time": "{time}",
    "datetime": "{date_long_pretty}, {time}",
}
_FALLBACK: dict[WhenStyle, Callable[[datetime, str], str]] = {"date": day, "time": clock, "datetime": moment}
_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")

# mrkdwn has no escape for its marks, and an invisible character beside one does not always disarm it: they
# are written with their look-alikes. An underscore between letters or digits marks nothing.
_LOOK_ALIKES = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
# What `verbatim` should stop already, and the names of emoji, are parted by a word joiner, which nobody sees.
_STARTS_CONSTRUCT = re.compile(
    r"(?<=:)(?=//)"  # an address
    r"|(?<=:)(?=[a-z0-9_+'-]+:)"  # :emoji:
    r"|(?<=@)(?=(?:here|channel|everyone|group)\b)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(https?://\S+)")
_PIECES = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|.", re.DOTALL)


def literal(text: str) -> str:
    """*text* so that Slack shows it as it is: no markup, mention, address, emoji or quotation."""
    text = _EDGE_UNDERSCORE.sub("ˍ", text.translate(_LOOK_ALIKES))
    text = _STARTS_CONSTRUCT.sub(_JOINER, text)
    text = _escaped(text)
    # Also an escaped > at the beginning of a line is taken for a quotation.
    return re.sub(r"^(?=\s*&gt;)", _JOINER, text, flags=re.MULTILINE)


def literal_but_addresses(text: str) -> str:
    """The same with web addresses that can be copied: nothing in them is written otherwise or parted."""
    parts = _ADDRESS.split(text)
    return "".join(_escaped(part) if place % 2 else literal(part) for place, part in enumerate(parts))


def _escaped(text: str) -> str:
    for mark, entity in _ENTITIES:
        text = text.replace(mark, entity)
    return text


def when(instant: When, zone: str) -> str:
    """An instant in the reader's own zone; the fallback of old clients and mails is in *zone*."""
    shown = _FALLBACK[instant.style](instant.at, zone)
    fallback = literal(f"{shown} {zone_city(zone)}" if instant.style != "date" else shown)
    return f"<!date^{int(instant.at.timestamp())}^{_WHEN[instant.style]}|{fallback.replace('|', '/')}>"


def line(text: Text, zones: tuple[str, ...], most: int = MAX_TEXT) -> str:
    """One line of a card; "" where there is nothing to see.

    Args:
        zones: of the card; the first is that of the fallbacks.
        most: characters, markup included.
    """
    zone = zones[0] if zones else "UTC"
    words = "".join(_span(span, zone) for span in text.spans).strip()
    if not words:
        return ""
    match text.emphasis:
        case "strong":
            return f"*{cut(words, most - 2)}*"
        case "struck":
            # Whether the line runs through dates too is not documented, and no screen reader reads it.
            return f"~{cut(words, most - 3 - len(STRUCK))}~ {STRUCK}"
    return cut(words, most)


def _span(span: Span, zone: str) -> str:
    match span:
        case When():
            return when(span, zone)
        case Mention(account, name):
            return f"<@{account}>" if is_person(account) else literal(_BREAKS.sub(" ", f"@{name}"))
        case str():
            return literal(_BREAKS.sub(" ", span))


def cut(markup: str, most: int) -> str:
    """At most *most* characters of what this module made, never ending inside an entity or a date."""
    if len(markup) <= most:
        return markup
    kept = ""
    for piece in _PIECES.findall(markup):
        if len(kept) + len(piece) > most - len(ELLIPSIS):
            break
        kept += piece
    return kept.rstrip() + ELLIPSIS


def cut_plain(text: str, most: int) -> str:
    """At most *most* characters of plain text; Slack takes no empty one."""
    text = " ".join(text.split()) or ELLIPSIS
    return text if len(text) <= most else text[: most - len(ELLIPSIS)].rstrip() + ELLIPSIS


def joined(lines: list[str], most: int = MAX_TEXT) -> list[str]:
    """Lines put together into as few texts as hold them."""
    texts: list[str] = []
    for one in lines:
        if texts and len(texts[-1]) + 1 + len(one) <= most:
            texts[-1] += f"\n{one}"
        else:
            texts.append(one)
    return texts
