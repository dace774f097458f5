"""The REST side of Discord under `/api/v10`, with rate limits and faults on demand."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aiohttp import web

from tests.adapters.discord import faults as routes
from tests.adapters.discord.applications import Applications
from tests.adapters.discord.asking import Asked, Handler, read
from tests.adapters.discord.faults import Buckets, Cut, Fault, Faults, RateLimited, Refused, ServerError, Slow
from tests.adapters.discord.followups import Followups
from tests.adapters.discord.gateway import Gateway
from tests.adapters.discord.interactions import Interactions
from tests.adapters.discord.refusals import Refusal
from tests.adapters.discord.rooms import Rooms
from tests.adapters.discord.scheduled_events import ScheduledEvents
from tests.adapters.discord.world import Call, World

PREFIX: Final = "/api/v10"
MOST_BYTES: Final = 25 * 2**20
# An interaction's token in the path is the key: these need no other.
NEEDS_NO_TOKEN: Final = (
    "POST /interactions/",
    "GET /gateway",
    *(f"{method} /webhooks/" for method in ("GET", "POST", "PATCH", "DELETE")),
)
CREATED: Final = {
    "POST /channels/{channel_id}/threads",
    "POST /channels/{channel_id}/messages/{message_id}/threads",
    "POST /applications/{application_id}/commands",
    "POST /applications/{application_id}/guilds/{guild_id}/commands",
}
INVALID: Final = {401, 403, 429}


def handlers(world: World, interactions: Interactions, gateway: Gateway) -> dict[str, Handler]:
    """Every route with what it does; the first that fits is taken."""
    messages, rooms, events = interactions.messages, Rooms(world), ScheduledEvents(world)
    app, followups = Applications(world), Followups(interactions)
    commands = "/applications/{application_id}/commands"
    guild_commands = "/applications/{application_id}/guilds/{guild_id}/commands"
    event = "/guilds/{guild_id}/scheduled-events/{event_id}"
    followup = "/webhooks/{application_id}/{token}/messages"
    message = "/channels/{channel_id}/messages/{message_id}"
    return {
        "GET /oauth2/applications/@me": app.me,
        "GET /applications/@me": app.me,
        "GET /users/@me": app.user,
        "GET /users/@me/guilds": rooms.my_guilds,
        routes.OPEN_DM: rooms.open_dm,
        "GET /users/{user_id}": rooms.user,
        "GET /gateway": lambda _asked: {"url": gateway.url},
        "GET /gateway/bot": lambda _asked: gateway.about(),
        f"GET {commands}": app.commands,
        routes.REGISTER: app.replace,
        f"POST {commands}": app.add,
        f"DELETE {commands}/{{command_id}}": app.remove,
        f"GET {guild_commands}": app.commands,
        f"PUT {guild_commands}": app.replace,
        f"POST {guild_commands}": app.add,
        f"DELETE {guild_commands}/{{command_id}}": app.remove,
        "GET /channels/{channel_id}": rooms.channel,
        "PATCH /channels/{channel_id}": rooms.edit_channel,
        routes.SEND: messages.send,
        "GET /channels/{channel_id}/messages": messages.history,
        f"GET {message}": messages.get,
        routes.EDIT: messages.edit,
        routes.DELETE: messages.delete,
        f"POST {message}/threads": rooms.thread_of_message,
        "POST /channels/{channel_id}/threads": rooms.thread,
        "GET /channels/{channel_id}/thread-members/{user_id}": rooms.thread_member,
        "GET /guilds/{guild_id}": rooms.guild,
        "GET /guilds/{guild_id}/channels": rooms.channels,
        "GET /guilds/{guild_id}/members/{user_id}": rooms.member,
        "GET /guilds/{guild_id}/scheduled-events": events.all,
        "POST /guilds/{guild_id}/scheduled-events": events.create,
        f"GET {event}": events.get,
        f"PATCH {event}": events.change,
        f"DELETE {event}": events.delete,
        routes.CALLBACK: interactions.callback,
        routes.FOLLOWUP: followups.send,
        f"GET {followup}/@original": followups.get,
        routes.EDIT_ORIGINAL: followups.edit,
        f"DELETE {followup}/@original": followups.delete,
        f"GET {followup}/{{message_id}}": followups.get,
        f"PATCH {followup}/{{message_id}}": followups.edit,
        f"DELETE {followup}/{{message_id}}": followups.delete,
    }


def answered(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON with exactly `application/json`: discord.py takes anything else for text."""
    if body is None:
        return web.Response(status=204, headers=headers)
    whole = {"Content-Type": "application/json", "Via": "1.1 google", **(headers or {})}
    return web.Response(status=status, body=json.dumps(body).encode(), headers=whole)


