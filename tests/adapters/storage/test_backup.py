"""Copying the SQLite file while it is in use."""

from pathlib import Path

import pytest

from adapters.storage import Vault, open_store
from adapters.storage.backup import backup
from tests.contracts.store_samples import GUEST, a_person
from tests.stores import KEY, enqueue, prepare_jobs


async def test_a_copy_made_while_a_writer_is_at_work_is_whole(sqlite_database: str, tmp_path: Path) -> None:
    prepare_jobs(sqlite_database)
    store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    async with store.write() as tx:
        await tx.save_person(a_person())
    async with store.write() as tx:
        await tx.save_person(a_person("p-2", GUEST))
        await backup(sqlite_database, tmp_path / "copy.db")
    await store.close()

    restored = open_store(f"sqlite:///{tmp_path / 'copy.db'}", vault=Vault([KEY]), enqueue=enqueue)
    async with restored.read() as reading:
        assert await reading.person("p-1") == a_person()
        assert await reading.person("p-2") is None
    await restored.close()
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


async def test_a_file_that_is_there_is_never_overwritten(sqlite_database: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(FileExistsError, match="name another file"):
        await backup(sqlite_database, target)
    assert target.read_text() == "precious"


async def test_postgresql_has_its_own_tool(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pg_dump"):
        await backup("postgresql://localhost/parley", tmp_path / "copy.db")
