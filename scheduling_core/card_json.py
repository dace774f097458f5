"""Cards as JSON and back: how they are kept between the moment they are made and the moment they are shown.

Every part is an object whose `is` names what it is; what equals its default is left out. The outermost
object carries `v`, the version of this form.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any

from scheduling_core.actions import Action
from scheduling_core.cards import (
    Button,
    Buttons,
    Card,
    Choice,
    ChoiceField,
    DateField,
    DayOption,
    DayTimes,
    Link,
    Mention,
    Text,
    TextField,
    TimePicker,
    When,
)

VERSION = 1

_Part = (
    Card
    | Text
    | When
    | Mention
    | Buttons
    | Button
    | Link
    | Action
    | TextField
    | ChoiceField
    | Choice
    | DateField
    | TimePicker
    | DayOption
    | DayTimes
)
_PARTS: dict[str, type[_Part]] = {
    "card": Card,
    "text": Text,
    "when": When,
    "mention": Mention,
    "buttons": Buttons,
    "button": Button,
    "link": Link,
    "action": Action,
    "text-field": TextField,
    "choice-field": ChoiceField,
    "choice": Choice,
    "date-field": DateField,
    "time-picker": TimePicker,
    "day-option": DayOption,
    "day-times": DayTimes,
}
_NAMES = {part: name for name, part in _PARTS.items()}
_FIELDS = {part: tuple((field.name, field.default) for field in fields(part)) for part in _NAMES}
"""Of each part its fields and what they are unless they are told, `MISSING` where that is nothing."""


def to_json(card: Card) -> dict[str, Any]:
    """The card as what `json.dumps` takes."""
    encoded: dict[str, Any] = _encode(card)
    return {"v": VERSION, **encoded}


def from_json(data: Mapping[str, Any]) -> Card:
    """The card that `to_json` wrote.

    Raises:
        ValueError: another version, or not a card.
    """
    if data.get("v") != VERSION:
        raise ValueError(f"a card of version {data.get('v')!r}, not {VERSION}")
    try:
        card = _decode({name: value for name, value in data.items() if name != "v"})
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a card: {error!r}") from error
    if not isinstance(card, Card):
        raise ValueError("not a card")
    return card


def _encode(value: Any) -> Any:
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return {"is": _NAMES[type(value)], **_encoded_fields(value)}


def _encoded_fields(part: _Part) -> dict[str, Any]:
    values = ((name, getattr(part, name), default) for name, default in _FIELDS[type(part)])
    return {name: _encode(value) for name, value, default in values if default is MISSING or value != default}


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item) for item in value)
    if not isinstance(value, dict):
        return value
    part = _PARTS[value["is"]]
    given = {name: _decode(item) for name, item in value.items() if name != "is"}
    if part is When:
        given["at"] = datetime.fromisoformat(given["at"])
    return part(**given)
