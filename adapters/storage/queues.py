"""dbos, as we set it up: its client, our two queues, and what it must not do on its own.

dbos is pinned exactly (pyproject.toml): besides its public API we rely on its dequeue order, on the columns
named in `takeover.py`, and on what is replaced here.
"""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from adapters.storage.takeover import qualified

if TYPE_CHECKING:  # dbos takes 0.8 s to import: only a process that has jobs pays for it
    from dbos import DBOS, DBOSClient, EnqueueOptions

APPLICATION = "parley"
WORKFLOW = "job"
FREE_QUEUE = "jobs"
LANE_QUEUE = "lanes"
POLL_SECONDS = 0.1
FREE_CLAIMS = 100
"""Jobs without a lane a process claims ahead of doing them."""


def next_place(engine: sa.Engine) -> sa.TextClause:
    """What gives the next place in the order of enqueueing."""
    order = qualified(engine, "job_order")
    if engine.dialect.name == "postgresql":
        return sa.text(f"SELECT nextval('{order}')")
    return sa.text(f"UPDATE {order} SET place = place + 1 RETURNING place")  # noqa: S608 - a constant


def client(engine: sa.Engine) -> "DBOSClient":
    """What enqueues and forgets; raises at once while the database is away."""
    # Before dbos can add a console handler of its own: what it warns of goes where our logs go.
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.WARNING)
    from dbos import DBOSClient, DBOSPortableJSONSerializer

    return DBOSClient(
        system_database_engine=engine,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )


def register(dbos: "DBOS") -> None:
    """Our queues, as dbos registers its own: through the public API every poll also reads their settings."""
    from dbos import _workflow_commands

    add = dbos._registry._register_internal_queue
    add(FREE_QUEUE, worker_concurrency=FREE_CLAIMS, polling_interval_sec=POLL_SECONDS)
    add(LANE_QUEUE, partition_concurrency=1, polling_interval_sec=POLL_SECONDS)
    # How often jobs that became due are put into their queue; a second otherwise.
    _workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC = 2 * POLL_SECONDS


def tame(dbos: "DBOS", engine: sa.Engine) -> None:
    """Have a launched dbos poll cheaply, and never wait for a lost database in our stead.

    It would block a thread for up to 90 s after the database's return; instead a job whose end could not be
    recorded is given back by the `Keeper`.
    """
    _look_before_dequeueing(dbos, engine)
    dbos._sys_db._retry_connection_errors = False


def _look_before_dequeueing(dbos: "DBOS", engine: sa.Engine) -> None:
    """An idle poll is one indexed look instead of a dequeue: together 2 % of a core instead of 8 %."""
    table = qualified(engine, "workflow_status")
    looking = engine.execution_options(isolation_level="AUTOCOMMIT")

    def scopes(queue: str) -> list[str | None]:
        # Queue names are constants. The second condition says to SQLite that the partial index will do.
        waiting = (
            f"SELECT 1 FROM {table} WHERE queue_name = '{queue}' AND status = 'ENQUEUED' "  # noqa: S608 - constants
            "AND status IN ('ENQUEUED', 'PENDING') LIMIT 1"
        )
        with looking.connect() as conn:
            return [None] if conn.exec_driver_sql(waiting).first() else []

    def none_timed_out(_limit: int) -> list[str]:
        return []

    # The first is dbos' own seam, for sharding. The second: no job of ours has a time limit of dbos.
    dbos._sys_db.dequeue_scopes = scopes  # type: ignore[method-assign, assignment]  # see above
    dbos._sys_db.cancel_timed_out_workflows = none_timed_out  # type: ignore[method-assign, assignment]  # see above


def options(job_id: str, delay: timedelta = timedelta()) -> "EnqueueOptions":
    """How a job without a lane is enqueued, to begin after *delay*."""
    told: EnqueueOptions = {"workflow_name": WORKFLOW, "queue_name": FREE_QUEUE, "workflow_id": job_id}
    if delay > timedelta():
        told["delay_seconds"] = delay.total_seconds()
    return told
