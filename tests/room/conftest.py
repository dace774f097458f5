"""A room and a stand-in bot, both really listening, wired to each other."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio
from aiohttp import ClientSession, ClientTimeout, StreamReader, web

from examples.room.link import BotLink
from examples.room.mailbox import Mailbox
from examples.room.server import MessageRoom
from examples.room.store import Store
from tests.browser.chromium import browser
from tests.room.sample_cards import Json
from tests.room.scripted_bot import SECRET, ScriptedBot

__all__ = ["browser"]
PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)


@dataclass(slots=True)
class RunningRoom:
    """A room under test and the ways in: as a browser would, over HTTP."""

    url: str
    session: ClientSession
    bot: ScriptedBot
    data: Path
    runner: web.AppRunner

    async def say(self, person: str, text: str, **more: object) -> Json:
        """Somebody types a line."""
        return await self.post("say", {"as": person, "text": text, **more})

    async def press(self, person: str, message_id: str, data: object) -> Json:
        """Somebody presses a button."""
        return await self.post("press", {"as": person, "message_id": message_id, "data": data})

    async def post(self, path: str, body: Json) -> Json:
        """One act, under an id of its own unless the body has one."""
        whole = {"room": "room-1", "act": secrets.token_hex(8), **body}
        async with self.session.post(f"{self.url}/api/{path}", json=whole) as response:
            answer: Json = await response.json()
            return answer

    async def restart(self) -> None:
        """Stop the room and start it again at the same address, over the same file."""
        port = self.runner.addresses[0][1]
        await self.runner.cleanup()
        self.runner = await start_room(self.bot, self.data, port)

    @asynccontextmanager
    async def tab(self, person: str) -> AsyncIterator["Tab"]:
        """An open page of this person."""
        address = f"{self.url}/api/events?room=room-1&as={person}"
        async with self.session.get(address) as response:
            assert response.status == 200
            yield Tab(response.content)


@dataclass(slots=True)
class Tab:
    """Reads server-sent events and keeps what a page would show."""

    stream: StreamReader
    about: Json = field(default_factory=dict)
    messages: dict[str, Json] = field(default_factory=dict)

    async def until(self, claim: Callable[["Tab"], bool]) -> "Tab":
        """Read on until *claim* holds, 5 s at most."""
        async with asyncio.timeout(5):
            while not claim(self):
                self._take(await self.stream.readuntil(b"\n\n"))
        return self

    def _take(self, event: bytes) -> None:
        if event.startswith(b"retry"):
            return
        name, data = (line.split(": ", 1)[1] for line in event.decode().strip().split("\n"))
        content = json.loads(data)
        if name == "about":
            self.about = content
        for message in content["messages"] if name == "messages" else [content] if name == "message" else []:
            self.messages[message["id"]] = message
            if message["deleted"]:
                del self.messages[message["id"]]


async def start_room(bot: ScriptedBot, data: Path, port: int = 0) -> web.AppRunner:
    """A room over the file *data* that talks to *bot*, listening."""
    store = Store(data)
    link = BotLink(f"http://127.0.0.1:{bot.port}", "demo", [SECRET], PAUSES_SECONDS)
    runner = web.AppRunner(
        MessageRoom(store, link, Mailbox(data.parent / "mail")).application(), shutdown_timeout=0.2
    )
    runner.app.on_cleanup.append(_closing(store))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    bot.callback_url = f"http://127.0.0.1:{runner.addresses[0][1]}/parley"
    return runner


def _closing(store: Store) -> Callable[[web.Application], Awaitable[None]]:
    async def close(_app: web.Application) -> None:
        store.close()

    return close


@asynccontextmanager
async def running_room(bot: ScriptedBot, data: Path) -> AsyncIterator[RunningRoom]:
    """`start_room`, stopped in the end."""
    runner = await start_room(bot, data)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with ClientSession(timeout=ClientTimeout(total=20)) as session:
        room = RunningRoom(url, session, bot, data, runner)
        yield room
        await room.runner.cleanup()


@pytest_asyncio.fixture
async def bot() -> AsyncIterator[ScriptedBot]:
    """The stand-in bot, listening."""
    bot = ScriptedBot()
    await bot.start()
    yield bot
    await bot.stop()


@pytest_asyncio.fixture
async def room(bot: ScriptedBot, tmp_path: Path) -> AsyncIterator[RunningRoom]:
    """A fresh room."""
    async with running_room(bot, tmp_path / "room.sqlite") as room:
        yield room
