"""Servers the bot is not in, where people brought it along by installing it for themselves.

A server that never had the bot cannot take it away: what is refused there is no reason to forget the server.
"""

from typing import Final

from scheduling_core.ports import Store
from scheduling_core.refs import WorkspaceRef

KIND: Final = "discord.visited"
_MAX_REMEMBERED = 10_000


class Visits:
    """Kept in the store, since jobs run in other processes and for longer than any of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: set[WorkspaceRef] = set()

    async def note(self, workspace: WorkspaceRef) -> None:
        """Somebody brought the bot along there."""
        if workspace in self._noted:
            return
        async with self._store.write() as tx:
            await tx.save_record(KIND, str(workspace), "visited")
        if len(self._noted) >= _MAX_REMEMBERED:
            self._noted.clear()
        self._noted.add(workspace)

    async def is_visited(self, workspace: WorkspaceRef) -> bool:
        """Whether it was noted, by any process."""
        async with self._store.read() as reading:
            return await reading.record(KIND, str(workspace)) is not None
