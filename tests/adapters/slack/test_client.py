"""Messages brought to where Slack lets them be seen, whatever goes wrong on the way."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.chat.slack.client import TRIGGER_DEADLINE_SECONDS
from adapters.chat.slack.names import ResponseUrl, Window, home_room, read_block_id
from scheduling_core.refs import RoomRef
from tests.adapters.slack import faults
from tests.adapters.slack.calling import CHANNEL, FIRST, GUEST, Desk, calling_slack, private, public
from tests.adapters.slack.conversations import direct_message
from tests.adapters.slack.harness import ROOM

REPEATED = ""
"""`shown_as` where an earlier try may have reached Slack."""


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with calling_slack() as made:
        yield made


def words(desk: Desk) -> list[str]:
    """What stands in the room, as the guest reads it."""
    return [one.words for one in desk.slack.guest.sees(ROOM)]


def direct_words(desk: Desk) -> list[str]:
    """What stands in the guest's own conversation with the bot."""
    return [one.words for one in desk.slack.guest.sees_directly()]


def answer_address(desk: Desk) -> str:
    """A response address as a slash command of the guest brings it."""
    team, person = desk.slack.team, desk.slack.guest.person
    return desk.slack.urls.mint("commands", team, person, ROOM, None)


def press_address(desk: Desk) -> str:
    """A response address as a press on the guest's latest ephemeral brings it."""
    team, person = desk.slack.team, desk.slack.guest.person
    return desk.slack.urls.mint("actions", team, person, ROOM, person.ephemerals[-1])


async def open_window(desk: Desk, deadline_seconds: float = TRIGGER_DEADLINE_SECONDS) -> Window:
    """A loading window on the guest's screen."""
    trigger = desk.slack.world.trigger(desk.slack.team, desk.slack.guest.person)
    window = await desk.client.open_window(FIRST, trigger, "a1.2.U0GUEST", deadline_seconds)
    assert window
    return window


# Public messages


async def test_a_public_message_is_posted_edited_and_taken_away(desk: Desk) -> None:
    shown_as = await desk.client.show(public("Pick a time"), None)
    assert shown_as == f"{ROOM}:{desk.slack.guest.sees(ROOM)[0].id}"
    assert await desk.client.show(public("Booked", 2), shown_as) == shown_as
    assert "Booked" in words(desk)[0]
    assert await desk.client.show(public(None, 3), shown_as) == shown_as
    assert words(desk) == []


async def test_a_message_carries_its_id_and_revision_and_words_for_notifications(desk: Desk) -> None:
    await desk.client.show(public("Pick a time"), None)
    (shown,) = desk.slack.guest.sees(ROOM)
    assert shown.metadata == {
        "event_type": "parley_message",
        "event_payload": {"id": "m_public", "revision": 1},
    }
    assert "Pick a time" in shown.text


async def test_a_message_of_a_thread_goes_into_the_thread(desk: Desk) -> None:
    root = await desk.client.show(public("Pick a time"), None)
    assert root
    thread = replace(CHANNEL, thread=root.partition(":")[2])
    await desk.client.show(replace(public("One word", room=thread), id="m_2"), None)
    assert [one.thread_ts for one in desk.slack.guest.sees(ROOM)] == [None, thread.thread]


async def test_a_message_deleted_by_somebody_else_is_gone_as_wished(desk: Desk) -> None:
    shown_as = await desk.client.show(public(), None)
    desk.slack.team.channels[ROOM].messages.clear()
    assert await desk.client.show(public(None, 2), shown_as) == shown_as


async def test_what_a_page_shows_to_everybody_its_owner_sees_in_our_conversation(desk: Desk) -> None:
    shown_as = await desk.client.show(public("Pick a time", room=home_room(FIRST, GUEST.person)), None)
    assert len(direct_words(desk)) == 1
    await desk.client.show(public("Booked", 2, home_room(FIRST, GUEST.person)), shown_as)
    assert "Booked" in direct_words(desk)[0]


# Private messages


async def test_a_private_answer_comes_by_the_response_address(desk: Desk) -> None:
    path = str(ResponseUrl(answer_address(desk)))
    shown_as = await desk.client.show(private(), None, path)
    assert desk.slack.guest.sees(ROOM)[0].is_private
    assert desk.slack.host.sees(ROOM) == []
    assert desk.calls("chat.postEphemeral") == 0
    # Nobody can edit it, so a later revision without a press of its own changes nothing.
    assert await desk.client.show(private("Too late", 2), shown_as, path) == shown_as
    assert await desk.client.show(private(None, 3), shown_as, path) == shown_as
    assert len(words(desk)) == 1


