"""The application commands: what is offered after a `/`, and what stands in a person's menu. Pure.

A command of Discord has options or subcommands, never both. `/meet` has options, so that whom to meet is the
first thing to type; settings, list and help are commands of their own beside it.
Source: "Application Commands" of Discord's documentation.
"""

import json
import re
from hashlib import sha256

from adapters.chat.discord.names import Json
from scheduling_core.meet_syntax import MAX_TITLE, VERBS
from scheduling_core.people import MAX_LENGTH, MIN_LENGTH

CHAT_INPUT, USER_MENU = 1, 2
STRING, INTEGER, USER = 3, 4, 6
"""Types of commands and of options."""

WITH, LENGTH, WHEN, TITLE, TIMEZONE, TEXT = "with", "length", "when", "title", "timezone", "text"
"""Names of the options."""

MEET_WITH = "Meet with…"
"""In the menu of a person: right click, or a long press, then Apps."""

ABOUT = {
    "settings": "Your hours, time zone, notice and buffers",
    "list": "Your meetings and open invitations, to move or cancel",
    "link": "Let me see when your calendars are busy",
    "unlink": "Take a calendar away from me again",
    "calendars": "The calendars I look at for you",
    "help": "What I can do",
}
EVERYWHERE = {"integration_types": [0, 1], "contexts": [0, 1, 2]}
"""Installed in a server or by a person; in servers, in direct messages with us, and in those with others."""

MAX_NAME = 32
MAX_TYPED = 1000
_NAME = re.compile(r"[-_'\w]+")


def commands(word: str) -> list[Json]:
    """All commands, as `PUT /applications/{id}/commands` takes them.

    Args:
        word: `/meet`, or `meet`.

    Raises:
        ValueError: Discord would refuse the word, or we could not tell it from one of the commands beside it.
    """
    name = word.removeprefix("/")
    longest = MAX_NAME - max(len(verb) + 1 for verb in VERBS)
    if not _NAME.fullmatch(name) or name != name.lower() or len(name) > longest:
        raise ValueError(
            f"“{word}” cannot be a command of Discord's: 1 to {longest} small letters, digits, - or _"
        )
    if verb_of(name):
        raise ValueError(f"“{word}” ends like a command beside it; choose another word")
    about = "Find a time to meet: everybody sees times that are free and picks one"
    beside = [_command(f"{name}-{verb}", ABOUT[verb]) for verb in VERBS]
    menu = {"type": USER_MENU, "name": MEET_WITH, **EVERYWHERE}
    return [{**_command(name, about), "options": _options()}, *beside, menu]


def verb_of(name: str) -> str | None:
    """The verb of a command beside the first: `settings` of `meet-settings`."""
    return next((verb for verb in VERBS if name.endswith(f"-{verb}")), None)


def digest(made: list[Json]) -> str:
    """Differs when the commands do: then they have to be registered again."""
    return sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()


def _command(name: str, description: str) -> Json:
    return {"type": CHAT_INPUT, "name": name, "description": description, **EVERYWHERE}


def _options() -> list[Json]:
    least, most = (int(length.total_seconds()) // 60 for length in (MIN_LENGTH, MAX_LENGTH))
    minutes = {"min_value": least, "max_value": most, "autocomplete": True}
    return [
        _option(USER, WITH, "Whom to meet; more people can stand in “text”"),
        _option(INTEGER, LENGTH, "Minutes", **minutes),
        _option(STRING, WHEN, "A day: thu, 2026-11-26, or @time", autocomplete=True, max_length=MAX_TYPED),
        _option(STRING, TITLE, "What it is about", max_length=MAX_TITLE),
        _option(STRING, TIMEZONE, "Where your clock is: type a city", autocomplete=True, max_length=100),
        _option(STRING, TEXT, "More people, or all in one line: @guest 30 thu “Logo”", max_length=MAX_TYPED),
    ]


def _option(kind: int, name: str, description: str, **more: object) -> Json:
    return {"type": kind, "name": name, "description": description, **more}
