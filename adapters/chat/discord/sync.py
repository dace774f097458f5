"""Telling Discord which commands there are: by hand, and at a start when they are not those it has.

All global commands are replaced at once, which may be repeated as often as one likes.
Source: "Bulk Overwrite Global Application Commands" of Discord's documentation.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from adapters.chat.discord.commands import commands, digest
from adapters.chat.discord.payloads import listed
from adapters.chat.discord.rest import Rest
from adapters.payload import maybe, text
from scheduling_core.ports import Store

if TYPE_CHECKING:
    from adapters.chat.discord import DiscordSettings

KIND = "discord.commands"
"""Of the record that keeps, for each application, the digest of what it was told last."""
RETRY_SECONDS, LONGEST_RETRY_SECONDS = 10.0, 3600.0

log = structlog.get_logger(__name__)


async def register(rest: Rest, application_id: str, word: str) -> list[str]:
    """Replace all global commands of the application; returns the names of those it has now.

    Args:
        word: what people type, `/meet`.

    Raises:
        ValueError: the word cannot be a command.
        ProviderError: see `Rest.call`.
    """
    at = {"application_id": application_id}
    told = await rest.call("PUT", "/applications/{application_id}/commands", at, commands(word))
    return [text(one, "name") for one in told]


async def register_now(settings: "DiscordSettings", clock: Callable[[], datetime]) -> list[str]:
    """The same over a connection of its own."""
    rest = Rest(settings.token, clock, base_url=settings.api_base_url)
    try:
        return await register(rest, settings.application_id, settings.command)
    finally:
        await rest.close()


class Sync:
    """Registers the commands of this version once, in the background: a start does not wait for it.

    Args:
        store: keeps what was registered last.
        retry_seconds: after a failure, twice that after the next.
    """

    def __init__(
        self,
        rest: Rest,
        application_id: str,
        word: str,
        store: Store,
        *,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._rest = rest
        self._application_id = application_id
        self._word = word
        self._store = store
        self._retry_seconds = retry_seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; nothing is sent when Discord knows these commands."""
        self._task = asyncio.create_task(self._run(), name="discord commands")

    @property
    def is_done(self) -> bool:
        """Whether Discord knows them."""
        return self._task is not None and self._task.done()

    async def stop(self) -> None:
        """Give up what is not done."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        wait = self._retry_seconds
        while not await self._try():
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_RETRY_SECONDS)

    async def _try(self) -> bool:
        try:
            await self._sync()
        except Exception as error:
            # Old commands go on working meanwhile.
            log.warning("discord.commands_not_registered", error=type(error).__name__, because=str(error))
            return False
        return True

    async def _are_there(self) -> bool:
        """Whether Discord has them still: somebody may have registered others by hand, or from elsewhere."""
        at = {"application_id": self._application_id}
        there = await self._rest.call("GET", "/applications/{application_id}/commands", at)
        return _outline(there) == _outline(commands(self._word))

    async def _sync(self) -> None:
        made = digest(commands(self._word))
        async with self._store.read() as reading:
            known = await reading.record(KIND, self._application_id)
        if known == made and await self._are_there():
            return
        names = await register(self._rest, self._application_id, self._word)
        async with self._store.write() as tx:
            await tx.save_record(KIND, self._application_id, made)
        log.info("discord.commands_registered", commands=len(names))


def _outline(known: object) -> set[tuple[str, ...]]:
    """The name of each command with those of its options."""
    made = known if isinstance(known, list) else []
    return {
        (maybe(one, "name"), *(maybe(option, "name") for option in listed(one, "options"))) for one in made
    }
