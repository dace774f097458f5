"""What is remembered for a while: bounded, forgotten when told to, asked for once however many wait."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[V]):
    value: V
    until: datetime


class _Flight:
    """A question under way, and how many wait for its answer."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.waiting = 0
        self.is_stale = False


class Memory(Generic[K, V]):
    """Answers by key, each for as long as it says.

    Args:
        clock: tells the instant now.
        capacity: how many answers are kept; the least recently used goes first.
    """

    def __init__(self, clock: Callable[[], datetime], capacity: int) -> None:
        self._clock = clock
        self._capacity = capacity
        self._kept: OrderedDict[K, _Kept[V]] = OrderedDict()
        self._flights: dict[K, _Flight] = {}

    async def get(self, key: K, ask: Callable[[], Awaitable[tuple[V, timedelta]]]) -> V:
        """The answer for *key*; of many who want it at once, one asks.

        Args:
            ask: gives the answer and how long it holds. What it raises is not kept.
        """
        if (kept := self._fresh(key)) is not None:
            return kept.value
        flight = self._flights.setdefault(key, _Flight())
        flight.waiting += 1
        try:
            async with flight.turn:
                return await self._asked(key, flight, ask)
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                self._flights.pop(key, None)

    async def _asked(self, key: K, flight: _Flight, ask: Callable[[], Awaitable[tuple[V, timedelta]]]) -> V:
        if (kept := self._fresh(key)) is not None:
            return kept.value
        flight.is_stale = False
        value, life = await ask()
        # What was forgotten while it was asked for may have changed since.
        if not flight.is_stale:
            self._keep(key, value, life)
        return value

    def known(self, key: K) -> V | None:
        """What is kept for *key* and still holds; nobody is asked."""
        kept = self._fresh(key)
        return kept.value if kept else None

    def keep(self, key: K, value: V, life: timedelta) -> None:
        """Keep an answer that nobody had to be asked for."""
        self._keep(key, value, life)

    def forget(self, key: K) -> None:
        """Ask again next time."""
        self._kept.pop(key, None)
        if flight := self._flights.get(key):
            flight.is_stale = True

    def _fresh(self, key: K) -> _Kept[V] | None:
        kept = self._kept.get(key)
        if kept is None or kept.until <= self._clock():
            return None
        self._kept.move_to_end(key)
        return kept

    def _keep(self, key: K, value: V, life: timedelta) -> None:
        self._kept[key] = _Kept(value, self._clock() + life)
        self._kept.move_to_end(key)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
