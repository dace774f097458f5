"""A database that is away is told from a mistake of ours."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.storage import Vault, open_store
from adapters.storage.store import SqlStore, connect, database_url
from scheduling_core.errors import StoreLost
from tests.postgres import Server
from tests.stores import KEY, enqueue


async def must_be_lost(store: SqlStore) -> None:
    """Reading and writing both say so."""
    with pytest.raises(StoreLost):
        async with store.read() as reading:
            await reading.person("p-1")
    with pytest.raises(StoreLost):
        async with store.write() as tx:
            await tx.mark_shown("m-1", 1, None)


async def test_a_server_that_ends_our_connections_and_takes_none_is_away(
    postgres_server: Server, postgres_database: str
) -> None:
    store = open_store(postgres_database, vault=Vault([KEY]), enqueue=enqueue)
    name = database_url(postgres_database).database

    async def lose_it_within_a_transaction() -> None:
        async with store.write() as tx:
            await tx.person("p-1")
            postgres_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            ours = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            postgres_server.run(ours)
            await tx.mark_shown("m-1", 1, None)

    with pytest.raises(StoreLost):
        await lose_it_within_a_transaction()
    await must_be_lost(store)
    postgres_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    async with store.read() as reading:
        assert await reading.person("p-1") is None
    await store.close()


async def test_a_file_that_cannot_be_opened_is_away(sqlite_template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "parley.db")
    store = open_store(f"sqlite:///{folder}/parley.db", vault=Vault([KEY]), enqueue=enqueue)
    folder.rename(tmp_path / "unmounted")
    await must_be_lost(store)
    (tmp_path / "unmounted").rename(folder)
    async with store.read() as reading:
        assert await reading.person("p-1") is None
    await store.close()


async def test_a_wrong_statement_is_a_mistake_of_ours(database: str) -> None:
    engine = connect(database_url(database))
    with engine.begin() as conn:
        conn.execute(text("ALTER TABLE persons RENAME TO people"))
    store = open_store(database, vault=Vault([KEY]), enqueue=enqueue)
    with pytest.raises(DBAPIError):
        async with store.read() as reading:
            await reading.person("p-1")
    await store.close()
    engine.dispose()
