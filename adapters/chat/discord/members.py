"""Who of a server can see a channel or a thread: asked of Discord; what rarely changes is kept for a minute.

That somebody can see it is believed while roles and overwrites are remembered; that they cannot, only of what
was asked just now.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adapters.chat.discord import payloads, permissions, rest
from adapters.chat.discord.absence import Absent, Found, Here, Hidden, Machine, Unknown
from adapters.chat.discord.names import Json, channel_of
from adapters.chat.discord.payloads import PRIVATE_THREAD, THREADS, VIEW_CHANNEL
from adapters.chat.discord.permissions import MANAGE_THREADS, Overwrite, Server
from adapters.chat.discord.rest import Rest
from adapters.memory import Memory
from adapters.payload import find, maybe
from scheduling_core.errors import ProviderError, Rejected
from scheduling_core.refs import RoomRef

DEADLINE_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 5.0
"""Of all that is asked about one person."""
LIFE: Final = timedelta(minutes=1)
"""How long roles and overwrites are remembered."""
LAST_KNOWN_LIFE: Final = timedelta(hours=1)
"""How long somebody who saw the channel still does while Discord does not answer."""

_CHANNELS = 10_000
_SERVERS = 1_000
_PEOPLE = 10_000
_NOBODY = frozenset({rest.UNKNOWN_MEMBER, rest.UNKNOWN_USER})
_CLOSED = frozenset({rest.UNKNOWN_CHANNEL, rest.MISSING_ACCESS, rest.MISSING_PERMISSIONS})


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel or a thread.

    Attributes:
        parent: the channel of a thread; "" for what is none.
        overwrites: its own, which a thread has not.
    """

    kind: object
    parent: str
    overwrites: tuple[Overwrite, ...]


class Members:
    """The people of all servers."""

    def __init__(self, api: Rest, clock: Callable[[], datetime]) -> None:
        self._rest = api
        self._servers: Memory[str, Server] = Memory(clock, _SERVERS)
        self._channels: Memory[str, Channel] = Memory(clock, _CHANNELS)
        self._last_known: Memory[tuple[str, str], Here] = Memory(clock, _PEOPLE)

    async def find(self, room: RoomRef, user: str) -> Found:
        """Whether somebody can see a room of a server.

        While Discord does not answer, who could within the last hour still can.
        """
        key = channel_of(room), user
        found = await self._in_time(self._found(room, user))
        match found:
            case Here():
                self._last_known.keep(key, found, LAST_KNOWN_LIFE)
            case Unknown():
                return self._last_known.known(key) or found
            case _:
                self._last_known.forget(key)
        return found

    async def is_open(self, room: RoomRef) -> bool:
        """Whether everybody in the server can see a room.

        Raises:
            ProviderError: it cannot be learned.
        """
        server, channel = room.workspace.workspace, channel_of(room)
        where, place, over = await self._rules(server, channel)
        may = permissions.in_channel(where, "", (), over)
        return bool(may & VIEW_CHANNEL) and place.kind != PRIVATE_THREAD

    async def channel(self, channel: str) -> Channel:
        """A channel or a thread.

        Raises:
            ProviderError: it cannot be learned.
        """

        async def ask() -> tuple[Channel, timedelta]:
            told = await self._asked("/channels/{channel_id}", {"channel_id": channel})
            kind = find(told, "type")
            parent = maybe(told, "parent_id") if kind in THREADS else ""
            return Channel(kind, parent, permissions.overwrites(told)), LIFE

        return await self._channels.get(channel, ask)

    async def _in_time(self, asking: Awaitable[Found]) -> Found:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await asking
        except Rejected as refusal:
            return Hidden() if refusal.code in _CLOSED else Unknown()
        except (ProviderError, TimeoutError):
            return Unknown()

    async def _found(self, room: RoomRef, user: str) -> Found:
        server = room.workspace.workspace
        member = await self._member("/guilds/{guild_id}/members/{user_id}", "guild_id", server, user)
        if member is None:
            return Absent()
        profile = payloads.profile(find(member, "user"))
        if profile is None:
            return Machine()
        channel = channel_of(room)
        is_remembered = self._servers.known(server) or self._channels.known(channel)
        sees = await self._sees(server, channel, user, member)
        if not sees and is_remembered:
            await self._forget(server, channel)
            sees = await self._sees(server, channel, user, member)
        return Here(profile) if sees else Absent(profile.name)

    async def _sees(self, server: str, channel: str, user: str, member: Json) -> bool:
        where, place, over = await self._rules(server, channel)
        roles = find(member, "roles")
        own = [one for one in roles if isinstance(one, str)] if isinstance(roles, list) else []
        may = permissions.in_channel(where, user, own, over)
        if not may & VIEW_CHANNEL or place.kind != PRIVATE_THREAD or may & MANAGE_THREADS:
            return bool(may & VIEW_CHANNEL)
        path = "/channels/{channel_id}/thread-members/{user_id}"
        return await self._member(path, "channel_id", channel, user) is not None

    async def _rules(self, server: str, channel: str) -> tuple[Server, Channel, tuple[Overwrite, ...]]:
        """What the server says, the channel or thread, and the overwrites that count there."""
        where, place = await self._server(server), await self.channel(channel)
        over = (await self.channel(place.parent)).overwrites if place.parent else place.overwrites
        return where, place, over

    async def _server(self, server: str) -> Server:
        async def ask() -> tuple[Server, timedelta]:
            return permissions.server(await self._asked("/guilds/{guild_id}", {"guild_id": server})), LIFE

        return await self._servers.get(server, ask)

    async def _forget(self, server: str, channel: str) -> None:
        place = await self.channel(channel)
        self._servers.forget(server)
        for one in (channel, place.parent):
            self._channels.forget(one)

    async def _member(self, path: str, of: str, where: str, user: str) -> Json | None:
        """Somebody in a server or in a thread; None for who is not in it."""
        try:
            return await self._asked(path, {of: where, "user_id": user})
        except Rejected as refusal:
            if refusal.code not in _NOBODY:
                raise
            return None

    async def _asked(self, path: str, at: dict[str, str]) -> Json:
        found = await self._rest.call("GET", path, at, deadline_seconds=DEADLINE_SECONDS)
        return found if isinstance(found, dict) else {}
