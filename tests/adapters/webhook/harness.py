"""A custom room's server that holds the bot to the protocol, and the platform wired to it.

The room signs and verifies with the `standardwebhooks` package, never with our code.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

from adapters.chat.webhook import Tenant, WebhookRooms, WebhookSettings, build
from adapters.http import Http
from scheduling_core.actions import ActionCodec
from scheduling_core.chat_ports import Request, Response
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.webhook.adaptive_cards import faults
from tests.contracts.chat import OnScreen, Outcome, RecordingInbox, Side, Trouble

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk"
CODEC = ActionCodec(b"a key of the tests")
WORKSPACE = WorkspaceRef("webhook", "demo")
ROOM = RoomRef(WORKSPACE, "room-1")
HOST = PersonRef(WORKSPACE, "u-1")
MESSAGE_KEYS = {"id", "revision", "audience", "actor", "text", "card"}

Json = dict[str, Any]


def a_delivery(**changes: Any) -> Json:
    """The command of the protocol's page; None takes a member away."""
    person = {
        "id": "u-1",
        "name": "host",
        "zone": "Europe/Berlin",
        "locale": "de-DE",
        "email": "host@example.com",
    }
    whole = {
        "type": "command",
        "room": {"id": "room-1", "name": "Logo design", "thread": None, "members": [person]},
        "actor": person,
        "text": "/meet @u-2 30 logo review",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def signed(body: bytes, webhook_id: str = "d-1", secret: str = SECRET, at: datetime = NOW) -> dict[str, str]:
    """Headers as a room sends them."""
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, at, body.decode()),
    }


@dataclass(slots=True)
class FakeRoom:
    """The room's side of the callbacks: 204 when all is right, 422 and a note when it is not.

    Attributes:
        messages: what the room has, by id, each in its highest revision.
        seen: every callback body by webhook-id.
        posts: how many callbacks came, repeats included.
        complaints: what was wrong with callbacks.
        status: answered instead, when set, with *headers*.
        refuses: audiences (`room`, `actor`) of messages it calls wrong, in its own words.
    """

    messages: dict[str, Json] = field(default_factory=dict)
    seen: dict[str, bytes] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    last_headers: dict[str, str] = field(default_factory=dict)

    async def handle(self, request: web.Request) -> web.Response:
        """`POST /parley`."""
        body = await request.read()
        self.last_headers = {name.lower(): value for name, value in request.headers.items()}
        if self.status:
            return web.Response(status=self.status, headers=self.headers, text="not now")
        if json.loads(body)["message"]["audience"] in self.refuses:
            return web.Response(status=422, text="Announcements are closed on Sundays.")
        complaints = list(self._complaints(body))
        self.complaints += complaints
        if complaints:
            return web.Response(status=422, text="; ".join(complaints))
        self._keep(json.loads(body))
        return web.Response(status=204)

    def _complaints(self, body: bytes) -> list[str]:
        webhook_id = self.last_headers["webhook-id"]
        if signed(body, webhook_id)["webhook-signature"] not in self.last_headers["webhook-signature"].split(
            " "
        ):
            return ["the signature does not fit"]
        if self.last_headers["content-type"] != "application/json":
            return ["not JSON"]
        if self.seen.setdefault(webhook_id, body) != body:
            return [f"{webhook_id} came before with another body"]
        self.posts.append(webhook_id)
        return _callback_faults(json.loads(body), self.messages)

    def _keep(self, change: Json) -> None:
        message = change["message"]
        known = self.messages.get(message["id"])
        if known is None or message["revision"] >= known["message"]["revision"]:
            self.messages[message["id"]] = change


def _callback_faults(change: Json, known: dict[str, Json]) -> list[str]:
    message = change["message"]
    found = [] if change.keys() == {"type", "room", "message"} else [f"members are {set(change)}"]
    found += [] if change["room"].keys() == {"id", "thread"} else ["the room is id and thread"]
    found += [] if message.keys() == MESSAGE_KEYS else [f"a message has {set(message)}"]
    if change["type"] == "message.deleted":
        return found + ([] if message["card"] is None else ["a deleted message has no card"])
    if change["type"] == "message.updated" and message["id"] not in known:
        found.append("updated before it was created")
    if (message["audience"] == "actor") != isinstance(message["actor"], str):
        found.append("a private message names its reader, a public one does not")
    return found + faults(message["card"])


