"""The store keeps its contract on both databases, and what it keeps is sealed."""

import asyncio
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from adapters.storage import SqlStore, Vault, WrongKey, database_url, open_store, schema_is_current, tables
from adapters.storage.store import connect
from scheduling_core.actions import Action
from scheduling_core.deliveries import Answer, Message, Press
from tests.contracts.store import StoreContract
from tests.contracts.store_calendars import link_everything
from tests.contracts.store_samples import (
    CARD,
    HOST,
    NOW,
    ROOM,
    Bench,
    a_delivery,
    a_mail,
    a_meeting,
    a_person,
    a_profile,
    accept,
)
from tests.postgres import Server, empty
from tests.stores import KEY, enqueue, enqueued

SECRETS = (
    b"example.org",
    b"join-secret",
    b"video.example",
    b"Which time?",
    b"VCALENDAR",
    b"way.example",
    b"token-1",
)


@pytest.fixture(scope="module")
def lasting_database(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """One for all tests of this file: they change rows, never tables."""
    with postgres_server.database(postgres_template) as url:
        yield url


@pytest.fixture
def postgres_database(lasting_database: str) -> Iterator[str]:
    """Without a row, as if it were the test's own."""
    yield lasting_database
    empty(lasting_database, "jobs_of_the_test")


class TestSqlStore(StoreContract):
    @pytest.fixture
    async def bench(self, store: SqlStore, database: str) -> AsyncIterator[Bench]:
        other = open_store(database, vault=Vault([KEY]), enqueue=enqueue)
        yield Bench(store, other, lambda: enqueued(database), lambda: rows_of(database))
        await other.close()


async def fill(store: SqlStore) -> None:
    """Save one of everything that has a secret in it."""
    delivery = a_delivery("d-2", actor=a_profile(email="u-1@example.org"))
    async with store.write() as tx:
        await tx.save_person(a_person())
        pressed = a_delivery("d-1", act=Press("c", Action("x"), {"mail": "u-1@example.org"}))
        await tx.accept(replace(pressed, path="https://way.example/1"))
        await tx.accept(delivery)
        await tx.finish(delivery, Answer((Message("c-0", 1, ROOM, HOST, CARD),)))
        await tx.save_meeting(a_meeting())
        await tx.save_message(Message("c-1", 1, ROOM, HOST, CARD), path="https://way.example/1")
        await tx.save_mail(a_mail())
        await link_everything(tx, "p-1", "m-1")
        await tx.save_record("slack.installation", "slack/T1", "token-1")


async def test_the_file_shows_no_secret(sqlite_database: str) -> None:
    store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    await fill(store)

    folder = Path(database_url(sqlite_database).database or "").parent
    stored = b"".join(path.read_bytes() for path in folder.iterdir())
    await store.close()

    assert b"studio" in stored
    assert [secret for secret in SECRETS if secret in stored] == []


async def test_no_column_shows_a_secret(database: str, store: SqlStore) -> None:
    await fill(store)

    stored = str(rows_of(database)).encode()

    assert b"studio" in stored
    assert [secret for secret in SECRETS if secret in stored] == []


def rows_of(url: str) -> dict[str, list[str]]:
    """Everything in the database, by table."""
    target = database_url(url)
    engine = create_engine(target.set(drivername=target.drivername.replace("+aiosqlite", "")))
    with engine.connect() as conn:
        stored = {table.name: conn.execute(select(table)) for table in tables.METADATA.sorted_tables}
        return {name: sorted(str(row) for row in rows) for name, rows in stored.items()}


async def test_another_key_is_named_as_the_trouble(database: str, store: SqlStore) -> None:
    await fill(store)
    stranger = open_store(database, vault=Vault([Vault.new_key()]), enqueue=enqueue)

    with pytest.raises(WrongKey, match="configured keys"):
        async with stranger.read() as reading:
            await reading.person("p-1")
    await stranger.close()


async def test_after_rotation_the_old_key_is_not_needed(database: str, store: SqlStore) -> None:
    await fill(store)
    new = Vault.new_key()
    rotating = open_store(database, vault=Vault([new, KEY]), enqueue=enqueue)

    sealed = await rotating.rotate_all()
    await rotating.close()

    assert sealed == 17
    renewed = open_store(database, vault=Vault([new]), enqueue=enqueue)
    async with renewed.read() as reading:
        person = await reading.person("p-1")
        assert person is not None
        assert person.email == "u-1@example.org"
        assert await reading.mail("mail-1") == a_mail()
        assert await reading.record("slack.installation", "slack/T1") == "token-1"
        assert await reading.meeting("m-1") == a_meeting()
        assert [each.cursor for each in await reading.feeds("a-p-1")] == ["token-1"]
        assert await reading.copy("m-1:0", "p-1") is not None
        assert await reading.pending_deliveries(NOW.replace(year=2027))
    await renewed.close()


async def test_file_and_folder_are_the_owner_s_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/data/parley.db", vault=Vault([KEY]), enqueue=enqueue)
    await store.close()

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data", tmp_path / "data/parley.db")]
    assert modes == [0o700, 0o600]


async def test_ids_of_people_can_be_chosen(sqlite_database: str) -> None:
    engine = connect(database_url(sqlite_database))
    store = SqlStore(engine, Vault([KEY]), enqueue, new_id=lambda: "p-chosen")
    try:
        told = await accept(store, a_delivery())
    finally:
        await store.close()
    assert "p-chosen" in str(told)


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        database_url(url)


@pytest.mark.parametrize("keys", [[], ["short"]])
def test_a_vault_needs_proper_keys(keys: list[str]) -> None:
    with pytest.raises(ValueError) as caught:
        Vault(keys)
    assert "short" not in str(caught.value)


async def test_looking_at_the_schema_leaves_the_locks_of_a_serving_process_alone(
    sqlite_database: str,
) -> None:
    """Otherwise the next that closes the file takes itself for the last and deletes the log of changes."""
    store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    async with store.write() as tx:
        await tx.save_person(a_person())
    assert await schema_is_current(sqlite_database)
    path = Path(database_url(sqlite_database).database or "")
    look = (
        f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute('SELECT * FROM persons'); c.close()"
    )
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", look], check=True)
    left = [each.name for each in path.parent.iterdir()]
    await store.close()
    assert f"{path.name}-wal" in left
