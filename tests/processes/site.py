"""A whole installation: bot, rooms' server, mail server, database; and the people in its rooms."""

import http.client
import itertools
import json
import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

from standardwebhooks import Webhook

from tests.bot.town import Seen
from tests.ports import free_port
from tests.processes.callbacks import Callbacks, RoomServer, room_server
from tests.processes.harness import Bot
from tests.processes.letters import Post
from tests.processes.waiting import poll

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CROWD = 50
HTTP_SECONDS = 30

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a delivery as it came."""

    status: int
    body: bytes

    @property
    def json(self) -> Json:
        """What it says."""
        return dict(json.loads(self.body))


class Site:
    """See the module.

    Attributes:
        bot: the process that serves; a new one after `start`.
        environment: all that the bot is told.
        expected_faults: words that mark lines of the log which the test itself brings about.
    """

    def __init__(self, folder: Path, database: str, rooms: RoomServer, post: Post) -> None:
        self.folder = folder
        self.database = database
        self.rooms = rooms
        self.post = post
        self.port = free_port()
        self.bot: Bot
        self.others: list[Bot] = []
        self.expected_faults: tuple[str, ...] = ()
        self._workspaces = iter(rooms.tenants)
        self.environment = {
            "PARLEY_DATA_DIR": str(folder / "data"),
            "PARLEY_SERVER__PORT": str(self.port),
            "PARLEY_DATABASE__URL": database,
            "PARLEY_MAIL__URL": post.url,
            "PARLEY_NETWORK__ALLOW_PRIVATE_ADDRESSES": "true",
            # A busy machine is not a failure; late answers have their own tests.
            "PARLEY_CHAT__WEBHOOK__ANSWER_WITHIN_SECONDS": "10",
        }
        for name, callbacks in rooms.tenants.items():
            prefix = f"PARLEY_CHAT__WEBHOOK__TENANTS__{name.upper()}__"
            self.environment |= {
                prefix + "SECRET": callbacks.secret,
                prefix + "CALLBACK_URL": rooms.url(name),
            }

    def start(self, *options: str, module: str = "bot") -> "Site":
        """Start `serve`, again after `bot.kill()` or `bot.stop()`."""
        self.bot = Bot(self.environment, self.folder, "serve", *options, module=module)
        self.bot.ready()
        return self

    def run(self, *command: str, **changes: str) -> Bot:
        """Another process of the same installation."""
        self.others.append(Bot(self.environment | changes, self.folder, *command))
        return self.others[-1]

    def close(self) -> None:
        """End every process; none may have met a bug or reported an address."""
        bots = [*([self.bot] if hasattr(self, "bot") else []), *self.others]
        for bot in bots:
            bot.stop()
        faults = [line for bot in bots for line in bot.faults()]
        faults = [line for line in faults if not any(word in line for word in self.expected_faults)]
        assert not faults, "\n".join(faults)

    def workspace(self) -> "Workspace":
        """A tenant nobody has used yet, with people of its own."""
        return Workspace(self, next(self._workspaces))

    def get(self, path: str) -> Reply:
        """An unsigned GET."""
        return self.request("GET", path)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """One HTTP request on a connection of its own; headers as `webhook_id`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HTTP_SECONDS)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read())
        finally:
            connection.close()

    def settle(self) -> None:
        """Wait until nothing is left to do now."""
        poll(self._is_idle, lambda: (self.get("/metrics").body.decode(), self.bot.text))

    def _is_idle(self) -> bool:
        figures = self.get("/metrics").body.decode()
        waiting = re.findall(
            r'^(?:parley_jobs\{state="due"\}|parley_deliveries_pending) (\S+)$', figures, re.M
        )
        assert len(waiting) == 2, figures
        return all(float(number) == 0 for number in waiting)


