"""A job engine without a process: jobs are rows of the test's database, run when the test says so."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from scheduling_core.errors import Unavailable
from scheduling_core.ports import Job, JobFunction

_EARLY = datetime(1970, 1, 1, tzinfo=UTC)


def _instant(job: Job) -> str:
    return (job.due or _EARLY).isoformat()


@dataclass(slots=True)
class TableJobs:
    """Keeps the promises of `Job`: ids run once, a lane keeps its order, nothing runs before it is due.

    A job that raises `Unavailable` stays and holds up its lane; `run_due` tries it again the next time.
    """

    functions: Mapping[str, JobFunction] = field(default_factory=dict)
    _made: bool = False

    def enqueue(self, conn: Connection, job: Job) -> None:
        """What the store is given."""
        if not self._made:
            conn.execute(
                text(
                    "CREATE TABLE IF NOT EXISTS fake_jobs (place INTEGER PRIMARY KEY, id TEXT UNIQUE,"
                    " kind TEXT, args TEXT, lane TEXT, due TEXT, done INTEGER DEFAULT 0)"
                )
            )
        row = {"id": job.id, "kind": job.kind, "args": json.dumps(dict(job.args)), "lane": job.lane}
        conn.execute(
            text(
                "INSERT INTO fake_jobs (id, kind, args, lane, due) VALUES (:id, :kind, :args, :lane, :due)"
                " ON CONFLICT DO NOTHING"
            ),
            {**row, "due": _instant(job)},
        )

    async def run_due(self, read_conn: "Database", now: datetime) -> int:
        """Run what is due, in order, jobs that these enqueue included. Returns how many ran to the end."""
        ran, held_up = 0, set[str]()
        while (job := read_conn.next_job(now, held_up)) is not None:
            place, kind, args, lane = job
            try:
                if kind in self.functions:
                    await self.functions[kind](json.loads(args))
            except Unavailable:
                held_up.add(lane or f"alone:{place}")
                continue
            read_conn.mark_done(place)
            ran += 1
        return ran


class Database:
    """The rows of the fake engine, over a connection of its own (`sqlite3`)."""

    def __init__(self, path: str) -> None:
        import sqlite3

        self.path = path
        self._conn = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._conn.execute("PRAGMA synchronous=OFF")

    def next_job(self, now: datetime, held_up: set[str]) -> tuple[int, str, str, str | None] | None:
        """The first job that is due and not held up."""
        if not self._conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'fake_jobs'").fetchone():
            return None
        rows = self._conn.execute(
            "SELECT place, kind, args, lane FROM fake_jobs WHERE done = 0 AND due <= ? ORDER BY place",
            (now.isoformat(),),
        )
        return next((row for row in rows if (row[3] or f"alone:{row[0]}") not in held_up), None)

    def mark_done(self, place: int) -> None:
        """The job ran to its end."""
        self._conn.execute("UPDATE fake_jobs SET done = 1 WHERE place = ?", (place,))

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()
