"""The `Transaction` port over one database connection."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Delete,
    Select,
    String,
    Table,
    Update,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate

from adapters.storage import payloads, retention, rows, tables
from adapters.storage.acceptance import Acceptor
from adapters.storage.calendars import SqlCalendarWriting
from adapters.storage.reading import SqlReading
from adapters.storage.records import SqlRecordWriting
from adapters.storage.rows import Columns
from adapters.storage.secrets import Vault
from adapters.storage.statements import (
    after_all,
    ignoring,
    inserting,
    is_postgresql,
    listed,
    matches,
    same,
)
from adapters.storage.threads import Threads, Unit, in_thread, later
from scheduling_core.deliveries import Answer, Delivery, Message
from scheduling_core.errors import Conflict, DoneElsewhere
from scheduling_core.intervals import Interval
from scheduling_core.meeting import Draft, Hold, Meeting, Phase, Wish
from scheduling_core.people import Person
from scheduling_core.ports import Acceptance, Job, QueuedMail
from scheduling_core.refs import RoomRef, WorkspaceRef

Enqueue = Callable[[Connection, Job], None]
"""Writes a job down in the transaction of the connection."""

_OPEN = (Phase.INVITING, Phase.CONFIRMED)
_ROOM = ("platform", "workspace", "room")


class SqlTransaction(SqlReading, SqlRecordWriting, SqlCalendarWriting):
    """Changes that happen together. See `scheduling_core.ports.Transaction`."""

    def __init__(
        self, threads: Threads, unit: Unit, vault: Vault, enqueue: Enqueue, new_id: Callable[[], str]
    ) -> None:
        super().__init__(threads, unit, vault)
        self._enqueue = enqueue
        self._new_id = new_id

    async def lock(self, people: Sequence[str]) -> None:
        # On SQLite nobody else writes at all while this transaction is open.
        if is_postgresql(self._unit):
            self._unit.put(partial(self._lock, people))

    def _lock(self, people: Sequence[str]) -> None:
        self._conn.execute(_LOCK, {"people": list(people)})

    @in_thread
    def accept(self, delivery: Delivery, catch_up: Job | None = None) -> Acceptance:
        enqueue = partial(self._enqueue, self._conn)
        return Acceptor(self._conn, self._vault, self._new_id, delivery).accept(catch_up, enqueue)

    @later
    def finish(self, delivery: Delivery, answer: Answer) -> None:
        """See the port; the conflict shows at the commit."""
        key = {**rows.workspace_key(delivery.room.ref.workspace), "delivery": delivery.id}
        sealed = self._vault.seal(payloads.answer_text(answer))
        if (
            self._conn.execute(
                _FINISH, {**{f"of_{name}": value for name, value in key.items()}, "answer": sealed}
            ).first()
            is None
        ):
            raise DoneElsewhere(f"delivery {delivery.id} is finished already")

    @later
    def stop_workspace(self, workspace: WorkspaceRef) -> None:
        statement = inserting(self._conn, tables.stopped).values(rows.workspace_key(workspace))
        self._conn.execute(statement.on_conflict_do_nothing())

    @later
    def save_person(self, person: Person) -> None:
        self._save(tables.persons, rows.person_columns(person, self._vault))

    @later
    def save_meeting(self, meeting: Meeting) -> None:
        """See the port; the conflict shows at the next question or at the commit."""
        if not self._save(tables.meetings, rows.meeting_columns(meeting, self._vault), rule=_newer_meeting):
            raise Conflict(f"meeting {meeting.id} has changed")
        taking_part = set(meeting.participants) if meeting.phase in _OPEN else set()
        self._conn.execute(_OTHERS, {"meeting": meeting.id, "taking_part": list(taking_part)})
        if taking_part:
            new = [{"meeting": meeting.id, "person": person} for person in sorted(taking_part)]
            self._conn.execute(ignoring(is_postgresql(self._unit), tables.participants), new)

    @later
    def save_draft(self, draft: Draft) -> None:
        columns = rows.draft_columns(draft)
        key = {"host": draft.host, **rows.room_key(draft.room)}
        before = or_(tables.drafts.c.id == draft.id, matches(tables.drafts, key))
        self._conn.execute(delete(tables.drafts).where(before))
        self._save(tables.drafts, columns, key=tuple(key))

    @later
    def drop_draft(self, host: str, room: RoomRef) -> None:
        self._conn.execute(_DROP_DRAFT, {"host": host, **rows.room_key(room)})

    @later
    def save_hold(self, hold: Hold) -> None:
        self._save(tables.holds, rows.hold_columns(hold), among=("guest",))

    @later
    def drop_hold(self, hold_id: str) -> None:
        self._drop(tables.holds, hold_id)

    @later
    def save_wish(self, wish: Wish) -> None:
        self._save(tables.wishes, rows.wish_columns(wish))

    @later
    def drop_wish(self, wish_id: str) -> None:
        self._drop(tables.wishes, wish_id)

    @in_thread
    def claim(
        self,
        holder: str,
        people: Sequence[str],
        span: Interval,
        *,
        now: datetime,
        until: datetime | None = None,
    ) -> bool:
        everybody = sorted(set(people))
        if is_postgresql(self._unit):
            self._lock(everybody)
        attempt = self._conn.begin_nested()
        ends = {"before": span.end, "after": span.start, "now": now}
        self._conn.execute(_MAKE_ROOM, {"holder": holder, "people": everybody, **ends})
        taken = {"holder": holder, "starts": span.start, "ends": span.end, "until": until}
        if self._insert_claims([{**taken, "person": person} for person in everybody]):
            attempt.commit()
            return True
        attempt.rollback()
        return False

    def _insert_claims(self, new: list[Columns]) -> bool:
        """Whether all of them fit: PostgreSQL leaves out what does not, SQLite's trigger refuses it."""
        if not new:
            return True
        statement = inserting(self._conn, tables.claims).values(new)
        if is_postgresql(self._conn):
            statement = statement.on_conflict_do_nothing()
        try:
            result = self._conn.execute(statement.returning(tables.claims.c.person))
        except IntegrityError as error:
            if tables.OVERLAP in str(error.orig):
                return False
            raise
        return len(result.all()) == len(new)

    @later
    def release(self, holder: str) -> None:
        self._conn.execute(_RELEASE, {"holder": holder})

    @later
    def save_message(
        self,
        message: Message,
        *,
        revision_shown: int = 0,
        about: str | None = None,
        path: str | None = None,
        is_newest: bool = False,
    ) -> None:
        """See the port; a lower revision than the stored one changes nothing."""
        columns = rows.message_columns(message, self._vault)
        columns |= {"revision_shown": revision_shown, "about": about}
        if path is not None:
            columns["path"] = self._vault.seal_optional(path or None)
        rule = _newest_message if is_newest else _latest_message
        self._save(tables.messages, columns, rule=rule, among=_ROOM)

    @later
    def mark_shown(self, message_id: str, revision: int, shown_as: str | None) -> None:
        """See the port; what was learned of an earlier revision than the one on record is dropped."""
        values = {"of_id": message_id, "to_revision": revision, "told": shown_as}
        self._conn.execute(_MARK_SHOWN, values)

    @later
    def save_mail(self, mail: QueuedMail) -> None:
        """See the port; a mail that has an outcome stays as it is."""
        self._save(tables.mails, rows.mail_columns(mail, self._vault), rule=_waiting_mail)

    @later
    def mark_mail(self, mail_id: str, outcome: str) -> None:
        row = self._by_id(tables.mails, mail_id)
        if row is None:
            return
        mail = payloads.mail_from_text(self._vault.open(row.content))
        content = self._vault.seal(payloads.mail_text(payloads.envelope(mail)))
        statement = update(tables.mails).where(tables.mails.c.id == mail_id)
        self._conn.execute(statement.values(outcome=outcome, content=content))

    @in_thread
    def forget(self, before: datetime) -> int:
        return retention.forget(self._conn, before)

    @in_thread
    def forget_workspace(self, workspace: WorkspaceRef) -> int:
        return retention.forget_workspace(self._conn, workspace)

    @later
    def enqueue(self, job: Job) -> None:
        self._enqueue(self._conn, job)

    def _drop(self, table: Table, row_id: str) -> None:
        self._conn.execute(_dropping(table), {"id": row_id})


