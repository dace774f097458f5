"""What a provider refuses, in the log by its machine codes: those whoever runs the bot can look up.

Nothing else of an answer is told: its words may name a person, an application or a calendar.
"""

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import structlog

log = structlog.get_logger()

SILENT_FOR: Final = timedelta(minutes=10)
"""What was refused once is refused to everybody, again and again."""

_CODE = re.compile(r"[A-Za-z_]{1,64}|(?:AADSTS)?[0-9]{1,10}")


class Refusals:
    """Those of one server.

    Args:
        address: of the server, as it is configured; its host is told.
        clock: tells the instant now.
    """

    def __init__(self, address: str, clock: Callable[[], datetime]) -> None:
        self._host = urlsplit(address).hostname or ""
        self._clock = clock
        self._told: dict[tuple[int, str], datetime] = {}
        self._lock = threading.Lock()

    def note(self, status: int, *codes: object) -> None:
        """Log a refusal, unless the same one was logged within `SILENT_FOR`; on any thread.

        Args:
            codes: what looks like none is left out.
        """
        code = " ".join(text for text in map(str, codes) if _CODE.fullmatch(text))
        if self._is_due((status, code)):
            log.warning("calendar.refused", host=self._host, status=status, code=code)

    def _is_due(self, refusal: tuple[int, str]) -> bool:
        now = self._clock()
        with self._lock:
            before = self._told.get(refusal)
            is_due = before is None or now - before >= SILENT_FOR
            if is_due:
                self._told[refusal] = now
        return is_due
