"""A message whose post was answered by nobody is found again, and never posted twice."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.chat.slack.client import SlackClient
from adapters.chat.slack.web import WorkspaceApi
from scheduling_core.errors import RateLimited, Unavailable
from tests.adapters.slack import faults
from tests.adapters.slack.calling import CHANNEL, CODEC, GUEST, Desk, calling_slack, private, public
from tests.adapters.slack.harness import ROOM
from tests.adapters.slack.workspace import Message

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


def chat(desk: Desk, messages: int, thread: str | None = None) -> str:
    """People talk, in the channel or in a thread; returns the first message."""
    written = [
        Message(desk.slack.world.ts(), ROOM, GUEST.person, "chat", thread_ts=thread) for _ in range(messages)
    ]
    desk.slack.team.channels[ROOM].messages |= {one.ts: one for one in written}
    return written[0].ts


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


@pytest.mark.parametrize("is_in_thread", [True, False])
@pytest.mark.parametrize("is_other_process", [True, False])
async def test_a_lost_post_is_found_however_busy_the_place(
    desk: Desk, is_in_thread: bool, is_other_process: bool
) -> None:
    desk.slack.app.most_listed = 15
    root = chat(desk, 40)
    room = replace(CHANNEL, thread=root) if is_in_thread else CHANNEL
    desk.slack.faults.add("chat.postMessage", faults.Cut(is_processed=True))
    with pytest.raises(Unavailable):
        await desk.client.show(public("Offers", room=room), None)
    chat(desk, 40, room.thread)
    client = SlackClient(WorkspaceApi(desk.web, desk.keys), CODEC, desk.watch, desk.people.forget_channel)
    await (client if is_other_process else desk.client).show(public("Offers", room=room), REPEATED)
    assert len([one for one in words(desk) if "Offers" in one]) == 1
    assert desk.calls("chat.postMessage") == 1


async def test_no_more_is_read_than_was_written_since_the_first_attempt(desk: Desk) -> None:
    desk.slack.app.most_listed = 15
    chat(desk, 40)
    desk.watch.go(timedelta(minutes=10))
    desk.slack.faults.add("chat.postMessage", faults.Cut())
    with pytest.raises(Unavailable):
        await desk.client.show(public(), None)
    chat(desk, 20)
    await desk.client.show(public(), REPEATED)
    assert len([one for one in words(desk) if "Pick a time" in one]) == 1
    assert desk.calls("conversations.history") == 2


async def test_a_search_that_slack_interrupts_goes_on_where_it_was(desk: Desk) -> None:
    desk.slack.app.most_listed, desk.slack.app.lists_once_a_minute = 15, True
    await desk.client.show(public("Offers"), None)
    chat(desk, 40)
    for _ in range(2):
        with pytest.raises(RateLimited):
            await desk.client.show(public("Offers"), REPEATED)
        desk.watch.go(timedelta(minutes=1))
    assert await desk.client.show(public("Offers"), REPEATED)
    assert desk.calls("chat.postMessage") == 1


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


async def test_a_private_message_lost_in_our_conversation_is_found_again(desk: Desk) -> None:
    desk.slack.team.channels[ROOM].members.remove(GUEST.person)
    await desk.client.show(private(), None)
    await desk.client.show(private(), REPEATED)
    assert len(direct_words(desk)) == 1
