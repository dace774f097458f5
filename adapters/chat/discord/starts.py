"""When a session may begin. Discord counts: after 1,000 IDENTIFYs in a day it resets the token.

So none is sent when none is left, none too close to another, and a process that dies after each of them,
again and again, waits longer and longer: that is remembered over its restarts.
Source: "Gateway" of Discord's documentation, "Session Start Limit" and "Rate Limiting".
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scheduling_core.ports import Store, Transaction

STARTS, TURNS = "discord.start", "discord.turn"
"""Kinds of records: of a shard, how often it began of late; of a group of shards, when one of them began."""

SPACING_SECONDS = 5.0
"""Between two IDENTIFYs of a group, which is the shard's number modulo `max_concurrency`."""
SETTLED_SECONDS = 60.0
"""A session that lives so long is no crash loop."""
AT_ONCE = 5
"""So many short sessions are none either: somebody is trying something out."""
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10.0, 900.0
FORGOTTEN_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Limits:
    """`GET /gateway/bot`.

    Attributes:
        shards: how many Discord recommends.
        url: of the gateway.
        remaining: IDENTIFYs until *reset_after_seconds* from now.
        max_concurrency: groups of shards that may begin independently of each other.
    """

    shards: int
    url: str
    remaining: int
    reset_after_seconds: float
    max_concurrency: int


def wait_after(short: int) -> float:
    """Seconds from the last of *short* short sessions in a row to the next one."""
    if short < AT_ONCE:
        return 0.0
    return min(FIRST_WAIT_SECONDS * 2.0 ** min(short - AT_ONCE, 10), LONGEST_WAIT_SECONDS)


@dataclass(frozen=True, slots=True)
class _Began:
    """How often, and when last: epoch seconds."""

    short: int = 0
    at: float = 0.0

    def __str__(self) -> str:
        return json.dumps({"short": self.short, "at": self.at})


class Starts:
    """Lets sessions begin, one at a time, in all processes together."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def wait_seconds(self, shard: int, limits: Limits) -> float:
        """How long a session of *shard* has to wait; 0.0 is not at all."""
        if limits.remaining <= 0:
            return max(1.0, limits.reset_after_seconds)
        async with self._store.read() as reading:
            began = _began(await reading.record(STARTS, str(shard)))
            turn = _began(await reading.record(TURNS, _group(shard, limits)))
        return self._wait(began, turn)

    async def begin(self, shard: int, limits: Limits) -> float:
        """The same, right before an IDENTIFY; when it is 0.0 it has been written down, so send it."""
        if limits.remaining <= 0:
            return max(1.0, limits.reset_after_seconds)
        async with self._store.write() as tx:
            return await self._begin(tx, shard, _group(shard, limits))

    async def settled(self, shard: int) -> None:
        """The session has lived for `SETTLED_SECONDS`."""
        async with self._store.write() as tx:
            await tx.drop_record(STARTS, str(shard))

    async def _begin(self, tx: Transaction, shard: int, group: str) -> float:
        began = _began(await tx.record(STARTS, str(shard)))
        before = await tx.record(TURNS, group)
        wait = self._wait(began, _began(before))
        if wait:
            return wait
        now = self._clock().timestamp()
        if not await tx.replace_record(TURNS, group, before, str(_Began(0, now))):
            return SPACING_SECONDS
        short = 0 if now - began.at > FORGOTTEN_SECONDS else began.short
        await tx.save_record(STARTS, str(shard), str(_Began(short + 1, now)))
        return 0.0

    def _wait(self, began: _Began, turn: _Began) -> float:
        now = self._clock().timestamp()
        # A clock that was set back by hours must not make anybody wait for hours.
        since, spaced = abs(now - began.at), abs(now - turn.at)
        return max(0.0, wait_after(began.short) - since, SPACING_SECONDS - spaced)


def _group(shard: int, limits: Limits) -> str:
    return str(shard % max(1, limits.max_concurrency))


def _began(text: str | None) -> _Began:
    return _Began(**json.loads(text)) if text else _Began()
