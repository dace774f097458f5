"""Messages brought to where Discord lets them be seen, whatever goes wrong on the way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.chat.discord.client import NOT_FOR_ALL, NOT_SEEN, NOT_SHOWN
from adapters.chat.discord.names import DIRECT, USERS, Spot
from adapters.chat.discord.referrals import CLOSED_TO_US
from adapters.storage import Vault, open_store
from scheduling_core.cards import Card, line
from scheduling_core.errors import Gone, RateLimited, Rejected, Unavailable
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.discord import faults
from tests.adapters.discord.calling import THINKING, Desk, calling_discord, private, public
from tests.adapters.discord.cards import GUILD
from tests.adapters.discord.cards import ROOM as HERE
from tests.adapters.discord.delivering import Ack, Posted
from tests.adapters.discord.harness import ROOM
from tests.adapters.discord.permissions import ORDINARY
from tests.stores import KEY, enqueue
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template

REPEATED = ""
"""`shown_as` where an earlier try may have reached Discord."""
LOST = [faults.Cut(is_processed=True), faults.ServerError(500, is_processed=True)]
GROUP = "1200000000000000077"
FIFTEEN = timedelta(minutes=15)


@pytest.fixture
async def desk(sqlite_database: str) -> AsyncIterator[Desk]:
    store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    async with calling_discord(store) as made:
        yield made
    await store.close()


def words(desk: Desk, channel: str = ROOM) -> list[str]:
    """What stands in the room, as the guest reads it."""
    return [one.words for one in desk.discord.guest.sees(channel) if not one.is_loading]


def direct_words(desk: Desk) -> list[str]:
    """What stands in the guest's own conversation with the bot."""
    return [one.words for one in desk.discord.guest.sees_directly()]


# Public messages


async def test_a_public_message_is_posted_edited_and_taken_away(desk: Desk) -> None:
    shown_as = await desk.client.show(public("Pick a time"), None)
    assert shown_as == f"{ROOM}:{desk.discord.guest.sees(ROOM)[0].id}"
    assert await desk.client.show(public("Booked", 2), shown_as) == shown_as
    assert "Booked" in words(desk)[0]
    assert await desk.client.show(public(None, 3), shown_as) == shown_as
    assert words(desk) == []


@pytest.mark.parametrize("fault", [None, *LOST])
async def test_a_card_that_somebody_deleted_is_posted_anew_and_once(
    desk: Desk, fault: faults.Fault | None
) -> None:
    shown_as = await desk.client.show(public("Pick a time"), None)
    desk.discord.room.messages.clear()
    assert await desk.client.show(public(None, 2), shown_as) == shown_as
    if fault:
        desk.discord.faults.add(faults.SEND, fault)
        with pytest.raises(Unavailable):
            await desk.client.show(public("Booked", 3), shown_as)
    anew = await desk.client.show(public("Booked", 3), shown_as)
    assert anew == f"{ROOM}:{desk.discord.guest.sees(ROOM)[0].id}" != shown_as
    assert await desk.client.show(public("Cancelled", 4), anew) == anew
    assert ["Cancelled" in one for one in words(desk)] == [True]


async def test_a_card_is_edited_by_the_bot_long_after_any_interaction(desk: Desk) -> None:
    path = await desk.commands()
    shown_as = await desk.client.show(public("Pick a time"), None, str(path))
    desk.watch.go(timedelta(days=30))
    await desk.client.show(public("Booked", 2), shown_as, str(path))
    assert "Booked" in words(desk)[0]
    assert desk.calls(faults.FOLLOWUP) == 0


async def test_a_card_for_everybody_ends_the_waiting_of_whoever_asked_for_it(desk: Desk) -> None:
    path = str(await desk.commands())
    await desk.client.show(public("Pick a time"), None, path)
    assert [one.is_loading for one in desk.discord.guest.sees(ROOM)] == [False]
    # What answers them as well comes after it, and stays.
    await desk.client.show(private("Sent"), None, path)
    await desk.client.show(replace(public("Another"), id="m_2"), None, path)
    assert [one.is_private for one in desk.discord.guest.sees(ROOM)] == [False, True, False]


