"""One window of the wall-clock day."""

from __future__ import annotations

from dataclasses import dataclass

MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open window of the wall-clock day, in minutes after midnight.

    `start` is 0 to 1439, `end` 0 to 1440 (24:00). An end before the start means the next local date
    (22:00–2:00, rule R3); equal ends make an empty window.

    Raises:
        ValueError: if a minute lies outside the day.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not _is_minute(self.start, MINUTES_PER_DAY - 1):
            raise ValueError(f"a window starts at minute 0 to 1439 of the day, not {self.start!r}")
        if not _is_minute(self.end, MINUTES_PER_DAY):
            raise ValueError(f"a window ends at minute 0 to 1440 of the day, not {self.end!r}")

    @property
    def is_empty(self) -> bool:
        """True when the window contains no minute."""
        return self.start == self.end

    @property
    def is_overnight(self) -> bool:
        """True when the window ends on the next local date, later than its midnight."""
        return 0 < self.end < self.start

    @property
    def minutes(self) -> tuple[int, int]:
        """Start and end on one axis: the end of an overnight window is over 1440."""
        return self.start, self.end + MINUTES_PER_DAY if self.end < self.start else self.end


def _is_minute(value: object, last: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= last
