"""Interactions by HTTP: only what Discord signed is taken, and every one is answered in the response."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.chat.discord import DiscordSettings, check
from adapters.storage import Vault, open_store
from scheduling_core.errors import Rejected, Unavailable
from tests.adapters.discord.delivering import Forgery
from tests.adapters.discord.harness import ROOM, Discord
from tests.adapters.discord.listening import Clock, DiscordSide, discord_side, settings_for
from tests.stores import KEY, enqueue
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template

FORGERIES: list[Forgery] = [
    *("unsigned", "another key", "another body", "another timestamp"),
    *("no hexadecimal", "stale", "from the future"),
]


@pytest.fixture
async def side(sqlite_database: str) -> AsyncIterator[DiscordSide]:
    store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    async with discord_side(store) as made:
        yield made
    await store.close()


async def test_discord_takes_the_address(side: DiscordSide) -> None:
    assert await side.way.verify() == []


@pytest.mark.parametrize("how", FORGERIES)
async def test_what_discord_did_not_sign_is_refused(side: DiscordSide, how: Forgery) -> None:
    await side.host.command("meet", ROOM)
    await side.platform.stop()
    taken = len(side.inbox.deliveries)
    assert (await side.way.forge(side.discord.interactions.all[-1], how)).status == 401
    await side.platform.stop()
    assert len(side.inbox.deliveries) == taken


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"no JSON", b"\xff", b"[" * 100_000, b'{"type": 2}', b'{"type": 99}']
)
async def test_what_is_signed_and_not_readable_is_refused_without_a_fault(
    side: DiscordSide, body: bytes
) -> None:
    status, _, _ = await side.way.raw(body, side.way.headers(body))
    assert status == 400
    assert side.inbox.deliveries == []


async def test_the_answer_is_json_in_the_response(side: DiscordSide) -> None:
    ack = await side.host.command("meet", ROOM)
    assert (ack.status, ack.kind, ack.body) == (200, 5, {"flags": 64})
    assert side.discord.calls() == [one for one in side.discord.calls() if "callback" not in one.route]


HERE = "https://parley.example"


async def test_check_says_what_is_left_to_do_in_the_portal(discord: Discord) -> None:
    known = settings_for(discord, public_url=HERE)
    address = f"{HERE}/discord/interactions"
    assert f"enter {address} in the portal" in await check(known, Clock())
    discord.app.interactions_url = address
    found = await check(known, Clock())
    assert found.startswith(
        "application Parley, mode http; add it to a server at https://discord.com/oauth2/"
    )
    assert f"client_id={discord.app.id}" in found
    assert found.endswith("permissions=274877975552")
    found = await check(replace(known, scheduled_events=True), Clock())
    assert found.endswith("permissions=17867064019968")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"public_key": "ab" * 32}, "public_key"),
        ({"application_id": "1300000000000000009"}, "application_id"),
        ({"token": "a secret"}, "token"),
        ({"mode": "gateway"}, "Discord calls https://elsewhere.example"),
        ({"public_url": "http://127.0.0.1:8080"}, "Discord calls public https addresses only"),
    ],
)
async def test_check_names_what_is_wrong(discord: Discord, wrong: dict[str, str], words: str) -> None:
    discord.app.interactions_url = "https://elsewhere.example"
    with pytest.raises(Rejected) as caught:
        await check(settings_for(discord, **{"public_url": HERE, **wrong}), Clock())
    assert caught.value.reason.startswith(words)
    assert "a secret" not in caught.value.reason


async def test_check_says_when_nobody_answers() -> None:
    settings = DiscordSettings("t", "1300000000000000001", api_base_url="http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        await check(settings, Clock())


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": ""},
        {"application_id": "x"},
        {"mode": "http"},
        {"public_key": "xyz"},
        {"shards": 0},
    ],
)
def test_settings_that_could_never_work_are_refused(wrong: dict[str, object]) -> None:
    known = {"token": "t", "application_id": "1300000000000000001"}
    with pytest.raises(ValueError, match=r"."):
        DiscordSettings(**json.loads(json.dumps({**known, **wrong})))
