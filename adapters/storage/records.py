"""Records of adapters, and which rooms have missed something: one table, each content sealed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, select, update
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.selectable import Exists

from adapters.storage import rows, tables
from adapters.storage.sealed_rows import SealedRows
from adapters.storage.statements import is_postgresql, noticing, same
from adapters.storage.threads import in_thread, later
from scheduling_core.refs import RoomRef

MISSED = "room.missed"
"""Kind of the record of a room that does not have what we wanted to show there."""


class SqlRecordReading(SealedRows):
    """The part of `Reading` about records."""

    @in_thread
    def record(self, kind: str, key: str) -> str | None:
        row = self._first(_RECORD, kind=kind, key=key)
        return None if row is None else self._vault.open(row.content)

    @in_thread
    def records(self, kind: str) -> dict[str, str]:
        """See the port; sorted by key."""
        found = self._conn.execute(_RECORDS, {"kind": kind})
        return {row.key: self._vault.open(row.content) for row in found}


class SqlRecordWriting(SqlRecordReading):
    """The part of `Transaction` about records."""

    @later
    def save_record(self, kind: str, key: str, content: str, until: datetime | None = None) -> None:
        self._save_record(kind, key, content, until)

    def _save_record(self, kind: str, key: str, content: str, until: datetime | None) -> None:
        columns = {"kind": kind, "key": key, "content": self._vault.seal(content), "until": until}
        self._save(tables.records, columns, ("kind", "key"))

    @in_thread
    def take_record(self, kind: str, key: str, now: datetime) -> str | None:
        """See the port; what is past its time is gone as well."""
        row = self._conn.execute(_TAKE, {"kind": kind, "key": key}).first()
        if row is None or (row.until is not None and row.until <= now):
            return None
        return self._vault.open(row.content)

    @in_thread
    def replace_record(self, kind: str, key: str, was: str | None, content: str) -> bool:
        row = self._first(_RECORD, kind=kind, key=key)
        columns = {"kind": kind, "key": key, "content": self._vault.seal(content), "until": None}
        if row is None and was is None:
            new = noticing(is_postgresql(self._unit), tables.records, "key")
            return self._conn.execute(new, columns).first() is not None
        if row is None or was != self._vault.open(row.content):
            return False
        # Sealed anew by whoever was faster, even with the same content.
        seen = {f"of_{name}": getattr(row, name) for name in ("kind", "key", "content")}
        return self._conn.execute(_REPLACE, {**seen, "content": columns["content"]}).first() is not None

    @later
    def drop_record(self, kind: str, key: str) -> None:
        self._conn.execute(_DROP, {"kind": kind, "key": key})

    @later
    def note_missed(self, room: RoomRef, until: datetime) -> None:
        self._save_record(MISSED, _room_name(room), "", until)


def missed_in(room: RoomRef) -> rows.Columns:
    """The parameters of `HAS_MISSED`."""
    return {"missed": MISSED, "missed_in": _room_name(room)}


def take_missed(conn: Connection, room: RoomRef) -> bool:
    """Whether the room had missed something; of several that ask at once, one is told."""
    return bool(conn.execute(_DROP, {"kind": MISSED, "key": _room_name(room)}).rowcount)


def _room_name(room: RoomRef) -> str:
    return str(replace(room, thread=None))


def _has_missed() -> Exists:
    column = tables.records.c
    return exists().where(column.kind == bindparam("missed"), column.key == bindparam("missed_in"))


def _replace() -> ReturningUpdate[Any]:
    column = tables.records.c
    # A parameter must not have the name of a column that is set.
    same_as_seen = (column[name] == bindparam(f"of_{name}") for name in ("kind", "key", "content"))
    statement = update(tables.records).where(*same_as_seen)
    return statement.values(content=bindparam("content"), until=None).returning(column.key)


HAS_MISSED = _has_missed()
_RECORD = select(tables.records).where(same(tables.records, "kind", "key"))
_RECORDS = select(tables.records).where(same(tables.records, "kind")).order_by(tables.records.c.key)
_REPLACE = _replace()
_DROP = delete(tables.records).where(same(tables.records, "kind", "key"))
_TAKE = _DROP.returning(tables.records.c.content, tables.records.c.until)
