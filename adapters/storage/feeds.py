"""What follows linked calendars, in the database: cursors, and channels with their secrets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BindParameter, Row, bindparam, case, delete, select, update
from sqlalchemy.sql.dml import Update

from adapters.storage import tables
from adapters.storage.rows import Columns
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
        """See the port; by the ids of the calendars."""
        found = [self._feed(row) for row in self._conn.execute(_FEEDS, {"account": account_id})]
        return sorted(found, key=lambda feed: feed.calendar)

    def _feed(self, row: Row[Any]) -> Feed:
        watch, secret, address = (
            _CHANNEL.validate_json(self._vault.open(row.channel)) if row.channel else _NONE
        )
        cursor = self._vault.open(row.cursor) if row.cursor else ""
        calendar = self._vault.open(row.calendar)
        return Feed(row.account, calendar, cursor, watch, secret, row.tend_at, address)


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
        if not self._hold(feed.account):
            return  # unlinked meanwhile
        sealed = self._vault.seal_optional(_told(feed) if feed.watch else None)
        self._save_feeds(feed.account, {feed.calendar: {"channel": sealed, "tend_at": feed.tend_at}})

    @later
    def drop_feed(self, account_id: str, calendar: str) -> None:
        if self._hold(account_id):
            place = self._places(account_id).get(calendar)
            self._conn.execute(_DROP_FEED, {"account": account_id, "place": place})

    def _hold(self, account_id: str) -> bool:
        """Whether it is linked, and stays so until we are done; nobody else changes its feeds meanwhile."""
        return self._conn.execute(_HELD, {"id": account_id}).first() is not None

    def _save_cursors(self, account_id: str, cursors: Mapping[str, str]) -> None:
        """The account is held by who calls."""
        changes = {
            name: {"cursor": self._vault.seal_optional(each or None)} for name, each in cursors.items()
        }
        if changes:
            self._save_feeds(account_id, changes)

    def _save_feeds(self, account_id: str, changes: Mapping[str, Columns]) -> None:
        places = self._places(account_id)
        free = count(max(places.values(), default=-1) + 1)
        for calendar, columns in changes.items():
            if (place := places.get(calendar)) is not None:
                key = {"of_account": account_id, "of_place": place}
                self._conn.execute(_change_feed(tuple(columns)), {**key, **columns})
            else:
                new = {"account": account_id, "place": next(free), "calendar": self._vault.seal(calendar)}
                self._conn.execute(_feeds.insert(), {**new, **columns})

    def _places(self, account_id: str) -> dict[str, int]:
        found = self._conn.execute(_FEEDS, {"account": account_id})
        return {self._vault.open(row.calendar): row.place for row in found}

    def _drop_feeds(self, account_id: str) -> None:
        self._conn.execute(_DROP_FEEDS, {"account": account_id})


def _told(feed: Feed) -> str:
    return _CHANNEL.dump_json((feed.watch, feed.secret, feed.address)).decode()


@cache
def _change_feed(names: tuple[str, ...]) -> Update:
    of_one = (_feeds.c.account == bindparam("of_account"), _feeds.c.place == bindparam("of_place"))
    return update(_feeds).where(*of_one).values({name: bindparam(name) for name in names})


_accounts, _feeds = tables.calendar_accounts, tables.calendar_feeds
_FEEDS = select(_feeds).where(same(_feeds, "account")).order_by(_feeds.c.place)
_HELD = select(_accounts.c.id).where(same(_accounts, "id")).with_for_update()
_at: BindParameter[datetime] = bindparam("at", type_=_accounts.c.look_at.type)
_SOONER = update(_accounts).values(
    is_told=True, look_at=case((_accounts.c.look_at < _at, _accounts.c.look_at), else_=_at)
)
_TOLD = _SOONER.where(_accounts.c.id == bindparam("of_id"))
_AWAKE = _SOONER.where(_accounts.c.person.in_(listed("people")))
_DROP_FEED = delete(_feeds).where(same(_feeds, "account", "place"))
_DROP_FEEDS = delete(_feeds).where(same(_feeds, "account"))
