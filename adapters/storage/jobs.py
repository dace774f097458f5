"""Durable jobs by dbos, on the same database as the store: enqueued in the transaction that needs them.

Nothing outside this folder sees dbos; how it is set up is in `queues.py`.
"""

import asyncio
import random
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa
import structlog

from adapters.storage import backlog, queues
from adapters.storage.outages import is_outage
from adapters.storage.takeover import Keeper, create_tables, engine_for
from scheduling_core.errors import RateLimited, StoreLost, Unavailable
from scheduling_core.ports import Backlog, Job, JobFunction

T = TypeVar("T")

LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_OUTAGE_PAUSE = timedelta(seconds=5)
"""Between two looks whether the database is back."""
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
        beat: timedelta = timedelta(seconds=3),
        dead_after: timedelta = timedelta(seconds=12),
    ) -> None:
        self._engine = engine_for(url)
        self._worker_id = worker_id
        self._give_up_after = give_up_after
        self._first_retry = first_retry
        self._room = asyncio.Semaphore(concurrency)
        self._next_place = queues.next_place(self._engine)
        self._client = queues.client(self._engine)
        self._keeper = Keeper(self._engine, self._client, worker_id, beat=beat, dead_after=dead_after)
        self._functions: Mapping[str, JobFunction] = {}
        self._lasting: Collection[str] = ()
        self._tasks: dict[asyncio.Task[Any], str] = {}
        self._others: set[asyncio.Task[Any]] = set()
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
        options = queues.options(job.id, due - now)
        if job.lane is not None:
            options["queue_name"] = queues.LANE_QUEUE
            options["queue_partition_key"] = job.lane
            # created_at, dbos' own order, ties within a transaction and is its beginning on PostgreSQL.
            options["priority"] = int(conn.execute(self._next_place).scalar_one())
        self._client.enqueue_in_transaction(conn, options, asdict(work))

    async def start(self, functions: Mapping[str, JobFunction], lasting: Collection[str] = ()) -> None:
        """Begin to work on jobs of these kinds in the running loop; take over those of dead processes.

        Once; `close` it also when this fails. Jobs of a kind that is not among *functions* are tried again
        later, as if their provider were unavailable. *lasting*: see the port.
        A kind `"<kind>.given_up"` is called with the same args when a job of `<kind>` is given up.
        """
        if DbosJobs._running:
            raise RuntimeError("a job engine is already running in this process")
        self._functions, self._lasting = dict(functions), frozenset(lasting)
        await asyncio.to_thread(self._keeper.check_in)
        DbosJobs._running = self._started = True
        self._keeper.start()
        self._launch()
        self._keeper.watch(asyncio.get_running_loop(), _in_hand, self._let_go)

    def make_sure(self) -> None:
        """See the port."""
        if _this_task() in self._others:
            raise asyncio.CancelledError
        if not self._keeper.is_trusted():
            raise StoreLost("no beat")

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
                "name": queues.APPLICATION,
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

        @DBOS.workflow(name=queues.WORKFLOW, max_recovery_attempts=None)
        async def job(work: dict[str, Any]) -> None:
            await self._work(_Work(**work))

        queues.register(dbos)
        # Inside the loop, so that dbos runs the coroutines in it.
        DBOS.launch()
        queues.tame(dbos, self._engine)

    async def _work(self, work: _Work) -> None:
        task = _this_task()
        self._tasks[task] = work.kind
        task.add_done_callback(self._forget)
        while (pause := await self._through_outages(work, partial(self._try, work))) is not None:
            work = replace(work, tries=work.tries + 1)
            if work.lane is None:
                await self._through_outages(work, partial(self._put_off, work, pause))
                return
            # Holding on to the workflow is what blocks the lane.
            async with self._interruptible():
                await asyncio.sleep(pause.total_seconds())

    async def _through_outages(self, work: _Work, step: Callable[[], Awaitable[T]]) -> T:
        """Do a step again until the database lasts for it: its loss is a pause, never an outcome."""
        pause = min(self._first_retry, LONGEST_OUTAGE_PAUSE)
        is_noted = False
        while True:
            try:
                return await step()
            except Exception as error:
                if not is_outage(error):
                    raise
                if not is_noted:
                    log.info("job.paused", job=work.id, kind=work.kind, error=type(error).__name__)
                is_noted = True
            async with self._interruptible():
                await asyncio.sleep(pause.total_seconds() * _spread())
            pause = min(pause * 2, LONGEST_OUTAGE_PAUSE)

    async def _put_off(self, work: _Work, pause: timedelta) -> None:
        await self._client.enqueue_async(queues.options(f"{work.id}~{work.tries}", pause), asdict(work))

    async def _try(self, work: _Work) -> timedelta | None:
        """Do it once. Returns the pause before the next try, or None when the job has ended.

        Raises:
            StoreLost: the database went away meanwhile.
        """
        async with self._interruptible():
            await self._room.acquire()
        try:
            await self._function(work.kind)(work.args)
        except Unavailable as error:
            return await self._pause(work, error)
        except Exception as error:
            if is_outage(error):
                raise
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
        pause: timedelta = min(doubled, LONGEST_PAUSE) * _spread()
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
            await self._client.enqueue_async(queues.options(sequel.id), asdict(sequel))

    @asynccontextmanager
    async def _interruptible(self) -> AsyncIterator[None]:
        """A wait that closing need not sit out: the job stays on record as begun and is given back."""
        task = _this_task()
        if self._closing or task in self._others:
            raise asyncio.CancelledError
        self._waiting.add(task)
        try:
            yield
        finally:
            self._waiting.discard(task)

    def _let_go(self) -> None:
        """Another process has what is in hand: nothing of it is begun any more, and its end not recorded."""
        for task, kind in self._tasks.items():
            self._others.add(task)
            if task in self._waiting or kind not in self._lasting:
                task.cancel()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        del self._tasks[task]
        self._others.discard(task)

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


def _in_hand() -> Collection[str]:
    """The ids of the jobs that this process works on or whose end it records."""
    from dbos._dbos import _get_dbos_instance

    return set(_get_dbos_instance()._active_workflows_set.activeList())


def _spread() -> float:
    return random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, no secret


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("jobs run in the event loop")
    return task


def _trace(error: Exception) -> dict[str, str]:
    """Where it went wrong, without the message: that may quote an address or a title."""
    return {"error": type(error).__name__, "trace": "".join(traceback.format_tb(error.__traceback__))}
