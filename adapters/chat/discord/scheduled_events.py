"""Meetings as scheduled events of a server: what everybody finds under its *Events*, with a link of its own.

Everybody in a server reads all of its events, so there is one only for a meeting in a channel that everybody
sees. Discord knows no id of ours: an event is known again by a mark in its description.
Source: "Guild Scheduled Event" of Discord's documentation.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Final

import structlog

from adapters.chat.discord import rest
from adapters.chat.discord.members import Members
from adapters.chat.discord.names import DIRECT, Json
from adapters.chat.discord.rest import Rest
from adapters.chat.discord.visits import Visits
from adapters.payload import maybe
from scheduling_core.chat_ports import Notice, Posted
from scheduling_core.errors import Rejected
from scheduling_core.refs import RoomRef

EXTERNAL: Final = 3
"""A type of events: anywhere but in a channel of the server."""
GUILD_ONLY: Final = 2
MAX_NAME: Final = 100
MAX_LOCATION: Final = 100
ONLINE: Final = "Online"

_ALL = "/guilds/{guild_id}/scheduled-events"
_ONE = "/guilds/{guild_id}/scheduled-events/{event_id}"

log = structlog.get_logger(__name__)


class ScheduledEvents:
    """`EventBoard` for Discord.

    Args:
        visits: the servers the bot is not in.
        clock: tells the instant now.
    """

    def __init__(self, api: Rest, members: Members, visits: Visits, clock: Callable[[], datetime]) -> None:
        self._rest = api
        self._members = members
        self._visits = visits
        self._clock = clock
        self._refused: set[tuple[str, int]] = set()

    async def post(self, room: RoomRef, notice: Notice, posted_as: str) -> Posted | None:
        """See `EventBoard.post`."""
        if room.workspace == DIRECT or await self._visits.is_visited(room.workspace):
            return None
        guild = room.workspace.workspace
        try:
            if not posted_as:
                if notice.span.start <= self._clock() or not await self._members.is_open(room):
                    return None
                posted_as = await self._found(guild, notice.key)
            if not posted_as:
                return await self._created(guild, notice)
        except Rejected as refusal:
            self._warn(guild, refusal)
            return None
        return await self._changed(guild, notice, posted_as)

    async def take_down(self, room: RoomRef, key: str, posted_as: str) -> None:
        """See `EventBoard.take_down`."""
        if room.workspace == DIRECT or await self._visits.is_visited(room.workspace):
            return
        guild = room.workspace.workspace
        try:
            if event := posted_as or await self._found(guild, key):
                await self._rest.call("DELETE", _ONE, {"guild_id": guild, "event_id": event})
        except Rejected as refusal:
            if refusal.code != rest.UNKNOWN_EVENT:
                self._warn(guild, refusal)

    async def _found(self, guild: str, key: str) -> str:
        """The event that an earlier try made without our learning it; "" for none."""
        listed = await self._rest.call("GET", _ALL, {"guild_id": guild})
        for one in listed if isinstance(listed, list) else ():
            if maybe(one, "creator_id") == self._rest.bot_id and mark_of(key) in maybe(one, "description"):
                return maybe(one, "id")
        return ""

    async def _created(self, guild: str, notice: Notice) -> Posted:
        made = await self._rest.call("POST", _ALL, {"guild_id": guild}, body(notice))
        return _posted(guild, maybe(made, "id"))

    async def _changed(self, guild: str, notice: Notice, event: str) -> Posted | None:
        try:
            await self._rest.call("PATCH", _ONE, {"guild_id": guild, "event_id": event}, body(notice))
        except Rejected as refusal:
            if refusal.code == rest.UNKNOWN_EVENT:
                # Somebody of the server deleted it: so they want none.
                return None
            self._warn(guild, refusal)
        return _posted(guild, event)

    def _warn(self, guild: str, refusal: Rejected) -> None:
        """Once for each reason: it would be told for every meeting."""
        if (guild, refusal.code) not in self._refused:
            self._refused.add((guild, refusal.code))
            log.warning("discord.event_refused", guild=guild, code=refusal.code)


def body(notice: Notice) -> Json:
    """The event as Discord takes it."""
    is_short = 0 < len(notice.where) <= MAX_LOCATION
    lines = ["Arranged with Parley.", "" if is_short else notice.where, mark_of(notice.key)]
    return {
        "name": notice.title[:MAX_NAME],
        "description": "\n".join(filter(None, lines)),
        "privacy_level": GUILD_ONLY,
        "entity_type": EXTERNAL,
        "entity_metadata": {"location": notice.where if is_short else ONLINE},
        "scheduled_start_time": notice.span.start.isoformat(),
        "scheduled_end_time": notice.span.end.isoformat(),
    }


def mark_of(key: str) -> str:
    """By what an event is known again; it tells nothing."""
    return f"#{sha256(key.encode()).hexdigest()[:16]}"


def _posted(guild: str, event: str) -> Posted:
    return Posted(event, f"https://discord.com/events/{guild}/{event}")
