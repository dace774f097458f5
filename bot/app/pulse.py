"""Whether the database answers, for the health check."""

import asyncio

import structlog

from bot.office import Office

log = structlog.get_logger()


class Pulse:
    """Whether the database answers; its loss is logged once, and its return."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._was_lost = False

    async def beats(self) -> bool:
        """Look now."""
        try:
            async with asyncio.timeout(2), self._office.store.read() as reading:
                await reading.person("health")
        except Exception as error:
            if not self._was_lost:
                log.error("database.lost", error=type(error).__name__)
            self._was_lost = True
            return False
        if self._was_lost:
            log.info("database.back")
        self._was_lost = False
        return True
