"""Which job processes live, and what becomes of the jobs of those that died.

dbos recovers a process's own jobs when it comes back under the same id; jobs of one that does not come
back would wait for ever. So each process counts up its row in `job_workers`, and whoever sees a row that
stopped counting takes the jobs in its name and puts them back into their queues. No clocks are compared.
A process that only stood still finds its row gone when it goes on, and leaves alone what it had in hand.

A process that lives can lose a job too: the database went away just when it was to record that the job is
claimed, or at its end. So each process also looks for jobs in its own name that it does not work on.
"""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from dbos import DBOSClient

SCHEMA = "dbos"
"""Of everything about jobs on PostgreSQL; SQLite has no schemas."""
CONNECT_SECONDS = 5
KEEP_FINISHED = timedelta(days=30)
CLEAN_EVERY_SECONDS = 3600.0
CLEAN_BATCH = 500
LOST_BEAT_SECONDS = 1.0
"""Between two tries to show that this process lives, while the database is away."""
TRUSTED_PART = 5 / 6
"""Of the time after which a process is taken for dead: so long it may act without a beat."""

_Claim = tuple[str, str]
"""The id of a job, and the token of who claimed it."""

log = structlog.get_logger(__name__)


def engine_for(url: str) -> sa.Engine:
    """A blocking engine for the store's database, whatever driver *url* names."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sa.create_engine(
            parsed.set(drivername="sqlite"), pool_size=10, max_overflow=0, hide_parameters=True
        )
        sa.event.listen(engine, "connect", _set_up_sqlite)
        return engine
    return sa.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=10,
        max_overflow=0,
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": "-c idle_in_transaction_session_timeout=60000",
        },
    )


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # As dbos sets its own connections up, and not one fsync per finished job: the file stays consistent
    # when the power goes, and a job whose end is lost is done again.
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def qualified(conn: sa.Connection | sa.Engine, table: str) -> str:
    """The name of a table of the job engine in this database."""
    return f"{SCHEMA}.{table}" if conn.dialect.name == "postgresql" else table


def create_tables(engine: sa.Engine) -> None:
    """What we need beside dbos' own tables, which must exist. Harmless to repeat."""
    order, workers = qualified(engine, "job_order"), qualified(engine, "job_workers")
    statements = [f"CREATE TABLE IF NOT EXISTS {workers} (worker_id TEXT PRIMARY KEY, beats BIGINT NOT NULL)"]
    if engine.dialect.name == "postgresql":
        # dbos keeps a priority in 31 bits.
        statements += [f"CREATE SEQUENCE IF NOT EXISTS {order} MAXVALUE 2147483647 CYCLE"]
    else:
        statements += [
            f"CREATE TABLE IF NOT EXISTS {order} (place INTEGER NOT NULL)",
            f"INSERT INTO {order} SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM {order})",  # noqa: S608 - a constant
        ]
    with engine.begin() as conn:
        for statement in statements:
            conn.execute(sa.text(statement))


