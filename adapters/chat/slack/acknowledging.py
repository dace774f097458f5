"""Work that is begun for a payload and may outlive its acknowledgement."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from slack_bolt.response import BoltResponse

from scheduling_core.errors import ProviderError

ACKNOWLEDGE_AFTER_SECONDS = 2.0
"""Slack waits three seconds, its own way to us and back included."""
DRAIN_SECONDS = 8.0

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Taken:
    """Everything that is being worked on."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._dispensable: set[asyncio.Task[Any]] = set()

    async def soon(
        self,
        work: Coroutine[Any, Any, T],
        otherwise: T,
        late: Callable[[T], Awaitable[None]] | None = None,
        lost: Callable[[], Awaitable[None]] | None = None,
        seconds: float = ACKNOWLEDGE_AFTER_SECONDS,
    ) -> T:
        """The result of *work*, or *otherwise* when it takes long: then it goes on by itself.

        Args:
            late: gets the result that came too late.
            lost: is called where none came.

        Raises: whatever *work* raises in time; later it is reported.
        """
        task = self._begin(work)
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        self._begin(_ended_late(task, late, lost))
        return otherwise

    def meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        """Do *work* by itself; it is given up at the end."""
        task = asyncio.create_task(_reported(work))
        self._dispensable.add(task)
        task.add_done_callback(self._dispensable.discard)

    def _begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self) -> None:
        """Wait until all of it is done; bounded."""
        for task in self._dispensable:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._tasks:
                    await asyncio.wait(self._tasks)


async def _ended_late(
    task: asyncio.Task[T],
    late: Callable[[T], Awaitable[None]] | None,
    lost: Callable[[], Awaitable[None]] | None,
) -> None:
    """Slack was told already that all is well."""
    try:
        result = await task
        if late:
            await late(result)
    except Exception as error:
        not_taken(error)
        if lost:
            await _reported(lost())


async def _reported(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:
        not_taken(error)


def not_taken(error: Exception) -> BoltResponse:
    """What Slack is told when nothing was recorded; events it then sends again."""
    if isinstance(error, ProviderError):
        log.warning("slack.not_taken", error=type(error).__name__)
        return BoltResponse(status=503, body={"error": "try again"})
    log.error("slack.not_taken", error=type(error).__name__, exc_info=error)
    return BoltResponse(status=500, body={"error": "something went wrong"})
