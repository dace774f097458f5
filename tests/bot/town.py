"""A whole town in one process: people in custom rooms, the bot, its database, its mail; time stands still
until the test moves it.

Everything on the wire is real: deliveries are signed and go through the webhook adapter, callbacks are HTTP
to a room that checks each one against the protocol. Only the job engine and the mail transport are fakes.
"""

import itertools
import json
from asyncio import TaskGroup
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.chat.webhook import Tenant, WebhookRooms, WebhookSettings, build
from adapters.chat.webhook.render import wire
from adapters.http import Http
from adapters.storage import Vault, open_store
from bot.dispatch import Dispatch
from bot.jobs import Jobs
from bot.limits import Limits
from bot.links import Links
from bot.metrics import Metrics
from bot.office import Office
from bot.settings import Settings
from scheduling_core.actions import ActionCodec
from scheduling_core.calendar_ports import CalendarProvider
from scheduling_core.chat_ports import Request
from scheduling_core.deliveries import Delivery, HomeOpened, Profile, RoomView
from scheduling_core.errors import ProviderError
from scheduling_core.mail import OutgoingMail
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.webhook.harness import NOW as SIGNED_AT
from tests.adapters.webhook.harness import SECRET, FakeRoom, signed
from tests.fakes.calendars import FakeCalendars
from tests.fakes.jobs import Database, TableJobs

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""Tue 24 Nov 2026, 10:00 in Berlin."""

CODEC = ActionCodec(b"a key of the tests")
PATIENCE_SECONDS = 30.0
"""Of rooms here: a busy machine makes no answer late."""

Json = dict[str, Any]
PEOPLE: dict[str, Json] = {
    "u-1": {"name": "host", "zone": "Europe/Berlin", "locale": "de-DE", "email": "host@example.org"},
    "u-2": {"name": "guest", "zone": "America/Sao_Paulo", "locale": "pt-BR", "email": "guest@example.net"},
    "u-3": {"name": "second", "zone": "Europe/Berlin", "locale": "en-GB", "email": "second@example.com"},
}


@dataclass(slots=True)
class FakeMail:
    """Keeps what was sent; raises *trouble* for an address that has some."""

    sent: list[OutgoingMail] = field(default_factory=list)
    trouble: dict[str, ProviderError] = field(default_factory=dict)

    async def send(self, mail: OutgoingMail) -> None:
        """See `MailTransport`; a repeat replaces the first, as a folder of files does."""
        if problem := self.trouble.get(mail.recipient.address):
            raise problem
        self.sent = [m for m in self.sent if m.message_id != mail.message_id] + [mail]

    async def check(self) -> str:
        """See `MailTransport`."""
        return "mails are kept in memory"

    def to(self, address: str) -> list[OutgoingMail]:
        """What one address got, oldest first."""
        return [mail for mail in self.sent if mail.recipient.address == address]


@dataclass(slots=True)
class Seen:
    """A message as somebody finds it on the screen."""

    id: str
    revision: int
    text: str
    card: Json

    @property
    def titles(self) -> list[str]:
        """The labels of its buttons and links."""
        return [action["title"] for action in self.actions()]

    def actions(self) -> list[Json]:
        """Its buttons and links, in reading order."""
        sets = (element for element in self.card["body"] if element["type"] == "ActionSet")
        return [action for group in sets for action in group["actions"]]

    def data(self, label: str) -> Json:
        """What a press of the button sends back."""
        found = [a["data"] for a in self.actions() if a["title"] == label and a["type"] == "Action.Submit"]
        assert found, f"no button {label!r} among {self.titles} on: {self.text}"
        return dict(found[0])

    def values(self) -> dict[str, str]:
        """What stands in its fields, as a renderer merges them in."""
        inputs = (element for element in self.card["body"] if element["type"].startswith("Input."))
        return {element["id"]: element.get("value", "") for element in inputs}

    def links(self) -> dict[str, str]:
        """Label → address of its links."""
        return {a["title"]: a["url"] for a in self.actions() if a["type"] == "Action.OpenUrl"}


class Member:
    """One person in one room: types, presses, and sees what the protocol shows them."""

    def __init__(self, town: "Town", person: str, room: str = "room-1", tenant: str = "demo") -> None:
        self.town = town
        self.id = person
        self.room = room
        self.tenant = tenant
        self.clicks = 0
        self._answers: dict[str, Json] = {}

    @property
    def email(self) -> str:
        """Where this person's mail goes."""
        return str(self.town.people[self.id]["email"])

    async def types(self, text: str) -> Seen | None:
        """The command; returns the last private answer."""
        return await self._deliver({"type": "command", "text": text})

    async def says(self, text: str, reply_to: str | None = None) -> Seen | None:
        """A plain message addressed to the bot."""
        return await self._deliver({"type": "text", "text": text, "reply_to": reply_to})

    async def presses(self, label: str, on: Seen | None = None, **inputs: str) -> Seen | None:
        """A button of *on*, or of the newest message that has it; counts as a click."""
        self.clicks += 1
        seen = on or self.find(label)
        data = {**seen.data(label), **seen.values(), **inputs}
        return await self._deliver({"type": "action", "message_id": seen.id, "data": data})

    async def presses_at(self, place: int, on: Seen, **inputs: str) -> Seen | None:
        """The button at *place* of *on*, where labels repeat (the same clock time on two days)."""
        self.clicks += 1
        data = {**on.actions()[place]["data"], **on.values(), **inputs}
        return await self._deliver({"type": "action", "message_id": on.id, "data": data})

    async def sends(self, data: Json, message_id: str = "m_x") -> Seen | None:
        """Raw action data, as a forger would."""
        return await self._deliver({"type": "action", "message_id": message_id, "data": data})

    async def opens_home(self) -> Seen | None:
        """The bot's own page, as platforms that have one tell of it; custom rooms have none."""
        return await self._receive(await self.town.open_home(self))

    async def _deliver(self, act: Json) -> Seen | None:
        status, answer = await self.town.deliver(self, act)
        assert status == 200, answer
        return await self._receive(answer["replies"])

    async def _receive(self, replies: list[Json]) -> Seen | None:
        for reply in replies:
            assert (reply["audience"], reply["actor"]) == ("actor", self.id)
            self._answers[reply["id"]] = reply
        await self.town.settle()
        return self.message(replies[-1]["id"]) if replies else None

    def message(self, message_id: str) -> Seen | None:
        """A message on this person's screen."""
        return next((seen for seen in self.screen() if seen.id == message_id), None)

    def screen(self) -> list[Seen]:
        """Everything this person sees, oldest first."""
        newest: dict[str, Json] = {}
        for message in (*self.town.callbacks_for(self), *self._answers.values()):
            known = newest.get(message["id"])
            if known is None or message["revision"] >= known["revision"]:
                newest[message["id"]] = message
        return [
            Seen(m["id"], m["revision"], m["text"], m["card"])
            for m in newest.values()
            if m["card"] is not None
        ]

    def find(self, label: str) -> Seen:
        """The newest message with this button: private ones first, as the page shows them last."""
        having = [seen for seen in self.screen() if label in seen.titles]
        assert having, f"nobody shows {label!r}: {[seen.titles for seen in self.screen()]}"
        return having[-1]