@dataclass(slots=True)
class Rest:
    """The routes."""

    world: World
    interactions: Interactions
    gateway: Gateway
    faults: Faults
    buckets: Buckets

    def application(self) -> web.Application:
        """All of Discord's addresses."""
        app = web.Application(client_max_size=MOST_BYTES)
        for route, handler in handlers(self.world, self.interactions, self.gateway).items():
            method, path = route.split(" ")
            app.router.add_route(method, PREFIX + path, partial(self._handle, route, handler))
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_route("*", PREFIX + "/{rest:.*}", self._unknown)
        return app

    async def _unknown(self, request: web.Request) -> web.Response:
        route = f"{request.method} {request.path.removeprefix(PREFIX)}"
        self.world.calls.append(Call(route, request.path, {}, 404, 404))
        self.world.changed()
        return answered({"message": "404: Not Found", "code": 0}, 404)

    async def _handle(self, route: str, handler: Handler, request: web.Request) -> web.Response:
        try:
            asked = await read(request, route)
        except Refusal as refusal:
            return self._refuse(route, request, {}, refusal)
        fault = self.faults.take(route)
        act = partial(self._act, asked, handler, request)
        try:
            response = self._met(fault, asked, request, act)
        finally:
            self.world.changed()
        return await _spoiled(request, fault, response)

    def _met(
        self, fault: Fault | None, asked: Asked, request: web.Request, act: Callable[[], web.Response]
    ) -> web.Response:
        match fault:
            case RateLimited():
                return self._limited(asked, request, fault, {})
            case Refused(code=code):
                return self._refuse(asked.route, request, asked.body, Refusal(code))
            case ServerError(is_processed=False) | Cut(is_processed=False):
                return web.Response()
            case _:
                return act()

    def _act(self, asked: Asked, handler: Handler, request: web.Request) -> web.Response:
        major = asked.at.get("channel_id") or asked.at.get("guild_id") or asked.at.get("token", "")
        is_allowed, headers = self.buckets.take(asked.route, major)
        if not is_allowed:
            after = float(headers["X-RateLimit-Reset-After"])
            return self._limited(asked, request, RateLimited(after), headers)
        try:
            self._authorize(asked.route, request)
            done = handler(asked)
        except Refusal as refusal:
            return self._refuse(asked.route, request, asked.body, refusal, headers)
        status = 204 if done is None else 201 if asked.route in CREATED else 200
        self._note(asked.route, request, asked.body, status, 0)
        return answered(done, status, headers)

    def _authorize(self, route: str, request: web.Request) -> None:
        is_open = route.startswith(NEEDS_NO_TOKEN) and route != "GET /gateway/bot"
        if not is_open and request.headers.get("Authorization") != f"Bot {self.world.app.token}":
            raise Refusal(0)

    def _limited(
        self, asked: Asked, request: web.Request, fault: RateLimited, headers: dict[str, str]
    ) -> web.Response:
        self._note(asked.route, request, asked.body, 429, 429)
        after = fault.retry_after_seconds
        scope = "global" if fault.is_global else "user"
        whole = {**headers, "Retry-After": str(max(1, round(after))), "X-RateLimit-Scope": scope}
        whole |= {"X-RateLimit-Global": "true"} if fault.is_global else {}
        if not fault.is_from_discord:
            page = "<html>error code: 1015</html>"
            return web.Response(status=429, text=page, content_type="text/html", headers=whole)
        body = {"message": "You are being rate limited.", "retry_after": after, "global": fault.is_global}
        return answered({**body, "code": 0}, 429, whole)

    def _refuse(
        self,
        route: str,
        request: web.Request,
        body: Any,
        refusal: Refusal,
        headers: dict[str, str] | None = None,
    ) -> web.Response:
        self._note(route, request, body, refusal.status, refusal.code or refusal.status)
        more = {"retry_after": 1.0, "global": False} if refusal.status == 429 else {}
        return answered({**refusal.body, **more}, refusal.status, headers)

    def _note(self, route: str, request: web.Request, body: Any, status: int, code: int) -> None:
        self.world.calls.append(Call(route, request.path.removeprefix(PREFIX), body, status, code))
        self.world.invalid_requests += status in INVALID
        self.world.changed()


async def _spoiled(request: web.Request, fault: Fault | None, response: web.Response) -> web.Response:
    match fault:
        case ServerError(status=status):
            return web.Response(status=status, text="<html>Server Error</html>", content_type="text/html")
        case Slow(seconds=seconds):
            await asyncio.sleep(seconds)
        case Cut() if request.transport:
            request.transport.abort()
        case _:
            pass
    return response