class Workspace:
    """One tenant: its people, its rooms, its callbacks."""

    def __init__(self, site: Site, tenant: str) -> None:
        self.site = site
        self.tenant = tenant
        self.callbacks = site.rooms.tenants[tenant]
        zones = {"host": "Europe/Berlin", "guest": "America/Sao_Paulo", "second": "Asia/Kolkata"}
        others = (f"other{number}" for number in range(1, CROWD + 1))
        self.people: dict[str, Json] = {
            f"u-{number}": {
                "name": name,
                "zone": zones.get(name, "Europe/Berlin"),
                "email": f"{name}@{tenant}.example",
            }
            for number, name in enumerate((*zones, *others), start=1)
        }

    def member(self, person: str, room: str = "room-1") -> "Member":
        """Somebody at their own screen."""
        return Member(self, person, room)

    def crowd(self, room: str = "room-1") -> list["Member"]:
        """People of one zone, none of them the host."""
        return [self.member(person, room) for person in list(self.people)[-CROWD:]]

    def deliver(self, member: "Member", act: Json, webhook_id: str | None = None) -> Reply:
        """One signed request of the room."""
        profiles = [{"id": person, **profile} for person, profile in self.people.items()]
        body = json.dumps(
            {
                "room": {"id": member.room, "name": "Logo design", "thread": None, "members": profiles},
                "actor": {"id": member.id, **self.people[member.id]},
                **act,
            }
        ).encode()
        webhook_id, now = webhook_id or f"d-{uuid.uuid4()}", datetime.now(UTC)
        return self.site.request(
            "POST",
            f"/rooms/v1/{self.tenant}/deliveries",
            body,
            content_type="application/json",
            webhook_id=webhook_id,
            webhook_timestamp=str(int(now.timestamp())),
            webhook_signature=Webhook(self.callbacks.secret).sign(webhook_id, now, body.decode()),
        )

    def public(self, room: str = "room-1") -> list[Seen]:
        """What the whole room sees."""
        return [_seen(m) for m in self._messages(room) if m["audience"] == "room" and m["card"]]

    def private(self, person: str, room: str = "room-1") -> list[Json]:
        """What callbacks showed to one person."""
        return [m for m in self._messages(room) if m["actor"] == person]

    def _messages(self, room: str) -> list[Json]:
        changes = self.callbacks.messages().values()
        return [change["message"] for change in changes if change["room"]["id"] == room]

    def card(self, begins: str = "", room: str = "room-1") -> Seen:
        """The room's card with buttons, once it begins like this."""

        def found() -> Seen | None:
            cards = [seen for seen in self.public(room) if seen.titles and seen.text.startswith(begins)]
            return cards[-1] if cards else None

        seen = self.callbacks.until(found, lambda: (begins, self.public(room), self.site.bot.text))
        assert seen is not None
        return seen

    def settle(self) -> None:
        """Wait until nothing is left to do; no callback was wrong."""
        self.site.settle()
        assert not self.callbacks.complaints


class Member:
    """One person in one room."""

    def __init__(self, workspace: Workspace, person: str, room: str) -> None:
        self.workspace = workspace
        self.id = person
        self.room = room
        self._answers: list[Json] = []

    @property
    def email(self) -> str:
        """Where this person's mail goes."""
        return str(self.workspace.people[self.id]["email"])

    def types(self, text: str) -> Seen | None:
        """The command; returns the last private answer."""
        return self.read(self.workspace.deliver(self, {"type": "command", "text": text}))

    def presses(self, label: str, on: Seen | None = None, **inputs: str) -> Seen:
        """A button of *on*, or of the newest private answer that has it."""
        return self._must_see(self.workspace.deliver(self, self.press(label, on, **inputs)))

    def presses_at(self, place: int, on: Seen) -> Seen:
        """The button at *place* of *on*."""
        act = {"type": "action", "message_id": on.id, "data": {**on.actions()[place]["data"], **on.values()}}
        return self._must_see(self.workspace.deliver(self, act))

    def press(self, label: str, on: Seen | None = None, **inputs: str) -> Json:
        """What the room delivers for it."""
        seen = on or self._newest(label)
        data = {**seen.data(label), **seen.values(), **inputs}
        return {"type": "action", "message_id": seen.id, "data": data}

    def _newest(self, label: str) -> Seen:
        having = [seen for seen in map(_seen, self._answers) if label in seen.titles]
        assert having, f"no answer shows {label!r}: {[answer['text'] for answer in self._answers]}"
        return having[-1]

    def _must_see(self, reply: Reply) -> Seen:
        seen = self.read(reply)
        assert seen is not None, "no private answer came"
        return seen

    def read(self, reply: Reply) -> Seen | None:
        """The last private message of an answer."""
        assert reply.status == 200, reply.body
        replies = reply.json["replies"]
        assert all((each["audience"], each["actor"]) == ("actor", self.id) for each in replies)
        self._answers += [each for each in replies if each["card"]]
        return _seen(replies[-1]) if replies else None


def _seen(message: Json) -> Seen:
    return Seen(message["id"], message["revision"], message["text"], message["card"])


def at_once(*calls: Callable[[], Reply]) -> list[Reply]:
    """Make all calls at the same moment; their results in order."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Reply]) -> Reply:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@contextmanager
def open_site(
    folder: Path, database: str, *, tenants: int = 1, start: bool = True, mail: bool = True
) -> Iterator[Site]:
    """Rooms' server, mail server and (unless told otherwise) the bot; all ended afterwards.

    Args:
        tenants: how many workspaces there are, the first named `demo`.
        start: whether `serve` is started.
        mail: whether the mail server listens.
    """
    folder.mkdir(exist_ok=True)
    names = itertools.islice(itertools.chain(["demo"], (f"demo{n}" for n in itertools.count(2))), tenants)
    post = Post(free_port())
    with ExitStack() as stack:
        rooms = stack.enter_context(room_server({name: Callbacks(secret=SECRET) for name in names}))
        stack.callback(post.close)
        if mail:
            post.open()
        site = Site(folder, database, rooms, post)
        stack.callback(site.close)
        if start:
            site.start()
        yield site
