"""A card as plain text: for rooms that show nothing else, for notifications and for screen readers.

It carries everything the card does: times in words, fields with their values, links with their addresses,
and at the end what to reply instead of pressing.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from scheduling_core.cards import (
    DAY_FIELD,
    THIS_DAY,
    Block,
    Button,
    Buttons,
    Card,
    Choice,
    ChoiceField,
    DateField,
    Field,
    Link,
    Mention,
    PlainBlock,
    Span,
    Text,
    TextField,
    TimePicker,
    When,
    line,
)
from scheduling_core.time_words import clock, clock_span, day, moment, span, zone_city
from scheduling_core.zones import to_wall

STRUCK = "(taken)"
"""Said after a struck line wherever a line through the words cannot be relied on."""

CHOSEN = " ✓"
"""At the end of a label: the one that is chosen already."""

NOT_SET = "—"
_NUMBERED = re.compile(r"(.+) \d+")
_DASHES = {"-", "–", "—"}


def plain_text(card: Card, now: datetime | None = None) -> str:
    """The whole message as lines of plain text.

    Args:
        card: its first zone writes the times out, the second is added in brackets where its clock differs;
            without zones they are in UTC.
        now: an aware instant; a date of another year is then written with its year.
    """
    lines = [text for block in column(card) for text in _block_lines(block, card.zones, now)]
    hint = reply_hint(card)
    return "\n".join([*lines, hint] if hint else lines)


def column(card: Card) -> tuple[PlainBlock, ...]:
    """The blocks of the card for a room that has no select menus: its pickers in plain lines and buttons."""
    return tuple(part for block in card.blocks for part in _plain(block))


def _plain(block: Block) -> Iterator[PlainBlock]:
    if isinstance(block, TimePicker):
        yield from _days(block)
    else:
        yield block


def _days(picker: TimePicker) -> Iterator[PlainBlock]:
    """Day by day, then the ways to the other days; nothing of these when everything is on the page."""
    ways = tuple(filter(None, (picker.earlier, picker.later)))
    if picker.problem and not ways:
        yield line(picker.problem)
    for shown in picker.shown:
        yield line(shown.label, emphasis="strong")
        yield Buttons(shown.times)
    if ways:
        choices = tuple(Choice(option.label, option.day) for option in picker.days)
        yield Buttons(ways)
        yield ChoiceField(DAY_FIELD, "Another day", choices, problem=picker.problem)
        yield Buttons((picker.day_button("Show this day", THIS_DAY),))


def reply_hint(card: Card) -> str:
    """What to reply: "Reply 1, 2 or 3 to pick, “more” for More times."; empty when no button has a word.

    Numbers that are written in place are not listed again, and of words with a number (`cancel 1`) the
    first of each kind stands for all.
    """
    replies = _labels_by_reply(card)
    picks = [word for word, label in replies.items() if word.isdecimal() and label in (word, word + CHOSEN)]
    listed = [f"{_listed(picks)} to pick"] if picks else []
    in_place = ["with a number to pick"] if any(map(_is_in_place, column(card))) else []
    named = {word: label for word, label in replies.items() if word not in picks}
    parts = [*in_place, *listed, *(f"{_quoted(word)} for {label}" for word, label in named.items())]
    which = "; the number says which one you mean" if any(map(_NUMBERED.fullmatch, named)) else ""
    return f"Reply {', '.join(parts)}{which}." if parts else ""


def _labels_by_reply(card: Card) -> dict[str, str]:
    """Each word of the hint with the label of its first button."""
    labels: dict[str, str] = {}
    kinds: set[str] = set()
    for block in column(card):
        for word, label in () if _is_in_place(block) else _replies(block):
            numbered = _NUMBERED.fullmatch(word)
            kind = numbered[1] + " n" if numbered else word
            if kind not in kinds:
                kinds.add(kind)
                labels[word] = label
    return labels


def _replies(block: PlainBlock) -> list[tuple[str, str]]:
    """Word and label of the buttons that have a word."""
    items = block.items if isinstance(block, Buttons) else ()
    return [(item.reply, item.label) for item in items if isinstance(item, Button) and item.reply]


def _is_in_place(block: PlainBlock) -> bool:
    """Whether these are nothing but numbers that stand for something else, a time for example."""
    replies = _replies(block)
    meant = [word for word, label in replies if word.isdecimal() and label.removesuffix(CHOSEN) != word]
    return isinstance(block, Buttons) and bool(meant) and len(meant) == len(block.items)


def _numbered(word: str, label: str) -> str:
    return label if label.startswith(f"{word}: ") else f"{word} · {label}"


def _quoted(word: str) -> str:
    return word if word.isdecimal() else f"“{word}”"


def _listed(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _block_lines(block: PlainBlock, zones: tuple[str, ...], now: datetime | None) -> Iterable[str]:
    match block:
        case Text(spans, emphasis):
            text = _spans_text(spans, zones, now)
            return [f"{text} {STRUCK}" if emphasis == "struck" else text]
        case Buttons() if _is_in_place(block):
            return ["   ".join(_numbered(word, label) for word, label in _replies(block))]
        case Buttons(items):
            return [f"{item.label}: {item.url}" for item in items if isinstance(item, Link)]
        case TextField() | ChoiceField() | DateField():
            said = f"{block.label}: {_field_value(block) or NOT_SET}"
            return [said, block.problem] if block.problem else [said]


def _field_value(field: Field) -> str:
    if not isinstance(field, ChoiceField):
        return field.value
    chosen = field.value.split(",") if field.several else [field.value]
    return ", ".join(choice.label for choice in field.choices if choice.value in chosen)


def mention(name: str) -> str:
    """A person's name as a call where the platform has no mention of its own."""
    return f"@{name}"