async def test_nobody_waits_for_an_answer_that_was_taken_away_unseen(desk: Desk) -> None:
    path = str(await desk.commands())
    assert await desk.client.show(private(None, 2), None, path) is None
    assert desk.discord.guest.sees(ROOM) == []


async def test_an_answer_that_was_taken_away_before_its_confirmation_came_is_gone(desk: Desk) -> None:
    path = str(await desk.commands())
    desk.discord.faults.add(faults.FOLLOWUP, faults.ServerError(500, is_processed=True))
    with pytest.raises(Unavailable):
        await desk.client.show(private(), None, path)
    await desk.client.show(private(None, 2), REPEATED, path)
    assert desk.discord.guest.sees(ROOM) == []


async def test_an_answer_discord_never_shows_leaves_nobody_waiting(desk: Desk) -> None:
    path = str(await desk.commands())
    desk.discord.faults.add(faults.FOLLOWUP, faults.Refused(50035))
    with pytest.raises(Rejected):
        await desk.client.show(private("Booked"), None, path)
    assert words(desk) == [NOT_SHOWN]
    assert [one.is_loading for one in desk.discord.guest.sees(ROOM)] == [False]


async def test_a_message_of_a_thread_goes_into_the_thread_which_is_opened_again(desk: Desk) -> None:
    thread = desk.discord.add_thread("1200000000000000055", "logo", ROOM)
    room = replace(HERE, thread=thread.id)
    shown_as = await desk.client.show(public(room=room), None)
    thread.is_archived = True
    await desk.client.show(public("Booked", 2, room), shown_as)
    assert "Booked" in words(desk, thread.id)[0]
    assert words(desk) == []


async def test_a_message_deleted_by_somebody_else_is_gone_as_wished(desk: Desk) -> None:
    shown_as = await desk.client.show(public(), None)
    desk.discord.room.messages.clear()
    assert await desk.client.show(public(None, 2), shown_as) == shown_as


# An answer of Discord's that was lost


@pytest.mark.parametrize("fault", LOST)
async def test_a_post_whose_answer_was_lost_makes_no_second_message(desk: Desk, fault: faults.Fault) -> None:
    desk.discord.faults.add(faults.SEND, fault)
    only_words = replace(public(), card=Card((line("Nothing to press here"),)))
    with pytest.raises(Unavailable):
        await desk.client.show(only_words, None)
    shown_as = await desk.client.show(only_words, REPEATED)
    assert shown_as == f"{ROOM}:{desk.discord.guest.sees(ROOM)[0].id}"
    assert (len(words(desk)), desk.calls(faults.SEND)) == (1, 1)


async def test_a_connection_cut_before_the_post_is_repeated(desk: Desk) -> None:
    desk.discord.faults.add(faults.SEND, faults.Cut())
    with pytest.raises(Unavailable):
        await desk.client.show(public(), None)
    await desk.client.show(public(), REPEATED)
    assert len(words(desk)) == 1


async def test_where_the_bot_may_not_look_back_discord_itself_refuses_the_second(desk: Desk) -> None:
    desk.discord.room.denied = frozenset({"READ_MESSAGE_HISTORY"})
    desk.discord.faults.add(faults.SEND, faults.Cut(is_processed=True))
    with pytest.raises(Unavailable):
        await desk.client.show(public(), None)
    await desk.client.show(public(), REPEATED)
    assert (len(words(desk)), desk.calls(faults.SEND)) == (1, 2)


async def test_two_processes_that_post_the_same_card_at_different_revisions_post_one(desk: Desk) -> None:
    desk.discord.room.denied = frozenset({"READ_MESSAGE_HISTORY"})
    first = await desk.client.show(public("Pick a time"), None)
    assert await desk.client.show(public("Booked", 2), REPEATED) == first
    # One that stood still before it posted goes on, with what it read then.
    assert await desk.client.show(public("Pick a time"), None) == first
    assert ["Booked" in one for one in words(desk)] == [True]


