"""Linked calendars in the database: accounts, busy times as last read, where copies were written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BindParameter, Row, Select, bindparam, case, delete, exists, select, update
from sqlalchemy.sql.dml import ReturningUpdate, Update

from adapters.storage import tables
from adapters.storage.feeds import SqlFeedReading, SqlFeedWriting
from adapters.storage.statements import is_postgresql, listed, same
from adapters.storage.threads import in_thread, later
from scheduling_core.availability import Busy, Unreadable
from scheduling_core.calendar_ports import Written
from scheduling_core.intervals import Interval
from scheduling_core.linked_calendars import AccountTimes, CalendarTimes, CopyRecord, LinkedAccount

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ACCOUNT: TypeAdapter[LinkedAccount] = TypeAdapter(LinkedAccount)


@dataclass(frozen=True, slots=True)
class _Written:
    """The event of a copy, and of which state it is; None while it is in doubt."""

    event: Written | None
    sequence: int | None
    span: Interval | None = None


_WRITTEN: TypeAdapter[_Written] = TypeAdapter(_Written)


class SqlCalendarReading(SqlFeedReading):
    """See `scheduling_core.linked_calendars.CalendarReading`."""

    @in_thread
    def account(self, account_id: str) -> LinkedAccount | None:
        row = self._by_id(tables.calendar_accounts, account_id)
        return None if row is None else self._account(row)

    @in_thread
    def accounts(self, people: Sequence[str]) -> dict[str, list[LinkedAccount]]:
        found: dict[str, list[LinkedAccount]] = {}
        for row in self._conn.execute(_ACCOUNTS, {"people": list(people)}):
            found.setdefault(row.person, []).append(self._account(row))
        return found

    @in_thread
    def account_secret(self, account_id: str) -> str | None:
        row = self._by_id(tables.calendar_accounts, account_id)
        return None if row is None else self._vault.open(row.secret)

    @in_thread
    def is_granted(self, grant: str) -> bool:
        return bool(grant) and self._first(_GRANTED, grant_mark=grant) is not None

    @in_thread
    def calendar_times(self, people: Sequence[str]) -> list[AccountTimes]:
        """See the port; only of accounts that have a calendar that counts."""
        found = self._conn.execute(_TIMES, {"people": list(people)})
        return [self._times(row) for row in found]

    @in_thread
    def copy(self, meeting: str, person: str) -> CopyRecord | None:
        row = self._first(_COPY, meeting=meeting, person=person)
        return None if row is None else self._copy(row)

    @in_thread
    def copies_of(self, meetings: Sequence[str]) -> list[CopyRecord]:
        """See the port; by meeting and person."""
        found = self._conn.execute(_COPIES_OF, {"meetings": list(meetings)}) if meetings else ()
        return [self._copy(row) for row in found]

    @in_thread
    def copies_in(self, account_id: str, after: datetime) -> list[CopyRecord]:
        """See the port; by their time."""
        found = self._conn.execute(_COPIES_IN, {"account": account_id, "after": after})
        return [self._copy(row) for row in found]

    @in_thread
    def copies_with(self, person: str, after: datetime) -> list[CopyRecord]:
        """See the port; by their time."""
        found = self._conn.execute(_COPIES_WITH, {"owner": person, "after": after})
        return [self._copy(row) for row in found]

    def _account(self, row: Row[Any]) -> LinkedAccount:
        return self._account_in(row.content)

    def _account_in(self, content: str) -> LinkedAccount:
        return _ACCOUNT.validate_json(self._vault.open(content))

    def _times(self, row: Row[Any]) -> AccountTimes:
        if row.content is None:
            return AccountTimes(row.id, row.owner, NEVER, Interval(NEVER, NEVER))
        account = self._account_in(row.linked)
        calendars = {
            name: _calendar_times(kept) for name, kept in json.loads(self._vault.open(row.content)).items()
        }
        window = Interval(row.window_start, row.window_end)
        is_read = all(each.calendar.id in calendars for each in account.counted)
        read_at = row.read_at if is_read else NEVER
        return AccountTimes(row.id, row.owner, read_at, window, calendars, row.asked)

    def _copy(self, row: Row[Any]) -> CopyRecord:
        calendar, span = self._vault.open(row.calendar), Interval(row.starts, row.ends)
        key = (row.meeting, row.person, row.account, calendar)
        if row.written is None:
            return CopyRecord(*key, row.sequence, span)
        kept = _WRITTEN.validate_json(self._vault.open(row.written))
        return CopyRecord(*key, row.sequence, span, kept.event, kept.sequence, kept.event is None, kept.span)


class SqlCalendarWriting(SqlCalendarReading, SqlFeedWriting):
    """See `scheduling_core.linked_calendars.CalendarWriting`."""

    @later
    def save_account(self, account: LinkedAccount, secret: str | None = None) -> None:
        """See the port.

        Raises:
            ValueError: it is new and comes without a secret; shows at the commit.
        """
        stored = self._by_id(tables.calendar_accounts, account.id)
        if stored is None and secret is None:
            raise ValueError("a new account needs its secret")
        if stored is not None and self._account(stored).counted != account.counted:
            self._conn.execute(_DROP_TIMES, {"account": account.id})
        columns = {
            "id": account.id,
            "person": account.person,
            "content": self._vault.seal(_ACCOUNT.dump_json(account).decode()),
            "counts": bool(account.counted),
            # What still stands in a calendar of it is looked after, whatever was chosen since.
            "is_followed": bool(account.followed()) or self._holds_copies(account.id),
            "is_broken": account.trouble is not None,
            "grant_mark": account.grant,
        }
        if secret is not None:
            columns["secret"] = self._vault.seal(secret)
        if stored is None:
            self._conn.execute(tables.calendar_accounts.insert(), {**columns, "look_at": NEVER})
            self._conn.execute(_MARK_LINKED, {"owner": account.person})
        else:
            self._conn.execute(_change_account(tuple(columns)), {**columns, "of_id": account.id})

    def _holds_copies(self, account_id: str) -> bool:
        return self._first(_ANY_COPY, account=account_id) is not None

    @in_thread
    def renew_account_secret(self, account_id: str, before: str, secret: str) -> bool:
        row = self._first(_SECRET, id=account_id)
        if row is None or self._vault.open(row.secret) != before:
            return False
        changed = {"of_id": account_id, "secret": self._vault.seal(secret)}
        return self._conn.execute(_change_account(("secret",)), changed).rowcount > 0

    @later
    def drop_account(self, account_id: str) -> None:
        row = self._conn.execute(_DROP_ACCOUNT, {"id": account_id}).first()
        if row is not None:
            self._conn.execute(_DROP_TIMES, {"account": account_id})
            self._drop_feeds(account_id)
            self._conn.execute(_DROP_COPIES, {"account": account_id})
            self._conn.execute(_MARK_LINKED, {"owner": row.person})

    @later
    def save_calendar_times(
        self, times: AccountTimes, look_again: datetime, cursors: Mapping[str, str] | None = None
    ) -> None:
        if not self._look_again(times.account, look_again):
            return  # unlinked meanwhile
        kept = {name: _kept(calendar) for name, calendar in times.calendars.items()}
        columns = {
            "account": times.account,
            "read_at": times.read_at,
            "window_start": times.window.start,
            "window_end": times.window.end,
            "content": self._vault.seal(json.dumps(kept, separators=(",", ":"))),
            "asked": times.asked,
        }
        # Whoever was faster read before these cursors were made, perhaps: they would skip what came between.
        if self._save(tables.calendar_times, columns, ("account",), _newer_times):
            self._save_cursors(times.account, cursors or {})

    @later
    def keep_calendar_times(
        self, account_id: str, read_at: datetime, look_again: datetime, cursors: Mapping[str, str]
    ) -> None:
        values = {"of_account": account_id, "at": read_at}
        if self._look_again(account_id, look_again) and self._conn.execute(_STILL_SO, values).rowcount:
            self._save_cursors(account_id, cursors)

    def _look_again(self, account_id: str, at: datetime) -> bool:
        """Whether it is linked."""
        return self._conn.execute(_LOOK_AGAIN, {"of_id": account_id, "at": at}).rowcount > 0

    @in_thread
    def due_accounts(self, now: datetime, until: datetime, limit: int) -> list[str]:
        due = _due(is_postgresql(self._unit))
        found = self._conn.execute(due, {"now": now, "until": until, "most": limit})
        return [row.id for row in found]

    @later
    def save_copy(self, copy: CopyRecord) -> None:
        written = None
        if copy.written is not None or copy.is_in_doubt:
            kept = _Written(copy.written, copy.written_sequence, copy.written_span)
            written = _WRITTEN.dump_json(kept).decode()
        columns = {
            "meeting": copy.meeting,
            "person": copy.person,
            "account": copy.account,
            "calendar": self._vault.seal(copy.calendar),
            "sequence": copy.sequence,
            "starts": copy.span.start,
            "ends": copy.span.end,
            "written": self._vault.seal_optional(written),
        }
        self._save(tables.event_copies, columns, ("meeting", "person"), _not_older)

    @later
    def drop_copy(self, meeting: str, person: str) -> None:
        self._conn.execute(_DROP_COPY, {"meeting": meeting, "person": person})


def _kept(times: CalendarTimes) -> dict[str, Any]:
    spans = None if times.busy is None else [list(span) for span in times.busy.spans]
    failed = times.unreadable and [times.unreadable.reason, times.unreadable.needs_owner]
    return {"busy": spans, "unreadable": failed}


def _calendar_times(kept: dict[str, Any]) -> CalendarTimes:
    spans, failed = kept["busy"], kept["unreadable"]
    busy = None if spans is None else Busy(tuple(Interval(_at(start), _at(end)) for start, end in spans))
    return CalendarTimes(busy, failed and Unreadable(*failed))


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _newer_times(stored: Any, new: Any) -> tuple[dict[str, Any], Any]:
    return {}, stored.read_at <= new.read_at


def _not_older(stored: Any, new: Any) -> tuple[dict[str, Any], Any]:
    return {}, stored.sequence <= new.sequence


@cache
def _change_account(names: tuple[str, ...]) -> Update:
    account = tables.calendar_accounts
    changed: dict[str, Any] = {name: bindparam(name) for name in names if name != "id"}
    return update(account).where(account.c.id == bindparam("of_id")).values(changed)


def _times_query() -> Select[Any]:
    account, times = tables.calendar_accounts.c, tables.calendar_times
    columns = (account.id, account.person.label("owner"), account.content.label("linked"), *times.c)
    query = select(*columns).outerjoin_from(tables.calendar_accounts, times, times.c.account == account.id)
    return query.where(account.person.in_(listed("people")), account.counts).order_by(account.id)


@cache
def _due(is_postgres: bool) -> ReturningUpdate[Any]:
    account = tables.calendar_accounts
    oldest = select(account.c.id).where(account.c.look_at <= bindparam("now"), account.c.is_followed)
    oldest = oldest.order_by(account.c.look_at).limit(bindparam("most"))
    if is_postgres:
        # Several processes look at once: each takes others.
        oldest = oldest.with_for_update(skip_locked=True)
    taking = update(account).where(account.c.id.in_(oldest)).values(look_at=bindparam("until"), is_told=False)
    return taking.returning(account.c.id)


def _look_again() -> Update:
    """What was told since the account was taken is still to be asked for."""
    account = tables.calendar_accounts
    at: BindParameter[datetime] = bindparam("at", type_=account.c.look_at.type)
    look_at = case((account.c.is_told, account.c.look_at), else_=at)
    return update(account).where(account.c.id == bindparam("of_id")).values(look_at=look_at)


def _mark_linked() -> Update:
    owner: BindParameter[str] = bindparam("owner")
    account = tables.calendar_accounts.c
    return (
        update(tables.persons)
        .where(tables.persons.c.id == owner)
        .values(linked=exists().where(account.person == owner))
    )


_ACCOUNTS = (
    select(tables.calendar_accounts)
    .where(tables.calendar_accounts.c.person.in_(listed("people")))
    .order_by(tables.calendar_accounts.c.linked_at, tables.calendar_accounts.c.id)
)
_GRANTED = select(tables.calendar_accounts.c.id).where(same(tables.calendar_accounts, "grant_mark")).limit(1)
# Whoever else replaces it waits, or is waited for: what is compared is what is replaced.
_SECRET = (
    select(tables.calendar_accounts.c.secret).where(same(tables.calendar_accounts, "id")).with_for_update()
)
_TIMES = _times_query()
_LOOK_AGAIN = _look_again()
_STILL_SO = (
    update(tables.calendar_times)
    .where(
        tables.calendar_times.c.account == bindparam("of_account"),
        tables.calendar_times.c.read_at <= bindparam("at"),
    )
    .values(read_at=bindparam("at"))
)
_COPY = select(tables.event_copies).where(same(tables.event_copies, "meeting", "person"))
_COPIES_OF = (
    select(tables.event_copies)
    .where(tables.event_copies.c.meeting.in_(listed("meetings")))
    .order_by(tables.event_copies.c.meeting, tables.event_copies.c.person)
)
_COPIES_IN = (
    select(tables.event_copies)
    .where(same(tables.event_copies, "account"), tables.event_copies.c.ends > bindparam("after"))
    .order_by(tables.event_copies.c.starts, tables.event_copies.c.meeting)
)
_COPIES_WITH = (
    select(tables.event_copies)
    .join(tables.calendar_accounts, tables.calendar_accounts.c.id == tables.event_copies.c.account)
    .where(
        tables.calendar_accounts.c.person == bindparam("owner"),
        tables.event_copies.c.ends > bindparam("after"),
    )
    .order_by(tables.event_copies.c.starts, tables.event_copies.c.meeting)
)
_ANY_COPY = select(tables.event_copies.c.meeting).where(same(tables.event_copies, "account")).limit(1)
_MARK_LINKED = _mark_linked()
_DROP_ACCOUNT = (
    delete(tables.calendar_accounts)
    .where(same(tables.calendar_accounts, "id"))
    .returning(tables.calendar_accounts.c.person)
)
_DROP_TIMES = delete(tables.calendar_times).where(same(tables.calendar_times, "account"))
_DROP_COPIES = delete(tables.event_copies).where(same(tables.event_copies, "account"))
_DROP_COPY = delete(tables.event_copies).where(same(tables.event_copies, "meeting", "person"))
