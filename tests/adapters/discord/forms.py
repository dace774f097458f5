"""Things to press, choose and fill in, and how a filled-in modal is written into a payload. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.adapters.discord.components import walk
from tests.adapters.discord.elements import (
    BUTTON,
    CHECKBOX,
    CHECKBOX_GROUP,
    INPUTS,
    LABEL,
    RADIO_GROUP,
    SELECTS,
    TEXT_INPUT,
)
from tests.adapters.discord.world import Json


@dataclass(frozen=True, slots=True)
class Field:
    """Something to use.

    Attributes:
        label: of the Label around it, or "".
    """

    component: Json
    label: str = ""

    @property
    def kind(self) -> int:
        """Its component type."""
        return int(self.component["type"])

    @property
    def custom_id(self) -> str:
        """Its custom id; "" for a link."""
        return str(self.component.get("custom_id") or "")

    @property
    def names(self) -> tuple[str, ...]:
        """What a person or a test may call it by."""
        emoji = (self.component.get("emoji") or {}).get("name")
        said = (self.label, self.component.get("label"), self.component.get("placeholder"), emoji)
        return (*(str(one) for one in said if one), self.custom_id)


def fields(components: list[Json]) -> Iterator[Field]:
    """Everything to press or fill in, in reading order."""
    labels: dict[int, str] = {}
    for one, _ in walk(components):
        if one["type"] == LABEL:
            labels[id(one["component"])] = str(one["label"])
        elif one["type"] == BUTTON or one["type"] in INPUTS:
            yield Field(one, labels.get(id(one), ""))


def field_named(components: list[Json], name: str) -> Field:
    """The one with this label, placeholder or custom id."""
    found = [one for one in fields(components) if name in one.names]
    assert found, f"there is no {name!r}, only {[one.names[0] for one in fields(components)]}"
    return found[0]


def chosen(one: Field, names: Any) -> list[str]:
    """The values of options, given by label or value, one or a list of them."""
    wanted = names if isinstance(names, list | tuple) else [names]
    options = one.component.get("options") or []
    values = []
    for name in wanted:
        found = [str(option["value"]) for option in options if name in (option["label"], option["value"])]
        assert found, f"there is no option {name!r}, only {[option['label'] for option in options]}"
        values.append(found[0])
    return values


def within_bounds(one: Field, values: list[str]) -> None:
    """As many as the select takes."""
    least, most = one.component.get("min_values"), one.component.get("max_values")
    least, most = 1 if least is None else least, 1 if most is None else most
    assert least <= len(values) <= most, f"{one.names[0]!r} takes {least} to {most}, not {len(values)}"


def value_of(one: Field, entered: dict[str, Any]) -> Any:
    """What a field of a modal holds: what was entered, else its default."""
    if one.custom_id in entered:
        return entered[one.custom_id]
    options = one.component.get("options") or []
    default = [str(option["value"]) for option in options if option.get("default")]
    match one.kind:
        case 4:
            return one.component.get("value") or ""
        case 21:
            return default[0] if default else None
        case 23:
            return bool(one.component.get("default"))
        case 5 | 6 | 7 | 8:
            return [str(known["id"]) for known in one.component.get("default_values") or []]
        case _:
            return default


def entry(one: Field, value: Any) -> Any:
    """What somebody enters into a field of a modal."""
    match one.kind:
        case 4:
            most = one.component.get("max_length") or 4000
            assert len(value) <= most, f"{one.names[0]!r} takes {most} characters"
            return value
        case 21:
            return chosen(one, value)[0]
        case 23:
            return bool(value)
        case 3 | 22:
            return chosen(one, value)
        case _:
            many = value if isinstance(value, list | tuple) else [value]
            return [str(getattr(each, "id", each)) for each in many]


def missing(components: list[Json], entered: dict[str, Any]) -> list[str]:
    """Labels of fields that must be filled in before a modal is sent."""
    empty = []
    for one in fields(components):
        value = value_of(one, entered)
        is_needed = one.component.get("required", True) and one.kind != CHECKBOX
        is_short = one.kind == TEXT_INPUT and 0 < len(value) < (one.component.get("min_length") or 0)
        if (is_needed and not value) or is_short:
            empty.append(one.names[0])
    return empty


def submitted(components: list[Json], entered: dict[str, Any]) -> list[Json]:
    """The `components` of a modal submit."""
    made = []
    for top in components:
        shown = {"type": top["type"], "id": top["id"]}
        if "component" in top:
            shown["component"] = _submitted(top["component"], entered)
        if "components" in top:
            shown["components"] = [_submitted(one, entered) for one in top["components"]]
        made.append(shown)
    return made


def _submitted(component: Json, entered: dict[str, Any]) -> Json:
    one = Field(component)
    is_single = one.kind in (TEXT_INPUT, RADIO_GROUP, CHECKBOX)
    assert is_single or one.kind in SELECTS | {CHECKBOX_GROUP}, "files cannot be uploaded here"
    named = {"type": one.kind, "id": component["id"], "custom_id": one.custom_id}
    return {**named, "value" if is_single else "values": value_of(one, entered)}
