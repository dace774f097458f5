"""SQLite without aiosqlite's thread: every statement runs at once, in the order the test asked for it.

Faster (no two thread switches for each statement), and the same story always interleaves in the same way.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import event

from adapters.storage import Enqueue, SqlStore, Vault, connect, database_url

Call = tuple[asyncio.Future[Any] | None, Callable[[], Any]]


class _AtOnce:
    """Stands in for the queue of aiosqlite's thread: does what is put, before `put_nowait` returns."""

    def put_nowait(self, call: Call) -> None:
        future, function = call
        try:
            result = function()
        except Exception as error:
            if future is not None:
                future.set_exception(error)
        else:
            if future is not None:
                future.set_result(result)


class _NoThread:
    """Stands in for the thread itself."""

    daemon = True

    def start(self) -> None:
        """Nothing to start."""


def _connection(*args: Any, **kwargs: Any) -> aiosqlite.Connection:
    made: Any = aiosqlite.connect(*args, **kwargs)
    made._tx, made._thread = _AtOnce(), _NoThread()
    return made  # type: ignore[no-any-return]  # Any only to replace what aiosqlite keeps private


class InlineSqlite:
    """One engine for many files, one at a time: what was compiled for one story serves the next.

    Args:
        template: any of the files.
    """

    def __init__(self, template: Path) -> None:
        self._path = str(template)
        self._engine = connect(database_url(f"sqlite:///{template}"))
        event.listen(self._engine.sync_engine, "do_connect", self._to_our_file)
        event.listen(self._engine.sync_engine, "connect", _do_not_wait_for_the_disk)

    def open(self, path: str, vault: Vault, enqueue: Enqueue, new_id: Callable[[], str]) -> SqlStore:
        """The store at *path*; the one before it is closed."""
        self._path = path
        return SqlStore(self._engine, vault, enqueue, new_id=new_id)

    def _to_our_file(self, _dialect: object, _record: object, args: list[Any], named: dict[str, Any]) -> None:
        args[:] = [self._path]
        named["async_creator_fn"] = _connection


def _do_not_wait_for_the_disk(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()
