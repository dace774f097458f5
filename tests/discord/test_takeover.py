"""Several processes with one token: one listens, another takes over, and a meeting goes on as if of one."""

import asyncio
import http.client
import time
from pathlib import Path

from tests.discord.people import crew_of
from tests.discord.site import Site, open_site
from tests.discord.story import booked, cancelled, invited, tell
from tests.processes.conftest import postgres_databases as postgres_databases
from tests.processes.databases import Databases
from tests.processes.harness import Bot, free_port
from tests.processes.waiting import poll
from tests.stores import postgres_server as postgres_server

MOST_SECONDS = 30.0


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
        await asyncio.to_thread(site.bots[0].kill)
        await _is_taken_over(site, 2)
        assert time.monotonic() - began < MOST_SECONDS
        await tell(crew, site, booked, between=_nothing)

        await _stands_by(site)
        assert await asyncio.to_thread(site.bots[1].stop) == 0
        await _is_taken_over(site, 3)
        await tell(crew, site, cancelled, between=_nothing)
        assert len(crew.cards()) == 1
        assert not [one for one in site.discord.sent if one.interaction and one.interaction.refused]


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