class Town:
    """See the module."""

    def __init__(
        self,
        office: Office,
        inbox: Dispatch,
        rooms: WebhookRooms,
        room: FakeRoom,
        mail: FakeMail,
        calendars: FakeCalendars,
        providers: dict[str, CalendarProvider],
    ) -> None:
        self.office = office
        self.inbox = inbox
        self.mail = mail
        self.calendars = calendars
        self.providers = providers
        self.vendor = room
        self.now = TUESDAY
        self._rooms = rooms
        self._ids = itertools.count(1)
        self.jobs: TableJobs
        self.database: Database
        self.people = {person: dict(profile) for person, profile in PEOPLE.items()}
        self.members: dict[str, list[str]] = {"room-1": list(PEOPLE)}

    def member(self, person: str, room: str = "room-1", tenant: str = "demo") -> Member:
        """Somebody at their own screen."""
        return Member(self, person, room, tenant)

    async def deliver(
        self, member: Member, act: Json, *, webhook_id: str | None = None, tell_members: bool = True
    ) -> tuple[int, Json]:
        """One signed request; returns status and body."""
        people = self.members.get(member.room, [])
        profiles = [{"id": p, **self.people[p]} for p in people] if tell_members else None
        body: Json = {
            "room": {"id": member.room, "name": "Logo design", "thread": None, "members": profiles},
            "actor": {"id": member.id, **self.people.get(member.id, {"name": member.id})},
            **act,
        }
        raw = json.dumps(body).encode()
        headers = signed(raw, webhook_id or f"d-{next(self._ids)}")
        path, match = f"/rooms/v1/{member.tenant}/deliveries", {"tenant": member.tenant}
        request = Request("POST", path, headers, raw, match)
        (route,) = (route for route in self._rooms.routes() if route.method == "POST")
        response = await route.handle(request)
        return response.status, json.loads(response.body)

    async def open_home(self, member: Member) -> list[Json]:
        """The replies to one who looks at the bot's own page, which is then the room, in wire form."""
        workspace, told = WorkspaceRef("webhook", member.tenant), self.people[member.id]
        profile = Profile(PersonRef(workspace, member.id), told["name"], told.get("zone"))
        view = RoomView(RoomRef(workspace, member.room))
        delivery = Delivery(f"d-{next(self._ids)}", "", profile, view, HomeOpened(), self.now)
        answer = await self.inbox.put(delivery, PATIENCE_SECONDS)
        assert answer is not None
        return [wire(message, CODEC) for message in answer.replies]

    async def settle(self) -> None:
        """Do every job that is due; where nothing fails, each revision of a message is shown once."""
        await self.jobs.run_due(self.database, self.now)
        assert not self.vendor.complaints, self.vendor.complaints
        shown = Counter(post.rpartition("-")[0] for post in self.vendor.posts)
        assert not [revision for revision, times in shown.items() if times > 1]

    async def passes(self, time: timedelta) -> None:
        """Let time pass, and do what becomes due."""
        self.now += time
        await self.settle()

    def callbacks_for(self, member: Member) -> list[Json]:
        """The messages of the room that this person may see, in the order they were first shown."""
        here = (c for c in self.vendor.messages.values() if c["room"]["id"] == member.room)
        return [c["message"] for c in here if c["message"]["actor"] in (None, member.id)]

    def public(self, room: str = "room-1") -> list[Seen]:
        """What the whole room sees."""
        here = [c["message"] for c in self.vendor.messages.values() if c["room"]["id"] == room]
        return [
            Seen(m["id"], m["revision"], m["text"], m["card"])
            for m in here
            if m["audience"] == "room" and m["card"] is not None
        ]

    def card(self, room: str = "room-1") -> Seen:
        """The newest public message with buttons."""
        return [seen for seen in self.public(room) if seen.titles][-1]


