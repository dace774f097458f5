"""Slack's limits on blocks and views as one table, and the rules no model of the library knows.

Sources: the Block Kit reference of docs.slack.dev and the constants of slack_sdk 3.47 (`slack_sdk.models`).
Every function here is pure: a payload in, broken rules out; nothing is raised for a bad payload.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from tests.adapters.slack.library_models import lost_blocks, lost_view
from tests.adapters.slack.shapes import (
    Breach,
    Check,
    Shape,
    anything,
    boolean,
    by_type,
    integer,
    items,
    matching,
    one_of,
    plain,
    rich,
    string,
)

Json = dict[str, Any]

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
TEXT: Final = 40_000
OPTIONS: Final = 100

ACTION_ID = string(255)
URL = matching(r"(https?|mailto|slack):\S{1,2990}")
STYLE = one_of("primary", "danger")
DATE = matching(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
TIME = matching(r"([01]\d|2[0-3]):[0-5]\d")
PERSON = matching(r"[UW][A-Z0-9]+")
CHANNEL = matching(r"[CDG][A-Z0-9]+")
NUMBER = matching(r"-?\d+(\.\d+)?")

CONFIRM = Shape(
    {"title": plain(100), "text": rich(300), "confirm": plain(30), "deny": plain(30), "style": STYLE},
    ("title", "text", "confirm", "deny"),
)
OPTION = Shape({"text": plain(75), "value": string(150), "description": plain(75)}, ("text", "value"))
RICH_OPTION = Shape({"text": rich(75), "value": string(150), "description": rich(75)}, ("text", "value"))
URL_OPTION = Shape({**OPTION.fields, "url": URL}, ("text", "value"))
GROUP = Shape({"label": plain(75), "options": items(OPTION, OPTIONS)}, ("label", "options"))
DISPATCH = Shape(
    {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 2)},
    ("trigger_actions_on",),
)


def options_of(element: Json) -> list[Json]:
    """All options of a select, those of its groups included."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(one for group in groups for one in group.get("options") or [])]


def _either_options_or_groups(element: Json, at: str) -> Iterator[Breach]:
    given = [name for name in ("options", "option_groups") if element.get(name) is not None]
    if len(given) != 1:
        yield Breach(at, "exactly one of options and option_groups is allowed")


def _initial_among_options(element: Json, at: str) -> Iterator[Breach]:
    one = element.get("initial_option")
    many = element.get("initial_options") or []
    known = [_plainly(option) for option in options_of(element)]
    for option in [one, *many] if one else many:
        if _plainly(option) not in known:
            yield Breach(at, "initial option is not among the options")


def _plainly(option: Any) -> object:
    # Slack compares what is shown and sent; `emoji` is its own default.
    if not isinstance(option, dict) or not isinstance(option.get("text"), dict):
        return option
    return option["text"].get("text"), option.get("value")


def _values_differ(element: Json, at: str) -> Iterator[Breach]:
    counts = Counter(str(option.get("value")) for option in options_of(element) if isinstance(option, dict))
    for value, times in counts.items():
        if times > 1:
            yield Breach(at, f"option value {value} is there {times} times")


def _image_source(image: Json, at: str) -> Iterator[Breach]:
    if (image.get("image_url") is None) == (image.get("slack_file") is None):
        yield Breach(at, "exactly one of image_url and slack_file is allowed")


def _element(required: tuple[str, ...] = (), *rules: Check, **fields: Check) -> Shape:
    shared: dict[str, Check] = {
        "type": anything,
        "action_id": ACTION_ID,
        "confirm": CONFIRM,
        "focus_on_load": boolean,
    }
    return Shape({**shared, **fields}, required, rules)


def _select(*rules: Check, **fields: Check) -> Shape:
    return _element((), *rules, placeholder=plain(150), **fields)


def _typed(**fields: Check) -> Shape:
    typed: dict[str, Check] = {
        "placeholder": plain(150),
        "dispatch_action_config": DISPATCH,
        "initial_value": string(3000, 0),
    }
    return _element((), **{**typed, **fields})


