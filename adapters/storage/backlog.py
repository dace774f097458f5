"""How much durable work waits: what an operator watches."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from adapters.storage.takeover import qualified
from scheduling_core.ports import Backlog

LATE_AFTER = timedelta(minutes=1)

# The states of dbos 3.4: a delayed workflow is enqueued when its time comes, and pending while it runs.
_WAITING = """
SELECT count(*), coalesce(sum(CASE WHEN due < :late THEN 1 ELSE 0 END), 0)
FROM (
    SELECT coalesce(delay_until_epoch_ms, created_at) AS due FROM {table}
    WHERE status IN ('DELAYED', 'ENQUEUED', 'PENDING')
) AS waiting
WHERE due <= :now
"""


def count(engine: sa.Engine, now: datetime) -> Backlog:
    """Jobs whose time has come and that are not done. Blocks."""
    milliseconds = int(now.timestamp() * 1000)
    query = sa.text(_WAITING.format(table=qualified(engine, "workflow_status")))
    late = milliseconds - int(LATE_AFTER.total_seconds() * 1000)
    with engine.connect() as conn:
        due, late_ones = conn.execute(query, {"now": milliseconds, "late": late}).one()
    return Backlog(int(due), int(late_ones))
