"""CalDAV keeps the contract of calendars on Xandikos, which answers differently in many small ways."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
import pytest_asyncio

from adapters.icalendar_streams.pool import Pool
from tests.adapters.caldav.servers import Server
from tests.adapters.caldav.world import CalDavWorld, caldav_world
from tests.contracts.calendar import WritableCalendarContract

# One loop for all: the pool of reading processes lives in it.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    pool = Pool()
    yield pool
    await pool.close()


class TestXandikos(WritableCalendarContract):
    """The faults are the proxy's; here are those after which the server has something to say."""

    faults: ClassVar = frozenset({"500", "cut_after_commit"})

    @pytest_asyncio.fixture(loop_scope="module")
    async def world(self, xandikos_server: Server, pool: Pool) -> AsyncIterator[CalDavWorld]:
        async with caldav_world(xandikos_server, pool, deadline_seconds=10) as world:
            yield world
