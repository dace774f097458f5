"""Statements that are built once, and where our two databases spell them differently.

Building a statement of SQLAlchemy costs more than having SQLite execute it: what every delivery needs is
built once and given its values when executed.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Executable,
    Select,
    Table,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from adapters.storage.rows import Columns
from adapters.storage.threads import Unit

Insert = postgresql.Insert | sqlite.Insert
Rule = Callable[[Any, Any], tuple[Columns, ColumnElement[bool] | None]]
"""Stored columns, new columns → what is set besides the given columns, and when to replace at all."""


def inserting(conn: Connection | Unit, table: Table) -> Insert:
    """An INSERT that takes `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if is_postgresql(conn) else sqlite.insert(table)


def is_postgresql(conn: Connection | Unit) -> bool:
    """Whether the connection leads to PostgreSQL (else to SQLite)."""
    return conn.dialect.name == "postgresql"


def matches(table: Table, columns: Columns) -> ColumnElement[bool]:
    """The rows of *table* that have these values."""
    return and_(*(table.c[name] == value for name, value in columns.items()))


@cache
def same(table: Table, *names: str) -> ColumnElement[bool]:
    """The rows of *table* whose columns *names* equal the parameters of these names."""
    return and_(*(table.c[name] == bindparam(name) for name in names))


def listed(name: str) -> BindParameter[Any]:
    """A parameter that takes a list, for `in_`."""
    return bindparam(name, expanding=True)


@cache
def by_id(table: Table) -> Select[Any]:
    """The row whose id is the parameter `id`."""
    return select(table).where(same(table, "id"))


@cache
def ignoring(is_postgres: bool, table: Table) -> Insert:
    """Insert rows unless they are there."""
    insert: Insert = postgresql.insert(table) if is_postgres else sqlite.insert(table)
    return insert.on_conflict_do_nothing()


@cache
def noticing(is_postgres: bool, table: Table, returned: str) -> Executable:
    """Insert a row unless it is there; returns the column *returned* if it was not."""
    return ignoring(is_postgres, table).returning(table.c[returned])


@cache
def saving(
    is_postgres: bool,
    table: Table,
    names: tuple[str, ...],
    key: tuple[str, ...] = ("id",),
    rule: Rule | None = None,
    among: tuple[str, ...] = (),
) -> Executable:
    """Insert, or replace what has the same *key* if *rule* lets it; returns a row if either happened.

    Args:
        names: the columns that are given, as parameters of their names.
        among: a new row's `position` is one more than the highest of the rows that have the same values in
            these columns, given as parameters `among_…`; without them the table has no positions.
    """
    insert: Insert = postgresql.insert(table) if is_postgres else sqlite.insert(table)
    if among:
        insert = insert.values(position=_next_position(table, among))
    more, where = rule(table.c, insert.excluded) if rule else ({}, None)
    replaced = {name: insert.excluded[name] for name in names if name not in key}
    upsert = insert.on_conflict_do_update(index_elements=list(key), set_={**replaced, **more}, where=where)
    return upsert.returning(*table.primary_key.columns)


def _next_position(table: Table, among: tuple[str, ...]) -> ColumnElement[int]:
    highest = select(func.coalesce(func.max(table.c.position), 0) + 1)
    return highest.where(*(table.c[name] == bindparam(f"among_{name}") for name in among)).scalar_subquery()


def after_all(table: Table, among: tuple[str, ...]) -> ColumnElement[int]:
    """In an update: one more than the highest `position` of the rows with the same values in *among*."""
    others = table.alias("others")
    highest = select(func.max(others.c.position) + 1)
    return highest.where(*(others.c[name] == table.c[name] for name in among)).scalar_subquery()