async def test_a_message_that_changed_while_it_was_lost_is_edited_or_goes(desk: Desk) -> None:
    await desk.client.show(public("Pick a time"), None)
    await desk.client.show(public("Booked", 2), REPEATED)
    assert ["Booked" in one for one in words(desk)] == [True]
    await desk.client.show(public(None, 3), REPEATED)
    assert words(desk) == []


async def test_a_message_of_another_bot_with_our_mark_is_not_ours(desk: Desk) -> None:
    await desk.client.show(public(), None)
    next(iter(desk.discord.room.messages.values())).author_id = desk.discord.host.id
    await desk.client.show(public("Booked", 2), REPEATED)
    assert len(words(desk)) == 2


# What Discord refuses


async def test_nothing_is_sent_while_discord_asks_to_wait(desk: Desk) -> None:
    desk.discord.faults.add(faults.SEND, faults.RateLimited(7))
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            await desk.client.show(public(), None)
        assert caught.value.retry_after == timedelta(seconds=7)
    assert desk.calls(faults.SEND) == 1
    desk.watch.go(timedelta(seconds=7))
    await desk.client.show(public(), None)
    assert len(words(desk)) == 1


async def test_what_discord_says_is_left_of_a_limit_is_kept_to(desk: Desk) -> None:
    desk.discord.buckets.limit(faults.SEND, 3, 0.2)
    for number in range(7):
        await desk.client.show(replace(public(), id=f"m_{number}"), None)
    assert len(words(desk)) == 7
    assert {one.status for one in desk.discord.calls(faults.SEND)} == {200}


async def test_a_wait_for_everything_stops_everything(desk: Desk) -> None:
    desk.discord.faults.add(faults.SEND, faults.RateLimited(7, is_global=True))
    for message in (public(), private()):
        with pytest.raises(RateLimited):
            await desk.client.show(message, None)
    assert desk.calls(faults.OPEN_DM) == 0


async def test_a_wait_for_everything_leaves_interactions_alone(desk: Desk) -> None:
    desk.discord.faults.add(faults.SEND, faults.RateLimited(7, is_global=True))
    with pytest.raises(RateLimited):
        await desk.client.show(public(), None)
    desk.app.answers = lambda _body: None

    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        one = desk.discord.interactions.all[-1]
        assert await desk.answers.respond(one.id, one.token, THINKING)
        return 202, {}, b""

    desk.discord.straight_into(post)
    ack = await desk.discord.guest.command("meet", ROOM)
    assert ack.is_accepted
    await desk.client.show(private(), None, str(desk.path_of(ack, ROOM)))
    assert ["Is this right?" in one for one in words(desk)] == [True]


async def test_a_token_that_is_refused_is_no_final_word(desk: Desk) -> None:
    token, desk.discord.app.token = desk.discord.app.token, "another"
    with pytest.raises(Unavailable):
        await desk.client.show(public(), None)
    desk.discord.app.token = token
    await desk.client.show(public(), None)
    assert len(words(desk)) == 1


async def test_a_server_that_took_the_bot_away_wants_nothing_more(desk: Desk) -> None:
    desk.discord.uninstall(desk.discord.guild)
    with pytest.raises(Gone):
        await desk.client.show(public(), None)


@pytest.mark.parametrize(("denied", "code"), [("VIEW_CHANNEL", 50001), ("SEND_MESSAGES", 50013)])
async def test_a_channel_that_is_closed_is_not_the_whole_server(desk: Desk, denied: str, code: int) -> None:
    desk.discord.room.denied = frozenset({denied})
    with pytest.raises(Rejected) as caught:
        await desk.client.show(public(), None)
    assert caught.value.code == code


async def test_a_channel_that_was_deleted_refuses(desk: Desk) -> None:
    with pytest.raises(Rejected) as caught:
        await desk.client.show(public(room=RoomRef(GUILD, "1200000000000000099")), None)
    assert caught.value.code == 10003


# Private answers


