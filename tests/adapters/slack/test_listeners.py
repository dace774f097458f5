"""Every payload is acknowledged in time, whatever the rest of the bot does."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.chat.slack.names import home_room
from scheduling_core.actions import Action
from scheduling_core.cards import Buttons, Card, Link, TextField, line
from scheduling_core.deliveries import Command, HomeOpened, Message, Press, Said
from scheduling_core.errors import RateLimited, Unavailable
from tests.adapters.slack import payloads
from tests.adapters.slack.calling import FIRST
from tests.adapters.slack.delivering import Ack
from tests.adapters.slack.faults import Slow
from tests.adapters.slack.harness import HOME, ROOM
from tests.adapters.slack.listening import OPEN, SEND, Inbox, shown, window
from tests.adapters.slack.listening import inbox as inbox
from tests.adapters.slack.listening import side as side
from tests.adapters.slack.listening import sqlite_database as sqlite_database
from tests.adapters.slack.listening import sqlite_template as sqlite_template
from tests.adapters.slack.listening import store as store
from tests.adapters.slack.rooms import HOST, SlackSide

Json = dict[str, Any]

# Everything has an answer


async def _command(side: SlackSide) -> Ack:
    return await side.host.command("@guest", ROOM)


async def _mention(side: SlackSide) -> Ack:
    return await side.host.mention("2", ROOM)


async def _direct(side: SlackSide) -> Ack:
    return await side.host.direct("2")


async def _home(side: SlackSide) -> Ack:
    return await side.host.open_home()


async def _press(side: SlackSide) -> Ack:
    await side.platform.show(shown(line("Card"), SEND), None)
    return await side.host.press(side.host.sees(ROOM)[-1].id, "Send")


async def _submission(side: SlackSide) -> Ack:
    await window(side, TextField("reason", "Reason"), SEND)
    return await side.host.submit({"Reason": "none"})


DONE: list[tuple[Callable[[SlackSide], Awaitable[Ack]], type]] = [
    (_command, Command),
    (_mention, Said),
    (_direct, Said),
    (_home, HomeOpened),
    (_press, Press),
    (_submission, Press),
]


@pytest.mark.parametrize(("do", "act"), DONE, ids=[do.__name__ for do, _ in DONE])
async def test_what_people_do_is_recorded_and_acknowledged(
    side: SlackSide, do: Callable[[SlackSide], Awaitable[Ack]], act: type
) -> None:
    ack = await do(side)
    assert ack.is_accepted
    assert isinstance(side.inbox.acts[-1], act)


async def test_an_opened_link_is_acknowledged_and_no_news(side: SlackSide) -> None:
    await side.platform.show(
        shown(line("Card"), Buttons((Link("Join", "https://meet.example.org/x"),))), None
    )
    assert (await side.host.press(side.host.sees(ROOM)[-1].id, "Join")).is_accepted
    assert side.inbox.deliveries == []


async def test_people_who_come_and_go_are_acknowledged(side: SlackSide) -> None:
    acks = [
        await side.slack.second_guest.leave(ROOM),
        await side.slack.second_guest.join(ROOM),
        await side.slack.second_guest.move_to("Asia/Tokyo"),
    ]
    assert all(ack.is_accepted for ack in acks)
    assert side.inbox.deliveries == []


async def test_who_came_meanwhile_is_let_in(side: SlackSide) -> None:
    await side.slack.second_guest.leave(ROOM)
    await side.host.command("@second-guest", ROOM)
    await side.slack.second_guest.join(ROOM)
    await side.host.command("@second-guest", ROOM)
    named = [[person.ref.person for person in one.room.people] for one in side.inbox.deliveries]
    assert named == [[], ["U0SECOND"]]


async def test_a_workspace_that_took_the_bot_away_is_told_of_once_forgotten(side: SlackSide) -> None:
    assert (await side.slack.uninstall(side.slack.team)).is_accepted
    assert side.inbox.left[-1] == FIRST


STRANGE: list[Json] = [
    {"type": "shortcut", "callback_id": "old", "trigger_id": "1.2.3"},
    {"type": "message_action", "callback_id": "old", "trigger_id": "1.2.3"},
    {"type": "view_closed", "view": {"id": "V1"}, "is_cleared": False},
    {"type": "workflow_step_edit", "callback_id": "old", "workflow_step": {}},
    {"type": "tomorrow's kind"},
    {"type": "block_actions"},
    {"type": "block_actions", "actions": [{"type": "button"}]},
    {"type": "block_actions", "actions": "all"},
    {"type": "view_submission"},
    {"type": "view_submission", "view": {"id": "V1", "private_metadata": "[]"}},
    {"type": "block_suggestion"},
]


@pytest.mark.parametrize("strange", STRANGE, ids=lambda one: ", ".join(one))
async def test_interactions_that_mean_nothing_are_acknowledged(side: SlackSide, strange: Json) -> None:
    team, host = side.slack.team, side.host.person
    sent = payloads.interaction(side.slack.world, team, host, strange["type"], **strange)
    ack = await side.way.send(sent)
    assert ack.is_accepted
    assert side.inbox.deliveries == []


@pytest.mark.parametrize(
    "event",
    [
        {"type": "reaction_added", "user": "U0HOST"},
        {"type": "message", "channel_type": "im"},
        {"type": "message", "channel_type": "im", "subtype": "message_changed", "user": "U0HOST"},
        {"type": "app_mention", "user": "U0HOST"},
        {"type": "app_home_opened", "tab": "messages", "user": "U0HOST"},
        {"type": "app_home_opened", "tab": "home"},
        {"type": "tokens_revoked", "tokens": {"oauth": ["U0HOST"]}},
        {"type": 5},
        {},
    ],
    ids=str,
)
async def test_events_that_mean_nothing_are_acknowledged(side: SlackSide, event: Json) -> None:
    sent = payloads.event(side.slack.world, side.slack.team, side.host.person, None, event)
    assert (await side.way.send(sent)).is_accepted
    assert side.inbox.deliveries == []
    assert side.inbox.left == []


async def test_a_command_without_what_every_command_has_is_answered_with_a_sentence(side: SlackSide) -> None:
    await side.host.command("", ROOM)
    incoming, _ = side.slack.sent[-1]
    body = {name: value for name, value in incoming.body.items() if name != "channel_id"}
    ack = await side.way.send(payloads.Incoming("slash_commands", body))
    assert ack.is_accepted
    assert isinstance(ack.body, dict)
    assert "could not read" in ack.body["text"]


# Slow, broken, busy


async def test_a_slow_inbox_does_not_keep_slack_waiting(side: SlackSide, inbox: Inbox) -> None:
    inbox.gate.clear()
    ack = await side.host.command("@guest", ROOM)
    assert ack.is_accepted
    assert 1.9 < ack.seconds < 2.5
    assert inbox.deliveries == []
    inbox.gate.set()
    await side.platform.stop()
    assert len(inbox.deliveries) == 1


async def test_a_press_into_a_slow_inbox_is_not_lost(side: SlackSide, inbox: Inbox) -> None:
    await side.platform.show(shown(line("Card"), SEND), None)
    inbox.gate.clear()
    assert (await side.host.press(side.host.sees(ROOM)[-1].id, "Send")).is_accepted
    inbox.gate.set()
    await side.platform.stop()
    assert len(inbox.deliveries) == 1


async def test_an_event_that_is_not_recorded_in_time_is_sent_again(side: SlackSide, inbox: Inbox) -> None:
    inbox.gate.clear()
    ack = await side.host.direct("2")
    assert ack.status == 503
    inbox.gate.set()
    assert [again.status for again in await side.slack.again()] == [200]
    assert inbox.acts == [Said("2")]


async def test_an_inbox_that_fails_is_no_acknowledgement(side: SlackSide, inbox: Inbox) -> None:
    inbox.failure = OSError("no database")
    side.slack.retries_events = True
    assert (await side.host.direct("2")).status == 500
    assert len(side.slack.sent) == 4
    inbox.failure = None
    assert (await side.slack.again())[0].is_accepted
    assert inbox.acts == [Said("2")]


async def test_a_lost_provider_is_no_acknowledgement_and_no_alarm(side: SlackSide, inbox: Inbox) -> None:
    inbox.failure = Unavailable("later")
    with capture_logs() as logs:
        assert (await side.host.command("", ROOM)).status == 503
    assert [one["log_level"] for one in logs] == ["warning"]


async def test_a_failure_after_the_acknowledgement_is_reported(side: SlackSide, inbox: Inbox) -> None:
    inbox.gate.clear()
    assert (await side.host.command("", ROOM)).is_accepted
    inbox.failure = OSError("no database")
    with capture_logs() as logs:
        inbox.gate.set()
        await side.platform.stop()
    assert [(one["event"], one["error"]) for one in logs] == [("slack.not_taken", "OSError")]


async def test_who_does_a_lot_is_told_so_privately(side: SlackSide, inbox: Inbox) -> None:
    await side.platform.show(shown(line("Card"), SEND), None)
    inbox.refuse = RateLimited(timedelta(seconds=9))
    commanded = await side.command("/meet")
    pressed = await side.press("m_1", "Send", {})
    for outcome in (commanded, pressed):
        assert outcome.accepted
        (text,) = outcome.private
        assert "again in 9 s" in text


async def test_who_does_a_lot_is_told_so_in_the_window_that_opened(side: SlackSide, inbox: Inbox) -> None:
    await side.platform.show(shown(line("Card"), OPEN), None)
    inbox.refuse = RateLimited(timedelta(seconds=9))
    await side.host.press(side.host.sees(ROOM)[-1].id, "Edit")
    assert side.host.modal
    assert "again in 9 s" in side.host.modal.words


async def test_a_press_on_the_home_page_opens_a_window_and_the_page_is_drawn_again(
    side: SlackSide, inbox: Inbox
) -> None:
    home = Message("home1", 1, home_room(FIRST, side.host.id), HOST, Card((line("Your meetings"), SEND)))
    await side.platform.show(home, None)
    await side.host.press(HOME, "Send")
    await side.platform.stop()
    assert side.host.modal
    pressed, opened = side.inbox.deliveries
    assert (pressed.act, pressed.path) == (Press("", Action("send", ("m1",))), f"view:{side.host.modal.id}")
    assert (opened.act, opened.room.ref) == (HomeOpened(), home.room)


async def test_a_refusal_that_comes_late_still_reaches_the_person(side: SlackSide, inbox: Inbox) -> None:
    inbox.gate.clear()
    inbox.failure = RateLimited(timedelta(seconds=9))
    assert (await side.host.command("", ROOM)).body == {}
    inbox.gate.set()
    await side.platform.stop()
    assert "again in 9 s" in side.host.sees(ROOM)[-1].words


async def test_where_the_bot_is_not_it_says_how_to_invite_it(side: SlackSide) -> None:
    side.slack.add_channel(side.slack.team, "C0OTHER", "other", [side.host], has_bot=False)
    ack = await side.host.command("@guest", "C0OTHER")
    assert ack.is_accepted
    assert "/invite" in side.host.sees("C0OTHER")[-1].words
    assert side.inbox.deliveries == []


async def test_slack_being_slow_does_not_delay_the_acknowledgement(side: SlackSide) -> None:
    side.slack.faults.add("users.info", Slow(5), None)
    ack = await side.host.command("@guest", ROOM)
    assert ack.is_accepted
    await side.platform.stop()
    assert len(side.inbox.deliveries) == 1