@asynccontextmanager
async def open_town(database: Path, **changes: Any) -> AsyncIterator[Town]:
    """A town over a migrated SQLite file."""
    room = FakeRoom()
    server = TestServer(_room_app(room), host="127.0.0.1")
    await server.start_server()
    jobs, mail = TableJobs(), FakeMail()
    store = open_store(f"sqlite:///{database}", vault=Vault([Vault.new_key()]), enqueue=jobs.enqueue)
    settings = Settings.model_validate(changes)
    town: Town
    calendars = FakeCalendars()
    providers: dict[str, CalendarProvider] = {calendars.name: calendars}
    ids = itertools.count(1)
    office = Office(
        store,
        settings,
        Links("https://parley.example.org", settings.join.template, b"a key of the links"),
        lambda: town.now,
        lambda kind: f"{kind}{next(ids):06}",
        b"a key of the uids",
        providers,
    )
    http = Http(lambda: SIGNED_AT, allow_private_addresses=True)
    rows = Database(str(database))
    try:
        async with TaskGroup() as tasks:
            dispatch = Dispatch(office, tasks, Limits(100_000, 100_000), Metrics())
            callback_url = str(server.make_url("/parley"))
            tenants = {name: Tenant((SECRET,), callback_url) for name in ("demo", "other")}
            rooms = build(
                WebhookSettings(tenants, answer_within_seconds=PATIENCE_SECONDS),
                dispatch,
                http,
                CODEC,
                lambda: SIGNED_AT,
            )
            town = Town(office, dispatch, rooms, room, mail, calendars, providers)
            town.jobs, town.database = jobs, rows
            jobs.functions = Jobs(office, mail, {rooms.name: rooms}).functions()
            yield town
    finally:
        rows.close()
        await http.close()
        await store.close()
        await server.close()


def _room_app(room: FakeRoom) -> web.Application:
    app = web.Application()
    app.router.add_post("/parley", room.handle)
    return app
