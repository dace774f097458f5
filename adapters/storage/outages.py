"""What tells a database that is away from a mistake of ours."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from scheduling_core.errors import StoreLost

# https://www.sqlite.org/rescode.html; the lower byte is the kind of failure.
_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: after a failover, of a server that was the
# first and is not any more.
_READ_ONLY = "25006"


def is_outage(error: BaseException) -> bool:
    """Whether the same may succeed when the database is back: it was lost, full, or locked for too long."""
    if isinstance(error, StoreLost | NoConnectionLeft):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_AWAY
    # Of PostgreSQL's operational errors none is a mistake of ours: those are programming errors.
    is_away = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    return is_away or getattr(error.orig, "sqlstate", "") == _READ_ONLY


@contextmanager
def named() -> Iterator[None]:
    """An outage leaves the block as `StoreLost`.

    Raises:
        StoreLost: the database does not answer.
    """
    try:
        yield
    except (DBAPIError, NoConnectionLeft) as error:
        if is_outage(error):
            raise StoreLost(type(error).__name__) from error
        raise
