"""What an interaction's token allows: the first response, and what follows it."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import structlog

from adapters.chat.discord import rest
from adapters.chat.discord.names import FIRST_SECONDS, Json, Path
from adapters.chat.discord.rest import Rest
from scheduling_core.errors import Rejected, Unavailable

ORIGINAL: Final = "@original"
"""Stands for the first response, or for the message that was pressed where that may be edited."""
RESPOND_SECONDS: Final = 2.5
"""Within which the first response is tried; Discord waits three seconds."""

_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds before the next try."""

log = structlog.get_logger(__name__)


class Answers:
    """Speaks by the tokens of interactions."""

    def __init__(self, api: Rest, clock: Callable[[], datetime]) -> None:
        self._rest = api
        self._clock = clock
        self._expected: dict[str, asyncio.Event] = {}

    def expect(self, token: str) -> None:
        """The first response will be given here; what follows it waits until it was tried."""
        self._expected[token] = asyncio.Event()

    async def respond(self, interaction_id: str, token: str, answer: Json) -> bool:
        """The first response; True when Discord has it, now or from before, False when it refuses it.

        Raises: as `Rest.call`; after `Unavailable` Discord may have it all the same.
        """
        try:
            return await self._in_time(interaction_id, token, answer)
        finally:
            if expected := self._expected.pop(token, None):
                expected.set()

    async def _in_time(self, interaction_id: str, token: str, answer: Json) -> bool:
        path = "/interactions/{webhook_id}/{webhook_token}/callback"
        at = {"webhook_id": interaction_id, "webhook_token": token}
        try:
            async with asyncio.timeout(RESPOND_SECONDS):
                await self._respond(path, at, answer)
        except TimeoutError:
            raise Unavailable(f"no first response within {RESPOND_SECONDS:g} s") from None
        except Rejected as refusal:
            # A try before had come through, or another process was faster: repeats are dropped later.
            if refusal.code == rest.ALREADY_ANSWERED:
                return True
            log.warning("discord.not_answered", code=refusal.code)
            return False
        return True

    async def _respond(self, path: str, at: Mapping[str, str], answer: Json) -> None:
        is_repeat = False
        for pause in (*_PAUSES, None):
            try:
                await self._rest.call("POST", path, at, answer)
            except Unavailable:
                if pause is None:
                    raise
                is_repeat = True
                await asyncio.sleep(pause)
            except Rejected as refusal:
                # Discord says so of one that is over, too: by the try before.
                if is_repeat and refusal.code == rest.UNKNOWN_INTERACTION:
                    raise Unavailable("the first response was lost") from None
                raise
            else:
                return

    async def follow(self, way: Path, method: str, where: str, body: Json | None = None) -> Any:
        """Post, read, edit or delete.

        Where the first response travels as an HTTP response, Discord may not have it yet: then this waits.

        Args:
            where: a message, `ORIGINAL`, or "" for a new one.

        Raises: as `Rest.call`.
        """
        path = "/webhooks/{webhook_id}/{webhook_token}"
        path += f"/messages/{where}" if where else ""
        at = {"webhook_id": way.application, "webhook_token": way.token}
        await self._first_response(way.token)
        for pause in _PAUSES:
            try:
                return await self._rest.call(method, path, at, body)
            except Rejected as refusal:
                if refusal.code != rest.UNKNOWN_WEBHOOK or not way.is_fresh(self._clock()):
                    raise
            await asyncio.sleep(pause)
        return await self._rest.call(method, path, at, body)

    async def _first_response(self, token: str) -> None:
        if expected := self._expected.get(token):
            with suppress(TimeoutError):
                async with asyncio.timeout(FIRST_SECONDS):
                    await expected.wait()

    async def original(self, way: Path) -> object:
        """The message at `ORIGINAL`; None where there is none."""
        try:
            return await self.follow(way, "GET", ORIGINAL)
        except Rejected as refusal:
            if refusal.code != rest.UNKNOWN_MESSAGE:
                raise
            return None
