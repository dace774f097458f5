"""What every job engine must do, whatever database it works on.

A test class inherits `JobsContract` and provides the fixture `url` of a migrated, prepared, empty database.
Run as a program (`python -m tests.contracts.jobs URL WORKER`), this module is a worker that never ends its
first job.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
import structlog

from adapters.storage import Vault, open_store
from adapters.storage.jobs import DbosJobs
from adapters.storage.takeover import engine_for, qualified
from scheduling_core.errors import RateLimited, StoreLost, Unavailable
from scheduling_core.ports import Backlog, Job, JobFunction

Behaviour = Callable[[str], Awaitable[None]]


async def succeed(_name: str) -> None:
    """A job without trouble."""


class Calls:
    """A job function that writes down which job it ended, after doing what *behaviour* says."""

    def __init__(self, behaviour: Behaviour = succeed) -> None:
        self.behaviour = behaviour
        self.done: list[str] = []
        self.at: list[datetime] = []
        self._changed = asyncio.Condition()

    async def __call__(self, args: Mapping[str, str]) -> None:
        await self.behaviour(args["name"])
        async with self._changed:
            self.done.append(args["name"])
            self.at.append(datetime.now(UTC))
            self._changed.notify_all()

    async def until(self, count: int) -> list[str]:
        """The first *count* jobs, in the order they ended."""
        async with asyncio.timeout(8), self._changed:
            await self._changed.wait_for(lambda: len(self.done) >= count)
        return self.done[:count]


class FailsUntil:
    """A behaviour: the job *name* is refused by its provider until told otherwise."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.failed = asyncio.Event()
        self.mended = asyncio.Event()

    async def __call__(self, name: str) -> None:
        if name == self.name and not self.mended.is_set():
            self.failed.set()
            raise Unavailable("not now")


def a_job(name: str, lane: str | None = None, *, due: datetime | None = None, kind: str = "note") -> Job:
    """A job that is identified by its name."""
    return Job(f"{kind}:{name}", kind, {"name": name}, lane, due)


class Desk:
    """A process that only enqueues, in the transactions of a store."""

    def __init__(self, url: str) -> None:
        self._jobs = DbosJobs(url, worker_id="desk")
        self._store = open_store(url, vault=Vault([Vault.new_key()]), enqueue=self._jobs.enqueue)

    async def enqueue(self, *jobs: Job, then: Callable[[], None] = lambda: None) -> None:
        """All in one transaction, which *then* may break."""
        async with self._store.write() as transaction:
            for job in jobs:
                await transaction.enqueue(job)
            then()

    async def close(self) -> None:
        """Let go of the database."""
        await self._store.close()
        await self._jobs.close()


@asynccontextmanager
async def working(url: str, worker: str = "w-1", **functions: JobFunction) -> AsyncIterator[DbosJobs]:
    """An engine at work, impatient enough for tests."""
    jobs = an_engine(url, worker)
    await jobs.start(functions)
    try:
        yield jobs
    finally:
        await jobs.close()


def an_engine(url: str, worker: str, **options: Any) -> DbosJobs:
    """An engine whose retries, beats and patience are short."""
    quick: dict[str, Any] = {
        "first_retry": timedelta(seconds=0.05),
        "beat": timedelta(seconds=0.1),
        "dead_after": timedelta(seconds=0.5),
    }
    return DbosJobs(url, worker_id=worker, **(quick | options))


