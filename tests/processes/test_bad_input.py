"""Whatever comes in, through the real server: a clear answer that says what to do, and nothing half done."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes.conftest import Databases
from tests.processes.databases import scalar
from tests.processes.site import Site, open_site
from tests.processes.wire import DOOR, Answer, Wire, post, signed

Json = dict[str, Any]
HOST = {"id": "u-1", "name": "host", "zone": "Europe/Berlin", "email": "host@demo.example"}
GUEST = {"id": "u-2", "name": "guest", "zone": "America/Sao_Paulo", "email": "guest@demo.example"}


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation for this module; `Site.close` finds every fault it logged."""
    with (
        databases.fresh() as url,
        open_site(tmp_path_factory.mktemp("bad") / "site", url, start=False) as site,
    ):
        site.environment |= {"PARLEY_LIMITS__PERSON_PER_MINUTE": "100000"}
        yield site.start()


@pytest.fixture
def unchanged(site: Site) -> Iterator[None]:
    """Holds the test to it that nothing was recorded."""
    before = recorded(site)
    yield
    assert recorded(site) == before


def recorded(site: Site) -> list[int]:
    tables = ("deliveries", "persons", "rooms", "meetings")
    return [int(scalar(site.database, f"SELECT count(*) FROM {table}")) for table in tables]


def a_body(**changes: Any) -> bytes:
    whole = {
        "type": "command",
        "room": {"id": "room-1", "name": "Logo design", "members": [HOST, GUEST]},
        "actor": HOST,
        "text": "/meet help",
        **changes,
    }
    return json.dumps(whole).encode()


BODY = a_body()
OTHER_SECRET = "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk"
FORM = b"type=command&text=%2Fmeet+help"
STRANGE_HEADERS: dict[str, dict[str, str]] = {
    "unsigned": {"content-type": "application/json"},
    "signed with another secret": signed(BODY, secret=OTHER_SECRET),
    "a signature over another body": signed(BODY + b" "),
    "a signature that is no base64": {**signed(BODY), "webhook-signature": "v1,\xff"},
    "a time that is none": {**signed(BODY), "webhook-timestamp": "yesterday"},
    "an id of no letters": {**signed(BODY), "webhook-id": "\xe9"},
}
NOT_A_DELIVERY: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", ""),
    "not JSON": (b"/meet help", ""),
    "a form": (FORM, ""),
    "UTF-16": (BODY.decode().encode("utf-16"), ""),
    "packed": (gzip.compress(BODY), ""),
    "NaN": (b'{"type": NaN}', ""),
    "a list": (b"[]", ""),
    "a bomb of lists": (b"[" * 65536, ""),
    "a bomb of objects": (b'{"a":' * 13_000, ""),
    "a number without end": (b'{"type": ' + b"9" * 60_000 + b"}", ""),
    "a name that stands twice": (BODY[:-1] + b', "type": "text"}', ""),
    "an unknown type": (a_body(type="knock"), "/type"),
    "a type that is no text": (a_body(type=["command"]), "/type"),
    "no actor": (a_body(actor=None), "/actor"),
    "a person without a name": (a_body(actor={"id": "u-1"}), "/actor/name"),
    "a person without an id": (a_body(actor={"id": "", "name": "host"}), "/actor/id"),
    "a NUL in the text": (a_body(text="/meet \x00"), "/text"),
    "a lone surrogate in the text": (a_body(text="/meet \ud800"), "/text"),
    "half an emoji in a name": (a_body(actor={**HOST, "name": "\ud83d"}), "/actor/name"),
    "a NUL in an address": (a_body(actor={**HOST, "email": "a\x00@b.example"}), "/actor/email"),
    "a NUL in a zone": (a_body(actor={**HOST, "zone": "\x00"}), "/actor/zone"),
    "a NUL in the room's id": (a_body(room={"id": "r\x00"}), "/room/id"),
    "a surrogate in the room's name": (a_body(room={"id": "r", "name": "\udfff"}), "/room/name"),
    "a NUL in a thread": (a_body(room={"id": "r", "thread": "\x00"}), "/room/thread"),
    "a NUL in a member": (
        a_body(room={"id": "r", "members": [{"id": "u\x00", "name": ""}]}),
        "/room/members/0/id",
    ),
    "a NUL in what is replied to": (a_body(type="text", reply_to="\x00"), "/reply_to"),
    "a NUL in a button": (a_body(type="action", message_id="m", data={"parley": "\x00"}), "/data/parley"),
    "a surrogate in a field": (
        a_body(type="action", message_id="m", data={"parley": "x", "mon": "\udc00"}),
        "/data/mon",
    ),
    "a NUL in a field's name": (
        a_body(type="action", message_id="m", data={"parley": "x", "a\x00": "9"}),
        "/data/a\x00",
    ),
    "a list in a field": (
        a_body(type="action", message_id="m", data={"parley": "x", "mon": []}),
        "/data/mon",
    ),
    "a text of 4001 letters": (a_body(text="/meet " + "x" * 3995), "/text"),
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("headers", STRANGE_HEADERS.values(), ids=STRANGE_HEADERS)
def test_what_the_room_did_not_sign_is_refused(site: Site, headers: dict[str, str]) -> None:
    answer = post(site, BODY, headers)
    assert answer.status == 401
    assert "webhook-timestamp" in answer.problem["detail"]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("seconds_off", [-330, 330])
