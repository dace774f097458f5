"""Socket Mode: payloads over sockets that break, are renewed, and end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from structlog.testing import capture_logs

from adapters.chat.slack import SlackRooms, SlackSettings, build
from adapters.storage import SqlStore
from scheduling_core.deliveries import Command, Said
from tests.adapters.slack.calling import CODEC
from tests.adapters.slack.faults import Refused, ServerError
from tests.adapters.slack.harness import ROOM, Slack
from tests.adapters.slack.listening import Inbox
from tests.adapters.slack.listening import inbox as inbox
from tests.adapters.slack.listening import sqlite_database as sqlite_database
from tests.adapters.slack.listening import sqlite_template as sqlite_template
from tests.adapters.slack.listening import store as store
from tests.adapters.slack.rooms import Clock

OPEN = "apps.connections.open"
HARNESS = "aiohttp"
"""Whose log lines and tasks are Slack's side here."""


@dataclass(frozen=True, slots=True)
class Line:
    """Both ends of Socket Mode."""

    slack: Slack
    rooms: SlackRooms
    inbox: Inbox

    async def until(self, is_listening: bool) -> None:
        """Wait until the platform hears, or does not."""
        async with asyncio.timeout(10):
            while self.rooms.is_listening() is not is_listening:  # noqa: ASYNC110  a port tells no news
                await asyncio.sleep(0.02)


@asynccontextmanager
async def connected(slack: Slack, store: SqlStore, inbox: Inbox, app_token: str = "") -> AsyncIterator[Line]:
    """The platform with its sockets open, as far as they can be."""
    slack.over_sockets()
    settings = SlackSettings(
        slack.team.token, None, mode="socket", app_token=app_token or slack.app.app_token
    )
    rooms = build(replace(settings, api_base_url=slack.api_base_url), inbox, store, CODEC, Clock())
    await rooms.start()
    try:
        yield Line(slack, rooms, inbox)
    finally:
        inbox.gate.set()
        await rooms.stop()
        await rooms.close()
    assert slack.violations == []
    assert not rooms.is_listening()


@pytest.fixture
async def line(slack: Slack, store: SqlStore, inbox: Inbox) -> AsyncIterator[Line]:
    async with connected(slack, store, inbox) as made:
        await slack.until(lambda: len(slack.sockets.connections) == 2)
        yield made


async def test_payloads_of_all_connections_are_taken(line: Line) -> None:
    for _ in range(4):
        assert (await line.slack.host.command("@guest", ROOM)).is_accepted
    assert (await line.slack.host.direct("2")).is_accepted
    assert line.inbox.acts == [*[Command("/meet @U0GUEST")] * 4, Said("2")]
    assert line.rooms.is_listening()


async def test_nobody_can_call_in(line: Line) -> None:
    assert [route.path for route in line.rooms.routes()] == []


async def test_when_one_connection_breaks_the_other_goes_on(line: Line) -> None:
    line.slack.sockets.reset()
    assert (await line.slack.host.command("@guest", ROOM)).is_accepted
    assert line.rooms.is_listening()
    await line.slack.until(lambda: len(line.slack.sockets.connections) == 2, seconds=30)


async def test_a_connection_that_is_to_be_renewed_is(line: Line) -> None:
    await line.slack.sockets.disconnect("refresh_requested")
    await line.slack.until(lambda: line.slack.sockets.opened == 3)
    assert (await line.slack.host.command("@guest", ROOM)).is_accepted
    assert line.rooms.is_listening()


async def test_a_sentence_goes_back_over_the_socket(line: Line) -> None:
    line.slack.add_channel(line.slack.team, "C0OTHER", "other", [line.slack.host], has_bot=False)
    await line.slack.host.command("@guest", "C0OTHER")
    assert "/invite" in line.slack.host.sees("C0OTHER")[-1].words


async def test_an_event_that_was_not_recorded_is_not_acknowledged(line: Line) -> None:
    line.inbox.failure = OSError("no database")
    with capture_logs() as logs, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await line.slack.host.direct("2")
    assert [one["event"] for one in logs] == ["slack.not_taken"]
    line.inbox.failure = None
    assert (await line.slack.host.direct("2")).is_accepted
    assert line.inbox.acts == [Said("2")]


async def test_when_slack_is_away_it_says_so_and_comes_back(line: Line) -> None:
    line.slack.faults.add(OPEN, ServerError(503), None)
    line.slack.sockets.reset()
    line.slack.sockets.reset()
    await line.until(is_listening=False)
    line.slack.faults.clear()
    await line.slack.until(lambda: line.slack.sockets.connections, seconds=30)
    await line.until(is_listening=True)
    assert (await line.slack.host.command("@guest", ROOM)).is_accepted


@pytest.mark.parametrize("fault", [Refused("invalid_auth"), ServerError(503)])
async def test_without_slack_it_starts_and_tries_again_without_haste(
    slack: Slack, store: SqlStore, inbox: Inbox, caplog: pytest.LogCaptureFixture, fault: object
) -> None:
    slack.faults.add(OPEN, fault, None)  # type: ignore[arg-type]  # every parameter above is a fault
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        async with connected(slack, store, inbox) as line:
            assert not line.rooms.is_listening()
            assert 2 <= len(slack.faults.met) <= 6
    assert [one["event"] for one in logs] == ["slack.socket_failed"]
    assert [one for one in caplog.records if not one.name.startswith((HARNESS, "asyncio"))] == []


async def test_the_end_leaves_nothing_behind(slack: Slack, store: SqlStore, inbox: Inbox) -> None:
    before = asyncio.all_tasks()
    async with connected(slack, store, inbox):
        await slack.until(lambda: len(slack.sockets.connections) == 2)
    await slack.until(lambda: not slack.sockets.connections)
    left = [task for task in asyncio.all_tasks() - before if "RequestHandler" not in str(task.get_coro())]
    assert left == []


async def test_what_was_taken_and_what_comes_meanwhile_is_acknowledged_before_the_end(
    slack: Slack, store: SqlStore, inbox: Inbox
) -> None:
    async with connected(slack, store, inbox) as line:
        await slack.until(lambda: len(slack.sockets.connections) == 2)
        inbox.gate.clear()
        async with asyncio.TaskGroup() as tasks:
            taken = tasks.create_task(slack.host.direct("1"))
            await slack.until(lambda: slack.calls("users.info"))
            stopped = tasks.create_task(line.rooms.stop())
            await asyncio.sleep(0)
            still_comes = tasks.create_task(slack.guest.direct("2"))
            await slack.until(lambda: len(slack.calls("users.info")) == 2)
            inbox.gate.set()
            await stopped
        assert taken.result().is_accepted
        assert still_comes.result().is_accepted
    assert inbox.acts == [Said("1"), Said("2")]


async def test_what_was_taken_is_handed_over_before_the_end(
    slack: Slack, store: SqlStore, inbox: Inbox
) -> None:
    inbox.gate.clear()
    async with connected(slack, store, inbox):
        assert (await slack.host.command("@guest", ROOM)).is_accepted
        assert inbox.deliveries == []
    assert len(inbox.deliveries) == 1
