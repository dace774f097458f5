"""Forgetting what is over, and who has left."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Delete, func, or_, select
from sqlalchemy import delete as delete_from

from adapters.storage import rows, tables
from adapters.storage.records import MISSED
from adapters.storage.statements import matches
from scheduling_core.meeting import Phase
from scheduling_core.refs import WorkspaceRef

_OPEN = (Phase.INVITING, Phase.CONFIRMED)
_BATCH = 500
"""People forgotten by one statement: SQLite takes at most 32,766 parameters."""


def forget(conn: Connection, before: datetime) -> int:
    """See `Transaction.forget`. Returns how many rows are gone."""
    return sum(conn.execute(statement).rowcount for statement in _statements(before))


def _statements(before: datetime) -> Sequence[Delete]:
    """In an order that leaves nothing pointing at what is gone."""
    meetings, messages, deliveries = tables.meetings.c, tables.messages.c, tables.deliveries.c
    records = tables.records.c
    over = func.coalesce(meetings.ends, meetings.expires_at) < before
    closed = select(meetings.id).where(meetings.phase.not_in(_OPEN), over)
    cards = select(meetings.message)
    return (
        delete_from(tables.holds).where(tables.holds.c.expires_at < before),
        delete_from(tables.claims).where(tables.claims.c.ends < before),
        delete_from(tables.wishes).where(tables.wishes.c.meeting.in_(closed)),
        delete_from(tables.mails).where(tables.mails.c.meeting.in_(closed), tables.mails.c.outcome != ""),
        delete_from(tables.event_copies).where(tables.event_copies.c.ends < before),
        delete_from(tables.meetings).where(meetings.id.in_(closed)),
        delete_from(tables.messages).where(messages.changed_at < before, messages.id.not_in(cards)),
        delete_from(tables.drafts).where(tables.drafts.c.changed_at < before),
        delete_from(tables.deliveries).where(deliveries.answer.is_not(None), deliveries.received_at < before),
        delete_from(tables.records).where(records.until < before),
    )


def forget_workspace(conn: Connection, workspace: WorkspaceRef) -> int:
    """See `Transaction.forget_workspace`."""
    stopped = delete_from(tables.stopped).where(matches(tables.stopped, rows.workspace_key(workspace)))
    # Who speaks meanwhile deletes the same row: one of us waits for the other, and then finds it gone.
    gone = conn.execute(stopped).rowcount
    if gone:
        met = _met_in(conn, workspace)
        gone += sum(conn.execute(statement).rowcount for statement in _everything_in(workspace))
        gone += _forget_people(conn, _nowhere_else(conn, workspace, met))
    return gone


def _met_in(conn: Connection, workspace: WorkspaceRef) -> list[str]:
    """Ids of everybody met there; what makes them known in another workspace waits until we are done."""
    here = rows.workspace_key(workspace)
    persons, inside = tables.persons.c, tables.memberships
    members = select(inside.c.person).where(matches(inside, here))
    meetings = select(tables.meetings.c.id).where(matches(tables.meetings, here))
    taking_part = select(tables.participants.c.person).where(tables.participants.c.meeting.in_(meetings))
    theirs_alone = matches(tables.persons, {"platform": workspace.platform, "realm": workspace.workspace})
    met = or_(theirs_alone, persons.id.in_(members), persons.id.in_(taking_part))
    return list(conn.scalars(select(persons.id).where(met).order_by(persons.id).with_for_update()))


def _nowhere_else(conn: Connection, workspace: WorkspaceRef, met: Sequence[str]) -> list[str]:
    """Those of them who, once everything there is gone, are in no room and no meeting."""
    meetings, inside = tables.meetings.c, tables.memberships.c
    left = select(meetings.host, meetings.guests).where(meetings.platform == workspace.platform)
    known = {person for meeting in conn.execute(left) for person in (meeting.host, *meeting.guests)}
    for some in _batches(met):
        known.update(conn.scalars(select(inside.person).where(inside.person.in_(some))))
    return [person for person in met if person not in known]


def _everything_in(workspace: WorkspaceRef) -> Iterator[Delete]:
    """In an order that leaves nothing pointing at what is gone."""
    here = rows.workspace_key(workspace)
    meetings = select(tables.meetings.c.id).where(matches(tables.meetings, here))
    holds = select(tables.holds.c.id).where(matches(tables.holds, here))
    records, holder = tables.records.c, tables.claims.c.holder
    yield delete_from(tables.claims).where(or_(holder.in_(meetings), holder.in_(holds)))
    for table in (tables.wishes, tables.mails, tables.participants):
        yield delete_from(table).where(table.c.meeting.in_(meetings))
    # What a copy is of names the meeting's round, too: `i…:0`.
    copied = func.rtrim(func.rtrim(tables.event_copies.c.meeting, "0123456789"), ":")
    yield delete_from(tables.event_copies).where(copied.in_(meetings))
    rooms = records.key.startswith(f"{workspace}/", autoescape=True)
    yield delete_from(tables.records).where(
        or_(records.key == str(workspace), (records.kind == MISSED) & rooms)
    )
    for table in reversed(tables.METADATA.sorted_tables):
        if here.keys() <= set(table.c.keys()):
            yield delete_from(table).where(matches(table, here))


def _forget_people(conn: Connection, people: Sequence[str]) -> int:
    gone = 0
    for some in _batches(people):
        gone += sum(conn.execute(statement).rowcount for statement in _everything_of(some))
    return gone


def _batches(people: Sequence[str]) -> Iterator[Sequence[str]]:
    return (people[start : start + _BATCH] for start in range(0, len(people), _BATCH))


def _everything_of(people: Sequence[str]) -> Iterator[Delete]:
    """In an order that leaves nothing pointing at what is gone."""
    accounts = select(tables.calendar_accounts.c.id).where(tables.calendar_accounts.c.person.in_(people))
    for table in (tables.calendar_times, tables.calendar_feeds):
        yield delete_from(table).where(table.c.account.in_(accounts))
    theirs: tuple[ColumnElement[str], ...] = (
        tables.claims.c.person,
        tables.wishes.c.guest,
        tables.mails.c.person,
        tables.records.c.key,
        tables.event_copies.c.person,
        tables.calendar_accounts.c.person,
        tables.persons.c.id,
    )
    for column in theirs:
        yield delete_from(column.table).where(column.in_(people))
