"""The job engine on SQLite and, where it is installed, PostgreSQL: `python -m benchmarks jobs`.

Prints transactions that enqueue one job each beside transactions that insert one plain row (the floor), how
fast a backlog drains with and without lanes, how late a job begins, and what an idle engine costs.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from adapters.storage.jobs import DbosJobs
from adapters.storage.takeover import engine_for
from scheduling_core.ports import Job
from tests.postgres import binaries, running_server

BACKLOG = 1000
LANES = 200
SINGLE = 200
IDLE_SECONDS = 10.0


def main() -> None:
    """Measure each database there is."""
    with tempfile.TemporaryDirectory() as folder:
        print("SQLite")
        asyncio.run(measure(f"sqlite:///{Path(folder) / 'jobs.db'}"))
    if binaries() is None:
        print("PostgreSQL: not installed")
        return
    with running_server() as server:
        print("PostgreSQL")
        asyncio.run(measure(server.url()))


async def measure(url: str) -> None:
    """Print all figures of one database."""
    jobs, engine = DbosJobs(url, worker_id="bench"), engine_for(url)
    await asyncio.to_thread(jobs.prepare)
    begun: asyncio.Queue[float] = asyncio.Queue()

    async def note(_args: Mapping[str, str]) -> None:
        begun.put_nowait(time.perf_counter())

    enqueue_beside_floor(jobs, engine)
    await jobs.start({"note": note})
    for _ in range(SINGLE):
        await begun.get()
    print(f"  begins late by        {await lateness(jobs, engine, begun, None):6.0f} ms (median)")
    late = await lateness(jobs, engine, begun, timedelta(seconds=0.2))
    print(f"  begins late, if due   {late:6.0f} ms (median)")
    for lanes in (0, LANES):
        rate = await drain(jobs, engine, begun, lanes)
        print(f"  drains                {rate:6.0f} jobs/s, {lanes} lanes")
    before = time.process_time()
    await asyncio.sleep(IDLE_SECONDS)
    print(f"  idle                  {(time.process_time() - before) / IDLE_SECONDS:6.1%} of a core")
    await jobs.close()
    engine.dispose()


def enqueue_beside_floor(jobs: DbosJobs, engine: sa.Engine) -> None:
    """Compare a transaction with one job to one with one row."""
    with engine.begin() as conn:
        conn.execute(sa.text("CREATE TABLE floor (id INTEGER)"))
    insert = sa.text("INSERT INTO floor VALUES (:id)")
    floor = per_second(engine, lambda conn, n: conn.execute(insert, {"id": n}))
    rate = per_second(engine, lambda conn, n: jobs.enqueue(conn, Job(f"single:{n}", "note", {})))
    print(
        f"  enqueues              {rate:6.0f} transactions/s, {rate / floor:.2f} of the floor ({floor:.0f})"
    )


def per_second(engine: sa.Engine, act: Callable[[sa.Connection, int], object]) -> float:
    """How often a second *act* is done, each time in a transaction of its own."""
    start = time.perf_counter()
    for number in range(SINGLE):
        with engine.begin() as conn:
            act(conn, number)
    return SINGLE / (time.perf_counter() - start)


async def lateness(
    jobs: DbosJobs, engine: sa.Engine, begun: "asyncio.Queue[float]", delay: timedelta | None
) -> float:
    """Milliseconds from when a job may begin until it does, one job at a time."""
    late = []
    for number in range(15):
        await asyncio.sleep(number * 0.007)  # at another moment of the polling interval each time
        due = datetime.now(UTC) + delay if delay else None
        may_begin = time.perf_counter() + (delay.total_seconds() if delay else 0)
        with engine.begin() as conn:
            jobs.enqueue(conn, Job(f"late:{delay}:{number}", "note", {}, due=due))
        late.append(await begun.get() - may_begin)
    return statistics.median(late) * 1000


async def drain(jobs: DbosJobs, engine: sa.Engine, begun: "asyncio.Queue[float]", lanes: int) -> float:
    """Jobs a second, of a backlog that is there at once."""
    with engine.begin() as conn:
        for number in range(BACKLOG):
            lane = f"lane-{number % lanes}" if lanes else None
            jobs.enqueue(conn, Job(f"drain:{lanes}:{number}", "note", {}, lane))
    start = time.perf_counter()
    for _ in range(BACKLOG):
        await begun.get()
    return BACKLOG / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
