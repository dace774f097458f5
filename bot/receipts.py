"""One line in the log and one count for each request to a platform's address, whoever learns its outcome."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

import structlog

from bot.metrics import Metrics
from scheduling_core.deliveries import Delivery

log = structlog.get_logger()

Outcome = Literal[
    "done",
    "refused",
    "failed",
    "repeated",
    "conflict",
    "limited",
    "invalid",
    "unsigned",
    "unknown",
    "too_large",
]
_BY_STATUS: dict[int, Outcome] = {
    401: "unsigned",
    404: "unknown",
    409: "conflict",
    413: "too_large",
    429: "limited",
}


class Request:
    """A request being answered; who takes a delivery out of it writes the line."""

    def __init__(self) -> None:
        self.is_taken = False
        self.status = 500


_REQUEST: ContextVar[Request | None] = ContextVar("request", default=None)


class Receipts:
    """Writes them."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    @contextmanager
    def request(self, platform: str) -> Iterator[Request]:
        """Around all that answers a request; what fails or is refused before it is a delivery is written.

        A request that is answered well and was no delivery (a description, a page) leaves nothing.
        """
        request = Request()
        token = _REQUEST.set(request)
        try:
            yield request
        except asyncio.CancelledError:
            # Still without its whole body when the process stopped.
            request.status = 408
            raise
        finally:
            _REQUEST.reset(token)
            if not request.is_taken and request.status >= 400:
                self._refused(platform, request.status)

    def _refused(self, platform: str, status: int) -> None:
        outcome = _BY_STATUS.get(status, "failed" if status >= 500 else "invalid")
        self._metrics.counted("none", outcome)
        log.info("delivery.answered", platform=platform, outcome=outcome, status=status)

    def take(self) -> None:
        """The request at hand, if there is one, became a delivery: `write` follows, now or later."""
        if request := _REQUEST.get():
            request.is_taken = True

    def write(self, delivery: Delivery, outcome: Outcome, seconds: float) -> None:
        """What became of a delivery, and how long it took."""
        act = type(delivery.act).__name__
        self._metrics.counted(act, outcome)
        log.info(
            "delivery.answered",
            delivery=delivery.id,
            workspace=str(delivery.room.ref.workspace),
            act=act,
            outcome=outcome,
            milliseconds=round(seconds * 1000, 1),
        )
