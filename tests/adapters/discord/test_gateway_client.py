"""Our side of the gateway: what happens is heard once, whatever becomes of connections and processes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import structlog

from adapters.chat.discord.leases import GOOD_FOR_SECONDS, Leases
from adapters.chat.discord.listening import Line, Listening, Troubles
from adapters.chat.discord.shard import Shard, TurnIsFar, point_at
from adapters.chat.discord.starts import AT_ONCE, SPACING_SECONDS, Limits, Starts
from adapters.storage import SqlStore, Vault, open_store
from scheduling_core.ports import Store
from tests.adapters.discord.by_hand import MEET, ByHand
from tests.adapters.discord.harness import GUILD, ROOM, Discord
from tests.adapters.discord.listeners_of import HASTE, Heard, eventually, gateway_of, listening, now
from tests.adapters.discord.sessions import GUILD_MESSAGES, GUILDS
from tests.stores import KEY, enqueue, prepare_jobs
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template


@pytest.fixture
async def store(sqlite_database: str) -> AsyncIterator[SqlStore]:
    prepare_jobs(sqlite_database)
    store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    yield store
    await store.close()


@pytest.fixture(autouse=True)
async def registered(discord: Discord) -> None:
    await ByHand(discord).register(MEET)


async def test_interactions_mentions_and_uninstalls_are_heard_as_they_came(
    discord: Discord, store: Store
) -> None:
    async with listening(discord, store) as (gateway, heard):
        assert gateway.is_listening()
        assert discord.sessions[0].intents == GUILDS | GUILD_MESSAGES | 1 << 12
        ack = await discord.host.command("meet", ROOM, {"text": "with everybody"})
        assert (ack.is_accepted, ack.kind) == (True, 5)
        assert ack.interaction
        assert heard.payloads[-1] == ack.interaction.payload
        await discord.guest.mention("hello", ROOM)
        await discord.guest.direct("2")
        discord.uninstall(discord.guild)
        await discord.until(lambda: "GUILD_DELETE" in heard.names)
        interesting = ["INTERACTION_CREATE", "MESSAGE_CREATE", "MESSAGE_CREATE", "GUILD_DELETE"]
        assert heard.names == interesting
        assert heard.payloads[-1] == {"id": GUILD}
    assert not gateway.is_listening()
    assert discord.sessions == []


async def test_what_is_slow_is_waited_for_at_a_stop_and_holds_nothing_up(
    discord: Discord, store: Store
) -> None:
    slow = Heard(discord)
    gateway = gateway_of(discord, store, slow)
    await gateway.start()
    for _ in range(2):
        await discord.guest.mention("hello", ROOM)
    await discord.until(lambda: slow.names.count("MESSAGE_CREATE") == 2)
    stopping = asyncio.create_task(gateway.stop())
    await discord.until(lambda: not discord.sessions)
    async with listening(discord, store, clock=lambda: now() + timedelta(seconds=SPACING_SECONDS)) as (
        next_one,
        _,
    ):
        # The shard is another's already.
        assert next_one.is_listening()
        assert (slow.done, stopping.done()) == (0, False)
    slow.goes_on.set()
    await stopping
    assert slow.done == 2


async def test_connections_that_end_are_resumed(discord: Discord, store: Store) -> None:
    async with listening(discord, store) as (gateway, heard):
        discord.gateway.reconnect()
        await discord.until(lambda: discord.gateway.resumed == 1)
        discord.gateway.reset()
        # Sent while there is no connection: the session remembers it.
        assert (await discord.host.command("meet", ROOM)).is_accepted
        discord.gateway.invalidate(resumable=True)
        await discord.until(lambda: discord.gateway.resumed == 3)
        await eventually(gateway.is_listening)
        assert discord.gateway.identified == [(0, 1)]
        assert heard.names.count("INTERACTION_CREATE") == 1


async def test_a_silent_gateway_is_noticed(discord: Discord, store: Store) -> None:
    discord.gateway.heartbeat_seconds = 0.05
    timing = replace(HASTE, heartbeat_timeout=0.2)
    async with listening(discord, store, timing=timing) as (gateway, _):
        discord.gateway.answers_heartbeats, discord.gateway.heartbeat_seconds = False, 30
        await discord.until(lambda: discord.gateway.resumed)
        discord.gateway.answers_heartbeats = True
        await eventually(gateway.is_listening)
        assert (await discord.host.command("meet", ROOM)).is_accepted


async def test_a_session_that_is_over_begins_anew(discord: Discord, store: Store) -> None:
    ahead = timedelta()
    async with listening(discord, store, clock=lambda: now() + ahead) as (gateway, _):
        ahead = timedelta(seconds=SPACING_SECONDS)
        discord.gateway.invalidate()
        await discord.until(lambda: len(discord.gateway.identified) == 2)
        await eventually(gateway.is_listening)
        assert (await discord.host.command("meet", ROOM)).is_accepted


async def test_a_gateway_of_our_own_is_never_left(discord: Discord, store: Store) -> None:
    discord.gateway.resume_url = "ws://127.0.0.1:9/elsewhere"
    async with listening(discord, store):
        discord.gateway.reset()
        await discord.until(lambda: discord.gateway.resumed == 1)


async def test_without_one_discord_says_where_it_is(discord: Discord, store: Store) -> None:
    async with listening(discord, store, gateway_url="") as (gateway, _):
        assert gateway.is_listening()


async def test_a_gateway_that_is_away_is_tried_until_it_is_back(discord: Discord, store: Store) -> None:
    discord.gateway.is_away = True
    heard = Heard(discord)
    heard.goes_on.set()
    gateway = gateway_of(discord, store, heard)
    with structlog.testing.capture_logs() as logs:
        starting = asyncio.create_task(gateway.start())
        await eventually(lambda: logs and logs[-1]["event"] == "discord.not_reached")
        assert not gateway.is_listening()
        discord.gateway.is_away = False
        await starting
    assert gateway.is_listening()
    events = ["discord.shard_taken", "discord.shard_away", "discord.not_reached", "discord.shard_open"]
    assert [one["event"] for one in logs] == events
    assert discord.gateway.identified == [(0, 1)]
    await gateway.stop()


@pytest.mark.parametrize("is_reset_later", [False, True])
async def test_a_token_discord_refuses_is_said_once(
    discord: Discord, store: Store, is_reset_later: bool
) -> None:
    token = discord.app.token if is_reset_later else "nobody"
    with structlog.testing.capture_logs() as logs:
        async with listening(discord, store, token=token) as (gateway, _):
            if is_reset_later:
                discord.gateway.close_with(4004)
            await eventually(lambda: any(one["event"] == "discord.refused" for one in logs))
            assert not gateway.is_listening()
    assert [one["because"] for one in logs if one["event"] == "discord.refused"] == ["token"]
    assert len(discord.gateway.identified) == is_reset_later


@pytest.mark.parametrize("shards", [None, 1])
async def test_servers_that_became_too_many_are_shared_anew_unless_the_number_is_fixed(
    discord: Discord, store: Store, shards: int | None
) -> None:
    def later() -> datetime:
        # As much later as sessions have to be apart.
        return now() + timedelta(seconds=SPACING_SECONDS) * len(discord.gateway.identified)

    discord.gateway.max_concurrency = 2
    with structlog.testing.capture_logs() as logs:
        async with listening(discord, store, shards=shards, clock=later) as (gateway, _):
            discord.gateway.outgrow(2)
            if shards is None:
                await eventually(lambda: len(discord.sessions) == 2 and gateway.is_listening())
                assert sorted(discord.gateway.identified) == [(0, 1), (0, 2), (1, 2)]
                assert (await discord.host.command("meet", ROOM)).is_accepted
            else:
                await eventually(lambda: any(one["event"] == "discord.refused" for one in logs))
                assert not gateway.is_listening()
    refused = [one["because"] for one in logs if one["event"] == "discord.refused"]
    assert refused == ["too few shards"] * (shards is not None)


async def test_no_session_begins_when_none_is_left(discord: Discord, store: Store) -> None:
    discord.gateway.starts_left = 0
    heard = Heard(discord)
    gateway = gateway_of(discord, store, heard)
    with structlog.testing.capture_logs() as logs:
        starting = asyncio.create_task(gateway.start())
        await discord.until(lambda: len(discord.calls("GET /gateway/bot")) >= 2)
        await eventually(lambda: any(one["event"] == "discord.session_waits" for one in logs))
    assert discord.gateway.connections == []
    starting.cancel()
    await gateway.stop()
    assert discord.gateway.identified == []
    (said,) = [one for one in logs if one["event"] == "discord.session_waits"]
    assert (said["seconds"], said["sessions_left"]) == (86400, 0)


async def test_a_crash_loop_is_slowed_down_over_restarts(discord: Discord, store: Store) -> None:
    ahead = timedelta()
    for _ in range(AT_ONCE):
        ahead += timedelta(seconds=SPACING_SECONDS)
        async with listening(discord, store, clock=lambda: now() + ahead):  # noqa: B023 - it is meant to grow
            pass
    assert len(discord.gateway.identified) == AT_ONCE
    heard = Heard(discord)
    gateway = gateway_of(discord, store, heard, clock=lambda: now() + ahead)
    with structlog.testing.capture_logs() as logs:
        starting = asyncio.create_task(gateway.start())
        await eventually(lambda: any(one["event"] == "discord.session_waits" for one in logs))
    starting.cancel()
    await gateway.stop()
    assert len(discord.gateway.identified) == AT_ONCE


async def test_a_turn_that_is_far_is_not_waited_for_on_an_open_connection(discord: Discord) -> None:
    async def far(_shard: int, _limits: Limits) -> float:
        return 31.0

    point_at(discord.api_base_url, discord.gateway_url)
    shard = Shard(0, 1, hear=lambda *_: None, begin=far, changed=lambda _: None, only_gateway=None)
    await shard.login(discord.app.token)
    with pytest.raises(TurnIsFar):
        await shard.before_identify_hook(0)
    await shard.hang_up()


async def test_what_a_held_up_process_reads_after_its_lease_ended_is_dropped(
    discord: Discord, store: Store
) -> None:
    running = 0.0
    heard: list[str] = []
    asked: list[bool] = []
    leases = Leases(store, now, running=lambda: running)
    assert await leases.take(1) == [0]

    def is_ours(shard: int) -> bool:
        asked.append(leases.is_ours(shard))
        return asked[-1]

    point_at(discord.api_base_url, discord.gateway_url)
    line = Line(
        token=discord.app.token,
        gateway_url=discord.gateway_url,
        is_only=True,
        count=1,
        starts=Starts(store, now),
        is_ours=is_ours,
        hear=lambda _name, payload: heard.append(str(payload["content"]).rpartition(" ")[2]),
        changed=discord.touch,
    )
    async with asyncio.TaskGroup() as group:
        listening_on = Listening(0, line)
        task = group.create_task(listening_on.run())
        await discord.until(lambda: listening_on.is_open)
        for since, words in ((0, "held"), (GOOD_FOR_SECONDS, "lost"), (GOOD_FOR_SECONDS - 1, "again")):
            running, before = since, len(asked)
            await discord.guest.mention(words, ROOM)
            await eventually(lambda: len(asked) > before)  # noqa: B023 - it is waited for right here
        task.cancel()
    assert (heard, asked) == (["held", "again"], [True, False, True])


def test_a_trouble_is_said_once_until_it_is_over() -> None:
    troubles = Troubles()
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            troubles.note("discord.not_reached", OSError())
        troubles.are_over("discord.not_reached")
        troubles.note("discord.not_reached", OSError())
    assert len(logs) == 2
