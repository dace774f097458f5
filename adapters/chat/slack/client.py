"""The only module that posts: brings a message of ours to its revision, wherever Slack lets it be seen.

What a message was shown as (`shown_as`) is one of: `{channel}:{ts}`, an ordinary message that can be edited;
`ephemeral`, seen by one person and edited by nobody but its own press; `view:{id}`, in a window that was
open; `home`; None, not shown yet; "" where an earlier try may have reached Slack.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.chat.slack import render
from adapters.chat.slack.memory import Memory
from adapters.chat.slack.names import NoPath, ResponseUrl, Window, is_direct, is_home, read_path
from adapters.chat.slack.web import Call, Json, WorkspaceApi
from scheduling_core.actions import ActionCodec
from scheduling_core.deliveries import Message
from scheduling_core.errors import Rejected
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef

EPHEMERAL: Final = "ephemeral"
HOME: Final = "home"
METADATA_TYPE: Final = "parley_message"

TRIGGER_DEADLINE_SECONDS: Final = 2.5
"""A trigger lives for 3 s, Slack's own way here included; later the window cannot open any more."""
LOOK_BACK: Final = timedelta(days=1)
LOOK_LIMIT: Final = 100
"""How many of the latest messages are searched for one that a lost answer may have hidden. Apps that are
sold outside Slack's marketplace are given 15, and one look a minute: hence one page, and only when needed."""

_CONVERSATIONS = 10_000
_CONVERSATION_LIFE = timedelta(days=1)

_NOT_THERE = frozenset({"user_not_in_channel", "not_in_channel", "channel_not_found"})
_TRIGGER_OVER = frozenset(
    {
        "expired_trigger_id",
        "exchanged_trigger_id",
        "invalid_trigger_id",
        "trigger_expired",
        "trigger_exchanged",
    }
)
_VIEW_OVER = frozenset({"not_found", "view_not_found"})


