"""The job engine on both databases."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.storage.jobs import DbosJobs
from tests.contracts.jobs import JobsContract
from tests.postgres import Server, running_server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as server:
        server.run("CREATE DATABASE prepared")
        prepare(server.url("prepared"))
        yield server


def prepare(url: str) -> None:
    """Twice, as every release does it again."""
    jobs = DbosJobs(url, worker_id="release")
    jobs.prepare()
    jobs.prepare()
    asyncio.run(jobs.close())


class TestOnSQLite(JobsContract):
    """One file, the default: the process comes back under its own name."""

    successor = "w-killed"

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        url = f"sqlite:///{tmp_path / 'parley.db'}"
        prepare(url)
        return url


class TestOnPostgreSQL(JobsContract):
    """Several processes on one database: another one takes over."""

    successor = "w-other"

    @pytest.fixture
    def url(self, server: Server) -> Iterator[str]:
        with server.database(template="prepared") as url:
            yield url


def test_importing_the_module_does_not_import_dbos() -> None:
    check = "import sys, adapters.storage.jobs; sys.exit('dbos' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
