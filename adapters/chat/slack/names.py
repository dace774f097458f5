"""What we write into Slack's ids and find there again: who a block, a button and a window belong to. Pure.

A `block_id` reads `{message}|{count}` or, of an input, `{message}|{field}|{tag}`. A private message also says
after `@` which room it is of, because Slack may show it elsewhere: in the reader's own conversation with us.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from scheduling_core.refs import RoomRef, WorkspaceRef

Json = dict[str, Any]

PLATFORM = "slack"
CARD = "card"
LOADING = "loading"
"""`callback_id` of a window that shows a card, and of one that waits for it."""

BUTTON, FORM, LINK = "b", "form", "url"
"""How the `action_id` of a button begins: a press, one that opens a window, one that opens an address."""
DAY, TIME = "day", "time"
"""`action_id` of the two selects of a `TimePicker`."""
EMPTY = "(none)"
"""Stands for a choice of no value, which Slack does not take."""

_HOME = "home:"
_COUNTED = re.compile(rf"(?:{BUTTON}|{FORM}|{LINK})\d+")
_PERSON = re.compile(r"[UW][A-Z0-9]{2,30}")


@dataclass(frozen=True, slots=True)
class Block:
    """A `block_id`, read.

    Attributes:
        message: our id of the message or window it stands in.
        field: of an input: the field's id.
        room: of a private message: the room it is of.
    """

    message: str
    field: str | None = None
    room: RoomRef | None = None


def block_id(message_id: str, part: str, room: RoomRef | None = None) -> str:
    """Unique in its message.

    Args:
        part: the count, or of an input `input_part`.
        room: stated where Slack may show the message elsewhere.
    """
    if room is None:
        return f"{message_id}|{part}"
    where = [room.workspace.workspace, room.room, *([room.thread] if room.thread else [])]
    return f"{message_id}|{part}@{'/'.join(where)}"


def input_part(field_id: str, tag: str) -> str:
    """The part of a `block_id` that names an input.

    Args:
        tag: another one for another value: only then Slack shows the new value (bolt-js issue 290).
    """
    return f"{field_id}|{tag}"


def read_block_id(text: str) -> Block | None:
    """What `block_id` wrote, or None where the text is not of ours."""
    own, _, where = text.partition("@")
    message, *parts = own.split("|")
    if not message or len(parts) not in (1, 2):
        return None
    return Block(message, parts[0] if len(parts) == 2 else None, _room(where.split("/")))


def _room(parts: list[str]) -> RoomRef | None:
    match parts:
        case [team, room]:
            return RoomRef(WorkspaceRef(PLATFORM, team), room)
        case [team, room, thread]:
            return RoomRef(WorkspaceRef(PLATFORM, team), room, thread)
    return None


def opens_form(action_id: str) -> bool:
    """Whether the button asks for a window."""
    return bool(_COUNTED.fullmatch(action_id)) and action_id.startswith(FORM)


def is_link(action_id: str) -> bool:
    """Whether the button only opened an address."""
    return bool(_COUNTED.fullmatch(action_id)) and action_id.startswith(LINK)


def is_person(account: str) -> bool:
    """Whether this can be Slack's id of a user."""
    return bool(_PERSON.fullmatch(account))


def home_room(workspace: WorkspaceRef, user_id: str) -> RoomRef:
    """The bot's own page, as one person sees it."""
    return RoomRef(workspace, f"{_HOME}{user_id}")


def is_home(room: RoomRef) -> bool:
    """Whether the room is somebody's page of the bot."""
    return room.room.startswith(_HOME)


def is_direct(room: RoomRef) -> bool:
    """Whether the room is somebody's direct conversation with the bot."""
    return room.room.startswith("D")


@dataclass(frozen=True, slots=True)
class Where:
    """What a window or a home page remembers of itself, its `private_metadata`.

    Attributes:
        message_id: of the message it shows.
        room: of that message.
        submit: the encoded action of its submit button, or None where it has none of ours.
    """

    message_id: str
    room: RoomRef
    submit: str | None = None

    def __str__(self) -> str:
        held = {
            "m": self.message_id,
            "w": self.room.workspace.workspace,
            "r": self.room.room,
            "t": self.room.thread,
            "s": self.submit,
        }
        return json.dumps(held, separators=(",", ":"))


def read_where(text: str) -> Where | None:
    """What a window remembers, or None where the text is not of ours."""
    try:
        held = json.loads(text)
    except ValueError:
        return None
    match held:
        case {"m": str(message_id), "w": str(team), "r": str(room), "t": str() | None, "s": str() | None}:
            ref = RoomRef(WorkspaceRef(PLATFORM, team), room, held["t"])
            return Where(message_id, ref, held["s"])
    return None


@dataclass(frozen=True, slots=True)
class Window:
    """The answer goes into an open modal.

    Attributes:
        view_id: Slack's, or "" where Slack did not say whether the window opened.
        external_id: ours, by which it can be found then.
    """

    view_id: str = ""
    external_id: str = ""

    def __str__(self) -> str:
        return f"view:{self.view_id}" if self.view_id else f"view::{self.external_id}"


@dataclass(frozen=True, slots=True)
class ResponseUrl:
    """The answer goes to an address of Slack's that lives for half an hour and five answers.

    Attributes:
        message_id: our id of the private message that was pressed: the one it can replace. "" for none.
    """

    url: str = field(repr=False)
    message_id: str = ""

    def __str__(self) -> str:
        return f"url:{self.message_id}:{self.url}"


@dataclass(frozen=True, slots=True)
class NoPath:
    """There is no way back but the Web API."""

    def __str__(self) -> str:
        return ""


Path = Window | ResponseUrl | NoPath
"""The way back to the actor's own screen; `Delivery.path` holds its text."""


def read_path(text: str) -> Path:
    """The path behind a `Delivery.path`; what cannot be read is no path."""
    match text.split(":", 2):
        case ["view", view_id] if view_id:
            return Window(view_id)
        case ["view", "", external_id] if external_id:
            return Window(external_id=external_id)
        case ["url", message_id, url] if url:
            return ResponseUrl(url, message_id)
    return NoPath()
