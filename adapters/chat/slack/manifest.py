"""The app manifest: everything a workspace has to know of the app, to be pasted when it is created. Pure.

Source: https://docs.slack.dev/reference/app-manifest; the scope of each event and method as its page states.
"""

from typing import Literal
from urllib.parse import urlsplit

from adapters.chat.slack.names import Json

Mode = Literal["http", "socket"]

NAME = "Parley"
ABOUT = "Finds a time to meet, right here in the room."
COLOUR = "#0b6b5d"

EVENTS_PATH = "/slack/events"
"""One address for commands, presses and events alike."""
REDIRECT_PATH = "/slack/oauth_redirect"

SCOPES = (
    "app_mentions:read",  # to be called by name
    "channels:history",  # after a broken connection: did our message arrive? Nothing else is read there.
    "channels:read",  # who is in the channel
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",  # what is said to the bot alone
    "im:read",
    "im:write",  # to reach somebody who is not in the channel
    "mpim:history",
    "mpim:read",
    "users:read",  # name and time zone
    "users:read.email",  # where the invite goes
)
EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "member_joined_channel",
    "member_left_channel",
    "message.im",
    "tokens_revoked",
    "user_change",
)


def manifest(address: str, command: str, *, mode: Mode = "http") -> Json:
    """The manifest as Slack takes it, JSON or YAML.

    Args:
        address: of the bot on the web, `https://meet.example.org`, a path allowed; with *mode* `socket` it
            may be "": Slack then never calls us.
        command: the slash command, with its `/`.

    Raises:
        ValueError: Slack would refuse the address or the command.
    """
    _check(address, command, mode)
    address = address.rstrip("/")
    takes_calls = {"request_url": address + EVENTS_PATH} if mode == "http" else {}
    takes_command = {"url": address + EVENTS_PATH} if mode == "http" else {}
    redirect = {"redirect_urls": [address + REDIRECT_PATH]} if address else {}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {"name": NAME, "description": ABOUT, "background_color": COLOUR},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [{**_slash_command(command), **takes_command}],
        },
        "oauth_config": {**redirect, "scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**takes_calls, "bot_events": list(EVENTS)},
            "interactivity": {
                "is_enabled": True,
                **takes_calls,
                **({"message_menu_options_url": address + EVENTS_PATH} if mode == "http" else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": False,
        },
    }


def _slash_command(command: str) -> Json:
    return {
        "command": command,
        "description": "Ask somebody to meet",
        "usage_hint": "@name 30 thu “Logo review”",
        # People then come as ids, whatever they are called: <@U012AB3CD|name>.
        "should_escape": True,
    }


def _check(address: str, command: str, mode: Mode) -> None:
    if not command.startswith("/") or not 2 <= len(command) <= 32 or len(command.split()) != 1:
        raise ValueError(f"a slash command is a / and a word of at most 31 characters, not {command!r}")
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname and not (parts.query or parts.fragment):
        return
    if address or mode == "http":
        raise ValueError(f"Slack calls public https addresses only, not {address!r}")
