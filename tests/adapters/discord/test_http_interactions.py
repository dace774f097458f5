"""Interactions by HTTP are signed, and an endpoint is tried before it is taken."""

import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.adapters.discord.by_hand import ByHand
from tests.adapters.discord.commands import CHAT_INPUT
from tests.adapters.discord.delivering import Forgery, Posted
from tests.adapters.discord.harness import ROOM, Discord
from tests.adapters.discord.interactions import COMMAND
from tests.adapters.discord.payloads import interaction

Json = dict[str, Any]


def checking(discord: Discord, oldest_seconds: int = 300) -> Any:
    """An endpoint as it should be."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(discord.app.public_key))

    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        stamp = headers.get("X-Signature-Timestamp", "0")
        try:
            key.verify(bytes.fromhex(headers["X-Signature-Ed25519"]), stamp.encode() + body)
        except (KeyError, ValueError, InvalidSignature):
            return 401, {}, b"invalid request signature"
        if abs(discord.world.clock.now().timestamp() - int(stamp)) > oldest_seconds:
            return 401, {}, b"stale"
        said = json.loads(body)
        answer: Json = {"type": 1} if said["type"] == 1 else {"type": 4, "data": {"content": "Hello"}}
        return 200, {}, json.dumps(answer).encode()

    return post


async def test_a_signed_interaction_is_answered_in_the_response(discord: Discord, app: ByHand) -> None:
    way = discord.straight_into(checking(discord))
    assert await way.verify() == []
    ack = await discord.host.command("meet", ROOM)
    assert (ack.status, ack.kind, ack.is_accepted) == (200, 4, True)
    assert discord.guest.sees(ROOM)[0].words == "Hello"


@pytest.mark.parametrize(
    "how",
    [
        "unsigned",
        "another key",
        "another body",
        "another timestamp",
        "no hexadecimal",
        "stale",
        "from the future",
    ],
)
async def test_what_is_forged_can_be_told(discord: Discord, app: ByHand, how: Forgery) -> None:
    way = discord.straight_into(checking(discord))
    data = {"id": "1", "name": "meet", "type": CHAT_INPUT, "options": []}
    made = interaction(discord.world, discord.host.person, discord.room, COMMAND, data)
    assert (await way.forge(made, how)).status == 401


async def test_an_endpoint_that_takes_everything_is_not_taken(discord: Discord, app: ByHand) -> None:
    app.answers = lambda _payload: {"type": 1}
    (wrong,) = await discord.straight_into(app.post).verify()
    assert wrong.startswith("a wrong signature: 200")


async def test_an_endpoint_may_answer_by_callback_and_never_twice(discord: Discord, app: ByHand) -> None:
    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        one = discord.interactions.all[-1]
        assert (await app.answer(one, 4, content="By callback")).status == 200
        return 202, {}, b""

    discord.straight_into(post)
    assert (await discord.host.command("meet", ROOM)).status == 202
    assert [one.words for one in discord.guest.sees(ROOM)] == ["By callback"]


@pytest.mark.parametrize("status", [400, 401, 500])
async def test_an_error_is_told_to_the_person(discord: Discord, app: ByHand, status: int) -> None:
    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        return status, {}, b"no"

    discord.straight_into(post)
    ack = await discord.host.command("meet", ROOM)
    assert (ack.status, ack.error) == (status, "The application did not respond")


async def test_nobody_there_is_told_too(discord: Discord, app: ByHand) -> None:
    discord.over_http("http://127.0.0.1:9/nobody")
    assert (await discord.host.command("meet", ROOM)).status == 0
