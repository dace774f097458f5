"""What the room remembers between runs, in one SQLite file: people, rooms, messages, deliveries under way."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SCHEMA = """
create table if not exists people (id text primary key, name text, email text, zone text, locale text);
create table if not exists rooms (id text primary key, name text, members text);
create table if not exists messages (place integer primary key, room text, id text, revision integer,
    author text, only_for text, text text, card text, reply_to text, sent_at text, deleted integer,
    unique (room, id));
create table if not exists callbacks_seen (webhook_id text primary key);
create table if not exists outbox (webhook_id text primary key, room text, actor text, body blob,
    queued_at text);
insert or ignore into people values ('u-1', 'host', 'host@example.test', null, null),
    ('u-2', 'guest', 'guest@example.test', null, null), ('u-3', 'second', 'second@example.test', null, null);
insert or ignore into rooms values ('room-1', 'Logo design', 'u-1 u-2 u-3');
"""
# A copy replaces the one we have only when it is newer; the bot's messages never replace a person's.
PUT_MESSAGE = """
insert into messages (room, id, revision, author, only_for, text, card, reply_to, sent_at, deleted)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (room, id) do update
set revision = excluded.revision, only_for = excluded.only_for, text = excluded.text, card = excluded.card,
    deleted = excluded.deleted
where messages.author = excluded.author and (excluded.revision > messages.revision
    or excluded.revision = messages.revision and excluded.deleted > messages.deleted)
"""
MESSAGE_COLUMNS = "room, id, revision, author, only_for, text, card, reply_to, sent_at, deleted"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the demo; *zone* (IANA) and *locale* come from their browser."""

    id: str
    name: str
    email: str
    zone: str | None
    locale: str | None


@dataclass(frozen=True, slots=True)
class Room:
    """A room and the ids of its members."""

    id: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message; *only_for* names its one reader (None: all members). *sent_at* is RFC 3339, UTC."""

    room: str
    id: str
    revision: int
    author: str
    only_for: str | None
    text: str
    card: dict[str, Any] | None
    reply_to: str | None
    sent_at: str
    deleted: bool = False


class Store:
    """The room's file. Each call is one short transaction, so it may run on the event loop."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("pragma journal_mode = wal;" + SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def people(self) -> list[Person]:
        """Everybody, in the order of their ids."""
        return [Person(*row) for row in self._db.execute("select * from people order by id")]

    def save_person(self, person: Person) -> None:
        """Keep *person* as they are now."""
        values = (person.id, person.name, person.email, person.zone, person.locale)
        self._db.execute("replace into people values (?, ?, ?, ?, ?)", values)

    def room(self, room_id: object) -> Room | None:
        """The room with this id, if there is one."""
        return next((room for room in self._rooms() if room.id == room_id), None)

    def rooms_of(self, person_id: str) -> list[Room]:
        """The rooms this person is a member of, oldest first."""
        return [room for room in self._rooms() if person_id in room.members]

    def add_room(self, name: str, members: list[str]) -> Room:
        """A new room with the next free id."""
        with self._transaction():
            number = self._db.execute("select count(*) + 1 from rooms").fetchone()[0]
            room = Room(f"room-{number}", name, tuple(members))
            self._db.execute("insert into rooms values (?, ?, ?)", (room.id, name, " ".join(members)))
        return room

    def put(self, message: Message) -> bool:
        """Keep *message* unless we have it in this or a later revision; true when it changed something."""
        card = json.dumps(message.card) if message.card else None
        values = (message.room, message.id, message.revision, message.author, message.only_for, message.text)
        rest = (card, message.reply_to, message.sent_at, message.deleted)
        return self._db.execute(PUT_MESSAGE, values + rest).rowcount > 0

    def put_once(self, webhook_id: str, message: Message) -> bool:
        """`put` for a callback: one that comes again under the same webhook-id does nothing."""
        with self._transaction():
            fresh = self._db.execute(
                "insert or ignore into callbacks_seen values (?)", (webhook_id,)
            ).rowcount
            return bool(fresh) and self.put(message)

    def messages(self, room_id: str, reader_id: str, newest: int = 200) -> list[Message]:
        """The *newest* messages that this reader may see, oldest first."""
        rows = self._db.execute(
            f"select {MESSAGE_COLUMNS} from messages where room = ? and deleted = 0"  # noqa: S608 - a constant
            " and (only_for is null or only_for = ?) order by place desc limit ?",
            (room_id, reader_id, newest),
        ).fetchall()
        return [_message(row) for row in reversed(rows)]

    def queue(self, webhook_id: str, room_id: str, actor_id: str, body: bytes) -> bytes:
        """Remember a delivery before it is sent; the answer is the body first queued under this id."""
        values = (webhook_id, room_id, actor_id, body, datetime.now(UTC).isoformat())
        self._db.execute("insert or ignore into outbox values (?, ?, ?, ?, ?)", values)
        row = self._db.execute("select body from outbox where webhook_id = ?", (webhook_id,)).fetchone()
        return bytes(row[0])

    def unqueue(self, webhook_id: str) -> None:
        """The delivery has its answer."""
        self._db.execute("delete from outbox where webhook_id = ?", (webhook_id,))

    def queued(self, younger_than: timedelta) -> list[tuple[str, str, str, bytes]]:
        """(webhook-id, room, actor, body) of deliveries still without an answer; older ones are dropped."""
        oldest = (datetime.now(UTC) - younger_than).isoformat()
        self._db.execute("delete from outbox where queued_at < ?", (oldest,))
        return self._db.execute(
            "select webhook_id, room, actor, body from outbox order by queued_at"
        ).fetchall()

    def _rooms(self) -> list[Room]:
        rows = self._db.execute("select id, name, members from rooms order by rowid")
        return [Room(row[0], row[1], tuple(row[2].split())) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")


def _message(row: tuple[Any, ...]) -> Message:
    columns = list(row)
    columns[6], columns[9] = json.loads(row[6]) if row[6] else None, bool(row[9])
    return Message(*columns)
