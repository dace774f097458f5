"""Slack on a port, for the tests here."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.slack.harness import Slack, playing_slack


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """Slack with one workspace and a channel."""
    async with playing_slack() as playing:
        yield playing
