"""Fields and choices of a card as selects of a message and inputs of a modal, and what stands in them. Pure.

What was chosen in a message is kept in the message: each choice is answered with the same components and
another default. Source of the limits: "Component Reference" of Discord's documentation.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence

from adapters.chat.discord.markdown import cut_plain
from adapters.chat.discord.names import (
    CHOICE,
    EMPTY,
    FORM,
    SEVERAL,
    CustomId,
    Json,
    custom_id,
    read_custom_id,
)
from scheduling_core.cards import Choice, ChoiceField, DateField, TextField

ROW, SELECT_MENU, TEXT_INPUT, LABEL = 1, 3, 4, 18
"""Types of components."""

MAX_OPTIONS = 25
MAX_OPTION = 100
"""Of an option's label and of its value."""
MAX_PLACEHOLDER = 150
MAX_INPUT = 4000
MAX_INPUT_PLACEHOLDER = 100
MAX_LABEL = 45
MAX_DESCRIPTION = 100

ISO_DATE = "2026-11-26"
_INSIDE = ("component", "accessory")


def options(choices: Iterable[Choice]) -> list[Json]:
    """The options of a select, each value once; what is too long for Discord to bring back is left out."""
    by_value = {choice.value or EMPTY: choice.label for choice in choices}
    return [
        {"label": cut_plain(label, MAX_OPTION), "value": value}
        for value, label in by_value.items()
        if value.strip() and len(value) <= MAX_OPTION
    ]


def menu(name: str, made: Sequence[Json], placeholder: str) -> Json:
    """A select of one of the options, at most `MAX_OPTIONS`; choosing in it is sent at once."""
    return {
        "type": SELECT_MENU,
        "custom_id": name,
        "options": list(made[:MAX_OPTIONS]),
        "placeholder": cut_plain(placeholder, MAX_PLACEHOLDER),
    }


def selects(field: ChoiceField, message_id: str) -> Iterator[Json]:
    """As many selects as hold its choices; those with a value of the field are chosen."""
    made = options(field.choices)
    values = (field.value.split(",") if field.several else [field.value]) if field.value else []
    parts = [made[first : first + MAX_OPTIONS] for first in range(0, len(made), MAX_OPTIONS)]
    for count, part in enumerate(parts):
        name = custom_id(CHOICE, message_id, field.id, f"{count}{SEVERAL if field.several else ''}")
        if name is None:
            return
        chosen = [{**one, "default": one["value"] in values} for one in part]
        rest = f" ({part[0]['label']} to {part[-1]['label']})" if len(parts) > 1 else ""
        yield {
            **menu(name, chosen, field.label + rest),
            "min_values": 0,
            "max_values": len(part) if field.several else 1,
        }


def labelled_input(field: TextField | DateField) -> Json:
    """A field of a modal; what is too long for its label stands below it."""
    words = " ".join(field.label.split())
    about = f"⚠ {field.problem}" if field.problem else words if len(words) > MAX_LABEL else ""
    description = {"description": cut_plain(about, MAX_DESCRIPTION)} if about else {}
    return {
        "type": LABEL,
        "label": cut_plain(words, MAX_LABEL),
        **description,
        "component": _text(field),
    }


def labelled_menu(label: str, name: str, made: Sequence[Json]) -> Json:
    """A select of a modal, in which something must be chosen."""
    component = {"type": SELECT_MENU, "custom_id": name, "options": list(made[:MAX_OPTIONS])}
    return {"type": LABEL, "label": cut_plain(label, MAX_LABEL), "component": {**component, "required": True}}


def _text(field: TextField | DateField) -> Json:
    match field:
        case TextField():
            return _line(field, field.max_length, field.placeholder, is_long=field.multiline)
        case DateField():
            return _line(field, len(ISO_DATE), ISO_DATE)


def _line(field: TextField | DateField, most: int, hint: str, *, is_long: bool = False) -> Json:
    most = max(1, min(most, MAX_INPUT))
    value = {"value": field.value[:most]} if field.value else {}
    placeholder = {"placeholder": cut_plain(hint, MAX_INPUT_PLACEHOLDER)} if hint else {}
    return {
        "type": TEXT_INPUT,
        "custom_id": field.id,
        "style": 2 if is_long else 1,
        "required": False,
        "max_length": most,
        **value,
        **placeholder,
    }


def walk(components: object) -> Iterator[Json]:
    """Every component of a message or a modal, in reading order, whatever holds it."""
    for one in components if isinstance(components, list) else ():
        if isinstance(one, dict):
            yield one
            yield from walk(one.get("components"))
            yield from walk([one[name] for name in _INSIDE if name in one])


def held(components: object) -> dict[str, str]:
    """What is chosen in the selects of a message, by field id; "" where nothing is."""
    values: dict[str, list[str]] = {}
    for one in walk(components):
        read = read_custom_id(str(one.get("custom_id")))
        if read and read.kind == CHOICE:
            values.setdefault(read.first, []).extend(_defaults(one))
    return {field: ",".join(found) for field, found in values.items()}


def entered(components: object) -> dict[str, str]:
    """What stands in the inputs of a modal, by custom id; the first of what was chosen."""
    found: dict[str, str] = {}
    for one in walk(components):
        match one:
            case {"custom_id": str(name), "value": str(value)} | {
                "custom_id": str(name),
                "values": [value, *_],
            }:
                found[name] = str(value)
    return found


def has_form(components: object) -> bool:
    """Whether the message has fields that are filled in behind a button: they stand in the card alone."""
    read = (read_custom_id(str(one.get("custom_id"))) for one in walk(components))
    return any(one is not None and one.kind == FORM for one in read)


def chosen(message: Mapping[str, object], name: str, values: Sequence[str]) -> Json:
    """The message with another choice: the `data` of an update (type 7).

    Args:
        message: as the interaction brought it.
        name: custom id of the select that was used; a sibling of the same field loses its choice where only
            one value counts.
    """
    components = copy.deepcopy(message.get("components"))
    used = read_custom_id(name)
    for one in walk(components):
        read = read_custom_id(str(one.get("custom_id")))
        if one.get("custom_id") == name:
            _choose(one, values)
        elif used and read and (read.kind, read.first) == (CHOICE, used.first) and _is_single(used):
            _choose(one, ())
    return {"components": components}


def _is_single(used: CustomId) -> bool:
    return not used.parts[-1].endswith(SEVERAL)


def _choose(select: Json, values: Sequence[str]) -> None:
    for option in _options(select):
        option["default"] = option.get("value") in values


def _defaults(select: Json) -> list[str]:
    values = (str(option.get("value")) for option in _options(select) if option.get("default") is True)
    return ["" if value == EMPTY else value for value in values]


def _options(select: Json) -> list[Json]:
    found = select.get("options")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
