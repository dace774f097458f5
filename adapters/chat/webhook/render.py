"""`Card` → Adaptive Card 1.5, and `Message` → the wire forms of the room protocol. Pure.

Only elements that the protocol allows are made. Times become the `{{DATE(…)}}` and `{{TIME(…)}}` of Adaptive
Cards, so that each reader's renderer shows them in the reader's own zone and language; for the same reason
the card states no `lang`.
Source: https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any, Literal

from adapters.chat.webhook.inbound import ACTION_KEY
from scheduling_core.actions import Action, ActionCodec
from scheduling_core.card_text import STRUCK, column, mention, plain_text
from scheduling_core.cards import (
    Button,
    Buttons,
    ButtonStyle,
    Card,
    Choice,
    ChoiceField,
    DateField,
    Emphasis,
    Field,
    Link,
    Mention,
    PlainBlock,
    Span,
    Text,
    TextField,
    When,
    WhenStyle,
    line,
)
from scheduling_core.deliveries import Message
from scheduling_core.refs import RoomRef

Json = dict[str, Any]
Change = Literal["message.created", "message.updated", "message.deleted"]

VERSION = "1.5"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
MAX_ACTIONS_PER_SET = 5
"""What the official renderers show of one set by default (`actions.maxActions` of their host config)."""

MAX_ROW_CHARS = 45
"""Of one set: on a card 400 px wide the official renderer cuts labels off in a longer row."""

BUTTON_CHARS = 4
"""What the frame of a button and the gap beside it take, in characters."""

MAX_DATA_BYTES = 100
"""Of a button's `data`, as compact JSON."""

_JOINER = "\u2060"
_WHEN: dict[WhenStyle, str] = {
    "date": "{{{{DATE({at},SHORT)}}}}",
    "time": "{{{{TIME({at})}}}}",
    "datetime": "{{{{DATE({at},SHORT)}}}}, {{{{TIME({at})}}}}",
}
_EMPHASIS: dict[Emphasis, Json] = {
    "plain": {},
    "strong": {"weight": "bolder"},
    "subtle": {"isSubtle": True},
    "struck": {"isSubtle": True},
}
_STYLE: dict[ButtonStyle, Json] = {
    "plain": {},
    "primary": {"style": "positive"},
    "danger": {"style": "destructive"},
}

# Renderers show text as Markdown, as a part of it, or as it is, so a backslash would be read by some people.
# What would begin a construct is parted from the rest by a word joiner, which nobody sees; the marks that no
# joiner can disarm (CommonMark 0.31 sections 6.1 and 6.2) are written with their look-alikes.
_LOOK_ALIKES = str.maketrans({"*": "∗", "`": "ˋ"})
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_STARTS_CONSTRUCT = re.compile(
    r"^(?=[ \t]|[-+#>=|~]|\d{1,9}[.)])"  # a list, heading, quote, rule, table, code
    r"|(?<=\{)(?=\{|$)"  # {{DATE(…)}}
    r"|(?<=\])(?=[(\[:]|$)|^(?=\[)"  # a link, an image, a link's definition
    r"|(?<=<)(?=[A-Za-z/!?])"  # HTML, an autolink
    r"|(?<=&)(?=#|[A-Za-z][A-Za-z0-9]*;)"  # a character reference
    r"|(?<=\\)(?=[!-/:-@\[-`{-~])"  # a backslash escape
    r"|(?<=~)(?=~)",  # a line through
    re.MULTILINE,
)


def literal(text: str) -> str:
    """*text* so that every renderer shows it as it is: never as Markdown, HTML or a `{{function}}`."""
    plain = _EDGE_UNDERSCORE.sub("ˍ", text.translate(_LOOK_ALIKES))
    return _STARTS_CONSTRUCT.sub(_JOINER, plain)


def _label(text: str) -> str:
    # Labels are no Markdown, but functions are filled in everywhere.
    return text.replace("{{", "{" + _JOINER + "{")


def when(moment: When) -> str:
    """An instant as the functions that a renderer fills in; seconds are required by the official ones."""
    at = moment.at.astimezone(UTC)
    return _WHEN[moment.style].format(at=f"{at:%Y-%m-%dT%H:%M:%SZ}")


def adaptive_card(card: Card, room: RoomRef, codec: ActionCodec) -> Json:
    """The card for *room*, valid against the Adaptive Cards 1.5 schema."""
    body: list[Json] = []
    blocks = column(card)
    for place, block in enumerate(blocks):
        after_text = place > 0 and isinstance(blocks[place - 1], Text)
        body += _elements(block, room, codec, is_first=place == 0, after_text=after_text)
    return {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": VERSION,
        "body": body,
        "fallbackText": plain_text(card),
    }


