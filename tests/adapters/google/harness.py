"""Google Calendar on one loopback port: owners, their calendars, consent, tokens, notifications.

async with playing_google() as google:
    settings = GoogleSettings(google.oauth.client.id, google.oauth.client.secret, **google.addresses())
    back = await google.consent(begun.url)                    # or unticked={FREE_BUSY}, or denies=True
    google.faults.add("freebusy.query", CalendarError())
    assert google.violations == []
"""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from tests.adapters.google.api import CalendarApi, Error
from tests.adapters.google.discovery import BASE, Operation, Wrong, check_body, check_query, operation
from tests.adapters.google.faults import (
    CALENDARS,
    WRITES,
    Body,
    CalendarError,
    Cut,
    Fault,
    Faults,
    LeftOut,
    Refusal,
    Slow,
    TokenError,
)
from tests.adapters.google.keeping import Channel, Json, Kept, Owner, Role, Token
from tests.adapters.google.masks import masked
from tests.adapters.google.oauth import Denied, OAuth
from tests.contracts.calendar_world import HANGS

CHANGING = {"events.insert", "events.patch", "events.delete"}
Deliver = Callable[[str, Mapping[str, str]], Awaitable[int]]
"""Takes a notification: address, headers; returns the status it was answered with."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that reached Google, and the status it had."""

    name: str
    status: int
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None


