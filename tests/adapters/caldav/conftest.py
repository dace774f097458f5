"""One process of each server for all tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.adapters.caldav.servers import Server, radicale, xandikos
from tests.blocking import nothing_blocks, watched

__all__ = ["nothing_blocks", "watched"]


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="session")
def xandikos_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with xandikos(tmp_path_factory.mktemp("xandikos")) as server:
        yield server
