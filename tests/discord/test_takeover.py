"""Several processes with one token: one listens, another takes over, and a meeting goes on as if of one."""

import asyncio
import http.client
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.adapters.discord.delivering import Ack
from tests.adapters.discord.harness import ROOM, Someone
from tests.discord.people import crew_of
from tests.discord.site import Site, open_site
from tests.discord.story import booked, cancelled, invited, tell
from tests.ports import free_port
from tests.processes.conftest import postgres_databases as postgres_databases
from tests.processes.databases import Databases
from tests.processes.harness import Bot
from tests.processes.waiting import poll
from tests.stores import postgres_server as postgres_server

MOST_SECONDS = 30.0
PACE_SECONDS = 0.1
ENOUGH = 5
"""Acts that show that all is well."""


async def test_a_process_takes_over_from_one_that_is_killed_and_from_one_that_ends(
    postgres_databases: Databases, tmp_path: Path
) -> None:
    with postgres_databases.fresh() as database:
        await _taken_over(tmp_path / "site", database)


async def _taken_over(folder: Path, database: str) -> None:
    async with open_site(folder, "gateway", database) as site:
        crew = crew_of(site.discord)
        await tell(crew, site, invited, between=_nothing)
        await _stands_by(site)
        began = time.monotonic()
        async with _acting(site) as stream:
            await asyncio.to_thread(site.bots[0].kill)
            await _is_taken_over(site, 2)
            taken_over = int(site.discord.world.mint())
            assert time.monotonic() - began < MOST_SECONDS
            await stream.flows_again()
        # A card that the killed process was about to show holds the room's next ones up until then.
        await asyncio.to_thread(poll, lambda: site.bot.has_logged("jobs.taken_over"), lambda: site.bot.text)
        assert time.monotonic() - began < MOST_SECONDS
        # Whoever acted right before may have got a first answer and no more; nobody since.
        await site.discord.until(lambda: not stream.waiting(taken_over))
        await tell(crew, site, booked, between=_nothing)

        await _stands_by(site)
        async with _acting(site) as stream:
            assert await asyncio.to_thread(site.bots[1].stop) == 0
            await _is_taken_over(site, 3)
            await stream.flows_again()
        await site.discord.until(lambda: not stream.waiting())
        await tell(crew, site, cancelled, between=_nothing)
        assert len(crew.cards()) == 1
        assert not [one for one in site.discord.sent if one.interaction and one.interaction.refused]


@dataclass(slots=True)
class Stream:
    """Somebody who asks for their meetings all the time.

    Attributes:
        acks: how each act was answered at first, in the order of these answers.
    """

    actor: Someone
    acks: list[Ack] = field(default_factory=list)

    async def act(self) -> None:
        """Once."""
        self.acks.append(await self.actor.command("meet-list", ROOM))

    async def flows_again(self) -> None:
        """From now on every act is answered; waits for some."""
        discord = self.actor.discord
        mark = int(discord.world.mint())

        def later() -> list[Ack]:
            return [one for one in self.acks if one.interaction and int(one.interaction.id) > mark]

        await discord.until(lambda: len(later()) >= ENOUGH)
        assert all(one.is_accepted for one in later())

    def waiting(self, since: int = 0) -> list[str]:
        """The first answers after that id which nothing followed."""
        return [one.id for one in self.actor.sees(ROOM) if one.is_loading and int(one.id) > since]


@asynccontextmanager
async def _acting(site: Site) -> AsyncIterator[Stream]:
    """Somebody acts meanwhile, whether or not anybody listens."""
    discord = site.discord
    person = discord.add_person(discord.world.mint(), "busy")
    discord.guild.members.append(person.id)
    stream = Stream(person)

    async def flow(group: asyncio.TaskGroup) -> None:
        while True:
            group.create_task(stream.act())
            await asyncio.sleep(PACE_SECONDS)

    async with asyncio.TaskGroup() as group:
        flowing = group.create_task(flow(group))
        await stream.flows_again()
        yield stream
        flowing.cancel()


async def _stands_by(site: Site) -> None:
    """Start one more process, which is ready although it does not listen."""
    sessions = len(site.discord.gateway.identified)
    site.port = free_port()
    site.bots.append(Bot(site.environment | {"PARLEY_SERVER__PORT": str(site.port)}, site.folder, "serve"))
    await asyncio.to_thread(site.bot.ready)
    await asyncio.to_thread(poll, lambda: _is_ready(site.port), lambda: site.bot.text)
    assert len(site.discord.gateway.identified) == sessions


async def _is_taken_over(site: Site, sessions: int) -> None:
    """Wait for the next session, and for who has it to say so."""
    await site.discord.until(lambda: len(site.discord.gateway.identified) == sessions, MOST_SECONDS)
    await asyncio.to_thread(poll, lambda: _is_ready(site.port), lambda: site.bot.text)
    # What a process that was killed had is Discord's to forget after a while.
    site.discord.sessions[:] = site.discord.sessions[-1:]


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=MOST_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    finally:
        connection.close()


async def _nothing() -> None:
    """Nothing happens between the steps."""
