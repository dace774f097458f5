"""When much comes at once, all of it is recorded before any of it is worked on."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

WORK_AFTER_SECONDS = 2.0
"""However much comes in, work waits no longer than this."""


class Rush:
    """Counts what is being recorded. Whoever sent it waits, and a platform's patience is short; for the work
    itself nobody waits who was not promised an answer at once.
    """

    def __init__(self) -> None:
        self._recording = 0
        self._is_over = asyncio.Event()
        self._is_over.set()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Around recording one delivery."""
        self._recording += 1
        self._is_over.clear()
        try:
            yield
        finally:
            self._recording -= 1
            if not self._recording:
                self._is_over.set()

    async def over(self) -> None:
        """Returns when nothing is being recorded, or after a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WORK_AFTER_SECONDS):
                await self._is_over.wait()
