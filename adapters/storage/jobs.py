"""Durable jobs by dbos, on the same database as the store: enqueued in the transaction that needs them.

dbos is pinned exactly (pyproject.toml): besides its public API we rely on its dequeue order and on the
columns named in `takeover.py`. Nothing outside this folder sees it.
"""

import asyncio
import logging
import random
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
import structlog

from adapters.storage import backlog
from adapters.storage.takeover import Keeper, create_tables, engine_for, qualified
from scheduling_core.errors import RateLimited, Unavailable
from scheduling_core.ports import Backlog, Job, JobFunction

if TYPE_CHECKING:  # dbos takes 0.8 s to import: only a process that has jobs pays for it
    from dbos import DBOS, DBOSClient, EnqueueOptions

APPLICATION = "parley"
WORKFLOW = "job"
FREE_QUEUE = "jobs"
LANE_QUEUE = "lanes"
POLL_SECONDS = 0.1
FREE_CLAIMS = 100
"""Jobs without a lane a process claims ahead of doing them."""
LONGEST_PAUSE = timedelta(minutes=15)
DRAIN_SECONDS = 35.0
"""How long closing waits for what is in hand: longer than what a job may wait for, as a mail server."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Work:
    """A job as it is written down.

    Attributes:
        since: when it was due, ISO 8601 in UTC; giving up counts from here.
        tries: how often it was tried before, as far as that is on record.
    """

    id: str
    kind: str
    args: dict[str, str]
    lane: str | None
    since: str
    tries: int = 0


class DbosJobs:
    """The `JobEngine`, and the place where the store enqueues.

    A process that only enqueues constructs it and never starts it. At most one engine runs in a process.

    Args:
        url: of the store's database, `sqlite:///…` or `postgresql://…` (any driver).
        worker_id: names this process among those that work on the database. Keep it over restarts: then
            jobs in hand at a `kill -9` go on at once instead of after *dead_after*.
        give_up_after: how long after it was due a job is still tried again.
        first_retry: the pause after the first failure; it doubles up to 15 minutes.
        concurrency: how many job functions run at a time in this process.
        beat: how often a process shows that it lives.
        dead_after: after this long without a beat another process takes its jobs over.
    """

    _running: ClassVar[bool] = False

    def __init__(
        self,
        url: str,
        *,
        worker_id: str,
        give_up_after: timedelta = timedelta(hours=24),
        first_retry: timedelta = timedelta(seconds=1),
        concurrency: int = 32,
        beat: timedelta = timedelta(seconds=5),
        dead_after: timedelta = timedelta(seconds=30),
    ) -> None:
        self._engine = engine_for(url)
        self._worker_id = worker_id
        self._give_up_after = give_up_after
        self._first_retry = first_retry
        self._room = asyncio.Semaphore(concurrency)
        self._next_place = _next_place(self._engine)
        self._client = _client(self._engine)
        self._keeper = Keeper(self._engine, self._client, worker_id, beat=beat, dead_after=dead_after)
        self._functions: Mapping[str, JobFunction] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: set[asyncio.Task[Any]] = set()
        self._started = False
        self._closing = False

    def prepare(self) -> None:
        """Create or migrate the tables of the job engine. Blocks; harmless to repeat."""
        from dbos import DBOS

        DBOS.migrate(self._engine.url.render_as_string(hide_password=False))
        create_tables(self._engine)

    def enqueue(self, conn: sa.Connection, job: Job) -> None:
        """Write *job* down in the open transaction of *conn*, which must be on the same database.

        It exists if and only if that transaction commits. An id that was ever enqueued (and finished less
        than 30 days ago) does nothing. A job of a lane that is not due yet does not hold its lane up; once
        due it comes before those enqueued after it.
        """
        now = datetime.now(UTC)
        due = max(job.due, now) if job.due else now
        work = _Work(job.id, job.kind, dict(job.args), job.lane, due.isoformat())
        options = _options(job.id, due - now)
        if job.lane is not None:
            options["queue_name"] = LANE_QUEUE
            options["queue_partition_key"] = job.lane
            # created_at, dbos' own order, ties within a transaction and is its beginning on PostgreSQL.
            options["priority"] = int(conn.execute(self._next_place).scalar_one())
        self._client.enqueue_in_transaction(conn, options, asdict(work))

    async def start(self, functions: Mapping[str, JobFunction]) -> None:
        """Begin to work on jobs of these kinds in the running loop; take over those of dead processes.

        Once; `close` it also when this fails. Jobs of a kind that is not among *functions* are tried again
        later, as if their provider were unavailable.
        A kind `"<kind>.given_up"` is called with the same args when a job of `<kind>` is given up.
        """
        if DbosJobs._running:
            raise RuntimeError("a job engine is already running in this process")
        self._functions = dict(functions)
        await asyncio.to_thread(self._keeper.check_in)
        DbosJobs._running = self._started = True
        self._keeper.start()
        self._launch()

    async def backlog(self, now: datetime) -> Backlog:
        """How much work waits."""
        return await asyncio.to_thread(backlog.count, self._engine, now)

    async def drain(self) -> None:
        """Start nothing new, and finish what is in hand in `DRAIN_SECONDS`; `close` gives back the rest."""
        begins, self._closing = not self._closing, True
        if self._started and begins:
            self._stop_claiming()
            await self._drain()

    async def close(self) -> None:
        """Drain, and give back what was not finished for others to do."""
        await self.drain()
        await asyncio.to_thread(self._shut_down)

    def forget_finished(self, before: datetime) -> int:
        """Delete jobs that ended before this instant; a running engine does so by itself after 30 days.

        Blocks. Returns how many there were; their ids may then be used again.
        """
        return self._keeper.forget_finished(before)

    def _launch(self) -> None:
        from dbos import DBOS, DBOSPortableJSONSerializer

        dbos = DBOS(
            config={
                "name": APPLICATION,
                "system_database_engine": self._engine,
                "application_version": "1",
                "executor_id": self._worker_id,
                "serializer": DBOSPortableJSONSerializer(),
                "run_migrations": False,
                "log_level": "WARNING",
                "enable_otlp": False,
                # Nothing of ours waits for dbos' notifications; closing waits for their threads.
                "notification_listener_polling_interval_sec": 0.1,
                "notification_coalesce_sec": 0.1,
            }
        )

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
        async def job(work: dict[str, Any]) -> None:
            await self._work(_Work(**work))

        _register_queues(dbos)
        # Inside the loop, so that dbos runs the coroutines in it.
        DBOS.launch()
        _look_before_dequeueing(dbos, self._engine)

    async def _work(self, work: _Work) -> None:
        task = _this_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        while (pause := await self._try(work)) is not None:
            work = replace(work, tries=work.tries + 1)
            if work.lane is None:
                await self._client.enqueue_async(_options(f"{work.id}~{work.tries}", pause), asdict(work))
                return
            # Holding on to the workflow is what blocks the lane.
            async with self._interruptible():
                await asyncio.sleep(pause.total_seconds())

    async def _try(self, work: _Work) -> timedelta | None:
        """Do it once. Returns the pause before the next try, or None when the job has ended."""
        async with self._interruptible():
            await self._room.acquire()
        try:
            await self._function(work.kind)(work.args)
        except Unavailable as error:
            return await self._pause(work, error)
        except Exception as error:
            log.error("job.failed", job=work.id, kind=work.kind, **_trace(error))
        finally:
            self._room.release()
        return None

    def _function(self, kind: str) -> JobFunction:
        if kind not in self._functions:
            # During a deployment a newer process may know it.
            raise Unavailable(f"no function for jobs of kind {kind}")
        return self._functions[kind]

    async def _pause(self, work: _Work, error: Unavailable) -> timedelta | None:
        doubled = self._first_retry * 2 ** min(work.tries, 20)
        pause: timedelta = min(doubled, LONGEST_PAUSE) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, no secret
        if isinstance(error, RateLimited):
            pause = max(pause, error.retry_after)
        if datetime.now(UTC) + pause <= datetime.fromisoformat(work.since) + self._give_up_after:
            log.info(
                "job.retry", job=work.id, kind=work.kind, tries=work.tries + 1, error=type(error).__name__
            )
            return pause
        await self._give_up(work)
        return None

    async def _give_up(self, work: _Work) -> None:
        log.error("job.given_up", job=work.id, kind=work.kind, tries=work.tries + 1)
        kind = f"{work.kind}.given_up"
        if kind in self._functions:
            sequel = _Work(f"{work.id}~given_up", kind, work.args, None, datetime.now(UTC).isoformat())
            await self._client.enqueue_async(_options(sequel.id), asdict(sequel))

    @asynccontextmanager
    async def _interruptible(self) -> AsyncIterator[None]:
        """A wait that closing need not sit out: the job stays on record as begun and is given back."""
        task = _this_task()
        if self._closing:
            raise asyncio.CancelledError
        self._waiting.add(task)
        try:
            yield
        finally:
            self._waiting.discard(task)

    def _stop_claiming(self) -> None:
        from dbos._dbos import _get_dbos_instance

        for event in _get_dbos_instance().background_thread_stop_events:
            event.set()

    async def _drain(self) -> None:
        for task in self._waiting:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)

    def _shut_down(self) -> None:
        if self._started:
            from dbos import DBOS

            DbosJobs._running = self._started = False
            self._keeper.stop()
            DBOS.destroy(destroy_registry=True)
            self._keeper.check_out()
        self._client.destroy()
        self._engine.dispose()


def _next_place(engine: sa.Engine) -> sa.TextClause:
    order = qualified(engine, "job_order")
    if engine.dialect.name == "postgresql":
        return sa.text(f"SELECT nextval('{order}')")
    return sa.text(f"UPDATE {order} SET place = place + 1 RETURNING place")  # noqa: S608 - a constant


def _client(engine: sa.Engine) -> "DBOSClient":
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
    )


def _register_queues(dbos: "DBOS") -> None:
    """As dbos registers its own: through the public API every poll also reads the queue's settings."""
    from dbos import _workflow_commands

    register = dbos._registry._register_internal_queue
    register(FREE_QUEUE, worker_concurrency=FREE_CLAIMS, polling_interval_sec=POLL_SECONDS)
    register(LANE_QUEUE, partition_concurrency=1, polling_interval_sec=POLL_SECONDS)
    # How often jobs that became due are put into their queue; a second otherwise.
    _workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC = 2 * POLL_SECONDS


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


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("jobs run in the event loop")
    return task


def _options(job_id: str, delay: timedelta = timedelta()) -> "EnqueueOptions":
    options: EnqueueOptions = {"workflow_name": WORKFLOW, "queue_name": FREE_QUEUE, "workflow_id": job_id}
    if delay > timedelta():
        options["delay_seconds"] = delay.total_seconds()
    return options


def _trace(error: Exception) -> dict[str, str]:
    """Where it went wrong, without the message: that may quote an address or a title."""
    return {"error": type(error).__name__, "trace": "".join(traceback.format_tb(error.__traceback__))}
