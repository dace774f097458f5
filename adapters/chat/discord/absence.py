"""Whether somebody who was named can see the room, and the sentence about who cannot. Pure."""

from dataclasses import dataclass
from typing import Final

from scheduling_core.deliveries import Profile

NOT_SURE: Final = (
    "I cannot check who is in this channel right now, so nothing was done. Please try again in a moment."
)
NOT_IN_THE_ROOM: Final = (
    "I cannot see this channel, so I cannot check who is in it. Please ask somebody who manages it to add me,"
    " then try again."
)
NOT_IN_THE_SERVER: Final = (
    "I am not in this server, so I cannot look anybody up. Please choose the person in the field “with”."
)
NOT_IN_THE_GROUP: Final = (
    "I cannot see that everybody you named is in this conversation. Please choose the person in the field"
    " “with”."
)


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody who can see the room."""

    profile: Profile


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody who cannot; of who is not in the server at all the name is ""."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """An app."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """The bot itself cannot see the room."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Discord does not answer."""


Found = Here | Absent | Machine | Hidden | Unknown


def why_not(found: Found, label: str) -> str:
    """Why somebody cannot be invited; "" for who can.

    Args:
        label: what Discord called them where they were named; "" where it did not tell.
    """
    match found:
        case Here():
            return ""
        case Absent(name):
            return not_here(name or label)
        case Machine():
            return f"{_known(label)} is an app, so I cannot invite it."
        case Hidden():
            return NOT_IN_THE_ROOM
        case Unknown():
            return NOT_SURE


def not_here(name: str) -> str:
    """Somebody cannot see a channel of a server; *name* as in `why_not`."""
    return f"{_known(name)} is not in this channel; invite them first."


def not_in_group(name: str) -> str:
    """Somebody is not in a group, into which only its people let others."""
    return f"{_known(name)} is not in this conversation; ask me in a channel where you both are."


def _known(name: str) -> str:
    return f"@{name}" if name else "Somebody you named"
