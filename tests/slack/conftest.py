"""An installation that tests share; all tests here live in one event loop, each has its own workspace."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.processes.conftest import postgres_databases as postgres_databases
from tests.slack.people import Crew, crew_of
from tests.slack.site import Site, open_site
from tests.stores import postgres_server as postgres_server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One loop for all: the Slack that is played lives in it from the first test to the last."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def http_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """An installation that any workspace can join; Slack calls it over HTTP. It ends with this folder."""
    async with open_site(tmp_path_factory.mktemp("slack") / "http") as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def crew(http_site: Site) -> AsyncIterator[Crew]:
    """A workspace of the shared installation. Faults end with the test; nothing that was sent was wrong."""
    team = await http_site.workspace()
    yield crew_of(http_site.slack, team)
    http_site.slack.faults.clear()
    assert http_site.slack.violations == []
