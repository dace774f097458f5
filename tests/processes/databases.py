"""What a test does to a database behind the bot's back, on either kind."""

import itertools
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.postgres import Server
from tests.processes import patient
from tests.processes.harness import Bot

# The function is one of `tests.processes.patient`: only its processes can insert while this is there.
_HOLD_SQLITE = "CREATE TRIGGER hold BEFORE INSERT ON {table} BEGIN SELECT until_released(); END;"
_RELEASE_SQLITE = "DROP TRIGGER hold;"
_REFUSE_SQLITE = """
CREATE TRIGGER refuse_insert BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'disk full'); END;
CREATE TRIGGER refuse_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'disk full'); END;
"""
_TAKE_SQLITE = "DROP TRIGGER refuse_insert; DROP TRIGGER refuse_update;"
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
"""Cuts every connection to a database of PostgreSQL; run it from another."""


class Databases:
    """Copies of a database that `python -m bot migrate` brought up from empty."""

    def __init__(self, folder: Path, server: Server | None = None) -> None:
        self._server = server
        self._folder = folder
        self._numbers = itertools.count(1)
        if server:
            server.run("CREATE DATABASE parley_migrated")
        url = server.url("parley_migrated") if server else f"sqlite:///{folder}/migrated.db"
        migration = Bot({"PARLEY_DATABASE__URL": url, "PARLEY_DATA_DIR": str(folder)}, folder, "migrate")
        assert migration.exit_code() == 0, migration.text

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a migrated database without a row."""
        if self._server:
            with self._server.database("parley_migrated") as url:
                yield url
        else:
            copy = shutil.copy(self._folder / "migrated.db", self._folder / f"{next(self._numbers)}.db")
            yield f"sqlite:///{copy}"


@contextmanager
def held_inserts(url: str, table: str) -> Iterator[None]:
    """An insert into *table* goes on when this ends; on SQLite the process must be a `patient` one."""
    if url.startswith("sqlite"):
        held = patient.gate(url)
        held.touch()
        _sqlite_script(url, _HOLD_SQLITE.format(table=table))
        try:
            yield
        finally:
            held.unlink()
            _sqlite_script(url, _RELEASE_SQLITE)
    else:
        with psycopg.connect(url) as other:
            other.execute(f"LOCK TABLE {table} IN SHARE MODE".encode())
            yield


@contextmanager
def refused_writes(url: str, table: str) -> Iterator[None]:
    """Nothing can be written into *table* of a SQLite file."""
    _sqlite_script(url, _REFUSE_SQLITE.format(table=table))
    yield
    _sqlite_script(url, _TAKE_SQLITE)


def scalar(url: str, query: str) -> Any:
    """The first value of a query."""
    if url.startswith("sqlite"):
        conn = _sqlite(url)
        try:
            return conn.execute(query).fetchone()[0]
        finally:
            conn.close()
    with psycopg.connect(url) as conn_pg:
        row = conn_pg.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def pending_deliveries(url: str) -> int:
    """Deliveries recorded and not answered."""
    return int(scalar(url, "SELECT count(*) FROM deliveries WHERE answer IS NULL"))


def half_a_minute_passes(url: str) -> None:
    """For deliveries of processes that died: on PostgreSQL another process waits so long for them."""
    if not url.startswith("sqlite"):
        postgres(url, "UPDATE deliveries SET received_at = received_at - interval '31 seconds'")


def postgres(url: str, statement: str) -> None:
    """Run statements on PostgreSQL."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(statement.encode())


def _sqlite(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)


def _sqlite_script(url: str, script: str) -> None:
    conn = _sqlite(url)
    try:
        conn.executescript(script)
    finally:
        conn.close()
