"""The job engine on both databases."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest

from adapters.storage.jobs import DbosJobs
from tests.contracts.jobs import JobsContract
from tests.postgres import Server


@pytest.fixture(scope="module")
def prepared_template(postgres_server: Server, postgres_template: str) -> str:
    postgres_server.run(f"CREATE DATABASE prepared TEMPLATE {postgres_template}")
    prepare(postgres_server.url("prepared"))
    return "prepared"


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
    def url(self, sqlite_database: str) -> str:
        prepare(sqlite_database)
        return sqlite_database


class TestOnPostgreSQL(JobsContract):
    """Several processes on one database: another one takes over."""

    successor = "w-other"

    @pytest.fixture
    def url(self, postgres_server: Server, prepared_template: str) -> Iterator[str]:
        with postgres_server.database(prepared_template) as url:
            yield url


def test_importing_the_module_does_not_import_dbos() -> None:
    check = "import sys, adapters.storage.jobs; sys.exit('dbos' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
