"""The fake engine's rows, whose last jobs can be done once more: the promise is at least once."""

import sqlite3

from tests.fakes.jobs import Database


class RepeatableJobs(Database):
    """See the module."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._again = sqlite3.connect(path, isolation_level=None, timeout=10)

    def forget_last(self, count: int) -> None:
        """The last *count* jobs that ran count as not done."""
        if self._again.execute("SELECT 1 FROM sqlite_master WHERE name = 'fake_jobs'").fetchone():
            last = "SELECT place FROM fake_jobs WHERE done = 1 ORDER BY place DESC LIMIT ?"
            self._again.execute(f"UPDATE fake_jobs SET done = 0 WHERE place IN ({last})", (count,))

    def close(self) -> None:
        """Close the connections."""
        self._again.close()
        super().close()
