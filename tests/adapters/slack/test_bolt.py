"""The unmodified library cannot tell the harness from Slack, over HTTP and over Socket Mode."""

from contextlib import AbstractAsyncContextManager

import pytest

from tests.adapters.slack.bolt_app import bolt_over_http, bolt_over_sockets
from tests.adapters.slack.delivering import Forgery
from tests.adapters.slack.harness import MODAL, ROOM, Slack


def bolt(slack: Slack, mode: str) -> AbstractAsyncContextManager[object]:
    """The app in one of its modes."""
    return bolt_over_http(slack) if mode == "http" else bolt_over_sockets(slack)


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_the_library_books_and_cancels_without_noticing(slack: Slack, mode: str) -> None:
    host, guest = slack.host, slack.guest
    async with bolt(slack, mode):
        ack = await host.command("@guest 30 logo design", ROOM)
        assert (ack.status, ack.error, ack.seconds < 1) == (200, "", True)
        await slack.until(lambda: host.modal and "One moment" not in host.modal.words)
        await host.choose(MODAL, "Day", "Wednesday")
        await slack.until(lambda: host.modal and "Time" in host.modal.words)
        assert [one["value"] for one in await host.options(MODAL, "Time")] == ["09:00", "10:00"]
        taken = await host.submit({"Time": "10:00"})
        assert taken.body == {
            "response_action": "errors",
            "errors": {"time:Wednesday": "That time was just taken."},
        }
        assert len(host.person.stack) == 1
        await host.submit({"Time": "09:00"})
        assert host.person.stack == []
        (seen,) = await slack.until(lambda: guest.sees(ROOM))
        assert seen.buttons == ("Cancel",)
        await guest.press(seen.id, "Cancel")
        await slack.until(lambda: "cancelled" in guest.sees(ROOM)[0].words)
    assert slack.violations == []


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_words_reach_the_app_as_events(slack: Slack, mode: str) -> None:
    async with bolt(slack, mode):
        await slack.guest.mention("hello", ROOM)
        answer = await slack.until(lambda: [one for one in slack.guest.sees(ROOM) if one.text == "Hello"])
        assert answer[0].thread_ts == slack.guest.sees(ROOM)[0].id
        await slack.guest.direct("2")
        await slack.until(lambda: [one for one in slack.guest.sees_directly() if one.text == "You said 2"])


async def test_a_socket_is_renewed_and_survives_a_reset(slack: Slack) -> None:
    async with bolt_over_sockets(slack, connections=2):
        await slack.sockets.disconnect("refresh_requested")
        await slack.until(lambda: slack.sockets.opened == 3)
        slack.sockets.reset()
        ack = await slack.host.command("", ROOM)
        await slack.until(lambda: slack.sockets.opened == 4 and slack.host.modal)
        assert ack.is_accepted


@pytest.mark.parametrize("how", ["unsigned", "stale", "from the future", "another secret"])
async def test_the_library_refuses_what_slack_never_signed(slack: Slack, how: Forgery) -> None:
    async with bolt_over_http(slack) as http:
        await slack.host.command("", ROOM)
        incoming, _ = slack.sent[-1]
        assert (await http.forge(incoming, how)).status == 401


async def test_an_event_comes_three_times(slack: Slack) -> None:
    slack.event_times = 3
    async with bolt_over_http(slack):
        await slack.guest.direct("2")
    assert [ack.status for _, ack in slack.sent] == [200, 200, 200]
    assert len({incoming.body["event_id"] for incoming, _ in slack.sent}) == 1
