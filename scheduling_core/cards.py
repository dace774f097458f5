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


@dataclass(frozen=True, slots=True)
class Mention:
    """A person of the room, called by name; the platform may notify them where the card is public.

    Attributes:
        account: the platform's id of the person, in the workspace of the room.
        name: as everybody may read it, without `@`.
    """

    account: str
    name: str


Span = str | When | Mention


@dataclass(frozen=True, slots=True)
class Text:
    """One line: plain text, instants and people, in one emphasis. Text is literal, never markup."""

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
        opens_form: the answer is a form or a long choice: a platform with windows of its own can open one
            at once, as Slack and Discord must, and fill it when the answer is there.
    """

    label: str
    action: Action
    style: ButtonStyle = "plain"
    reply: str | None = None
    opens_form: bool = False


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
    """One line (or several) of typed text; comes back in the press under *id*.

    Attributes:
        problem: why what was typed cannot be taken, in one sentence; "" when nothing is wrong.
    """

    id: str
    label: str
    value: str = ""
    placeholder: str = ""
    max_length: int = 200
    multiline: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a `ChoiceField`."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """Pick one (or several: values come back joined by commas); *problem* as in `TextField`."""

    id: str
    label: str
    choices: tuple[Choice, ...]
    value: str = ""
    several: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DateField:
    """A calendar date, ISO 8601; empty when not chosen; *problem* as in `TextField`."""

    id: str
    label: str
    value: str = ""
    problem: str = ""


Field = TextField | ChoiceField | DateField


DAY_FIELD = "day"
"""Id of the field in which a room without select menus of its own asks for another day."""
THIS_DAY = "day"
"""Stands where a day's date would: the day that was chosen in `DAY_FIELD`."""


@dataclass(frozen=True, slots=True)
class DayOption:
    """A day with free times.

    Attributes:
        day: ISO 8601, in the reader's zone.
        label: `Thu 26 Nov`.
        count: how many times are free.
    """

    day: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class DayTimes:
    """Free times of one day, or of a part of a full one; each label is the time in the reader's zone.

    Attributes:
        day: ISO 8601, in the zone of the labels.
        label: `Thu 26 Nov`; where the reader's zone is not known, `Thu 26 Nov in Berlin`.
        times: the label of each is its time of day.
        moments: the times once more, for a platform that knows the reader's clock; each with its date where
            that may be another than the label's. None of them, or one for each.
    """

    day: str
    label: str
    times: tuple[Button, ...]
    moments: tuple[When, ...] = ()

    def __post_init__(self) -> None:
        if self.moments and len(self.moments) != len(self.times):
            raise ValueError("each time has its moment")


@dataclass(frozen=True, slots=True)
class TimePicker:
    """First a day, then a time. Private cards only: its labels are in one reader's zone.

    A platform with select menus shows `days` and the times of `shown[0]`; one with room shows the days of
    `shown` one below the other and the ways to the rest.

    Attributes:
        days: every day with free times.
        shown: the page, at least one entry; its first entry is of the chosen day.
        turn: shows another page: with a day's ISO date appended, or `THIS_DAY` for the day in `DAY_FIELD`.
        earlier, later: the neighbouring pages, or None at an end; without both, everything is on this page.
        problem: why the day that was asked for is not shown; as in `TextField`.
    """

    days: tuple[DayOption, ...]
    shown: tuple[DayTimes, ...]
    turn: Action
    earlier: Button | None = None
    later: Button | None = None
    problem: str = ""

    def __post_init__(self) -> None:
        if not self.shown:
            raise ValueError("a picker shows at least one day")

    def buttons(self) -> Iterator[Button]:
        """Every button, in reading order."""
        for day in self.shown:
            yield from day.times
        yield from filter(None, (self.earlier, self.later))

    def day_button(self, label: str, day: str) -> Button:
        """Shows the page of *day*: an ISO date, or `THIS_DAY`."""
        return Button(label, Action(self.turn.verb, (*self.turn.args, day)))


PlainBlock = Text | Buttons | Field
"""What any room can show; see `card_text.column`."""
Block = PlainBlock | TimePicker


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
            elif isinstance(block, TimePicker):
                yield from block.buttons()

    def main(self) -> Button | None:
        """What a window's own "send" stands for: the primary button, else the only one of danger."""
        for style in ("primary", "danger"):
            found = [button for button in self.buttons() if button.style == style]
            if found:
                return found[0] if len(found) == 1 else None
        return None

    def reply(self, word: str) -> Action | None:
        """The action whose text twin is *word* (already trimmed and lower case), if this card has it."""
        return next((b.action for b in self.buttons() if b.reply == word), None)
