"""What goes wrong on the way to Slack and back, switched on per method."""

from dataclasses import dataclass

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


class Faults(faults.Faults[Fault]):
    """Calls are named as Slack's methods; `response_url` is one more."""
