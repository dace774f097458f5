"""docs/room-protocol.md is true."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from jsonschema import Draft202012Validator

from adapters.chat.webhook.inbound import Sender, receive
from adapters.chat.webhook.openapi import document
from adapters.chat.webhook.render import wire
from adapters.chat.webhook.signature import is_signed, signed_headers
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, When, line
from scheduling_core.deliveries import Delivery, Message
from tests.adapters.webhook.harness import CODEC, NOW, OLD_SECRET, ROOM, SECRET, signed

PAGE = (Path(__file__).parents[3] / "docs" / "room-protocol.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def example() -> dict[str, Callable[..., Any]]:
    (source,) = blocks("python")
    names: dict[str, Any] = {}
    exec(source, names)
    return names


def test_the_example_signs_as_the_bot_verifies(example: dict[str, Callable[..., Any]]) -> None:
    with time_machine.travel(NOW, tick=False):
        headers = example["sign"](SECRET, "d-1", b"{}")
    assert headers == signed(b"{}")
    assert is_signed(headers, b"{}", [SECRET], NOW)


def test_the_example_verifies_as_the_bot_signs(example: dict[str, Callable[..., Any]]) -> None:
    headers = signed_headers("m_1-1", b"{}", [OLD_SECRET, SECRET], NOW)
    with time_machine.travel(NOW, tick=False):
        assert example["is_genuine"](SECRET, headers, b"{}")
        assert not example["is_genuine"](SECRET, headers, b"{ }")
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        assert not example["is_genuine"](SECRET, headers, b"{}")


def test_every_json_example_fits_its_schema() -> None:
    for source in blocks("json"):
        found = json.loads(source)
        Draft202012Validator({**document(), "$ref": f"#/components/schemas/{_schema_of(found)}"}).validate(
            found
        )


def test_every_delivery_on_the_page_is_taken() -> None:
    bodies = [source.encode() for source in blocks("json") if "actor" in json.loads(source)]
    deliveries = [body for body in bodies if "room" in json.loads(body)]
    assert len(deliveries) == 2
    for body in deliveries:
        assert isinstance(receive(signed(body), body, Sender("demo", (SECRET,)), CODEC, NOW), Delivery)


def test_the_message_on_the_page_looks_like_ours() -> None:
    (shown,) = (found for found in map(json.loads, blocks("json")) if "revision" in found)
    at = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
    picks = Buttons(
        (
            Button("1", Action("pick", ("mAb3", "1")), reply="1"),
            Button("More times", Action("more", ("mAb3",)), reply="more"),
        )
    )
    title = line("host would like to meet", emphasis="strong")
    card = Card((title, line("1 · ", When(at)), picks), ("Europe/Berlin", "America/Sao_Paulo"))
    ours = wire(Message("m_9fK2", 3, ROOM, None, card), CODEC)
    assert ours["text"] == shown["text"]
    assert ours["card"]["body"][1]["text"] == shown["card"]["body"][1]["text"]
    assert [each["type"] for each in ours["card"]["body"]] == [e["type"] for e in shown["card"]["body"]]


def _schema_of(found: dict[str, Any]) -> str:
    kinds = {
        "actor": "Delivery",
        "message": "Callback",
        "replies": "Answer",
        "detail": "Problem",
        "revision": "Message",
    }
    return next(name for member, name in reversed(kinds.items()) if member in found)
