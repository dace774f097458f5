"""Microsoft on one loopback port: mailboxes, consent, tokens, Graph, notifications.

async with playing_microsoft() as microsoft:
    client = microsoft.entra.client
    settings = MicrosoftSettings(client.id, client.secret, **microsoft.addresses())
    back = await microsoft.consent(begun.url)                    # or denies=True
    microsoft.faults.add("calendarView.list", Refusal(503))
    assert microsoft.violations == []
"""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from tests.adapters.microsoft.entra import Denied, Entra
from tests.adapters.microsoft.faults import (
    GRAPH,
    WRITES,
    Body,
    Changed,
    Cut,
    Fault,
    Faults,
    Refusal,
    Slow,
    TokenError,
)
from tests.adapters.microsoft.graph import Error, GraphApi
from tests.adapters.microsoft.keeping import Kept, Owner, Token
from tests.adapters.microsoft.rules import (
    BASE,
    Operation,
    Wrong,
    check_body,
    check_prefer,
    check_query,
    operation,
)
from tests.contracts.calendar_world import HANGS

CHANGING: Final = {"events.create", "events.update", "events.delete"}
CALLS_AT_ONCE: Final = 4
Work = Callable[[], Awaitable[tuple[int, object]]]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that reached Microsoft, and the status it had."""

    name: str
    status: int
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None


@dataclass(slots=True, repr=False)
class Microsoft:
    """The whole of it.

    Attributes:
        violations: requests that Microsoft's own description does not allow.
        hanging: calendars of which everything is answered late.
        calls: all of them, in order.
        pushed: notifications sent: address and body.
        latency_seconds: how long every call of Graph takes at least.
        ahead: how far everybody lives after the time of *clock*.
        clock: the real one by default.
    """

    entra: Entra
    graph: GraphApi
    address: str = ""
    faults: Faults = field(default_factory=Faults)
    hanging: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    pushed: list[tuple[str, bytes]] = field(default_factory=list)
    latency_seconds: float = 0.0
    ahead: timedelta = timedelta()
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> datetime:
        """The instant everybody lives in."""
        return self.clock() + self.ahead

    def addresses(self) -> dict[str, str]:
        """Where everything is, by the names that settings have for it."""
        return {"login_base_url": self.address, "graph_base_url": f"{self.address}{BASE}"}

    def add_owner(
        self, oid: str = "oid-1", tid: str = "tid-1", email: str = "owner@example.com", zone: str = "UTC"
    ) -> Owner:
        """A person with a mailbox and its default calendar."""
        owner = Owner(oid, tid, email)
        self.add_calendar(owner, f"AQMk-{oid}-default", "Calendar", zone=zone).is_default = True
        self.entra.visitor = owner
        return owner

    def add_calendar(self, owner: Owner, calendar_id: str, name: str, *, zone: str = "UTC") -> Kept:
        """A calendar in the list of *owner*, the owner's own."""
        made = Kept(calendar_id, name, owner.email, zone)
        owner.calendars[calendar_id] = made
        return made

    async def consent(self, url: str, *, denies: bool = False) -> dict[str, str]:
        """Walk through the consent page; returns the query that the person comes back with."""
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as page:
                assert page.status == 200, await page.text()
            form = [(f"q.{name}", value) for name, value in URL(url).query.items()]
            form += [("answer", "" if denies else "allow")]
            async with session.post(url, data=form, allow_redirects=False) as answer:
                assert answer.status == 302, await answer.text()
                return dict(URL(answer.headers["location"]).query)

    def named(self, name: str) -> list[Call]:
        """Calls of one method so far."""
        return [call for call in self.calls if call.name == name]

    def tell(self, calendar: Kept, **more: str) -> None:
        """Notify everybody who follows the calendar; *more* makes it a lifecycle notification."""
        for each in self.graph.subscriptions.values():
            if each.calendar is calendar and each.expires > self.now():
                kind = "lifecycleNotificationUrl" if more else "notificationUrl"
                self.pushed.append((each.body[kind], each.notification(**more)))

    def application(self) -> web.Application:
        """All routes."""
        app = web.Application()
        app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._described)
        app.router.add_get("/{tenant}/oauth2/v2.0/authorize", self._page)
        app.router.add_post("/{tenant}/oauth2/v2.0/authorize", self._answered)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        app.router.add_route("*", BASE + "/{rest:.*}", self._called)
        return app

    async def _described(self, request: web.Request) -> web.StreamResponse:
        async def work() -> tuple[int, object]:
            try:
                return 200, self.entra.described(request.match_info["tenant"], request.host)
            except Denied as denied:
                return denied.status, denied.body()

        return await self._through(request, _plain("discovery"), None, work)

    async def _page(self, request: web.Request) -> web.Response:
        try:
            page = self.entra.page(request.match_info["tenant"], request.query)
        except Denied as denied:
            return web.Response(status=400, text=str(denied))
        return web.Response(text=page, content_type="text/html")

    async def _answered(self, request: web.Request) -> web.Response:
        form = await request.post()
        query = {name[2:]: str(value) for name, value in form.items() if name.startswith("q.")}
        allows = form.get("answer") == "allow"
        try:
            where = self.entra.answered(request.match_info["tenant"], query, allows=allows)
        except Denied as denied:
            return web.Response(status=400, text=str(denied))
        return web.Response(status=302, headers={"location": where})

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}

        async def work() -> tuple[int, object]:
            try:
                return 200, self.entra.token(request.match_info["tenant"], form)
            except Denied as denied:
                return denied.status, denied.body()

        return await self._through(request, _plain("token"), form, work)

    async def _called(self, request: web.Request) -> web.StreamResponse:
        wanted = operation(request.method, request.rel_url.raw_path)
        if wanted is None:
            self.violations.append(f"{request.method} {request.path}: there is no such method")
            return web.json_response(Error(404, "ResourceNotFound").body(), status=404)
        text = await request.read()
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = "?"

        async def work() -> tuple[int, object]:
            try:
                return await self._carried_out(request, wanted, body)
            except Wrong as wrong:
                self.violations.append(f"{wanted.name}: {wrong}")
                return 400, Error(400, "BadRequest", str(wrong)).body()
            except Error as error:
                return error.status, error.body()

        return await self._through(request, wanted, body, work)

    async def _carried_out(self, request: web.Request, wanted: Operation, body: Any) -> tuple[int, object]:
        token = self._holder(request, wanted)
        query = list(request.rel_url.query.items())
        check_query(wanted, query)
        check_prefer(request.headers.get("Prefer", ""), wanted.name)
        checked = check_body(wanted.name, body)
        token.owner.calls_now += 1
        token.owner.most_calls = max(token.owner.most_calls, token.owner.calls_now)
        try:
            if token.owner.calls_now > CALLS_AT_ONCE:
                raise Error(429, "ApplicationThrottled", "MailboxConcurrency limit")
            await asyncio.sleep(self.latency_seconds)
            etag = request.headers.get("If-Match", "")
            return await self.graph.call(wanted, token, dict(query), checked, etag)
        finally:
            token.owner.calls_now -= 1

    def _holder(self, request: web.Request, wanted: Operation) -> Token:
        token = self.entra.holder(request.headers.get("Authorization", ""))
        if token is None:
            raise Error(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        if not token.scopes & wanted.scopes:
            raise Error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return token

    async def _through(
        self, request: web.Request, wanted: Operation, body: Any, work: Work
    ) -> web.StreamResponse:
        fault = self.faults.take(wanted.name)
        if fault is None and not self.hanging.isdisjoint(wanted.path.values()):
            fault = Slow(HANGS)
        if fault is None and wanted.name in CHANGING:
            fault = self.faults.take(WRITES)
        if fault is None and wanted.scopes:
            fault = self.faults.take(GRAPH)
        status, answer = (0, None) if _is_left_undone(fault) else await work()
        self.calls.append(Call(wanted.name, status, wanted.path, dict(request.query), body))
        return await self._answer(request, fault, status, answer)

    async def _answer(
        self, request: web.Request, fault: Fault | None, status: int, answer: Any
    ) -> web.StreamResponse:
        match fault:
            case Refusal(refused, code, after):
                headers = {"Retry-After": after} if after else {}
                return web.json_response(Error(refused, code).body(), status=refused, headers=headers)
            case TokenError(error, number):
                return web.json_response(Denied(error, number).body(), status=400)
            case Body(content, content_type, other):
                return web.Response(body=content, content_type=content_type, status=other)
            case Changed(fields):
                answer = {**answer, **dict(fields)}
            case Cut():
                _reset(request)
            case Slow(seconds):
                await _unless(self.closing, seconds)
        if status == 204:
            return web.Response(status=204)
        return web.json_response(answer, status=status or 500)


def _plain(name: str) -> Operation:
    return Operation(name, {}, frozenset(), frozenset())


def _is_left_undone(fault: Fault | None) -> bool:
    match fault:
        case Refusal() | Cut():
            return not fault.is_processed
        case Body() | TokenError():
            return True
    return False


def _reset(request: web.Request) -> None:
    assert request.transport
    connection = request.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


async def _unless(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


@asynccontextmanager
async def playing_microsoft(
    ahead: timedelta = timedelta(), clock: Callable[[], datetime] | None = None
) -> AsyncIterator[Microsoft]:
    """Microsoft with nobody in it, *ahead* of the time of *clock*, or of the real one."""

    def now() -> datetime:
        return microsoft.now()

    microsoft = Microsoft(Entra(now), GraphApi(now), ahead=ahead)
    microsoft.clock = clock or microsoft.clock
    microsoft.graph.changed = microsoft.tell
    server = TestServer(microsoft.application(), host="127.0.0.1")
    await server.start_server()
    microsoft.address = str(server.make_url("")).rstrip("/")
    microsoft.graph.address = f"{microsoft.address}{BASE}"
    try:
        yield microsoft
    finally:
        microsoft.closing.set()
        await server.close()
