"""Processes that listen on the gateway, as the tests need them: impatient, and with what they heard."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.chat.discord.gateway import Gateway, Timing
from scheduling_core.ports import Store
from tests.adapters.discord.harness import Discord

HASTE = Timing(look=0.02, renew=0.1, lost_after=0.6, good_for=0.4, retry=0.02)


def now() -> datetime:
    """The real instant."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Heard:
    """What one process was told; it takes interactions as the bot does, by deferring."""

    discord: Discord
    names: list[str] = field(default_factory=list)
    payloads: list[Mapping[str, object]] = field(default_factory=list)
    done: int = 0
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, name: str, payload: Mapping[str, Any]) -> None:
        """Answer an interaction; wait, where a test says so."""
        self.names.append(name)
        self.payloads.append(payload)
        self.discord.touch()
        await self.goes_on.wait()
        self.done += 1
        if name == "INTERACTION_CREATE":
            url = f"{self.discord.api_base_url}/interactions/{payload['id']}/{payload['token']}/callback"
            async with self.discord.session.post(url, json={"type": 5, "data": {"flags": 64}}):
                pass


async def eventually(is_so: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for what the harness does not notice: a change on our side."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.01)


def gateway_of(discord: Discord, store: Store, heard: Heard, **about: Any) -> Gateway:
    """A gateway that looks every 20 ms and is lost after 0.6 s; *about* replaces arguments."""
    given: dict[str, Any] = {
        "token": discord.app.token,
        "api_base_url": discord.api_base_url,
        "gateway_url": discord.gateway_url,
        "shards": None,
        "store": store,
        "clock": now,
        "heard": heard.take,
        "timing": HASTE,
    }
    return Gateway(**given | about)


@asynccontextmanager
async def listening(discord: Discord, store: Store, **about: Any) -> AsyncIterator[tuple[Gateway, Heard]]:
    """A started one, stopped at the end."""
    heard = Heard(discord)
    heard.goes_on.set()
    gateway = gateway_of(discord, store, heard, **about)
    await gateway.start()
    try:
        yield gateway, heard
    finally:
        await gateway.stop()
