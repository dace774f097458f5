"""Finding a message whose post was answered by nobody, in a channel that went on meanwhile."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.chat.slack.names import Json
from adapters.chat.slack.web import Call, WorkspaceApi
from adapters.memory import Memory
from scheduling_core.deliveries import Message
from scheduling_core.errors import Rejected, Unavailable
from scheduling_core.refs import WorkspaceRef

METADATA_TYPE: Final = "parley_message"

LOOK_BACK: Final = timedelta(hours=25)
"""How far back to look where another process made the first attempt: jobs are tried again for a day."""
CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How much earlier than ours Slack's clock may have said it was."""
PAGE: Final = 200
"""As many as Slack recommends; apps sold outside its marketplace get 15, and one page a minute."""

_MESSAGES = 10_000
_ATTEMPT_LIFE = timedelta(days=7)
_CURSOR_LIFE = timedelta(hours=1)

_Key = tuple[WorkspaceRef, str]


@dataclass(frozen=True, slots=True)
class Found:
    """Our message as Slack has it.

    Attributes:
        ts: of the message in its channel.
    """

    ts: str
    revision: int


class LostPosts:
    """Remembers when each message was first posted, so that no more is read than was written since."""

    def __init__(self, api: WorkspaceApi, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._clock = clock
        self._attempts: Memory[_Key, datetime] = Memory(clock, _MESSAGES)
        self._cursors: Memory[_Key, str] = Memory(clock, _MESSAGES)

    def attempted(self, message: Message) -> None:
        """The message is posted now, perhaps not for the first time."""
        if self._attempts.known(_key(message)) is None:
            self._attempts.keep(_key(message), self._clock(), _ATTEMPT_LIFE)

    async def find(self, message: Message, channel: str, thread: str | None) -> Found | None:
        """The message, wherever it stands in what was written since it was first posted.

        Raises:
            Unavailable, RateLimited: as `WorkspaceApi.call`; the next call goes on where this one was.
        """
        began = self._attempts.known(_key(message)) or self._clock() - LOOK_BACK
        oldest = (began - CLOCKS_DIFFER).timestamp()
        cursor = self._cursors.known(_key(message)) or ""
        while True:
            answer = await self._page(message, _call(channel, thread, oldest, cursor))
            messages: Sequence[Mapping[str, Any]] = answer.get("messages") or ()
            if found := _found(messages, message.id):
                break
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor or (not thread and _is_before(messages, oldest)):
                break
            self._cursors.keep(_key(message), cursor, _CURSOR_LIFE)
        self._cursors.forget(_key(message))
        return found

    async def _page(self, message: Message, call: Call) -> Json:
        try:
            return await self._api.call(message.room.workspace, call)
        except Rejected as refusal:
            if refusal.reason != "invalid_cursor":
                raise
            self._cursors.forget(_key(message))
            raise Unavailable(f"{call.method}: {refusal.reason}") from None


def labels(message: Message) -> Json:
    """What a message of ours carries to be found by."""
    payload = {"id": message.id, "revision": message.revision}
    return {"metadata": {"event_type": METADATA_TYPE, "event_payload": payload}}


def _key(message: Message) -> _Key:
    return message.room.workspace, message.id


def _call(channel: str, thread: str | None, oldest: float, cursor: str) -> Call:
    query: Json = {"channel": channel, "limit": PAGE, "include_all_metadata": True}
    query |= {"cursor": cursor} if cursor else {}
    if thread:
        # Oldest first, so what is lost stands at the beginning.
        return Call("conversations.replies", query={**query, "ts": thread, "oldest": f"{oldest:.6f}"})
    # Newest first as long as no `oldest` is given, so what was lost just now stands at the beginning.
    return Call("conversations.history", query=query)


def _found(messages: Sequence[Mapping[str, Any]], message_id: str) -> Found | None:
    for each in messages:
        if (revision := _revision(each, message_id)) is not None:
            return Found(str(each["ts"]), revision)
    return None


def _revision(found: Mapping[str, Any], message_id: str) -> int | None:
    """Which revision of our message this is, or None when it is another."""
    metadata = found.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    if metadata.get("event_type") != METADATA_TYPE or payload.get("id") != message_id:
        return None
    return int(payload.get("revision", 0))


def _is_before(messages: Sequence[Mapping[str, Any]], oldest: float) -> bool:
    return bool(messages) and float(messages[-1]["ts"]) < oldest
