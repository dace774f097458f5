"""The gateway: what happens on Discord comes over connections that we open, one for each shard.

Several processes with one token share the shards by leases, so that nobody is answered twice; a process that
has none stands by, and takes over the shards of one that ends or dies.
Source: "Gateway" of Discord's documentation.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from discord.http import HTTPClient

from adapters.chat.discord.leases import (
    GOOD_FOR_SECONDS,
    LOST_AFTER_SECONDS,
    RENEW_SECONDS,
    Leases,
    SharedOtherwise,
)
from adapters.chat.discord.listening import (
    TOO_FEW_SHARDS,
    Line,
    Listening,
    RefusedByDiscord,
    Troubles,
    why_refused,
)
from adapters.chat.discord.shard import HEARTBEAT_TIMEOUT_SECONDS, ask_limits, point_at
from adapters.chat.discord.starts import Limits, Starts
from scheduling_core.ports import Store

FIRST_CONNECTION_SECONDS = 5.0
"""How long a start waits for it; Discord may be away for longer, and then we go on trying."""
DRAIN_SECONDS = 8.0
LONGEST_RETRY_SECONDS = 30.0

Heard = Callable[[str, Mapping[str, object]], Awaitable[None]]
"""Takes the name of an event and its content, as Discord sent it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds.

    Attributes:
        look: how often shards that others hold are looked at.
        renew: how often our own leases are renewed.
        lost_after, good_for: see `leases`.
        retry, stuck_after, heartbeat_timeout: see `Line`.
    """

    look: float = 1.0
    renew: float = RENEW_SECONDS
    lost_after: float = LOST_AFTER_SECONDS
    good_for: float = GOOD_FOR_SECONDS
    retry: float = 1.0
    stuck_after: float = 60.0
    heartbeat_timeout: float = HEARTBEAT_TIMEOUT_SECONDS


class Gateway:
    """Listens on the shards that are ours until stopped.

    Args:
        api_base_url: of Discord's REST API.
        gateway_url: all connections go there; "" goes where Discord says.
        shards: how many there are, unless other processes have another number; None is as many as Discord
            recommends.
        store: keeps the leases, and how often sessions began.
        heard: called in a task of its own for every event of `shard.HEARD`; what it raises is logged.
    """

    def __init__(
        self,
        *,
        token: str,
        api_base_url: str,
        gateway_url: str,
        shards: int | None,
        store: Store,
        clock: Callable[[], datetime],
        heard: Heard,
        timing: Timing | None = None,
    ) -> None:
        self._token = token
        self._api_base_url = api_base_url
        self._gateway_url = gateway_url
        self._wanted = shards
        self._heard = heard
        self._timing = timing or Timing()
        self._leases = Leases(
            store, clock, lost_after_seconds=self._timing.lost_after, good_for_seconds=self._timing.good_for
        )
        self._starts = Starts(store, clock)
        self._listening: dict[int, Listening] = {}
        self._ends: dict[int, asyncio.Timeout] = {}
        self._count = 0
        self._renew_at = 0.0
        self._troubles = Troubles()
        self._handed: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._is_well = asyncio.Event()

    async def start(self) -> None:
        """Returns when it listens on what it could lease, or stands by, or after a while without."""
        self._task = asyncio.create_task(self._run(), name="discord gateway")
        well = asyncio.create_task(self._is_well.wait())
        first = {self._task, well}
        await asyncio.wait(first, timeout=FIRST_CONNECTION_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        well.cancel()

    def is_listening(self) -> bool:
        """Whether every shard is listened on, here or by another process that was alive lately."""
        return bool(self._count) and all(map(self._is_heard, range(self._count)))

    async def stop(self) -> None:
        """Give the shards back, and wait for what was handed on; bounded."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for number in self._leases.ours():
            await self._give_back(number)
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._handed:
                    await asyncio.wait(self._handed)

    def _is_heard(self, number: int) -> bool:
        if number in self._listening:
            return self._listening[number].is_open
        return self._leases.is_with_another(number)

    async def _run(self) -> None:
        refused = 0
        while True:
            because = await self._until_refused(refused)
            shards, self._count = self._count, 0
            # Who fixed the number has to change it; otherwise Discord recommends another by now.
            is_mendable = because == TOO_FEW_SHARDS and (self._wanted is None or self._wanted > shards)
            if because and not is_mendable:
                break
            log.warning("discord.shared_anew", shards=shards)
            refused = shards if is_mendable else 0
            await asyncio.sleep(self._timing.retry)
        log.error("discord.refused", because=because)

    async def _until_refused(self, refused: int) -> str:
        """Listen; returns what Discord refuses, or "" when there is another number of shards.

        Args:
            refused: with so many shards, the time before.
        """
        because = ""
        try:
            line = await self._line(refused)
            self._count = line.count
            async with asyncio.TaskGroup() as group:
                while True:
                    await self._share(line, group)
                    await asyncio.sleep(self._timing.look)
        except* SharedOtherwise:
            pass
        except* RefusedByDiscord as by_discord:
            because = str(by_discord.exceptions[0])
        return because

    async def _line(self, refused: int) -> Line:
        limits = await self._first_limits()
        gateway_url = self._gateway_url or limits.url
        point_at(self._api_base_url, gateway_url)
        timing = self._timing
        return Line(
            token=self._token,
            gateway_url=gateway_url,
            is_only=bool(self._gateway_url),
            count=await self._agreed(self._wanted or limits.shards, refused),
            starts=self._starts,
            is_ours=self._leases.is_ours,
            hear=self._hear,
            changed=self._look_around,
            retry_seconds=timing.retry,
            stuck_after_seconds=timing.stuck_after,
            heartbeat_timeout_seconds=timing.heartbeat_timeout,
        )

    async def _agreed(self, wanted: int, refused: int) -> int:
        """How many shards there are, asked until the store answers."""
        while True:
            try:
                count = await self._leases.agree(wanted, refused)
            except Exception as error:
                self._troubles.note("discord.leases_not_reached", error)
                await asyncio.sleep(self._timing.look)
            else:
                if count != wanted:
                    log.warning("discord.shards_in_use", shards=count, wanted=wanted)
                return count

    async def _first_limits(self) -> Limits:
        """What Discord recommends, asked until it answers."""
        wait = self._timing.retry
        while True:
            try:
                return await self._ask_limits()
            except Exception as error:
                because = why_refused(error)
                if because:
                    raise RefusedByDiscord(because) from error
                self._troubles.note("discord.not_reached", error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_RETRY_SECONDS)

    async def _ask_limits(self) -> Limits:
        point_at(self._api_base_url, self._gateway_url)
        http = HTTPClient(asyncio.get_running_loop())
        try:
            await http.static_login(self._token)
            return await ask_limits(http)
        finally:
            await http.close()

    async def _share(self, line: Line, group: asyncio.TaskGroup) -> None:
        """Renew what is ours, take what is nobody's."""
        loop = asyncio.get_running_loop()
        try:
            if loop.time() >= self._renew_at:
                await self._renew()
                self._renew_at = loop.time() + self._timing.renew
            for number in await self._leases.take(line.count):
                self._listening[number] = Listening(number, line)
                group.create_task(self._hold(number), name=f"discord shard {number}")
            for listening in list(self._listening.values()):
                await listening.settle()
        except SharedOtherwise:
            raise
        except Exception as error:
            self._troubles.note("discord.leases_not_reached", error)
        else:
            self._troubles.are_over("discord.leases_not_reached")
        self._look_around()

    async def _renew(self) -> None:
        await self._leases.renew()
        for number, end in self._ends.items():
            if not end.expired():
                end.reschedule(self._leases.good_until(number))

    async def _hold(self, number: int) -> None:
        """Listen on a shard until its lease ends."""
        log.info("discord.shard_taken", shard=number)
        try:
            async with asyncio.timeout_at(self._leases.good_until(number)) as self._ends[number]:
                await self._listening[number].run()
        except TimeoutError:
            log.warning("discord.shard_lost", shard=number)
        finally:
            del self._ends[number], self._listening[number]
            await self._give_back(number)

    async def _give_back(self, number: int) -> None:
        try:
            await self._leases.give_back(number)
        except Exception as error:
            log.warning("discord.shard_not_given_back", shard=number, error=type(error).__name__)

    def _look_around(self) -> None:
        if self.is_listening():
            self._is_well.set()

    def _hear(self, name: str, payload: Mapping[str, object]) -> None:
        task = asyncio.create_task(self._hand_on(name, payload))
        self._handed.add(task)
        task.add_done_callback(self._handed.discard)

    async def _hand_on(self, name: str, payload: Mapping[str, object]) -> None:
        try:
            await self._heard(name, payload)
        except Exception as error:
            log.error("discord.not_taken", kind=name, exc_info=error)
