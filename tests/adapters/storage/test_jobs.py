"""The job engine on both databases."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from adapters.storage import queues
from adapters.storage.jobs import DbosJobs
from adapters.storage.takeover import Keeper, engine_for
from tests.contracts.jobs import Calls, Desk, JobsContract, a_job, an_engine
from tests.postgres import Server


@pytest.fixture(scope="module")
def prepared_template(postgres_server: Server, postgres_template: str) -> str:
    postgres_server.run(f"CREATE DATABASE prepared TEMPLATE {postgres_template}")
    prepare(postgres_server.url("prepared"))
    return "prepared"


@pytest.fixture(scope="module")
def prepared_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "parley.db"
    shutil.copy(sqlite_template, path)
    prepare(f"sqlite:///{path}")
    return path


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
    def url(self, prepared_file: Path, tmp_path: Path) -> str:
        return f"sqlite:///{shutil.copy(prepared_file, tmp_path / 'parley.db')}"


class TestOnPostgreSQL(JobsContract):
    """Several processes on one database: another one takes over."""

    successor = "w-other"

    @pytest.fixture
    def url(self, postgres_server: Server, prepared_template: str) -> Iterator[str]:
        with postgres_server.database(prepared_template) as url:
            yield url


async def test_after_an_outage_a_silent_process_has_the_whole_time_again(sqlite_database: str) -> None:
    """Nobody could show that it lives meanwhile: else every process would take over from every other.

    What is in hand then has no effect outside before it is known again that it is this process's.
    """
    await asyncio.to_thread(prepare, sqlite_database)
    file = sqlite_database.removeprefix("sqlite:///")

    def run(statement: str) -> list[tuple[int]]:
        with closing(sqlite3.connect(file, isolation_level=None, timeout=10)) as conn:
            return conn.execute(statement).fetchall()

    async def two_more_looks() -> None:
        (before,) = run("SELECT beats FROM job_workers WHERE worker_id = 'w-1'")[0]
        while run("SELECT beats FROM job_workers WHERE worker_id = 'w-1'")[0][0] < before + 2:  # noqa: ASYNC110 - of a thread
            await asyncio.sleep(0.02)

    engine = an_engine(sqlite_database, "w-1", dead_after=timedelta(seconds=1))
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def have_an_effect(_name: str) -> None:
        begun.set()
        await goes_on.wait()
        engine.make_sure()

    note, desk = Calls(have_an_effect), Desk(sqlite_database)
    with structlog.testing.capture_logs() as logs:
        await engine.start({"note": note})
        await desk.enqueue(a_job("in hand"))
        await begun.wait()
        run("INSERT INTO job_workers VALUES ('w-2', 1)")
        await two_more_looks()
        run("ALTER TABLE job_workers RENAME TO away")
        await asyncio.sleep(1.1)
        goes_on.set()
        await asyncio.sleep(0.1)
        assert note.done == []
        run("ALTER TABLE away RENAME TO job_workers")
        await two_more_looks()
        assert run("SELECT count(*) FROM job_workers WHERE worker_id = 'w-2'") == [(1,)]
        assert await note.until(1) == ["in hand"]
        await desk.close()
        await engine.close()
    events = [entry["event"] for entry in logs]
    assert (events.count("jobs.keeper_failed"), events.count("job.paused")) == (1, 1)
    assert "jobs.were_taken_over" not in events


async def test_who_was_taken_over_and_lives_after_all_has_the_whole_time_again(sqlite_database: str) -> None:
    await asyncio.to_thread(prepare, sqlite_database)
    database = engine_for(sqlite_database)
    late = Keeper(
        database, queues.client(database), "w-2", beat=timedelta(days=1), dead_after=timedelta(days=1)
    )

    def beats(worker: str) -> int:
        """0 where there is no such row."""
        statement = sa.text("SELECT beats FROM job_workers WHERE worker_id = :worker")
        with database.connect() as conn:
            return conn.execute(statement, {"worker": worker}).scalar() or 0

    engine = an_engine(sqlite_database, "w-1", dead_after=timedelta(seconds=0.8))
    await engine.start({})
    late.check_in()
    while beats("w-2"):  # noqa: ASYNC110 - until a thread took over
        await asyncio.sleep(0.01)
    late.check_in()
    looks = beats("w-1") + 2
    while beats("w-1") < looks:  # noqa: ASYNC110 - of a thread
        await asyncio.sleep(0.01)
    assert beats("w-2")
    await engine.close()
    database.dispose()


def test_importing_the_module_does_not_import_dbos() -> None:
    check = "import sys, adapters.storage.jobs; sys.exit('dbos' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
