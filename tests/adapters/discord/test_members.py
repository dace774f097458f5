"""Who can see a channel or a thread, as Discord computes it."""

from collections.abc import AsyncIterator

import pytest

from adapters.chat.discord.absence import NOT_IN_THE_ROOM, NOT_SURE, Absent, Found, Here, Hidden, Machine
from adapters.chat.discord.drafts import Draft
from adapters.chat.discord.members import LAST_KNOWN_LIFE, LIFE, Members
from adapters.chat.discord.names import DIRECT
from adapters.chat.discord.people import MAX_NAMED, TOO_MANY
from adapters.storage import Vault, open_store
from scheduling_core.deliveries import Command, Profile
from scheduling_core.errors import Refused
from scheduling_core.refs import RoomRef
from tests.adapters.discord import faults
from tests.adapters.discord.calling import Desk, calling_discord
from tests.adapters.discord.cards import GUEST, GUILD
from tests.adapters.discord.cards import ROOM as HERE
from tests.adapters.discord.harness import ROOM, Someone
from tests.adapters.discord.permissions import Overwrite
from tests.adapters.discord.world import PRIVATE_THREAD
from tests.stores import KEY, enqueue
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template

SECRET, THREAD = "1200000000000000050", "1200000000000000051"
ROLE, OTHER = "1400000000000000001", "1400000000000000002"
SEES = frozenset({"VIEW_CHANNEL"})
MEMBER = "GET /guilds/{guild_id}/members/{user_id}"
SERVER = "GET /guilds/{guild_id}"


@pytest.fixture
async def desk(sqlite_database: str) -> AsyncIterator[Desk]:
    store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    async with calling_discord(store) as made:
        yield made
    await store.close()


@pytest.fixture
def members(desk: Desk) -> Members:
    return Members(desk.rest, desk.watch)


async def sees(members: Members, who: Someone, room: RoomRef = HERE) -> bool:
    return isinstance(await members.find(room, who.id), Here)


async def test_whoever_may_view_a_channel_can_see_it_whichever_way_they_may(desk: Desk) -> None:
    discord, room = desk.discord, desk.discord.room
    host, guest, second = discord.host, discord.guest, discord.second_guest
    everybody = GUILD.workspace
    discord.add_role(ROLE, [guest])
    discord.add_role(OTHER, [guest, second])

    async def seen_by(*overwrites: Overwrite) -> list[bool]:
        room.overwrites = [Overwrite(discord.app.bot_id, is_member=True, allow=SEES), *overwrites]
        fresh = Members(desk.rest, desk.watch)
        return [await sees(fresh, one) for one in (host, guest, second)]

    closed = Overwrite(everybody, deny=SEES)
    assert await seen_by() == [True, True, True]
    assert await seen_by(closed) == [True, False, False]
    assert await seen_by(closed, Overwrite(ROLE, allow=SEES)) == [True, True, False]
    assert await seen_by(Overwrite(ROLE, allow=SEES), Overwrite(OTHER, deny=SEES)) == [True, True, False]
    own = Overwrite(second.id, is_member=True, allow=SEES)
    assert await seen_by(closed, Overwrite(OTHER, deny=SEES), own) == [True, False, True]
    taken = Overwrite(guest.id, is_member=True, deny=SEES)
    assert await seen_by(closed, Overwrite(ROLE, allow=SEES), taken) == [True, False, False]
    discord.guild.permissions -= SEES
    assert await seen_by() == [True, False, False]
    discord.guild.roles[ROLE] = SEES
    assert await seen_by() == [True, True, False]
    discord.guild.roles[OTHER] = frozenset({"ADMINISTRATOR"})
    assert await seen_by(closed, taken) == [True, True, True]