@cache
def _dropping(table: Table) -> Delete:
    return delete(table).where(same(table, "id"))


def _newer_meeting(stored: Any, new: Any) -> tuple[Columns, ColumnElement[bool]]:
    return {}, stored.revision < new.revision


def _latest_message(stored: Any, new: Any) -> tuple[Columns, ColumnElement[bool]]:
    highest = case(
        (stored.revision_shown > new.revision_shown, stored.revision_shown), else_=new.revision_shown
    )
    # What was taken away comes back as a new message.
    position = case((stored.card.is_(None), new.position), else_=stored.position)
    more = {"revision_shown": highest, "position": position, "changed_at": func.now()}
    return more, stored.revision <= new.revision


def _newest_message(stored: Any, new: Any) -> tuple[Columns, ColumnElement[bool]]:
    more, where = _latest_message(stored, new)
    return {**more, "position": new.position}, where


def _waiting_mail(stored: Any, _new: Any) -> tuple[Columns, ColumnElement[bool]]:
    return {}, stored.outcome == ""


def _finish() -> ReturningUpdate[Any]:
    # A parameter must not have the name of a column that is set.
    column = tables.deliveries.c
    key = (column[name] == bindparam(f"of_{name}") for name in ("platform", "workspace", "delivery"))
    statement = update(tables.deliveries).where(*key, column.answer.is_(None))
    return statement.values(payload=None, answer=bindparam("answer")).returning(column.delivery)


