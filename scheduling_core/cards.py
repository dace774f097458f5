"""The small vocabulary every message is made of; each chat platform has one pure renderer for it.

A card is a column of blocks. Times stand in text as `When`, never as written-out words on a public button,
so that each reader sees their own zone. Every button may have a *reply*: the word that does the same in a
room without buttons.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scheduling_core.actions import Action

WhenStyle = Literal["date", "time", "datetime"]
Emphasis = Literal["plain", "strong", "subtle", "struck"]
ButtonStyle = Literal["plain", "primary", "danger"]


@dataclass(frozen=True, slots=True)
class When:
    """An instant, shown in the reader's own zone where the platform can (aware UTC).

    Attributes:
        style: `date` is "Thu 26 Nov", `time` is "15:00", `datetime` both.
    """

    at: datetime
    style: WhenStyle = "datetime"

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a time on a card is an aware instant")


Span = str | When


@dataclass(frozen=True, slots=True)
class Text:
    """One line: plain text and instants, in one emphasis. Text is literal, never markup."""

    spans: tuple[Span, ...]
    emphasis: Emphasis = "plain"


def line(*spans: Span, emphasis: Emphasis = "plain") -> Text:
    """A `Text` from its spans."""
    return Text(spans, emphasis)


@dataclass(frozen=True, slots=True)
class Button:
    """A press that comes back to us as *action*.

    Attributes:
        label: at most 40 characters; no clock time on a public card.
        reply: the text twin (`2`, `more`, `yes`), lower case, or None where a form needs its inputs.
    """

    label: str
    action: Action
    style: ButtonStyle = "plain"
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens a web address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Buttons:
    """Buttons and links that belong together, in reading order; a renderer may wrap them."""

    items: tuple[Button | Link, ...]


@dataclass(frozen=True, slots=True)
class TextField:
    """One line (or several) of typed text; comes back in the press under *id*."""

    id: str
    label: str
    value: str = ""
    placeholder: str = ""
    max_length: int = 200
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a `ChoiceField`."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """Pick one (or several: values come back joined by commas)."""

    id: str
    label: str
    choices: tuple[Choice, ...]
    value: str = ""
    several: bool = False


@dataclass(frozen=True, slots=True)
class DateField:
    """A calendar date, ISO 8601; empty when not chosen."""

    id: str
    label: str
    value: str = ""


Field = TextField | ChoiceField | DateField
Block = Text | Buttons | Field


@dataclass(frozen=True, slots=True)
class Card:
    """A message as people see it.

    Attributes:
        blocks: top to bottom.
        zones: IANA zones to write times out in where the reader's own is not known to the platform
            (plain text): the first is the main one, a second is added when its wall clock differs.
    """

    blocks: tuple[Block, ...]
    zones: tuple[str, ...] = ()

    def buttons(self) -> Iterator[Button]:
        """Every button, in reading order."""
        for block in self.blocks:
            if isinstance(block, Buttons):
                yield from (item for item in block.items if isinstance(item, Button))

    def reply(self, word: str) -> Action | None:
        """The action whose text twin is *word* (already trimmed and lower case), if this card has it."""
        return next((b.action for b in self.buttons() if b.reply == word), None)