async def test_an_answer_to_a_press_takes_the_place_of_the_card_pressed(desk: Desk) -> None:
    shown_as = await desk.client.show(private(), None)
    path = str(ResponseUrl(press_address(desk), "m_private"))
    assert await desk.client.show(private("Booked", 2), shown_as, path) == shown_as
    assert len(words(desk)) == 1
    assert "Booked" in words(desk)[0]
    await desk.client.show(private(None, 3), shown_as, path)
    assert words(desk) == []


async def test_an_answer_to_a_card_that_was_taken_back_takes_its_place(desk: Desk) -> None:
    await desk.client.show(private("First"), None)
    path = str(ResponseUrl(press_address(desk), "m_private"))
    await desk.client.show(private("Second", message_id="m_2"), None, path)
    assert words(desk) == ["Second"]
    await desk.client.show(private("Third", 2, message_id="m_2"), "ephemeral", path)
    assert words(desk) == ["Second"]


@pytest.mark.parametrize("is_used_up", [True, False])
async def test_an_address_that_is_over_is_replaced_by_an_ephemeral(desk: Desk, is_used_up: bool) -> None:
    path = str(ResponseUrl(answer_address(desk)))
    if is_used_up:
        for n in range(5):
            await desk.client.show(private(message_id=f"m_{n}"), None, path)
        desk.slack.guest.reload()
    else:
        desk.slack.pass_time(timedelta(minutes=31))
    assert await desk.client.show(private(), None, path) == "ephemeral"
    assert desk.slack.guest.sees(ROOM)[0].is_private


async def test_an_answer_to_a_press_whose_address_is_over_is_said_anew(desk: Desk) -> None:
    shown_as = await desk.client.show(private(), None)
    path = str(ResponseUrl(press_address(desk), "m_private"))
    desk.slack.pass_time(timedelta(minutes=31))
    await desk.client.show(private("Booked", 2), shown_as, path)
    assert "Booked" in words(desk)[-1]


async def test_without_a_way_back_the_room_shows_it_to_the_reader_alone(desk: Desk) -> None:
    assert await desk.client.show(private(), None) == "ephemeral"
    assert desk.slack.guest.sees(ROOM)[0].is_private
    assert desk.slack.host.sees(ROOM) == []


async def test_in_a_thread_a_private_answer_stays_in_the_thread(desk: Desk) -> None:
    root = await desk.client.show(public(), None)
    assert root
    thread = replace(CHANNEL, thread=root.partition(":")[2])
    await desk.client.show(private(room=thread), None, str(ResponseUrl(answer_address(desk))))
    assert [one.thread_ts for one in desk.slack.guest.sees(ROOM) if one.is_private] == [thread.thread]


@pytest.mark.parametrize("leaves", ["bot", "guest"])
async def test_who_cannot_be_met_in_the_channel_is_told_directly(desk: Desk, leaves: str) -> None:
    gone = desk.slack.team.bot_user_id if leaves == "bot" else GUEST.person
    desk.slack.team.channels[ROOM].members.remove(gone)
    shown_as = await desk.client.show(private(), None)
    (shown,) = desk.slack.guest.sees_directly()
    # Its buttons still belong to the channel.
    assert (block := read_block_id(shown.blocks[0]["block_id"]))
    assert block.room == CHANNEL
    await desk.client.show(private("Booked", 2), shown_as, str(ResponseUrl(answer_address(desk))))
    assert len(direct_words(desk)) == 1
    assert "Booked" in direct_words(desk)[0]
    await desk.client.show(private(None, 3), shown_as)
    assert direct_words(desk) == []


async def test_our_own_conversation_shows_a_private_card_that_can_be_edited(desk: Desk) -> None:
    room = RoomRef(FIRST, direct_message(desk.slack.world, desk.slack.team, GUEST.person).id)
    shown_as = await desk.client.show(private(room=room), None, str(ResponseUrl(answer_address(desk))))
    await desk.client.show(private("Booked", 2, room), shown_as)
    assert len(direct_words(desk)) == 1
    assert "Booked" in direct_words(desk)[0]