async def test_a_thread_is_seen_by_who_sees_its_channel_and_a_private_one_by_who_is_in_it(
    desk: Desk, members: Members
) -> None:
    discord = desk.discord
    secret = discord.add_channel(SECRET, "secret", members=[discord.host, discord.guest])
    thread = discord.add_channel(THREAD, "review", kind=PRIVATE_THREAD, parent_id=SECRET, members=[])
    private = RoomRef(GUILD, SECRET, THREAD)
    discord.add_thread("1200000000000000052", "open", SECRET)
    public = RoomRef(GUILD, SECRET, "1200000000000000052")
    guest, second = discord.guest, discord.second_guest
    assert [await sees(members, one, public) for one in (guest, second)] == [True, False]
    assert [await sees(members, one, private) for one in (guest, second)] == [False, False]
    assert thread.members is not None
    thread.members += [guest.id, second.id]
    assert [await sees(members, one, private) for one in (guest, second)] == [True, False]
    thread.members.remove(guest.id)
    assert secret.members is not None
    secret.members.append(second.id)
    assert [await sees(members, one, private) for one in (guest, second)] == [False, True]
    discord.add_role(ROLE, [guest], frozenset({"MANAGE_THREADS"}))
    assert await sees(members, guest, private)


async def test_who_was_just_let_in_is_seen_at_once_and_who_was_put_out_within_a_minute(
    desk: Desk, members: Members
) -> None:
    discord = desk.discord
    secret = discord.add_channel(SECRET, "secret", members=[discord.host])
    room = RoomRef(GUILD, SECRET)
    assert not await sees(members, discord.guest, room)
    assert secret.members is not None
    secret.members.append(discord.guest.id)
    assert await sees(members, discord.guest, room)
    asked = desk.calls(SERVER)
    assert await sees(members, discord.guest, room)
    assert desk.calls(SERVER) == asked
    secret.members.remove(discord.guest.id)
    desk.watch.go(LIFE)
    assert not await sees(members, discord.guest, room)


async def test_while_discord_does_not_answer_who_was_last_known_to_see_it_still_does(
    desk: Desk, members: Members
) -> None:
    guest, second = desk.discord.guest, desk.discord.second_guest
    assert await sees(members, guest)
    desk.discord.faults.add(faults.EVERYWHERE, faults.ServerError(500), None)
    assert [await sees(members, one) for one in (guest, second)] == [True, False]
    desk.watch.go(LAST_KNOWN_LIFE)
    assert not await sees(members, guest)


async def test_apps_and_strangers_and_channels_hidden_from_us_are_told_apart(
    desk: Desk, members: Members
) -> None:
    stranger = desk.discord.add_person("1100000000000000009", "stranger")

    async def found(user: str) -> Found:
        return await members.find(HERE, user)

    assert await found(desk.discord.app.bot_id) == Machine()
    assert [await found(one) for one in (stranger.id, "1100000000000000010")] == [Absent(), Absent()]
    desk.discord.room.denied = SEES
    desk.watch.go(LIFE)
    assert await found(desk.discord.guest.id) == Hidden()


async def refusal(desk: Desk, *users: str, room: RoomRef = HERE) -> str:
    """What the actor is told who invites these; "" where nothing keeps them."""
    words = " ".join(f"@{one}" for one in users)
    draft = Draft("i1", "", room, Profile(GUEST, "Guest"), Command(f"/meet {words}"), mentions=users)
    try:
        await desk.people.named(draft)
    except Refused as refused:
        return str(refused)
    return ""


async def test_whoever_invites_is_told_why_somebody_cannot_be(desk: Desk) -> None:
    discord = desk.discord
    second = discord.second_guest
    assert await refusal(desk, second.id) == await refusal(desk, second.id, room=RoomRef(DIRECT, ROOM)) == ""
    assert await refusal(desk, second.id, discord.app.bot_id) == (
        "Somebody you named is an app, so I cannot invite it."
    )
    assert await refusal(desk, *(str(1100000000000000100 + one) for one in range(MAX_NAMED + 1))) == TOO_MANY
    secret = discord.add_channel(SECRET, "secret", members=[])
    assert await refusal(desk, second.id, room=RoomRef(GUILD, SECRET)) == (
        "@Second-Guest is not in this channel; invite them first."
    )
    secret.denied = SEES
    desk.watch.go(LIFE)
    assert await refusal(desk, second.id, room=RoomRef(GUILD, SECRET)) == NOT_IN_THE_ROOM
    discord.faults.add(MEMBER, faults.RateLimited(5), None)
    assert await refusal(desk, discord.host.id) == NOT_SURE
