"""What goes wrong on the way to Slack and back, switched on per method."""

from dataclasses import dataclass, field

EVERY_METHOD = "*"


@dataclass(frozen=True, slots=True)
class RateLimited:
    """HTTP 429 with `Retry-After`, nothing done."""

    retry_after_seconds: int = 1


@dataclass(frozen=True, slots=True)
class ServerError:
    """A status with a body that is no JSON; *is_processed* says whether the call was carried out."""

    status: int = 500
    is_processed: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is reset, before or after the call was carried out."""

    is_processed: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """The call is carried out at once, its answer comes late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Refused:
    """`ok: false` with this error, nothing done."""

    error: str


Fault = RateLimited | ServerError | Cut | Slow | Refused


@dataclass(slots=True)
class Faults:
    """Which call meets which fault. Methods are named as Slack does; `response_url` and `*` work too.

    Attributes:
        met: (method, fault), in order.
    """

    met: list[tuple[str, Fault]] = field(default_factory=list)
    _waiting: dict[str, list[Fault]] = field(default_factory=dict)
    _lasting: dict[str, Fault] = field(default_factory=dict)

    def add(self, method: str, fault: Fault, times: int | None = 1) -> None:
        """The next *times* calls of *method* meet *fault*; None: all, until `clear`."""
        if times is None:
            self._lasting[method] = fault
        else:
            self._waiting.setdefault(method, []).extend([fault] * times)

    def clear(self) -> None:
        """All is well again."""
        self._waiting.clear()
        self._lasting.clear()

    def take(self, method: str) -> Fault | None:
        """The fault of this call."""
        fault = next(iter(self._next(name) for name in (method, EVERY_METHOD) if self._next(name)), None)
        for name in (method, EVERY_METHOD):
            if fault and self._waiting.get(name):
                self._waiting[name].pop(0)
                break
        if fault:
            self.met.append((method, fault))
        return fault

    def _next(self, name: str) -> Fault | None:
        waiting = self._waiting.get(name)
        return waiting[0] if waiting else self._lasting.get(name)
