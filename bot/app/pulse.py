"""Whether the database answers, for those who watch over the process."""

import asyncio

import structlog

from scheduling_core.ports import Store

log = structlog.get_logger()

PATIENCE_SECONDS = 2.0


class Pulse:
    """Whether the database answers; its loss is logged once, and its return.

    Args:
        patience_seconds: without an answer this long it is lost.
    """

    def __init__(self, store: Store, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._store = store
        self._patience_seconds = patience_seconds
        self._was_lost = False
        self._looking: asyncio.Task[None] | None = None

    async def beats(self) -> bool:
        """Look now."""
        error = await self._trouble()
        if error and not self._was_lost:
            log.error("database.lost", error=error)
        if self._was_lost and not error:
            log.info("database.back")
        self._was_lost = bool(error)
        return not error

    async def _trouble(self) -> str:
        """The name of an error, or "".

        A look at a database that is frozen cannot be called off; it is left alone, and nobody begins another.
        """
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        looking = self._looking
        await asyncio.wait([looking], timeout=self._patience_seconds)
        if not looking.done():
            return TimeoutError.__name__
        if self._looking is looking:
            self._looking = None
        error = looking.exception()
        return type(error).__name__ if error else ""

    async def _look(self) -> None:
        async with self._store.read() as reading:
            await reading.person("health")
