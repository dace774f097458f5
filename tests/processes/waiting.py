"""How a test waits for something another thread or process does: until it is so, never for a time."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.03


class Board:
    """Wakes whoever waits when something arrived.

    Attributes:
        changed: hold it while changing what others wait for, and notify.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()

    def until(self, found: Callable[[], Found], what: Callable[[], object] = lambda: "") -> Found:
        """The first truthy value of *found*, which is asked again at every change.

        Args:
            what: says how things stand when patience runs out.
        """
        with self.changed:
            result = self.changed.wait_for(found, PATIENCE_SECONDS)
            assert result, f"did not happen within {PATIENCE_SECONDS} s: {what()}"
            return result


def poll(found: Callable[[], Found], what: Callable[[], object] = lambda: "") -> Found:
    """The first truthy value of *found*, where nobody tells us of changes (another process' database)."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (result := found()):
        assert time.monotonic() < deadline, f"did not happen within {PATIENCE_SECONDS} s: {what()}"
        threading.Event().wait(LOOK_AGAIN_SECONDS)
    return result
