"""The town that outlives the bot: its people, rooms, mail server, database and clock; and the bot's process.

Deliveries are signed and go through the webhook adapter; callbacks are checked against the protocol by the
room. Only sockets and threads are left out, so that hundreds of stories are told in a minute.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from aiohttp import web

from adapters.chat.webhook import Tenant, WebhookRooms, WebhookSettings, build
from adapters.http import Http, Reply
from adapters.storage import Vault
from bot.dispatch import Dispatch
from bot.jobs import Jobs
from bot.limits import Limits
from bot.links import Links
from bot.metrics import Metrics
from bot.office import Office
from bot.settings import Settings
from scheduling_core.actions import ActionCodec
from scheduling_core.chat_ports import Request
from scheduling_core.errors import Unavailable
from scheduling_core.mail import OutgoingMail
from scheduling_core.ports import JobFunction, Store
from tests.adapters.webhook.harness import NOW as SIGNED_AT
from tests.adapters.webhook.harness import SECRET, FakeRoom, signed
from tests.bot.stories.inline_sqlite import InlineSqlite
from tests.bot.stories.mortal import Fate, MortalStore
from tests.bot.stories.repeating import RepeatableJobs
from tests.bot.town import Seen
from tests.fakes.jobs import TableJobs

Json = dict[str, Any]
VAULT = Vault([Vault.new_key()])
UID_KEY = b"a key of the uids"
TENANT = "demo"
CODEC = ActionCodec(b"a key of the tests")
PATIENCE_SECONDS = 60.0
HASTE_SECONDS = 1e-9
"""Too short for any answer; zero would ask for none, not even on a repeat."""
LINKS = Links("https://parley.example.org", Settings().join.template, b"a key of the links")
BEGINNING = SIGNED_AT + timedelta(minutes=1)
"""Tuesday, a minute past ten in Berlin."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One revision of a message as it once stood on somebody's screen.

    Attributes:
        reader: the one person who saw it, or None for the whole room.
    """

    room: str
    reader: str | None
    seen: Seen


@dataclass(slots=True)
class StoryRoom(FakeRoom):
    """The room's server; keeps every revision that was ever shown."""

    sheets: list[Sheet] = field(default_factory=list)
    bytes_for: list[tuple[str, str | None, bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """`POST /parley`."""
        response = await FakeRoom.handle(self, request)
        if response.status == 204:
            body = await request.read()
            change = json.loads(body)
            self.bytes_for.append((change["room"]["id"], change["message"]["actor"], body))
            self.keep(change["room"]["id"], change["message"])
        return response

    def keep(self, room: str, message: Json) -> None:
        """Somebody's screen shows it now."""
        if message["card"] is not None:
            seen = Seen(message["id"], message["revision"], message["text"], message["card"])
            self.sheets.append(Sheet(room, message["actor"], seen))


@dataclass(slots=True)
class StoryMail:
    """Keeps every mail once, in the order of arrival, as a mailbox that knows message ids does."""

    arrived: list[OutgoingMail] = field(default_factory=list)
    is_down: bool = False

    async def send(self, mail: OutgoingMail) -> None:
        """See `MailTransport`."""
        if self.is_down:
            raise Unavailable("451 come back later")
        if all(known.message_id != mail.message_id for known in self.arrived):
            self.arrived.append(mail)

    async def check(self) -> str:
        """See `MailTransport`."""
        return "mails are kept in memory"


@dataclass(frozen=True, slots=True)
class _Callback:
    """As much of a web request as the room reads."""

    headers: Mapping[str, str]
    body: bytes

    async def read(self) -> bytes:
        return self.body


class DirectHttp(Http):
    """Hands callbacks to the room without a socket."""

    def __init__(self, room: FakeRoom) -> None:
        self._clock = lambda: SIGNED_AT
        self._room = room

    async def exchange(self, method: str, url: str, **how: Any) -> Reply:
        """See `Http`."""
        response = await self._room.handle(cast(web.Request, _Callback(how["headers"], how["body"])))
        return Reply(response.status, {}, b"")


@dataclass(frozen=True, slots=True)
class Process:
    """One life of the bot.

    Attributes:
        patient: the door of rooms that wait for every answer.
        hasty: the door of rooms that wait for none.
    """

    fate: Fate
    store: Store
    office: Office
    patient: WebhookRooms
    hasty: WebhookRooms
    dispatch: Dispatch
    functions: Mapping[str, JobFunction]


class World:
    """See the module.

    Attributes:
        people: what rooms tell about them, by the rooms' own ids.
        meetings: the ids of all meetings that were ever begun.
        answers: the body that answered each delivery, by its id.
    """

    def __init__(
        self, sqlite: InlineSqlite, database: Path, people: Mapping[str, Json], first_id: int = 1
    ) -> None:
        self.sqlite = sqlite
        self.path = str(database)
        self.people = people
        self.now = BEGINNING
        self.room = StoryRoom()
        self.mail = StoryMail()
        self.jobs = TableJobs()
        self.rows = RepeatableJobs(self.path)
        self.meetings: list[str] = []
        self.answers: dict[str, Json] = {}
        self._ids = itertools.count(first_id)
        self._deliveries = itertools.count(first_id)
        self.process: Process

    def new_id(self, kind: str) -> str:
        """See `Office.new_id`."""
        made = f"{kind}{next(self._ids):06}"
        if kind == "i":
            self.meetings.append(made)
        return made

    def body(self, person: str, room: str, act: Json, members: list[str] | None = None) -> bytes:
        """A delivery of this person."""
        told = [{"id": p, **self.people[p]} for p in members] if members else None
        whole: Json = {
            "room": {"id": room, "name": "Logo design", "thread": None},
            "actor": {"id": person, **self.people.get(person, {"name": person})},
            **act,
        }
        if told:
            whole["room"]["members"] = told
        return json.dumps(whole).encode()

    def next_delivery(self) -> str:
        """A fresh `webhook-id`."""
        return f"d-{next(self._deliveries)}"

    async def deliver(self, delivery: str, body: bytes) -> Json | None:
        """One signed request; None when the process died over it.

        Returns:
            The body of the answer, which is always a 200.
        """
        headers = signed(body, delivery)
        path = f"/rooms/v1/{TENANT}/deliveries"
        door = self.process.hasty if self.process.fate.is_slow else self.process.patient
        (route,) = (route for route in door.routes() if route.method == "POST")
        try:
            response = await route.handle(Request("POST", path, headers, body, {"tenant": TENANT}))
        except asyncio.CancelledError:
            if not self.process.fate.is_dead:
                raise
            return None
        assert response.status == 200, (response.status, response.body)
        answer: Json = json.loads(response.body)
        self._show(json.loads(body)["room"]["id"], answer)
        self.answers[delivery] = answer
        return answer

    def _show(self, room: str, answer: Json) -> None:
        for reply in answer["replies"]:
            self.room.bytes_for.append((room, reply["actor"], json.dumps(reply, ensure_ascii=False).encode()))
            self.room.keep(room, reply)

    async def settle(self) -> None:
        """Do every job that is due; stops where the process dies."""
        try:
            await self.jobs.run_due(self.rows, self.now)
        except asyncio.CancelledError:
            if not self.process.fate.is_dead:
                raise
        assert not self.room.complaints, self.room.complaints

    def screen(self, person: str, room: str) -> list[Seen]:
        """What this person sees in this room now, what changed last at the end."""
        newest: dict[str, Seen] = {}
        for sheet in self.room.sheets:
            known = newest.get(sheet.seen.id)
            is_newest = known is None or sheet.seen.revision >= known.revision
            if is_newest and sheet.room == room and sheet.reader in (None, person):
                newest.pop(sheet.seen.id, None)
                newest[sheet.seen.id] = sheet.seen
        gone = {m for m, c in self.room.messages.items() if c["message"]["card"] is None}
        return [seen for seen in newest.values() if seen.id not in gone]

    def close(self) -> None:
        """Give the database back."""
        self.rows.close()


@asynccontextmanager
async def living(world: World, settings: Settings) -> AsyncIterator[Process]:
    """A process of the bot, from its start to its end."""
    fate = Fate()
    store = world.sqlite.open(world.path, VAULT, world.jobs.enqueue, lambda: world.new_id("p"))
    mortal = MortalStore(store, fate)
    office = Office(mortal, settings, LINKS, lambda: world.now, world.new_id, UID_KEY)
    try:
        async with asyncio.TaskGroup() as tasks:
            dispatch = Dispatch(office, tasks, Limits(100_000, 100_000), Metrics())
            patient, hasty = (
                _door(world, dispatch, seconds) for seconds in (PATIENCE_SECONDS, HASTE_SECONDS)
            )
            functions = Jobs(office, world.mail, {patient.name: patient}).functions()
            yield Process(fate, mortal, office, patient, hasty, dispatch, functions)
    finally:
        await store.close()


def _door(world: World, dispatch: Dispatch, patience_seconds: float) -> WebhookRooms:
    tenants = {TENANT: Tenant((SECRET,), "https://room.example.org/parley")}
    how = WebhookSettings(tenants, answer_within_seconds=patience_seconds)
    return build(how, dispatch, DirectHttp(world.room), CODEC, lambda: SIGNED_AT)


class Life:
    """Keeps a process alive between the steps of a story, which all run on one loop."""

    def __init__(self, world: World, settings: Settings) -> None:
        self._world = world
        self._settings = settings
        self._end = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Start the process; the world's deliveries and jobs are its own from now on."""
        begun = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._live(begun))
        await begun.wait()

    async def _live(self, begun: asyncio.Event) -> None:
        async with living(self._world, self._settings) as process:
            self._world.process = process
            self._world.jobs.functions = process.functions
            begun.set()
            await self._end.wait()

    async def end(self) -> None:
        """Wait for what runs, then end the process."""
        self._end.set()
        if self._task is not None:
            await self._task

    async def begin_again(self) -> None:
        """The process is gone; the next one does what was left behind."""
        world = self._world
        world.process.fate.is_dead = True
        await self.end()
        self._end = asyncio.Event()
        await self.begin()
        await world.process.dispatch.recover(everything=True)
        await self._recovered()

    async def _recovered(self) -> None:
        for _ in range(1000):
            async with self._world.process.store.read() as reading:
                if not await reading.pending_deliveries(datetime.max.replace(tzinfo=UTC)):
                    return
            await asyncio.sleep(0)
        raise AssertionError("a delivery stays pending after a restart")
