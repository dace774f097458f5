"""What whoever watches over the process is told."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.metrics import Metrics
from bot.pages import Pages
from bot.receipts import Receipts
from bot.server import Watch, application
from scheduling_core.chat_ports import Route
from scheduling_core.deliveries import Message
from tests.bot.town import Town


@dataclass(slots=True)
class Rooms:
    """A platform that hears, or does not."""

    name: str
    hears: bool
    knows_repeats: bool = True

    def routes(self) -> Sequence[Route]:
        """See `ChatPlatform`."""
        return ()

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


@pytest.mark.parametrize(
    ("is_stored", "hears", "status"),
    [
        (True, True, "ok"),
        (True, False, "no connection to slack is open: nothing arrives from there"),
        (False, True, "the database does not answer or is not migrated"),
    ],
)
async def test_readiness_says_what_is_missing(town: Town, is_stored: bool, hears: bool, status: str) -> None:
    async def stored() -> bool:
        return is_stored

    async def nothing() -> bytes:
        return b""

    watch = Watch(stored, stored, nothing, Receipts(Metrics()))
    app = application([Rooms("webhook", True), Rooms("slack", hears)], Pages(town.office), watch)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/readyz")
        assert (answer.status, await answer.json()) == (200 if status == "ok" else 503, {"status": status})
