"""Whose stream is read when, and what is not read again: a few dear ones shall not keep everybody waiting.

One stream of an owner is read at a time, and at first only for a moment. What takes longer waits for its turn
among what does, which has all places but one. What was too dear even so is not read again for a while, as
long as it stays the same.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, TypeVar
from weakref import WeakValueDictionary

NOBODY: Final = ""
"""An owner who is not known yet: everybody who is just linking a stream."""

DEAR_FOR: Final = 600.0
"""Seconds that an owner is taken for one with dear streams, and the first time a stream is not read again."""

LONGEST_PAUSE: Final = 6 * 3600.0
_MOST_KEPT: Final = 10_000
_BIG: Final = 256 * 1024


class Turns:
    """Places for owners.

    Args:
        places: how many streams are read at once.
        dear: seconds from which on a stream is dear.
        now: seconds on a clock that never goes back.
    """

    def __init__(self, places: int, dear: float, now: Callable[[], float]) -> None:
        self._places = asyncio.Semaphore(places)
        self._long = asyncio.Semaphore(max(1, places - 1))
        self._owners: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._until: dict[str, float] = {}
        self._dear = dear
        self._now = now

    @asynccontextmanager
    async def turn(self, owner: str, *, is_long: bool) -> AsyncIterator[None]:
        """Wait for the owner's turn, and have it for long or a moment."""
        async with AsyncExitStack() as held:
            lock = self._owners.setdefault(owner, asyncio.Lock())
            await held.enter_async_context(lock)
            if is_long:
                await held.enter_async_context(self._long)
            await held.enter_async_context(self._places)
            yield

    def is_dear(self, owner: str) -> bool:
        """Whether a stream of theirs was dear lately, so that no moment is spent on them."""
        return self._until.get(owner, 0) > self._now()

    def took(self, owner: str, seconds: float) -> bool:
        """Note what a stream cost; returns whether that was dear."""
        is_dear = seconds >= self._dear
        if is_dear and owner != NOBODY:
            _forget(self._until, self._now(), lambda until: until)
            self._until[owner] = self._now() + DEAR_FOR
        return is_dear


@dataclass(frozen=True, slots=True)
class _Verdict:
    reason: str
    pause: float
    until: float


class Verdicts:
    """What is said of streams that were dear, for nothing.

    Args:
        now: as in `Turns`.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._known: dict[bytes, _Verdict] = {}
        self._now = now

    def on(self, key: bytes) -> str:
        """The reason why this stream cannot be read; "" where that is not known, or was long ago."""
        found = self._known.get(key)
        return found.reason if found and found.until > self._now() else ""

    def keep(self, key: bytes, reason: str) -> None:
        """For a while, and each time for longer: a busy machine alone may have made it dear."""
        now, before = self._now(), self._known.get(key)
        pause = min(2 * before.pause, LONGEST_PAUSE) if before else DEAR_FOR
        _forget(self._known, now, lambda verdict: verdict.until + verdict.pause)
        self._known[key] = _Verdict(reason, pause, now + pause)


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _forget(kept: dict[_Key, _Value], now: float, until: Callable[[_Value], float]) -> None:
    """What is over, once there is much; then the oldest, too."""
    if len(kept) < _MOST_KEPT:
        return
    for key in [key for key, value in kept.items() if until(value) <= now] or list(kept)[: _MOST_KEPT // 2]:
        del kept[key]


async def key_of(kind: str, body: bytes) -> bytes:
    """The same for the same stream."""
    if len(body) > _BIG:
        return await asyncio.to_thread(_digest, kind, body)
    return _digest(kind, body)


def _digest(kind: str, body: bytes) -> bytes:
    return blake2b(body, digest_size=16, key=kind.encode()).digest()
