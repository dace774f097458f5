"""Components of messages and modals: what may stand where, and the rules about the whole.

Source: "Component Reference" of Discord's documentation (snapshot of 2026-08-06). Not in the published
OpenAPI document and therefore rules of our own: five rows, a select alone in its row, unique custom ids, 40
components and 4,000 characters in all, five components to a modal. Pure.
"""

from collections.abc import Iterator
from typing import Any, Final

from tests.adapters.discord.elements import (
    BUTTON,
    CONTAINER,
    ELEMENTS,
    FILE,
    GALLERY,
    INPUTS,
    LABEL,
    ROW,
    SECTION,
    SELECTS,
    SEPARATOR,
    TEXT_DISPLAY,
    TEXT_INPUT,
    THUMBNAIL,
)
from tests.adapters.discord.shapes import (
    Breach,
    Check,
    Json,
    Path,
    Shape,
    anything,
    boolean,
    by_type,
    integer,
    items,
    string,
)

ROWS: Final = 5
COMPONENTS: Final = 40
TEXT_BUDGET: Final = 4_000
MODAL_COMPONENTS: Final = 5
_SHARED: Final[dict[str, Check]] = {"type": anything, "id": integer(0, 2**31 - 1)}


def _select_alone(row: Json, at: Path) -> Iterator[Breach]:
    kinds = [one.get("type") for one in row.get("components") or [] if isinstance(one, dict)]
    if len(kinds) > 1 and any(kind != BUTTON for kind in kinds):
        rule = "A row holds up to five buttons or one select"
        yield Breach((*at, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", rule)


def _row(allowed: frozenset[int]) -> Shape:
    inside = items(by_type(ELEMENTS, allowed), 5, 1)
    return Shape({**_SHARED, "components": inside}, ("components",), (_select_alone,))


MESSAGE_ROW: Final = _row(SELECTS | {BUTTON})
_INSIDE: Final[dict[int, Check]] = {
    ROW: MESSAGE_ROW,
    SECTION: Shape(
        {
            **_SHARED,
            "components": items(by_type(ELEMENTS, {TEXT_DISPLAY}), 3, 1),
            "accessory": by_type(ELEMENTS, {BUTTON, THUMBNAIL}),
        },
        ("components", "accessory"),
    ),
    **{kind: ELEMENTS[kind] for kind in (TEXT_DISPLAY, GALLERY, FILE, SEPARATOR)},
}
V1: Final[dict[int, Check]] = {ROW: MESSAGE_ROW}
V2: Final[dict[int, Check]] = {
    **_INSIDE,
    CONTAINER: Shape(
        {
            **_SHARED,
            "components": items(by_type(_INSIDE), COMPONENTS, 1),
            "accent_color": integer(0, 0xFFFFFF),
            "spoiler": boolean,
        },
        ("components",),
    ),
}


def _needs_label(row: Json, at: Path) -> Iterator[Breach]:
    for number, one in enumerate(row.get("components") or []):
        if isinstance(one, dict) and one.get("label") is None:
            yield Breach((*at, "components", number, "label"), "BASE_TYPE_REQUIRED", "This field is required")


def _labelled_once(label: Json, at: Path) -> Iterator[Breach]:
    inside = label.get("component")
    if isinstance(inside, dict) and inside.get("label") is not None:
        rule = "Inside a Label an input has no label of its own"
        yield Breach((*at, "component", "label"), "COMPONENT_LABEL_DUPLICATED", rule)
    if isinstance(inside, dict) and inside.get("disabled"):
        rule = "Nothing in a modal can be disabled"
        yield Breach((*at, "component", "disabled"), "COMPONENT_DISABLED_IN_MODAL", rule)


MODAL: Final[dict[int, Check]] = {
    ROW: Shape(
        {**_SHARED, "components": items(by_type(ELEMENTS, {TEXT_INPUT}), 1, 1)},
        ("components",),
        (_needs_label,),
    ),
    TEXT_DISPLAY: ELEMENTS[TEXT_DISPLAY],
    LABEL: Shape(
        {
            **_SHARED,
            "label": string(45),
            "description": string(100),
            "component": by_type(ELEMENTS, INPUTS),
        },
        ("label", "component"),
        (_labelled_once,),
    ),
}


def walk(components: Any, at: Path = ()) -> Iterator[tuple[Json, Path]]:
    """Every component with its path, parents before children, in reading order."""
    for number, one in enumerate(components if isinstance(components, list) else []):
        if isinstance(one, dict):
            yield one, (*at, number)
            yield from walk(one.get("components"), (*at, number, "components"))
            for key in ("accessory", "component"):
                if isinstance(one.get(key), dict):
                    yield one[key], (*at, number, key)


def _unique(components: Any, at: Path) -> Iterator[Breach]:
    seen: dict[str, set[object]] = {"custom_id": set(), "id": set()}
    for one, path in walk(components, at):
        for key, known in seen.items():
            value = one.get(key)
            # id 0 asks Discord to give a number.
            if value and isinstance(value, str | int):
                if value in known:
                    code = f"COMPONENT_{key.upper()}_DUPLICATED"
                    yield Breach((*path, key), code, f"Component {key} cannot be duplicated")
                known.add(value)


def _budgets(components: Any, at: Path) -> Iterator[Breach]:
    every = [one for one, _ in walk(components, at)]
    if len(every) > COMPONENTS:
        rule = f"There are {len(every)} components, nested ones included; the most is {COMPONENTS}"
        yield Breach(at, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", rule)
    words = sum(len(one["content"]) for one in every if isinstance(one.get("content"), str))
    if words > TEXT_BUDGET:
        rule = f"Text displays hold {words} characters; the most is {TEXT_BUDGET}"
        yield Breach(at, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", rule)


def component_breaches(components: Any, at: Path, *, is_v2: bool) -> Iterator[Breach]:
    """What is wrong with the components of a message."""
    if is_v2:
        yield from items(by_type(V2), COMPONENTS, 1)(components, at)
        yield from _budgets(components, at)
    else:
        yield from items(by_type(V1), ROWS)(components, at)
    yield from _unique(components, at)


def modal_breaches(modal: Any, at: Path = ("data",)) -> Iterator[Breach]:
    """What is wrong with the `data` of a modal callback."""
    fields: dict[str, Check] = {
        "custom_id": string(100),
        "title": string(45),
        "components": items(by_type(MODAL), MODAL_COMPONENTS, 1),
    }
    yield from Shape(fields, ("custom_id", "title", "components"))(modal, at)
    if isinstance(modal, dict):
        yield from _unique(modal.get("components"), (*at, "components"))
