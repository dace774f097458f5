"""What people type after the slash command, press, submit and open → `Draft`. Pure.

The signature was checked before. Nobody's profile is known here: a `Draft` becomes a `Delivery` with them.
Sources: https://docs.slack.dev/interactivity/implementing-slash-commands and
https://docs.slack.dev/reference/interaction-payloads.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Literal

from adapters.chat.slack import names, payloads
from adapters.chat.slack.names import Json, NoPath, Path, ResponseUrl, Where, Window, is_direct, is_home
from adapters.chat.slack.payloads import workspace
from adapters.payload import Malformed, find, maybe, text
from scheduling_core.actions import ActionCodec, ForgedAction
from scheduling_core.deliveries import (
    Act,
    Command,
    Delivery,
    ForgedPress,
    HomeOpened,
    Press,
    Profile,
    RoomView,
    Said,
)
from scheduling_core.refs import RoomRef

Screen = Literal["", "message", "ephemeral", "modal", "home"]
"""Where the actor pressed: a message for all (or in the conversation with us), one that only the actor sees,
a window, the bot's own page; "" for what was typed."""

_NO_NAMES = {"directmessage", "privategroup"}
_ID_CHARS = 16
_QUOTED = re.compile(r'"[^"]*"|“[^”]*”')


@dataclass(frozen=True, slots=True)
class Draft:
    """A delivery that lacks its people.

    Attributes:
        room: with the thread the answer belongs in.
        room_name: "" where Slack has no name for it.
        actor: user id; may be of another workspace (Slack Connect).
        mentions: user ids in what was typed; in what was said the bot is left out.
        labels: what Slack called some of them, by user id.
        path: the way back to the actor's screen as it is now.
        screen: what was pressed.
        opens_form: a window should be opened at once, with `trigger_id`; on the bot's own page for every
            press, because the page stays as it is.
        trigger_id: opens a window, once, within three seconds. "" where there is none.
        thread_root: `{channel}:{ts}` of the message that was replied to, as `show` names them; "" for none.
        blocks: of a submitted window: field id → block id, for `render.field_errors`.
    """

    id: str
    digest: str
    room: RoomRef
    actor: str
    act: Act
    room_name: str = ""
    mentions: tuple[str, ...] = ()
    path: Path = field(default=NoPath(), repr=False)
    screen: Screen = ""
    opens_form: bool = False
    trigger_id: str = field(default="", repr=False)
    thread_root: str = ""
    blocks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def delivery(
        self,
        actor: Profile,
        received_at: datetime,
        *,
        people: tuple[Profile, ...] = (),
        admits_actor: bool = True,
        reply_to: str | None = None,
        path: Path | None = None,
    ) -> Delivery:
        """The delivery.

        Args:
            received_at: aware UTC.
            people: of those mentioned, who are in the room.
            reply_to: our id of the message at `thread_root`.
            path: another way back than the draft's: the window that was opened meanwhile.
        """
        members = (actor,) if is_direct(self.room) or is_home(self.room) else None
        room = RoomView(self.room, self.room_name, members, people, admits_actor)
        act = replace(self.act, reply_to=reply_to) if isinstance(self.act, Said) else self.act
        return Delivery(
            self.id, self.digest, actor, room, act, received_at, str(self.path if path is None else path)
        )

    def invited(self) -> list[str]:
        """User ids of those mentioned, but for those in a title in quotes: that is only words."""
        typed = _QUOTED.sub("", self.act.text) if isinstance(self.act, Command | Said) else ""
        return [user for user in self.mentions if f"@{user}" in typed]

    def off_the_page(self) -> "Draft":
        """The press on the bot's own page as one on nothing: its answer takes no place on the page."""
        act = replace(self.act, message_id="") if isinstance(self.act, Press | ForgedPress) else self.act
        return replace(self, act=act)

    def page_again(self) -> "Draft":
        """The bot's own page, opened once more after this."""
        content = digest("home", self.room, self.actor)
        return Draft(f"{self.id}.home", content, self.room, self.actor, HomeOpened(), screen="home")


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody opened, or typed into, a select with more options than Slack holds.

    Attributes:
        message_id: ours; the message or window it stands on.
        action_id: which select: a field's id, or `names.DAY`, `names.TIME`.
        typed: so far.
    """

    message_id: str
    action_id: str
    typed: str
    room: RoomRef
    actor: str


def command(body: Json) -> Draft:
    """A slash command.

    Raises:
        Malformed: not the form of one.
    """
    typed = payloads.words(maybe(body, "text"))
    line = f"{text(body, 'command')} {typed.text}".strip()
    room = RoomRef(workspace(body), text(body, "channel_id"), maybe(body, "thread_ts") or None)
    trigger = text(body, "trigger_id")
    actor = text(body, "user_id")
    return Draft(
        # Ids of deliveries are logged; a trigger opens windows.
        f"c{digest('trigger', trigger)[:_ID_CHARS]}",
        digest("command", room, actor, line),
        room,
        actor,
        Command(line),
        _name(maybe(body, "channel_name")),
        typed.mentions,
        ResponseUrl(text(body, "response_url")),
        trigger_id=trigger,
        labels=typed.labels,
    )


def pressed(body: Json, codec: ActionCodec) -> Draft | None:
    """A button or a select of ours; None for links and whatever is not ours any more.

    Raises:
        Malformed: not the form of `block_actions`.
    """
    action = _action(body)
    action_id, block = text(action, "action_id"), names.read_block_id(maybe(action, "block_id"))
    carried = _carried(action)
    if block is None or block.field is not None or names.is_link(action_id) or not carried:
        return None
    place = _place(body, block)
    if place is None:
        return None
    actor = text(body, "user", "id")
    inputs = payloads.inputs(_state(body), block.message)
    container = maybe(body, "container", "message_ts") or text(body, "container", "view_id")
    return Draft(
        f"a{container}.{text(action, 'action_ts')}.{actor}",
        digest("press", place.room, actor, carried, inputs),
        place.room,
        actor,
        _press(block.message, carried, place.room, inputs, codec),
        _name(maybe(body, "channel", "name")),
        path=place.path,
        screen=place.screen,
        opens_form=place.screen == "home" or (names.opens_form(action_id) and place.screen != "modal"),
        trigger_id=maybe(body, "trigger_id"),
    )


def submitted(body: Json, codec: ActionCodec) -> Draft | None:
    """A window was submitted; None for one without an action of ours, which just closes.

    Raises:
        Malformed: not the form of `view_submission`.
    """
    view_id = text(body, "view", "id")
    where = names.read_where(maybe(body, "view", "private_metadata"))
    if where is None or where.submit is None:
        return None
    actor = text(body, "user", "id")
    state = _state(body)
    inputs = payloads.inputs(state, where.message_id)
    content = digest("submission", where.room, actor, where.submit, inputs)
    version = digest(maybe(body, "view", "hash"), content)[:_ID_CHARS]
    return Draft(
        f"s{view_id}.{version}",
        content,
        where.room,
        actor,
        _press(where.message_id, where.submit, where.room, inputs, codec),
        path=Window(view_id),
        screen="modal",
        trigger_id=maybe(body, "trigger_id"),
        blocks=payloads.input_blocks(state, where.message_id),
    )


def asked(body: Json) -> Asked | None:
    """A `block_suggestion`; None where the select is not ours.

    Raises:
        Malformed: not the form of one.
    """
    block = names.read_block_id(text(body, "block_id"))
    place = _place(body, block) if block else None
    if block is None or place is None:
        return None
    action_id, actor = text(body, "action_id"), text(body, "user", "id")
    return Asked(block.message, action_id, maybe(body, "value"), place.room, actor)


def _action(body: Json) -> Json:
    match body.get("actions"):
        case [dict(action), *_]:
            return action
    raise Malformed("no actions")


def _carried(action: Json) -> str:
    """The encoded action; "" where a choice was taken back."""
    if maybe(action, "type").endswith("_select"):
        return maybe(action, "selected_option", "value")
    return maybe(action, "value")


def _state(body: Json) -> object:
    return find(body, "view", "state") or find(body, "state")


@dataclass(frozen=True, slots=True)
class _Place:
    room: RoomRef
    screen: Screen
    path: Path


def _place(body: Json, block: names.Block) -> _Place | None:
    """Where a block stands; None for a window that is not ours."""
    if isinstance(body.get("view"), dict):
        return _place_of_view(body, names.read_where(maybe(body, "view", "private_metadata")))
    is_ephemeral = find(body, "container", "is_ephemeral") is True
    url = maybe(body, "response_url")
    # Private messages alone say their room; with the address such a one can be replaced, wherever it stands.
    is_private = is_ephemeral or block.room is not None
    path: Path = ResponseUrl(url, block.message if is_private else "") if url else NoPath()
    return _Place(block.room or _room(body), "ephemeral" if is_ephemeral else "message", path)


def _place_of_view(body: Json, where: Where | None) -> _Place | None:
    if where is None:
        return None
    if maybe(body, "view", "type") == "home":
        return _Place(where.room, "home", NoPath())
    return _Place(where.room, "modal", Window(text(body, "view", "id")))


def _room(body: Json) -> RoomRef:
    channel = maybe(body, "channel", "id") or text(body, "container", "channel_id")
    thread = maybe(body, "message", "thread_ts") or maybe(body, "container", "thread_ts")
    # The first message of a thread names itself; it stands in the channel.
    is_in_thread = thread and thread != maybe(body, "container", "message_ts")
    return RoomRef(workspace(body), channel, thread if is_in_thread else None)


def _press(
    message_id: str, carried: str, room: RoomRef, inputs: Mapping[str, str], codec: ActionCodec
) -> Press | ForgedPress:
    try:
        return Press(message_id, codec.decode(carried, room), inputs)
    except ForgedAction:
        return ForgedPress(message_id)


def _name(name: str) -> str:
    return "" if name in _NO_NAMES or name.startswith("mpdm-") else name


def digest(*parts: object) -> str:
    """A hash of what identifies a delivery's content."""
    return sha256(json.dumps([*map(_plain, parts)], sort_keys=True).encode()).hexdigest()


def _plain(part: object) -> object:
    return str(part) if isinstance(part, RoomRef) else part
