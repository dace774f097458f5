"""The routes of custom rooms, over the port."""

import json
from datetime import timedelta

import pytest

from adapters.chat.webhook import Tenant, WebhookSettings
from adapters.chat.webhook.problems import too_many
from scheduling_core.cards import Card, line
from scheduling_core.chat_ports import Request
from scheduling_core.deliveries import Answer, Message
from scheduling_core.errors import RateLimited
from tests.adapters.webhook.harness import (
    HOST,
    NOW,
    OLD_SECRET,
    ROOM,
    SECRET,
    WebhookSide,
    a_delivery,
    signed,
    webhook_side,
)

BODY = json.dumps(a_delivery()).encode()
REPLY = Message("m_1", 1, ROOM, HOST, Card((line("Set up in one tap"),)))


async def test_the_answer_holds_what_the_actor_alone_sees(side: WebhookSide) -> None:
    side.inbox.answer = lambda _delivery: Answer((REPLY,))
    response, answer = await side.post(BODY)
    (reply,) = answer["replies"]
    assert (response.status, response.content_type) == (200, "application/json")
    assert (reply["id"], reply["audience"], reply["actor"]) == ("m_1", "actor", "u-1")
    assert reply["text"] == "Set up in one tap"


async def test_a_repeat_gets_the_same_bytes(side: WebhookSide) -> None:
    side.inbox.answer = lambda _delivery: Answer((REPLY,))
    first, _ = await side.post(BODY)
    assert (await side.post(BODY, signed(BODY, at=NOW + timedelta(minutes=1))))[0] == first
    assert len(side.inbox.deliveries) == 1


async def test_a_late_answer_leaves_the_list_empty(side: WebhookSide) -> None:
    side.inbox.answer = lambda _delivery: None
    _, answer = await side.post(BODY)
    assert answer == {"replies": []}
    assert side.inbox.within_seconds == 2.5


async def test_a_tenants_name_may_be_written_in_any_case(side: WebhookSide) -> None:
    response, _ = await side.post(BODY, tenant="DEMO")
    assert response.status == 200
    assert side.inbox.deliveries[0].room.ref == ROOM


@pytest.mark.parametrize(
    ("headers", "tenant", "status"),
    [
        ({}, "demo", 401),
        (signed(BODY, secret=OLD_SECRET), "demo", 401),
        (signed(BODY, at=NOW - timedelta(minutes=6)), "demo", 401),
        (signed(BODY, at=NOW + timedelta(minutes=6)), "demo", 401),
        (signed(BODY), "nobody", 404),
    ],
)
async def test_strangers_are_refused(
    side: WebhookSide, headers: dict[str, str], tenant: str, status: int
) -> None:
    response, problem = await side.post(BODY, headers or {"webhook-id": "d-1"}, tenant)
    assert (response.status, response.content_type) == (status, "application/problem+json")
    assert problem["status"] == status
    assert problem["type"].startswith("urn:parley:problem:")
    assert problem["title"]
    assert problem["detail"]
    assert side.inbox.deliveries == []


async def test_the_same_id_with_another_body_is_a_conflict(side: WebhookSide) -> None:
    await side.post(BODY)
    other = json.dumps(a_delivery(text="/meet list")).encode()
    response, problem = await side.post(other, signed(other))
    assert (response.status, problem["status"]) == (409, 409)
    assert len(side.inbox.deliveries) == 1


async def test_a_mistake_in_the_body_is_pointed_at(side: WebhookSide) -> None:
    body = json.dumps(a_delivery(actor={"id": "u-1"})).encode()
    response, problem = await side.post(body, signed(body))
    assert (response.status, problem["pointer"]) == (422, "/actor/name")


async def test_too_large_a_delivery_is_refused(side: WebhookSide) -> None:
    body = b" " * 65537
    response, _ = await side.post(body, signed(body))
    assert response.status == 413


async def test_too_many_deliveries_are_told_when_to_come_back(side: WebhookSide) -> None:
    side.inbox.refuse = RateLimited(timedelta(seconds=6.2))
    response, problem = await side.post(BODY)
    assert (response.status, response.headers["retry-after"]) == (429, "7")
    assert "7 s" in problem["detail"]


def test_the_shortest_wait_is_a_second() -> None:
    assert too_many(timedelta()).response().headers["retry-after"] == "1"


async def test_any_secret_of_the_tenant_may_sign() -> None:
    async with webhook_side(secrets=(SECRET, OLD_SECRET)) as side:
        assert (await side.post(BODY, signed(BODY, secret=OLD_SECRET)))[0].status == 200


async def test_the_operator_may_set_the_limits() -> None:
    size = len(BODY)
    async with webhook_side(tolerance_seconds=1, answer_within_seconds=0.5, max_body_bytes=size) as side:
        assert (await side.post(BODY))[0].status == 200
        assert (await side.post(BODY, signed(BODY, at=NOW - timedelta(seconds=2))))[0].status == 401
        assert (await side.post(BODY + b" "))[0].status == 413
        assert side.inbox.within_seconds == 0.5
        assert side.platform.routes()[0].max_body_bytes == len(BODY)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_description_is_public(side: WebhookSide, method: str) -> None:
    (route,) = (route for route in side.platform.routes() if route.method == method)
    response = await route.handle(Request(method, route.path, {}, b"", {}))
    assert route.path == "/rooms/v1/openapi.json"
    assert json.loads(response.body)["openapi"] == "3.1.0"


@pytest.mark.parametrize(("place", "allow"), [("deliveries", "POST"), ("openapi.json", "GET, HEAD")])
async def test_any_other_method_is_told_which_there_are(side: WebhookSide, place: str, allow: str) -> None:
    others = [route for route in side.platform.routes() if route.method == "*" and place in route.path]
    response = await others[0].handle(Request("PUT", "", {}, b"", {}))
    assert (response.status, response.headers["allow"]) == (405, allow)
    assert json.loads(response.body)["type"] == "urn:parley:problem:method"


def test_settings_default_to_the_protocols_figures() -> None:
    settings = WebhookSettings({"demo": Tenant((SECRET,))})
    assert (settings.tolerance_seconds, settings.answer_within_seconds) == (300, 2.5)
    assert settings.max_body_bytes == 65536
