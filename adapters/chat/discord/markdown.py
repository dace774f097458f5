"""Lines of a card as Discord's Markdown: text that stays as it is, times in each reader's own zone. Pure.

Sources: "Message Formatting" of Discord's API reference (times, mentions) and its help page "Markdown Text".
"""

import re
from urllib.parse import quote

from adapters.chat.discord.names import is_person
from scheduling_core.card_text import STRUCK
from scheduling_core.cards import Mention, Span, Text, When, WhenStyle

MAX_LINE = 2000
"""Ours: of one line of a card, so that a long one leaves room for the buttons."""

ELLIPSIS = "…"
_STYLES: dict[WhenStyle, str] = {"date": "D", "time": "t", "datetime": "F"}
_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
# A backslash in front of a sign that is no letter makes it a plain sign, wherever it stands.
_MARKS = re.compile(
    r"[\\*_~`|>#<@\[\]]"
    r"|:(?=//|[\w+~-]+:)"  # an address, :emoji:
    r"|(?<![^\s])-(?=\s)"  # a list
    r"|(?<=\d)\.(?=\s)"  # a numbered list
)
_PIECES = re.compile(r"<[^<>]*>|\\.|.", re.DOTALL)


def literal(text: str) -> str:
    """*text* so that Discord shows it as it is: no markup, mention, address, emoji, list or quotation."""
    return _MARKS.sub(r"\\\g<0>", text)


def when(instant: When) -> str:
    """An instant in the reader's own zone and language."""
    return f"<t:{int(instant.at.timestamp())}:{_STYLES[instant.style]}>"


def line(text: Text, most: int = MAX_LINE) -> str:
    """One line of a card; "" where there is nothing to see.

    Args:
        most: characters, markup included.
    """
    words = "".join(map(_span, text.spans)).strip()
    if not words:
        return ""
    match text.emphasis:
        case "strong":
            return f"**{cut(words, most - 4)}**"
        case "subtle":
            return f"-# {cut(words, most - 3)}"
        case "struck":
            # No screen reader reads the line through the words.
            return f"~~{cut(words, most - 5 - len(STRUCK))}~~ {STRUCK}"
    return cut(words, most)


def plain_line(text: str, most: int = MAX_LINE) -> str:
    """Words of ours or of a person as one line; "" where there is nothing to see."""
    return cut(literal(_BREAKS.sub(" ", text)).strip(), most)


def _span(span: Span) -> str:
    match span:
        case When():
            return when(span)
        case Mention(account, name):
            return f"<@{account}>" if is_person(account) else plain_line(f"@{name}")
        case str():
            return literal(_BREAKS.sub(" ", span))


def link(label: str, url: str) -> str:
    """A link in the text, for an address that no button can hold."""
    return f"[{literal(cut_plain(label, 80))}]({quote(url, safe=':/?#@!$&*+,;=%~._-')})"


def cut(markup: str, most: int) -> str:
    """At most *most* characters of what this module made, never ending inside a date or a mention."""
    if len(markup) <= most:
        return markup
    kept = ""
    for piece in _PIECES.findall(markup):
        if len(kept) + len(piece) > most - len(ELLIPSIS):
            break
        kept += piece
    return kept.rstrip() + ELLIPSIS


def cut_plain(text: str, most: int) -> str:
    """At most *most* characters of plain text; Discord takes no empty one."""
    text = " ".join(text.split()) or ELLIPSIS
    return text if len(text) <= most else text[: most - len(ELLIPSIS)].rstrip() + ELLIPSIS
