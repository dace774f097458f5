"""Fields and choices of a card as Block Kit inputs and selects. Pure.

Source of the limits: https://docs.slack.dev/reference/block-kit (blocks, elements, composition objects).
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256

from adapters.chat.slack.mrkdwn import cut_plain
from adapters.chat.slack.names import EMPTY, Json
from scheduling_core.cards import Choice, ChoiceField, DateField, Field, TextField

MAX_LABEL = 2000
MAX_PLACEHOLDER = 150
MAX_INPUT = 3000
MAX_OPTIONS = 100
MAX_OPTION_LABEL = 75
MAX_OPTION_VALUE = 150

_TAG_CHARS = 6
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def plain(text: str, most: int) -> Json:
    """A `plain_text` object, shown as it is: without `emoji`, no :name: becomes a picture."""
    return {"type": "plain_text", "text": cut_plain(text, most), "emoji": False}


def tag(field: Field) -> str:
    """Differs when what stands in the field differs; see `names.input_part`."""
    held = json.dumps([field.value, field.problem])
    return sha256(held.encode()).hexdigest()[:_TAG_CHARS]


def input_block(field: Field) -> Json | None:
    """The `input` block of a field, without its id; None where there is nothing to choose from."""
    element = _element(field)
    if element is None:
        return None
    return {
        "type": "input",
        "label": plain(field.label, MAX_LABEL),
        "optional": True,
        "element": {**element, "action_id": field.id},
    }


def _element(field: Field) -> Json | None:
    match field:
        case TextField():
            return _text(field)
        case ChoiceField(choices=()):
            return None
        case ChoiceField():
            return _choice(field)
        case DateField(value=value):
            return {"type": "datepicker", **({"initial_date": value} if _is_date(value) else {})}


def _text(field: TextField) -> Json:
    most = max(1, min(field.max_length, MAX_INPUT))
    value = {"initial_value": field.value[:most]} if field.value else {}
    placeholder = {"placeholder": plain(field.placeholder, MAX_PLACEHOLDER)} if field.placeholder else {}
    return {
        "type": "plain_text_input",
        "multiline": field.multiline,
        "max_length": most,
        **value,
        **placeholder,
    }


def _is_date(value: str) -> bool:
    try:
        return bool(_DATE.fullmatch(value) and date.fromisoformat(value))
    except ValueError:
        return False


def _choice(field: ChoiceField) -> Json:
    made = options(field.choices)
    chosen = _chosen(field, made)
    if field.several:
        return {**select(made, several=True), **({"initial_options": chosen} if chosen else {})}
    return {**select(made), **({"initial_option": chosen[0]} if chosen else {})}


def _chosen(field: ChoiceField, made: Sequence[Json]) -> list[Json]:
    if not field.value:
        return []
    values = field.value.split(",") if field.several else [field.value]
    return [one for one in made if one["value"] in values]


def options(choices: Iterable[Choice]) -> list[Json]:
    """The options of a select, each value once; what is too long for Slack to bring back is left out."""
    by_value = {choice.value or EMPTY: choice.label for choice in choices}
    return [
        {"text": plain(label, MAX_OPTION_LABEL), "value": value}
        for value, label in by_value.items()
        if len(value) <= MAX_OPTION_VALUE
    ]


def select(made: Sequence[Json], *, several: bool = False) -> Json:
    """A select menu of the options; it asks for them when opened (`block_suggestion`) if they are many."""
    kind = "multi_" if several else ""
    if len(made) > MAX_OPTIONS:
        return {"type": f"{kind}external_select", "min_query_length": 0}
    return {"type": f"{kind}static_select", "options": list(made)}


def matching(made: Iterable[Json], typed: str) -> list[Json]:
    """The first options whose label has every typed word, in any case."""
    words = typed.casefold().split()
    found = [one for one in made if all(word in one["text"]["text"].casefold() for word in words)]
    return found[:MAX_OPTIONS]
