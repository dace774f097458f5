"""SQLite without threads: every statement runs at once, in the order the test asked for it.

Faster (no thread switches), and the same story always interleaves in the same way.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event

from adapters.storage import Enqueue, SqlStore, Vault, database_url
from adapters.storage.store import connect
from adapters.storage.threads import Threads

T = TypeVar("T")


class AtOnce(Threads):
    """Does what it is asked where it is asked."""

    async def run(self, call: Callable[[], T]) -> T:
        """See `Threads.run`."""
        return call()


class InlineSqlite:
    """One engine for many files, one at a time: what was compiled for one story serves the next.

    Args:
        template: any of the files.
    """

    def __init__(self, template: Path) -> None:
        self._path = str(template)
        self._engine = connect(database_url(f"sqlite:///{template}"))
        event.listen(self._engine, "do_connect", self._to_our_file)
        event.listen(self._engine, "connect", _do_not_wait_for_the_disk)

    def open(self, path: str, vault: Vault, enqueue: Enqueue, new_id: Callable[[], str]) -> SqlStore:
        """The store at *path*; the one before it is closed."""
        self._path = path
        return SqlStore(self._engine, vault, enqueue, new_id=new_id, threads=AtOnce(1))

    def _to_our_file(self, _dialect: object, _record: object, args: list[Any], _named: object) -> None:
        args[:] = [self._path]


def _do_not_wait_for_the_disk(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()
