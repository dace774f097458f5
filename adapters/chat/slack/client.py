"""The only module that posts: brings a message of ours to its revision, wherever Slack lets it be seen.

What a message was shown as (`shown_as`) is one of: `{channel}:{ts}`, an ordinary message that can be edited;
`ephemeral`, seen by one person and edited by nobody but its own press; `view:{id}`, in a window that was
open; `home`; None, not shown yet; "" where an earlier try may have reached Slack.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from adapters.chat.slack import refusals, render
from adapters.chat.slack.lost_posts import LostPosts, labels
from adapters.chat.slack.names import NoPath, ResponseUrl, Window, is_direct, is_home, read_path
from adapters.chat.slack.web import Call, Json, Mendable, WorkspaceApi
from adapters.memory import Memory
from adapters.payload import find
from scheduling_core.actions import ActionCodec
from scheduling_core.deliveries import Message
from scheduling_core.errors import ProviderError, RateLimited, Rejected, Unavailable
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef

EPHEMERAL: Final = "ephemeral"
HOME: Final = "home"

TRIGGER_DEADLINE_SECONDS: Final = 3.0
"""A trigger lives for 3 s, Slack's own way here included; a window that is not open by then never will be."""

_CONVERSATIONS = 10_000
_CONVERSATION_LIFE = timedelta(days=1)

_NOT_THERE = refusals.NOT_IN | {"user_not_in_channel"}
_TRIGGER_OVER = frozenset(
    {
        "expired_trigger_id",
        "exchanged_trigger_id",
        "invalid_trigger_id",
        "trigger_expired",
        "trigger_exchanged",
        # The same press came twice.
        "duplicate_external_id",
    }
)
_VIEW_OVER = frozenset({"not_found", "view_not_found"})

log = structlog.get_logger(__name__)


