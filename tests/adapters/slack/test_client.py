"""Messages brought to where Slack lets them be seen, whatever goes wrong on the way."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.chat.slack.names import ResponseUrl, Window, home_room, read_block_id
from scheduling_core.errors import Gone, RateLimited, Rejected, Unavailable
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
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


async def open_window(desk: Desk) -> str:
    """A loading window on the guest's screen."""
    trigger = desk.slack.world.trigger(desk.slack.team, desk.slack.guest.person)
    view_id = await desk.client.open_window(FIRST, trigger)
    assert view_id
    return view_id


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


# An answer of Slack's that was lost


async def test_a_connection_cut_after_the_post_makes_no_second_message(desk: Desk) -> None:
    desk.slack.faults.add("chat.postMessage", faults.Cut(is_processed=True))
    with pytest.raises(Unavailable):
        await desk.client.show(public(), None)
    shown_as = await desk.client.show(public(), REPEATED)
    assert shown_as == f"{ROOM}:{desk.slack.guest.sees(ROOM)[0].id}"
    assert len(words(desk)) == 1
    assert desk.calls("chat.postMessage") == 1


async def test_a_connection_cut_before_the_post_is_repeated(desk: Desk) -> None:
    desk.slack.faults.add("chat.postMessage", faults.Cut())
    with pytest.raises(Unavailable):
        await desk.client.show(public(), None)
    await desk.client.show(public(), REPEATED)
    assert len(words(desk)) == 1


async def test_a_lost_post_is_found_in_its_thread(desk: Desk) -> None:
    root = await desk.client.show(public(), None)
    assert root
    reply = replace(public("One word", room=replace(CHANNEL, thread=root.partition(":")[2])), id="m_2")
    await desk.client.show(reply, None)
    shown_as = await desk.client.show(reply, REPEATED)
    assert shown_as == f"{ROOM}:{desk.slack.guest.sees(ROOM)[1].id}"
    assert len(words(desk)) == 2


async def test_a_message_that_changed_while_it_was_lost_is_edited(desk: Desk) -> None:
    await desk.client.show(public("Pick a time"), None)
    await desk.client.show(public("Booked", 2), REPEATED)
    assert len(words(desk)) == 1
    assert "Booked" in words(desk)[0]


async def test_a_message_taken_away_while_it_was_lost_goes(desk: Desk) -> None:
    await desk.client.show(public(), None)
    await desk.client.show(public(None, 2), REPEATED)
    assert words(desk) == []


async def test_nobody_looks_before_a_first_post(desk: Desk) -> None:
    await desk.client.show(public(), None)
    assert [call.method for call in desk.slack.calls()] == ["chat.postMessage"]


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


async def test_a_private_message_lost_in_our_conversation_is_found_again(desk: Desk) -> None:
    desk.slack.team.channels[ROOM].members.remove(GUEST.person)
    await desk.client.show(private(), None)
    await desk.client.show(private(), REPEATED)
    assert len(direct_words(desk)) == 1


async def test_a_conversation_between_others_is_answered_by_the_response_address(desk: Desk) -> None:
    room = RoomRef(FIRST, "D0OTHERS")
    path = str(ResponseUrl(answer_address(desk)))
    assert await desk.client.show(private(room=room), None, path) == "ephemeral"


# Windows and the page


async def test_a_window_opens_at_once_and_is_filled_later(desk: Desk) -> None:
    view_id = await open_window(desk)
    shown_as = await desk.client.show(private(), None, str(Window(view_id)))
    assert shown_as == f"view:{view_id}"
    assert desk.slack.guest.modal
    assert "Is this right?" in desk.slack.guest.modal.words
    await desk.client.show(private("Booked", 2), shown_as, str(Window(view_id)))
    assert "Booked" in desk.slack.guest.modal.words


async def test_a_trigger_that_is_over_opens_nothing(desk: Desk) -> None:
    trigger = desk.slack.world.trigger(desk.slack.team, desk.slack.guest.person)
    assert await desk.client.open_window(FIRST, trigger)
    assert await desk.client.open_window(FIRST, trigger) is None
    late = desk.slack.world.trigger(desk.slack.team, desk.slack.guest.person)
    desk.slack.pass_time(timedelta(seconds=4))
    assert await desk.client.open_window(FIRST, late) is None


async def test_a_new_card_for_a_window_that_was_closed_comes_privately(desk: Desk) -> None:
    view_id = await open_window(desk)
    await desk.slack.guest.close()
    assert await desk.client.show(private(), None, str(Window(view_id))) == "ephemeral"


async def test_a_change_of_a_window_that_was_closed_is_nobodys_any_more(desk: Desk) -> None:
    path = str(Window(await open_window(desk)))
    shown_as = await desk.client.show(private(), None, path)
    await desk.slack.guest.close()
    assert await desk.client.show(private("Booked", 2), shown_as, path) == shown_as
    assert words(desk) == []


async def test_a_card_taken_away_leaves_its_window_to_what_stands_there_now(desk: Desk) -> None:
    path = str(Window(await open_window(desk)))
    shown_as = await desk.client.show(private("First"), None, path)
    await desk.client.show(private("Second", message_id="m_2"), None, path)
    await desk.client.show(private(None, 2), shown_as, path)
    assert desk.slack.guest.modal
    assert "Second" in desk.slack.guest.modal.words


