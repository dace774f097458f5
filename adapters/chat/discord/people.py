"""Who is in a room, and which channel a thread stands in: asked of Discord when a payload does not tell.

This runs before a delivery is recorded, so it is quick and never loses one; but where it cannot be known
whether somebody who is to be invited sees the room, nothing is done, and the actor is told.
"""

import asyncio
from typing import Final

from adapters.chat.discord.absence import NOT_IN_THE_SERVER, Found, Here, why_not
from adapters.chat.discord.drafts import Draft
from adapters.chat.discord.members import Members
from adapters.chat.discord.names import DIRECT
from scheduling_core.deliveries import Profile
from scheduling_core.errors import ProviderError, Refused

MAX_NAMED: Final = 10
"""How many of those somebody named are asked about."""

TOO_MANY: Final = f"I can look up {MAX_NAMED} people at once. Please name fewer."

_MAX_CHANNELS = 10_000


class People:
    """Whom one may name, and threads."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._parents: dict[str, str] = {}

    async def named(self, draft: Draft, *, is_visit: bool = False) -> tuple[Profile, ...]:
        """Those of `draft.mentions` who can see the room; nobody where Discord tells all there is to know.

        Args:
            is_visit: the bot is not in the server, where it may ask nothing.

        Raises:
            Refused: somebody who is to be invited cannot see it, or that is not known.
        """
        if draft.room.workspace == DIRECT or not draft.mentions:
            return ()
        invited = draft.invited()
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

    async def parent(self, channel: str) -> str:
        """The channel a thread stands in; "" for what is no thread, and where that cannot be learned."""
        if channel not in self._parents:
            try:
                told = await self._members.channel(channel)
            except ProviderError:
                return ""
            if len(self._parents) >= _MAX_CHANNELS:
                self._parents.clear()
            self._parents[channel] = told.parent
        return self._parents[channel]