def _elements(
    block: PlainBlock, room: RoomRef, codec: ActionCodec, *, is_first: bool, after_text: bool
) -> Iterator[Json]:
    match block:
        case Text():
            yield _text_block(block, is_first=is_first, after_text=after_text)
        case Buttons(items):
            for row in _rows(items):
                yield {"type": "ActionSet", "actions": [_action(item, room, codec) for item in row]}
        case TextField() | ChoiceField() | DateField():
            if block.problem:
                yield _text_block(line(block.problem), is_first=is_first, after_text=after_text)
            yield _input(block)


def _rows(items: Sequence[Button | Link]) -> Iterator[list[Button | Link]]:
    row: list[Button | Link] = []
    for item in items:
        width = sum(len(each.label) + BUTTON_CHARS for each in (*row, item))
        if row and (len(row) == MAX_ACTIONS_PER_SET or width > MAX_ROW_CHARS):
            yield row
            row = []
        row.append(item)
    if row:
        yield row


def _text_block(text: Text, *, is_first: bool, after_text: bool) -> Json:
    words = "".join(_span(span, at_start=place == 0) for place, span in enumerate(text.spans))
    struck = f" {STRUCK}" if text.emphasis == "struck" else ""
    heading = {"style": "heading"} if is_first and text.emphasis == "strong" else {}
    spacing = {"spacing": "small"} if after_text else {}
    return {
        "type": "TextBlock",
        "text": words + struck,
        "wrap": True,
        **_EMPHASIS[text.emphasis],
        **heading,
        **spacing,
    }


def _span(span: Span, *, at_start: bool) -> str:
    if isinstance(span, When):
        return when(span)
    words = mention(span.name) if isinstance(span, Mention) else span
    # Inside a line nothing can begin a block, and a mark before keeps `literal` from thinking so.
    return literal(words) if at_start else literal("." + words)[1:]


def _action(item: Button | Link, room: RoomRef, codec: ActionCodec) -> Json:
    if isinstance(item, Link):
        return {"type": "Action.OpenUrl", "title": _label(item.label), "url": item.url}
    data = _data(item.action, room, codec)
    return {"type": "Action.Submit", "title": _label(item.label), "data": data, **_STYLE[item.style]}


def _data(action: Action, room: RoomRef, codec: ActionCodec) -> Json:
    data = {ACTION_KEY: codec.encode(action, room)}
    if len(json.dumps(data, separators=(",", ":"))) > MAX_DATA_BYTES:
        raise ValueError(f"a button's data has at most {MAX_DATA_BYTES} bytes")
    return data


def _input(field: Field) -> Json:
    common = {"id": field.id, "label": _label(field.label)}
    value = {"value": field.value} if field.value else {}
    match field:
        case TextField():
            return {"type": "Input.Text", **common, **value, **_text_limits(field)}
        case ChoiceField():
            choices = [_choice(choice) for choice in field.choices]
            several = {"isMultiSelect": True} if field.several else {}
            return {
                "type": "Input.ChoiceSet",
                **common,
                **value,
                "style": "compact",
                "choices": choices,
                **several,
            }
        case DateField():
            return {"type": "Input.Date", **common, **value}


def _text_limits(field: TextField) -> Json:
    placeholder = {"placeholder": _label(field.placeholder)} if field.placeholder else {}
    multiline = {"isMultiline": True} if field.multiline else {}
    return {"maxLength": field.max_length, **placeholder, **multiline}


def _choice(choice: Choice) -> Json:
    return {"title": _label(choice.label), "value": choice.value}


def wire(message: Message, codec: ActionCodec) -> Json:
    """A message as the room gets it, in an answer or in a callback; equal messages give equal JSON."""
    card = adaptive_card(message.card, message.room, codec) if message.card else None
    return {
        "id": message.id,
        "revision": message.revision,
        "audience": "actor" if message.audience else "room",
        "actor": message.audience.person if message.audience else None,
        "text": card["fallbackText"] if card else "",
        "card": card,
    }


def callback(message: Message, *, was_shown: bool, codec: ActionCodec) -> Json:
    """The body of a callback.

    Args:
        was_shown: whether an earlier callback brought this message.
    """
    change: Change = "message.updated" if was_shown else "message.created"
    if message.card is None:
        change = "message.deleted"
    room = {"id": message.room.room, "thread": message.room.thread}
    return {"type": change, "room": room, "message": wire(message, codec)}
