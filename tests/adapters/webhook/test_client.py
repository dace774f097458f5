"""Callbacks to a room's server."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.chat.webhook import Tenant
from scheduling_core.cards import Card, line
from scheduling_core.deliveries import Message
from scheduling_core.errors import Gone, RateLimited, Rejected, Unavailable
from scheduling_core.refs import RoomRef, WorkspaceRef
from tests.adapters.webhook.harness import OLD_SECRET, ROOM, SECRET, WebhookSide, webhook_side

MESSAGE = Message("m_1", 1, ROOM, None, Card((line("Hello żółć 👩‍🚀"),)))


async def test_the_same_change_carries_the_same_id_and_body(side: WebhookSide) -> None:
    await side.platform.show(MESSAGE, None)
    await side.platform.show(MESSAGE, None)
    assert side.vendor.posts == ["m_1-1-created", "m_1-1-created"]
    assert side.vendor.complaints == []


async def test_every_change_has_an_id_of_its_own(side: WebhookSide) -> None:
    shown_as = await side.platform.show(MESSAGE, None)
    await side.platform.show(replace(MESSAGE, revision=2), shown_as)
    await side.platform.show(replace(MESSAGE, revision=3, card=None), shown_as)
    types = [json.loads(body)["type"] for body in side.vendor.seen.values()]
    assert types == ["message.created", "message.updated", "message.deleted"]
    assert len(set(side.vendor.posts)) == 3


async def test_a_room_keeps_our_ids(side: WebhookSide) -> None:
    assert await side.platform.show(MESSAGE, None) == "m_1"


async def test_while_a_secret_changes_the_room_may_know_only_one() -> None:
    async with webhook_side(secrets=(OLD_SECRET, SECRET)) as side:
        await side.platform.show(MESSAGE, None)
        assert side.vendor.complaints == []


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405, 409, 500, 502])
async def test_what_an_operator_may_mend_is_tried_again(side: WebhookSide, status: int) -> None:
    side.vendor.status = status
    with pytest.raises(Unavailable):
        await side.platform.show(MESSAGE, None)


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_what_is_about_this_message_is_final_and_told_in_the_rooms_words(
    side: WebhookSide, status: int
) -> None:
    side.vendor.status = status
    with pytest.raises(Rejected) as caught:
        await side.platform.show(MESSAGE, None)
    assert (caught.value.code, caught.value.reason) == (status, "not now")


async def test_gone_is_gone(side: WebhookSide) -> None:
    side.vendor.status = 410
    with pytest.raises(Gone):
        await side.platform.show(MESSAGE, None)


async def test_a_room_may_ask_to_wait(side: WebhookSide) -> None:
    side.vendor.status, side.vendor.headers = 503, {"retry-after": "Tue, 24 Nov 2026 09:02:00 GMT"}
    with pytest.raises(RateLimited) as caught:
        await side.platform.show(MESSAGE, None)
    assert caught.value.retry_after == timedelta(minutes=2)


async def test_a_room_that_takes_no_callbacks_gets_none(side: WebhookSide) -> None:
    quiet = RoomRef(WorkspaceRef("webhook", "quiet"), "room-1")
    with pytest.raises(Rejected, match="callback_url"):
        await side.platform.show(replace(MESSAGE, room=quiet), None)


async def test_a_tenant_that_is_no_longer_configured_gets_nothing(side: WebhookSide) -> None:
    former = RoomRef(WorkspaceRef("webhook", "former"), "room-1")
    with pytest.raises(Rejected):
        await side.platform.show(replace(MESSAGE, room=former), None)


async def test_messages_may_be_shown_side_by_side(side: WebhookSide) -> None:
    async with asyncio.TaskGroup() as tasks:
        for n in range(20):
            tasks.create_task(side.platform.show(replace(MESSAGE, id=f"m_{n}"), None))
    assert len(side.vendor.messages) == 20


@pytest.mark.parametrize("secrets", [(), ("",), (SECRET, "whsec_")])
def test_a_tenant_without_a_real_secret_cannot_be_made(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="secret"):
        Tenant(secrets, "https://room.example/parley")


def test_a_tenants_secrets_are_not_printed() -> None:
    assert SECRET not in repr(Tenant((SECRET,)))