async def test_a_conversation_between_others_is_answered_by_the_response_address(desk: Desk) -> None:
    room = RoomRef(FIRST, "D0OTHERS")
    path = str(ResponseUrl(answer_address(desk)))
    assert await desk.client.show(private(room=room), None, path) == "ephemeral"


# Windows and the page


async def test_a_window_opens_at_once_and_is_filled_later(desk: Desk) -> None:
    window = await open_window(desk)
    shown_as = await desk.client.show(private(), None, str(window))
    assert shown_as == f"view:{window.view_id}"
    assert desk.slack.guest.modal
    assert "Is this right?" in desk.slack.guest.modal.words
    await desk.client.show(private("Booked", 2), shown_as, str(window))
    assert "Booked" in desk.slack.guest.modal.words


async def test_a_trigger_that_is_over_opens_nothing(desk: Desk) -> None:
    trigger = desk.slack.world.trigger(desk.slack.team, desk.slack.guest.person)
    assert await desk.client.open_window(FIRST, trigger, "a1")
    assert await desk.client.open_window(FIRST, trigger, "a1") is None
    late = desk.slack.world.trigger(desk.slack.team, desk.slack.guest.person)
    desk.slack.pass_time(timedelta(seconds=4))
    assert await desk.client.open_window(FIRST, late, "a2") is None


@pytest.mark.parametrize(
    "fault", [faults.Slow(0.5), faults.Cut(is_processed=True), faults.ServerError(500, True)]
)
async def test_a_window_that_slack_did_not_tell_of_is_filled_all_the_same(
    desk: Desk, fault: faults.Fault
) -> None:
    desk.slack.faults.add("views.open", fault)
    path = str(await open_window(desk, deadline_seconds=0.1))
    shown_as = await desk.client.show(private(), None, path)
    await desk.client.show(private("Booked", 2), shown_as, path)
    assert desk.slack.guest.modal
    assert "Booked" in desk.slack.guest.modal.words


async def test_a_window_that_never_opened_is_replaced_by_a_private_message(desk: Desk) -> None:
    desk.slack.faults.add("views.open", faults.Cut())
    assert await desk.client.show(private(), None, str(await open_window(desk))) == "ephemeral"


async def test_a_new_card_for_a_window_that_was_closed_comes_privately(desk: Desk) -> None:
    window = await open_window(desk)
    await desk.slack.guest.close()
    assert await desk.client.show(private(), None, str(window)) == "ephemeral"


async def test_a_change_of_a_window_that_was_closed_is_nobodys_any_more(desk: Desk) -> None:
    path = str(await open_window(desk))
    shown_as = await desk.client.show(private(), None, path)
    await desk.slack.guest.close()
    assert await desk.client.show(private("Booked", 2), shown_as, path) == shown_as
    assert words(desk) == []


async def test_a_card_taken_away_leaves_its_window_to_what_stands_there_now(desk: Desk) -> None:
    path = str(await open_window(desk))
    shown_as = await desk.client.show(private("First"), None, path)
    await desk.client.show(private("Second", message_id="m_2"), None, path)
    await desk.client.show(private(None, 2), shown_as, path)
    assert desk.slack.guest.modal
    assert "Second" in desk.slack.guest.modal.words


async def test_a_card_of_our_conversation_stays_editable_after_its_window(desk: Desk) -> None:
    room = RoomRef(FIRST, direct_message(desk.slack.world, desk.slack.team, GUEST.person).id)
    shown_as = await desk.client.show(private(room=room), None)
    path = str(await open_window(desk))
    assert await desk.client.show(private("A form", 2, room), shown_as, path) == shown_as
    await desk.slack.guest.close()
    await desk.client.show(private("Booked", 3, room), shown_as, path)
    assert "Booked" in direct_words(desk)[0]


async def test_the_page_is_published_and_other_words_on_it_come_directly(desk: Desk) -> None:
    page = home_room(FIRST, GUEST.person)
    assert await desk.client.show(private("Your meetings", room=page, message_id="home_1"), None) == "home"
    assert desk.slack.guest.home
    assert "Your meetings" in desk.slack.guest.home.words
    await desk.client.show(private("Saved", room=page), None)
    assert "Saved" in direct_words(desk)[0]
    assert "Your meetings" in desk.slack.guest.home.words
