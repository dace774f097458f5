"""Each rule about payloads catches a bad one, and none a good one."""

from copy import deepcopy
from typing import Any

import pytest

from tests.adapters.slack.limits import message_breaches, options_breaches, view_breaches

Json = dict[str, Any]


def text(words: str = "Hello") -> Json:
    """plain_text."""
    return {"type": "plain_text", "text": words}


def option(value: str = "1", words: str | None = None) -> Json:
    """An option."""
    return {"text": text(words or value), "value": value}


def button(**more: Any) -> Json:
    """A button."""
    return {"type": "button", "text": text("Pick"), "action_id": "pick", "value": "v", **more}


def select(**more: Any) -> Json:
    """A static select."""
    given = {"type": "static_select", "action_id": "day", "options": [option()], **more}
    return {name: value for name, value in given.items() if value is not None}


def actions(*elements: Json) -> Json:
    """A row of elements."""
    return {"type": "actions", "elements": list(elements)}


def section(words: str = "Hello", **more: Any) -> Json:
    """mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": words}, **more}


def asks(element: Json, **more: Any) -> Json:
    """An input block."""
    return {"type": "input", "label": text("Day"), "element": element, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    """A modal with everything it needs."""
    whole = {"type": "modal", "title": text("Pick"), "submit": text("Book"), "blocks": list(blocks), **more}
    return {name: value for name, value in whole.items() if value is not None}


CONFIRM = {"title": text("Sure?"), "text": text("It goes."), "confirm": text("Yes"), "deny": text("No")}
PARTS = {name: value for name, value in CONFIRM.items() if name != "deny"}
GROUPS = [{"label": text("Morning"), "options": [option("1")]}]
GOOD_MESSAGE = [
    {"type": "header", "text": text("Logo design")},
    section("1. <!date^1795510800^{date_short_pretty} {time}|24 Nov>", block_id="when"),
    {**section(), "accessory": {"type": "image", "image_url": "https://example.com/x.png", "alt_text": "x"}},
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Host*"}, text("you")]},
    {"type": "divider"},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "Berlin"}, text("30 min")]},
    actions(*(button(action_id=f"pick-{n}", style="primary") for n in range(5))),
    actions(button(confirm=CONFIRM, style="danger"), button(action_id="add", url="https://example.com/a")),
    actions(select(option_groups=GROUPS, options=None, initial_option=option("1"), placeholder=text("Day"))),
    actions({"type": "overflow", "action_id": "more", "options": [option("1"), option("2")]}),
]
GOOD_VIEW = modal(
    asks(select(), dispatch_action=True, block_id="day"),
    asks({"type": "external_select", "action_id": "time", "min_query_length": 0}, block_id="time:24"),
    asks({"type": "plain_text_input", "action_id": "note", "multiline": True}, optional=True),
    asks({"type": "checkboxes", "action_id": "days", "options": [option("mon"), option("tue")]}),
    asks({"type": "timepicker", "action_id": "from", "initial_time": "09:00"}),
    asks({"type": "datepicker", "action_id": "date", "initial_date": "2026-11-24"}),
    asks({"type": "multi_users_select", "action_id": "who", "max_selected_items": 5}, hint=text("Who?")),
    close=text("Close"),
    callback_id="pick",
    private_metadata="m-1",
    notify_on_close=True,
)
BAD_MESSAGES = {
    "no more than 50 items": [{"type": "divider"}] * 51,
    "must be less than 3001 characters": [section("x" * 3001)],
    "must be less than 151 characters": [{"type": "header", "text": text("x" * 151)}],
    "must be less than 76 characters": [actions(button(text=text("x" * 76)))],
    "must be less than 2001 characters": [actions(button(value="x" * 2001))],
    "must be less than 256 characters": [actions(button(action_id="x" * 256))],
    "/block_id]": [section(block_id="x" * 256)],
    "no more than 25 items": [actions(*(button(action_id=str(n)) for n in range(26)))],
    "/0/elements] ten": [{"type": "context", "elements": [text()] * 11}],
    "no more than 100 items": [actions(select(options=[option(str(n)) for n in range(101)]))],
    "/options/0/text/text]": [actions(select(options=[option("1", "x" * 76)]))],
    "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]": [
        actions(select(options=[option("x" * 151, "x")]))
    ],
    "no more than 10 items": [{"type": "section", "fields": [text()] * 11}],
    "no more than 5 items": [
        actions({"type": "overflow", "action_id": "o", "options": [option(str(n)) for n in range(6)]})
    ],
    "must be a valid enum value: plain_text [json-pointer:/blocks/0/elements/0/text/type]": [
        actions(button(text={"type": "mrkdwn", "text": "*no*"}))
    ],
    "/options/0/text/type]": [
        actions(select(options=[{"text": {"type": "mrkdwn", "text": "x"}, "value": "1"}]))
    ],
    "/blocks/0/text/type]": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "must be more than 0 characters": [section("")],
    "[json-pointer:/blocks/0/elements/0/text/text]": [actions(button(text=text(" ")))],
    "missing required field: deny": [actions(button(confirm=PARTS))],
    "action_id pick already exists": [actions(button(), button())],
    "block_id a already exists": [section(block_id="a"), section(block_id="a")],
    "initial option is not among the options": [actions(select(initial_option=option("2")))],
    "exactly one of options and option_groups": [actions(select(option_groups=GROUPS))],
    "exactly one of options": [actions(select(options=None))],
    "option value 1 is there 2 times": [actions(select(options=[option("1"), option("1", "other")]))],
    "invalid additional property": [section(colour="red")],
    "unsupported block type": [{"type": "card"}],
    "must be a valid enum value: primary, danger": [actions(button(style="warning"))],
    "element of type plain_text_input is not allowed here": [
        actions({"type": "plain_text_input", "action_id": "x"})
    ],
    "must match": [actions(button(url="not an address"))],
    "missing required field: text or fields": [{"type": "section"}],
    "no fewer than 1 items": [actions()],
    "must be a boolean": [asks(select(), optional="yes")],
    "slack_sdk": [section(accessory={"type": "bogus"})],
}
BAD_VIEWS = {
    "no more than 100 items": modal(*([{"type": "divider"}] * 101)),
    "must be less than 25 characters": modal(section(), title=text("x" * 25)),
    "/view/submit/text]": modal(section(), submit=text("x" * 25)),
    "/view/close/text]": modal(section(), close=text("x" * 25)),
    "/view/title/type]": modal(section(), title={"type": "mrkdwn", "text": "x"}),
    "must be less than 3001 characters": modal(section(), private_metadata="x" * 3001),
    "must be less than 256 characters": modal(section(), callback_id="x" * 256),
    "missing required field: submit": modal(asks(select()), submit=None),
    "missing required field: title": modal(section(), title=None),
    "no fewer than 1 items": modal(),
    "invalid additional property": {"type": "home", "blocks": [section()], "title": text()},
    "unsupported view type": {"type": "dialog", "blocks": [section()]},
    "must be an integer from 1 to 3000": modal(
        asks({"type": "plain_text_input", "action_id": "x", "max_length": 3001})
    ),
    "must be an integer from 1000000000": modal(
        asks({"type": "datetimepicker", "action_id": "x", "initial_date_time": 17})
    ),
    "must match": modal(asks({"type": "datepicker", "action_id": "x", "initial_date": "24.11.2026"})),
    "/elements/0]": modal(actions({"type": "email_text_input", "action_id": "x"})),
    "not allowed here": modal(section(accessory={"type": "datetimepicker", "action_id": "x"})),
}


def test_good_payloads_pass() -> None:
    assert message_breaches(GOOD_MESSAGE) == []
    assert view_breaches(GOOD_VIEW) == []
    assert view_breaches({"type": "home", "blocks": GOOD_MESSAGE}) == []


def test_checking_leaves_a_payload_as_it_was() -> None:
    before = deepcopy((GOOD_MESSAGE, GOOD_VIEW))
    message_breaches(GOOD_MESSAGE)
    view_breaches(GOOD_VIEW)
    assert before == (GOOD_MESSAGE, GOOD_VIEW)


@pytest.mark.parametrize("rule", BAD_MESSAGES)
def test_a_bad_message_is_caught_by_its_rule(rule: str) -> None:
    found = [str(one) for one in message_breaches(BAD_MESSAGES[rule])]
    assert any(rule.removesuffix(" ten") in one for one in found), found


@pytest.mark.parametrize("rule", BAD_VIEWS)
def test_a_bad_view_is_caught_by_its_rule(rule: str) -> None:
    found = [str(one) for one in view_breaches(BAD_VIEWS[rule])]
    assert any(rule in one for one in found), found


@pytest.mark.parametrize(
    ("answer", "fine"),
    [
        ({"options": [option(str(n)) for n in range(100)]}, True),
        ({"options": []}, True),
        ({"option_groups": GROUPS}, True),
        ({"options": [option(str(n)) for n in range(101)]}, False),
        ({"options": [option()], "option_groups": GROUPS}, False),
        ({"options": [{"text": {"type": "mrkdwn", "text": "x"}, "value": "1"}]}, False),
    ],
)
def test_the_answer_of_an_external_select_is_checked(answer: Json, fine: bool) -> None:
    assert (options_breaches(answer) == []) is fine
