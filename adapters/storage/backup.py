"""A copy of the SQLite file while it is in use."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from adapters.storage.store import database_url


class CannotCopy(Exception):
    """There is no copy; the text says why and what to do, in one line."""


async def backup(url: str, target: Path) -> None:
    """Copy the database at *url* as it is at one moment; readers and writers go on meanwhile.

    The copy is readable by the owner alone, was looked through, and appears whole or not at all.

    Raises:
        CannotCopy: see the text.
    """
    source = database_url(url)
    if source.get_backend_name() != "sqlite":
        raise CannotCopy("only a SQLite file is copied this way; for PostgreSQL use pg_dump")
    await asyncio.to_thread(_said_plainly, target, partial(_copy, Path(source.database or ""), target))


def _said_plainly(target: Path, copy: Callable[[], None]) -> None:
    try:
        copy()
    except OSError as error:
        raise CannotCopy(f"{target} cannot be written: {error.strerror}") from error
    except sqlite3.Error as error:
        raise CannotCopy(f"{target} cannot be made: {error}") from error


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        raise CannotCopy(f"{target} is there already; name another file")
    if not source.exists():
        raise CannotCopy(f"There is no database at {source}")
    draft = target.with_name(f"{target.name}.part")
    os.close(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    try:
        # https://www.sqlite.org/backup.html: one consistent snapshot, taken beside running writers.
        with closing(reading(source)) as live, closing(sqlite3.connect(draft)) as copy:
            live.backup(copy)
            if not is_sound(copy):
                raise CannotCopy(f"{source} is damaged, or no database of ours; there is no copy of it")
        draft.rename(target)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise CannotCopy(f"{source} cannot be read: {error}; there is no copy of it") from error
    finally:
        draft.unlink(missing_ok=True)


def reading(file: Path) -> sqlite3.Connection:
    """A connection that cannot write to the file, whatever characters are in its name."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def is_sound(conn: sqlite3.Connection) -> bool:
    """Whether it is a database of ours, and no page of it is damaged.

    Raises:
        sqlite3.DatabaseError: it is no database, or too damaged to say.
    """
    ours = conn.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    sound = conn.execute("PRAGMA quick_check").fetchone()
    return (ours, sound) == ((1,), ("ok",))
