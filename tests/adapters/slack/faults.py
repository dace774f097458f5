"""What goes wrong on the way to Slack and back, switched on per method."""

from dataclasses import dataclass, field
from math import ceil

from tests.adapters import faults
from tests.adapters.faults import EVERYWHERE as EVERYWHERE
from tests.adapters.faults import Cut as Cut
from tests.adapters.faults import ServerError as ServerError
from tests.adapters.faults import Slow as Slow


@dataclass(frozen=True, slots=True)
class RateLimited:
    """HTTP 429 with `Retry-After`, nothing done."""

    retry_after_seconds: int = 1


@dataclass(frozen=True, slots=True)
class Refused:
    """`ok: false` with this error, nothing done."""

    error: str


Fault = RateLimited | ServerError | Cut | Slow | Refused


Limit = tuple[str, ...]
"""What Slack limits together: a method for a token, chat.postMessage for each channel of its own."""


@dataclass(slots=True)
class Faults(faults.Faults[Fault]):
    """Calls are named as Slack's methods; `response_url` is one more.

    Who was asked to wait is refused until then.
    """

    _limited: dict[Limit, float] = field(default_factory=dict)

    def meet(self, name: str, limit: Limit, now: float) -> Fault | None:
        """The fault of this call.

        Args:
            now: Unix time.
        """
        if (wait := self._limited.get(limit, 0) - now) > 0:
            return RateLimited(ceil(wait))
        fault = self.take(name)
        if isinstance(fault, RateLimited):
            self.keep_waiting(limit, now + fault.retry_after_seconds)
        return fault

    def keep_waiting(self, limit: Limit, until: float) -> None:
        """Refuse all further calls until then."""
        self._limited[limit] = until

    def clear(self) -> None:
        """All is well again."""
        # super() without arguments does not work in a class with slots.
        faults.Faults.clear(self)
        self._limited.clear()
