"""What may have reached Discord without our knowing, where Discord gives no way to look.

Kept in the store, since another process may try again.
"""

from datetime import datetime
from typing import Final

from scheduling_core.ports import Store

KIND: Final = "discord.attempt"


class Attempts:
    """Noted before they are made; forgotten by themselves."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, name: str, until: datetime) -> bool:
        """Whether this is the first one.

        Args:
            name: of what is done once.
            until: nobody tries again after that.
        """
        async with self._store.write() as tx:
            if await tx.record(KIND, name) is not None:
                return False
            await tx.save_record(KIND, name, "begun", until)
        return True

    async def is_known(self, name: str) -> bool:
        """Whether it was begun."""
        async with self._store.read() as reading:
            return await reading.record(KIND, name) is not None

    async def had_no_effect(self, name: str) -> None:
        """Discord refused it: another try is the first one again."""
        async with self._store.write() as tx:
            await tx.drop_record(KIND, name)