def _spans_text(spans: tuple[Span, ...], zones: tuple[str, ...], now: datetime | None) -> str:
    parts: list[str] = []
    rest = list(spans)
    while rest:
        match rest:
            case [When() as start, str() as dash, When(style="time") as end, *more] if (
                dash.strip() in _DASHES
            ):
                parts.append(_from_to(start, end, zones, now))
            case [When() as when, *more]:
                parts.append(_when(when, zones, now))
            case [Mention(name=name), *more]:
                parts.append(mention(name))
            case [text, *more]:
                parts.append(str(text))
        rest = more
    return "".join(parts)


def _when(when: When, zones: tuple[str, ...], now: datetime | None) -> str:
    main, other = _two_zones(when.at, zones)
    if when.style == "date":
        return day(when.at, main, now=now)
    first = moment(when.at, main, now=now) if when.style == "datetime" else clock(when.at, main)
    if other is None:
        return f"{first} {zone_city(main)}"
    second = clock(when.at, other) if _same_date(when.at, main, other) else moment(when.at, other, now=now)
    return f"{first} {zone_city(main)} ({second} {zone_city(other)})"


def _from_to(start: When, end: When, zones: tuple[str, ...], now: datetime | None) -> str:
    main, other = _two_zones(start.at, zones)
    if start.style == "time":
        first = clock_span(start.at, end.at, main)
    else:
        first = span(start.at, end.at, main, now=now)
    if other is None:
        return f"{first} {zone_city(main)}"
    same = _same_date(start.at, main, other)
    second = clock_span(start.at, end.at, other) if same else span(start.at, end.at, other, now=now)
    return f"{first} {zone_city(main)} ({second} {zone_city(other)})"


def _two_zones(at: datetime, zones: tuple[str, ...]) -> tuple[str, str | None]:
    main, *others = zones or ("UTC",)
    shown = to_wall(main, at).replace(tzinfo=None)
    return main, next((z for z in others[:1] if to_wall(z, at).replace(tzinfo=None) != shown), None)


def _same_date(at: datetime, one: str, other: str) -> bool:
    return to_wall(one, at).date() == to_wall(other, at).date()
