"""A typed number and which card it answers.

A number says little, and cards pile up: it is one of the newest card that has numbers, whichever it is; one
that changed where it stands is no newer for that. Only where the newest lacks it, an invitation further up
may have it: what is picked there is confirmed first.
"""

import re
from collections.abc import Iterator, Sequence

from scheduling_core.cards import Block, Buttons, Card, Text
from scheduling_core.deliveries import Message

_OF_AN_ENTRY = re.compile(r".+ \d+[a-z]?")
_BEGUN = re.compile(r"(\d+) · ")
_FINAL = "move"
"""The verb of a tap that asks nothing back and that the whole room is told of."""


def meant(messages: Sequence[Message], number: str) -> Message | None:
    """The message whose card the number answers, if there is one.

    Args:
        messages: the latest first.
    """
    numbered = [one for one in messages if one.card and has_numbers(one.card)]
    asked = [one for place, one in enumerate(numbered) if place == 0 or one.audience is None]
    return next((one for one in asked if one.card and _takes(one.card, number)), None)


def has_numbers(card: Card) -> bool:
    """Whether a number can be said to it; then it is none of an older card."""
    return _is_list(card) or _has_picks(card)


def entry(card: Card, number: str) -> Card | None:
    """The entry of a numbered list, with its buttons, as a card; None where the card has no such entry."""
    if not number.isdecimal() or not _is_list(card):
        return None
    found = tuple(_entry(card.blocks, number))
    return Card(found, card.zones) if found else None


def needs_asking(card: Card, word: str) -> bool:
    """Whether a number would do for good what no button says it does; no other word ever does."""
    pressed = next((one for one in card.buttons() if one.reply == word), None)
    if pressed is None or not word.isdecimal():
        return False
    shows_number = pressed.label == word or pressed.label.startswith(f"{word}: ")
    return pressed.action.verb == _FINAL and not shows_number


def _is_list(card: Card) -> bool:
    """Entries that begin with a number; nothing can be done with some of them, from here."""
    if any(_OF_AN_ENTRY.fullmatch(one.reply or "") for one in card.buttons()):
        return True
    return not _has_picks(card) and any(_number(block) for block in card.blocks)


def _has_picks(card: Card) -> bool:
    return any((one.reply or "").isdecimal() for one in card.buttons())


def _takes(card: Card, number: str) -> bool:
    return card.reply(number) is not None or entry(card, number) is not None


def _entry(blocks: Sequence[Block], number: str) -> Iterator[Block]:
    """From its first line, which begins with the number, to its buttons, or the next entry."""
    is_inside = False
    for block in blocks:
        if begun := _number(block):
            is_inside = begun == number
        if is_inside:
            yield block
        if isinstance(block, Buttons):
            is_inside = False


def _number(block: Block) -> str:
    """What an entry begins with; "" for every other line."""
    # A subtle line holds a title, whatever it begins with; a struck one a time that was lost.
    if not isinstance(block, Text) or block.emphasis in ("subtle", "struck"):
        return ""
    first = block.spans[0] if block.spans else ""
    begun = _BEGUN.match(first) if isinstance(first, str) else None
    return begun[1] if begun else ""
