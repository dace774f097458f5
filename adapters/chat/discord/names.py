"""What we write into Discord's custom ids and find there again, and the way back to an actor's screen. Pure.

A `custom_id` reads `{kind}|{our message id}|{…}`: all that a button means is there, so it outlives a restart.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from scheduling_core.refs import RoomRef, WorkspaceRef

Json = dict[str, Any]

PLATFORM = "discord"
DIRECT = WorkspaceRef(PLATFORM, "@me")
"""Stands for the server of direct and group messages, which have none."""
USERS = WorkspaceRef(PLATFORM, "@users")
"""The realm of all people: an account is the same person in all servers and in direct messages."""

PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 1, 2, 3, 4, 5
"""Types of interactions."""

PRESS, SELECT, CHOICE, FORM, MODAL = "p", "s", "c", "f", "m"
"""Kinds of custom ids.

`p|{message}|{action}` a button · `s|{message}|{name}` a select whose options are actions ·
`c|{message}|{field}|{part}` a select of a field · `f|{message}|{group}` opens a modal ·
`m|{message}|{group}|{action}` is that modal; without an action it asks for one in `THEN`.
"""

SEVERAL = "+"
"""Ends the part of a select of a field in which several values count."""

THEN = "then"
"""Custom id of the select in a modal that says which button sending it presses."""

MAX_CUSTOM_ID = 100
PATH_SECONDS = 14 * 60
"""How long a path is used: Discord lets a token live 15 minutes."""
FIRST_SECONDS = 3
"""How long Discord waits for the first response."""

EMPTY = "(none)"
"""Stands for a choice of no value, which Discord does not take."""

_KINDS = {PRESS, SELECT, CHOICE, FORM, MODAL}
_SNOWFLAKE = re.compile(r"\d{15,20}")
_EPOCH_MILLISECONDS = 1_420_070_400_000


@dataclass(frozen=True, slots=True)
class CustomId:
    """A `custom_id`, read.

    Attributes:
        message: our id of the message it stands in; "" where there was no room for it.
        parts: what follows.
    """

    kind: str
    message: str
    parts: tuple[str, ...]

    @property
    def first(self) -> str:
        """The first part, "" where there is none."""
        return self.parts[0] if self.parts else ""


def custom_id(kind: str, message_id: str, *parts: str) -> str | None:
    """The text, without the message's id where that makes it too long; None where even that is too long."""
    for named in (message_id, ""):
        made = "|".join((kind, named, *parts))
        if len(made) <= MAX_CUSTOM_ID:
            return made
    return None


def read_custom_id(text: str) -> CustomId | None:
    """What `custom_id` wrote, or None where the text is not of ours."""
    kind, *rest = text.split("|")
    if kind not in _KINDS or len(rest) < 2:
        return None
    return CustomId(kind, rest[0], tuple(rest[1:]))


def is_person(account: str) -> bool:
    """Whether this can be Discord's id of a user."""
    return bool(_SNOWFLAKE.fullmatch(account))


def epoch_seconds(snowflake: str) -> float:
    """When Discord made this id. Source: "Snowflakes" of its API reference."""
    return ((int(snowflake) >> 22) + _EPOCH_MILLISECONDS) / 1000


def mark_of(message_id: str) -> int:
    """The `id` that the first component of a message of ours has: by it the message is known again.

    Source: "Anatomy of a Component": 32 bits, chosen freely, 0 is none.
    """
    return crc32(message_id.encode()) % 2**31 or 1


def channel_of(room: RoomRef) -> str:
    """Discord's id of the channel, or of the thread where the room is one."""
    return room.thread or room.room


@dataclass(frozen=True, slots=True)
class Path:
    """The way back to the actor's own screen: an interaction's token.

    Attributes:
        expires: epoch seconds; from then on the token is not used.
        message_id: our id of the message that was pressed and is edited by this token: a private one, or one
            that another token posted; "" for none.
        channel: where the actor was: what is said to everybody by this path is said there.
    """

    application: str
    expires: int
    message_id: str
    token: str = field(repr=False)
    channel: str = ""

    def __str__(self) -> str:
        return f"ix:{self.application}:{self.expires}:{self.message_id}:{self.channel}:{self.token}"

    def is_alive(self, now: datetime) -> bool:
        """Whether the token can still be used."""
        return now.timestamp() < self.expires

    def is_fresh(self, now: datetime) -> bool:
        """Whether the first response may still be on its way."""
        return now.timestamp() < self.expires - PATH_SECONDS + FIRST_SECONDS


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody said something to us in a room: the way back to them that everybody sees.

    Attributes:
        expires: epoch seconds; from then on an answer there would surprise.
    """

    expires: int
    channel: str
    message: str

    def __str__(self) -> str:
        return f"at:{self.expires}:{self.channel}:{self.message}"


def read_spot(text: str, now: datetime) -> Spot | None:
    """The spot behind a `Delivery.path`; None for what is none, and where it is over."""
    match text.split(":"):
        case ["at", expires, channel, message] if expires.isdecimal() and int(expires) > now.timestamp():
            return Spot(int(expires), channel, message)
    return None


def read_path(text: str) -> Path | None:
    """The path behind a `Delivery.path`; None for what cannot be read."""
    match text.split(":", 5):
        case ["ix", application, expires, message_id, channel, token] if expires.isdecimal() and token:
            return Path(application, int(expires), message_id, token, channel)
    return None
