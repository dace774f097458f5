"""A linked account at Microsoft, for the tests here."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.microsoft.world import MicrosoftWorld, microsoft_world
from tests.blocking import nothing_blocks, watched

__all__ = ["nothing_blocks", "watched"]


@pytest.fixture
async def writing() -> AsyncIterator[MicrosoftWorld]:
    """An account whose owner lets us read and write events."""
    async with microsoft_world(writing=True) as world:
        yield world


@pytest.fixture
async def reading() -> AsyncIterator[MicrosoftWorld]:
    """An account whose owner lets us see basic details alone."""
    async with microsoft_world(writing=False) as world:
        yield world
