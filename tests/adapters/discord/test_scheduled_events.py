"""Meetings as events of a server: once each, only where everybody may read them, never in the way."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from adapters.chat.discord.members import Members
from adapters.chat.discord.names import DIRECT
from adapters.chat.discord.scheduled_events import ScheduledEvents
from adapters.storage import Vault, open_store
from scheduling_core.chat_ports import Notice, Posted
from scheduling_core.errors import Unavailable
from scheduling_core.intervals import Interval
from scheduling_core.refs import RoomRef
from tests.adapters.discord import faults
from tests.adapters.discord.calling import BEGIN, Desk, calling_discord
from tests.adapters.discord.cards import GUILD
from tests.adapters.discord.cards import ROOM as HERE
from tests.adapters.discord.harness import ROOM
from tests.adapters.discord.scheduled_events import MOST
from tests.adapters.discord.world import PRIVATE_THREAD, Json
from tests.stores import KEY, enqueue
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template

EVENTS = "/guilds/{guild_id}/scheduled-events"
CREATE, CHANGE, DELETE = f"POST {EVENTS}", f"PATCH {EVENTS}/{{event_id}}", f"DELETE {EVENTS}/{{event_id}}"
JOIN = "https://parley.example.org/join/m1.x"
PRIVATE, THREAD = "1200000000000000050", "1200000000000000051"


@pytest.fixture
async def desk(sqlite_database: str) -> AsyncIterator[Desk]:
    store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    async with calling_discord(store) as made:
        yield made
    await store.close()


@pytest.fixture
def board(desk: Desk) -> ScheduledEvents:
    return ScheduledEvents(desk.rest, Members(desk.rest, desk.watch), desk.visits, desk.watch)


def notice(key: str = "m1:1", where: str = JOIN, in_hours: int = 24) -> Notice:
    start = BEGIN + timedelta(hours=in_hours)
    return Notice(key, "Logo review", Interval(start, start + timedelta(minutes=30)), where)


def events(desk: Desk) -> list[Json]:
    return list(desk.discord.guild.scheduled_events.values())


async def test_an_event_comes_moves_and_goes_with_its_meeting(desk: Desk, board: ScheduledEvents) -> None:
    posted = await board.post(HERE, notice(), "")
    (event,) = events(desk)
    assert posted == Posted(event["id"], f"https://discord.com/events/{GUILD.workspace}/{event['id']}")
    assert (event["name"], event["entity_metadata"]["location"]) == ("Logo review", JOIN)
    assert event["scheduled_start_time"] == "2026-11-24T09:00:00+00:00"
    assert "m1:1" not in str(event)
    assert await board.post(HERE, notice(in_hours=48), posted.posted_as) == posted
    (event,) = events(desk)
    assert event["scheduled_end_time"] == "2026-11-25T09:30:00+00:00"
    for _ in range(2):
        await board.take_down(HERE, "m1:1", posted.posted_as)
    assert events(desk) == []


async def test_an_event_whose_answer_was_lost_is_found_again(desk: Desk, board: ScheduledEvents) -> None:
    other = await board.post(HERE, notice("m2:1"), "")
    desk.discord.faults.add(CREATE, faults.ServerError(500, is_processed=True))
    with pytest.raises(Unavailable):
        await board.post(HERE, notice(), "")
    posted = await board.post(HERE, notice(where="", in_hours=48), "")
    mine = events(desk)[1]
    assert (len(events(desk)), posted and posted.posted_as) == (2, mine["id"])
    assert (mine["entity_metadata"]["location"], mine["scheduled_start_time"][:10]) == (
        "Online",
        "2026-11-25",
    )
    await board.take_down(HERE, "m1:1", "")
    await board.take_down(HERE, "m3:1", "")
    assert other
    assert [one["id"] for one in events(desk)] == [other.posted_as]


async def test_only_what_everybody_in_the_server_may_read_becomes_an_event(
    desk: Desk, board: ScheduledEvents
) -> None:
    discord = desk.discord
    discord.add_channel(PRIVATE, "secret", members=[discord.host])
    discord.add_channel(THREAD, "review", kind=PRIVATE_THREAD, parent_id=ROOM, members=[])
    closed = (RoomRef(GUILD, PRIVATE), RoomRef(GUILD, ROOM, THREAD), RoomRef(DIRECT, ROOM))
    assert [await board.post(room, notice(), "") for room in closed] == [None] * 3
    await desk.visits.note(GUILD)
    assert await board.post(HERE, notice(), "") is None
    assert desk.calls(CREATE) == 0


async def test_an_event_that_somebody_deleted_or_a_meeting_that_has_begun_makes_no_new_one(
    desk: Desk, board: ScheduledEvents
) -> None:
    posted = await board.post(HERE, notice(), "")
    assert posted
    desk.discord.guild.scheduled_events.clear()
    assert await board.post(HERE, notice(), posted.posted_as) is None
    assert await board.post(HERE, notice(in_hours=0), "") is None
    assert desk.calls(CREATE) == 1


async def test_a_place_too_long_for_an_event_stands_in_its_description(
    desk: Desk, board: ScheduledEvents
) -> None:
    where = f"{JOIN}{'x' * 100}"
    await board.post(HERE, notice(where=where), "")
    (event,) = events(desk)
    assert event["entity_metadata"]["location"] == "Online"
    assert where in event["description"]


async def test_what_discord_does_not_let_us_do_is_said_once_and_stops_nothing(
    desk: Desk, board: ScheduledEvents
) -> None:
    posted = await board.post(HERE, notice(), "")
    assert posted
    desk.discord.guild.scheduled_events |= {
        str(number): {**events(desk)[0], "id": str(number)} for number in range(MOST - 1)
    }
    with capture_logs() as lines:
        assert await board.post(HERE, notice("m2:1"), "") is None
        desk.discord.guild.permissions -= {"CREATE_EVENTS"}
        for key in ("m3:1", "m4:1"):
            await board.post(HERE, notice(key), "")
        assert await board.post(HERE, notice(in_hours=48), posted.posted_as) == posted
        await board.take_down(HERE, "m1:1", posted.posted_as)
    refused = [one["code"] for one in lines if one["event"] == "discord.event_refused"]
    assert refused == [30038, 50013]
    assert len(events(desk)) == MOST
