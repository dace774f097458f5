"""Migrations lead from empty to exactly the tables the store uses, on both databases."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from adapters.storage import NoDatabase, database_url, migrate, schema, schema_is_current, tables
from tests.postgres import Server

PUT = text("INSERT INTO claims VALUES (:holder, :person, :starts, :ends, NULL)")
OLD_MESSAGE = text(
    "INSERT INTO messages (id, platform, workspace, room, audience, revision, revision_shown, position)"
    " VALUES ('c-1', 'webhook', 'team', 'studio', 'u-1', 1, 0, 1)"
)
OLD_DRAFT = text(
    "INSERT INTO drafts (id, host, platform, workspace, room, guests, title, days)"
    " VALUES ('d-1', 'p-1', 'webhook', 'team', 'studio', '[]', '', '[]')"
)
MOVE = text("UPDATE claims SET starts = :starts, ends = :ends WHERE holder = :holder")


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/folder/parley.db"
    else:
        server: Server = request.getfixturevalue("postgres_server")
        with server.database() as url:
            yield url


def engine(url: str) -> Engine:
    """A plain engine, without the store's settings."""
    target = database_url(url)
    return create_engine(target.set(drivername=target.drivername.replace("+aiosqlite", "")))


async def test_an_empty_database_is_not_current_and_a_migrated_one_is(empty: str) -> None:
    assert not await schema_is_current(empty)

    await migrate(empty)
    await migrate(empty)

    assert await schema_is_current(empty)


def test_asking_creates_no_file(tmp_path: Path) -> None:
    assert not asyncio.run(schema_is_current(f"sqlite:///{tmp_path}/parley.db"))
    assert list(tmp_path.iterdir()) == []


async def test_several_may_migrate_at_once(empty: str) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(migrate(empty))

    assert await schema_is_current(empty)


def test_migrations_make_the_tables_the_store_uses(database: str) -> None:
    with engine(database).connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []


async def test_a_database_of_the_first_version_keeps_what_it_holds(empty: str) -> None:
    folder = Path(empty.removeprefix("sqlite:///")).parent
    if empty.startswith("sqlite"):
        folder.mkdir()
    with engine(empty).begin() as conn:
        upgrade(conn, "0001")
        conn.execute(OLD_MESSAGE)
        conn.execute(OLD_DRAFT)
    assert not await schema_is_current(empty)

    await migrate(empty)

    assert await schema_is_current(empty)
    with engine(empty).connect() as conn:
        message = text("SELECT id, path, audience, audience_realm FROM messages")
        assert conn.execute(message).all() == [("c-1", None, "u-1", "team")]
        assert conn.execute(text("SELECT id FROM drafts WHERE changed_at > '2026-01-01'")).all() == [("d-1",)]


async def test_a_database_of_a_newer_version_is_left_alone(empty: str) -> None:
    await migrate(empty)
    with engine(empty).begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NoDatabase, match="newer version"):
        await migrate(empty)


def upgrade(conn: Connection, revision: str) -> None:
    """As an earlier version of the program did it."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    command.upgrade(config, revision)


def test_the_newest_migration_is_the_one_the_program_expects() -> None:
    folder = Path(schema.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [schema.HEAD]


def claim(holder: str, starts: str, ends: str, person: str = "p-1") -> dict[str, Any]:
    day = "2026-03-02 {}:00.000000+00"
    return {"holder": holder, "person": person, "starts": day.format(starts), "ends": day.format(ends)}


@pytest.mark.parametrize(
    ("starts", "ends"),
    [("10:00", "11:00"), ("09:30", "10:30"), ("10:59", "12:00"), ("10:15", "10:45"), ("09:00", "12:00")],
)
def test_the_database_itself_forbids_overlap(database: str, starts: str, ends: str) -> None:
    with engine(database).connect() as conn:
        conn.execute(PUT, claim("m-1", "10:00", "11:00"))
        conn.execute(PUT, claim("m-2", "09:00", "10:00", "p-2"))
        conn.execute(PUT, claim("m-2", "10:00", "11:00", "p-3"))
        with pytest.raises(IntegrityError):
            conn.execute(PUT, claim("m-3", starts, ends))


def test_touching_and_moving_within_its_own_time_are_allowed(database: str) -> None:
    with engine(database).connect() as conn:
        conn.execute(PUT, claim("m-1", "10:00", "11:00"))
        conn.execute(PUT, claim("m-2", "11:00", "12:00"))
        conn.execute(PUT, claim("m-3", "09:00", "10:00"))
        conn.execute(MOVE, claim("m-1", "10:10", "10:50"))


def test_a_claim_cannot_be_moved_onto_another(database: str) -> None:
    with engine(database).connect() as conn:
        conn.execute(PUT, claim("m-1", "10:00", "11:00"))
        conn.execute(PUT, claim("m-2", "11:00", "12:00"))
        with pytest.raises(IntegrityError):
            conn.execute(MOVE, claim("m-2", "10:30", "11:30"))


def test_the_postgres_constraint_needs_no_extension(postgres_database: str) -> None:
    with psycopg.connect(postgres_database) as conn:
        found = conn.execute("SELECT extname FROM pg_extension").fetchall()

    assert found == [("plpgsql",)]
