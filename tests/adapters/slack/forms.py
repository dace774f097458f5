"""Inputs in blocks: which there are, what is entered, and how Slack writes it into payloads. Pure.

Kept as Slack does: an input that has the block_id and the action_id of an earlier one keeps its value when a
view is updated, whatever its new initial value says (bolt-python #572, bolt-js #1258).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.adapters.slack.limits import elements_of, options_of

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]

# element type → (key of the chosen in state and action, key of the initial value)
CHOSEN = {
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
}
LISTS = {"selected_options", "selected_users"}
STATELESS = {"button", "overflow"}


@dataclass(frozen=True, slots=True)
class Field:
    """Something to press or to fill in, with the block it stands in."""

    block: Json
    element: Json

    @property
    def block_id(self) -> str:
        """Its block's id."""
        return str(self.block["block_id"])

    @property
    def action_id(self) -> str:
        """Its own id."""
        return str(self.element["action_id"])

    @property
    def names(self) -> tuple[str, ...]:
        """What a person or a test may call it by."""
        said = (self.element.get("text"), self.block.get("label"), self.element.get("placeholder"))
        shown = tuple(str(text["text"]) for text in said if isinstance(text, dict))
        return (*shown, self.action_id, self.block_id)

    @property
    def sends(self) -> bool:
        """Whether using it sends a `block_actions` at once."""
        return self.block["type"] != "input" or bool(self.block.get("dispatch_action"))


def with_ids(blocks: list[Json], mint: Callable[[str], str]) -> list[Json]:
    """The blocks with the ids Slack gives where the app gave none."""
    made = [{**block, "block_id": block.get("block_id") or mint("b")} for block in blocks]
    for block in made:
        for key in ("accessory", "element"):
            if isinstance(block.get(key), dict) and block[key]["type"] != "image":
                block[key] = {**block[key], "action_id": block[key].get("action_id") or mint("a")}
        if block["type"] == "actions":
            block["elements"] = [
                {**one, "action_id": one.get("action_id") or mint("a")} for one in block["elements"]
            ]
    return made


def fields(blocks: list[Json]) -> Iterator[Field]:
    """Everything to press or fill in, in reading order."""
    return (Field(block, element) for block in blocks for element in elements_of(block))


def field_named(blocks: list[Json], name: str) -> Field:
    """The field with this label, text, placeholder, action_id or block_id."""
    found = [one for one in fields(blocks) if name in one.names]
    assert found, f"there is no {name!r}, only {[one.names for one in fields(blocks)]}"
    return found[0]


def state_of(blocks: list[Json], entered: Values) -> Values:
    """The `state.values` of a surface: what was entered, else the initial values."""
    values: Values = {}
    for one in fields(blocks):
        kind = one.element["type"]
        if kind not in STATELESS:
            known = entered.get(one.block_id, {}).get(one.action_id)
            kept = known if known and known["type"] == kind else _initial(one.element)
            values.setdefault(one.block_id, {})[one.action_id] = kept
    return values


def _initial(element: Json) -> Json:
    chosen, initial = CHOSEN[element["type"]]
    empty: object = [] if chosen in LISTS else None
    return {"type": element["type"], chosen: element.get(initial) or empty}


def entry(one: Field, value: Any, known: list[Json]) -> Json:
    """The state value for what somebody enters.

    Args:
        value: text; for choices the label or the value of an option (a list of them where several go).
        known: the options that are on the screen.
    """
    chosen, _ = CHOSEN[one.element["type"]]
    if chosen == "selected_option":
        value = None if value is None else _option(known, value)
    elif chosen == "selected_options":
        value = [_option(known, each) for each in value]
    return {"type": one.element["type"], chosen: value}


def _option(known: list[Json], name: str) -> Json:
    found = [option for option in known if name in (option["text"]["text"], option["value"])]
    assert found, f"there is no option {name!r}, only {[option['text']['text'] for option in known]}"
    return found[0]


def action_of(one: Field, state: Json | None, action_ts: str) -> Json:
    """The member of `actions` for a press or a choice. Source: bolt-python's scenario tests."""
    action = {"type": one.element["type"], "action_id": one.action_id, "block_id": one.block_id}
    if one.element["type"] == "button":
        action |= {key: one.element[key] for key in ("text", "value", "style", "url") if key in one.element}
    else:
        action |= {key: one.element[key] for key in ("placeholder",) if key in one.element}
        action |= state or {}
    return {**action, "action_ts": action_ts}


def missing(blocks: list[Json], entered: Values) -> list[str]:
    """Labels of inputs that must be filled in before Slack sends a form."""
    values = state_of(blocks, entered)
    return [
        one.names[0]
        for one in fields(blocks)
        if one.block["type"] == "input" and not one.block.get("optional")
        if not values[one.block_id][one.action_id][CHOSEN[one.element["type"]][0]]
    ]


def choices(element: Json) -> list[Json]:
    """The options an element brings along."""
    return options_of(element)
