"""A linked account at Google, for the tests here."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.google.world import GoogleWorld, google_world
from tests.blocking import nothing_blocks, watched

__all__ = ["nothing_blocks", "watched"]


@pytest.fixture
async def writing() -> AsyncIterator[GoogleWorld]:
    """An account whose owner lets us read and write events."""
    async with google_world(writing=True) as world:
        yield world


@pytest.fixture
async def reading() -> AsyncIterator[GoogleWorld]:
    """An account whose owner lets us see free/busy alone."""
    async with google_world(writing=False) as world:
        yield world
