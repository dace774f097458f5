"""One installation: the bot as a process of its own, and the Slack that is played around it."""

import asyncio
import email
import email.policy
import http.client
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from tests.adapters.slack.harness import Slack, playing_slack
from tests.adapters.slack.workspace import Team
from tests.ports import free_port
from tests.processes.harness import Bot
from tests.processes.waiting import poll

Mode = Literal["http", "socket"]
HTTP_SECONDS = 30
_WAITING = re.compile(r'^(?:parley_jobs\{state="due"\}|parley_deliveries_pending) (\S+)$', re.MULTILINE)


@dataclass(slots=True)
class Site:
    """See the module.

    Attributes:
        environment: all that the bot is told.
        expected_faults: words that mark lines of the log which a test itself brings about.
    """

    slack: Slack
    folder: Path
    mode: Mode
    environment: dict[str, str]
    port: int
    expected_faults: list[str] = field(default_factory=list)
    bots: list[Bot] = field(default_factory=list)
    _workspaces: int = 0

    @property
    def bot(self) -> Bot:
        """The process that serves now."""
        return self.bots[-1]

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, **changes: str) -> None:
        """Start `serve`, again after `kill`; returns when it hears Slack."""
        bot = Bot(self.environment | changes, self.folder, "serve")
        self.bots.append(bot)
        await asyncio.to_thread(bot.ready)
        if self.mode == "http":
            self.slack.over_http(f"{self.url}/slack/events")
        else:
            self.slack.over_sockets()
            await self.slack.until(lambda: self.slack.sockets.connections)

    async def kill(self) -> None:
        """`kill -9`."""
        await asyncio.to_thread(self.bot.kill)
        await self.slack.until(lambda: not self.slack.sockets.connections)

    async def restart(self) -> None:
        """`kill -9`, and started again."""
        await self.kill()
        await self.start()

    async def stop(self) -> None:
        """End it; none of the processes may have met a bug or reported an address."""
        await asyncio.to_thread(self.bot.stop)
        faults = [line for bot in self.bots for line in bot.faults()]
        faults = [line for line in faults if not any(word in line for word in self.expected_faults)]
        assert not faults, "\n".join(faults)

    async def workspace(self) -> Team:
        """One more workspace that installed the bot, nobody in it."""
        self._workspaces += 1
        number = f"{self._workspaces:02}"
        team = self.slack.add_team(f"T0NEW{number}", f"new{number}", is_installed=False)
        await self.install(team)
        return team

    async def install(self, team: Team) -> None:
        """Somebody walks through the pages that install it."""
        owner = self.slack.add_person(team, f"U{team.id[1:]}OWNER", "owner")
        visit = await self.slack.install(team, owner, f"{self.url}/slack/install")
        assert visit.status == 200, visit.text
        assert f"Parley is in {team.domain}" in visit.text

    def letters(self, address: str) -> list[EmailMessage]:
        """The mails to an address, oldest first."""
        files = sorted((self.folder / "data" / "mail").glob("*.eml"))
        read = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
        return [one for one in read if isinstance(one, EmailMessage) and address in str(one["To"])]

    async def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        return await asyncio.to_thread(self._get, path)

    async def settle(self) -> None:
        """Wait until nothing is left to do now."""
        await asyncio.to_thread(poll, self._is_idle, lambda: self.bot.text)

    def _is_idle(self) -> bool:
        waiting = _WAITING.findall(self._get("/metrics")[1])
        assert len(waiting) == 2
        return all(float(number) == 0 for number in waiting)

    def _get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HTTP_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@asynccontextmanager
async def open_site(
    folder: Path,
    mode: Mode = "http",
    *,
    by_token: bool = False,
    database: str = "",
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Site]:
    """Slack and a running bot, both ended afterwards; nothing that Slack refuses may have been sent.

    Args:
        by_token: the first workspace's token is configured; else workspaces install the bot.
        database: its address; a file in *folder* by default.
    """
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    async with playing_slack() as slack:
        environment = _environment(slack, folder, mode, by_token=by_token)
        environment |= {"PARLEY_DATABASE__URL": database} if database else {}
        environment |= settings or {}
        site = Site(slack, folder, mode, environment, int(environment["PARLEY_SERVER__PORT"]))
        await site.start()
        try:
            yield site
        finally:
            await site.stop()
        assert slack.violations == []


def _environment(slack: Slack, folder: Path, mode: Mode, *, by_token: bool) -> dict[str, str]:
    app = slack.app
    if by_token:
        keys = {"BOT_TOKEN": slack.team.token}
    else:
        keys = {"CLIENT_ID": app.client_id, "CLIENT_SECRET": app.client_secret}
        slack.team.token = ""
    keys |= {"MODE": mode, "API_BASE_URL": slack.api_base_url}
    keys |= {"APP_TOKEN": app.app_token} if mode == "socket" else {"SIGNING_SECRET": app.signing_secret}
    return {
        "PARLEY_DATA_DIR": str(folder / "data"),
        "PARLEY_SERVER__PORT": str(free_port()),
        # A test does in seconds what people do in an hour.
        "PARLEY_LIMITS__PERSON_PER_MINUTE": "3000",
        **{f"PARLEY_CHAT__SLACK__{name}": value for name, value in keys.items()},
    }
