"""Which token belongs to which workspace; one that runs out is renewed ahead of time."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from adapters.chat.slack.events import Uninstalled
from adapters.chat.slack.installs import INSTALLATIONS, Installation, OneWorkspace
from adapters.chat.slack.web import Call, WorkspaceApi
from scheduling_core.errors import Gone, RateLimited, Unavailable
from scheduling_core.refs import WorkspaceRef
from tests.adapters.slack import faults
from tests.adapters.slack.calling import BEGIN, FIRST
from tests.adapters.slack.installing import RENEWED, Office, exchanging, installing
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template

SECOND = WorkspaceRef("slack", "T0SECOND")
SOON = BEGIN + timedelta(minutes=30)
RUNS_OUT = Installation("T0FIRST", "xoxe.xoxb-1", "U1", refresh_token="xoxe-1", expires_at=SOON)


@pytest.fixture
async def office(sqlite_database: str) -> AsyncIterator[Office]:
    async with installing(sqlite_database) as made:
        yield made


def removed(at: datetime) -> Uninstalled:
    """The first workspace took the app away."""
    return Uninstalled(FIRST, "Ev1", at)


def one_workspace(office: Office) -> OneWorkspace:
    """The first workspace by its token."""
    return OneWorkspace(office.slack.team.token, office.store, office.web, office.watch)


# One workspace by its token


async def test_slack_is_asked_once_whose_the_token_is(office: Office) -> None:
    installs = one_workspace(office)
    assert office.slack.calls() == []
    async with asyncio.TaskGroup() as tasks:
        for _ in range(20):
            tasks.create_task(installs.token(FIRST))
    assert await installs.bot_user_id(FIRST) == office.slack.team.bot_user_id
    assert len(office.slack.calls("auth.test")) == 1


async def test_the_token_is_never_used_for_another_workspace(office: Office) -> None:
    with pytest.raises(Gone):
        await one_workspace(office).token(SECOND)


async def test_a_refused_call_does_not_ask_again_whose_the_token_is(office: Office) -> None:
    api = WorkspaceApi(office.web, one_workspace(office))
    office.slack.faults.add("users.info", faults.Refused("missing_scope"), times=3)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await api.call(FIRST, Call("users.info", query={"user": "U0HOST"}))
    assert len(office.slack.calls("auth.test")) == 1


@pytest.mark.parametrize("fault", [faults.ServerError(), faults.Cut(), faults.Refused("invalid_auth")])
async def test_a_failure_is_asked_again_after_a_moment(office: Office, fault: faults.Fault) -> None:
    installs = one_workspace(office)
    office.slack.faults.add("auth.test", fault)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await installs.token(FIRST)
    assert len(office.slack.faults.met) == 1
    office.watch.go(timedelta(seconds=6))
    assert await installs.token(FIRST) == office.slack.team.token


async def test_a_limit_is_told_with_its_time(office: Office) -> None:
    office.slack.faults.add("auth.test", faults.RateLimited(20))
    with pytest.raises(RateLimited) as caught:
        await one_workspace(office).token(FIRST)
    assert caught.value.retry_after == timedelta(seconds=20)


async def test_a_dead_token_is_gone(office: Office) -> None:
    office.slack.team.token_error = "account_inactive"
    with pytest.raises(Gone):
        await one_workspace(office).token(FIRST)


async def test_it_is_installed_in_its_own_workspace_alone(office: Office) -> None:
    installs = one_workspace(office)
    assert await installs.is_installed(FIRST)
    assert not await installs.is_installed(SECOND)


async def test_by_token_a_removal_that_is_told_again_or_of_a_token_that_lives_is_stale(
    office: Office,
) -> None:
    team, installs = office.slack.team, one_workspace(office)
    assert await installs.is_installed(FIRST)
    team.token_error = "account_inactive"
    assert not await installs.is_stale(removed(BEGIN))
    await installs.forget(removed(BEGIN))
    assert not await installs.is_installed(FIRST)
    assert await one_workspace(office).is_stale(removed(BEGIN))
    team.token_error = None
    calls = len(office.slack.calls("auth.test"))
    assert await one_workspace(office).is_stale(removed(BEGIN))
    assert len(office.slack.calls("auth.test")) == calls
    # Slack tells of the token's end in an event of its own, which may come later still.
    assert await one_workspace(office).is_stale(replace(removed(BEGIN), event_id="Ev2"))


async def test_by_token_a_removal_is_not_believed_while_slack_does_not_tell_of_the_token(
    office: Office,
) -> None:
    office.slack.faults.add("auth.test", faults.ServerError())
    with pytest.raises(Unavailable):
        await one_workspace(office).is_stale(removed(BEGIN))
    office.slack.faults.add("auth.test", faults.Refused("invalid_auth"))
    assert not await one_workspace(office).is_stale(removed(BEGIN))


# Many, in the store


async def test_an_installation_is_found_by_every_process_and_only_for_its_workspace(office: Office) -> None:
    await office.installs.save(Installation("T0FIRST", "xoxb-1", "U1"))
    await office.installs.save(Installation("T0SECOND", "xoxb-2", "U2"))
    assert await office.another_process().token(FIRST) == "xoxb-1"
    assert await office.another_process().token(SECOND) == "xoxb-2"
    with pytest.raises(Gone):
        await office.another_process().token(WorkspaceRef("slack", "T0THIRD"))


async def test_a_token_is_remembered_for_a_minute(office: Office) -> None:
    await office.installs.save(Installation("T0FIRST", "xoxb-old", "U1"))
    elsewhere = office.another_process()
    assert await elsewhere.token(FIRST) == "xoxb-old"
    await office.installs.save(Installation("T0FIRST", "xoxb-new", "U1"))
    assert await office.installs.token(FIRST) == "xoxb-new"
    assert await elsewhere.token(FIRST) == "xoxb-old"
    office.watch.go(timedelta(seconds=60))
    assert await elsewhere.token(FIRST) == "xoxb-new"


async def test_a_workspace_that_removed_the_app_is_gone_at_once(office: Office) -> None:
    await office.installs.save(Installation("T0FIRST", "xoxb-1", "U1"))
    await office.installs.token(FIRST)
    await office.installs.forget(removed(BEGIN))
    with pytest.raises(Gone):
        await office.installs.token(FIRST)
    assert not await office.is_installed()


async def test_a_removal_that_is_told_after_the_app_came_again_is_stale(office: Office) -> None:
    await office.install()
    removal = removed(office.watch.now + timedelta(minutes=1))
    assert not await office.installs.is_stale(removal)
    office.watch.go(timedelta(minutes=2))
    await office.install()
    assert await office.another_process().is_stale(removal)
    await office.installs.forget(removal)
    assert await office.is_installed()


async def test_a_removal_that_is_told_twice_counts_once(office: Office) -> None:
    await office.install()
    removal = removed(office.watch.now + timedelta(seconds=30))
    await office.installs.forget(removal)
    # Their clock is ahead of ours: by the times alone this would be another removal.
    await office.install()
    assert await office.another_process().is_stale(removal)
    assert not await office.installs.is_stale(replace(removal, event_id="Ev2"))


async def test_no_token_can_be_read_in_the_database_or_in_a_repr(
    office: Office, sqlite_database: str
) -> None:
    installation = Installation("T0FIRST", "xoxb-secret", "U1", refresh_token="xoxe-secret")
    await office.installs.save(installation)
    with create_engine(sqlite_database).connect() as connection:
        tables = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        rows = [str(row) for name in tables for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
    assert any(INSTALLATIONS in row for row in rows)
    assert [row for row in rows if "secret" in row] == []
    assert "secret" not in repr(installation)
    assert "secret" not in repr(office.app)


@pytest.mark.parametrize("lacks", ["team_id", "bot_token", "bot_user_id"])
def test_an_installation_without_the_essentials_cannot_be_made(lacks: str) -> None:
    without: dict[str, Any] = {lacks: ""}
    with pytest.raises(ValueError, match="installation"):
        replace(Installation("T1", "xoxb-1", "U1"), **without)


def test_an_installation_is_kept_whole() -> None:
    whole = Installation("T1", "xoxb-1", "U1", "first", "E1", ("commands",), "xoxe-1", SOON, BEGIN)
    assert Installation.from_json(whole.to_json()) == whole


def test_an_installation_of_another_version_is_read() -> None:
    kept = {"team_id": "T1", "bot_token": "xoxb-1", "bot_user_id": "U1", "bot_id": "B1", "scopes": []}
    assert Installation.from_json(json.dumps(kept)) == Installation("T1", "xoxb-1", "U1")


async def test_a_reinstalled_workspace_is_called_with_its_new_token(office: Office) -> None:
    await office.install()
    elsewhere = office.another_process()
    await elsewhere.token(FIRST)
    office.slack.team.token_error = "token_revoked"
    await office.install()
    api = WorkspaceApi(office.web, elsewhere)
    assert (await api.call(FIRST, Call("auth.test", {})))["team_id"] == "T0FIRST"


# Tokens that run out


async def test_a_token_is_renewed_ahead_of_its_end_once_for_all_who_wait(office: Office) -> None:
    async with exchanging(office, RENEWED) as (exchange, there):
        await there.installs.save(RUNS_OUT)
        async with asyncio.TaskGroup() as tasks:
            tokens = [tasks.create_task(there.installs.token(FIRST)) for _ in range(20)]
        assert {task.result() for task in tokens} == {"xoxe.xoxb-2"}
        assert exchange.asked == [{"grant_type": "refresh_token", "refresh_token": "xoxe-1"}]
        kept = await there.another_process().installation(FIRST)
        assert (kept.refresh_token, kept.expires_at) == ("xoxe-2", BEGIN + timedelta(hours=12))


async def test_a_token_that_lasts_long_enough_is_left_alone(office: Office) -> None:
    async with exchanging(office, RENEWED) as (exchange, there):
        await there.installs.save(replace(RUNS_OUT, expires_at=BEGIN + timedelta(hours=11)))
        assert await there.installs.token(FIRST) == "xoxe.xoxb-1"
        assert exchange.asked == []


async def test_a_renewal_that_failed_leaves_the_old_token_in_use_while_it_lasts(office: Office) -> None:
    async with exchanging(office, {"error": "internal_error"}) as (_, there):
        await there.installs.save(RUNS_OUT)
        assert await there.installs.token(FIRST) == "xoxe.xoxb-1"
        office.watch.go(timedelta(minutes=31))
        with pytest.raises(Unavailable):
            await there.installs.token(FIRST)


async def test_another_process_that_renewed_first_is_followed(office: Office) -> None:
    async with exchanging(office, {"error": "invalid_refresh_token"}) as (exchange, there):
        await there.installs.save(RUNS_OUT)
        faster = replace(RUNS_OUT, bot_token="xoxe.xoxb-2", expires_at=BEGIN + timedelta(hours=12))
        exchange.meanwhile = lambda: there.another_process().save(faster)
        assert await there.installs.token(FIRST) == "xoxe.xoxb-2"


async def test_an_installation_that_can_never_be_renewed_is_gone(office: Office) -> None:
    async with exchanging(office, {"error": "invalid_refresh_token"}) as (_, there):
        await there.installs.save(replace(RUNS_OUT, expires_at=BEGIN))
        with pytest.raises(Gone):
            await there.installs.token(FIRST)


async def test_an_app_removed_during_a_renewal_does_not_come_back(office: Office) -> None:
    async with exchanging(office, RENEWED) as (exchange, there):
        await there.installs.save(RUNS_OUT)
        exchange.meanwhile = lambda: there.another_process().forget(removed(BEGIN))
        with pytest.raises(Gone):
            await there.installs.token(FIRST)
        assert not await there.is_installed()