@dataclass(slots=True)
class WebhookSide(Side):
    """`Side` for custom rooms."""

    platform: WebhookRooms
    inbox: RecordingInbox
    vendor: FakeRoom
    http: Http
    room: RoomRef = ROOM
    actor: PersonRef = HOST

    async def post(
        self, body: bytes, headers: dict[str, str] | None = None, tenant: str = "demo"
    ) -> tuple[Response, Json]:
        """POST a delivery as the server would hand it over."""
        (route,) = (route for route in self.platform.routes() if route.method == "POST")
        path = route.path.replace("{tenant}", tenant)
        request = Request("POST", path, headers or signed(body), body, {"tenant": tenant})
        response = await route.handle(request)
        return response, json.loads(response.body)

    async def deliver(self, delivery_id: str, **changes: Any) -> Outcome:
        """A delivery of the room, signed."""
        body = json.dumps(a_delivery(**changes)).encode()
        response, answer = await self.post(body, signed(body, delivery_id))
        replies = answer.get("replies", ())
        return Outcome(response.status == 200, tuple(reply["text"] for reply in replies))

    async def command(self, text: str, delivery_id: str = "d-1", *, signed: bool = True) -> Outcome:
        """A `command`; unsigned ones are signed with a secret that is not the tenant's."""
        if signed:
            return await self.deliver(delivery_id, text=text)
        body = json.dumps(a_delivery(text=text)).encode()
        response, _ = await self.post(body, _foreign(body, delivery_id))
        return Outcome(response.status == 200)

    async def say(self, text: str, reply_to: str | None = None, delivery_id: str = "d-1") -> Outcome:
        """A `text`."""
        return await self.deliver(delivery_id, type="text", text=text, reply_to=reply_to)

    async def press(
        self, message_id: str, label: str, inputs: dict[str, str], delivery_id: str = "d-1"
    ) -> Outcome:
        """An `action`: the button's data with the inputs merged in."""
        card = self.vendor.messages[message_id]["message"]["card"]
        (data,) = (a["data"] for a in _actions(card) if a["title"] == label)
        return await self._act(delivery_id, message_id, {**data, **inputs})

    async def press_forged(self, message_id: str, delivery_id: str = "d-1") -> Outcome:
        """An `action` with data of our form and a signature of nobody."""
        return await self._act(delivery_id, message_id, {"parley": "1.cancel.mAb3.AAAAAAAAAAAAAAAA"})

    async def _act(self, delivery_id: str, message_id: str, data: Json) -> Outcome:
        return await self.deliver(delivery_id, type="action", text=None, message_id=message_id, data=data)

    def screen(self, message_id: str) -> OnScreen | None:
        """What the room keeps."""
        change = self.vendor.messages.get(message_id)
        if change is None or change["type"] == "message.deleted":
            return None
        message = change["message"]
        reader = PersonRef(WORKSPACE, message["actor"]) if message["actor"] else None
        blocks = [each["text"] for each in message["card"]["body"] if each["type"] == "TextBlock"]
        titles = tuple(action["title"] for action in _actions(message["card"]))
        return OnScreen(reader, "\n".join(blocks), titles)

    def trouble(self, kind: Trouble | None) -> None:
        """Statuses a room's server may answer with."""
        self.vendor.status = {None: None, "unavailable": 500, "busy": 429, "gone": 410}[kind]
        self.vendor.headers = {"retry-after": "7"} if kind == "busy" else {}


def _foreign(body: bytes, delivery_id: str) -> dict[str, str]:
    return signed(body, delivery_id, secret=OLD_SECRET)


def _actions(card: Json) -> list[Json]:
    sets = (element for element in card["body"] if element["type"] == "ActionSet")
    return [action for group in sets for action in group["actions"]]


@asynccontextmanager
async def webhook_side(*, secrets: tuple[str, ...] = (SECRET,), **limits: Any) -> AsyncIterator[WebhookSide]:
    """The platform with one tenant, `demo`, whose room runs on a port of its own."""
    room = FakeRoom()
    app = web.Application()
    app.router.add_post("/parley", room.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    http = Http(lambda: NOW, allow_private_addresses=True)
    tenant = Tenant(secrets, str(server.make_url("/parley")))
    settings = WebhookSettings({"Demo": tenant, "quiet": Tenant(secrets)}, **limits)
    inbox = RecordingInbox()
    try:
        yield WebhookSide(build(settings, inbox, http, CODEC, lambda: NOW), inbox, room, http)
    finally:
        await http.close()
        await server.close()
