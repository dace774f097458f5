"""Payloads after Slack's own, and the same filled in with what we put on the wire."""

import json
from pathlib import Path
from typing import Any

from adapters.chat.slack.inbound import Draft
from adapters.chat.slack.names import Where, block_id, input_part
from scheduling_core.actions import Action, ActionCodec
from scheduling_core.refs import RoomRef, WorkspaceRef

Json = dict[str, Any]
SAMPLES = Path(__file__).parent / "samples"
CODEC = ActionCodec(b"a key of the tests")
TEAM = WorkspaceRef("slack", "T0FIRST01")
ROOM = RoomRef(TEAM, "C0DESIGN1")
PICK = Action("pick", ("iAb3", "2"))
URL = "https://hooks.slack.com/actions/T0FIRST01/943059145717/xEl65bpIwt34bx8HkKc5RvNc"


def sample(name: str) -> Json:
    found: Json = json.loads((SAMPLES / f"{name}.json").read_text())
    return found


def press(name: str, room: RoomRef = ROOM, block: str = "m1|4", action: Action = PICK) -> Json:
    body = sample(name)
    (pressed_one,) = body["actions"]
    pressed_one["block_id"] = block
    pressed_one.get("selected_option", pressed_one)["value"] = CODEC.encode(action, room)
    if "view" in body:
        body["view"]["private_metadata"] = str(Where("m1", room))
    return body


def draft(found: object) -> Draft:
    assert isinstance(found, Draft)
    return found


def state(**fields: Json) -> Json:
    return {
        "values": {
            block_id("m1", input_part(field, "a1b2c3")): {field: held} for field, held in fields.items()
        }
    }


def submission(where: Where | None) -> Json:
    body = sample("submission")
    body["view"]["private_metadata"] = str(where) if where else ""
    body["view"]["state"] = state(mon={"type": "plain_text_input", "value": "25:00"})
    return body
