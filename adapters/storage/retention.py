"""Forgetting what is over, and who has left."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Delete, func, select
from sqlalchemy import delete as delete_from

from adapters.storage import rows, tables
from adapters.storage.records import MISSED
from adapters.storage.statements import matches
from scheduling_core.meeting import Phase
from scheduling_core.refs import WorkspaceRef

_OPEN = (Phase.INVITING, Phase.CONFIRMED)


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
        gone += sum(conn.execute(statement).rowcount for statement in _everything_of(workspace))
    return gone


def _everything_of(workspace: WorkspaceRef) -> Sequence[Delete]:
    """In an order that leaves nothing pointing at what is gone."""
    key = rows.workspace_key(workspace)
    people = select(tables.persons.c.id).where(matches(tables.persons, key))
    meetings = select(tables.meetings.c.id).where(matches(tables.meetings, key))
    of_people = (
        tables.claims.c.person,
        tables.wishes.c.guest,
        tables.mails.c.person,
        tables.records.c.key,
        tables.event_copies.c.person,
        tables.calendar_accounts.c.person,
    )
    accounts = select(tables.calendar_accounts.c.id).where(tables.calendar_accounts.c.person.in_(people))
    named = [table for table in reversed(tables.METADATA.sorted_tables) if key.keys() <= set(table.c.keys())]
    return (
        delete_from(tables.calendar_times).where(tables.calendar_times.c.account.in_(accounts)),
        *(delete_from(column.table).where(column.in_(people)) for column in of_people),
        delete_from(tables.records).where(tables.records.c.key == str(workspace)),
        delete_from(tables.records).where(
            tables.records.c.kind == MISSED, tables.records.c.key.startswith(f"{workspace}/", autoescape=True)
        ),
        delete_from(tables.participants).where(tables.participants.c.meeting.in_(meetings)),
        *(delete_from(table).where(matches(table, key)) for table in named),
    )
