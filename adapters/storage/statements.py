"""Small pieces of SQL, and where our two databases spell them differently."""

from sqlalchemy import ColumnElement, Table, and_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.rows import Columns

Insert = postgresql.Insert | sqlite.Insert


def inserting(conn: AsyncConnection, table: Table) -> Insert:
    """An INSERT that takes `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if is_postgresql(conn) else sqlite.insert(table)


def is_postgresql(conn: AsyncConnection) -> bool:
    """Whether the connection leads to PostgreSQL (else to SQLite)."""
    return conn.dialect.name == "postgresql"


def matches(table: Table, columns: Columns) -> ColumnElement[bool]:
    """The rows of *table* that have these values."""
    return and_(*(table.c[name] == value for name, value in columns.items()))