async def test_a_card_of_our_conversation_stays_editable_after_its_window(desk: Desk) -> None:
    room = RoomRef(FIRST, direct_message(desk.slack.world, desk.slack.team, GUEST.person).id)
    shown_as = await desk.client.show(private(room=room), None)
    path = str(Window(await open_window(desk)))
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


# What Slack says no to


@pytest.mark.parametrize(
    "fault",
    [
        faults.ServerError(),
        faults.ServerError(502),
        faults.Refused("internal_error"),
        faults.Refused("fatal_error"),
        faults.Refused("service_unavailable"),
        faults.Refused("request_timeout"),
        faults.Refused("invalid_auth"),
        faults.Refused("missing_scope"),
    ],
)
async def test_what_passes_or_can_be_mended_is_tried_again(desk: Desk, fault: faults.Fault) -> None:
    desk.slack.faults.add("chat.postMessage", fault)
    with pytest.raises(Unavailable):
        await desk.client.show(public(), None)
    assert await desk.client.show(public(), None)


@pytest.mark.parametrize("word", ["not_in_channel", "is_archived", "invalid_blocks", "msg_too_long"])
async def test_what_is_about_this_message_is_final_in_slacks_word(desk: Desk, word: str) -> None:
    desk.slack.faults.add("chat.postMessage", faults.Refused(word))
    with pytest.raises(Rejected) as caught:
        await desk.client.show(public(), None)
    assert (caught.value.code, caught.value.reason) == (400, word)


@pytest.mark.parametrize("word", ["account_inactive", "token_revoked", "team_access_not_granted"])
async def test_a_workspace_that_took_the_app_away_is_gone(desk: Desk, word: str) -> None:
    desk.slack.team.token_error = word
    with pytest.raises(Gone):
        await desk.client.show(public(), None)


async def test_a_token_that_was_replaced_is_looked_up_before_the_workspace_is_gone(desk: Desk) -> None:
    desk.slack.add_team("T0OLD", "old").token_error = "token_revoked"
    desk.keys.old[FIRST] = desk.slack.world.teams["T0OLD"].token
    assert await desk.client.show(public(), None)


async def test_slack_is_left_alone_for_as_long_as_it_asks(desk: Desk) -> None:
    desk.slack.faults.add("chat.postMessage", faults.RateLimited(30))
    for passed in (0, 29):
        desk.watch.now += timedelta(seconds=passed)
        with pytest.raises(RateLimited) as caught:
            await desk.client.show(public(), None)
        assert caught.value.retry_after == timedelta(seconds=30 - passed)
    assert desk.calls("chat.postMessage") == 1
    desk.watch.go(timedelta(seconds=1))
    assert await desk.client.show(public(), None)


async def test_a_limit_holds_for_its_channel_and_method_only(desk: Desk) -> None:
    desk.slack.add_channel(desk.slack.team, "C0OTHER", "other", [desk.slack.guest])
    shown_as = await desk.client.show(public(), None)
    desk.slack.faults.add("chat.postMessage", faults.RateLimited(30))
    with pytest.raises(RateLimited):
        await desk.client.show(replace(public(), id="m_2"), None)
    await desk.client.show(public("Booked", 2), shown_as)
    assert await desk.client.show(public(room=RoomRef(FIRST, "C0OTHER")), None)


@pytest.mark.parametrize("fault", [faults.RateLimited(5), faults.ServerError(), faults.Cut()])
async def test_a_response_address_in_trouble_is_tried_again(desk: Desk, fault: faults.Fault) -> None:
    path = str(ResponseUrl(answer_address(desk)))
    desk.slack.faults.add("response_url", fault)
    with pytest.raises(Unavailable) as caught:
        await desk.client.show(private(), None, path)
    assert "/commands/" not in str(caught.value)
    await desk.client.show(private(), REPEATED, path)
    assert len(words(desk)) == 1


async def test_two_workspaces_are_never_mixed(desk: Desk) -> None:
    other = desk.slack.add_team("T0SECOND", "second")
    reader = desk.slack.add_person(other, "U0OTHER", "guest")
    desk.slack.add_channel(other, ROOM, "same-id", [reader])
    workspace = WorkspaceRef("slack", "T0SECOND")
    room = RoomRef(workspace, ROOM)
    await desk.client.show(public("Theirs", room=room), None)
    await desk.client.show(private("Theirs", room=room, reader=PersonRef(workspace, "U0OTHER")), None)
    assert words(desk) == []
    assert len(reader.sees(ROOM)) == 2
    assert desk.slack.calls(team=desk.slack.team) == []


async def test_a_workspace_without_the_app_is_gone(desk: Desk) -> None:
    elsewhere = RoomRef(WorkspaceRef("slack", "T0NOWHERE"), ROOM)
    with pytest.raises(Gone):
        await desk.client.show(public(room=elsewhere), None)
    assert desk.slack.calls() == []


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with calling_slack() as desk:
        assert await desk.client.show(public(), None)