async def test_an_answer_takes_the_place_of_thinking_and_is_edited_while_its_path_lives(desk: Desk) -> None:
    path = str(await desk.commands())
    shown_as = await desk.client.show(private("Is this right?"), None, path)
    (shown,) = desk.discord.guest.sees(ROOM)
    assert (shown.is_private, shown.is_loading, shown_as) == (True, False, f"ix:{shown.id}")
    assert await desk.client.show(private("Saved", 2), shown_as, path) == shown_as
    assert ["Saved" in one for one in words(desk)] == [True]
    await desk.client.show(private(None, 3), shown_as, path)
    assert words(desk) == []
    assert desk.discord.host.sees(ROOM) == []


async def test_two_answers_are_two_private_messages(desk: Desk) -> None:
    path = str(await desk.commands())
    await desk.client.show(private("One"), None, path)
    await desk.client.show(private("Two", message_id="m_2"), None, path)
    seen = desk.discord.guest.sees(ROOM)
    assert [one.is_private for one in seen] == [True, True]


async def test_an_answer_to_a_press_takes_the_place_of_what_was_pressed(desk: Desk) -> None:
    shown_as = await desk.client.show(private(), None, str(await desk.commands()))
    path = await desk.presses(desk.discord.guest.sees(ROOM)[0].id, "m_private")
    assert await desk.client.show(private("Booked", 2), shown_as, str(path)) == shown_as
    await desk.client.show(private("And more", message_id="m_2"), None, str(path))
    assert [one.splitlines()[0] for one in words(desk)] == ["Booked", "And more"]


@pytest.mark.parametrize("fault", LOST)
async def test_an_answer_that_was_lost_is_found_in_its_place(desk: Desk, fault: faults.Fault) -> None:
    path = str(await desk.commands())
    desk.discord.faults.add(faults.FOLLOWUP, fault)
    with pytest.raises(Unavailable):
        await desk.client.show(private(), None, path)
    await desk.client.show(private(), REPEATED, path)
    assert len(words(desk)) == 1


async def test_an_answer_waits_for_a_first_response_that_is_on_its_way(desk: Desk) -> None:
    shown: list[asyncio.Task[str | None]] = []

    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        path = desk.path_of(Ack(interaction=desk.discord.interactions.all[-1]), ROOM)
        shown.append(asyncio.create_task(desk.client.show(private(), None, str(path))))
        await desk.discord.until(lambda: desk.calls(faults.FOLLOWUP))
        return await desk.app.post(body, headers)

    desk.app.answers = lambda _body: THINKING
    desk.discord.straight_into(post)
    await desk.discord.guest.command("meet", ROOM)
    assert await shown[0]
    assert ["Is this right?" in one for one in words(desk)] == [True]


async def test_when_a_path_is_over_a_private_message_stays_as_it_is(desk: Desk) -> None:
    path = str(await desk.commands())
    shown_as = await desk.client.show(private("Is this right?"), None, path)
    desk.watch.go(FIFTEEN)
    assert await desk.client.show(private("Saved", 2), shown_as, path) == shown_as
    assert ["Is this right?" in one for one in words(desk)] == [True]
    assert direct_words(desk) == []


async def test_a_message_its_reader_dismissed_is_done_with(desk: Desk) -> None:
    path = str(await desk.commands())
    shown_as = await desk.client.show(private(), None, path)
    desk.discord.guest.reload()
    assert await desk.client.show(private("Saved", 2), shown_as, path) == shown_as
    assert words(desk) == []


# Private messages without a path


async def test_without_a_path_a_private_message_is_a_direct_one_that_is_edited(desk: Desk) -> None:
    shown_as = await desk.client.show(private("Is this right?"), None)
    await desk.client.show(private("Saved", 2), shown_as)
    assert ["Saved" in one for one in direct_words(desk)] == [True]
    await desk.client.show(private(None, 3), shown_as)
    assert direct_words(desk) == words(desk) == []


@pytest.mark.parametrize("is_late", [True, False])
async def test_an_answer_whose_path_is_over_comes_directly(desk: Desk, is_late: bool) -> None:
    path = str(await desk.commands())
    if is_late:
        desk.watch.go(FIFTEEN)
    else:
        # By Discord's own clock.
        desk.discord.pass_time(FIFTEEN + timedelta(seconds=1))
    shown_as = await desk.client.show(private(), REPEATED, path)
    assert shown_as == f"{desk.discord.guest.dm.id}:{desk.discord.guest.sees_directly()[0].id}"


