"""A provider in memory that tells of changes, by channels that live for a week."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from scheduling_core.calendar_ports import Account, Heard, Notice, Watch
from scheduling_core.chat_ports import Request, Response
from scheduling_core.errors import Gone

LIFE = timedelta(days=7)
Kind = Literal["changed", "renew", "lost"]


@dataclass(frozen=True, slots=True)
class Channel:
    """Where changes of a calendar are told."""

    calendar: str
    address: str
    secret: str
    watch: Watch

    def headers(self, kind: Kind = "changed") -> Mapping[str, str]:
        """Of a notification."""
        return {"x-fake-channel": self.watch.id, "x-fake-secret": self.secret, "x-fake-kind": kind}


@dataclass(slots=True)
class FakePush:
    """See `calendar_ports.Push`; no channel can be renewed, each renewal is a new one.

    Attributes:
        clock: tells the instant now.
        channels: those that are open, by id.
        asked: what was asked of it, and for which calendar, in order.
        refuses: what `watch` and `renew` raise.
        forgets: `renew` knows no channel any more.
    """

    clock: Callable[[], datetime]
    channels: dict[str, Channel] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    refuses: Exception | None = None
    forgets: bool = False

    def of(self, calendar: str) -> Channel:
        """The one channel of a calendar."""
        (found,) = (channel for channel in self.channels.values() if channel.calendar == calendar)
        return found

    async def watch(self, account: Account, calendar: str, channel: str, address: str, secret: str) -> Watch:
        """See the port."""
        self.asked.append(("watch", calendar))
        return await self._begin(account, calendar, channel, address, secret)

    async def renew(self, account: Account, calendar: str, watch: Watch, address: str, secret: str) -> Watch:
        """See the port."""
        self.asked.append(("renew", calendar))
        if self.forgets:
            raise Gone("no such channel")
        renewed = await self._begin(account, calendar, f"{watch.id}+", address, secret)
        del self.channels[watch.id]
        return renewed

    async def _begin(self, account: Account, calendar: str, channel: str, address: str, secret: str) -> Watch:
        await account.secret()
        if self.refuses:
            raise self.refuses
        watch = Watch(channel, f"resource of {calendar}", self.clock() + LIFE)
        self.channels[channel] = Channel(calendar, address, secret, watch)
        return watch

    async def end(self, account: Account, watch: Watch) -> None:
        """See the port."""
        await account.secret()
        self.asked.append(("end", watch.resource.removeprefix("resource of ")))
        self.channels.pop(watch.id, None)

    def notice(self, request: Request) -> Notice:
        """See the port."""
        channel, secret = (request.headers.get(f"x-fake-{name}", "") for name in ("channel", "secret"))
        kinds = {kind: Heard(channel, secret, kind) for kind in get_args(Kind)}
        heard = kinds.get(request.headers.get("x-fake-kind", ""))
        return Notice(Response(202, content_type="text/plain"), (heard,) if heard else ())
