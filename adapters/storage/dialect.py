"""The one statement that SQLAlchemy spells differently for our two databases: INSERT … ON CONFLICT."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = postgresql.Insert | sqlite.Insert


def inserting(conn: AsyncConnection, table: Table) -> Insert:
    """An INSERT that takes `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if is_postgresql(conn) else sqlite.insert(table)


def is_postgresql(conn: AsyncConnection) -> bool:
    """Whether the connection leads to PostgreSQL (else to SQLite)."""
    return conn.dialect.name == "postgresql"
