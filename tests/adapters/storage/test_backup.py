"""Copying the SQLite file while it is in use, and bringing the copy back."""

import asyncio
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from adapters.storage import CannotCopy, CannotRestore, Vault, backup, open_store, restoring
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
    with pytest.raises(CannotCopy, match="name another file"):
        await backup(sqlite_database, target)
    assert target.read_text() == "precious"


async def test_postgresql_has_its_own_tool(tmp_path: Path) -> None:
    with pytest.raises(CannotCopy, match="pg_dump"):
        await backup("postgresql://localhost/parley", tmp_path / "copy.db")


@pytest.mark.parametrize("name", ["a#b.db", "a?b.db", "a%41.db", "a b.db"])
async def test_any_file_name_is_copied_and_brought_back_whole(
    sqlite_template: Path, tmp_path: Path, name: str
) -> None:
    live, copy, back = (tmp_path / folder / name for folder in ("live", "copies", "new machine/data"))
    live.parent.mkdir()
    copy.parent.mkdir()
    shutil.copy(sqlite_template, live)
    store = open_store(address(live), vault=Vault([KEY]), enqueue=enqueue)
    async with store.write() as tx:
        await tx.save_person(a_person())
    await backup(address(live), copy)
    await store.close()
    assert os.listdir(copy.parent) == [name]

    async with restoring(address(back), copy, datetime(2026, 11, 21, tzinfo=UTC), overwrite=False):
        pass
    restored = open_store(address(back), vault=Vault([KEY]), enqueue=enqueue)
    async with restored.read() as reading:
        assert await reading.person("p-1") == a_person()
    await restored.close()


def test_why_there_is_no_copy_is_said_in_one_line(sqlite_database: str, tmp_path: Path) -> None:
    target = tmp_path / "missing" / "copy.db"
    with pytest.raises(CannotCopy, match=f"^{target} cannot be written: No such file or directory$"):
        asyncio.run(backup(sqlite_database, target))

    file, copy = Path(sqlite_database.removeprefix("sqlite:///")), tmp_path / "copy.db"
    pages = file.read_bytes()
    for damaged in (pages[:6000] + b"\xff" * 9000 + pages[15000:], b"no database at all" * 500, b""):
        file.write_bytes(damaged)
        with pytest.raises(CannotCopy, match=rf"^{file} (is damaged|cannot be read)[^\n]*$"):
            asyncio.run(backup(sqlite_database, copy))
    assert not list(tmp_path.glob("copy*"))


async def test_a_place_that_cannot_be_restored_to_is_said_in_one_line(
    sqlite_template: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    target = tmp_path / "file" / "parley.db"
    with pytest.raises(CannotRestore, match=f"^{target} cannot be restored: "):
        async with restoring(
            address(target), sqlite_template, datetime(2026, 11, 21, tzinfo=UTC), overwrite=False
        ):
            pass


def address(file: Path) -> str:
    """As settings write it."""
    return f"sqlite:///{quote(str(file))}"
