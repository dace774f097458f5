"""Discord on a port, for the tests here."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.discord.harness import Discord, playing_discord


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    """Discord with one server and a channel."""
    async with playing_discord() as playing:
        yield playing
