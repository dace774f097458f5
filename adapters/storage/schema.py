"""Bringing a database up to the tables of this version."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from adapters.storage.store import BUSY_TIMEOUT_SECONDS, connect, database_url, prepare_file
from scheduling_core.mail import single_line

HEAD = "0008"
"""The newest migration."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x7061726C6579  # "parley"


class NoDatabase(Exception):
    """The database cannot be used; the text says why, in one line without its password."""


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise NoDatabase(f"The database cannot be used: {single_line(str(error.orig))}") from error
    except OSError as error:
        raise NoDatabase(f"The database cannot be used: {error}") from error


async def migrate(url: str) -> None:
    """Create the tables, or bring them up to date; does nothing to a database that is.

    Several processes may start at once: one migrates, the others wait. All happens in one transaction.

    Raises:
        NoDatabase: it does not answer, or is none.
    """
    await asyncio.to_thread(_migrate, database_url(url))


async def schema_is_current(url: str) -> bool:
    """Whether `migrate` would do nothing; never creates a file.

    Raises:
        NoDatabase: it does not answer, or is none.
    """
    return await asyncio.to_thread(_is_current, database_url(url))


@_said_plainly()
def _is_current(target: URL) -> bool:
    if target.get_backend_name() == "sqlite" and not _exists(target):
        return False
    engine = connect(target)
    try:
        with engine.connect() as conn:
            return version(conn) == HEAD
    finally:
        engine.dispose()


def _exists(url: URL) -> bool:
    return Path(url.database or "").exists()


def version(conn: Connection) -> str | None:
    """The migration the database stands at, or None when it is empty."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    found: str | None = conn.scalar(text("SELECT version_num FROM alembic_version"))
    return found


@_said_plainly()
def _migrate(url: URL) -> None:
    is_sqlite = url.get_backend_name() == "sqlite"
    prepare_file(url)
    engine = create_engine(url, hide_parameters=True)
    if is_sqlite:
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN EXCLUSIVE"))
    try:
        with engine.begin() as conn:
            if not is_sqlite:
                conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            found = version(conn)
            if found is not None and found > HEAD:
                raise NoDatabase("The database is of a newer version of Parley; install that one.")
            if found != HEAD:
                _upgrade(conn)
    finally:
        engine.dispose()


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}")


def _upgrade(conn: Connection) -> None:
    # Alembic takes 0.1 s to import, and only this needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