@pytest.mark.parametrize("fault", LOST)
async def test_a_direct_message_that_was_lost_is_not_sent_twice(desk: Desk, fault: faults.Fault) -> None:
    desk.discord.faults.add(faults.SEND, fault)
    with pytest.raises(Unavailable):
        await desk.client.show(private(), None)
    await desk.client.show(private(), REPEATED)
    assert len(direct_words(desk)) == 1


async def test_who_takes_no_direct_messages_is_not_written_to(desk: Desk) -> None:
    desk.discord.guest.person.is_closed_to_dms = True
    with pytest.raises(Rejected) as caught:
        await desk.client.show(private(), None)
    assert caught.value.code == 50007


async def test_who_takes_no_direct_messages_is_told_where_they_asked_and_nothing_else_is(desk: Desk) -> None:
    guest = desk.discord.guest
    guest.person.is_closed_to_dms = True
    await guest.say("meet", ROOM)
    (said,) = guest.sees(ROOM)
    path = str(Spot(int(desk.watch.now.timestamp()) + 60, ROOM, said.id))
    desk.discord.faults.add(faults.SEND, faults.Refused(50007))
    desk.discord.faults.add(faults.SEND, faults.Cut(is_processed=True))
    with pytest.raises(Unavailable):
        await desk.client.show(private("Is this right?"), None, path)
    for message in (private("Is this right?"), private("Which day?", message_id="m_2")):
        with pytest.raises(Rejected):
            await desk.client.show(message, None, path)
    (told,) = [one for one in desk.discord.host.sees(ROOM) if one.author_id == desk.discord.app.bot_id]
    assert (told.words, told.reply_to) == (CLOSED_TO_US.format(command="/meet"), said.id)
    assert told.mentions == (guest.id,)


async def test_who_takes_no_direct_messages_is_not_told_so_long_after_they_asked(desk: Desk) -> None:
    desk.discord.guest.person.is_closed_to_dms = True
    await desk.discord.guest.say("meet", ROOM)
    (said,) = desk.discord.host.sees(ROOM)
    for path in (str(Spot(int(desk.watch.now.timestamp()), ROOM, said.id)), "", "at:1", "at:x:1:2"):
        with pytest.raises(Rejected):
            await desk.client.show(private(), None, path)
    assert len(desk.discord.host.sees(ROOM)) == 1


# Where the bot is only brought along


async def test_in_a_group_of_others_all_of_it_goes_by_the_interaction(desk: Desk) -> None:
    discord = desk.discord
    discord.guest.person.has_app = True
    discord.add_group(GROUP, "us", [discord.guest, discord.host])
    room, reader = RoomRef(DIRECT, GROUP), PersonRef(USERS, discord.guest.id)
    path = str(await desk.commands(channel=GROUP))
    shown_as = await desk.client.show(public("Pick a time", room=room), None, path)
    await desk.client.show(private("Invitation sent", room=room, reader=reader), None, path)
    assert [one.words.splitlines()[0] for one in discord.host.sees(GROUP)] == ["Pick a time"]
    assert [one.is_private for one in discord.guest.sees(GROUP)] == [False, True]
    await desk.client.show(public("Booked", 2, room), shown_as, path)
    assert "Booked" in discord.host.sees(GROUP)[0].words
    desk.watch.go(FIFTEEN)
    with pytest.raises(Rejected):
        await desk.client.show(public("Cancelled", 3, room), shown_as, path)
    await desk.ways.keep(await desk.presses((shown_as or "").partition(":")[2], "m_public"))
    await desk.client.show(public("Cancelled", 3, room), shown_as, path)
    assert "Cancelled" in discord.host.sees(GROUP)[0].words


