"""Who is in a channel: asked of Slack page by page, remembered for minutes.

A question is one for all who want to know. It goes on when nobody can wait any longer, so its answer is there
when they come again: a list that is slow or long keeps nobody out for good.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from adapters.chat.slack.web import Call, Json, WorkspaceApi
from adapters.memory import Memory
from scheduling_core.errors import ProviderError, RateLimited, Rejected
from scheduling_core.refs import RoomRef, WorkspaceRef

PATIENCE_SECONDS: Final = 8.0
"""How long one answer is waited for; a page has ten seconds, and a list of many as long as it takes."""
_SHORT: Final = 0.25
"""The part of that for what can be answered without asking."""
READING_SECONDS: Final = 60.0
"""Of a whole list."""
MEMBERS_LIFE: Final = timedelta(minutes=5)
NO_LIFE: Final = timedelta(seconds=10)
"""How long it is believed that somebody is not there, by page of the list: another process may have been told
that they came."""
FAILURE_LIFE: Final = timedelta(seconds=1)
"""How long nobody asks again; a limit is kept for as long as Slack said, see `WebApi`."""
LAST_KNOWN_LIFE: Final = timedelta(hours=1)
"""How long a list still tells who is in, while Slack gives no other."""
PAGE: Final = 1000
PAGES: Final = 20
"""Of a channel with more people than these pages hold it is not known who else is in."""

_CHANNELS = 1_000
_NOT_THERE = frozenset({"channel_not_found", "not_in_channel", "thread_not_found", "method_not_supported"})


@dataclass(frozen=True, slots=True)
class Channel:
    """Who is in a channel.

    Attributes:
        is_whole: there is nobody but them.
        has_bot: None where Slack did not say.
    """

    members: frozenset[str]
    is_whole: bool
    has_bot: bool | None
    asked_at: datetime

    @property
    def is_crowd(self) -> bool:
        """Whether it takes several pages to ask again."""
        return len(self.members) > PAGE

    @property
    def believed_until(self) -> datetime:
        """How long somebody who is not among them is believed not to be there."""
        return self.asked_at + NO_LIFE * (1 + len(self.members) // PAGE)

    def has(self, user_id: str) -> bool | None:
        """Whether the user is in it; None where that is not known."""
        return True if user_id in self.members else False if self.is_whole else None

    def after(self, changes: Mapping[str, bool]) -> "Channel":
        """The same once these came (True) or left."""
        came = {user for user, is_inside in changes.items() if is_inside}
        return replace(self, members=self.members - changes.keys() | came)


@dataclass(frozen=True, slots=True)
class _Hidden:
    """A channel that the bot cannot see into, because it is not in it."""

    asked_at: datetime

    @property
    def believed_until(self) -> datetime:
        return self.asked_at + NO_LIFE


_Found = Channel | _Hidden | None
"""None: Slack did not answer."""


@dataclass(slots=True)
class _Reading:
    """A list that is being read, and who came or left meanwhile."""

    task: "asyncio.Task[_Found]"
    changes: dict[str, bool] = field(default_factory=dict)


class Members:
    """The members of the channels of every workspace.

    Args:
        bot_user: gives the bot's own user id in a workspace.
        patience_seconds: of each answer here.
    """

    def __init__(
        self,
        api: WorkspaceApi,
        bot_user: Callable[[WorkspaceRef], Awaitable[str]],
        clock: Callable[[], datetime],
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._api = api
        self._bot_user = bot_user
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._channels: Memory[RoomRef, _Found] = Memory(clock, _CHANNELS)
        self._last_known: Memory[RoomRef, Channel] = Memory(clock, _CHANNELS)
        self._readings: dict[RoomRef, _Reading] = {}

    async def has(self, room: RoomRef, user_id: str) -> bool | None:
        """Whether the user is in the channel; None where that cannot be known now.

        While Slack does not answer, who was in it within the last hour, and did not leave since, still is.
        """

        def claim(found: _Found) -> bool | None:
            return found.has(user_id) if isinstance(found, Channel) else None

        last = self._last_known.known(room)
        was_inside = last is not None and last.has(user_id) is True
        verdict = await self._verdict(room, claim, _SHORT if was_inside else 1)
        # They may have left while it was waited for.
        last = self._last_known.known(room)
        return True if verdict is None and last and last.has(user_id) else verdict

    async def has_bot(self, room: RoomRef) -> bool:
        """Whether the bot is in the channel; True where that cannot be known soon."""

        def claim(found: _Found) -> bool | None:
            return found.has_bot if isinstance(found, Channel) else None if found is None else False

        return await self._verdict(room, claim, _SHORT) is not False

    def is_too_big(self, room: RoomRef) -> bool:
        """Whether the channel is known to have more people than are listed; nobody is asked."""
        known = self._channels.known(room)
        return isinstance(known, Channel) and not known.is_whole

    def forget(self, room: RoomRef) -> None:
        """Who is in it is not what it seemed: ask anew."""
        self._channels.forget(room)
        self._readings.pop(room, None)

    def came_or_left(self, room: RoomRef, user_id: str, *, is_inside: bool) -> None:
        """Somebody is in the channel now, or no longer."""
        change = {user_id: is_inside}
        if reading := self._readings.get(room):
            reading.changes |= change
        known = self._channels.known(room)
        if isinstance(known, Channel) and known.is_crowd:
            # People come and go in a crowd all the time.
            left = known.asked_at + MEMBERS_LIFE - self._clock()
            self._channels.keep(room, known.after(change), left)
        elif reading is None:
            self._channels.forget(room)
        if last := self._last_known.known(room):
            self._last_known.keep(room, last.after(change), LAST_KNOWN_LIFE)

    def stop(self) -> None:
        """Ask no further."""
        for reading in self._readings.values():
            reading.task.cancel()

    async def _verdict(
        self, room: RoomRef, claim: Callable[[_Found], bool | None], patience: float
    ) -> bool | None:
        try:
            async with asyncio.timeout(self._patience_seconds * patience):
                found = await self._channel(room)
                # A no is only believed while it is fresh.
                if found and claim(found) is False and self._clock() >= found.believed_until:
                    self._channels.forget(room)
                    found = await self._channel(room)
                return claim(found)
        except TimeoutError:
            return None

    async def _channel(self, room: RoomRef) -> _Found:
        if found := self._channels.known(room):
            return found
        reading = self._readings.get(room) or self._begun(room)
        return await asyncio.shield(reading.task)

    def _begun(self, room: RoomRef) -> _Reading:
        async def ask() -> tuple[_Found, timedelta]:
            found = await self._read(room)
            if found is None:
                return None, FAILURE_LIFE
            if isinstance(found, _Hidden):
                # Where somebody came or left there is more to see by now.
                return found, timedelta() if reading.changes else MEMBERS_LIFE
            found = found.after(reading.changes)
            self._last_known.keep(room, found, LAST_KNOWN_LIFE)
            return found, MEMBERS_LIFE

        def ended(_: object) -> None:
            if self._readings.get(room) is reading:
                del self._readings[room]

        reading = _Reading(asyncio.create_task(self._channels.get(room, ask)))
        reading.task.add_done_callback(ended)
        self._readings[room] = reading
        return reading

    async def _read(self, room: RoomRef) -> _Found:
        now = self._clock()
        try:
            async with asyncio.timeout(READING_SECONDS):
                members, is_whole = await self._listed(room)
                return Channel(members, is_whole, await self._finds_bot(room, members, is_whole), now)
        except Rejected as refusal:
            return _Hidden(now) if refusal.reason in _NOT_THERE else None
        except (ProviderError, TimeoutError):
            return None

    async def _listed(self, room: RoomRef) -> tuple[frozenset[str], bool]:
        """Members, and whether these are all."""
        members: list[str] = []
        query: Json = {"channel": room.room, "limit": PAGE}
        for _ in range(PAGES):
            answer = await self._page(room, query, is_first="cursor" not in query)
            members += answer.get("members") or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return frozenset(members), True
            query = {**query, "cursor": cursor}
        return frozenset(members), False

    async def _page(self, room: RoomRef, query: Json, *, is_first: bool) -> Json:
        while True:
            try:
                return await self._api.call(room.workspace, Call("conversations.members", query=query))
            except RateLimited as limit:
                if is_first:
                    raise
                # What was read already is not thrown away.
                await asyncio.sleep(limit.retry_after.total_seconds())

    async def _finds_bot(self, room: RoomRef, members: frozenset[str], is_whole: bool) -> bool | None:
        bot = await self._bot_user(room.workspace)
        if is_whole or bot in members:
            return bot in members
        call = Call("conversations.info", query={"channel": room.room})
        told = (await self._api.call(room.workspace, call)).get("channel") or {}
        has_bot = told.get("is_member")
        return has_bot if isinstance(has_bot, bool) else None
