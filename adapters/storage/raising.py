"""After a restore: what others compare is raised, so that they follow."""

from sqlalchemy import Engine, select, update

from adapters.storage import tables

JUMP = 1000
"""Added to every revision and SEQUENCE of a restored database.

Rooms keep the highest revision of a message and calendars the highest SEQUENCE of an event (RFC 5546 section
2.1.4), and both have seen what happened after the copy was made. More changes of one meeting than this in
between are not to be expected; another restore adds to it again.
"""


def raise_all(writers: Engine) -> list[str]:
    """Add `JUMP` to every revision and SEQUENCE, in one transaction.

    Returns:
        The ids of all meetings.
    """
    meetings, messages = tables.meetings.c, tables.messages.c
    with writers.begin() as conn:
        higher = {"revision": meetings.revision + JUMP, "sequence": meetings.sequence + JUMP}
        conn.execute(update(tables.meetings).values(higher))
        conn.execute(update(tables.messages).values(revision=messages.revision + JUMP))
        # Channels may have been replaced since the copy was made.
        conn.execute(update(tables.calendar_feeds).values(tend_at=None))
        return list(conn.scalars(select(meetings.id).order_by(meetings.id)))