_STATIC = {"options": items(OPTION, OPTIONS), "option_groups": items(GROUP, OPTIONS)}
_CHOICE_RULES = (_either_options_or_groups, _initial_among_options, _values_differ)
_FEW = {"options": items(RICH_OPTION, 10)}
_MANY = {"max_selected_items": integer(1, OPTIONS)}
_FILTER = {"filter": anything, "response_url_enabled": boolean, "default_to_current_conversation": boolean}
_FEW_RULES = (_initial_among_options, _values_differ)

ELEMENTS: Final[dict[str, Shape]] = {
    "button": Shape(
        {
            "type": anything,
            "text": plain(75),
            "action_id": ACTION_ID,
            "url": URL,
            "value": string(2000),
            "style": STYLE,
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
        ("text",),
    ),
    "image": Shape(
        {"type": anything, "alt_text": string(2000), "image_url": URL, "slack_file": anything},
        ("alt_text",),
        (_image_source,),
    ),
    "overflow": Shape(
        {"type": anything, "action_id": ACTION_ID, "confirm": CONFIRM, "options": items(URL_OPTION, 5)},
        ("options",),
        (_values_differ,),
    ),
    "checkboxes": _element(("options",), *_FEW_RULES, **_FEW, initial_options=items(RICH_OPTION, 10)),
    "radio_buttons": _element(("options",), *_FEW_RULES, **_FEW, initial_option=RICH_OPTION),
    "static_select": _select(*_CHOICE_RULES, **_STATIC, initial_option=OPTION),
    "multi_static_select": _select(
        *_CHOICE_RULES, **_STATIC, **_MANY, initial_options=items(OPTION, OPTIONS)
    ),
    "external_select": _select(initial_option=OPTION, min_query_length=integer(0, 3000)),
    "multi_external_select": _select(
        **_MANY, initial_options=items(OPTION, OPTIONS), min_query_length=integer(0, 3000)
    ),
    "users_select": _select(initial_user=PERSON),
    "multi_users_select": _select(**_MANY, initial_users=items(PERSON, OPTIONS)),
    "channels_select": _select(initial_channel=CHANNEL, response_url_enabled=boolean),
    "multi_channels_select": _select(**_MANY, initial_channels=items(CHANNEL, OPTIONS)),
    "conversations_select": _select(**_FILTER, initial_conversation=CHANNEL),
    "multi_conversations_select": _select(**_MANY, **_FILTER, initial_conversations=items(CHANNEL, OPTIONS)),
    "datepicker": _select(initial_date=DATE),
    "timepicker": _select(initial_time=TIME, timezone=string(255)),
    "datetimepicker": _element(initial_date_time=integer(1_000_000_000, 9_999_999_999)),
    "plain_text_input": _typed(multiline=boolean, min_length=integer(0, 3000), max_length=integer(1, 3000)),
    "email_text_input": _typed(),
    "url_text_input": _typed(),
    "number_input": _typed(
        is_decimal_allowed=boolean, initial_value=NUMBER, min_value=NUMBER, max_value=NUMBER
    ),
}
_TYPED = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
INPUTS: Final = frozenset(ELEMENTS) - {"button", "image", "overflow"}
_PRESSED: Final = frozenset(ELEMENTS) - _TYPED - {"image"}
_BESIDE: Final = frozenset(ELEMENTS) - _TYPED - {"datetimepicker"}


def _text_or_fields(section: Json, at: str) -> Iterator[Breach]:
    if section.get("text") is None and section.get("fields") is None:
        yield Breach(at, "missing required field: text or fields")


def _block(required: tuple[str, ...], *rules: Check, **fields: Check) -> Shape:
    return Shape({"type": anything, "block_id": string(255), **fields}, required, rules)


_CONTEXT = {
    "image": ELEMENTS["image"],
    "mrkdwn": Shape({"type": anything, "text": string(3000), "verbatim": boolean}, ("text",)),
    "plain_text": Shape({"type": anything, "text": string(3000), "emoji": boolean}, ("text",)),
}
BLOCKS: Final[dict[str, Shape]] = {
    "section": _block(
        (),
        _text_or_fields,
        text=rich(3000),
        fields=items(rich(2000), 10),
        accessory=by_type(ELEMENTS, _BESIDE, "element"),
        expand=boolean,
    ),
    "header": _block(("text",), text=plain(150)),
    "divider": _block(()),
    "context": _block(("elements",), elements=items(by_type(_CONTEXT, frozenset(_CONTEXT), "element"), 10)),
    "actions": _block(("elements",), elements=items(by_type(ELEMENTS, _PRESSED, "element"), 25)),
    "input": _block(
        ("label", "element"),
        label=plain(2000),
        hint=plain(2000),
        element=by_type(ELEMENTS, INPUTS, "element"),
        dispatch_action=boolean,
        optional=boolean,
    ),
    "image": _block(
        ("alt_text",),
        _image_source,
        alt_text=string(2000),
        title=plain(2000),
        image_url=URL,
        slack_file=anything,
    ),
    "rich_text": _block(("elements",), elements=items(anything, 1000)),
}
_BLOCK = by_type(BLOCKS, frozenset(BLOCKS), "block")

_VIEW = {
    "type": one_of("modal", "home"),
    "blocks": items(_BLOCK, VIEW_BLOCKS),
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
VIEWS: Final = {
    "home": Shape(_VIEW, ("blocks",)),
    "modal": Shape(
        {
            **_VIEW,
            "title": plain(24),
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
        ("title", "blocks"),
    ),
}


def elements_of(block: Json) -> list[Json]:
    """The elements of a block a person can press or fill."""
    many = block.get("elements") if block.get("type") == "actions" else []
    alone = [block[key] for key in ("accessory", "element") if isinstance(block.get(key), dict)]
    return [one for one in [*(many or []), *alone] if isinstance(one, dict) and one.get("type") != "image"]


def message_breaches(blocks: list[Json], at: str = "/blocks") -> list[Breach]:
    """What is wrong with the blocks of a message."""
    return [*items(_BLOCK, MESSAGE_BLOCKS, 0)(blocks, at), *_repeats(blocks, at), *lost_blocks(blocks, at)]


def view_breaches(view: Json, at: str = "/view") -> list[Breach]:
    """What is wrong with a modal or a Home tab."""
    found = list(by_type(VIEWS, frozenset(VIEWS), "view")(view, at))
    blocks = view.get("blocks") if isinstance(view, dict) else None
    if not isinstance(blocks, list):
        return found
    needs_submit = view.get("type") == "modal" and any(_type(block) == "input" for block in blocks)
    if needs_submit and view.get("submit") is None:
        found.append(Breach(at, "missing required field: submit (there are input blocks)"))
    return [
        *found,
        *_repeats(blocks, f"{at}/blocks"),
        *lost_blocks(blocks, f"{at}/blocks"),
        *lost_view(view, at),
    ]


def options_breaches(answer: Json, at: str = "") -> list[Breach]:
    """What is wrong with the answer to a `block_suggestion`; no options at all are fine."""
    shape = Shape(
        {"options": items(OPTION, OPTIONS, 0), "option_groups": items(GROUP, OPTIONS, 0)},
        (),
        (_either_options_or_groups, _values_differ),
    )
    return list(shape(answer, at))


def _type(block: Any) -> str:
    return str(block.get("type")) if isinstance(block, dict) else ""


def _repeats(blocks: Any, at: str) -> Iterator[Breach]:
    if not isinstance(blocks, list):
        return
    seen: set[str] = set()
    for number, block in enumerate(one for one in blocks if isinstance(one, dict)):
        if block.get("block_id") in seen:
            yield Breach(f"{at}/{number}/block_id", f"block_id {block['block_id']} already exists")
        seen |= {block["block_id"]} if isinstance(block.get("block_id"), str) else set()
        ids = Counter(one["action_id"] for one in elements_of(block) if isinstance(one.get("action_id"), str))
        for action_id, times in ids.items():
            if times > 1:
                yield Breach(f"{at}/{number}", f"action_id {action_id} already exists in this block")
