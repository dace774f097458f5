"""How late what Discord tells is heard.

When something was done its id says, by Discord's clock. Ours may be seconds off, and nothing tells by how
much: so each is compared with how it was with others of late, the quickest of which was heard at once.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from adapters.chat.discord.names import epoch_seconds

COMPARED: Final = 100
"""So many of the last ones."""
DRIFT: Final = 2e-4
"""Seconds in a second by which a running clock may be faster than Discord's."""
MOST_DRIFT: Final = 0.5
"""Seconds, however long nothing was heard; more would hide a press too late to be answered."""
CLOCK_OFF_SECONDS: Final = 1.5

log = structlog.get_logger(__name__)


class Lateness:
    """Compares; one for each process.

    Args:
        clock: the aware instant it is, which may be wrong.
        running: seconds of a clock that never jumps.
    """

    def __init__(self, clock: Callable[[], datetime], running: Callable[[], float]) -> None:
        self._clock = clock
        self._running = running
        self._heard: deque[tuple[float, float]] = deque(maxlen=COMPARED)
        self._is_said = False

    def of(self, snowflake: str) -> float | None:
        """Seconds, at least 0.0, of what is heard now; None for the first, which compares with nothing."""
        now, born = self._running(), epoch_seconds(snowflake)
        least = min((gap + min((now - at) * DRIFT, MOST_DRIFT) for gap, at in self._heard), default=None)
        self._heard.append((now - born, now))
        if least is None:
            return None
        late = max(0.0, now - born - least)
        self._compare_clocks(born + late)
        return late

    def _compare_clocks(self, by_discord: float) -> None:
        off = self._clock().timestamp() - by_discord
        if abs(off) >= CLOCK_OFF_SECONDS and not self._is_said:
            log.warning("discord.clock_off", seconds=round(off, 1))
            self._is_said = True
