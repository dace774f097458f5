"""What follows linked calendars, in the database: cursors, and channels with their secrets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BindParameter, Row, bindparam, case, delete, select, update

from adapters.storage import tables
from adapters.storage.sealed_rows import SealedRows
from adapters.storage.statements import listed, same
from adapters.storage.threads import in_thread, later
from scheduling_core.calendar_ports import Watch
from scheduling_core.linked_calendars import Feed

_CHANNEL: TypeAdapter[tuple[Watch | None, str, str]] = TypeAdapter(tuple[Watch | None, str, str])
"""A watch, its secret and its address."""
_NONE = (None, "", "")


class SqlFeedReading(SealedRows):
    """See `scheduling_core.linked_calendars.CalendarReading`."""

    @in_thread
    def feeds(self, account_id: str) -> list[Feed]:
        return [self._feed(row) for row in self._conn.execute(_FEEDS, {"account": account_id})]

    def _feed(self, row: Row[Any]) -> Feed:
        watch, secret, address = (
            _CHANNEL.validate_json(self._vault.open(row.channel)) if row.channel else _NONE
        )
        cursor = self._vault.open(row.cursor) if row.cursor else ""
        return Feed(row.account, row.calendar, cursor, watch, secret, row.tend_at, address)


class SqlFeedWriting(SqlFeedReading):
    """See `scheduling_core.linked_calendars.CalendarWriting`."""

    @later
    def note_told(self, account_id: str, now: datetime) -> None:
        self._conn.execute(_TOLD, {"of_id": account_id, "at": now})

    @later
    def keep_awake(self, people: Sequence[str], until: datetime) -> None:
        self._conn.execute(_AWAKE, {"people": list(people), "at": until})

    @later
    def save_feed(self, feed: Feed) -> None:
        if self._conn.execute(_HELD, {"id": feed.account}).first() is None:
            return  # unlinked meanwhile
        channel = _told(feed) if feed.watch else None
        sealed = self._vault.seal_optional(channel)
        self._save_feed(feed.account, feed.calendar, channel=sealed, tend_at=feed.tend_at)

    @later
    def drop_feed(self, account_id: str, calendar: str) -> None:
        self._conn.execute(_DROP_FEED, {"account": account_id, "calendar": calendar})

    def _save_cursors(self, account_id: str, cursors: Mapping[str, str]) -> None:
        for calendar, cursor in cursors.items():
            self._save_feed(account_id, calendar, cursor=self._vault.seal_optional(cursor or None))

    def _save_feed(self, account_id: str, calendar: str, **columns: Any) -> None:
        key = {"account": account_id, "calendar": calendar}
        self._save(tables.calendar_feeds, {**key, **columns}, tuple(key))

    def _drop_feeds(self, account_id: str) -> None:
        self._conn.execute(_DROP_FEEDS, {"account": account_id})


def _told(feed: Feed) -> str:
    return _CHANNEL.dump_json((feed.watch, feed.secret, feed.address)).decode()


_accounts, _feeds = tables.calendar_accounts, tables.calendar_feeds
_FEEDS = select(_feeds).where(same(_feeds, "account")).order_by(_feeds.c.calendar)
# Whoever unlinks it waits until we are done, or has done so.
_HELD = select(_accounts.c.id).where(same(_accounts, "id")).with_for_update()
_at: BindParameter[datetime] = bindparam("at", type_=_accounts.c.look_at.type)
_SOONER = update(_accounts).values(
    is_told=True, look_at=case((_accounts.c.look_at < _at, _accounts.c.look_at), else_=_at)
)
_TOLD = _SOONER.where(_accounts.c.id == bindparam("of_id"))
_AWAKE = _SOONER.where(_accounts.c.person.in_(listed("people")))
_DROP_FEED = delete(_feeds).where(same(_feeds, "account", "calendar"))
_DROP_FEEDS = delete(_feeds).where(same(_feeds, "account"))
