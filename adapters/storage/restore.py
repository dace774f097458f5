"""Bringing a copy of the SQLite file back in the place of what is there."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from adapters.storage.backup import is_sound, reading
from adapters.storage.store import database_url

_ENDINGS = ("", "-wal", "-shm")


class CannotRestore(Exception):
    """Nothing was changed; the text says why and what to do."""


@asynccontextmanager
async def restoring(url: str, copy: Path, now: datetime, *, overwrite: bool) -> AsyncIterator[str]:
    """A draft of the restored database, to be worked on in the block; at its end it takes the place.

    The file that was there is kept beside it, its name ending in `.replaced-` and the time. Raising in the
    block leaves everything as it was.

    Args:
        url: of the database, which no process works on.
        copy: as `backup` wrote it.
        overwrite: whether a database may be there.

    Yields:
        The address of the draft.

    Raises:
        CannotRestore: see the text.
    """
    target = _file(url)
    draft = target.with_name(f"{target.name}.restoring")
    with _said_plainly(target):
        await asyncio.to_thread(_look, target, copy, overwrite)
        try:
            await asyncio.to_thread(_copy, copy, draft)
            yield f"sqlite:///{quote(str(draft.absolute()))}"
            await asyncio.to_thread(_swap, draft, target, f"{now:%Y%m%dT%H%M%SZ}")
        finally:
            await asyncio.to_thread(_clear, draft)


@contextmanager
def _said_plainly(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotRestore(f"{target} cannot be restored: {error.strerror}") from error


async def must_be_idle(url: str) -> None:
    """See that no process works on a SQLite file; a server's database cannot tell.

    Raises:
        CannotRestore: one does.
    """
    if database_url(url).get_backend_name() == "sqlite":
        await asyncio.to_thread(_must_be_idle, _file(url))


def _file(url: str) -> Path:
    target = database_url(url)
    if target.get_backend_name() != "sqlite":
        raise CannotRestore(
            "Only a SQLite file is brought back this way. For PostgreSQL use pg_restore, and then: "
            "python -m bot restore --after-my-own"
        )
    return Path(target.database or "")


def _look(target: Path, copy: Path, overwrite: bool) -> None:
    if not copy.is_file():
        raise CannotRestore(f"There is no file {copy}")
    if target.exists() and not overwrite:
        raise CannotRestore(f"{target} is there already; --force replaces it and keeps it aside")
    _must_be_idle(target)


def _must_be_idle(target: Path) -> None:
    """Leaving the WAL needs to be alone (https://www.sqlite.org/wal.html, section 3), and empties it."""
    if not target.exists():
        return
    try:
        with closing(sqlite3.connect(target, timeout=0)) as conn:
            conn.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise CannotRestore(f"A process works on {target}; stop it first") from None
    except sqlite3.DatabaseError:
        # Damaged: that may be why the copy is wanted.
        return


def _copy(copy: Path, draft: Path) -> None:
    draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear(draft)
    os.close(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    try:
        with closing(reading(copy)) as kept, closing(sqlite3.connect(draft)) as new:
            kept.backup(new)
            if not is_sound(new):
                raise CannotRestore(f"{copy} is damaged, or no copy of a database of ours")
    except sqlite3.DatabaseError as error:
        raise CannotRestore(f"{copy} cannot be read: {error}") from error


def _clear(draft: Path) -> None:
    for ending in _ENDINGS:
        Path(f"{draft}{ending}").unlink(missing_ok=True)


def _swap(draft: Path, target: Path, moment: str) -> None:
    _must_be_idle(draft)
    _must_be_idle(target)
    for ending in _ENDINGS:
        if (old := Path(f"{target}{ending}")).exists():
            old.rename(f"{target}.replaced-{moment}{ending}")
    draft.rename(target)
