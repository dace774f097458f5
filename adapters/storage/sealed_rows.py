"""Asking for rows and saving them, for every part of the store that works on one transaction."""

from typing import Any

from sqlalchemy import Row, Select, Table

from adapters.storage.rows import Columns
from adapters.storage.secrets import Vault
from adapters.storage.statements import Rule, by_id, is_postgresql, saving
from adapters.storage.threads import InThread, Threads, Unit


class SealedRows(InThread):
    """The rows one transaction sees, some of their columns sealed by the vault."""

    def __init__(self, threads: Threads, unit: Unit, vault: Vault) -> None:
        super().__init__(threads, unit)
        self._vault = vault

    def _first(self, query: Select[Any], **values: Any) -> Row[Any] | None:
        row: Row[Any] | None = self._conn.execute(query, values).first()
        return row

    def _by_id(self, table: Table, row_id: str) -> Row[Any] | None:
        return self._first(by_id(table), id=row_id)

    def _save(
        self,
        table: Table,
        columns: Columns,
        key: tuple[str, ...] = ("id",),
        rule: Rule | None = None,
        among: tuple[str, ...] = (),
    ) -> bool:
        """See `saving`; whether anything was written."""
        statement = saving(is_postgresql(self._unit), table, tuple(columns), key, rule, among)
        place = {f"among_{name}": columns[name] for name in among}
        return self._conn.execute(statement, {**columns, **place}).first() is not None
