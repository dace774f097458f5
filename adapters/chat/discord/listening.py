"""Listening on one shard for as long as it is ours: connected, and connected anew after whatever happened."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import discord
import structlog
import yarl

from adapters.chat.discord.shard import HEARTBEAT_TIMEOUT_SECONDS, Hear, Shard, TurnIsFar, ask_limits
from adapters.chat.discord.starts import SETTLED_SECONDS, Starts

LONGEST_RETRY_SECONDS = 30.0
ASK_AGAIN_SECONDS = 900.0
"""How often a shard that may not begin asks whether it may by now."""
WORTH_SAYING_SECONDS = 6.0
"""Two sessions are five seconds apart anyhow."""

TOO_FEW_SHARDS = "too few shards"
HOPELESS = {
    4004: "token",
    4010: "shard",
    4011: TOO_FEW_SHARDS,
    4012: "version",
    4013: "intents",
    4014: "privileged intents",
}
"""Codes of a closed connection after which every other try like it ends alike.
Source: "Gateway Close Event Codes" of Discord's documentation."""

log = structlog.get_logger(__name__)


class RefusedByDiscord(Exception):
    """Discord will not let us in, however often we ask; the text is what it refuses."""


def why_refused(error: Exception) -> str | None:
    """What Discord refuses for good; None where another try can succeed."""
    match error:
        case discord.LoginFailure():
            return "token"
        case discord.PrivilegedIntentsRequired():
            return HOPELESS[4014]
        case discord.ConnectionClosed(code=code):
            return HOPELESS.get(code)
    return None


class Troubles:
    """What fails with every try is said once until it is over."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def note(self, event: str, error: Exception) -> None:
        """Say so, unless it is known."""
        # Before its first connection the library fails over its own lack of one.
        cause = error.__context__ if isinstance(error, AttributeError) and error.__context__ else error
        if event not in self._known:
            log.warning(event, error=type(cause).__name__)
        self._known.add(event)

    def are_over(self, event: str) -> None:
        """The next is news again."""
        self._known.discard(event)


@dataclass(frozen=True, slots=True)
class Line:
    """What all shards of a process share.

    Attributes:
        gateway_url: where to connect.
        is_only: connections go there and nowhere else, whatever READY says.
        is_ours: whether we may listen on a shard at this moment.
        changed: called when a shard was connected or lost.
        retry_seconds: before the second try after a failure, twice that before the third.
        stuck_after_seconds: a connection that is not back by then is given up for a new one.
    """

    token: str = field(repr=False)
    gateway_url: str
    is_only: bool
    count: int
    starts: Starts
    is_ours: Callable[[int], bool]
    hear: Hear
    changed: Callable[[], None]
    retry_seconds: float = 1.0
    stuck_after_seconds: float = 60.0
    heartbeat_timeout_seconds: float = HEARTBEAT_TIMEOUT_SECONDS


class Listening:
    """One shard. `run` until cancelled."""

    def __init__(self, number: int, line: Line) -> None:
        self._number = number
        self._line = line
        self._shard: Shard | None = None
        self._patience: asyncio.Timeout | None = None
        self._troubles = Troubles()
        self._failures = 0
        self._is_settled = False

    @property
    def is_open(self) -> bool:
        """Whether events arrive."""
        return self._shard is not None and self._shard.is_open

    async def run(self) -> None:
        """Listen.

        Raises:
            RefusedByDiscord: there is no use in trying.
        """
        while True:
            try:
                await self._connect()
            except TurnIsFar:
                continue
            except Exception as error:
                because = why_refused(error)
                if because:
                    raise RefusedByDiscord(because) from error
                self._troubles.note("discord.not_reached", error)
            wait = self._line.retry_seconds * 2.0 ** min(self._failures, 10)
            self._failures += 1
            await asyncio.sleep(min(wait, LONGEST_RETRY_SECONDS))

    async def settle(self) -> None:
        """Write down that this is no crash loop, once it has lasted."""
        since = self._shard.open_since if self._shard and self.is_open else None
        lasts = since is not None and asyncio.get_running_loop().time() - since >= SETTLED_SECONDS
        if lasts and not self._is_settled:
            await self._line.starts.settled(self._number)
            self._is_settled = True

    async def _connect(self) -> None:
        """Until the connection is lost for good."""
        line = self._line
        self._shard = shard = Shard(
            self._number,
            line.count,
            hear=self._hear,
            begin=line.starts.begin,
            changed=self._note,
            only_gateway=yarl.URL(line.gateway_url) if line.is_only else None,
            heartbeat_timeout_seconds=line.heartbeat_timeout_seconds,
        )
        self._is_settled = False
        try:
            await shard.login(line.token)
            if shard.application and shard.application.interactions_endpoint_url:
                log.warning("discord.interactions_go_elsewhere")
            await self._wait_for_turn(shard)
            async with asyncio.timeout(line.stuck_after_seconds) as self._patience:
                await shard.connect()
        finally:
            self._patience = None
            await shard.hang_up()

    async def _wait_for_turn(self, shard: Shard) -> None:
        while True:
            limits = await ask_limits(shard.http)
            wait = await self._line.starts.wait_seconds(self._number, limits)
            if not wait:
                return
            if wait > WORTH_SAYING_SECONDS:
                log.warning(
                    "discord.session_waits",
                    shard=self._number,
                    seconds=round(wait),
                    sessions_left=limits.remaining,
                )
            await asyncio.sleep(min(wait, ASK_AGAIN_SECONDS))

    def _hear(self, name: str, payload: Mapping[str, object]) -> None:
        # A process that was held up may only find out now that the shard is another's.
        if self._line.is_ours(self._number):
            self._line.hear(name, payload)

    def _note(self, shard: Shard) -> None:
        loop = asyncio.get_running_loop()
        if shard.is_open:
            self._failures = 0
            self._troubles.are_over("discord.not_reached")
            log.info("discord.shard_open", shard=self._number)
        else:
            self._is_settled = False
            # Discord ends connections now and then.
            log.info("discord.shard_away", shard=self._number)
        if self._patience and not self._patience.expired():
            self._patience.reschedule(None if shard.is_open else loop.time() + self._line.stuck_after_seconds)
        self._line.changed()