class SlackClient:
    """Shows messages; never retries by itself.

    Args:
        api: calls as the bot of each workspace.
        clock: tells the instant now.
    """

    def __init__(self, api: WorkspaceApi, codec: ActionCodec, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._codec = codec
        self._clock = clock
        self._conversations: Memory[PersonRef, str] = Memory(clock, _CONVERSATIONS)

    async def show(self, message: Message, shown_as: str | None, path: str = "") -> str | None:
        """See `ChatPlatform.show`; a repeat never makes a second public message when *shown_as* is "".

        Raises:
            Unavailable, RateLimited: try again later.
            Rejected: never this message; the reason is Slack's word.
            Gone: the app is no longer in that workspace.
        """
        if message.audience is None:
            return await self._public(message, shown_as)
        return await self._private(message, message.audience, shown_as, path)

    async def _public(self, message: Message, shown_as: str | None) -> str | None:
        if not is_home(message.room):
            return await self._ordinary(message, message.room.room, message.room.thread, shown_as)
        # What everybody on one person's own page sees, that person sees in the conversation with us.
        owner = PersonRef(message.room.workspace, message.room.room.partition(":")[2])
        channel = await self._conversation(owner)
        moved = replace(message, room=RoomRef(message.room.workspace, channel))
        return await self._ordinary(moved, channel, None, shown_as)

    async def _private(
        self, message: Message, reader: PersonRef, shown_as: str | None, path: str
    ) -> str | None:
        if is_home(message.room) and message.id.startswith(HOME):
            return await self._publish(message, reader)
        way = read_path(path)
        if isinstance(way, Window) and await self._in_window(message, way):
            return shown_as or str(way)
        if _place(shown_as):
            return await self._ordinary(message, message.room.room, None, shown_as)
        if is_home(message.room):
            return await self._to_reader(message, reader, shown_as)
        if is_direct(message.room) and shown_as in (None, ""):
            return await self._direct(message, reader, shown_as, way)
        return await self._in_room(message, reader, shown_as, way)

    async def _in_window(self, message: Message, way: Window) -> bool:
        # A card taken away leaves its window alone: by now another one may stand there.
        if message.card is None:
            return False
        return await self.update_window(message.room.workspace, way.view_id, message)

    async def _direct(
        self, message: Message, reader: PersonRef, shown_as: str | None, way: ResponseUrl | Window | NoPath
    ) -> str | None:
        """In a conversation with us private is ordinary; one between others is not open to us."""
        try:
            return await self._ordinary(message, message.room.room, message.room.thread, shown_as)
        except Rejected as refusal:
            if refusal.reason not in _NOT_THERE:
                raise
        return await self._in_room(message, reader, shown_as, way)

    async def _in_room(
        self, message: Message, reader: PersonRef, shown_as: str | None, way: ResponseUrl | Window | NoPath
    ) -> str | None:
        """Among others: by the response address while it lives, else as an ephemeral."""
        if isinstance(way, ResponseUrl) and await self._responded(message, shown_as, way):
            return shown_as or EPHEMERAL
        was_shown = bool(shown_as) and not _replaces(way, message)
        if message.card is None or was_shown:
            return shown_as
        return await self._ephemeral(message, reader, shown_as)

    async def open_window(self, workspace: WorkspaceRef, trigger_id: str) -> str | None:
        """Open a window that waits for its card.

        Returns:
            The id of the view, or None when the trigger was too old or used up.

        Raises: as `show`; after `Unavailable` the window may be open all the same.
        """
        body = {"trigger_id": trigger_id, "view": render.loading_modal()}
        try:
            answer = await self._api.call(workspace, Call("views.open", body), TRIGGER_DEADLINE_SECONDS)
        except Rejected as refusal:
            if refusal.reason in _TRIGGER_OVER:
                return None
            raise
        return str(answer["view"]["id"])

    async def update_window(self, workspace: WorkspaceRef, view_id: str, message: Message) -> bool:
        """Put a card into an open window; False when the window was closed.

        Raises: as `show`.
        """
        return await self._update_window(workspace, view_id, render.modal(message, self._codec))

    async def say_in_window(self, workspace: WorkspaceRef, view_id: str, sentence: str) -> bool:
        """Put one sentence into an open window; as `update_window`."""
        return await self._update_window(workspace, view_id, render.note_modal(sentence))

    async def _update_window(self, workspace: WorkspaceRef, view_id: str, view: Json) -> bool:
        body = {"view_id": view_id, "view": view}
        try:
            await self._api.call(workspace, Call("views.update", body))
        except Rejected as refusal:
            if refusal.reason in _VIEW_OVER:
                return False
            raise
        return True

    async def _publish(self, message: Message, reader: PersonRef) -> str:
        if message.card is not None:
            body = {"user_id": reader.person, "view": render.home(message, self._codec)}
            await self._api.call(message.room.workspace, Call("views.publish", body))
        return HOME

    async def _responded(self, message: Message, shown_as: str | None, way: ResponseUrl) -> bool:
        body = self._response(message, shown_as, way)
        if body is None:
            return False
        try:
            await self._api.web.respond(way.url, body)
        except Rejected:
            return False
        return True

    def _response(self, message: Message, shown_as: str | None, way: ResponseUrl) -> Json | None:
        """What to post to a response address, or None where it cannot help."""
        thread = {"thread_ts": message.room.thread} if message.room.thread else {}
        if _replaces(way, message):
            if message.card is None:
                return {"delete_original": True}
            return {**self._content(message), **thread, "replace_original": True}
        if message.card is None or shown_as:
            return None
        if way.message_id:
            # What was pressed had been taken back, which Slack cannot do: the answer takes its place now.
            return {**self._content(message), **thread, "replace_original": True}
        # Slack documents answers inside a thread for public ones only; chat.postEphemeral knows threads.
        if thread:
            return None
        return {**self._content(message), "replace_original": False, "response_type": "ephemeral"}

    async def _ephemeral(self, message: Message, reader: PersonRef, shown_as: str | None) -> str | None:
        room = message.room
        body = {"channel": room.room, "user": reader.person, **self._content(message)}
        if room.thread:
            body["thread_ts"] = room.thread
        try:
            await self._api.call(room.workspace, Call("chat.postEphemeral", body, channel=room.room))
        except Rejected as refusal:
            if refusal.reason not in _NOT_THERE:
                raise
            return await self._to_reader(message, reader, shown_as)
        return EPHEMERAL

    async def _to_reader(self, message: Message, reader: PersonRef, shown_as: str | None) -> str | None:
        """In the reader's own conversation with us."""
        if message.card is None and shown_as is None:
            return None
        return await self._ordinary(message, await self._conversation(reader), None, shown_as)

    async def _conversation(self, reader: PersonRef) -> str:
        async def ask() -> tuple[str, timedelta]:
            call = Call("conversations.open", {"users": reader.person})
            answer = await self._api.call(reader.workspace, call)
            return str(answer["channel"]["id"]), _CONVERSATION_LIFE

        return await self._conversations.get(reader, ask)

    async def _ordinary(
        self, message: Message, channel: str, thread: str | None, shown_as: str | None
    ) -> str | None:
        """Post, edit or delete a message that can be edited."""
        place = _place(shown_as)
        if shown_as == "":
            place, revision = await self._found(message, channel, thread)
            if revision >= message.revision:
                return _name(place)
        if message.card is None:
            await self._delete(message, place)
        elif place:
            await self._edit(message, place)
        else:
            place = await self._post(message, channel, thread)
        return _name(place)

    async def _found(
        self, message: Message, channel: str, thread: str | None
    ) -> tuple[tuple[str, str] | None, int]:
        """Where an earlier try put the message, and its revision there; (None, 0) when it is not there."""
        oldest = f"{(self._clock() - LOOK_BACK).timestamp():.6f}"
        query = {"channel": channel, "limit": LOOK_LIMIT, "include_all_metadata": True, "oldest": oldest}
        method = "conversations.replies" if thread else "conversations.history"
        call = Call(method, query={**query, "ts": thread} if thread else query)
        answer = await self._api.call(message.room.workspace, call)
        for each in answer.get("messages", ()):
            if (revision := _revision(each, message.id)) is not None:
                return (channel, str(each["ts"])), revision
        return None, 0

    async def _post(self, message: Message, channel: str, thread: str | None) -> tuple[str, str]:
        body = {"channel": channel, **self._content(message), **_labels(message)}
        body |= {"unfurl_links": False, "unfurl_media": False}
        if thread:
            body["thread_ts"] = thread
        call = Call("chat.postMessage", body, channel=channel)
        answer = await self._api.call(message.room.workspace, call)
        return str(answer["channel"]), str(answer["ts"])

    async def _edit(self, message: Message, place: tuple[str, str]) -> None:
        channel, ts = place
        body = {"channel": channel, "ts": ts, **self._content(message), **_labels(message)}
        await self._api.call(message.room.workspace, Call("chat.update", body, channel=channel))

    async def _delete(self, message: Message, place: tuple[str, str] | None) -> None:
        if place is None:
            return
        channel, ts = place
        call = Call("chat.delete", {"channel": channel, "ts": ts}, channel=channel)
        try:
            await self._api.call(message.room.workspace, call)
        except Rejected as refusal:
            if refusal.reason != "message_not_found":
                raise

    def _content(self, message: Message) -> Json:
        if message.card is None:
            raise ValueError("a message that was taken away has no content")
        blocks = render.message_blocks(message, self._codec)
        return {"text": render.fallback_text(message.card), "blocks": blocks}


def _replaces(way: ResponseUrl | Window | NoPath, message: Message) -> bool:
    return isinstance(way, ResponseUrl) and way.message_id == message.id


def _place(shown_as: str | None) -> tuple[str, str] | None:
    """Channel and timestamp of an ordinary message."""
    channel, _, ts = (shown_as or "").partition(":")
    return (channel, ts) if ts and channel != "view" else None


def _name(place: tuple[str, str] | None) -> str | None:
    return ":".join(place) if place else None


def _labels(message: Message) -> Json:
    payload = {"id": message.id, "revision": message.revision}
    return {"metadata": {"event_type": METADATA_TYPE, "event_payload": payload}}


def _revision(found: Mapping[str, Any], message_id: str) -> int | None:
    """Which revision of our message this is, or None when it is another."""
    metadata = found.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    if metadata.get("event_type") != METADATA_TYPE or payload.get("id") != message_id:
        return None
    return int(payload.get("revision", 0))
