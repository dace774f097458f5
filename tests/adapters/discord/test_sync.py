"""Discord is told of our commands when they are new to it."""

from collections.abc import AsyncIterator

import pytest
import structlog

from adapters.chat.discord.commands import commands
from adapters.chat.discord.rest import Rest
from adapters.chat.discord.sync import Sync, register
from adapters.storage import SqlStore, Vault, open_store
from scheduling_core.ports import Store
from tests.adapters.discord.faults import REGISTER, ServerError
from tests.adapters.discord.harness import Discord
from tests.adapters.discord.listeners_of import eventually, now
from tests.stores import KEY, enqueue, prepare_jobs
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template


@pytest.fixture
async def store(sqlite_database: str) -> AsyncIterator[SqlStore]:
    prepare_jobs(sqlite_database)
    store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    yield store
    await store.close()


@pytest.fixture
async def rest(discord: Discord) -> AsyncIterator[Rest]:
    made = Rest(discord.app.token, now, base_url=discord.api_base_url)
    yield made
    await made.close()


async def started(discord: Discord, rest: Rest, store: Store, word: str) -> list[str]:
    """What one start says of it."""
    sync = Sync(rest, discord.app.id, word, store, retry_seconds=0.01)
    with structlog.testing.capture_logs() as logs:
        sync.start()
        await eventually(lambda: sync.is_done)
    await sync.stop()
    return [one["event"] for one in logs]


async def test_commands_are_registered_by_hand_as_often_as_asked(discord: Discord, rest: Rest) -> None:
    names = [one["name"] for one in commands("/meet")]
    for _ in range(2):
        assert sorted(await register(rest, discord.app.id, "/meet")) == sorted(names)
    assert len(discord.calls(REGISTER)) == 2
    assert discord.violations == []


async def test_a_start_registers_what_is_new_to_discord_only(
    discord: Discord, rest: Rest, store: Store
) -> None:
    assert await started(discord, rest, store, "/meet") == ["discord.commands_registered"]
    assert await started(discord, rest, store, "/meet") == []
    assert len(discord.calls(REGISTER)) == 1
    assert await started(discord, rest, store, "/planner") == ["discord.commands_registered"]
    assert len(discord.calls(REGISTER)) == 2


async def test_a_start_registers_its_own_again_where_others_were_registered_by_hand(
    discord: Discord, rest: Rest, store: Store
) -> None:
    assert await started(discord, rest, store, "/meet") == ["discord.commands_registered"]
    await register(rest, discord.app.id, "/planner")
    assert await started(discord, rest, store, "/meet") == ["discord.commands_registered"]
    assert "meet" in [one["name"] for one in discord.app.commands[""]]


async def test_a_start_that_fails_to_is_no_failed_start_and_tries_again(
    discord: Discord, rest: Rest, store: Store
) -> None:
    discord.faults.add(REGISTER, ServerError())
    discord.faults.add(REGISTER, ServerError())
    failed = "discord.commands_not_registered"
    assert await started(discord, rest, store, "/meet") == [failed, failed, "discord.commands_registered"]
