"""Events of the Events API → `Draft`s, and news about people and workspaces. Pure.

Source: https://docs.slack.dev/reference/events.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from adapters.chat.slack import names, payloads
from adapters.chat.slack.inbound import Draft, digest
from adapters.chat.slack.names import Json
from adapters.chat.slack.payloads import authorizations, workspace
from adapters.payload import Malformed, find, maybe, text
from scheduling_core.deliveries import HomeOpened, Said
from scheduling_core.refs import RoomRef, WorkspaceRef


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """Somebody came into a channel, or left it."""

    workspace: WorkspaceRef
    channel: str
    user: str


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """Somebody's profile is another one now."""

    workspace: WorkspaceRef
    user: str


@dataclass(frozen=True, slots=True)
class Uninstalled:
    """The workspace took the bot away."""

    workspace: WorkspaceRef


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
    if inner.get("bot_id") or inner.get("subtype") or not inner.get("user"):
        return None
    typed = payloads.words(maybe(inner, "text"), _bot(body))
    thread, channel = maybe(inner, "thread_ts"), text(inner, "channel")
    room = RoomRef(workspace(body), channel, thread or None)
    actor = text(inner, "user")
    return Draft(
        f"e{text(body, 'event_id')}",
        digest("said", room, actor, typed.text),
        room,
        actor,
        Said(typed.text),
        mentions=typed.mentions,
        thread_root=f"{channel}:{thread}" if thread else "",
    )


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
    return MembersChanged(workspace(body), text(inner, "channel"), text(inner, "user"))


def _person(body: Json, inner: Json) -> Event | None:
    return PersonChanged(workspace(body), text(inner, "user", "id"))


def _uninstalled(body: Json, _inner: Json) -> Event | None:
    return Uninstalled(workspace(body))


def _revoked(body: Json, inner: Json) -> Event | None:
    # Revoked tokens of people are none of ours: we ask for none.
    return Uninstalled(workspace(body)) if find(inner, "tokens", "bot") else None


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
