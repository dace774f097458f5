"""The one web server: the platforms' addresses, our pages, and the health check."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot.metrics import CONTENT_TYPE
from bot.pages import Pages
from bot.receipts import Receipts
from scheduling_core.chat_ports import ChatPlatform, Request, Response, Route

log = structlog.get_logger()

READ_SECONDS = 20.0
"""How long a request's body may take."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Trouble = Callable[[], Awaitable[str]]
"""Tells what is wrong now, "" for nothing."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What whoever watches over the process asks.

    Attributes:
        is_healthy: it answers; if not, start it anew.
        is_ready: what is delivered here can be kept; if not, deliver it elsewhere.
        metrics: the figures, as Prometheus reads them.
        receipts: where refused requests are written down.
    """

    is_healthy: Callable[[], Awaitable[bool]]
    is_ready: Callable[[], Awaitable[bool]]
    metrics: Callable[[], Awaitable[bytes]]
    receipts: Receipts


def application(
    platforms: Sequence[ChatPlatform], pages: Pages, watch: Watch, notices: Sequence[Route] = ()
) -> web.Application:
    """Everything that answers HTTP, as one aiohttp application.

    Args:
        notices: where others than chat platforms tell us something.
    """
    app = web.Application(client_max_size=0, middlewares=[_problems])
    for platform in platforms:
        for route in platform.routes():
            handler = _written_down(_adapted(route), platform.name, watch.receipts)
            app.router.add_route(route.method, route.path, handler)
    for route in notices:
        app.router.add_route(route.method, route.path, _adapted(route))
    pages.add_to(app)
    app.router.add_get("/healthz", _state(_unless(watch.is_healthy, "the database does not answer")))
    app.router.add_get("/readyz", _state(_readiness(platforms, watch)))
    app.router.add_get("/metrics", _metrics(watch))
    return app


def _written_down(handler: Handler, platform: str, receipts: Receipts) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        with receipts.request(platform) as asked:
            response = await handler(request)
            asked.status = response.status
        return response

    return handle


def _adapted(route: Route) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            async with asyncio.timeout(READ_SECONDS):
                body = await _read_at_most(request, route.max_body_bytes + 1)
        except TimeoutError:
            return _not_whole(408, f"The body took longer than {READ_SECONDS:.0f} s. Send it again.")
        except (ConnectionError, web.RequestPayloadError):
            return _not_whole(400, "The body did not arrive whole. Send it again.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Request(
            request.method, request.path, headers, body, dict(request.match_info), dict(request.query)
        )
        return _response(await route.handle(asked))

    return handle


def _not_whole(status: int, detail: str) -> web.Response:
    response = _problem(status, "body", "The body is missing", detail)
    response.force_close()
    return response


def _problem(status: int, kind: str, title: str, detail: str) -> web.Response:
    """A refusal as RFC 9457 wants it."""
    problem = {"type": f"urn:parley:problem:{kind}", "title": title, "status": status, "detail": detail}
    body = json.dumps(problem).encode()
    return web.Response(status=status, body=body, content_type="application/problem+json")


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What no handler answered, in the same form as all other refusals."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return _problem(404, "address", "Nothing is here", "Look for the address in docs/room-protocol.md.")
    except web.HTTPException:
        raise
    except Exception:
        log.exception("request.failed", method=request.method)
        detail = (
            "The bot could not do that now; nothing was changed. Send it again under the same webhook-id."
        )
        return _problem(500, "failure", "Something went wrong here", detail)


async def _read_at_most(request: web.Request, limit: int) -> bytes:
    """The body, cut off at *limit* bytes: one more than allowed is enough for the platform to refuse it."""
    parts = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        parts += chunk
        if len(parts) >= limit:
            break
    return bytes(parts[:limit])


def _response(answer: Response) -> web.Response:
    return web.Response(
        status=answer.status,
        body=answer.body,
        headers={"Content-Type": answer.content_type, **answer.headers},
    )


def _unless(holds: Callable[[], Awaitable[bool]], otherwise: str) -> Trouble:
    async def trouble() -> str:
        return "" if await holds() else otherwise

    return trouble


def _readiness(platforms: Iterable[ChatPlatform], watch: Watch) -> Trouble:
    async def trouble() -> str:
        if not await watch.is_ready():
            return "the database does not answer or is not migrated"
        deaf = [platform.name for platform in platforms if not platform.is_listening()]
        return f"no connection to {' and '.join(deaf)} is open: nothing arrives from there" if deaf else ""

    return trouble


def _state(trouble: Trouble) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        found = await trouble()
        return web.json_response({"status": found or "ok"}, status=503 if found else 200)

    return handle


def _metrics(watch: Watch) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=await watch.metrics(), headers={"Content-Type": CONTENT_TYPE})

    return handle
