"""How late something is heard, against others of late."""

from datetime import UTC, datetime

import pytest

from adapters.chat.discord.lateness import MOST_DRIFT, Lateness

BEGAN = datetime(2026, 11, 24, 9, tzinfo=UTC).timestamp()
DISCORD_EPOCH = 1_420_070_400


class Hearing:
    """Things heard by clocks that only go on when something is heard."""

    def __init__(self) -> None:
        self._now = 0.0
        self._lateness = Lateness(lambda: datetime.fromtimestamp(BEGAN + self._now, UTC), lambda: self._now)

    def judged(self, late: float, *, after: float) -> float | None:
        """Done so many seconds after the last was heard, and heard so late."""
        born = self._now + after
        self._now = born + late
        return self._lateness.of(str(round((BEGAN + born - DISCORD_EPOCH) * 1000) << 22))


@pytest.mark.parametrize("quiet_hours", [0.0, 1.0, 3.0, 10.0, 100.0])
def test_however_long_it_was_quiet_what_is_heard_late_is_found_late(quiet_hours: float) -> None:
    hearing = Hearing()
    assert hearing.judged(0.1, after=0.0) is None
    judged = hearing.judged(2.2, after=quiet_hours * 3600)
    assert judged is not None
    assert 2.1 - MOST_DRIFT - 0.01 <= judged <= 2.11
