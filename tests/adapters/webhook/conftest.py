"""The platform between a recording inbox and a fake room, for every test here."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.webhook.harness import WebhookSide, webhook_side


@pytest.fixture
async def side() -> AsyncIterator[WebhookSide]:
    async with webhook_side() as made:
        yield made
