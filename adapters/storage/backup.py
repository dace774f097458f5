"""A copy of the SQLite file while it is in use."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.storage.store import database_url


async def backup(url: str, target: Path) -> None:
    """Copy the database at *url* as it is at one moment; readers and writers go on meanwhile.

    The copy is readable by the owner alone and appears whole or not at all.

    Raises:
        ValueError: the database is not a SQLite file.
        FileExistsError: *target* is there already.
        FileNotFoundError: there is no database.
        OSError: it cannot be written.
    """
    source = database_url(url)
    if source.get_backend_name() != "sqlite":
        raise ValueError("only a SQLite file is copied this way; for PostgreSQL use pg_dump")
    await asyncio.to_thread(_copy, Path(source.database or ""), target)


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        raise FileExistsError(f"{target} is there already; name another file")
    if not source.exists():
        raise FileNotFoundError(f"There is no database at {source}")
    draft = target.with_name(f"{target.name}.part")
    os.close(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    try:
        # https://www.sqlite.org/backup.html: one consistent snapshot, taken beside running writers.
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(draft)) as copy,
        ):
            live.backup(copy)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
