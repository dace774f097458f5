"""Forgetting what is over."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Delete, func, select
from sqlalchemy import delete as delete_from

from adapters.storage import tables
from scheduling_core.meeting import Phase

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
        delete_from(tables.meetings).where(meetings.id.in_(closed)),
        delete_from(tables.messages).where(messages.changed_at < before, messages.id.not_in(cards)),
        delete_from(tables.deliveries).where(deliveries.answer.is_not(None), deliveries.received_at < before),
        delete_from(tables.records).where(records.until < before),
    )
