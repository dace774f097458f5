"""A calendar address on loopback as the contract of calendars plays on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from aiohttp import web

from adapters.calendar.ics import IcsSettings, build
from adapters.calendar.ics.wire import CALENDAR, Source
from adapters.http import Http
from adapters.icalendar_streams.pool import Pool
from scheduling_core.calendar_ports import CalendarProvider
from tests.contracts.calendar_text import moved, stream
from tests.contracts.calendar_world import KeptAccount, Planted, Raw

FAULTS: Final = frozenset({"500", "429", "404", "403", "401", "slow", "garbage", "html", "cut"})


@dataclass(slots=True)
class Site:
    """Serves a feed; other paths as a test puts them there.

    Attributes:
        answers: status of every answer about the feed.
        pages: what other paths answer.
    """

    body: bytes = b""
    answers: list[int] = field(default_factory=list)
    pages: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(default_factory=dict)
    url: str = ""
    _fault: str = ""
    _left: int | None = 0
    _mended: asyncio.Event = field(default_factory=asyncio.Event)

    def fault(self, name: str, times: int | None) -> None:
        self._fault, self._left = name, times
        self._mended.clear()

    def mend(self) -> None:
        self._left = 0
        self._mended.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if page := self.pages.get(request.path):
            return await page(request)
        if self._left != 0:
            self._left = None if self._left is None else self._left - 1
            return await self._trouble(request)
        return self._feed(request)

    def _feed(self, request: web.Request) -> web.Response:
        etag = f'"{sha256(self.body).hexdigest()[:16]}"'
        known = request.headers.get("if-none-match") == etag
        self.answers.append(304 if known else 200)
        if known:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=self.body, content_type="text/calendar", headers={"ETag": etag})

    async def _trouble(self, request: web.Request) -> web.StreamResponse:
        if self._fault.isdigit():
            return web.Response(status=int(self._fault), headers={"Retry-After": "7"})
        if self._fault == "garbage":
            return web.Response(body=b"\x00\xffBEGIN", content_type="text/calendar")
        if self._fault == "html":
            return web.Response(text="<html><body>Log in</body></html>", content_type="text/html")
        if self._fault == "cut":
            return await self._half(request)
        await self._mended.wait()
        return self._feed(request)

    async def _half(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(self.body))})
        await response.prepare(request)
        await response.write(self.body[: len(self.body) // 2])
        assert request.transport is not None
        request.transport.abort()
        return response


@dataclass(slots=True)
class IcsWorld:
    """As `World`."""

    site: Site
    provider: CalendarProvider
    account: KeptAccount
    tells_uids: bool = True
    missing: str = "another"
    more_than_a_page: int = 300
    _planted: dict[str, Planted] = field(default_factory=dict)

    async def calendar(self, name: str) -> str:
        self._publish()
        return CALENDAR

    async def plant(self, calendar: str, event: Planted) -> None:
        self._planted[event.uid] = event
        self._publish()

    async def events(self, calendar: str) -> Sequence[Raw]:
        return [Raw(each.uid, each.start, each.end) for each in self._planted.values()]

    async def move(self, calendar: str, uid: str, start: datetime, end: datetime) -> None:
        self._planted[uid] = moved(self._planted[uid], start, end)
        self._publish()

    async def delete(self, calendar: str, uid: str) -> None:
        del self._planted[uid]
        self._publish()

    def _publish(self) -> None:
        self.site.body = stream(self._planted.values()).encode()

    async def revoke(self) -> None:
        self.site.fault("404", None)

    def fault(self, name: str, times: int | None = 1) -> None:
        self.site.fault(name, times)

    def hang(self, calendar: str) -> None:
        raise NotImplementedError("there is but one")

    def mend(self) -> None:
        self.site.mend()


@asynccontextmanager
async def feed_site() -> AsyncIterator[Site]:
    """A web server of its own."""
    site = Site()
    app = web.Application()
    app.router.add_get("/{path:.*}", site.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}/feed.ics"
    try:
        yield site
    finally:
        site.mend()
        await runner.cleanup()


@asynccontextmanager
async def ics_world(pool: Pool, *, deadline_seconds: float = 10.0) -> AsyncIterator[IcsWorld]:
    """A feed, linked."""
    http = Http(lambda: datetime.now(UTC), allow_private_addresses=True)
    async with feed_site() as site:
        settings = IcsSettings(deadline_seconds, allow_plain_http=True)
        provider = build(settings, http, lambda: datetime(2030, 3, 1, tzinfo=UTC), pool)
        try:
            account = KeptAccount(Source("Calendar at 127.0.0.1", url=site.url).secret())
            yield IcsWorld(site, provider, account)
        finally:
            await provider.close()
            await http.close()
