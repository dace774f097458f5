"""Every payload is acknowledged in time, whatever the rest of the bot does."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.chat.slack.names import home_room
from scheduling_core.actions import Action
from scheduling_core.cards import Buttons, Card, Link, TextField, line
from scheduling_core.deliveries import Command, HomeOpened, MembersTold, Message, Press, Said
from scheduling_core.errors import RateLimited, Unavailable
from tests.adapters.slack import payloads
from tests.adapters.slack.calling import FIRST
from tests.adapters.slack.delivering import Ack
from tests.adapters.slack.faults import RateLimited as RateLimitedBySlack
from tests.adapters.slack.faults import Refused, Slow
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
    assert named == [["U0SECOND"]]


async def test_a_workspace_that_took_the_bot_away_is_told_of_once_forgotten(side: SlackSide) -> None:
    assert (await side.slack.uninstall(side.slack.team)).is_accepted
    assert side.inbox.left[-1] == FIRST


async def test_a_mention_that_is_edited_counts_once(side: SlackSide) -> None:
    await side.host.mention("@guest 30 logo reveiw", ROOM)
    assert (await side.host.edit(side.host.sees(ROOM)[-1].id, "@guest 30 logo review", ROOM)).is_accepted
    await side.host.say("@guest 30 the site", ROOM)
    assert (await side.host.edit(side.host.sees(ROOM)[-1].id, "@guest 30 the site", ROOM)).is_accepted
    assert side.inbox.acts == [Said("@U0GUEST 30 logo reveiw"), Said("@U0GUEST 30 the site")]


async def test_words_with_a_file_are_heard(side: SlackSide) -> None:
    assert (await side.host.direct("2", subtype="file_share")).is_accepted
    assert side.inbox.acts == [Said("2")]


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
    assert "try again" in side.host.sees(ROOM)[-1].words


async def test_a_window_whose_answer_fails_does_not_wait_for_ever(side: SlackSide, inbox: Inbox) -> None:
    await side.platform.show(shown(line("Card"), OPEN), None)
    inbox.failure = Unavailable("no database")
    await side.host.press(side.host.sees(ROOM)[-1].id, "Edit")
    assert side.host.modal
    assert "try again" in side.host.modal.words


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


async def test_who_is_in_a_channel_cannot_be_known_admits_nobody_and_says_so(side: SlackSide) -> None:
    outsider = side.slack.add_person(side.slack.team, "U0OUTSIDE", "outsider")
    await side.platform.show(shown(line("Card"), SEND, OPEN), None)
    card = side.host.sees(ROOM)[-1].id
    side.slack.faults.add("conversations.members", RateLimitedBySlack(30), None)
    await outsider.press(card, "Send")
    await outsider.command("@guest", ROOM)
    assert ["try again in a moment" in one.words for one in outsider.sees(ROOM)[1:]] == [True, True]
    await outsider.press(card, "Edit")
    assert outsider.modal
    assert "try again in a moment" in outsider.modal.words
    assert side.inbox.deliveries == []


async def test_a_channel_that_is_slow_to_tell_who_is_in_it_keeps_nobody_out(side: SlackSide) -> None:
    await side.platform.show(shown(line("Card"), SEND), None)
    outsider = side.slack.add_person(side.slack.team, "U0OUTSIDE", "outsider")
    side.slack.faults.add("conversations.members", Slow(2.6), None)
    acks = await asyncio.gather(
        side.host.command("@guest", ROOM),
        side.host.press(side.host.sees(ROOM)[-1].id, "Send"),
        outsider.press(side.host.sees(ROOM)[-1].id, "Send"),
    )
    assert [(ack.status, ack.seconds < 2.3) for ack in acks] == [(200, True)] * 3
    assert side.inbox.deliveries == []
    await side.platform.stop()
    admitted = [(one.actor.ref.person, one.room.admits_actor) for one in side.inbox.deliveries]
    assert sorted(admitted) == [("U0HOST", True), ("U0HOST", True), ("U0OUTSIDE", False)]
    assert len(side.slack.calls("conversations.members")) == 1


async def test_a_channel_too_big_to_list_is_named_as_the_reason(side: SlackSide) -> None:
    side.slack.team.channels[ROOM].members += [f"U{n:06d}" for n in range(20_000)]
    outsider = side.slack.add_person(side.slack.team, "U0OUTSIDE", "outsider")
    await side.host.command("@guest", ROOM)
    await outsider.command("@guest", ROOM)
    assert "use a smaller channel" in outsider.sees(ROOM)[-1].words
    assert [one.actor.ref for one in side.inbox.deliveries] == [HOST]


async def test_a_refusal_after_slack_stopped_waiting_is_said_once_however_often_it_asks(
    side: SlackSide,
) -> None:
    side.slack.add_person(side.slack.team, "U0OUTSIDE", "outsider")
    side.slack.faults.add("conversations.members", Slow(2.6), None)
    side.slack.retries_events = True
    await side.host.mention("@outsider 30", ROOM)
    assert len(side.slack.sent) > 1
    await side.platform.stop()
    said = [one.words for one in side.host.sees(ROOM) if one.is_private]
    assert ["not in this channel" in one for one in said] == [True]


async def test_a_window_that_cannot_be_taken_in_the_end_says_so_and_waits_no_longer(
    side: SlackSide, inbox: Inbox
) -> None:
    await window(side, TextField("reason", "Reason"), SEND)
    inbox.gate.clear()
    inbox.failure = RateLimited(timedelta(seconds=9))
    await side.host.submit({"Reason": "none"})
    inbox.gate.set()
    await side.platform.stop()
    assert side.host.modal
    assert "again in 9 s" in side.host.modal.words


async def test_who_writes_in_a_channel_is_in_it_whatever_slack_says(side: SlackSide) -> None:
    side.slack.faults.add("conversations.members", RateLimitedBySlack(30), None)
    await side.host.mention("2", ROOM)
    assert [one.room.admits_actor for one in side.inbox.deliveries] == [True]
    # Whether somebody else is there it cannot tell.
    assert (await side.host.mention("@guest 30", ROOM)).is_accepted
    await side.platform.stop()
    told = side.host.sees(ROOM)[-1]
    assert (told.is_private, "try again in a moment" in told.words) == (True, True)
    assert len(side.inbox.deliveries) == 1


async def test_who_was_in_the_channel_goes_on_while_slack_is_silent(side: SlackSide) -> None:
    await side.platform.show(shown(line("Card"), SEND), None)
    await side.host.command("", ROOM)
    side.slack.faults.add("conversations.members", RateLimitedBySlack(30), None)
    await side.slack.second_guest.leave(ROOM)
    card = side.host.sees(ROOM)[-1].id
    await side.host.press(card, "Send")
    await side.slack.second_guest.press(card, "Send")
    assert [one.actor.ref.person for one in side.inbox.deliveries] == ["U0HOST", "U0HOST"]


async def test_whom_slack_did_not_tell_of_is_told_of_as_soon_as_it_does(
    side: SlackSide, inbox: Inbox
) -> None:
    inbox.answer = lambda _: side.slack.touch()
    side.slack.faults.add("users.info", RateLimitedBySlack(5), 1)
    await side.host.command("", ROOM)
    (unknown,) = side.inbox.deliveries
    assert (unknown.actor.zone, unknown.actor.email) == (None, None)
    side.clock.ahead += timedelta(seconds=5)
    await side.slack.until(lambda: len(side.inbox.deliveries) > 1)
    told = side.inbox.deliveries[1]
    assert (told.act, told.room.ref) == (MembersTold(), unknown.room.ref)
    assert (told.actor.zone, told.actor.email) == ("Europe/Berlin", "host@example.com")


async def test_slow_to_say_whose_the_token_is_slack_is_answered_in_time(side: SlackSide) -> None:
    side.slack.faults.add("auth.test", Slow(2.4))
    acks = await asyncio.gather(side.host.command("", ROOM), side.host.direct("2"))
    assert [ack.seconds < 2.3 for ack in acks] == [True, True]
    assert [ack.status for ack in acks] == [200, 503]
    await side.platform.stop()
    assert {type(act) for act in side.inbox.acts} == {Command, Said}


async def test_a_workspace_without_the_bot_is_told_so_without_a_call(
    side: SlackSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    team = side.slack.add_team("T0OTHER", "other")
    person = side.slack.add_person(team, "U0OTHER", "other")
    side.slack.add_channel(team, "C0THEIRS", "theirs", [person])
    side.slack.faults.add("response_url", Slow(4), None)
    ack = await person.command("", "C0THEIRS")
    assert (ack.is_accepted, ack.seconds < 1) == (True, True)
    assert "not installed" in person.sees("C0THEIRS")[-1].words
    assert (await person.direct("2")).is_accepted
    assert side.inbox.deliveries == []
    assert side.slack.calls(None, team) == []


async def test_a_press_in_a_workspace_without_the_bot_is_told_so(
    side: SlackSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    await side.platform.show(shown(line("Card"), SEND), None)
    card = side.host.sees(ROOM)[-1].id
    side.slack.faults.add("auth.test", Refused("account_inactive"), None)
    side.clock.ahead += timedelta(days=2)
    side.slack.world.clock.now = side.clock
    assert (await side.host.press(card, "Send")).is_accepted
    assert "not installed" in side.host.sees(ROOM)[-1].words


async def test_slack_being_slow_does_not_delay_the_acknowledgement(side: SlackSide) -> None:
    side.slack.faults.add("users.info", Slow(5), None)
    ack = await side.host.command("@guest", ROOM)
    assert ack.is_accepted
    await side.platform.stop()
    assert len(side.inbox.deliveries) == 1
