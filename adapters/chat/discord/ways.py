"""The latest way to edit a card that a token posted for everybody: the token of whoever pressed it last.

Where the bot is only brought along, a card has no other way, and the one it was posted by lasts minutes.
"""

from datetime import UTC, datetime
from typing import Final

from adapters.chat.discord.names import Path, read_path
from scheduling_core.ports import Store

KIND: Final = "discord.way"


class Ways:
    """Kept in the store, since jobs run in other processes; each is forgotten with its end."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, path: Path) -> None:
        """Somebody pressed the card that the path says."""
        until = datetime.fromtimestamp(path.expires, UTC)
        async with self._store.write() as tx:
            await tx.save_record(KIND, path.message_id, str(path), until)

    async def last(self, message_id: str) -> Path | None:
        """The way to a card; it may be over."""
        async with self._store.read() as reading:
            kept = await reading.record(KIND, message_id)
        return read_path(kept) if kept else None
