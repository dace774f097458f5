"""Ordinary messages, in channels and in direct messages: the bot can always edit those that are its own.

What Discord may have taken without telling is looked for before anything is posted: each message of ours
carries its mark.
"""

from hashlib import sha256
from typing import Final

from adapters.chat.discord import render, rest
from adapters.chat.discord.names import Json, mark_of
from adapters.chat.discord.rest import Rest
from adapters.payload import find, maybe
from scheduling_core.actions import ActionCodec
from scheduling_core.deliveries import Message
from scheduling_core.errors import Rejected
from scheduling_core.refs import PersonRef

LOOK_LIMIT: Final = 50
"""How many of the latest messages are searched for one that a lost answer may have hidden."""
CLOSED: Final = frozenset(
    {rest.UNKNOWN_CHANNEL, rest.MISSING_ACCESS, rest.MISSING_PERMISSIONS, rest.NO_TEXT_CHANNEL}
)
"""Codes of a channel that is not there for the bot, or takes nothing of it."""

_MAX_CHANNELS = 10_000

Place = tuple[str, str]
"""Channel and message."""


class Posts:
    """Posts, edits and deletes them."""

    def __init__(self, api: Rest, codec: ActionCodec) -> None:
        self._rest = api
        self._codec = codec
        self._direct: dict[str, str] = {}

    async def bring(
        self, message: Message, channel: str, place: Place | None, *, looks: bool, deleted: str = ""
    ) -> Place | None:
        """Bring a message to its revision; returns where it is.

        Args:
            channel: where it belongs.
            place: where it was shown; None for not yet.
            looks: an earlier try may have reached Discord.
            deleted: Discord's id of the one that this is posted instead of.

        Raises: as `Rest.call`.
        """
        if looks:
            place = await self._found(message, channel)
        if message.card is None:
            await self._delete(place)
            return place
        if place:
            try:
                await self._edit(message, place)
            except Rejected as refusal:
                if refusal.code != rest.UNKNOWN_MESSAGE or looks:
                    raise
                # Somebody deleted it. What is new on it is shown all the same.
                return await self.bring(message, channel, None, looks=True, deleted=place[1])
            return place
        posted = await self._post(message, channel, _nonce(message, deleted))
        if looks and message.revision > 1:
            # It may be what an earlier try posted, at an earlier revision.
            await self._edit(message, posted)
        return posted

    async def direct_channel(self, reader: PersonRef) -> str:
        """Of the direct messages with somebody."""
        known = self._direct.get(reader.person)
        if known is None:
            made = await self._rest.call("POST", "/users/@me/channels", {}, {"recipient_id": reader.person})
            if len(self._direct) >= _MAX_CHANNELS:
                self._direct.clear()
            known = self._direct[reader.person] = maybe(made, "id")
        return known

    async def _post(self, message: Message, channel: str, nonce: str) -> Place:
        body = {**body_of(message, self._codec), "nonce": nonce, "enforce_nonce": True}
        path = "/channels/{channel_id}/messages"
        return channel, maybe(await self._rest.call("POST", path, {"channel_id": channel}, body), "id")

    async def _found(self, message: Message, channel: str) -> Place | None:
        """Where an earlier try put the message."""
        path, query = "/channels/{channel_id}/messages", {"limit": LOOK_LIMIT}
        try:
            latest = await self._rest.call("GET", path, {"channel_id": channel}, query=query)
        except Rejected as refusal:
            if refusal.code not in CLOSED:
                raise
            # Not allowed to look: Discord itself refuses the same nonce for some minutes.
            return None
        for one in latest if isinstance(latest, list) else ():
            if maybe(one, "author", "id") == self._rest.bot_id and is_marked(one, message.id):
                return channel, maybe(one, "id")
        return None

    async def _edit(self, message: Message, place: Place) -> None:
        path, body = "/channels/{channel_id}/messages/{message_id}", body_of(message, self._codec)
        at = {"channel_id": place[0], "message_id": place[1]}
        try:
            await self._rest.call("PATCH", path, at, body)
        except Rejected as refusal:
            if refusal.code != rest.THREAD_ARCHIVED:
                raise
            await self._rest.call("PATCH", "/channels/{channel_id}", at, {"archived": False})
            await self._rest.call("PATCH", path, at, body)

    async def _delete(self, place: Place | None) -> None:
        if place is None:
            return
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            await self._rest.call("DELETE", path, {"channel_id": place[0], "message_id": place[1]})
        except Rejected as refusal:
            if refusal.code != rest.UNKNOWN_MESSAGE:
                raise


def body_of(message: Message, codec: ActionCodec) -> Json:
    """A message with its mark."""
    body = render.message(message, codec)
    first, *others = body["components"]
    return {**body, "components": [{**first, "id": mark_of(message.id)}, *others]}


def is_marked(message: object, message_id: str) -> bool:
    """Whether what Discord answered is this message of ours."""
    components = find(message, "components")
    first = components[0] if isinstance(components, list) and components else None
    return find(first, "id") == mark_of(message_id)


def _nonce(message: Message, deleted: str) -> str:
    """The same for each try, whichever revision: Discord then answers with what stands there already.

    Source: "Create Message": at most 25 characters.
    """
    return sha256(f"{message.id}:{deleted}".encode()).hexdigest()[:25]
