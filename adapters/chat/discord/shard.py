"""One connection to the gateway, for one shard: a client of discord.py that hands on what comes as it comes.

The library keeps the connection: heartbeats, RESUME, IDENTIFY again, compression, the pace of sending.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route

from adapters.chat.discord.starts import Limits

HEARTBEAT_TIMEOUT_SECONDS = 60.0
"""Without a word from Discord, which answers a heartbeat every 41 seconds."""
MOST_IDENTIFY_SECONDS = 30.0
"""How long an open connection waits for its turn; the library gives it up after sixty."""
HANG_UP_SECONDS = 2.0

INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
"""None of them privileged. Interactions come without any; texts of messages with a mention, a reply, or in
direct messages."""

HEARD = ("INTERACTION_CREATE", "MESSAGE_CREATE", "GUILD_DELETE")

log = structlog.get_logger(__name__)

Hear = Callable[[str, Mapping[str, object]], None]

# What its client logs of every failed try, with a traceback, is said here in one line.
logging.getLogger("discord.client").setLevel(logging.CRITICAL)


class TurnIsFar(Exception):
    """The next IDENTIFY may only be sent much later."""


def point_at(api_base_url: str, gateway_url: str) -> None:
    """Where Discord is, for all of this process: the library keeps these addresses on its classes."""
    Route.BASE = api_base_url.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


async def ask_limits(http: HTTPClient) -> Limits:
    """What Discord lets us begin; only after a login."""
    shards, url, limit = await http.get_bot_gateway()
    after = limit["reset_after"] / 1000
    return Limits(shards, url, limit["remaining"], after, limit["max_concurrency"])


class Shard(discord.Client):
    """Shard *number* of *count*; to be used once.

    Args:
        hear: gets the name and content of every event in `HEARD`, and must not wait.
        begin: asked before each IDENTIFY; seconds to wait, 0.0 to go ahead.
        changed: called when the connection opened or was lost.
        only_gateway: all connections go to this host, whatever READY says; None follows READY.
    """

    def __init__(
        self,
        number: int,
        count: int,
        *,
        hear: Hear,
        begin: Callable[[int, Limits], Awaitable[float]],
        changed: Callable[["Shard"], None],
        only_gateway: yarl.URL | None,
        heartbeat_timeout_seconds: float = HEARTBEAT_TIMEOUT_SECONDS,
    ) -> None:
        super().__init__(
            intents=INTENTS,
            shard_id=number,
            shard_count=count,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            guild_ready_timeout=0.0,
            heartbeat_timeout=heartbeat_timeout_seconds,
        )
        self.number = number
        self._begin = begin
        self._changed = changed
        self._only_gateway = only_gateway
        self._is_connected = False
        self.open_since: float | None = None
        """When it was opened last, by the loop's clock, if it has been open since."""
        # The library would keep a copy of every server, and a payload it cannot make an object of would end
        # the connection: it reads what is about the connection only.
        parsers = self._connection.parsers
        for name in parsers.keys() - {"READY", "RESUMED"}:
            del parsers[name]
        parsers.update({name: partial(hear, name) for name in HEARD})

    @property
    def is_open(self) -> bool:
        """Whether events arrive."""
        return self._is_connected and self.ws is not None and self.ws.open

    async def before_identify_hook(self, _shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for the turn of this shard, the first time (*initial*) and whenever a session is over.

        Raises:
            TurnIsFar: longer than a connection can be kept waiting.
        """
        left = MOST_IDENTIFY_SECONDS
        while wait := await self._begin(self.number, await ask_limits(self.http)):
            left -= wait
            if left < 0:
                raise TurnIsFar(f"{wait:.0f} s, initial: {initial}")
            await asyncio.sleep(wait)

    async def on_connect(self) -> None:
        """READY was read."""
        self._opened()

    async def on_resumed(self) -> None:
        """RESUMED was read."""
        self._opened()

    async def on_disconnect(self) -> None:
        """The connection is gone, and the library begins to look for another."""
        self._is_connected, self.open_since = False, None
        self._changed(self)

    async def on_error(self, event_method: str, /, *_args: object, **_kwargs: object) -> None:
        """What fails above is a bug; the library would only write it where nothing is read."""
        log.error("discord.event_failed", event_method=event_method, exc_info=True)

    async def hang_up(self) -> None:
        """End the session; Discord is not waited for."""
        self._is_connected = False
        try:
            async with asyncio.timeout(HANG_UP_SECONDS):
                await self.close()
        except TimeoutError:
            await self.http.close()

    def _opened(self) -> None:
        only = self._only_gateway
        if only and self.ws.gateway.authority != only.authority:
            self.ws.gateway = only
        self._is_connected, self.open_since = True, asyncio.get_running_loop().time()
        self._changed(self)
