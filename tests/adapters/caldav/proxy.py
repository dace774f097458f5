"""What stands between the adapter and a real server: passwords, where that server keeps none, and trouble."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import ClientSession, web
from multidict import CIMultiDict

from tests.adapters.caldav.servers import Server
from tests.contracts.calendar_world import HANGS

WRITES: Final = frozenset({"PUT", "DELETE"})
_HOP: Final = frozenset({"host", "connection", "transfer-encoding", "content-length", "content-encoding"})
_CUT_SHORT: Final = (
    b'<response xmlns="DAV:"><href>/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>'
)


@dataclass(slots=True)
class Proxy:
    """Forwards to *server*, unless something goes wrong.

    Attributes:
        packs: as proxies that compress do, it makes versions of others' answers its own.
        seen: method and status of every request that was answered by the server.
        hanging: paths below which everything is answered late.
    """

    server: Server
    session: ClientSession
    url: str = ""
    packs: bool = False
    seen: list[tuple[str, int]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    hanging: set[str] = field(default_factory=set)
    _fault: str = ""
    _left: int | None = 0
    _mended: asyncio.Event = field(default_factory=asyncio.Event)

    def fault(self, name: str, times: int | None) -> None:
        self._fault, self._left = name, times
        self._mended.clear()

    def mend(self) -> None:
        self._left = 0
        self.hanging.clear()
        self._mended.set()

    def _take(self, method: str) -> str:
        befalls = {
            "cut_after_commit": method in WRITES,
            "500_after_commit": method in WRITES,
            "partial": method in {"PROPFIND", "REPORT"},
        }
        if self._left == 0 or not befalls.get(self._fault, True):
            return ""
        if self._left is not None:
            self._left -= 1
        return self._fault

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if any(request.path.startswith(each) for each in self.hanging):
            await asyncio.sleep(HANGS)
        fault = self._take(request.method)
        if fault.isdigit():
            return web.Response(status=int(fault), headers={"Retry-After": "7"} if fault == "429" else {})
        if fault == "garbage":
            return web.Response(
                status=207 if request.method in {"PROPFIND", "REPORT"} else 200, body=b"\x00\xff{"
            )
        if fault == "html":
            return web.Response(
                text="<html><body>Log in to the network</body></html>", content_type="text/html"
            )
        if fault != "cut":
            answer = await self._forward(request, body)
        if fault in {"cut", "cut_after_commit"}:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if fault == "500_after_commit":
            return web.Response(status=500)
        if fault == "slow":
            await self._mended.wait()
        if fault == "partial" and answer.status == 207 and isinstance(answer.body, bytes):
            head, _, tail = answer.body.rpartition(b"</")
            answer.body = head + _CUT_SHORT + b"</" + tail
        return answer

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        headers = CIMultiDict(
            (name, value) for name, value in request.headers.items() if name.lower() not in _HOP
        )
        if self.server.passwords is not None:
            user = self._judge(headers.pop("authorization", ""))
            if not user:
                return web.Response(status=401, headers={"WWW-Authenticate": "Basic"})
            headers["X-Remote-User"] = user
        async with self.session.request(
            request.method,
            self.server.url + request.raw_path,
            headers=headers,
            data=body,
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
            self.seen.append((request.method, answer.status))
            self.bodies.append(body)
            kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _HOP]
            reply = web.Response(status=answer.status, body=content, headers=CIMultiDict(kept))
            if self.packs and request.method == "GET" and (version := reply.headers.get("ETag")):
                reply.headers["ETag"] = _packed(version, request.headers.get("Accept-Encoding", ""))
            return reply

    def _judge(self, authorization: str) -> str:
        user, _, word = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        known = self.server.passwords or {}
        return user if word and known.get(user) == word else ""


def _packed(version: str, accepted: str) -> str:
    """Weak, as of nginx; of what it compresses with the suffix of Apache's mod_deflate."""
    return "W/" + (version[:-1] + '-gzip"' if "gzip" in accepted else version)


@asynccontextmanager
async def in_front_of(server: Server) -> AsyncIterator[Proxy]:
    """A proxy on a port of its own."""
    async with ClientSession(auto_decompress=True) as session:
        proxy = Proxy(server, session)
        app = web.Application(client_max_size=20 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", proxy.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        proxy.url = runner.addresses[0] and f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield proxy
        finally:
            proxy.mend()
            await runner.cleanup()