class SlackClient:
    """Shows messages; never retries by itself.

    Args:
        api: calls as the bot of each workspace.
        clock: tells the instant now.
        is_out: is told where the bot, or a reader, turned out not to be.
    """

    def __init__(
        self,
        api: WorkspaceApi,
        codec: ActionCodec,
        clock: Callable[[], datetime],
        is_out: Callable[[RoomRef], None],
    ) -> None:
        self._api = api
        self._codec = codec
        self._is_out = is_out
        self._lost = LostPosts(api, clock)
        self._conversations: Memory[PersonRef, str] = Memory(clock, _CONVERSATIONS)

    async def show(self, message: Message, shown_as: str | None, path: str = "") -> str | None:
        """See `ChatPlatform.show`; a repeat never makes a second public message when *shown_as* is "".

        Raises:
            Unavailable, RateLimited: try again later.
            Rejected: not as things are; the reason is a sentence for people.
            Gone: the app is no longer in that workspace.
        """
        try:
            if message.audience is None:
                return await self._public(message, shown_as)
            return await self._private(message, message.audience, shown_as, path)
        except Rejected as refusal:
            room = message.room
            where = {"workspace": room.workspace.workspace, "channel": room.room, "message": message.id}
            log.warning("slack.not_shown", **where, error=refusal.reason)
            sentence = refusals.sentence(refusal.reason, await self._called(room))
            raise Rejected(refusal.code, sentence) from refusal

    async def _called(self, room: RoomRef) -> str:
        """How people call a channel; of a private one that the bot is not in nothing can be learned."""
        if is_direct(room) or is_home(room):
            return "our direct messages"
        try:
            answer = await self._api.call(
                room.workspace, Call("conversations.info", query={"channel": room.room})
            )
        except ProviderError:
            return "that channel"
        channel = answer.get("channel")
        name = find(channel, "name")
        return f"#{name}" if isinstance(name, str) and name and not find(channel, "is_mpim") else "that group"

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
        return await self.update_window(message.room.workspace, way, message)

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

    async def open_window(
        self,
        workspace: WorkspaceRef,
        trigger_id: str,
        external_id: str,
        deadline_seconds: float = TRIGGER_DEADLINE_SECONDS,
    ) -> Window | None:
        """Open a window that waits for its card.

        Args:
            external_id: a name of ours for it, the same for every repeat of one press.

        Returns:
            The window; by our name, where Slack did not say whether it opened; then `update_window` tells.
            None when the trigger was too old or used up.

        Raises: as `show`.
        """
        view = {**render.loading_modal(), "external_id": external_id}
        call = Call("views.open", {"trigger_id": trigger_id, "view": view})
        try:
            answer = await self._api.call(workspace, call, deadline_seconds)
        except Rejected as refusal:
            if refusal.reason in _TRIGGER_OVER:
                return None
            raise
        except (RateLimited, Mendable):
            raise
        except Unavailable:
            return Window(external_id=external_id)
        return Window(str(answer["view"]["id"]))

    async def update_window(self, workspace: WorkspaceRef, window: Window, message: Message) -> bool:
        """Put a card into an open window; False when the window was closed, or never opened.

        Raises: as `show`.
        """
        return await self._update_window(workspace, window, render.modal(message, self._codec))

    async def say_in_window(self, workspace: WorkspaceRef, window: Window, sentence: str) -> bool:
        """Put one sentence into an open window; as `update_window`."""
        return await self._update_window(workspace, window, render.note_modal(sentence))

    async def _update_window(self, workspace: WorkspaceRef, window: Window, view: Json) -> bool:
        body: Json = {"view_id": window.view_id, "view": view}
        if not window.view_id:
            # A view keeps its name only when it is said again.
            name = window.external_id
            body = {"external_id": name, "view": {**view, "external_id": name}}
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
            await self._into(room.workspace, Call("chat.postEphemeral", body))
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
            answer = await self._api.call(reader.realm, call)
            return str(answer["channel"]["id"]), _CONVERSATION_LIFE

        return await self._conversations.get(reader, ask)

    async def _ordinary(
        self, message: Message, channel: str, thread: str | None, shown_as: str | None
    ) -> str | None:
        """Post, edit or delete a message that can be edited."""
        place = _place(shown_as)
        if shown_as == "":
            found = await self._lost.find(message, channel, thread)
            place = (channel, found.ts) if found else None
            if found and found.revision >= message.revision:
                return _name(place)
        if message.card is None:
            await self._delete(message, place)
        elif place:
            await self._edit(message, place)
        else:
            place = await self._post(message, channel, thread)
        return _name(place)

    async def _post(self, message: Message, channel: str, thread: str | None) -> tuple[str, str]:
        body = {"channel": channel, **self._content(message), **labels(message)}
        body |= {"unfurl_links": False, "unfurl_media": False}
        if thread:
            body["thread_ts"] = thread
        call = Call("chat.postMessage", body, channel=channel)
        self._lost.attempted(message)
        answer = await self._into(message.room.workspace, call)
        return str(answer["channel"]), str(answer["ts"])

    async def _edit(self, message: Message, place: tuple[str, str]) -> None:
        channel, ts = place
        body = {"channel": channel, "ts": ts, **self._content(message), **labels(message)}
        await self._into(message.room.workspace, Call("chat.update", body))

    async def _delete(self, message: Message, place: tuple[str, str] | None) -> None:
        if place is None:
            return
        channel, ts = place
        call = Call("chat.delete", {"channel": channel, "ts": ts})
        try:
            await self._into(message.room.workspace, call)
        except Rejected as refusal:
            if refusal.reason != "message_not_found":
                raise

    async def _into(self, workspace: WorkspaceRef, call: Call) -> Json:
        """A call about a channel; what it tells of who is there is learned."""
        try:
            return await self._api.call(workspace, call)
        except Rejected as refusal:
            if refusal.reason in _NOT_THERE and call.body:
                self._is_out(RoomRef(workspace, str(call.body["channel"])))
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
