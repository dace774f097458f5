"""Which Adaptive Cards the room protocol allows: a checker of its own, written from the 1.5 schema."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

_FUNCTION = re.compile(
    r"\{\{(?:DATE\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ,(?:COMPACT|SHORT|LONG)\)|TIME\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\))\}\}"
)

_Check = Callable[[Any], bool]


def _one_of(*values: str) -> _Check:
    return lambda value: value in values


def _text(value: object) -> bool:
    return isinstance(value, str)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _list(value: object) -> bool:
    return isinstance(value, list)


def _object(value: object) -> bool:
    return isinstance(value, dict)


def _positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _date(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value))


_SPACING = _one_of("default", "none", "small", "medium", "large")
_INPUT: dict[str, _Check] = {"id": _text, "label": _text, "isRequired": _flag, "errorMessage": _text}
_ACTION: dict[str, _Check] = {"title": _text, "style": _one_of("default", "positive", "destructive")}
_MEMBERS: dict[str, dict[str, _Check]] = {
    "TextBlock": {
        "text": _text,
        "wrap": _flag,
        "isSubtle": _flag,
        "weight": _one_of("default", "lighter", "bolder"),
        "style": _one_of("default", "heading"),
        "spacing": _SPACING,
    },
    "FactSet": {"facts": _list},
    "ActionSet": {"actions": _list},
    "Input.Text": {
        **_INPUT,
        "value": _text,
        "placeholder": _text,
        "maxLength": _positive,
        "isMultiline": _flag,
    },
    "Input.ChoiceSet": {
        **_INPUT,
        "value": _text,
        "choices": _list,
        "isMultiSelect": _flag,
        "style": _one_of("compact", "expanded"),
    },
    "Input.Date": {**_INPUT, "value": _date},
    "Input.Toggle": {**_INPUT, "title": _text, "value": _text},
    "Action.Submit": {**_ACTION, "data": _object},
    "Action.OpenUrl": {**_ACTION, "url": _text},
    "AdaptiveCard": {
        "$schema": _one_of("http://adaptivecards.io/schemas/adaptive-card.json"),
        "version": _one_of("1.5"),
        "body": _list,
        "fallbackText": _text,
    },
}
_REQUIRED = {
    "TextBlock": {"text"},
    "ActionSet": {"actions"},
    "Input.Text": {"id", "label"},
    "Input.ChoiceSet": {"id", "label", "choices"},
    "Input.Date": {"id", "label"},
    "Action.Submit": {"title", "data"},
    "Action.OpenUrl": {"title", "url"},
    "AdaptiveCard": {"version", "body", "fallbackText"},
}
_ACTIONS = {"Action.Submit", "Action.OpenUrl"}


def faults(card: Any) -> list[str]:
    """Everything a room could stumble over; empty for a card of the protocol."""
    found = list(_element_faults(card, {"AdaptiveCard"}))
    if found:
        return found
    elements = set(_MEMBERS) - _ACTIONS - {"AdaptiveCard"}
    for element in card["body"]:
        found += _element_faults(element, elements)
    ids = [element["id"] for element in card["body"] if "id" in element]
    return found + [f"the id {name} stands twice" for name in set(ids) if ids.count(name) > 1]


def _element_faults(element: Any, allowed: set[str]) -> Iterator[str]:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in allowed:
        yield f"{kind} is not allowed here"
        return
    members = _MEMBERS[kind]
    yield from (f"{kind} lacks {name}" for name in _REQUIRED.get(kind, set()) - element.keys())
    for name, value in element.items():
        if name != "type" and not (name in members and members[name](value)):
            yield f"{kind}.{name} cannot be {value!r}"
    yield from _own_faults(kind, element)


def _own_faults(kind: str, element: dict[str, Any]) -> Iterator[str]:
    if kind == "TextBlock" and "{{" in _FUNCTION.sub("", element["text"]):
        yield f"a function in {element['text']!r} is none"
    if kind == "Action.Submit" and len(json.dumps(element["data"], separators=(",", ":")).encode()) > 100:
        yield "the data of a button is longer than 100 bytes"
    if kind == "Action.OpenUrl" and not element["url"].startswith(("https://", "http://")):
        yield f"{element['url']} is no web address"
    if kind == "ActionSet":
        if not 1 <= len(element["actions"]) <= 5:
            yield f"an ActionSet of {len(element['actions'])}"
        for action in element["actions"]:
            yield from _element_faults(action, _ACTIONS)
    if kind == "Input.ChoiceSet":
        yield from (f"{c} is no choice" for c in element["choices"] if c.keys() != {"title", "value"})
