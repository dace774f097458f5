"""Discord keeps the contract of every chat platform."""

from collections.abc import AsyncIterator

import pytest

from adapters.storage import Vault, open_store
from tests.adapters.discord.listening import DiscordSide, discord_side
from tests.contracts.chat import ChatContract
from tests.stores import KEY, enqueue
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template


class TestDiscordRooms(ChatContract):
    @pytest.fixture
    async def side(self, sqlite_database: str) -> AsyncIterator[DiscordSide]:
        store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
        async with discord_side(store) as made:
            yield made
        await store.close()
