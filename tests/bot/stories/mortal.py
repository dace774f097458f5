"""A store whose process dies at a chosen moment: before or after any question, change or commit."""

from asyncio import CancelledError, sleep
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from scheduling_core.deliveries import Delivery
from scheduling_core.ports import Acceptance, Job, Reading, Store, Transaction


@dataclass(slots=True)
class Fate:
    """When the process dies.

    Attributes:
        moments_left: it dies when these are over; None is never.
        is_dead: nothing this process wants to do has an effect any more.
        is_slow: others come to their turn in every moment, and no answer is ready in time.
    """

    moments_left: int | None = None
    is_dead: bool = False
    is_slow: bool = False

    async def moment(self) -> None:
        """One more moment is lived, or not.

        Raises:
            CancelledError: the process is dead; unlike an error, nobody handles it.
        """
        if self.moments_left is not None:
            self.moments_left -= 1
            self.is_dead = self.is_dead or self.moments_left < 0
        if self.is_dead:
            raise CancelledError
        if self.is_slow:
            await sleep(0)


class _MortalTransaction:
    """Passes every call on to the transaction, each one a moment."""

    def __init__(self, tx: Reading, fate: Fate) -> None:
        self._tx = tx
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._tx, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._fate.moment()
            return await method(*args, **kwargs)

        return call


class MortalStore:
    """`Store` that lives as long as *fate* allows. An open transaction of a dead process is rolled back."""

    def __init__(self, store: Store, fate: Fate) -> None:
        self._store = store
        self._fate = fate

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        """See `Store`."""
        async with self._store.read() as reading:
            yield cast(Reading, _MortalTransaction(reading, self._fate))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """See `Store`."""
        await self._fate.moment()
        async with self._store.write() as tx:
            yield cast(Transaction, _MortalTransaction(tx, self._fate))
            await self._fate.moment()
        await self._fate.moment()

    async def accept(self, delivery: Delivery, catch_up: Job | None = None) -> Acceptance:
        """See `Store`."""
        await self._fate.moment()
        acceptance = await self._store.accept(delivery, catch_up)
        await self._fate.moment()
        return acceptance

    async def close(self) -> None:
        """See `Store`."""
        await self._store.close()
