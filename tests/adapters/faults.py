"""What goes wrong on the way to a vendor that is played and back, switched on per method or route."""

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

EVERYWHERE: Final = "*"


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


F = TypeVar("F")


@dataclass(slots=True)
class Faults(Generic[F]):
    """Which call meets which fault; `*` stands for every one.

    Attributes:
        met: (name of the call, fault), in order.
    """

    met: list[tuple[str, F]] = field(default_factory=list)
    _waiting: dict[str, list[F]] = field(default_factory=dict)
    _lasting: dict[str, F] = field(default_factory=dict)

    def add(self, name: str, fault: F, times: int | None = 1) -> None:
        """The next *times* calls of that name meet *fault*; None: all, until `clear`."""
        if times is None:
            self._lasting[name] = fault
        else:
            self._waiting.setdefault(name, []).extend([fault] * times)

    def clear(self) -> None:
        """All is well again."""
        self._waiting.clear()
        self._lasting.clear()

    def take(self, name: str) -> F | None:
        """The fault of this call."""
        for place in (name, EVERYWHERE):
            waiting = self._waiting.get(place)
            fault = waiting.pop(0) if waiting else self._lasting.get(place)
            if fault:
                self.met.append((name, fault))
                return fault
        return None
