"""What whoever watches over the process is told, and how much of a body is read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.metrics import Metrics
from bot.pages import Pages
from bot.receipts import Receipts
from bot.server import Watch, application
from scheduling_core.chat_ports import Request, Response, Route
from scheduling_core.deliveries import Message
from tests.bot.town import Town


@dataclass(slots=True)
class Rooms:
    """A platform that hears, or does not, and keeps what is posted to it."""

    name: str
    hears: bool
    knows_repeats: bool = True
    bodies: list[bytes] = field(default_factory=list)

    def routes(self) -> Sequence[Route]:
        """See `ChatPlatform`."""
        return (Route("POST", f"/{self.name}", self._take, max_body_bytes=1000),)

    async def _take(self, request: Request) -> Response:
        self.bodies.append(request.body)
        return Response(413 if len(request.body) > 1000 else 204)

    async def start(self) -> None:
        """See `ChatPlatform`."""

    def is_listening(self) -> bool:
        """See `ChatPlatform`."""
        return self.hears

    async def show(self, message: Message, shown_as: str | None, path: str = "") -> str | None:
        """See `ChatPlatform`."""
        return shown_as

    async def stop(self) -> None:
        """See `ChatPlatform`."""

    async def close(self) -> None:
        """See `ChatPlatform`."""


def watch(*, is_stored: bool = True) -> Watch:
    """Nothing is ever wrong, unless said."""

    async def stored() -> bool:
        return is_stored

    async def nothing() -> bytes:
        return b""

    return Watch(stored, stored, nothing, Receipts(Metrics()))


@pytest.mark.parametrize(
    ("is_stored", "hears", "status"),
    [
        (True, True, "ok"),
        (True, False, "no connection to slack is open: nothing arrives from there"),
        (False, True, "the database does not answer or is not migrated"),
    ],
)
async def test_readiness_says_what_is_missing(town: Town, is_stored: bool, hears: bool, status: str) -> None:
    platforms = [Rooms("webhook", True), Rooms("slack", hears)]
    app = application(platforms, Pages(town.office), watch(is_stored=is_stored))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/readyz")
        assert (answer.status, await answer.json()) == (200 if status == "ok" else 503, {"status": status})


async def test_reading_stops_one_byte_above_the_limit_however_much_is_sent(town: Town) -> None:
    rooms = Rooms("webhook", True)
    async with TestServer(application([rooms], Pages(town.office), watch())) as server, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(server.host, server.port)
        # A body that is announced as a gigabyte and never ends: the answer must not wait for the rest.
        writer.write(
            b"POST /webhook HTTP/1.1\r\nhost: bot\r\ncontent-length: 1000000000\r\n\r\n" + b"x" * 200_000
        )
        assert (await reader.readline()).split()[1] == b"413"
        writer.close()
    assert [len(body) for body in rooms.bodies] == [1001]
