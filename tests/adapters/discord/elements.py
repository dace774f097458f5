"""What people press, choose from, fill in and look at: one shape for each component that holds no other.

Source: "Component Reference" of Discord's documentation (snapshot of 2026-08-06). Where custom_id, url and
sku_id belong is not in the published OpenAPI document; it is here. Pure.
"""

from collections.abc import Iterator
from typing import Final
from unicodedata import category

from tests.adapters.discord.shapes import (
    Breach,
    Check,
    Json,
    Path,
    Shape,
    anything,
    boolean,
    integer,
    items,
    matching,
    one_of,
    snowflake,
    string,
)

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 18, 19, 21, 22, 23
SELECTS: Final = frozenset({STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})
INPUTS: Final = SELECTS | {TEXT_INPUT, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX}
LINK, PREMIUM = 5, 6

CUSTOM_ID = string(100)
URL = matching(r"(https?|discord)://\S+", 512, "URL_TYPE_INVALID_URL")
MEDIA = Shape({"url": matching(r"(https?|attachment)://\S+", code="URL_TYPE_INVALID_URL")}, ("url",))


def _is_emoji(emoji: Json, at: Path) -> Iterator[Breach]:
    name = str(emoji.get("name") or "")
    # A symbol (category So) or a character asked to be shown as a picture; `⋯` or `1` alone is neither.
    if not emoji.get("id") and not any(
        category(one) == "So" or one == "\N{VARIATION SELECTOR-16}" for one in name
    ):
        yield Breach((*at, "name"), "COMPONENT_INVALID_EMOJI", "Invalid emoji")


EMOJI = Shape({"id": snowflake, "name": string(32), "animated": boolean}, (), (_is_emoji,))
_SHARED: Final[dict[str, Check]] = {"type": anything, "id": integer(0, 2**31 - 1)}


def _component(needed: tuple[str, ...], /, *rules: Check, **fields: Check) -> Shape:
    return Shape({**_SHARED, **fields}, needed, rules)


def _button_kind(button: Json, at: Path) -> Iterator[Breach]:
    kind = button.get("style")
    needed = {LINK: "url", PREMIUM: "sku_id"}.get(kind if isinstance(kind, int) else 0, "custom_id")
    for name in ("custom_id", "url", "sku_id"):
        if name == needed and button.get(name) is None:
            yield Breach((*at, name), "BASE_TYPE_REQUIRED", f"A button of style {kind} needs a {name}")
        if name != needed and button.get(name) is not None:
            rule = f"A {name} and a {needed} cannot both be specified"
            yield Breach((*at, name), "BUTTON_COMPONENT_INVALID_FIELD", rule)
    if kind != PREMIUM and not button.get("label") and button.get("emoji") is None:
        yield Breach((*at, "label"), "BUTTON_COMPONENT_LABEL_REQUIRED", "A button needs a label or an emoji")


