"""Requests of a room → deliveries or problems."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.webhook.inbound import MAX_BODY_BYTES, Sender, receive
from adapters.chat.webhook.problems import Problem
from adapters.chat.webhook.signature import signed_headers
from scheduling_core.actions import Action
from scheduling_core.deliveries import (
    Command,
    Delivery,
    ForgedPress,
    MembersTold,
    Press,
    Profile,
    RoomView,
    Said,
)
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.webhook.harness import CODEC, HOST, NOW, ROOM, SECRET, WORKSPACE, a_delivery, signed

SENDER = Sender("demo", (SECRET,))
PERSON: dict[str, Any] = {"id": "u-1", "name": "host"}


def read_bytes(body: bytes, webhook_id: str = "d-1") -> Delivery | Problem:
    return receive(signed(body, webhook_id), body, SENDER, CODEC, NOW)


def read(**changes: Any) -> Delivery:
    found = read_bytes(json.dumps(a_delivery(**changes)).encode())
    assert isinstance(found, Delivery), found
    return found


def refused(**changes: Any) -> Problem:
    found = read_bytes(json.dumps(a_delivery(**changes)).encode())
    assert isinstance(found, Problem), found
    return found


def pressed(data: Any) -> dict[str, Any]:
    return {"type": "action", "text": None, "message_id": "m_1", "data": data}


def test_the_delivery_of_the_protocols_page_is_read() -> None:
    body = json.dumps(a_delivery()).encode()
    host = Profile(HOST, "host", "Europe/Berlin", "de-DE", "host@example.com")
    assert read_bytes(body) == Delivery(
        id="d-1",
        digest=sha256(body).hexdigest(),
        actor=host,
        room=RoomView(ROOM, "Logo design", (host,)),
        act=Command("/meet @u-2 30 logo review"),
        received_at=NOW,
    )


def test_a_plain_message_may_answer_one_of_ours() -> None:
    assert read(type="text", text="2", reply_to="m_1").act == Said("2", "m_1")
    assert read(type="text", text="2").act == Said("2")


def test_the_rooms_people_are_told_as_a_whole() -> None:
    told = read(type="members", text=None)
    assert told.act == MembersTold()
    assert told.room.members
    assert refused(type="members", room={"id": "room-1"}).pointer == "/room/members"


def test_an_empty_list_of_people_is_not_the_same_as_none() -> None:
    assert read(room={"id": "r", "members": []}).room.members == ()
    assert read(room={"id": "r", "members": None}).room.members is None


def test_a_member_named_twice_counts_once_as_named_last() -> None:
    members = read(room={"id": "r", "members": [PERSON, {"id": "u-1", "name": "chair"}]}).room.members
    assert members == (Profile(HOST, "chair"),)


def test_a_thread_belongs_to_the_room() -> None:
    assert read(room={"id": "r", "thread": "t"}).room.ref == RoomRef(WORKSPACE, "r", "t")


def test_a_press_carries_its_action_and_the_form() -> None:
    action = Action("rules", ("u7",))
    data = {
        "parley": CODEC.encode(action, ROOM),
        "mon": " 9-12 ",
        "cap": 3,
        "buffer": 2.5,
        "agree": True,
        "none": None,
    }
    inputs = {"mon": " 9-12 ", "cap": "3", "buffer": "2.5", "agree": "true", "none": ""}
    assert read(**pressed(data)).act == Press("m_1", action, inputs)


def test_a_button_of_another_room_is_forged() -> None:
    elsewhere = RoomRef(WorkspaceRef("webhook", "other"), "room-1")
    assert read(**pressed({"parley": CODEC.encode(Action("x"), elsewhere)})).act == ForgedPress("m_1")
    assert read(**pressed({"parley": "ż" * 5000})).act == ForgedPress("m_1")


@pytest.mark.parametrize("told", [None, "", "Nowhere/Atlantis", "../etc/passwd", "europe/berlin", "x" * 3000])
def test_a_zone_that_means_nothing_is_not_told(told: str | None) -> None:
    assert read(actor={**PERSON, "zone": told}).actor.zone is None


@pytest.mark.parametrize(
    ("told", "locale"), [("de_DE", "de-DE"), ("zh-Hant-TW", "zh-Hant-TW"), ("!", None), ("", None)]
)
def test_a_locale_that_means_nothing_is_not_told(told: str, locale: str | None) -> None:
    assert read(actor={**PERSON, "locale": told}).actor.locale == locale


@pytest.mark.parametrize(
    "told", ["", "nobody", "a@b@c", "a b@example.com", "a@example.com\r\nBcc: b@example.com"]
)
def test_an_address_that_is_none_is_not_told(told: str) -> None:
    assert read(actor={**PERSON, "email": told}).actor.email is None


def test_names_lose_what_would_break_or_turn_a_line() -> None:
    assert read(actor={"id": "u-1", "name": " ho\tst\n\u202eevil "}).actor.name == "ho st evil"
    assert read(actor={"id": "u-1", "name": "שלום 👩‍🚀"}).actor.name == "שלום 👩‍🚀"


def test_a_person_without_a_visible_name_is_called_by_their_id() -> None:
    assert read(actor={"id": "u-1", "name": " \n "}).actor.name == "u-1"


def test_members_that_the_protocol_does_not_know_are_left_aside() -> None:
    assert read(mood="good", actor={**PERSON, "shoe_size": 43}).actor.ref == HOST


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"type": "dance"}, "/type"),
        ({"type": 7}, "/type"),
        ({"type": None}, "/type"),
        ({"text": None}, "/text"),
        ({"text": 5}, "/text"),
        ({"text": "a" * 4001}, "/text"),
        ({"text": "a\x00b"}, "/text"),
        ({"text": "a\ud800b"}, "/text"),
        ({"room": None}, "/room"),
        ({"room": "room-1"}, "/room"),
        ({"room": {}}, "/room/id"),
        ({"room": {"id": ""}}, "/room/id"),
        ({"room": {"id": "a\nb"}}, "/room/id"),
        ({"room": {"id": "a" * 129}}, "/room/id"),
        ({"room": {"id": 1}}, "/room/id"),
        ({"room": {"id": "r", "thread": 1}}, "/room/thread"),
        ({"room": {"id": "r", "name": "a" * 201}}, "/room/name"),
        ({"room": {"id": "r", "members": {}}}, "/room/members"),
        ({"room": {"id": "r", "members": [PERSON, 5]}}, "/room/members/1"),
        ({"room": {"id": "r", "members": [PERSON, {"id": "u-2"}]}}, "/room/members/1/name"),
        ({"actor": None}, "/actor"),
        ({"actor": {"name": "host"}}, "/actor/id"),
        ({"actor": {"id": "u-1", "name": ["host"]}}, "/actor/name"),
        ({"actor": {**PERSON, "zone": 1}}, "/actor/zone"),
        ({"actor": {**PERSON, "locale": {}}}, "/actor/locale"),
        ({"actor": {**PERSON, "email": ["a@example.com"]}}, "/actor/email"),
        ({"type": "text", "reply_to": 5}, "/reply_to"),
        ({"type": "action", "data": {"parley": "x"}}, "/message_id"),
        (pressed(None), "/data"),
        (pressed("parley"), "/data"),
        (pressed({}), "/data/parley"),
        (pressed({"parley": 5}), "/data/parley"),
        (pressed({"parley": "x", "a/b~c": []}), "/data/a~1b~0c"),
        (pressed({"parley": "x", "a\x00": "b"}), "/data/a\x00"),
    ],
)
def test_a_mistake_is_pointed_at(changes: dict[str, Any], pointer: str) -> None:
    changed = {**a_delivery(), **changes}
    body = json.dumps({name: value for name, value in changed.items() if value is not None}).encode()
    problem = read_bytes(body)
    assert isinstance(problem, Problem)
    assert (problem.status, problem.pointer) == (422, pointer)
    assert problem.detail.endswith(".")


def test_an_unknown_type_names_the_four() -> None:
    assert refused(type="dance").detail == "The type is one of command, action, text and members."


def test_a_room_has_at_most_a_thousand_members() -> None:
    many = [{"id": str(n), "name": ""} for n in range(1001)]
    assert read(room={"id": "r", "members": many[:1000]}).room.members
    assert refused(room={"id": "r", "members": many}).pointer == "/room/members"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"nonsense", b"[" * 60000, b'{"a": NaN}', b"[" + b"9" * 5000 + b"]"]
)
def test_what_is_not_json_is_refused_as_a_whole(body: bytes) -> None:
    problem = receive(signed_headers("d-1", body, [SECRET], NOW), body, SENDER, CODEC, NOW)
    assert isinstance(problem, Problem)
    assert (problem.status, problem.pointer) == (422, "")


@pytest.mark.parametrize(
    "body", [b'{"type": "text", "type": "command"}', b'{"x": [{"name": 1, "other": 2, "name": 1}]}']
)
def test_what_is_said_twice_is_refused(body: bytes) -> None:
    problem = read_bytes(body)
    assert isinstance(problem, Problem)
    assert (problem.status, problem.pointer) == (422, "")
    assert "stands twice" in problem.detail


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"5"])
def test_a_document_that_is_no_object_is_refused_as_a_whole(body: bytes) -> None:
    problem = read_bytes(body)
    assert isinstance(problem, Problem)
    assert (problem.status, problem.pointer) == (422, "")


def test_a_delivery_over_the_limit_is_refused_before_it_is_read() -> None:
    padded = json.dumps(a_delivery()).encode().ljust(MAX_BODY_BYTES)
    assert isinstance(read_bytes(padded), Delivery)
    problem = read_bytes(padded + b" ")
    assert isinstance(problem, Problem)
    assert problem.status == 413


def test_nothing_but_the_signature_is_told_to_a_stranger() -> None:
    problem = receive(signed(b"{}"), b"nonsense", SENDER, CODEC, NOW)
    assert isinstance(problem, Problem)
    assert (problem.status, problem.pointer) == (401, None)


@pytest.mark.parametrize(
    ("webhook_id", "fits"), [("x" * 256, True), ("x" * 257, False), ("a b", False), ("é", False)]
)
def test_a_webhook_id_is_short_and_printable(webhook_id: str, fits: bool) -> None:
    found = read_bytes(json.dumps(a_delivery()).encode(), webhook_id)
    assert isinstance(found, Delivery) == fits
    assert fits or (isinstance(found, Problem) and found.status == 422)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "room", "actor", "id", "name", "members", "text", "data"]), inner
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_document_makes_it_stumble(value: Any) -> None:
    found = read_bytes(json.dumps(value).encode())
    assert isinstance(found, Delivery | Problem)


def test_the_person_is_known_by_workspace_and_id() -> None:
    assert read(actor={"id": "u-9", "name": "guest"}).actor.ref == PersonRef(WORKSPACE, "u-9")