def test_a_stale_or_future_signature_is_refused(site: Site, seconds_off: float) -> None:
    answer = post(site, BODY, signed(BODY, seconds_off=seconds_off))
    assert answer.status == 401
    assert "clock" in answer.problem["detail"]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("tenant", ["nobody", "demo%00", "%ED%A0%80", "d" * 5000, "demo%2Fdeliveries"])
def test_a_tenant_that_is_none_is_told_so(site: Site, tenant: str) -> None:
    answer = post(site, BODY, path=DOOR.replace("demo", tenant))
    assert answer.status == 404
    assert "operator" in answer.problem["detail"]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("body", "pointer"), NOT_A_DELIVERY.values(), ids=NOT_A_DELIVERY)
def test_what_is_no_delivery_is_pointed_at(site: Site, body: bytes, pointer: str) -> None:
    answer = post(site, body)
    assert answer.status == 422
    assert answer.problem["pointer"] == pointer


@pytest.mark.usefixtures("unchanged")
def test_a_webhook_id_that_is_too_long_is_refused(site: Site) -> None:
    answer = post(site, BODY, signed(BODY, "w" * 257))
    assert answer.status == 422
    assert "webhook-id" in answer.problem["detail"]


@pytest.mark.usefixtures("unchanged")
def test_too_large_is_the_same_answer_however_it_comes(site: Site) -> None:
    large = b" " * 65537
    with_length = post(site, large)
    assert with_length.status == 413
    assert "65536" in with_length.problem["detail"]
    assert post(site, large, {}).body == with_length.body
    assert in_chunks(site, large, 4096).body == with_length.body
    assert in_chunks(site, large * 8, 65536).body == with_length.body


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_told_what_to_send(site: Site, method: str) -> None:
    with Wire(site) as wire:
        answer = wire.begin(method, DOOR, {**signed(BODY), "content-length": "0"}).answer()
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        assert "POST" in answer.problem["detail"]


@pytest.mark.usefixtures("unchanged")
def test_a_connection_lost_in_the_body_leaves_nothing(site: Site) -> None:
    head = {**signed(BODY), "content-length": str(len(BODY))}
    with Wire(site) as wire:
        wire.begin("POST", DOOR, head).send(BODY[:-1])
    with Wire(site) as wire:
        wire.begin("POST", DOOR, {**signed(BODY), "transfer-encoding": "chunked"}).chunk(BODY)
    # A later request is answered after the earlier ones were noticed.
    assert site.get("/healthz").status == 200


@pytest.mark.usefixtures("unchanged")
def test_what_is_no_http_is_refused_and_not_written_down(site: Site) -> None:
    with Wire(site) as wire:
        assert wire.begin("POST", DOOR, {**signed(BODY), "x": "\x00"}).answer().status == 400
    with Wire(site) as wire:
        head = {**signed(BODY), "transfer-encoding": "chunked"}
        assert wire.begin("POST", DOOR, head, BODY).answer().status == 400


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_compressed_body_is_no_json(site: Site, encoding: str) -> None:
    for body in (b"garbage", gzip.compress(BODY)):
        answer = post(site, body, {**signed(body), "content-encoding": encoding})
        assert (answer.status, answer.problem["pointer"]) == (422, "")