class JobsContract:
    """The promises of `JobEngine` and of enqueueing.

    Attributes:
        successor: the worker id of the process that comes after `w-killed`.
    """

    successor: ClassVar[str]

    @pytest.fixture
    async def desk(self, url: str) -> AsyncIterator[Desk]:
        desk = Desk(url)
        yield desk
        await desk.close()

    async def test_a_transaction_that_fails_enqueues_nothing(self, url: str, desk: Desk) -> None:
        def fail() -> None:
            raise ValueError("the booking was refused")

        with contextlib.suppress(ValueError):
            await desk.enqueue(a_job("lost", "a"), then=fail)
        await desk.enqueue(a_job("kept", "a"))
        note = Calls()
        async with working(url, note=note):
            assert await note.until(1) == ["kept"]

    async def test_what_is_due_and_what_is_late_is_counted(self, url: str, desk: Desk) -> None:
        now = datetime.now(UTC)
        await desk.enqueue(a_job("now"), a_job("tomorrow", due=now + timedelta(days=1)))
        engine = an_engine(url, "w-1")
        try:
            assert await engine.backlog(now + timedelta(seconds=2)) == Backlog(due=1, late=0)
            assert await engine.backlog(now + timedelta(hours=1)) == Backlog(due=1, late=1)
            assert await engine.backlog(now + timedelta(days=2)) == Backlog(due=2, late=2)
        finally:
            await engine.close()

    async def test_the_same_id_runs_once_also_after_it_ran(self, url: str, desk: Desk) -> None:
        note = Calls()
        async with working(url, note=note):
            await desk.enqueue(a_job("first", "a"), a_job("first", "a"))
            await note.until(1)
            await desk.enqueue(a_job("first", "a"), a_job("second", "a"))
            assert await note.until(2) == ["first", "second"]

    async def test_a_job_waits_until_it_is_due_and_does_not_hold_its_lane_up(
        self, url: str, desk: Desk
    ) -> None:
        now = datetime.now(UTC)
        due, tomorrow = now + timedelta(seconds=0.5), now + timedelta(days=1)
        note = Calls()
        async with working(url, note=note):
            await desk.enqueue(a_job("tomorrow", "a", due=tomorrow), a_job("now", "a"))
            await desk.enqueue(a_job("later", "a", due=due))
            assert await note.until(2) == ["now", "later"]
        assert due <= note.at[1]

    async def test_a_lane_keeps_the_order_of_enqueueing(self, url: str, desk: Desk) -> None:
        await desk.enqueue(a_job("e", "a"), a_job("b", "a"), a_job("d", "a"))
        await desk.enqueue(a_job("a", "a"), a_job("c", "a"))
        note = Calls()
        async with working(url, note=note):
            assert await note.until(5) == ["e", "b", "d", "a", "c"]

    async def test_a_failing_job_holds_its_lane_up_and_no_other(self, url: str, desk: Desk) -> None:
        trouble = FailsUntil("a1")
        note = Calls(trouble)
        async with working(url, note=note):
            await desk.enqueue(a_job("a1", "a"), a_job("a2", "a"))
            await trouble.failed.wait()
            await desk.enqueue(a_job("b1", "b"), a_job("b2", "b"))
            await note.until(2)
            trouble.mended.set()
            assert await note.until(4) == ["b1", "b2", "a1", "a2"]

    async def test_a_job_without_a_lane_is_tried_again(self, url: str, desk: Desk) -> None:
        trouble = FailsUntil("a")
        note = Calls(trouble)
        async with working(url, note=note):
            await desk.enqueue(a_job("a"))
            await trouble.failed.wait()
            trouble.mended.set()
            assert await note.until(1) == ["a"]

    @pytest.mark.parametrize("lane", [None, "a"])
    async def test_a_provider_that_asks_to_wait_is_left_alone(
        self, url: str, desk: Desk, lane: str | None
    ) -> None:
        tried: list[datetime] = []

        async def ask_to_wait(_name: str) -> None:
            tried.append(datetime.now(UTC))
            if len(tried) == 1:
                raise RateLimited(timedelta(seconds=0.5))

        note = Calls(ask_to_wait)
        async with working(url, note=note):
            await desk.enqueue(a_job("a", lane))
            await note.until(1)
        assert tried[1] - tried[0] >= timedelta(seconds=0.5)

    @pytest.mark.parametrize("lane", [None, "a"])
    async def test_a_lost_database_is_a_pause_and_no_outcome(
        self, url: str, desk: Desk, lane: str | None
    ) -> None:
        tried: list[str] = []

        async def lose_it(name: str) -> None:
            tried.append(name)
            if tried.count("a1") < 4 and name == "a1":
                raise StoreLost("away")

        note = Calls(lose_it)
        jobs = an_engine(url, "w-1", give_up_after=timedelta())
        with structlog.testing.capture_logs() as logs:
            await jobs.start({"note": note})
            await desk.enqueue(a_job("a1", lane))
            await note.until(1)
            await jobs.close()
        assert tried == ["a1"] * 4
        events = [entry["event"] for entry in logs]
        assert (events.count("job.paused"), events.count("job.failed"), events.count("job.given_up")) == (
            1,
            0,
            0,
        )

    async def test_what_was_claimed_in_our_name_and_nobody_works_on_is_done(
        self, url: str, desk: Desk
    ) -> None:
        """The answer to a claim was lost, or the end of a job could not be recorded."""
        in_hand = asyncio.Event()

        async def wait_for_the_lost_one(name: str) -> None:
            if name == "long":
                await in_hand.wait()

        note = Calls(wait_for_the_lost_one)
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        async with working(url, note=note):
            await desk.enqueue(a_job("long", "b"), a_job("a1", "a", due=tomorrow))
            await asyncio.to_thread(claim_and_forget, url, "note:a1", "w-1")
            await desk.enqueue(a_job("a2", "a"))
            assert await note.until(2) == ["a1", "a2"]
            in_hand.set()
            # What a task works on is not given back, however long that takes.
            assert (await note.until(3))[2:] == ["long"]
        assert len(note.done) == 3

    async def test_a_job_is_given_up_in_the_end_and_its_lane_goes_on(self, url: str, desk: Desk) -> None:
        note, given_up = Calls(FailsUntil("a1")), Calls()
        jobs = an_engine(url, "w-1", give_up_after=timedelta(seconds=0.4))
        with structlog.testing.capture_logs() as logs:
            await jobs.start({"note": note, "note.given_up": given_up})
            await desk.enqueue(a_job("a1", "a"), a_job("a2", "a"))
            assert await note.until(1) == ["a2"]
            assert await given_up.until(1) == ["a1"]
            await jobs.close()
        assert [entry["job"] for entry in logs if entry["event"] == "job.given_up"] == ["note:a1"]

    async def test_a_job_that_breaks_is_over_and_logged_without_its_contents(
        self, url: str, desk: Desk
    ) -> None:
        address = "guest@example.com"

        async def break_on_first(name: str) -> None:
            if name == "a1":
                raise LookupError(address)

        note = Calls(break_on_first)
        with structlog.testing.capture_logs() as logs:
            async with working(url, note=note):
                await desk.enqueue(a_job("a1", "a"), a_job("a2", "a"))
                assert await note.until(1) == ["a2"]
        (failed,) = [entry for entry in logs if entry["event"] == "job.failed"]
        assert (failed["job"], failed["error"]) == ("note:a1", "LookupError")
        assert address not in repr(logs)

    async def test_closing_finishes_the_job_in_hand(self, url: str, desk: Desk) -> None:
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def wait(name: str) -> None:
            if name == "a1":
                begun.set()
                await may_end.wait()

        note = Calls(wait)
        first = an_engine(url, "w-1")
        await first.start({"note": note})
        await desk.enqueue(a_job("a1", "a"), a_job("a2", "a"))
        await begun.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(first.close())
            group.create_task(_soon(may_end))
        async with working(url, "w-2", note=note):
            assert await note.until(2) == ["a1", "a2"]

    async def test_closing_gives_a_waiting_job_to_the_next_process(self, url: str, desk: Desk) -> None:
        trouble = FailsUntil("a1")
        note = Calls(trouble)
        first = an_engine(url, "w-1", first_retry=timedelta(minutes=1))
        await first.start({"note": note})
        await desk.enqueue(a_job("a1", "a"), a_job("a2", "a"))
        await trouble.failed.wait()
        async with asyncio.timeout(3):
            await first.close()
        trouble.mended.set()
        async with working(url, "w-2", note=note):
            assert await note.until(2) == ["a1", "a2"]

    async def test_another_process_does_the_job_of_a_killed_one(self, url: str, desk: Desk) -> None:
        await desk.enqueue(a_job("a1", "a"), a_job("a2", "a"))
        await begin_and_kill(url, "w-killed")
        note = Calls()
        async with working(url, self.successor, note=note):
            assert await note.until(2) == ["a1", "a2"]

    async def test_a_process_that_was_taken_over_lets_go_of_what_it_had_in_hand(
        self, url: str, desk: Desk
    ) -> None:
        engine = an_engine(url, "w-1")
        begun, goes_on = asyncio.Semaphore(0), asyncio.Event()
        cut, refused, effects = list[str](), list[str](), list[str]()

        async def stand_still(args: Mapping[str, str]) -> None:
            begun.release()
            try:
                await goes_on.wait()
            except asyncio.CancelledError:
                cut.append(args["name"])
                raise
            try:
                engine.make_sure()
            except asyncio.CancelledError:
                refused.append(args["name"])
                raise
            effects.append(args["name"])

        await engine.start({"note": stand_still, "card": stand_still}, lasting=["card"])
        await desk.enqueue(a_job("mail", "a"), a_job("old", "b", kind="card"))
        async with asyncio.timeout(8):
            await begun.acquire()
            await begun.acquire()
            await asyncio.to_thread(take_over, url, "w-1")
            await until(lambda: cut == ["mail"])
            goes_on.set()
            await until(lambda: refused == ["old"])
            await desk.enqueue(a_job("new", "c"))
            await until(lambda: effects == ["new"])
            await engine.close()
        assert (cut, refused) == (["mail"], ["old"])

    async def test_a_finished_job_is_forgotten_and_one_far_ahead_is_not(self, url: str, desk: Desk) -> None:
        note = Calls()
        in_a_year = datetime.now(UTC) + timedelta(days=365)
        async with working(url, note=note):
            await desk.enqueue(a_job("finished"), a_job("ahead", due=in_a_year))
            await note.until(1)
        jobs = an_engine(url, "w-1")
        assert await asyncio.to_thread(jobs.forget_finished, datetime.now(UTC) + timedelta(hours=1)) == 1
        await jobs.close()


