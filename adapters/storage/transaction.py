"""The `Transaction` port over one database connection."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Table,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage import payloads, retention, rows, tables
from adapters.storage.acceptance import Acceptor
from adapters.storage.reading import SqlReading
from adapters.storage.rows import Columns
from adapters.storage.secrets import Vault
from adapters.storage.statements import inserting, is_postgresql, matches
from scheduling_core.deliveries import Answer, Delivery, Message
from scheduling_core.errors import Conflict
from scheduling_core.intervals import Interval
from scheduling_core.meeting import Draft, Hold, Meeting, Phase, Wish
from scheduling_core.people import Person
from scheduling_core.ports import Acceptance, Job, QueuedMail
from scheduling_core.refs import WorkspaceRef

Enqueue = Callable[[Connection, Job], None]
"""Writes a job down in the transaction of the connection."""

_OPEN = (Phase.INVITING, Phase.CONFIRMED)


class SqlTransaction(SqlReading):
    """Changes that happen together. See `scheduling_core.ports.Transaction`."""

    def __init__(
        self, conn: AsyncConnection, vault: Vault, enqueue: Enqueue, new_id: Callable[[], str]
    ) -> None:
        super().__init__(conn, vault)
        self._enqueue = enqueue
        self._new_id = new_id

    async def lock(self, people: Sequence[str]) -> None:
        # On SQLite nobody else writes at all while this transaction is open.
        if not is_postgresql(self._conn):
            return
        person = tables.persons.c.id
        query = select(person).where(person.in_(people)).order_by(person)
        await self._conn.execute(query.with_for_update(key_share=True))

    async def accept(self, delivery: Delivery) -> Acceptance:
        return await Acceptor(self._conn, self._vault, self._new_id, delivery).accept()

    async def finish(self, delivery: Delivery, answer: Answer) -> None:
        deliveries = tables.deliveries.c
        key = {**rows.workspace_key(delivery.room.ref.workspace), "delivery": delivery.id}
        statement = update(tables.deliveries).where(
            matches(tables.deliveries, key), deliveries.answer.is_(None)
        )
        sealed = self._vault.seal(payloads.answer_text(answer))
        done = statement.values(answer=sealed, payload=None).returning(deliveries.delivery)
        if (await self._conn.execute(done)).first() is None:
            raise Conflict(f"delivery {delivery.id} is finished already")

    async def stop_workspace(self, workspace: WorkspaceRef) -> None:
        statement = inserting(self._conn, tables.stopped).values(rows.workspace_key(workspace))
        await self._conn.execute(statement.on_conflict_do_nothing())

    async def save_person(self, person: Person) -> None:
        await self._save(tables.persons, rows.person_columns(person, self._vault))

    async def save_meeting(self, meeting: Meeting) -> None:
        columns = rows.meeting_columns(meeting, self._vault)
        is_newer = tables.meetings.c.revision < meeting.revision
        if not await self._save(tables.meetings, columns, where=is_newer):
            raise Conflict(f"meeting {meeting.id} has changed")
        await self._save_participants(meeting)

    async def _save_participants(self, meeting: Meeting) -> None:
        taking_part = set(meeting.participants) if meeting.phase in _OPEN else set()
        participant = tables.participants.c
        others = and_(participant.meeting == meeting.id, participant.person.not_in(taking_part))
        await self._conn.execute(delete(tables.participants).where(others))
        if taking_part:
            new = [{"meeting": meeting.id, "person": person} for person in sorted(taking_part)]
            statement = inserting(self._conn, tables.participants).values(new)
            await self._conn.execute(statement.on_conflict_do_nothing())

    async def save_draft(self, draft: Draft) -> None:
        columns = rows.draft_columns(draft)
        key = {"host": draft.host, **rows.room_key(draft.room)}
        before = or_(tables.drafts.c.id == draft.id, matches(tables.drafts, key))
        await self._conn.execute(delete(tables.drafts).where(before))
        await self._save(tables.drafts, columns, key=tuple(key))

    async def drop_draft(self, draft_id: str) -> None:
        await self._drop(tables.drafts, draft_id)

    async def save_hold(self, hold: Hold) -> None:
        columns = rows.hold_columns(hold)
        position = _next_position(tables.holds, {"guest": hold.guest})
        await self._save(tables.holds, columns, only_at_first={"position": position})

    async def drop_hold(self, hold_id: str) -> None:
        await self._drop(tables.holds, hold_id)

    async def save_wish(self, wish: Wish) -> None:
        await self._save(tables.wishes, rows.wish_columns(wish))

    async def drop_wish(self, wish_id: str) -> None:
        await self._drop(tables.wishes, wish_id)

    async def claim(
        self,
        holder: str,
        people: Sequence[str],
        span: Interval,
        *,
        now: datetime,
        until: datetime | None = None,
    ) -> bool:
        everybody = sorted(set(people))
        await self.lock(everybody)
        attempt = await self._conn.begin_nested()
        await self._conn.execute(delete(tables.claims).where(_gives_way(holder, everybody, span, now)))
        taken = {"holder": holder, "starts": span.start, "ends": span.end, "until": until}
        if await self._insert_claims([{**taken, "person": person} for person in everybody]):
            await attempt.commit()
            return True
        await attempt.rollback()
        return False

    async def _insert_claims(self, new: list[Columns]) -> bool:
        """Whether all of them fit: PostgreSQL leaves out what does not, SQLite's trigger refuses it."""
        if not new:
            return True
        statement = inserting(self._conn, tables.claims).values(new)
        if is_postgresql(self._conn):
            statement = statement.on_conflict_do_nothing()
        try:
            result = await self._conn.execute(statement.returning(tables.claims.c.person))
        except IntegrityError as error:
            if tables.OVERLAP in str(error.orig):
                return False
            raise
        return len(result.all()) == len(new)

    async def release(self, holder: str) -> None:
        await self._conn.execute(delete(tables.claims).where(tables.claims.c.holder == holder))

    async def save_message(self, message: Message, *, revision_shown: int = 0) -> None:
        """See the port; a lower revision than the stored one changes nothing."""
        columns = rows.message_columns(message, self._vault)
        stored = tables.messages.c
        position = _next_position(tables.messages, rows.room_key(message.room))
        highest = case((stored.revision_shown > revision_shown, stored.revision_shown), else_=revision_shown)
        await self._save(
            tables.messages,
            {**columns, "position": position, "revision_shown": revision_shown},
            changed={"revision_shown": highest, "changed_at": func.now()},
            where=stored.revision <= message.revision,
        )

    async def mark_shown(self, message_id: str, revision: int, shown_as: str | None) -> None:
        """See the port; what was learned of an earlier revision than the one on record is dropped."""
        stored = tables.messages.c
        statement = update(tables.messages).where(stored.id == message_id, stored.revision_shown <= revision)
        await self._conn.execute(statement.values(revision_shown=revision, shown_as=shown_as))

    async def save_mail(self, mail: QueuedMail) -> None:
        """See the port; a mail that has an outcome stays as it is."""
        is_waiting = tables.mails.c.outcome == ""
        await self._save(tables.mails, rows.mail_columns(mail, self._vault), where=is_waiting)

    async def mark_mail(self, mail_id: str, outcome: str) -> None:
        row = await self._by_id(tables.mails, mail_id)
        if row is None:
            return
        mail = payloads.mail_from_text(self._vault.open(row.content))
        content = self._vault.seal(payloads.mail_text(payloads.envelope(mail)))
        statement = update(tables.mails).where(tables.mails.c.id == mail_id)
        await self._conn.execute(statement.values(outcome=outcome, content=content))

    async def forget(self, before: datetime) -> int:
        return await retention.forget(self._conn, before)

    async def enqueue(self, job: Job) -> None:
        await self._conn.run_sync(self._enqueue, job)

    async def _save(
        self,
        table: Table,
        columns: Columns,
        *,
        key: Sequence[str] = ("id",),
        changed: Columns | None = None,
        only_at_first: Columns | None = None,
        where: ColumnElement[bool] | None = None,
    ) -> bool:
        """Insert, or replace what has the same *key* if *where* holds of it; whether either happened."""
        statement = inserting(self._conn, table).values({**columns, **(only_at_first or {})})
        replaced = {name: statement.excluded[name] for name in columns if name not in key}
        upsert = statement.on_conflict_do_update(
            index_elements=list(key), set_={**replaced, **(changed or {})}, where=where
        )
        return (await self._conn.execute(upsert.returning(table.c.id))).first() is not None

    async def _drop(self, table: Table, row_id: str) -> None:
        await self._conn.execute(delete(table).where(table.c.id == row_id))


def _gives_way(holder: str, people: Sequence[str], span: Interval, now: datetime) -> ColumnElement[bool]:
    claim = tables.claims.c
    has_expired = and_(
        claim.person.in_(people), claim.until <= now, claim.starts < span.end, claim.ends > span.start
    )
    return or_(claim.holder == holder, has_expired)


def _next_position(table: Table, among: Columns) -> ScalarSelect[Any]:
    highest = select(func.coalesce(func.max(table.c.position), 0) + 1)
    return highest.where(matches(table, among)).scalar_subquery()
