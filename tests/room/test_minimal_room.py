"""The room of at most 60 lines, written from the protocol's page alone, books through the real bot."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.adapters.webhook.harness import SECRET
from tests.ports import free_port
from tests.processes.harness import REPOSITORY, Bot

SOURCE = REPOSITORY / "examples" / "minimal_room.py"
ANSWERS_SECONDS = 20


@dataclass(slots=True)
class Terminal:
    """The room's process; `printed` is what its screen shows so far."""

    process: asyncio.subprocess.Process
    printed: list[str] = field(default_factory=list)

    async def types(self, line: str, *until: str) -> str:
        """Type a line, and read on until all of *until* was shown; returns what was shown since."""
        assert self.process.stdin
        assert self.process.stdout
        start = len(self.printed)
        self.process.stdin.write(line.encode() + b"\n")
        async with asyncio.timeout(ANSWERS_SECONDS):
            while not all(words in "".join(self.printed[start:]) for words in until):
                shown = await self.process.stdout.readline()
                assert shown, f"the room ended: {self.printed}"
                self.printed.append(shown.decode())
        return "".join(self.printed[start:])


@pytest.fixture
def room_port() -> int:
    """Where the room will listen."""
    return free_port()


@pytest.fixture
def bot_address(tmp_path: Path, room_port: int) -> Iterator[str]:
    """Host and port of a bot that is told of the room."""
    port = free_port()
    tenant = "PARLEY_CHAT__WEBHOOK__TENANTS__DEMO__"
    environment = {
        "PARLEY_DATA_DIR": str(tmp_path),
        "PARLEY_SERVER__PORT": str(port),
        "PARLEY_NETWORK__ALLOW_PRIVATE_ADDRESSES": "true",
        tenant + "SECRET": SECRET,
        tenant + "CALLBACK_URL": f"http://127.0.0.1:{room_port}/",
    }
    bot = Bot(environment, tmp_path, "serve").ready()
    yield f"127.0.0.1:{port}"
    bot.stop()
    assert not bot.faults()


@asynccontextmanager
async def terminal(bot_address: str, port: int) -> AsyncIterator[Terminal]:
    """The room's process; it ends with its input."""
    room = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", str(SOURCE), bot_address, "demo", str(port)),
        env=os.environ | {"ROOM_SECRET": SECRET},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # http.server logs each request there
    )
    assert room.stdin
    try:
        yield Terminal(room)
    finally:
        room.stdin.close()
        await room.wait()


async def test_host_and_guest_book_from_a_terminal(bot_address: str, room_port: int) -> None:
    async with terminal(bot_address, room_port) as room:
        assert "[for u-1]" in await room.types("host: /meet @guest 30 logo review", "“yes” for Send")
        assert "2 · " in await room.types(
            "host: yes", "[for everybody] @host would like to meet @guest", "Reply 1"
        )
        assert "[for u-2]" in await room.types("guest: 2", "“yes” for Confirm")
        await room.types("guest: yes", "[for u-2] ✅ Booked", "[for u-1] ✅ Booked", "[for everybody] ✅")


def test_it_is_no_longer_than_sixty_lines() -> None:
    assert len(SOURCE.read_text().splitlines()) <= 60
