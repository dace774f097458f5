"""A signed request of a custom room → `Delivery`, or the `Problem` to answer with. Pure.

What the room tells about people is read generously (a zone or an address that means nothing is "not told"),
so that no command is lost for it; what is needed to act is read strictly.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType

from adapters.chat.webhook.fields import Invalid, Node, document, storable
from adapters.chat.webhook.problems import Problem, invalid, not_signed, too_large
from adapters.chat.webhook.signature import DEFAULT_TOLERANCE, ID, is_signed
from scheduling_core.actions import ActionCodec, ForgedAction
from scheduling_core.deliveries import (
    Act,
    Command,
    Delivery,
    ForgedPress,
    MembersTold,
    Press,
    Profile,
    RoomView,
    Said,
)
from scheduling_core.mail import Mailbox, single_line
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from scheduling_core.zones import zone_names

PLATFORM = "webhook"
ACTION_KEY = "parley"
"""The one member of a button's `data` that is ours; the card's inputs stand beside it."""

MAX_BODY_BYTES = 65536
MAX_ID_CHARS = 128
MAX_NAME_CHARS = 200
MAX_TEXT_CHARS = 4000
MAX_MEMBERS = 1000
MAX_WEBHOOK_ID_CHARS = 256

_WEBHOOK_ID = re.compile(rf"[\x21-\x7e]{{1,{MAX_WEBHOOK_ID_CHARS}}}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,6}")


@dataclass(frozen=True, slots=True)
class Sender:
    """The tenant a request claims to come from, and how its claim is checked.

    Attributes:
        tenant: the name, lower case.
        secrets: any of them may have signed.
    """

    tenant: str
    secrets: Sequence[str] = field(repr=False)
    tolerance: timedelta = DEFAULT_TOLERANCE
    max_body_bytes: int = MAX_BODY_BYTES


def receive(
    headers: Mapping[str, str], body: bytes, sender: Sender, codec: ActionCodec, now: datetime
) -> Delivery | Problem:
    """The delivery in a request, if it is signed and well-formed.

    Args:
        headers: names in lower case.
        body: exactly as it came.
        codec: checks the buttons.
        now: aware UTC.
    """
    if len(body) > sender.max_body_bytes:
        return too_large(sender.max_body_bytes)
    if not is_signed(headers, body, sender.secrets, now, sender.tolerance):
        return not_signed()
    if not _WEBHOOK_ID.fullmatch(headers[ID]):
        detail = (
            f"A webhook-id has at most {MAX_WEBHOOK_ID_CHARS} characters, printable ASCII without spaces."
        )
        return invalid(None, detail)
    try:
        return _delivery(headers[ID], body, WorkspaceRef(PLATFORM, sender.tenant), codec, now)
    except Invalid as mistake:
        return invalid(mistake.pointer, mistake.detail)


def _delivery(
    webhook_id: str, body: bytes, workspace: WorkspaceRef, codec: ActionCodec, now: datetime
) -> Delivery:
    root = document(body)
    read_act = _kind(root)
    room = _room(root.need("room"), workspace)
    actor = _profile(root.need("actor"), workspace)
    return Delivery(webhook_id, sha256(body).hexdigest(), actor, room, read_act(root, room, codec), now)


def _kind(root: Node) -> "_ReadAct":
    kind = root.need("type")
    reader = _ACTS.get(kind.text())
    if reader is None:
        raise Invalid(kind.pointer, "The type is one of command, action, text and members.")
    return reader


def _command(root: Node, _room: RoomView, _codec: ActionCodec) -> Act:
    return Command(root.need("text").text(MAX_TEXT_CHARS))


def _said(root: Node, _room: RoomView, _codec: ActionCodec) -> Act:
    reply_to = root.get("reply_to")
    text = root.need("text").text(MAX_TEXT_CHARS)
    return Said(text, reply_to.identifier(MAX_ID_CHARS) if reply_to else None)


def _members_told(root: Node, room: RoomView, _codec: ActionCodec) -> Act:
    if room.members is None:
        root.need("room").need("members")
    return MembersTold()


def _press(root: Node, room: RoomView, codec: ActionCodec) -> Act:
    message_id = root.need("message_id").identifier(MAX_ID_CHARS)
    data = root.need("data")
    carried = data.need(ACTION_KEY).text()
    inputs = {
        storable(name, node.pointer): _input(node) for name, node in data.members() if name != ACTION_KEY
    }
    try:
        return Press(message_id, codec.decode(carried, room.ref), inputs)
    except ForgedAction:
        return ForgedPress(message_id)


def _input(node: Node) -> str:
    match node.value:
        case None:
            return ""
        case bool():
            return "true" if node.value else "false"
        case int() | float():
            return str(node.value)
        case str():
            return node.text(MAX_TEXT_CHARS)
    raise Invalid(node.pointer, "An input is a string, a number or true or false.")


_ReadAct = Callable[[Node, RoomView, ActionCodec], Act]
_ACTS: Mapping[str, _ReadAct] = MappingProxyType(
    {"command": _command, "action": _press, "text": _said, "members": _members_told}
)


def _room(node: Node, workspace: WorkspaceRef) -> RoomView:
    room_id = node.need("id").identifier(MAX_ID_CHARS)
    thread, name, members = node.get("thread"), node.get("name"), node.get("members")
    ref = RoomRef(workspace, room_id, thread.identifier(MAX_ID_CHARS) if thread else None)
    return RoomView(ref, _name(name) if name else "", _members(members, workspace) if members else None)


def _members(node: Node, workspace: WorkspaceRef) -> tuple[Profile, ...]:
    people = [_profile(member, workspace) for member in node.items(MAX_MEMBERS)]
    # JSON Schema cannot ask for distinct ids, so a person named twice is no mistake: the last one counts.
    return tuple({profile.ref: profile for profile in people}.values())


def _profile(node: Node, workspace: WorkspaceRef) -> Profile:
    person_id = node.need("id").identifier(MAX_ID_CHARS)
    return Profile(
        ref=PersonRef(workspace, person_id),
        name=_name(node.need("name")) or person_id,
        zone=_told(node, "zone", _zone),
        locale=_told(node, "locale", _locale),
        email=_told(node, "email", _email),
    )


def _name(node: Node) -> str:
    return single_line(node.text(MAX_NAME_CHARS))


def _told(node: Node, name: str, read: Callable[[str], str | None]) -> str | None:
    found = node.get(name)
    return read(found.text().strip()) if found else None


def _zone(text: str) -> str | None:
    return text if text in zone_names() else None


def _locale(text: str) -> str | None:
    return text.replace("_", "-") if _LOCALE.fullmatch(text) else None


def _email(text: str) -> str | None:
    try:
        return Mailbox(text).address
    except ValueError:
        return None
