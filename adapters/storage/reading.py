"""The `Reading` port over one database connection: one query for each question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select

from adapters.storage import payloads, rows, tables
from adapters.storage.calendars import SqlCalendarReading
from adapters.storage.records import SqlRecordReading
from adapters.storage.statements import listed, matches, same
from adapters.storage.threads import in_thread
from scheduling_core.deliveries import Delivery, Message
from scheduling_core.intervals import Interval
from scheduling_core.meeting import Draft, Hold, Meeting, Phase, Wish
from scheduling_core.people import Person
from scheduling_core.ports import Claim, Counts, Known, QueuedMail, Shown
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef


class SqlReading(SqlRecordReading, SqlCalendarReading):
    """What is stored, as one transaction sees it. See `scheduling_core.ports.Reading`."""

    @in_thread
    def counts(self) -> Counts:
        mails, deliveries, meetings = tables.mails.c, tables.deliveries.c, tables.meetings.c
        outcome = case((mails.outcome == "", "waiting"), (mails.outcome == "sent", "sent"), else_="refused")
        by_outcome = select(outcome.label("state"), func.count()).group_by("state")
        by_phase = select(meetings.phase, func.count()).group_by(meetings.phase)
        pending = select(func.count()).where(deliveries.answer.is_(None))
        unreadable = select(func.count()).where(tables.calendar_accounts.c.is_broken)
        return Counts(
            meetings={row[0]: row[1] for row in self._conn.execute(by_phase)},
            mails={row[0]: row[1] for row in self._conn.execute(by_outcome)},
            deliveries_pending=int(self._conn.scalar(pending) or 0),
            calendars_unreadable=int(self._conn.scalar(unreadable) or 0),
        )

    @in_thread
    def person(self, person_id: str) -> Person | None:
        row = self._by_id(tables.persons, person_id)
        return row and rows.person(row, self._vault)

    @in_thread
    def people(self, person_ids: Sequence[str]) -> dict[str, Person]:
        return self._people(_PEOPLE, ids=list(person_ids))

    @in_thread
    def members(self, room: RoomRef) -> dict[str, Person]:
        return self._people(_MEMBERS, **rows.room_key(room))

    @in_thread
    def is_stopped(self, workspace: WorkspaceRef) -> bool:
        return self._first(_STOPPED, **rows.workspace_key(workspace)) is not None

    @in_thread
    def meeting(self, meeting_id: str) -> Meeting | None:
        row = self._by_id(tables.meetings, meeting_id)
        return row and rows.meeting(row, self._vault)

    @in_thread
    def meeting_of_card(self, message_id: str) -> Meeting | None:
        query = select(tables.meetings).where(tables.meetings.c.message == message_id)
        row = self._first(query)
        return row and rows.meeting(row, self._vault)

    @in_thread
    def open_invitations(self, people: Sequence[str]) -> list[Meeting]:
        meetings = tables.meetings.c
        query = select(tables.meetings).where(meetings.phase == Phase.INVITING, _with(people))
        return self._meetings(query.order_by(meetings.expires_at, meetings.id))

    @in_thread
    def agenda(self, person_id: str, since: datetime) -> list[Meeting]:
        """See the port; what has no time yet comes last, the first to expire first."""
        meetings = tables.meetings.c
        booked = and_(meetings.phase == Phase.CONFIRMED, meetings.ends > since)
        query = select(tables.meetings).where(
            _with([person_id]), or_(meetings.phase == Phase.INVITING, booked)
        )
        untimed = meetings.phase == Phase.INVITING
        return self._meetings(query.order_by(untimed, meetings.starts, meetings.expires_at, meetings.id))

    @in_thread
    def taken(self, people: Sequence[str], window: Interval, now: datetime) -> dict[str, list[Claim]]:
        asked = {"people": list(people), "after": window.start, "before": window.end, "now": now}
        taken: dict[str, list[Claim]] = {person: [] for person in people}
        for row in self._conn.execute(_TAKEN, asked):
            taken[row.person].append(Claim(row.holder, Interval(row.starts, row.ends), row.until is not None))
        return taken

    @in_thread
    def draft(self, host: str, room: RoomRef) -> Draft | None:
        row = self._first(_DRAFT, host=host, **rows.room_key(room))
        return row and rows.draft(row)

    @in_thread
    def draft_by_id(self, draft_id: str) -> Draft | None:
        row = self._by_id(tables.drafts, draft_id)
        return row and rows.draft(row)

    @in_thread
    def hold(self, hold_id: str) -> Hold | None:
        row = self._by_id(tables.holds, hold_id)
        return row and rows.hold(row)

    @in_thread
    def holds(self, guest: str, room: RoomRef, now: datetime) -> list[Hold]:
        holds = tables.holds.c
        key = matches(tables.holds, {"guest": guest, **rows.room_key(room)})
        query = select(tables.holds).where(key, holds.expires_at > now).order_by(holds.position.desc())
        return [rows.hold(row) for row in self._conn.execute(query)]

    @in_thread
    def meeting_holds(self, meeting_id: str) -> list[Hold]:
        return [rows.hold(row) for row in self._conn.execute(_MEETING_HOLDS, {"meeting": meeting_id})]

    @in_thread
    def wish(self, wish_id: str) -> Wish | None:
        row = self._by_id(tables.wishes, wish_id)
        return row and rows.wish(row)

    @in_thread
    def meeting_wishes(self, meeting_id: str) -> list[Wish]:
        query = select(tables.wishes).where(tables.wishes.c.meeting == meeting_id)
        return [rows.wish(row) for row in self._conn.execute(query.order_by(tables.wishes.c.id))]

    @in_thread
    def open_wishes(self, host: str) -> list[Wish]:
        meetings, wishes = tables.meetings.c, tables.wishes.c
        query = select(tables.wishes).join(tables.meetings, meetings.id == wishes.meeting)
        query = query.where(meetings.host == host, meetings.phase == Phase.INVITING).order_by(wishes.id)
        return [rows.wish(row) for row in self._conn.execute(query)]

    @in_thread
    def message(self, message_id: str) -> Shown | None:
        row = self._by_id(tables.messages, message_id)
        return row and rows.shown(row, self._vault)

    @in_thread
    def message_shown_as(self, workspace: WorkspaceRef, shown_as: str) -> str | None:
        messages, key = tables.messages.c, rows.workspace_key(workspace)
        query = select(messages.id).where(matches(tables.messages, key), messages.shown_as == shown_as)
        found: str | None = self._conn.execute(query).scalar()
        return found

    @in_thread
    def recent_messages(self, room: RoomRef, reader: PersonRef, limit: int) -> list[Message]:
        messages = tables.messages.c
        visible = or_(messages.audience.is_(None), _for(reader))
        is_there = and_(visible, messages.card.is_not(None))
        query = select(tables.messages).where(matches(tables.messages, rows.room_key(room)), is_there)
        query = query.order_by(messages.position.desc(), messages.id).limit(limit)
        return [rows.message(row, self._vault) for row in self._conn.execute(query)]

    @in_thread
    def shown_privately(self, reader: PersonRef, shown_in: str, limit: int) -> list[Message]:
        messages = tables.messages.c
        is_there = messages.shown_as.startswith(shown_in, autoescape=True)
        query = select(tables.messages).where(_for(reader), is_there, messages.card.is_not(None))
        query = query.order_by(messages.shown_as.desc()).limit(limit)
        return [rows.message(row, self._vault) for row in self._conn.execute(query)]

    @in_thread
    def messages_about(self, meeting_id: str) -> list[Message]:
        found = self._conn.execute(_ABOUT, {"about": meeting_id})
        return [rows.message(row, self._vault) for row in found]

    @in_thread
    def unshown(self, workspace: WorkspaceRef) -> list[Message]:
        found = self._conn.execute(_UNSHOWN, rows.workspace_key(workspace))
        return [rows.message(row, self._vault) for row in found]

    @in_thread
    def mail(self, mail_id: str) -> QueuedMail | None:
        """See the port; of a mail that has an outcome only the envelope is left."""
        row = self._by_id(tables.mails, mail_id)
        return row and rows.mail(row, self._vault)

    @in_thread
    def known(self, delivery: Delivery) -> Known:
        """See the port.

        Raises:
            LookupError: the delivery was never accepted.
        """
        actors = self._people(_ACCOUNT, **rows.ref_columns(delivery.actor.ref))
        members = self._people(_MEMBERS, **rows.room_key(delivery.room.ref))
        if not actors:
            raise LookupError(f"no delivery of {delivery.actor.ref} was accepted")
        actor = next(iter(actors.values()))
        return Known(actor, delivery.room.admits_actor and actor.id in members, members)

    @in_thread
    def pending_deliveries(self, before: datetime) -> list[Delivery]:
        """See the port; in the order they were received."""
        deliveries = tables.deliveries.c
        query = select(deliveries.payload).where(deliveries.answer.is_(None), deliveries.received_at < before)
        found = self._conn.scalars(query.order_by(deliveries.received_at, deliveries.delivery))
        return [payloads.delivery_from_text(self._vault.open(sealed)) for sealed in found]

    def _people(self, query: Select[Any], **values: Any) -> dict[str, Person]:
        return {row.id: rows.person(row, self._vault) for row in self._conn.execute(query, values)}

    def _meetings(self, query: Select[Any]) -> list[Meeting]:
        return [rows.meeting(row, self._vault) for row in self._conn.execute(query)]


def _with(people: Sequence[str]) -> ColumnElement[bool]:
    mine = select(tables.participants.c.meeting).where(tables.participants.c.person.in_(people))
    return tables.meetings.c.id.in_(mine)


def _for(reader: PersonRef) -> ColumnElement[bool]:
    """Messages that only they see."""
    messages = tables.messages.c
    return and_(
        messages.audience == reader.person,
        messages.platform == reader.realm.platform,
        messages.audience_realm == reader.realm.workspace,
    )


def _taken() -> Select[Any]:
    claim = tables.claims.c
    query = select(tables.claims).where(
        claim.person.in_(listed("people")),
        claim.ends > bindparam("after"),
        claim.starts < bindparam("before"),
        or_(claim.until.is_(None), claim.until > bindparam("now")),
    )
    return query.order_by(claim.starts)


def _unshown() -> Select[Any]:
    messages = tables.messages.c
    # What was taken away before anybody saw it has nothing to show.
    is_something = or_(messages.card.is_not(None), messages.shown_as.is_not(None))
    is_owed = and_(messages.revision_shown < messages.revision, is_something)
    query = select(tables.messages).where(same(tables.messages, "platform", "workspace"), is_owed)
    return query.order_by(messages.room, messages.position, messages.id)


_ROOM = ("platform", "workspace", "room")
_UNSHOWN = _unshown()
_TAKEN = _taken()
_PEOPLE = select(tables.persons).where(tables.persons.c.id.in_(listed("ids")))
_ACCOUNT = select(tables.persons).where(same(tables.persons, "platform", "realm", "account"))
_MEMBERS = (
    select(tables.persons)
    .join(tables.memberships)
    .where(same(tables.memberships, *_ROOM))
    .order_by(tables.persons.c.id)
)
_STOPPED = select(tables.stopped).where(same(tables.stopped, "platform", "workspace"))
_DRAFT = select(tables.drafts).where(same(tables.drafts, "host", *_ROOM))
_MEETING_HOLDS = select(tables.holds).where(same(tables.holds, "meeting")).order_by(tables.holds.c.position)
_ABOUT = (
    select(tables.messages)
    .where(
        same(tables.messages, "about"),
        tables.messages.c.audience.is_not(None),
        tables.messages.c.card.is_not(None),
    )
    .order_by(tables.messages.c.id)
)
