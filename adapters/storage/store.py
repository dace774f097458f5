"""The `Store` port on SQLite and PostgreSQL: connections, and where a transaction begins and ends.

SQLite keeps one writer at a time, and a confirmed booking must survive a power cut: the journal is a WAL
synced at every commit (`synchronous=FULL`; a killed process alone would lose nothing with less).
PostgreSQL reads in one snapshot (REPEATABLE READ), and writes under row locks (READ COMMITTED).
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from adapters.storage import outages, raising, rotation
from adapters.storage.acceptance import Acceptor
from adapters.storage.reading import SqlReading
from adapters.storage.secrets import Vault
from adapters.storage.threads import Threads, Unit
from adapters.storage.transaction import Enqueue, SqlTransaction
from scheduling_core.deliveries import Delivery
from scheduling_core.ports import Acceptance, Job

BUSY_TIMEOUT_SECONDS = 30
CONNECT_SECONDS = 5
CONNECTIONS = 20
"""Transactions open at a time."""
_PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
)
_WRITES = {"writes": True}
_DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}


def database_url(url: str) -> URL:
    """The address as SQLAlchemy takes it.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host/name`.

    Raises:
        ValueError: another kind of database, or SQLite without a file.
    """
    parsed = make_url(url)
    kind = parsed.drivername.partition("+")[0]
    if kind not in _DRIVERS:
        raise ValueError(f"a database address begins with sqlite:/// or postgresql://, not {kind}:")
    if kind == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ValueError("sqlite needs a file: sqlite:///folder/file.db")
    return parsed.set(drivername=_DRIVERS[kind])


def prepare_file(url: URL) -> None:
    """Make the file of a SQLite database and its folder, readable by their owner alone."""
    if url.get_backend_name() == "sqlite" and url.database:
        path = Path(url.database)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            # Only a new file is ever opened here: closing any descriptor of a file gives up every lock this
            # process holds on it, SQLite's own too (https://www.sqlite.org/howtocorrupt.html section 2.2).
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def new_person_id() -> str:
    """Short and unguessable: 66 random bits."""
    return "p" + secrets.token_urlsafe(9)[:11]


def connect(url: URL) -> Engine:
    """An engine for an address of `database_url`; connects when first used.

    Its errors never quote what was to be stored.
    """
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": CONNECT_SECONDS},
        )
    prepare_file(url)
    engine = create_engine(url, pool_size=CONNECTIONS, max_overflow=0, hide_parameters=True)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    # The driver's own transactions start too late for a consistent read and for the write lock.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(conn: Connection) -> None:
    # A transaction that reads first and then writes cannot wait for the lock: it fails at once.
    writes = conn.get_execution_options().keys() & _WRITES
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _snapshots(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="REPEATABLE READ")


class SqlStore:
    """See `scheduling_core.ports.Store`.

    Args:
        engine: as `connect` makes it.
        enqueue: writes a job down in the transaction it is given.
        new_id: makes the id of a person met for the first time.
        threads: where its work is done, as many as connections; it closes them.
    """

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        enqueue: Enqueue,
        *,
        new_id: Callable[[], str] = new_person_id,
        threads: Threads | None = None,
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._enqueue = enqueue
        self._new_id = new_id
        self._is_sqlite = engine.dialect.name == "sqlite"
        # SQLite's own queue for the write lock is polling; waiting here is fair and wakes at once.
        self._writing = asyncio.Lock()
        self._readers = engine if self._is_sqlite else _snapshots(engine)
        self._writers = engine.execution_options(**_WRITES) if self._is_sqlite else engine
        # A thread for each open transaction: one that waits for another's lock never holds that one up.
        self._open = asyncio.Semaphore(CONNECTIONS)
        self._threads = threads or Threads(CONNECTIONS)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlReading]:
        """A consistent view, as of the first question."""
        async with self._unit(self._readers) as unit:
            yield SqlReading(self._threads, unit, self._vault)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTransaction]:
        """Commits at the end, rolls back when the block raises. Not to be nested."""
        async with self._turn_to_write(), self._unit(self._writers) as unit:
            yield SqlTransaction(self._threads, unit, self._vault, self._enqueue, self._new_id)

    async def accept(self, delivery: Delivery, catch_up: Job | None = None) -> Acceptance:
        """See the port; one crossing to a thread, its commit included."""
        async with self._turn_to_write(), self._open:
            return await self._threads.run(partial(self._accept, delivery, catch_up))

    def _accept(self, delivery: Delivery, catch_up: Job | None) -> Acceptance:
        with outages.named(), self._writers.begin() as conn:
            acceptor = Acceptor(conn, self._vault, self._new_id, delivery)
            return acceptor.accept(catch_up, partial(self._enqueue, conn))

    def _turn_to_write(self) -> AbstractAsyncContextManager[object]:
        return self._writing if self._is_sqlite else nullcontext()

    @asynccontextmanager
    async def _unit(self, engine: Engine) -> AsyncIterator[Unit]:
        unit = Unit(engine)
        async with self._open:
            with outages.named():
                try:
                    yield unit
                except BaseException:
                    await self._threads.run(unit.roll_back)
                    raise
                await self._threads.run(unit.commit)

    async def try_keys(self) -> None:
        """See whether the vault's keys are those of this database; see `rotation.try_keys`."""
        await self._threads.run(partial(rotation.try_keys, self._readers, self._vault))

    async def rotate_all(self) -> int:
        """Seal every secret again with the vault's newest key; see `rotation.rotate_all`."""
        return await self._threads.run(partial(rotation.rotate_all, self._writers, self._vault))

    async def raise_all(self) -> list[str]:
        """After a restore, raise every revision and SEQUENCE; see `raising.raise_all`."""
        return await self._threads.run(partial(raising.raise_all, self._writers))

    async def close(self) -> None:
        """Close all connections."""
        await self._threads.run(self._engine.dispose)
        self._threads.close()
