"""The app manifest."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from adapters.chat.slack.manifest import EVENTS, SCOPES, Mode, manifest

ADDRESS = "https://meet.example.org"
NEEDED_BY_EVENT = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "app_uninstalled": None,
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.im": "im:history",
    "tokens_revoked": None,
    "user_change": "users:read",
}
"""As the page of each event states."""


SCHEMA = Path(__file__).with_name("samples") / "manifest-v2.schema.json"


@pytest.mark.parametrize(
    ("address", "mode"),
    [(ADDRESS, "http"), (f"{ADDRESS}/parley", "http"), ("", "socket"), (ADDRESS, "socket")],
)
def test_slacks_own_schema_takes_it(address: str, mode: Mode) -> None:
    problems = Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(
        manifest(address, "/meet", mode=mode)
    )
    assert [problem.message for problem in problems] == []


def test_everything_comes_to_one_address() -> None:
    made = manifest(ADDRESS + "/", "/meet")
    settings = made["settings"]
    there = "https://meet.example.org/slack/events"
    assert made["features"]["slash_commands"][0]["url"] == there
    assert settings["event_subscriptions"]["request_url"] == there
    assert settings["interactivity"]["request_url"] == there
    assert settings["interactivity"]["message_menu_options_url"] == there
    assert made["oauth_config"]["redirect_urls"] == ["https://meet.example.org/slack/oauth_redirect"]
    assert not settings["socket_mode_enabled"]


def test_socket_mode_needs_no_address() -> None:
    made = manifest("", "/meet", mode="socket")
    assert made["settings"]["socket_mode_enabled"]
    assert made["settings"]["interactivity"] == {"is_enabled": True}
    assert "http" not in json.dumps(made)


def test_people_in_a_command_come_as_ids() -> None:
    (command,) = manifest(ADDRESS, "/termin")["features"]["slash_commands"]
    assert (command["command"], command["should_escape"]) == ("/termin", True)


def test_each_event_has_the_scope_it_needs() -> None:
    assert set(NEEDED_BY_EVENT) == set(EVENTS)
    assert {scope for scope in NEEDED_BY_EVENT.values() if scope} <= set(SCOPES)


def test_no_room_is_read_along_and_nobody_is_impersonated() -> None:
    made = manifest(ADDRESS, "/meet")
    assert not {"message.channels", "message.groups", "message.mpim"} & set(EVENTS)
    assert list(made["oauth_config"]["scopes"]) == ["bot"]
    assert not [scope for scope in SCOPES if "write" in scope and scope not in ("chat:write", "im:write")]


@pytest.mark.parametrize("command", ["meet", "/", "", "/two words", "/" + "x" * 32])
def test_a_command_that_slack_would_refuse_is_refused(command: str) -> None:
    with pytest.raises(ValueError, match="slash command"):
        manifest(ADDRESS, command)


@pytest.mark.parametrize(
    ("address", "mode"),
    [("", "http"), ("http://meet.example.org", "http"), ("meet.example.org", "http"), ("ftp://x", "socket")],
)
def test_an_address_that_slack_would_not_call_is_refused(address: str, mode: Mode) -> None:
    with pytest.raises(ValueError, match="https"):
        manifest(address, "/meet", mode=mode)