def test_a_body_in_pieces_and_without_a_length_is_taken(site: Site) -> None:
    assert "meet" in in_chunks(site, BODY, 10).private_text


def test_a_body_that_comes_slowly_is_taken(site: Site) -> None:
    head = {**signed(BODY), "content-length": str(len(BODY))}
    with Wire(site) as first, Wire(site) as second:
        first.begin("POST", DOOR, head).send(BODY[:20])
        assert "meet" in second.begin("POST", DOOR, head | signed(BODY)).send(BODY).answer().private_text
        assert "meet" in first.send(BODY[20:]).answer().private_text


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense", ""])
def test_the_content_type_changes_nothing(site: Site, content_type: str) -> None:
    assert "meet" in post(site, BODY, {**signed(BODY), "content-type": content_type}).private_text


def test_a_repeat_is_the_same_answer_and_another_body_under_its_id_is_refused(site: Site) -> None:
    first = post(site, BODY, signed(BODY, "again"))
    before = recorded(site)
    assert post(site, BODY, signed(BODY, "again")).body == first.body
    other = a_body(text="/meet settings")
    refused = post(site, other, signed(other, "again"))
    assert refused.status == 409
    assert "webhook-id" in refused.problem["detail"]
    assert recorded(site) == before


FORGED = [
    "1.cancel.mAb3.AAAAAAAAAAAAAAAA",
    "",
    ".",
    "1..",
    "2.menu.AAAAAAAAAAAAAAAA",
    "é.é.é",
    "x" * 3000,
    "\u202e",
]


@pytest.mark.parametrize("carried", FORGED)
def test_a_button_that_was_made_up_is_answered_in_private(site: Site, carried: str) -> None:
    answer = press(site, "room-1", {"parley": carried})
    assert "button" in answer.private_text


def test_a_button_of_another_room_is_answered_in_private(site: Site) -> None:
    shown = json.loads(post(site, a_body(text="/meet settings")).body)["replies"][0]["card"]
    (save,) = [
        a for e in shown["body"] if e["type"] == "ActionSet" for a in e["actions"] if a["title"] == "Save"
    ]
    assert "button" in press(site, "room-2", save["data"]).private_text
    # In its own room the same is a press, if one without the form's values.
    assert "button" not in press(site, "room-1", save["data"]).private_text


ODD = [
    "\u202eright to left",
    "👩‍👩‍👧‍👦 🇩🇪",
    "\x01\x1b[31m\x7f\x85",
    "\u2028\u2029\ufeff\uffff\U0010ffff",
    "<b>**bold**</b> {{DATE(2026-11-26T12:00:00Z)}} [x](http://example.com)",
    "'; DROP TABLE meetings; --",
    "%s %d {0} \\x00 \\u0000",
    "e" + "\u0301" * 500,
    "x" * 3900,
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("act", ["/meet @guest 30 {}", "/meet {}", "/meet @{} 30", "{}"])
def test_whatever_somebody_types_is_answered(site: Site, act: str, odd: str) -> None:
    kind = "command" if act.startswith("/") else "text"
    answer = post(site, a_body(type=kind, text=act.format(odd)))
    assert "went wrong" not in answer.private_text


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_people_and_odd_rooms_are_taken(site: Site, odd: str) -> None:
    actor = {**HOST, "name": odd[:200], "zone": odd[:200], "locale": odd[:200], "email": odd[:200]}
    room = {"id": "room-3", "name": odd[:200], "members": [actor, {**GUEST, "name": odd[:200]}]}
    assert "meet" in post(site, a_body(actor=actor, room=room)).private_text


def press(site: Site, room: str, data: Json) -> Answer:
    room_of_two = {"id": room, "members": [HOST, GUEST]}
    return post(site, a_body(type="action", room=room_of_two, text=None, message_id="m_1", data=data))


def in_chunks(site: Site, body: bytes, size: int) -> Answer:
    """A signed delivery that does not say how long it is."""
    with Wire(site) as wire:
        wire.begin("POST", DOOR, {**signed(body), "transfer-encoding": "chunked"})
        for start in range(0, len(body), size):
            wire.chunk(body[start : start + size])
        return wire.chunk(b"").answer()