async def test_a_card_that_discord_shows_to_its_host_alone_is_no_card(desk: Desk) -> None:
    discord, server = desk.discord, "1200000000000000066"
    discord.guest.person.has_app = True
    foreign = discord.add_guild(server, "Foreign", [discord.host, discord.guest], has_bot=False)
    foreign.permissions = ORDINARY - {"USE_EXTERNAL_APPS"}
    there = discord.add_channel("1200000000000000067", "there", server)
    room = RoomRef(WorkspaceRef("discord", server), there.id)
    await desk.visits.note(room.workspace)
    path = str(await desk.commands(channel=there.id))
    for shown_as in (None, REPEATED):
        with pytest.raises(Rejected, match="Use External Apps"):
            await desk.client.show(public("Pick a time", room=room), shown_as, path)
    assert [one.lower() for one in words(desk, there.id)] == [NOT_FOR_ALL.lower()]
    assert discord.host.sees(there.id) == []


@pytest.mark.parametrize("fault", [*LOST, faults.RateLimited(1)])
async def test_a_card_for_a_group_that_was_lost_is_not_posted_twice(desk: Desk, fault: faults.Fault) -> None:
    discord = desk.discord
    discord.guest.person.has_app = True
    discord.add_group(GROUP, "us", [discord.guest, discord.host])
    room = RoomRef(DIRECT, GROUP)
    path = str(await desk.commands(channel=GROUP))
    discord.faults.add(faults.FOLLOWUP, fault)
    with pytest.raises((Unavailable, RateLimited)):
        await desk.client.show(public("Pick a time", room=room), None, path)
    desk.watch.go(timedelta(seconds=1))
    shown_as = await desk.client.show(public("Pick a time", room=room), REPEATED, path)
    (card,) = discord.host.sees(GROUP)
    assert (NOT_SEEN in words(desk, GROUP)) is (fault in LOST)
    await desk.ways.keep(await desk.presses(card.id, "m_public"))
    await desk.client.show(public("Booked", 2, room), shown_as, path)
    assert ["Booked" in one.words for one in discord.host.sees(GROUP)] == [True]


async def test_a_channel_the_bot_cannot_see_gets_its_card_by_the_interaction(desk: Desk) -> None:
    desk.discord.room.denied = frozenset({"VIEW_CHANNEL"})
    path = str(await desk.commands())
    await desk.client.show(public(), None, path)
    assert [one.is_private for one in desk.discord.guest.sees(ROOM)] == [False]


async def test_an_interaction_somewhere_else_posts_nothing_there(desk: Desk) -> None:
    desk.discord.room.denied = frozenset({"VIEW_CHANNEL"})
    other = desk.discord.add_channel("1200000000000000088", "other")
    path = str(await desk.commands(channel=other.id))
    with pytest.raises(Rejected):
        await desk.client.show(public(), None, path)
    assert [one.is_private for one in desk.discord.guest.sees(other.id)] == [True]


async def test_a_server_the_bot_never_was_in_is_not_gone(desk: Desk) -> None:
    desk.discord.uninstall(desk.discord.guild)
    await desk.visits.note(GUILD)
    with pytest.raises(Rejected):
        await desk.client.show(public(), None)


# First responses


async def test_a_first_response_is_tried_again_until_discord_has_it(desk: Desk) -> None:
    desk.app.answers = lambda _body: None
    desk.discord.faults.add(faults.CALLBACK, faults.ServerError(500, is_processed=True))

    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        one = desk.discord.interactions.all[-1]
        assert await desk.answers.respond(one.id, one.token, {"type": 5, "data": {"flags": 64}})
        assert one.refused == [40060]
        return 202, {}, b""

    desk.discord.straight_into(post)
    assert (await desk.discord.guest.command("meet", ROOM)).is_accepted


async def test_a_first_response_can_be_too_late(desk: Desk) -> None:
    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        one = desk.discord.interactions.all[-1]
        desk.discord.pass_time(timedelta(seconds=4))
        assert not await desk.answers.respond(one.id, one.token, {"type": 6})
        return 202, {}, b""

    desk.discord.straight_into(post)
    assert not (await desk.discord.guest.command("meet", ROOM)).is_accepted
