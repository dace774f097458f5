"""Brings a message of ours to its revision, wherever Discord lets it be seen.

What a message was shown as (`shown_as`) is one of: `{channel}:{id}`, an ordinary message that the bot can
always edit; `ix:{id}`, posted by an interaction's token and edited by it alone, while it lives (`ix:` where
Discord did not tell the id); None, not shown yet; "" where an earlier try may have reached Discord.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from adapters.chat.discord import render, rest
from adapters.chat.discord.answers import ORIGINAL, Answers
from adapters.chat.discord.attempts import Attempts
from adapters.chat.discord.names import DIRECT, Json, Path, Spot, channel_of, read_path, read_spot
from adapters.chat.discord.posts import CLOSED, Place, Posts, body_of, is_marked
from adapters.chat.discord.referrals import Referrals
from adapters.chat.discord.responses import EPHEMERAL
from adapters.chat.discord.rest import Rest
from adapters.chat.discord.visits import Visits
from adapters.chat.discord.ways import Ways
from adapters.payload import find, maybe
from scheduling_core.actions import ActionCodec
from scheduling_core.deliveries import Message
from scheduling_core.errors import Gone, ProviderError, RateLimited, Rejected
from scheduling_core.refs import PersonRef, WorkspaceRef

LOADING: Final = 1 << 7
"""A flag of a message that says "… is thinking"."""

NOT_SHOWN: Final = (
    "I could not show you my answer. What you did may count all the same: please look at your meetings first."
)
NOT_SEEN: Final = (
    "Discord did not tell me whether my card arrived here. If nobody sees it, please withdraw it in your list"
    " of meetings and ask again."
)
NOT_FOR_ALL: Final = (
    "apps that somebody brings along may only answer privately in this server (“Use External Apps” is off),"
    " so nobody else sees the card"
)
_ANSWER = "ix"
_PATH_OVER = frozenset(
    {rest.TOKEN_OVER, rest.UNKNOWN_WEBHOOK, rest.UNKNOWN_INTERACTION, rest.TOO_MANY_FOLLOWUPS}
)


class DiscordClient:
    """Shows messages; never retries by itself, but see `Answers.follow`.

    Args:
        clock: tells the instant now.
        visits: the servers the bot is not in, where people brought it along.
        ways: to the cards that stand there.
        attempts: to post what cannot be looked for.
        referrals: for whoever takes no direct messages.
    """

    def __init__(
        self,
        api: Rest,
        codec: ActionCodec,
        clock: Callable[[], datetime],
        visits: Visits,
        ways: Ways,
        attempts: Attempts,
        referrals: Referrals,
    ) -> None:
        self._rest = api
        self._posts = Posts(api, codec)
        self.answers = Answers(api, clock)
        self._codec = codec
        self._clock = clock
        self._visits = visits
        self._ways = ways
        self._attempts = attempts
        self._referrals = referrals

    async def show(self, message: Message, shown_as: str | None, path: str = "") -> str | None:
        """See `ChatPlatform.show`; a repeat never makes a second message in a channel when *shown_as* is "".

        Raises:
            Unavailable, RateLimited: try again later.
            Rejected: never this message; the code is Discord's.
            Gone: the bot is no longer in that server.
        """
        way = read_path(path)
        way = way if way and way.is_alive(self._clock()) else None
        if message.audience is None:
            return await self._public(message, shown_as, way)
        try:
            return await self._private(message, message.audience, shown_as, way)
        except Rejected as refusal:
            spot = read_spot(path, self._clock())
            if spot and refusal.code == rest.TAKES_NO_DIRECT_MESSAGES:
                await self._referrals.reply(spot)
            raise

    async def say(self, path: Path, sentence: str) -> None:
        """Tell the actor one sentence, in place of the answer.

        Raises: as `show`.
        """
        await self.answers.follow(path, "POST", "", _whispered(render.note(sentence)))

    async def say_to_all(self, spot: Spot, sentence: str) -> None:
        """Tell whoever said something there one sentence that everybody reads; once for each message.

        Raises:
            Unavailable, RateLimited: try again later.
            Gone: the bot is no longer in that server.
        """
        await self._referrals.reply(spot, sentence)

    async def end_waiting(self, way: Path) -> None:
        """Take "… is thinking" away, where it still stands: what answers may stand elsewhere.

        Raises: as `show`.
        """
        if way.message_id:
            return
        try:
            if _flags(await self.answers.original(way)) & LOADING:
                await self.answers.follow(way, "DELETE", ORIGINAL)
        except Rejected as refusal:
            if refusal.code not in _PATH_OVER | {rest.UNKNOWN_MESSAGE}:
                raise

    async def _public(self, message: Message, shown_as: str | None, way: Path | None) -> str | None:
        if _is_answer(shown_as):
            return await self._change(message, shown_as, way)
        try:
            posted = await self._ordinary(message, channel_of(message.room), shown_as)
        except Rejected as refusal:
            if refusal.code not in CLOSED:
                raise
            if not shown_as and message.card and way and way.channel == channel_of(message.room):
                return await self._as_followup(message, way)
            await self._look_whether_gone(message.room.workspace)
            raise
        if way and not shown_as:
            await self.end_waiting(way)
        return posted

    async def _as_followup(self, message: Message, way: Path) -> str | None:
        """For everybody, where the bot may only answer: it is not in the room itself.

        Source: "Permissions", USE_EXTERNAL_APPS: without it whatever is answered there is private.
        """
        # The first followup takes the place of a private "… is thinking", and is as private.
        await self.end_waiting(way)
        if await self._attempts.is_known(_private_only(message)):
            raise Rejected(rest.MISSING_PERMISSIONS, NOT_FOR_ALL)
        until = datetime.fromtimestamp(way.expires, UTC)
        if not await self._attempts.begin(message.id, until):
            # The messages of a token cannot be listed.
            await self.say(way, NOT_SEEN)
            return f"{_ANSWER}:"
        try:
            posted = await self.answers.follow(way, "POST", "", self._body(message))
        except (RateLimited, Rejected):
            await self._attempts.had_no_effect(message.id)
            raise
        if _flags(posted) & EPHEMERAL:
            await self._attempts.begin(_private_only(message), until)
            await self.answers.follow(
                way, "PATCH", maybe(posted, "id"), render.note(NOT_FOR_ALL[0].upper() + NOT_FOR_ALL[1:])
            )
            raise Rejected(rest.MISSING_PERMISSIONS, NOT_FOR_ALL)
        return f"{_ANSWER}:{maybe(posted, 'id')}"

    async def _change(self, message: Message, shown_as: str | None, way: Path | None) -> str | None:
        """Of a message for everybody that a token posted; afterwards it stays as it is."""
        pressed = await self._ways.last(message.id)
        for each in (pressed, way):
            if each is None or not each.is_alive(self._clock()):
                continue
            where = ORIGINAL if each.message_id == message.id else (shown_as or "").partition(":")[2]
            if not where:
                continue
            try:
                await self._at(message, each, where)
            except Rejected as refusal:
                if refusal.code not in _PATH_OVER:
                    raise
            else:
                return shown_as
        raise Rejected(rest.TOKEN_OVER, "only a press on it could change it now")

    async def _look_whether_gone(self, workspace: WorkspaceRef) -> None:
        """Tell a closed channel from a server that took the bot away.

        Raises:
            Gone: the latter.
        """
        if workspace == DIRECT or await self._visits.is_visited(workspace):
            return
        try:
            await self._rest.call("GET", "/guilds/{guild_id}", {"guild_id": workspace.workspace})
        except Rejected as refusal:
            if refusal.code == rest.MISSING_ACCESS:
                raise Gone("the bot is not in this server") from None

    async def _private(
        self, message: Message, reader: PersonRef, shown_as: str | None, way: Path | None
    ) -> str | None:
        if place := _place(shown_as):
            return await self._ordinary(message, place[0], shown_as)
        if way is not None:
            try:
                return await self._by_path(message, shown_as, way)
            except Rejected as refusal:
                if refusal.code not in _PATH_OVER:
                    await self._apologise(way)
                    raise
        if message.card is None or shown_as:
            # Nobody but its own token changes it any more; its reader has seen it.
            return shown_as
        return await self._ordinary(message, await self._posts.direct_channel(reader), shown_as)

    async def _by_path(self, message: Message, shown_as: str | None, way: Path) -> str | None:
        if way.message_id == message.id:
            return await self._at(message, way, ORIGINAL) or shown_as
        if _is_answer(shown_as):
            await self._at(message, way, (shown_as or "").partition(":")[2])
            return shown_as
        if message.card is None:
            # Taken away before we learned where it stands, as the answer to the first of two clicks is.
            if await self._is_original(message, way):
                await self._at(message, way, ORIGINAL)
            return shown_as
        if shown_as == "" and await self._is_original(message, way):
            return await self._at(message, way, ORIGINAL)
        # The first one takes the place of "… is thinking".
        return _shown_as(await self.answers.follow(way, "POST", "", _whispered(self._body(message))))

    async def _at(self, message: Message, way: Path, where: str) -> str | None:
        """Edit or delete what the token may; None where its reader dismissed it."""
        try:
            if message.card is None:
                await self.answers.follow(way, "DELETE", where)
                return None
            return _shown_as(await self.answers.follow(way, "PATCH", where, self._body(message)))
        except Rejected as refusal:
            if refusal.code != rest.UNKNOWN_MESSAGE:
                raise
            return None

    async def _is_original(self, message: Message, way: Path) -> bool:
        """Whether an earlier try put it there, or none did and it belongs there."""
        original = await self.answers.original(way)
        return bool(_flags(original) & LOADING) or is_marked(original, message.id)

    async def _apologise(self, way: Path) -> None:
        """Whoever waits must not wait for what Discord never shows."""
        with suppress(ProviderError):
            await self.say(way, NOT_SHOWN)

    async def _ordinary(self, message: Message, channel: str, shown_as: str | None) -> str | None:
        """Post, edit or delete a message that the bot can always edit."""
        place = await self._posts.bring(message, channel, _place(shown_as), looks=shown_as == "")
        return ":".join(place) if place else None

    def _body(self, message: Message) -> Json:
        return body_of(message, self._codec)


def _place(shown_as: str | None) -> Place | None:
    """Channel and id of an ordinary message."""
    channel, _, message = (shown_as or "").partition(":")
    return (channel, message) if message and channel != _ANSWER else None


def _is_answer(shown_as: str | None) -> bool:
    return (shown_as or "").startswith(f"{_ANSWER}:")


def _shown_as(posted: object) -> str:
    """What to hand in next time for what Discord answered."""
    where = _ANSWER if _flags(posted) & EPHEMERAL else maybe(posted, "channel_id")
    return f"{where}:{maybe(posted, 'id')}"


def _flags(message: object) -> int:
    found = find(message, "flags")
    return found if isinstance(found, int) else 0


def _private_only(message: Message) -> str:
    """Names that it was posted for everybody, and only the actor sees it."""
    return f"{message.id} is private"


def _whispered(body: Mapping[str, Any]) -> Json:
    return {**body, "flags": body["flags"] | EPHEMERAL}
