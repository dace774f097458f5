"""Payloads after Discord's own, and the same filled in with what we put on the wire."""

import json
from pathlib import Path
from typing import Any

from adapters.chat.discord import inbound, render
from adapters.chat.discord.drafts import Draft
from adapters.chat.discord.names import custom_id
from adapters.chat.discord.payloads import App
from scheduling_core.actions import Action
from scheduling_core.cards import Block
from scheduling_core.refs import RoomRef
from tests.adapters.discord.cards import CODEC, PICK, ROOM, message

Json = dict[str, Any]
SAMPLES = Path(__file__).parent / "samples"
APP = App("1300000000000000001", "1300000000000000001", "/meet")


def sample(name: str) -> Json:
    found: Json = json.loads((SAMPLES / f"{name}.json").read_text())
    return found


def press(name: str, action: Action = PICK, room: RoomRef = ROOM, on: tuple[Block, ...] = ()) -> Json:
    """The press of a button, on a card with these blocks."""
    body = sample(name)
    body["data"]["custom_id"] = custom_id("p", "m1", CODEC.encode(action, room))
    if on:
        body["message"]["components"] = render.message(message(*on), CODEC)["components"]
    return body


def used(name: str, values: list[str], on: tuple[Block, ...] = ()) -> Json:
    """A choice in the select of this custom id."""
    body = press("choice", on=on)
    body["data"] |= {"custom_id": name, "values": values}
    return body


def command(*options: Json, name: str = "meet") -> Json:
    body = sample("command")
    body["data"] |= {"options": list(options), "name": name}
    return body


def option(name: str, value: object, kind: int = 3) -> Json:
    return {"type": kind, "name": name, "value": value}


def taken(body: Json) -> inbound.Taken:
    return inbound.interaction(body, CODEC, APP)


def draft(body: Json) -> Draft:
    found = taken(body).draft
    assert found is not None
    return found
