"""The description says what the code does."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from adapters.chat.webhook.inbound import Sender, receive
from adapters.chat.webhook.openapi import document
from adapters.chat.webhook.problems import (
    invalid,
    not_signed,
    other_content,
    too_large,
    too_many,
    unknown_tenant,
)
from adapters.chat.webhook.render import callback, wire
from scheduling_core.cards import Card, line
from scheduling_core.deliveries import Delivery, Message
from tests.adapters.webhook.harness import CODEC, HOST, NOW, ROOM, SECRET, a_delivery, signed

DOCUMENT = document()
SENDER = Sender("demo", (SECRET,))
OPERATION = DOCUMENT["paths"]["/rooms/v1/{tenant}/deliveries"]["post"]


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator({**DOCUMENT, "$ref": f"#/components/schemas/{name}"})


def is_taken(delivery: Any) -> bool:
    body = json.dumps(delivery).encode()
    return isinstance(receive(signed(body), body, SENDER, CODEC, NOW), Delivery)


@pytest.mark.parametrize("kind", ["command", "action", "text", "members"])
def test_every_example_is_valid_and_taken(kind: str) -> None:
    example = OPERATION["requestBody"]["content"]["application/json"]["examples"][kind]["value"]
    schema("Delivery").validate(example)
    assert is_taken(example)


def test_every_schema_is_one() -> None:
    for each in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(each)


def test_every_reference_leads_somewhere() -> None:
    for ref in _references(DOCUMENT):
        found = DOCUMENT
        for part in ref.removeprefix("#/").split("/"):
            found = found[part]


def test_all_answers_are_described() -> None:
    problems = [
        not_signed(),
        unknown_tenant(),
        other_content(),
        too_large(1),
        invalid("/type", "No."),
        too_many(NOW - NOW),
    ]
    # Three more are the web server's own: a body cut short or slow, and what went wrong here.
    of_server = {"400", "408", "500"}
    assert set(OPERATION["responses"]) == {"200", *(str(problem.status) for problem in problems), *of_server}
    for problem in problems:
        schema("Problem").validate(json.loads(problem.response().body))


def test_messages_and_callbacks_fit_their_schemas() -> None:
    for audience, card in ((None, Card((line("Hello"),))), (HOST, None)):
        message = Message("m_1", 1, ROOM, audience, card)
        schema("Message").validate(wire(message, CODEC))
        schema("Callback").validate(callback(message, was_shown=True, codec=CODEC))


odd: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "x", "a\nb", "a\x00", 5, 1.5, True, [], {}, "x" * 129, "x" * 201, "x" * 4001]
)
places = st.sampled_from(
    [
        ("type",),
        ("text",),
        ("reply_to",),
        ("message_id",),
        ("data",),
        ("data", "parley"),
        ("data", "field"),
        ("room",),
        ("room", "id"),
        ("room", "name"),
        ("room", "thread"),
        ("room", "members"),
        ("actor",),
        ("actor", "id"),
        ("actor", "name"),
        ("actor", "zone"),
        ("actor", "locale"),
        ("actor", "email"),
    ]
)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(st.sampled_from(["command", "action", "text", "members"]), places, odd)
def test_the_schema_and_the_code_agree_on_what_is_valid(
    kind: str, place: tuple[str, ...], value: Any
) -> None:
    delivery = json.loads(json.dumps(a_delivery(type=kind, message_id="m_1", data={"parley": "x"})))
    target = delivery
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    assert schema("Delivery").is_valid(delivery) == is_taken(delivery)


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for item in node for ref in _references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if "$ref" in node else []
    return own + [ref for value in node.values() for ref in _references(value)]