def take_over(url: str, worker: str) -> None:
    """As another process does that works on the jobs at once, while *worker* stands still."""
    engine = engine_for(url)
    with engine.begin() as conn:
        workers, jobs = qualified(conn, "job_workers"), qualified(conn, "workflow_status")
        conn.execute(sa.text(f"DELETE FROM {workers} WHERE worker_id = :worker"), {"worker": worker})
        statement = f"UPDATE {jobs} SET executor_id = 'w-2', owner_xid = 'w-2' WHERE executor_id = :worker"
        conn.execute(sa.text(statement), {"worker": worker})
    engine.dispose()


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what happens in the engine's own time."""
    while not holds():  # noqa: ASYNC110 - partly of a thread
        await asyncio.sleep(0.01)


def claim_and_forget(url: str, job: str, worker: str) -> None:
    """As a claim leaves the row whose answer never arrived."""
    engine = engine_for(url)
    with engine.begin() as conn:
        statement = (
            f"UPDATE {qualified(conn, 'workflow_status')} SET status = 'PENDING', executor_id = :worker, "
            "owner_xid = 'lost' WHERE workflow_uuid = :job"
        )
        assert conn.execute(sa.text(statement), {"worker": worker, "job": job}).rowcount == 1
    engine.dispose()


async def _soon(event: asyncio.Event) -> None:
    await asyncio.sleep(0)
    event.set()


async def begin_and_kill(url: str, worker: str) -> None:
    """Let another process begin the first job there is, and end it with SIGKILL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contracts.jobs", url, worker, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        assert (await process.stdout.readline()).startswith(b"begun")
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def begin_for_ever(url: str, worker: str) -> None:
    """Begin a job, say so, and never end it."""

    async def hang(args: Mapping[str, str]) -> None:
        print("begun", args["name"], flush=True)
        await asyncio.Event().wait()

    await an_engine(url, worker).start({"note": hang})
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(begin_for_ever(sys.argv[1], sys.argv[2]))
