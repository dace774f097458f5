"""Blocking work beside the event loop: each call of the store's ports crosses to a thread once.

Through SQLAlchemy's asynchronous drivers each statement crosses several times, which costs more than the
statement itself; docs/decisions tells the figures.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """At most *most* threads, started when needed."""

    def __init__(self, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="store")

    async def run(self, call: Callable[[], T]) -> T:
        """What *call* returns or raises. Cancelling waits for its end."""
        work = asyncio.get_running_loop().run_in_executor(self._pool, call)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # A connection serves one thread at a time: this call ends before the next may roll it back.
            await asyncio.wait([work])
            raise

    def close(self) -> None:
        """Start nothing more."""
        self._pool.shutdown(wait=False)


class Unit:
    """One transaction on a connection of its own, begun by the first use. For one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self.dialect = engine.dialect
        self._engine = engine
        self._conn: Connection | None = None
        self._waiting: list[Callable[[], object]] = []

    @property
    def conn(self) -> Connection:
        """The open connection."""
        if self._conn is None:
            self._conn = self._engine.connect()
            self._conn.begin()
        return self._conn

    def put(self, call: Callable[[], object]) -> None:
        """To be done before the next `do`, or before the end."""
        self._waiting.append(call)

    def do(self, call: Callable[[], T]) -> T:
        """What *call* returns, after everything that was put."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each()
        return call()

    def commit(self) -> None:
        """Keep what was done; nothing else may follow."""
        try:
            self.do(lambda: None)
        except BaseException:
            self.roll_back()
            raise
        if self._conn is not None:
            with self._conn:
                self._conn.commit()

    def roll_back(self) -> None:
        """Undo what was done; nothing else may follow."""
        if self._conn is not None:
            self._conn.close()


class InThread:
    """The blocking side of a port: its methods marked `in_thread` or `later` work on one `Unit`."""

    def __init__(self, threads: Threads, unit: Unit) -> None:
        self._threads = threads
        self._unit = unit

    @property
    def _conn(self) -> Connection:
        return self._unit.conn


S = TypeVar("S", bound=InThread)


def in_thread(
    method: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Make a blocking method one to be awaited, which runs in a thread."""

    @wraps(method)
    async def awaited(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._threads.run(partial(self._unit.do, partial(method, self, *args, **kwargs)))

    return awaited


def later(
    method: Callable[Concatenate[S, P], None],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, None]]:
    """Make a blocking method one that is done in order before the next question or at the commit.

    For writes whose refusal can wait until then: they cross to the thread together with what follows.
    """

    @wraps(method)
    async def noted(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        self._unit.put(partial(method, self, *args, **kwargs))

    return noted
