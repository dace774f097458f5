"""How a workspace gets the bot: two pages, and Slack's own between them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from adapters.chat.slack.install_pages import INSTALL
from tests.adapters.slack import faults
from tests.adapters.slack.calling import BEGIN, FIRST
from tests.adapters.slack.installing import RENEWED, SCOPES, Office, exchanging, installing
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template


@pytest.fixture
async def office(sqlite_database: str) -> AsyncIterator[Office]:
    async with installing(sqlite_database) as made:
        yield made


async def test_a_workspace_is_installed_by_its_own_people(office: Office) -> None:
    office.slack.team.token = ""
    page = await office.install()
    assert page.status == 200
    assert "Parley is in first" in page.body.decode()
    installed = await office.another_process().installation(FIRST)
    team = office.slack.team
    assert (installed.bot_token, installed.bot_user_id) == (team.token, team.bot_user_id)
    assert installed.installed_at == office.watch.now
    assert installed.scopes == tuple(sorted(SCOPES))


async def test_a_new_installation_takes_the_place_of_the_old(office: Office) -> None:
    await office.install()
    office.slack.team.token_error = "token_revoked"
    await office.install()
    assert await office.installs.token(FIRST) == office.slack.team.token


async def test_the_first_page_has_one_button_and_asks_for_the_least(office: Office) -> None:
    page = await office.open(INSTALL)
    body = page.body.decode()
    assert page.status == 200
    assert body.count("<a ") == 1
    assert "scope=commands,chat:write,users:read" in body
    assert "https%3A%2F%2Fparley.example%2Fslack%2Foauth_redirect" in body
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(page.headers["Set-Cookie"].split("; "))
    assert page.headers["Cache-Control"] == "no-store"


async def test_a_state_works_once(office: Office) -> None:
    state, cookie = await office.begin()
    code = office.allow()
    assert (await office.come_back(cookie, state=state, code=code)).status == 200
    again = await office.come_back(cookie, state=state, code=office.allow())
    assert (again.status, len(office.slack.calls("oauth.v2.access"))) == (400, 1)
    assert "works once" in again.body.decode()


async def test_a_state_works_for_ten_minutes(office: Office) -> None:
    state, cookie = await office.begin()
    office.watch.go(timedelta(minutes=10))
    assert (await office.come_back(cookie, state=state, code=office.allow())).status == 400
    assert not await office.is_installed()


@pytest.mark.parametrize("cookie", ["", "__Host-parley-slack=" + "x" * 43, "__Host-parley-slack=short"])
async def test_another_browser_cannot_finish(office: Office, cookie: str) -> None:
    state, own = await office.begin()
    code = office.allow()
    assert (await office.come_back(cookie, state=state, code=code)).status == 403
    assert (await office.come_back(own, state=state, code=code)).status == 400
    assert not await office.is_installed()


async def test_two_tabs_of_a_browser_do_not_get_in_each_others_way(office: Office) -> None:
    state, cookie = await office.begin()
    second = await office.open(INSTALL, cookie=cookie)
    assert second.headers["Set-Cookie"].startswith(cookie)
    assert (await office.come_back(cookie, state=state, code=office.allow())).status == 200


async def test_who_says_no_is_told_that_nothing_happened(office: Office) -> None:
    state, cookie = await office.begin()
    page = await office.come_back(cookie, state=state, error="access_denied")
    assert page.status == 403
    assert "nothing was installed" in page.body.decode()
    assert office.slack.calls() == []


async def test_what_slack_says_is_shown_as_words_not_as_markup(office: Office) -> None:
    state, cookie = await office.begin()
    page = await office.come_back(cookie, state=state, error="<script>alert(1)</script>")
    assert b"<script>" not in page.body


async def test_a_state_nobody_made_is_refused(office: Office) -> None:
    for query in ({}, {"state": ""}, {"state": "made-up", "code": "c"}, {"state": "x" * 10_000}):
        assert (await office.come_back("", **query)).status == 400
    assert office.slack.calls() == []


async def test_missing_scopes_are_named_and_nothing_is_kept(office: Office) -> None:
    state, cookie = await office.begin()
    code = office.allow()
    office.slack.oauth.codes[code].scopes = frozenset({"commands"})
    page = await office.come_back(cookie, state=state, code=code)
    assert page.status == 400
    assert "chat:write, users:read" in page.body.decode()
    assert not await office.is_installed()


async def test_a_code_slack_does_not_accept_is_told(office: Office) -> None:
    state, cookie = await office.begin()
    page = await office.come_back(cookie, state=state, code="made-up")
    assert page.status == 400
    assert not await office.is_installed()


@pytest.mark.parametrize("fault", [faults.ServerError(), faults.Cut(), faults.RateLimited(5)])
async def test_when_slack_does_not_answer_one_can_begin_again(office: Office, fault: faults.Fault) -> None:
    office.slack.faults.add("oauth.v2.access", fault)
    assert (await office.install()).status == 503
    office.slack.pass_time(timedelta(seconds=5))
    assert (await office.install()).status == 200


@pytest.mark.parametrize(
    "enterprise", [{"is_enterprise_install": True, "team": None}, {"team": {"id": ""}}, {"team": None}]
)
async def test_a_whole_organisation_is_told_to_choose_a_workspace(
    office: Office, enterprise: dict[str, Any]
) -> None:
    answer = {**RENEWED, "bot_user_id": "U1", "scope": ",".join(SCOPES), "enterprise": {"id": "E1"}}
    async with exchanging(office, answer | enterprise) as (_, there):
        page = await there.install()
    assert page.status == 400
    assert "one workspace at a time" in page.body.decode()


async def test_a_workspace_of_an_organisation_is_kept_with_it_and_with_its_renewal(office: Office) -> None:
    answer = {**RENEWED, "bot_user_id": "U1", "scope": ",".join(SCOPES), "enterprise": {"id": "E1"}}
    async with exchanging(office, answer | {"team": {"id": "T0FIRST", "name": "first"}}) as (_, there):
        assert (await there.install()).status == 200
        kept = await there.another_process().installation(FIRST)
    assert (kept.enterprise_id, kept.refresh_token) == ("E1", "xoxe-2")
    assert kept.expires_at == BEGIN + timedelta(hours=12)


async def test_an_answer_without_a_token_installs_nothing(office: Office) -> None:
    answer = {"scope": ",".join(SCOPES), "team": {"id": "T0FIRST"}}
    async with exchanging(office, answer) as (_, there):
        assert (await there.install()).status == 503
    assert not await office.is_installed()
