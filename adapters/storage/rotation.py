"""Whether the keys fit; sealing everything again with the newest, so that an old one can be taken away."""

from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, select, tuple_, update

from adapters.storage import tables
from adapters.storage.secrets import Vault

_BATCH = 500


def try_keys(readers: Engine, vault: Vault) -> None:
    """Open one secret of each kind.

    Raises:
        WrongKey: the vault's keys are not those of this database.
    """
    columns = [c for table in tables.METADATA.sorted_tables for c in table.columns if c.info == tables.SEALED]
    with readers.connect() as conn:
        for column in columns:
            if sealed := conn.scalar(select(column).where(column.is_not(None)).limit(1)):
                vault.open(sealed)


def rotate_all(writers: Engine, vault: Vault) -> int:
    """Seal every secret of the database again, in short transactions; others may work meanwhile.

    Returns:
        How many secrets there were.

    Raises:
        WrongKey: one was sealed with a key the vault does not have; what came before it is done.
    """
    total = 0
    for table in tables.METADATA.sorted_tables:
        if any(column.info == tables.SEALED for column in table.columns):
            total += _rotate_table(writers, vault, table)
    return total


def _rotate_table(writers: Engine, vault: Vault, table: Table) -> int:
    total = 0
    last: tuple[Any, ...] | None = None
    while True:
        with writers.begin() as conn:
            batch = _next_batch(conn, table, last)
            for row in batch:
                total += _rotate_row(conn, vault, table, row)
        if len(batch) < _BATCH:
            return total
        last = _key(table, batch[-1])


def _next_batch(conn: Connection, table: Table, last: tuple[Any, ...] | None) -> list[Row[Any]]:
    key = list(table.primary_key.columns)
    query = select(table).order_by(*key).limit(_BATCH).with_for_update()
    if last is not None:
        query = query.where(tuple_(*key) > last)
    return list(conn.execute(query))


def _rotate_row(conn: Connection, vault: Vault, table: Table, row: Row[Any]) -> int:
    sealed = {
        column.name: row._mapping[column.name] for column in table.columns if column.info == tables.SEALED
    }
    rotated = {name: vault.rotate(value) for name, value in sealed.items() if value is not None}
    if rotated:
        key = zip(table.primary_key.columns, _key(table, row), strict=True)
        conn.execute(update(table).where(*(column == value for column, value in key)).values(rotated))
    return len(rotated)


def _key(table: Table, row: Row[Any]) -> tuple[Any, ...]:
    return tuple(row._mapping[column.name] for column in table.primary_key.columns)
