"""Custom rooms keep the contract of every chat platform."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.webhook.harness import WebhookSide, webhook_side
from tests.contracts.chat import ChatContract


class TestWebhookRooms(ChatContract):
    @pytest.fixture
    async def side(self) -> AsyncIterator[WebhookSide]:
        async with webhook_side() as made:
            yield made
            assert made.vendor.complaints == []
