"""Calendar addresses keep the contract of calendars, as far as reading goes."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
import pytest_asyncio

from adapters.icalendar_streams.pool import Pool
from tests.adapters.ics.world import FAULTS, IcsWorld, ics_world
from tests.contracts.calendar import CalendarContract

SHORT_SECONDS = 0.5

# One loop for all: the pool of reading processes lives in it.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    pool = Pool()
    yield pool
    await pool.close()


class TestIcs(CalendarContract):
    """A feed does not say who its owner is."""

    lacks: ClassVar = frozenset({"declined by the owner"})
    faults: ClassVar = FAULTS

    @pytest_asyncio.fixture(loop_scope="module")
    async def world(self, pool: Pool, request: pytest.FixtureRequest) -> AsyncIterator[IcsWorld]:
        played = getattr(request.node, "callspec", None)
        is_slow = played is not None and "slow" in played.params.values()
        async with ics_world(pool, deadline_seconds=SHORT_SECONDS if is_slow else 10.0) as world:
            yield world
