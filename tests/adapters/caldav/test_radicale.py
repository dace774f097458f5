"""CalDAV keeps the contract of calendars on Radicale, whatever goes wrong on the way."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
import pytest_asyncio

from adapters.icalendar_streams.pool import Pool
from tests.adapters.caldav.servers import Server
from tests.adapters.caldav.world import FAULTS, CalDavWorld, caldav_world
from tests.contracts.calendar import WritableCalendarContract

SHORT_SECONDS = 0.5

# One loop for all: the pool of reading processes lives in it.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    pool = Pool()
    yield pool
    await pool.close()


def _deadline(request: pytest.FixtureRequest) -> float:
    """Short only where it is to be met."""
    played = getattr(request.node, "callspec", None)
    return SHORT_SECONDS if played and "slow" in played.params.values() else 10.0


class TestRadicale(WritableCalendarContract):
    faults: ClassVar = FAULTS

    @pytest_asyncio.fixture(loop_scope="module")
    async def world(
        self, radicale_server: Server, pool: Pool, request: pytest.FixtureRequest
    ) -> AsyncIterator[CalDavWorld]:
        async with caldav_world(radicale_server, pool, deadline_seconds=_deadline(request)) as world:
            yield world
