"""Who is in a server, and which channel a thread stands in: asked of Discord when a payload does not tell.

This runs before a delivery is recorded, so it is quick and never loses one: what cannot be learned in time
is simply not told.
"""

import asyncio
from typing import Final

from adapters.chat.discord import payloads
from adapters.chat.discord.names import DIRECT, Json
from adapters.chat.discord.payloads import THREADS
from adapters.chat.discord.rest import Rest
from adapters.payload import find, maybe
from scheduling_core.deliveries import Profile
from scheduling_core.errors import ProviderError
from scheduling_core.refs import WorkspaceRef

DEADLINE_SECONDS: Final = 2.0
MAX_NAMED: Final = 10
"""How many of those somebody named are asked about."""
_MAX_CHANNELS = 10_000


class People:
    """Members and threads."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._parents: dict[str, str] = {}

    async def named(self, workspace: WorkspaceRef, users: tuple[str, ...]) -> tuple[Profile, ...]:
        """Those of the users who are in the server; nobody in direct messages, where Discord tells all."""
        if workspace == DIRECT:
            return ()
        async with asyncio.TaskGroup() as asking:
            asked = [asking.create_task(self._member(workspace, user)) for user in users[:MAX_NAMED]]
        return tuple(found for one in asked if (found := one.result()))

    async def _member(self, workspace: WorkspaceRef, user: str) -> Profile | None:
        at = {"guild_id": workspace.workspace, "user_id": user}
        member = await self._asked("/guilds/{guild_id}/members/{user_id}", at)
        return payloads.profile(find(member, "user"))

    async def parent(self, channel: str) -> str:
        """The channel a thread stands in; "" for what is no thread, and where that cannot be learned."""
        if channel not in self._parents:
            told = await self._asked("/channels/{channel_id}", {"channel_id": channel})
            if told is None:
                return ""
            if len(self._parents) >= _MAX_CHANNELS:
                self._parents.clear()
            is_thread = find(told, "type") in THREADS
            self._parents[channel] = maybe(told, "parent_id") if is_thread else ""
        return self._parents[channel]

    async def _asked(self, path: str, at: dict[str, str]) -> Json | None:
        try:
            found = await self._rest.call("GET", path, at, deadline_seconds=DEADLINE_SECONDS)
        except ProviderError:
            return None
        return found if isinstance(found, dict) else None
