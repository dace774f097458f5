"""Events of the Events API → `Draft`s, and news about people and workspaces. Pure.

Source: https://docs.slack.dev/reference/events.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from adapters.chat.slack import names, payloads
from adapters.chat.slack.inbound import Draft, digest
from adapters.chat.slack.names import Json
from adapters.chat.slack.payloads import authorizations, workspace
from adapters.payload import Malformed, find, maybe, text
from scheduling_core.deliveries import HomeOpened, Said
from scheduling_core.refs import RoomRef, WorkspaceRef

MAX_EDITED_SECONDS: Final = 86_400
"""A mention that is older than this when it is edited is left alone: its first answer may be forgotten."""
_TYPED: Final = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Subtypes of what somebody typed; all others are edits, bots, and Slack's own notices."""


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """Somebody came into a channel, or left it."""

    workspace: WorkspaceRef
    channel: str
    user: str
    is_inside: bool


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """Somebody's profile is another one now."""

    workspace: WorkspaceRef
    user: str


@dataclass(frozen=True, slots=True)
class Uninstalled:
    """The workspace took the bot away.

    Attributes:
        event_id: the same for every repeat of the event.
        at: when, to the second (aware UTC).
    """

    workspace: WorkspaceRef
    event_id: str
    at: datetime


Event = Draft | MembersChanged | PersonChanged | Uninstalled


def event(body: Json) -> Event | None:
    """An event of the Events API; None for what means nothing to us.

    Raises:
        Malformed: not the form of `event_callback`, or of an event we know.
    """
    inner = body.get("event")
    if not isinstance(inner, dict):
        raise Malformed("no event")
    reader = _EVENTS.get(text(inner, "type"))
    return reader(body, inner) if reader else None


def _said(body: Json, inner: Json) -> Event | None:
    is_somebodys = inner.get("user") and not inner.get("bot_id")
    if not is_somebodys or maybe(inner, "subtype") not in _TYPED or _is_old_and_edited(body, inner):
        return None
    typed = payloads.words(maybe(inner, "text"), _bot(body))
    thread, channel = maybe(inner, "thread_ts"), text(inner, "channel")
    room, ts = RoomRef(workspace(body), channel, thread or None), text(inner, "ts")
    actor = text(inner, "user")
    return Draft(
        # A mention that is edited comes again, as another event: the message counts, once, as it was first.
        f"e{channel}.{ts}",
        digest("said", channel, ts),
        room,
        actor,
        Said(typed.text),
        mentions=typed.mentions,
        thread_root=f"{channel}:{thread}" if thread else "",
    )


def _is_old_and_edited(body: Json, inner: Json) -> bool:
    """Whether the message may have been forgotten here, and it only comes again."""
    if not inner.get("edited"):
        return False
    edited_at, said_at = body.get("event_time"), _seconds(maybe(inner, "ts"))
    return not isinstance(edited_at, int) or edited_at - said_at > MAX_EDITED_SECONDS


def _seconds(ts: str) -> float:
    try:
        return float(ts)
    except ValueError:
        raise Malformed("no timestamp at ts") from None


def _message(body: Json, inner: Json) -> Event | None:
    # Nobody's room is read along: of messages, only those to the bot alone count.
    return _said(body, inner) if inner.get("channel_type") == "im" else None


def _home(body: Json, inner: Json) -> Event | None:
    if inner.get("tab") != "home":
        return None
    actor = text(inner, "user")
    room = names.home_room(workspace(body), actor)
    content = digest("home", room, actor)
    return Draft(f"e{text(body, 'event_id')}", content, room, actor, HomeOpened(), screen="home")


def _members(body: Json, inner: Json) -> Event | None:
    is_inside = inner["type"] == "member_joined_channel"
    return MembersChanged(workspace(body), text(inner, "channel"), text(inner, "user"), is_inside)


def _person(body: Json, inner: Json) -> Event | None:
    return PersonChanged(workspace(body), text(inner, "user", "id"))


def _uninstalled(body: Json, _inner: Json) -> Event | None:
    at = body.get("event_time")
    if not isinstance(at, int):
        raise Malformed("no event_time")
    return Uninstalled(workspace(body), text(body, "event_id"), datetime.fromtimestamp(at, UTC))


def _revoked(body: Json, inner: Json) -> Event | None:
    # Revoked tokens of people are none of ours: we ask for none.
    return _uninstalled(body, inner) if find(inner, "tokens", "bot") else None


_EVENTS: Mapping[str, Callable[[Json, Json], Event | None]] = MappingProxyType(
    {
        "app_mention": _said,
        "message": _message,
        "app_home_opened": _home,
        "member_joined_channel": _members,
        "member_left_channel": _members,
        "user_change": _person,
        "app_uninstalled": _uninstalled,
        "tokens_revoked": _revoked,
    }
)


def _bot(body: Json) -> str:
    """Our user id in that workspace, where the payload says it."""
    ours = (find(one, "user_id") for one in authorizations(body) if find(one, "is_bot"))
    return next((one for one in ours if isinstance(one, str)), "")