def _make_room() -> Delete:
    claim = tables.claims.c
    has_expired = and_(
        claim.person.in_(listed("people")),
        claim.until <= bindparam("now"),
        claim.starts < bindparam("before"),
        claim.ends > bindparam("after"),
    )
    return delete(tables.claims).where(or_(same(tables.claims, "holder"), has_expired))


def _lock() -> Select[Any]:
    person = tables.persons.c.id
    query = select(person).where(person.in_(listed("people"))).order_by(person)
    return query.with_for_update(key_share=True)


def _mark_shown() -> Update:
    stored = tables.messages.c
    revision: BindParameter[int] = bindparam("to_revision")
    is_gone = and_(stored.card.is_(None), stored.revision <= revision)
    statement = update(tables.messages).where(
        stored.id == bindparam("of_id"), stored.revision_shown <= revision
    )
    path = case((is_gone, None), else_=stored.path)
    told: BindParameter[str | None] = bindparam("told", type_=String)
    # Somebody deleted it there, and it was posted anew; NULL is never another id.
    is_anew = and_(stored.shown_as != "", told != "", stored.shown_as != told)
    position = case((is_anew, after_all(tables.messages, _ROOM)), else_=stored.position)
    return statement.values(revision_shown=revision, shown_as=told, path=path, position=position)


_DROP_DRAFT = delete(tables.drafts).where(same(tables.drafts, "host", *_ROOM))
_LOCK = _lock()
_MARK_SHOWN = _mark_shown()
_FINISH = _finish()
_MAKE_ROOM = _make_room()
_RELEASE = delete(tables.claims).where(same(tables.claims, "holder"))
_OTHERS = delete(tables.participants).where(
    same(tables.participants, "meeting"), tables.participants.c.person.not_in(listed("taking_part"))
)
