"""Work that was begun for something Discord told us, and outlives the first response to it."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

from adapters.payload import Malformed
from scheduling_core.errors import ProviderError

DRAIN_SECONDS = 8.0

log = structlog.get_logger(__name__)


class UnderWay:
    """Everything that is being worked on."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, kind: str, work: Coroutine[Any, Any, None]) -> None:
        """Go on with *work* by itself; what it raises is reported.

        Args:
            kind: of what Discord told, for the log.
        """
        task = asyncio.create_task(_reported(kind, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def give_up(self) -> None:
        """Leave all of it undone."""
        for task in self._tasks:
            task.cancel()

    async def drain(self) -> None:
        """Wait until all of it is done; bounded."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._tasks:
                    await asyncio.wait(self._tasks)


async def _reported(kind: str, work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Malformed as malformed:
        log.warning("discord.malformed", kind=kind, because=str(malformed))
    except ProviderError as error:
        log.warning("discord.not_taken", kind=kind, error=type(error).__name__)
    except Exception as error:
        log.error("discord.not_taken", kind=kind, error=type(error).__name__, exc_info=error)
