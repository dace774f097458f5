"""The one web server: the platforms' addresses, our pages, and the health check."""

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from bot.pages import Pages
from scheduling_core.ports import ChatPlatform, Request, Response, Route

Healthy = Callable[[], Awaitable[bool]]


def application(platforms: Iterable[ChatPlatform], pages: Pages, is_healthy: Healthy) -> web.Application:
    """Everything that answers HTTP, as one aiohttp application."""
    app = web.Application(client_max_size=0)
    for platform in platforms:
        for route in platform.routes():
            app.router.add_route(route.method, route.path, _adapted(route))
    pages.add_to(app)
    app.router.add_get("/healthz", _health(is_healthy))
    return app


def _adapted(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        body = await _read_at_most(request, route.max_body_bytes + 1)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Request(request.method, request.path, headers, body, dict(request.match_info))
        return _response(await route.handle(asked))

    return handle


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


def _health(is_healthy: Healthy) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(_request: web.Request) -> web.StreamResponse:
        if await is_healthy():
            return web.json_response({"status": "ok"})
        return web.json_response({"status": "the database does not answer"}, status=503)

    return handle