def _bounds(one: Json, at: Path) -> Iterator[Breach]:
    least, most = one.get("min_values"), one.get("max_values")
    least, most = 1 if least is None else least, 1 if most is None else most
    if not isinstance(least, int) or not isinstance(most, int):
        return
    if least > most:
        yield Breach((*at, "min_values"), "NUMBER_TYPE_MAX", "min_values is greater than max_values")
    options = one.get("options")
    if isinstance(options, list):
        if max(least, most) > len(options):
            yield Breach((*at, "max_values"), "NUMBER_TYPE_MAX", "There are fewer options than that")
        if sum(1 for option in options if isinstance(option, dict) and option.get("default")) > most:
            rule = "More options are chosen by default than may be chosen"
            yield Breach((*at, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", rule)


def _checked_bounds(one: Json, at: Path) -> Iterator[Breach]:
    if isinstance(one.get("options"), list):
        yield from _bounds({"max_values": len(one["options"]), **one}, at)


def _values_differ(one: Json, at: Path) -> Iterator[Breach]:
    seen: set[str] = set()
    options = one.get("options")
    for number, option in enumerate(options if isinstance(options, list) else []):
        value = str(option.get("value")) if isinstance(option, dict) else ""
        if value in seen:
            code = "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
            yield Breach(
                (*at, "options", number, "value"), code, "The specified option value is already used"
            )
        seen.add(value)


OPTION = Shape(
    {
        "label": string(100),
        "value": string(100),
        "description": string(100, 0),
        "emoji": EMOJI,
        "default": boolean,
    },
    ("label", "value"),
)
FEW_OPTION = Shape({name: OPTION.fields[name] for name in OPTION.fields if name != "emoji"}, OPTION.required)
_DEFAULTS = items(Shape({"id": snowflake, "type": one_of("user", "role", "channel")}, ("id", "type")), 25)
_CHOOSING: Final[dict[str, Check]] = {
    "custom_id": CUSTOM_ID,
    "placeholder": string(150, 0),
    "min_values": integer(0, 25),
    "max_values": integer(1, 25),
    "disabled": boolean,
    "required": boolean,
}
_FEW: Final[dict[str, Check]] = {"custom_id": CUSTOM_ID, "required": boolean}


def _text_length(one: Json, at: Path) -> Iterator[Breach]:
    least, most, value = one.get("min_length"), one.get("max_length"), one.get("value")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield Breach((*at, "min_length"), "NUMBER_TYPE_MAX", "min_length is greater than max_length")
    if isinstance(value, str) and isinstance(most, int) and len(value) > most:
        yield Breach((*at, "value"), "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


_AUTO = _component(
    ("custom_id",), _bounds, **_CHOOSING, default_values=_DEFAULTS, channel_types=items(integer(0, 16), 16)
)
ELEMENTS: Final[dict[int, Shape]] = {
    BUTTON: _component(
        ("style",),
        _button_kind,
        style=integer(1, 6),
        label=string(80, 0),
        emoji=EMOJI,
        custom_id=CUSTOM_ID,
        url=URL,
        sku_id=snowflake,
        disabled=boolean,
    ),
    STRING_SELECT: _component(
        ("custom_id", "options"), _bounds, _values_differ, **_CHOOSING, options=items(OPTION, 25, 1)
    ),
    **dict.fromkeys((USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT), _AUTO),
    TEXT_INPUT: _component(
        ("custom_id", "style"),
        _text_length,
        custom_id=CUSTOM_ID,
        style=one_of(1, 2),
        label=string(45),
        min_length=integer(0, 4000),
        max_length=integer(1, 4000),
        required=boolean,
        value=string(4000, 0),
        placeholder=string(100, 0),
    ),
    TEXT_DISPLAY: _component(("content",), content=string(4000)),
    THUMBNAIL: _component(("media",), media=MEDIA, description=string(1024, 0), spoiler=boolean),
    GALLERY: _component(
        ("items",),
        items=items(
            Shape({"media": MEDIA, "description": string(1024, 0), "spoiler": boolean}, ("media",)), 10, 1
        ),
    ),
    FILE: _component(("file",), file=MEDIA, spoiler=boolean, name=string(1024), size=integer(0, 2**31)),
    SEPARATOR: _component((), divider=boolean, spacing=one_of(1, 2)),
    FILE_UPLOAD: _component(
        ("custom_id",), _bounds, **_FEW, min_values=integer(0, 10), max_values=integer(1, 10)
    ),
    RADIO_GROUP: _component(
        ("custom_id", "options"), _values_differ, **_FEW, options=items(FEW_OPTION, 10, 2)
    ),
    CHECKBOX_GROUP: _component(
        ("custom_id", "options"),
        _checked_bounds,
        _values_differ,
        **_FEW,
        min_values=integer(0, 10),
        max_values=integer(1, 10),
        options=items(FEW_OPTION, 10, 1),
    ),
    CHECKBOX: _component(("custom_id",), custom_id=CUSTOM_ID, default=boolean),
}