@dataclass(slots=True, repr=False)
class Google:
    """The whole of it.

    Attributes:
        violations: requests that Google's own description does not allow.
        hanging: calendars of which everything is answered late.
        calls: all of them, in order.
        pushed: notifications sent: address and headers.
        deliver: where they go besides.
    """

    oauth: OAuth
    api: CalendarApi
    address: str = ""
    faults: Faults = field(default_factory=Faults)
    hanging: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    pushed: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    deliver: Deliver | None = None
    ahead: timedelta = timedelta()
    tasks: set[asyncio.Task[int]] = field(default_factory=set)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def addresses(self) -> dict[str, str]:
        """Where everything is, by the names that settings have for it."""
        return {
            "api_base_url": f"{self.address}{BASE}",
            "auth_url": f"{self.address}/o/oauth2/v2/auth",
            "token_url": f"{self.address}/token",
            "revoke_url": f"{self.address}/revoke",
        }

    def add_owner(self, sub: str = "1001", email: str = "owner@example.com", zone: str = "UTC") -> Owner:
        """A person with a primary calendar."""
        owner = Owner(sub, email)
        self.add_calendar(owner, email, email, zone=zone, is_primary=True)
        self.oauth.visitor = owner
        return owner

    def add_calendar(
        self,
        owner: Owner,
        calendar_id: str,
        summary: str,
        *,
        zone: str = "UTC",
        role: Role = "owner",
        is_primary: bool = False,
    ) -> Kept:
        """A calendar in the list of *owner*."""
        made = Kept(calendar_id, summary, zone, role, is_primary)
        owner.calendars[calendar_id] = made
        return made

    def keep(self, calendar: Kept, event: Json) -> Json:
        """Somebody puts an event there, or changes it; channels are told."""
        return self.api.kept(calendar, event)

    async def consent(
        self, url: str, *, unticked: Collection[str] = (), denies: bool = False
    ) -> dict[str, str]:
        """Walk through the consent page; returns the query that the person comes back with."""
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as page:
                assert page.status == 200, await page.text()
            query = dict(URL(url).query)
            form = [(f"q.{name}", value) for name, value in query.items()]
            form += [("scope", each) for each in query["scope"].split() if each not in unticked]
            form += [("answer", "" if denies else "allow")]
            async with session.post(url, data=form, allow_redirects=False) as answer:
                assert answer.status == 302, await answer.text()
                return dict(URL(answer.headers["location"]).query)

    def named(self, name: str) -> list[Call]:
        """Calls of one method so far."""
        return [call for call in self.calls if call.name == name]

    def tell(self, channel: Channel, state: str) -> None:
        """Send one notification."""
        headers = channel.headers(state)
        self.pushed.append((channel.address, headers))
        if self.deliver:
            task = asyncio.ensure_future(self.deliver(channel.address, headers))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def application(self) -> web.Application:
        """All routes."""
        app = web.Application()
        app.router.add_get("/o/oauth2/v2/auth", self._page)
        app.router.add_post("/o/oauth2/v2/auth", self._answered)
        app.router.add_post("/token", self._token)
        app.router.add_post("/revoke", self._revoke)
        app.router.add_route("*", BASE + "{rest:.*}", self._called)
        return app

    async def _page(self, request: web.Request) -> web.Response:
        try:
            return web.Response(text=self.oauth.page(request.query), content_type="text/html")
        except Denied as denied:
            return web.Response(status=400, text=f"Error 400: {denied.error}")

    async def _answered(self, request: web.Request) -> web.Response:
        form = await request.post()
        query = {name[2:]: str(value) for name, value in form.items() if name.startswith("q.")}
        ticked = frozenset(str(each) for each in form.getall("scope", []))
        try:
            where = self.oauth.answered(query, ticked, allows=form.get("answer") == "allow")
        except Denied as denied:
            return web.Response(status=400, text=f"Error 400: {denied.error}")
        return web.Response(status=302, headers={"location": where})

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}

        def work() -> tuple[int, object]:
            try:
                return 200, self.oauth.token(form)
            except Denied as denied:
                return denied.status, {"error": denied.error, "error_description": "Bad Request"}

        return await self._through(request, Operation("token", {}, {}), form, work)

    async def _revoke(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}

        def work() -> tuple[int, object]:
            try:
                self.oauth.revoke(form.get("token", ""))
            except Denied as denied:
                return 400, {"error": denied.error, "error_description": "Token expired or revoked"}
            return 200, {}

        return await self._through(request, Operation("revoke", {}, {}), form, work)

    async def _called(self, request: web.Request) -> web.StreamResponse:
        wanted = operation(request.method, request.rel_url.raw_path)
        if wanted is None:
            self.violations.append(f"{request.method} {request.path}: there is no such method")
            return web.json_response(Error(404, "notFound").body(), status=404)
        text = await request.read()
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = "?"

        def work() -> tuple[int, object]:
            try:
                return self._carried_out(request, wanted, body)
            except Wrong as wrong:
                self.violations.append(f"{wanted.name}: {wrong}")
                return 400, Error(400, "invalid", str(wrong)).body()
            except Error as error:
                return error.status, error.body()

        return await self._through(request, wanted, body, work)

    def _carried_out(self, request: web.Request, wanted: Operation, body: Any) -> tuple[int, object]:
        token = self._holder(request, wanted)
        query = list(request.rel_url.query.items())
        check_query(wanted.spec, query)
        if wanted.name in CHANGING and request.query.get("sendUpdates") != "none":
            raise Wrong("somebody would be notified: sendUpdates is not none")
        checked = check_body(wanted.spec, body)
        etag = request.headers.get("If-Match", "")
        answer = self.api.call(wanted.name, token, wanted.path, query, checked, etag)
        if answer is None:
            return 204, None
        return 200, masked(answer, request.query["fields"]) if "fields" in request.query else answer

    def _holder(self, request: web.Request, wanted: Operation) -> Token:
        token = self.oauth.holder(request.headers.get("Authorization", ""))
        if token is None:
            raise Error(401, "authError", "Invalid Credentials")
        if not token.scopes & wanted.scopes:
            raise Error(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        return token

    async def _through(
        self, request: web.Request, wanted: Operation, body: Any, work: Callable[[], tuple[int, object]]
    ) -> web.StreamResponse:
        fault = self.faults.take(wanted.name)
        if fault is None and not self.hanging.isdisjoint(wanted.path.values()):
            fault = Slow(HANGS)
        if fault is None and wanted.name in CHANGING:
            fault = self.faults.take(WRITES)
        if fault is None and wanted.spec:
            fault = self.faults.take(CALENDARS)
        status, answer = (0, None) if _is_left_undone(fault) else work()
        self.calls.append(Call(wanted.name, status, wanted.path, dict(request.query), body))
        return await self._answer(request, fault, status, answer)

    async def _answer(
        self, request: web.Request, fault: Fault | None, status: int, answer: Any
    ) -> web.StreamResponse:
        match fault:
            case Refusal(refused, reason, after):
                headers = {"Retry-After": after} if after else {}
                return web.json_response(Error(refused, reason).body(), status=refused, headers=headers)
            case TokenError(error):
                return web.json_response({"error": error, "error_description": "…"}, status=400)
            case Body(content, content_type, other):
                return web.Response(body=content, content_type=content_type, status=other)
            case Cut():
                _reset(request)
            case Slow(seconds):
                await _unless(self.closing, seconds)
            case CalendarError() | LeftOut() if isinstance(answer, dict):
                _spoil(answer, fault)
        if status == 204:
            return web.Response(status=204)
        return web.json_response(answer, status=status or 500)


def _is_left_undone(fault: Fault | None) -> bool:
    match fault:
        case Refusal() | Cut():
            return not fault.is_processed
        case Body() | TokenError():
            return True
    return False


def _spoil(answer: Json, fault: CalendarError | LeftOut) -> None:
    for calendar in fault.calendars or set(answer.get("calendars", ())):
        if isinstance(fault, LeftOut):
            del answer["calendars"][calendar]
        else:
            error = {"domain": "global", "reason": fault.reason}
            answer["calendars"][calendar] = {"errors": [error], "busy": []}


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
async def playing_google(now: Callable[[], datetime] | None = None) -> AsyncIterator[Google]:
    """Google with nobody in it.

    Args:
        now: the aware instant everybody lives in; the real one by default.
    """

    def instant() -> datetime:
        return (now() if now else datetime.now(UTC)) + google.ahead

    google = Google(OAuth(instant), CalendarApi(instant))

    def changed(calendar: Kept) -> None:
        for channel in [one for one in google.api.channels.values() if one.calendar is calendar]:
            if channel.expires > instant():
                google.tell(channel, "exists")

    google.api.changed = changed
    google.api.begun = lambda channel: google.tell(channel, "sync")
    server = TestServer(google.application(), host="127.0.0.1")
    await server.start_server()
    google.address = str(server.make_url("")).rstrip("/")
    try:
        yield google
    finally:
        google.closing.set()
        await server.close()
