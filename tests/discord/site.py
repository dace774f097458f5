"""One installation: the bot as a process of its own, and the Discord that is played around it."""

import asyncio
import http.client
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.adapters.discord.harness import Discord, playing_discord
from tests.ports import free_port
from tests.processes.harness import Bot
from tests.processes.waiting import poll

Mode = Literal["http", "gateway"]
HTTP_SECONDS = 30
_WAITING = re.compile(r'^(?:parley_jobs\{state="due"\}|parley_deliveries_pending) (\S+)$', re.MULTILINE)


@dataclass(slots=True)
class Site:
    """See the module.

    Attributes:
        environment: all that the bot is told.
        expected_faults: words that mark lines of the log which a test itself brings about.
    """

    discord: Discord
    folder: Path
    mode: Mode
    environment: dict[str, str]
    port: int
    expected_faults: list[str] = field(default_factory=list)
    bots: list[Bot] = field(default_factory=list)

    @property
    def bot(self) -> Bot:
        """The process that serves now."""
        return self.bots[-1]

    async def start(self) -> None:
        """Start `serve`, again after `kill`; returns when it hears Discord."""
        bot = Bot(self.environment, self.folder, "serve")
        self.bots.append(bot)
        await asyncio.to_thread(bot.ready)
        await self.discord.until(lambda: self.discord.app.commands)
        if self.mode == "http":
            way = self.discord.over_http(f"http://127.0.0.1:{self.port}/discord/interactions")
            assert await way.verify() == []
        else:
            self.discord.over_gateway()
            await self.discord.until(lambda: self.discord.sessions)

    async def restart(self) -> None:
        """`kill -9`, and started again."""
        await asyncio.to_thread(self.bot.kill)
        await self.start()

    async def stop(self) -> None:
        """End it; none of the processes may have met a bug or reported an address."""
        await asyncio.to_thread(self.bot.stop)
        faults = [line for bot in self.bots for line in bot.faults()]
        faults = [line for line in faults if not any(word in line for word in self.expected_faults)]
        assert not faults, "\n".join(faults)

    async def settle(self) -> None:
        """Wait until nothing is left to do now."""
        await asyncio.to_thread(poll, self._is_idle, lambda: self.bot.text)

    def _is_idle(self) -> bool:
        waiting = _WAITING.findall(self._get("/metrics"))
        assert len(waiting) == 2
        return all(float(number) == 0 for number in waiting)

    def _get(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HTTP_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()


@asynccontextmanager
async def open_site(
    folder: Path, mode: Mode = "http", database: str = "", more: Mapping[str, str] | None = None
) -> AsyncIterator[Site]:
    """Discord and a running bot, both ended afterwards; nothing that Discord refuses may have been sent.

    Args:
        database: its address; a file in *folder* by default.
        more: variables, without `PARLEY_`.
    """
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    async with playing_discord() as discord:
        environment = _environment(discord, folder, mode)
        environment |= {"PARLEY_DATABASE__URL": database} if database else {}
        environment |= {f"PARLEY_{name}": value for name, value in (more or {}).items()}
        site = Site(discord, folder, mode, environment, int(environment["PARLEY_SERVER__PORT"]))
        await site.start()
        try:
            yield site
        finally:
            await site.stop()
        assert discord.violations == []


def _environment(discord: Discord, folder: Path, mode: Mode) -> dict[str, str]:
    app = discord.app
    known = {"TOKEN": app.token, "APPLICATION_ID": app.id, "MODE": mode, "API_BASE_URL": discord.api_base_url}
    known |= {"PUBLIC_KEY": app.public_key} if mode == "http" else {"GATEWAY_URL": discord.gateway_url}
    return {
        "PARLEY_DATA_DIR": str(folder / "data"),
        "PARLEY_SERVER__PORT": str(free_port()),
        # A test does in seconds what people do in an hour.
        "PARLEY_LIMITS__PERSON_PER_MINUTE": "3000",
        **{f"PARLEY_CHAT__DISCORD__{name}": value for name, value in known.items()},
    }
