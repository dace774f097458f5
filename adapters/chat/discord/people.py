"""Who is in a room, and which channel a thread stands in: asked of Discord when a payload does not tell.

This runs before a delivery is recorded, so it is quick and never loses one; but where it cannot be known
whether somebody who is to be invited sees the room, nothing is done, and the actor is told.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from adapters.chat.discord.absence import (
    NOT_IN_THE_GROUP,
    NOT_IN_THE_SERVER,
    Absent,
    Found,
    Here,
    Unknown,
    why_not,
)
from adapters.chat.discord.drafts import Draft
from adapters.chat.discord.members import Channel, Members
from adapters.chat.discord.names import DIRECT
from adapters.chat.discord.payloads import PUBLIC_THREADS
from scheduling_core.deliveries import Profile
from scheduling_core.errors import RateLimited, Refused, Unavailable

MAX_NAMED: Final = 10
"""How many of those somebody named are asked about."""

TOO_MANY: Final = f"I can look up {MAX_NAMED} people at once. Please name fewer."

NOT_SURE_OF_YOU: Final = (
    "I cannot check whether you still see that channel, so nothing was done. Please try again in a moment."
)

_MAX_CHANNELS = 10_000
_PAUSES: Final = (0.5, 1.5, 5.0)
"""Seconds before the next try to learn where a thread stands: nobody waits for a first response."""


class People:
    """Whom one may name, who may act from afar, and threads.

    Args:
        pauses: seconds between two tries to learn where a thread stands.
    """

    def __init__(self, members: Members, pauses: Sequence[float] = _PAUSES) -> None:
        self._members = members
        self._pauses = pauses
        self._parents: dict[str, str] = {}

    async def named(self, draft: Draft, *, is_visit: bool = False) -> tuple[Profile, ...]:
        """Those of `draft.mentions` who can see the room; nobody where Discord tells all there is to know.

        Args:
            is_visit: the bot is not in the server, where it may ask nothing.

        Raises:
            Refused: somebody who is to be invited cannot see it, or that is not known.
        """
        invited = draft.invited()
        if draft.room.workspace == DIRECT and invited and draft.way:
            raise Refused(NOT_IN_THE_GROUP)
        if draft.room.workspace == DIRECT or not draft.mentions:
            return ()
        if invited and (is_visit or len(draft.mentions) > MAX_NAMED):
            raise Refused(NOT_IN_THE_SERVER if is_visit else TOO_MANY)
        found = {} if is_visit else await self._found(draft)
        sentences = [why_not(found[user], draft.labels.get(user, "")) for user in invited if user in found]
        if because := " ".join(dict.fromkeys(filter(None, sentences))):
            raise Refused(because)
        return tuple(one.profile for one in found.values() if isinstance(one, Here))

    async def _found(self, draft: Draft) -> dict[str, Found]:
        users = draft.mentions[:MAX_NAMED]
        async with asyncio.TaskGroup() as asking:
            asked = {one: asking.create_task(self._members.find(draft.room, one)) for one in users}
        return {one: task.result() for one, task in asked.items()}

    async def admits(self, draft: Draft) -> bool:
        """Whether the actor can still see the room that they act in from afar; True where nobody may ask.

        Raises:
            Refused: Discord does not answer.
        """
        if draft.room.workspace == DIRECT:
            return True
        match await self._members.find(draft.room, draft.actor.ref.person):
            case Unknown():
                raise Refused(NOT_SURE_OF_YOU)
            case found:
                return not isinstance(found, Absent)

    async def parent(self, channel: str) -> str:
        """The channel a thread stands in; "" for what is none, and for a private one, a room of its own.

        Raises:
            ProviderError: it cannot be learned, after some tries.
        """
        if channel not in self._parents:
            told = await self._told(channel)
            if len(self._parents) >= _MAX_CHANNELS:
                self._parents.clear()
            self._parents[channel] = told.parent if told.kind in PUBLIC_THREADS else ""
        return self._parents[channel]

    async def _told(self, channel: str) -> Channel:
        for pause in self._pauses:
            try:
                return await self._members.channel(channel)
            except (RateLimited, Unavailable):
                await asyncio.sleep(pause)
        return await self._members.channel(channel)
