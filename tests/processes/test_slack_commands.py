"""What an operator of a Slack app sees: the manifest, and what `check` says of Slack."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.slack.faults import EVERYWHERE, ServerError
from tests.adapters.slack.harness import Slack, playing_slack
from tests.ports import free_port
from tests.processes.harness import Bot

SECRETS = ("xoxb-", "xapp-", "8f742231b10e8888abcd99yyyzzz85a5", "the-client-secret")


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with playing_slack() as playing:
        yield playing


def settings(slack: Slack, **changes: str) -> dict[str, str]:
    """One workspace by its token; changes are keys of `[chat.slack]`, "" leaves one out."""
    keys = {
        "BOT_TOKEN": slack.team.token,
        "SIGNING_SECRET": slack.app.signing_secret,
        "API_BASE_URL": slack.api_base_url,
        **changes,
    }
    return {f"PARLEY_CHAT__SLACK__{name}": value for name, value in keys.items() if value}


async def checked(folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Exit status of `check`, and its line about Slack; a secret must not be on any."""
    bot = Bot({**environment, "PARLEY_SERVER__PORT": str(free_port())}, folder, "check")
    status = await asyncio.to_thread(bot.exit_code)
    assert not [secret for secret in SECRETS if secret in bot.text]
    (line,) = (line for line in bot.log if " slack " in line)
    return status, " ".join(line.split())


async def test_check_names_the_workspace_of_the_token(slack: Slack, tmp_path: Path) -> None:
    assert await checked(tmp_path, settings(slack)) == (0, "ok slack workspace first, mode http")


async def test_check_says_that_slack_refuses_the_token(slack: Slack, tmp_path: Path) -> None:
    status, line = await checked(tmp_path, settings(slack, BOT_TOKEN="xoxb-somebody-elses"))
    assert status == 1
    assert line.startswith("fault slack")
    assert "invalid_auth" in line


async def test_check_says_that_the_app_was_removed(slack: Slack, tmp_path: Path) -> None:
    slack.team.token_error = "account_inactive"
    status, line = await checked(tmp_path, settings(slack))
    assert status == 1
    assert "account_inactive" in line


async def test_check_says_that_slack_is_away(slack: Slack, tmp_path: Path) -> None:
    slack.faults.add(EVERYWHERE, ServerError(503), None)
    status, line = await checked(tmp_path, settings(slack))
    assert status == 1
    assert "503" in line
    away = settings(slack, API_BASE_URL=f"http://127.0.0.1:{free_port()}/api/")
    status, line = await checked(tmp_path, away)
    assert status == 1
    assert "auth.test" in line


async def test_check_says_that_the_app_token_is_refused(slack: Slack, tmp_path: Path) -> None:
    by_socket = settings(slack, SIGNING_SECRET="", MODE="socket", APP_TOKEN=slack.app.app_token)
    assert await checked(tmp_path, by_socket) == (0, "ok slack workspace first, mode socket")
    by_socket["PARLEY_CHAT__SLACK__APP_TOKEN"] = "xapp-1-somebody-elses"
    status, line = await checked(tmp_path, by_socket)
    assert status == 1
    assert "app_token: invalid_auth" in line


async def test_check_says_where_workspaces_install_it(slack: Slack, tmp_path: Path) -> None:
    keys = {"BOT_TOKEN": "", "CLIENT_ID": slack.app.client_id, "CLIENT_SECRET": slack.app.client_secret}
    public_url = "https://meet.example.org"
    environment = {**settings(slack, **keys), "PARLEY_SERVER__PUBLIC_URL": public_url}
    status, line = await checked(tmp_path, environment)
    assert (status, line) == (0, f"ok slack workspaces install it at {public_url}/slack/install, mode http")


async def test_check_says_that_nobody_can_install_it_without_https(slack: Slack, tmp_path: Path) -> None:
    keys = {"BOT_TOKEN": "", "CLIENT_ID": slack.app.client_id, "CLIENT_SECRET": slack.app.client_secret}
    status, line = await checked(tmp_path, settings(slack, **keys))
    assert status == 1
    assert "https" in line


def manifest(folder: Path, environment: dict[str, str]) -> Bot:
    """`slack manifest`, ended."""
    bot = Bot(environment, folder, "slack", "manifest")
    bot.exit_code()
    return bot


def test_the_manifest_is_for_the_configured_address_and_word(tmp_path: Path) -> None:
    environment = {
        "PARLEY_SERVER__PUBLIC_URL": "https://meet.example.org",
        "PARLEY_CONVERSATION__COMMAND": "/termin",
    }
    bot = manifest(tmp_path, environment)
    assert bot.exit_code() == 0
    made = json.loads(bot.text)
    (command,) = made["features"]["slash_commands"]
    assert (command["command"], command["url"]) == ("/termin", "https://meet.example.org/slack/events")
    environment["PARLEY_CHAT__SLACK__COMMAND"] = "/treffen"
    (command,) = json.loads(manifest(tmp_path, environment).text)["features"]["slash_commands"]
    assert command["command"] == "/treffen"


def test_the_manifest_of_socket_mode_needs_no_address(tmp_path: Path) -> None:
    bot = manifest(tmp_path, {"PARLEY_CHAT__SLACK__MODE": "socket"})
    assert bot.exit_code() == 0
    assert json.loads(bot.text)["settings"]["socket_mode_enabled"] is True


def test_without_a_public_address_it_says_what_to_set(tmp_path: Path) -> None:
    bot = manifest(tmp_path, {})
    assert bot.exit_code() == 1
    (sentence,) = filter(None, bot.log)
    assert "public_url" in sentence
    assert 'mode = "socket"' in sentence
