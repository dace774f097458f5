"""Discord on a port, for the tests here."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.discord.by_hand import ByHand
from tests.adapters.discord.harness import Discord, playing_discord


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    """Discord with one server and a channel."""
    async with playing_discord() as playing:
        yield playing


@pytest.fixture
async def app(discord: Discord) -> ByHand:
    """An app that answers HTTP interactions as the test says, with `/meet` registered."""
    made = ByHand(discord)
    await made.register()
    discord.straight_into(made.post)
    return made