class Keeper:
    """A thread beside the loop (so that a busy loop is not mistaken for a dead process).

    Counts this process's beats, takes over from those that stopped, gives back jobs of its own that nobody
    works on, and forgets jobs that finished 30 days ago.
    """

    def __init__(
        self,
        engine: sa.Engine,
        client: "DBOSClient",
        worker_id: str,
        *,
        beat: timedelta,
        dead_after: timedelta,
    ) -> None:
        self._engine = engine
        self._client = client
        self._worker_id = worker_id
        self._beat_seconds = beat.total_seconds()
        self._dead_after_seconds = dead_after.total_seconds()
        self._workers = qualified(engine, "job_workers")
        self._jobs = qualified(engine, "workflow_status")
        self._seen: dict[str, tuple[int, float]] = {}
        self._clean_at = 0.0
        self._watched: tuple[asyncio.AbstractEventLoop, Callable[[], Collection[str]]] | None = None
        self._let_go: Callable[[], None] = lambda: None
        self._loose: set[_Claim] = set()
        self._loop_turned = threading.Event()
        self._is_lost = False
        self._last_beat: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="job-keeper", daemon=True)

    def start(self) -> None:
        """Go on until stopped."""
        self._thread.start()

    def watch(
        self,
        loop: asyncio.AbstractEventLoop,
        in_hand: Callable[[], Collection[str]],
        let_go: Callable[[], None],
    ) -> None:
        """From now on give back what nobody works on.

        Args:
            loop: where jobs are worked on.
            in_hand: ids of the jobs of this process that have a task there; may be asked in any thread.
            let_go: called in the loop when another process took over all that is in hand.
        """
        self._let_go = let_go
        self._watched = (loop, in_hand)

    def is_trusted(self) -> bool:
        """Whether no other process can have taken this one for dead: its last beat is not too long ago."""
        if self._last_beat is None:
            return False
        return time.monotonic() - self._last_beat < self._dead_after_seconds * TRUSTED_PART

    def stop(self) -> None:
        """Returns when the thread has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def check_in(self) -> None:
        """This process lives."""
        began, is_first = time.monotonic(), self._last_beat is None
        with self._engine.begin() as conn:
            was_taken_over = not self._beat(conn)
            if was_taken_over:
                conn.execute(self._new_worker(), {"worker": self._worker_id, "beats": secrets.randbits(60)})
        if was_taken_over and not is_first:
            log.warning("jobs.were_taken_over", worker=self._worker_id)
            if self._watched is not None:
                self._watched[0].call_soon_threadsafe(self._let_go)
        self._last_beat = began

    def _beat(self, conn: sa.Connection) -> bool:
        """Count up; False when there is no row."""
        statement = f"UPDATE {self._workers} SET beats = beats + 1 WHERE worker_id = :worker"  # noqa: S608 - a constant
        return bool(conn.execute(sa.text(statement), {"worker": self._worker_id}).rowcount)

    def _new_worker(self) -> sa.TextClause:
        # From a random number: whoever saw this worker's row stop must not take the new one for it.
        return sa.text(f"INSERT INTO {self._workers} (worker_id, beats) VALUES (:worker, :beats)")  # noqa: S608 - a constant

    def check_out(self) -> None:
        """This process ends: give its jobs back at once. While the database is away others take them over."""
        try:
            with self._engine.begin() as conn:
                conn.execute(self._forget_worker(), {"worker": self._worker_id, "beats": -1})
                self._give_back(conn, self._worker_id)
        except SQLAlchemyError as error:
            log.warning("jobs.keeper_failed", error=type(error).__name__)

    def _keep(self) -> None:
        while not self._stop.wait(self._pause_seconds()):
            try:
                self.check_in()
                self._take_over()
                self._give_back_loose()
                self._clean()
            except Exception as error:
                self._lost(error)
            else:
                self._is_lost = False

    def _pause_seconds(self) -> float:
        return min(self._beat_seconds, LOST_BEAT_SECONDS) if self._is_lost else self._beat_seconds

    def _lost(self, error: Exception) -> None:
        # Nobody could beat meanwhile: whoever seems silent afterwards gets the whole time again.
        self._seen.clear()
        self._loose.clear()
        if not self._is_lost:
            log.warning("jobs.keeper_failed", error=type(error).__name__)
        self._is_lost = True

    def _take_over(self) -> None:
        for worker, beats in self._silent():
            with self._engine.begin() as conn:
                # One transaction, and only for who deletes the row: others find it gone.
                if conn.execute(self._forget_worker(), {"worker": worker, "beats": beats}).rowcount:
                    jobs = self._give_back(conn, worker)
                    log.warning("jobs.taken_over", worker=worker, jobs=jobs)

    def _give_back_loose(self) -> None:
        """What was claimed in our name at the last look too, and has had no task since.

        Between a claim and its task are moments, and between a task's end and its record none. A loop that
        did not turn since the last look may not have begun what it was given.
        """
        if self._watched is None:
            return
        loop, in_hand = self._watched
        claimed = self._claimed()
        busy = in_hand()
        loose = {claim for claim in claimed if claim[0] not in busy}
        if self._loop_turned.is_set():
            lost = loose & self._loose
            self._loose = loose - lost
            if lost:
                log.warning("jobs.given_back", jobs=sum(self._give_back_one(claim) for claim in lost))
        self._loop_turned.clear()
        loop.call_soon_threadsafe(self._loop_turned.set)

    def _claimed(self) -> set[_Claim]:
        with self._engine.begin() as conn:
            rows = conn.execute(
                sa.text(
                    f"SELECT workflow_uuid, COALESCE(owner_xid, '') AS owner FROM {self._jobs} "  # noqa: S608 - a constant
                    "WHERE status = 'PENDING' AND executor_id = :worker"
                ),
                {"worker": self._worker_id},
            )
            return {(row.workflow_uuid, row.owner) for row in rows}

    def _give_back_one(self, claim: _Claim) -> int:
        job, owner = claim
        with self._engine.begin() as conn:
            statement = self._giving_back("workflow_uuid = :job AND COALESCE(owner_xid, '') = :owner")
            return conn.execute(statement, {"job": job, "owner": owner}).rowcount

    def _silent(self) -> list[tuple[str, int]]:
        with self._engine.begin() as conn:
            rows = conn.execute(sa.text(f"SELECT worker_id, beats FROM {self._workers}")).all()  # noqa: S608 - a constant
        now = time.monotonic()
        before, self._seen = self._seen, {}
        for worker, beats in rows:
            last = before.get(worker)
            self._seen[worker] = last if last and last[0] == beats else (beats, now)
        return [
            (worker, beats)
            for worker, (beats, since) in self._seen.items()
            if worker != self._worker_id and now - since >= self._dead_after_seconds
        ]

    def _forget_worker(self) -> sa.TextClause:
        return sa.text(
            f"DELETE FROM {self._workers} WHERE worker_id = :worker AND (beats = :beats OR :beats = -1)"  # noqa: S608 - a constant
        )

    def _give_back(self, conn: sa.Connection, worker: str) -> int:
        return conn.execute(self._giving_back("executor_id = :worker"), {"worker": worker}).rowcount

    def _giving_back(self, which: str) -> sa.TextClause:
        # As dbos' reenqueue_for_recovery: without an owner, a late result of the old one is not recorded.
        # The place in the lane (priority) stays.
        return sa.text(
            f"UPDATE {self._jobs} SET status = 'ENQUEUED', owner_xid = NULL, started_at_epoch_ms = NULL "  # noqa: S608 - a constant
            f"WHERE status = 'PENDING' AND {which}"
        )

    def forget_finished(self, before: datetime) -> int:
        """Delete jobs that ended before this instant; their ids may then be used again. Returns how many."""
        forgotten = 0
        while batch := self._forget_batch(before):
            forgotten += batch
        return forgotten

    def _forget_batch(self, before: datetime) -> int:
        finished = self._client.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            completed_before=before.isoformat(),
            end_time=before.isoformat(),  # of creation: lets the index find them
            limit=CLEAN_BATCH,
            load_input=False,
            load_output=False,
        )
        if finished:
            self._client.delete_workflows([job.workflow_id for job in finished])
        return len(finished)

    def _clean(self) -> None:
        # A batch at a time: between two beats there must not be much else.
        is_time = time.monotonic() >= self._clean_at
        if is_time and self._forget_batch(datetime.now(UTC) - KEEP_FINISHED) < CLEAN_BATCH:
            self._clean_at = time.monotonic() + CLEAN_EVERY_SECONDS
