"""The `Reading` port over one database connection: one query for each question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage import payloads, rows, tables
from adapters.storage.secrets import Vault
from adapters.storage.statements import matches
from scheduling_core.deliveries import Delivery, Message
from scheduling_core.intervals import Interval
from scheduling_core.meeting import Draft, Hold, Meeting, Phase, Wish
from scheduling_core.people import Person
from scheduling_core.ports import Claim, Counts, Known, QueuedMail, Shown
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef


class SqlReading:
    """What is stored, as one transaction sees it. See `scheduling_core.ports.Reading`."""

    def __init__(self, conn: AsyncConnection, vault: Vault) -> None:
        self._conn = conn
        self._vault = vault

    async def counts(self) -> Counts:
        mails, deliveries, meetings = tables.mails.c, tables.deliveries.c, tables.meetings.c
        outcome = case((mails.outcome == "", "waiting"), (mails.outcome == "sent", "sent"), else_="refused")
        by_outcome = select(outcome.label("state"), func.count()).group_by("state")
        by_phase = select(meetings.phase, func.count()).group_by(meetings.phase)
        pending = select(func.count()).where(deliveries.answer.is_(None))
        return Counts(
            meetings={row[0]: row[1] for row in await self._conn.execute(by_phase)},
            mails={row[0]: row[1] for row in await self._conn.execute(by_outcome)},
            deliveries_pending=int(await self._conn.scalar(pending) or 0),
        )

    async def person(self, person_id: str) -> Person | None:
        row = await self._by_id(tables.persons, person_id)
        return row and rows.person(row, self._vault)

    async def people(self, person_ids: Sequence[str]) -> dict[str, Person]:
        return await self._people(select(tables.persons).where(tables.persons.c.id.in_(person_ids)))

    async def members(self, room: RoomRef) -> dict[str, Person]:
        inside = matches(tables.memberships, rows.room_key(room))
        query = select(tables.persons).join(tables.memberships).where(inside)
        return await self._people(query.order_by(tables.persons.c.id))

    async def is_stopped(self, workspace: WorkspaceRef) -> bool:
        query = select(tables.stopped).where(matches(tables.stopped, rows.workspace_key(workspace)))
        return await self._first(query) is not None

    async def meeting(self, meeting_id: str) -> Meeting | None:
        row = await self._by_id(tables.meetings, meeting_id)
        return row and rows.meeting(row, self._vault)

    async def open_invitations(self, people: Sequence[str]) -> list[Meeting]:
        meetings = tables.meetings.c
        query = select(tables.meetings).where(meetings.phase == Phase.INVITING, _with(people))
        return await self._meetings(query.order_by(meetings.expires_at, meetings.id))

    async def agenda(self, person_id: str, since: datetime) -> list[Meeting]:
        """See the port; what has no time yet comes last, the first to expire first."""
        meetings = tables.meetings.c
        booked = and_(meetings.phase == Phase.CONFIRMED, meetings.ends > since)
        query = select(tables.meetings).where(
            _with([person_id]), or_(meetings.phase == Phase.INVITING, booked)
        )
        untimed = meetings.phase == Phase.INVITING
        return await self._meetings(
            query.order_by(untimed, meetings.starts, meetings.expires_at, meetings.id)
        )

    async def taken(self, people: Sequence[str], window: Interval, now: datetime) -> dict[str, list[Claim]]:
        claims = tables.claims.c
        query = select(tables.claims).where(
            claims.person.in_(people),
            claims.ends > window.start,
            claims.starts < window.end,
            or_(claims.until.is_(None), claims.until > now),
        )
        taken: dict[str, list[Claim]] = {person: [] for person in people}
        for row in await self._conn.execute(query.order_by(claims.starts)):
            taken[row.person].append(Claim(row.holder, Interval(row.starts, row.ends), row.until is not None))
        return taken

    async def draft(self, host: str, room: RoomRef) -> Draft | None:
        key = matches(tables.drafts, {"host": host, **rows.room_key(room)})
        row = await self._first(select(tables.drafts).where(key))
        return row and rows.draft(row)

    async def draft_by_id(self, draft_id: str) -> Draft | None:
        row = await self._by_id(tables.drafts, draft_id)
        return row and rows.draft(row)

    async def hold(self, hold_id: str) -> Hold | None:
        row = await self._by_id(tables.holds, hold_id)
        return row and rows.hold(row)

    async def holds(self, guest: str, room: RoomRef, now: datetime) -> list[Hold]:
        holds = tables.holds.c
        key = matches(tables.holds, {"guest": guest, **rows.room_key(room)})
        query = select(tables.holds).where(key, holds.expires_at > now).order_by(holds.position.desc())
        return [rows.hold(row) for row in await self._conn.execute(query)]

    async def meeting_holds(self, meeting_id: str) -> list[Hold]:
        query = select(tables.holds).where(tables.holds.c.meeting == meeting_id)
        return [rows.hold(row) for row in await self._conn.execute(query.order_by(tables.holds.c.position))]

    async def wish(self, wish_id: str) -> Wish | None:
        row = await self._by_id(tables.wishes, wish_id)
        return row and rows.wish(row)

    async def message(self, message_id: str) -> Shown | None:
        row = await self._by_id(tables.messages, message_id)
        return row and rows.shown(row, self._vault)

    async def recent_messages(self, room: RoomRef, reader: PersonRef, limit: int) -> list[Message]:
        messages = tables.messages.c
        visible: ColumnElement[bool] = messages.audience.is_(None)
        if reader.workspace == room.workspace:
            visible = or_(visible, messages.audience == reader.person)
        query = select(tables.messages).where(matches(tables.messages, rows.room_key(room)), visible)
        query = query.order_by(messages.position.desc(), messages.id).limit(limit)
        return [rows.message(row, self._vault) for row in await self._conn.execute(query)]

    async def mail(self, mail_id: str) -> QueuedMail | None:
        """See the port; of a mail that has an outcome only the envelope is left."""
        row = await self._by_id(tables.mails, mail_id)
        return row and rows.mail(row, self._vault)

    async def known(self, delivery: Delivery) -> Known:
        """See the port.

        Raises:
            LookupError: the delivery was never accepted.
        """
        ref = rows.ref_columns(delivery.actor.ref)
        actors = await self._people(select(tables.persons).where(matches(tables.persons, ref)))
        members = await self.members(delivery.room.ref)
        if not actors:
            raise LookupError(f"no delivery of {delivery.actor.ref} was accepted")
        actor = next(iter(actors.values()))
        return Known(actor, actor.id in members, members)

    async def pending_deliveries(self, before: datetime) -> list[Delivery]:
        """See the port; in the order they were received."""
        deliveries = tables.deliveries.c
        query = select(deliveries.payload).where(deliveries.answer.is_(None), deliveries.received_at < before)
        found = await self._conn.scalars(query.order_by(deliveries.received_at, deliveries.delivery))
        return [payloads.delivery_from_text(self._vault.open(sealed)) for sealed in found]

    async def _first(self, query: Select[Any]) -> Row[Any] | None:
        row: Row[Any] | None = (await self._conn.execute(query)).first()
        return row

    async def _by_id(self, table: Table, row_id: str) -> Row[Any] | None:
        return await self._first(select(table).where(table.c.id == row_id))

    async def _people(self, query: Select[Any]) -> dict[str, Person]:
        return {row.id: rows.person(row, self._vault) for row in await self._conn.execute(query)}

    async def _meetings(self, query: Select[Any]) -> list[Meeting]:
        return [rows.meeting(row, self._vault) for row in await self._conn.execute(query)]


def _with(people: Sequence[str]) -> ColumnElement[bool]:
    mine = select(tables.participants.c.meeting).where(tables.participants.c.person.in_(people))
    return tables.meetings.c.id.in_(mine)
