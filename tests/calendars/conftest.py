"""Real CalDAV servers, the processes that read iCalendar streams, and a stage for each kind of calendar."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.icalendar_streams.pool import Pool
from tests.adapters.caldav.conftest import radicale_server, xandikos_server
from tests.adapters.caldav.servers import Server
from tests.blocking import nothing_blocks, watched
from tests.calendars.kinds import Clock, Owned, at_caldav, at_google, at_microsoft, by_address, google_reading
from tests.calendars.stage import Stage, on_stage, open_house
from tests.stores import sqlite_template

__all__ = ["nothing_blocks", "radicale_server", "sqlite_template", "watched", "xandikos_server"]

Opening = Callable[[Clock], AbstractAsyncContextManager[Owned]]
Staging = Callable[..., AbstractAsyncContextManager[Stage]]
Shared = Callable[[str], Awaitable[Stage]]

SERVERS = ("radicale", "xandikos")
PROVIDERS: dict[str, Opening] = {
    "google": at_google,
    "google_reading": google_reading,
    "microsoft": at_microsoft,
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pool() -> AsyncIterator[Pool]:
    """One for all: what makes it dear are its processes."""
    pool = Pool()
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
def staging(
    request: pytest.FixtureRequest,
    pool: Pool,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Staging:
    """Opens a stage for a kind of calendar, by its name; settings as `open_town` takes them."""

    def kind(name: str) -> Opening:
        if name in SERVERS:
            server: Server = request.getfixturevalue(f"{name}_server")
            return lambda _: at_caldav(server, pool)
        return partial(by_address, pool=pool) if name == "ics" else PROVIDERS[name]

    @asynccontextmanager
    async def open_stage(name: str, **settings: Any) -> AsyncIterator[Stage]:
        database = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp(name) / "parley.db"))
        async with (
            open_house(database, **settings) as (town, browser),
            kind(name)(lambda: town.now) as owned,
        ):
            yield await on_stage(town, browser, owned)

    return open_stage


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(staging: Staging) -> AsyncIterator[Shared]:
    """Gives a kind's stage with everything linked that several tests stand on, each in a room of its own.

    All stay open to the end of the file, whichever order the tests come in.
    """
    stages: dict[str, Stage] = {}
    async with AsyncExitStack() as opened:

        async def stage_of(kind: str) -> Stage:
            if kind not in stages:
                stages[kind] = await opened.enter_async_context(staging(kind))
                await stages[kind].links_all()
            return stages[kind]

        yield stage_of
