"""The gateway lets in whom it should, says what was missed, and ends connections with its codes."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.adapters.discord.by_hand import ByHand
from tests.adapters.discord.harness import GUILD, ROOM, Discord
from tests.adapters.discord.sessions import DIRECT_MESSAGES, GUILD_MESSAGES, GUILDS, MESSAGE_CONTENT

Json = dict[str, Any]
Socket = aiohttp.ClientWebSocketResponse


@asynccontextmanager
async def connected(discord: Discord, version: str = "10") -> AsyncIterator[Socket]:
    """A connection that has heard HELLO, uncompressed."""
    url = f"{discord.gateway_url}?v={version}&encoding=json"
    async with discord.session.ws_connect(url) as socket:
        assert (await socket.receive_json())["op"] == 10
        yield socket


async def identify(discord: Discord, socket: Socket, intents: int = GUILDS, **about: Any) -> None:
    await socket.send_json(
        {"op": 2, "d": {"token": discord.app.token, "intents": intents, "properties": {}, **about}}
    )


async def heard(socket: Socket, event: str) -> Json:
    """The next event of this name."""
    while True:
        said: Json = json.loads((await socket.receive(timeout=5)).data)
        if said["t"] == event:
            return said


async def closed(socket: Socket) -> int | None:
    while not socket.closed:
        await socket.receive(timeout=5)
    return socket.close_code


async def test_ready_is_followed_by_the_servers(discord: Discord) -> None:
    async with connected(discord) as socket:
        await identify(discord, socket, shard=[0, 1])
        ready = (await heard(socket, "READY"))["d"]
        assert (ready["guilds"], ready["shard"]) == ([{"id": GUILD, "unavailable": True}], [0, 1])
        guild = (await heard(socket, "GUILD_CREATE"))["d"]
        assert [one["id"] for one in guild["channels"]] == [ROOM]
        assert [one["user"]["id"] for one in guild["members"]] == [discord.app.bot_id]
        await socket.send_json({"op": 1, "d": 2})
        assert (await socket.receive_json())["op"] == 11
        discord.gateway.answers_heartbeats = False
        await socket.send_json({"op": 1, "d": 2})
        await discord.until(lambda: discord.gateway.connections[0].heartbeats == 2)
        discord.uninstall(discord.guild)
        assert (await heard(socket, "GUILD_DELETE"))["d"] == {"id": GUILD}
    assert discord.gateway.starts_left == 999


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"token": "nobody"}, 4004),
        ({"shard": [1, 1]}, 4010),
        ({"intents": 1 << 30}, 4013),
        ({"intents": MESSAGE_CONTENT}, 4014),
    ],
)
async def test_an_identify_may_be_refused(discord: Discord, about: Json, code: int) -> None:
    async with connected(discord) as socket:
        await identify(discord, socket, **{"intents": GUILDS, **about})
        assert await closed(socket) == code


@pytest.mark.parametrize(
    ("said", "code"),
    [("nonsense", 4002), ("x" * 5000, 4002), ('{"op": 3, "d": {}}', 4003), ('{"op": 40, "d": {}}', 4003)],
)
async def test_what_is_said_before_identifying_ends_it(discord: Discord, said: str, code: int) -> None:
    async with connected(discord) as socket:
        await socket.send_str(said)
        assert await closed(socket) == code


async def test_other_mistakes_end_it_too(discord: Discord) -> None:
    async with connected(discord, "9") as socket:
        assert await closed(socket) == 4012
    async with connected(discord) as socket:
        for _ in range(2):
            await identify(discord, socket)
        assert await closed(socket) == 4005
    async with connected(discord) as socket:
        await identify(discord, socket)
        await socket.send_json({"op": 40, "d": {}})
        assert await closed(socket) == 4001
    async with connected(discord) as socket:
        for number in range(121):
            await socket.send_json({"op": 1, "d": number})
        assert await closed(socket) == 4008


async def test_a_silent_client_is_dropped(discord: Discord) -> None:
    discord.gateway.heartbeat_seconds = 0.02
    async with connected(discord) as socket:
        assert await closed(socket) == 4009


async def test_a_session_is_resumed_with_what_it_missed(discord: Discord, app: ByHand) -> None:
    async with connected(discord) as socket:
        await identify(discord, socket, GUILDS | GUILD_MESSAGES)
        ready = await heard(socket, "READY")
        last = await heard(socket, "GUILD_CREATE")
        discord.gateway.reset()
        assert await closed(socket) == 1006
    await app.send(ROOM, content="meanwhile")
    async with connected(discord) as socket:
        about = {"token": discord.app.token, "session_id": ready["d"]["session_id"], "seq": last["s"]}
        await socket.send_json({"op": 6, "d": about})
        missed = await heard(socket, "MESSAGE_CREATE")
        assert (missed["d"]["content"], missed["s"]) == ("meanwhile", last["s"] + 1)
        assert (await heard(socket, "RESUMED"))["s"] == last["s"] + 2
        await socket.close(code=1000)
    await discord.until(lambda: not discord.sessions)
    async with connected(discord) as socket:
        await socket.send_json({"op": 6, "d": about})
        assert (await socket.receive_json()) == {"op": 9, "t": None, "s": None, "d": False}


async def test_a_connection_can_be_told_to_go(discord: Discord) -> None:
    async with connected(discord) as socket:
        await identify(discord, socket)
        await heard(socket, "GUILD_CREATE")
        discord.gateway.reconnect()
        discord.gateway.invalidate(resumable=True)
        discord.gateway.invalidate()
        said = [await socket.receive_json() for _ in range(3)]
        assert [(one["op"], one["d"]) for one in said] == [(7, None), (9, True), (9, False)]
        assert discord.sessions == []
        discord.gateway.close_with(4000)
        assert await closed(socket) == 4000
    discord.gateway.is_away = True
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await discord.session.ws_connect(discord.gateway_url)


async def test_too_many_sessions_reset_the_token(discord: Discord) -> None:
    discord.gateway.starts_left = 1
    token = discord.app.token
    async with connected(discord) as first, connected(discord) as second:
        await identify(discord, first)
        await heard(first, "READY")
        await identify(discord, second)
        assert [await closed(first), await closed(second)] == [4004, 4004]
    assert discord.app.token != token


async def test_identifies_can_be_spaced(discord: Discord) -> None:
    discord.gateway.spaces_identifies = True
    async with connected(discord) as first, connected(discord) as second:
        await identify(discord, first)
        await heard(first, "READY")
        await identify(discord, second)
        assert (await second.receive_json())["op"] == 9


async def test_events_come_to_those_who_asked_and_may_read(discord: Discord) -> None:
    discord.app.intents = MESSAGE_CONTENT
    async with connected(discord) as plain, connected(discord) as reading:
        await identify(discord, plain, GUILD_MESSAGES | DIRECT_MESSAGES)
        await identify(discord, reading, GUILD_MESSAGES | MESSAGE_CONTENT)
        await heard(plain, "READY")
        await heard(reading, "READY")
        discord.app.intents = 0
        assert (await discord.guest.say("among us", ROOM)).was_sent
        assert (await heard(plain, "MESSAGE_CREATE"))["d"]["content"] == ""
        assert (await heard(reading, "MESSAGE_CREATE"))["d"]["content"] == "among us"
        await discord.guest.mention("hello", ROOM)
        data = (await heard(plain, "MESSAGE_CREATE"))["d"]
        assert (data["content"], data["guild_id"]) == (f"<@{discord.app.bot_id}> hello", GUILD)
        await discord.guest.direct("2")
        data = (await heard(plain, "MESSAGE_CREATE"))["d"]
        assert (data["content"], "guild_id" in data) == ("2", False)
    await discord.until(lambda: not discord.gateway.connections)


async def test_a_reply_to_a_card_is_readable_when_it_notifies(discord: Discord, app: ByHand) -> None:
    card = (await app.send(ROOM, content="Pick")).body["id"]
    async with connected(discord) as socket:
        await identify(discord, socket, GUILD_MESSAGES)
        await heard(socket, "READY")
        await discord.guest.say("2", ROOM, card)
        await discord.guest.say("2", ROOM, card, pings=False)
        loud, quiet = [(await heard(socket, "MESSAGE_CREATE"))["d"] for _ in range(2)]
        assert (loud["content"], loud["message_reference"]["message_id"]) == ("2", card)
        assert (quiet["content"], quiet["message_reference"]["message_id"]) == ("", card)


async def test_nobody_hears_without_a_session(discord: Discord) -> None:
    assert not (await discord.guest.mention("hello", ROOM)).was_sent
