"""The HTTP side of Slack: `/api/<method>`, response_urls and the authorize page, with faults on demand."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.adapters.slack import conversations, oauth, posting, views
from tests.adapters.slack.faults import Cut, Fault, Faults, Limit, RateLimited, Refused, ServerError, Slow
from tests.adapters.slack.response_urls import ResponseUrls
from tests.adapters.slack.sockets import Sockets
from tests.adapters.slack.workspace import Call, Refusal, Team, World

Json = dict[str, Any]
Method = Callable[[World, Team, Json], Json]

# method → (what it does, the scope it always needs)
METHODS: dict[str, tuple[Method, str | None]] = {
    "auth.test": (oauth.auth_test, None),
    "auth.revoke": (oauth.auth_revoke, None),
    "chat.postMessage": (posting.post_message, "chat:write"),
    "chat.update": (posting.update, "chat:write"),
    "chat.delete": (posting.delete, "chat:write"),
    "chat.postEphemeral": (posting.post_ephemeral, "chat:write"),
    "conversations.members": (conversations.members, None),
    "conversations.info": (conversations.info, None),
    "conversations.open": (conversations.open_conversation, None),
    "conversations.history": (conversations.history, None),
    "conversations.replies": (conversations.replies, None),
    "users.info": (conversations.user_info, "users:read"),
    "views.open": (views.open_view, None),
    "views.push": (views.push, None),
    "views.update": (views.update, None),
    "views.publish": (views.publish, None),
}
LISTS = {"conversations.history", "conversations.replies"}
SECRET_ARGS = {"token", "client_secret", "code"}


async def arguments(request: web.Request) -> Json:
    """Query, form or JSON: slack_sdk uses all three."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise Refusal("invalid_json") from None
        return args | (body if isinstance(body, dict) else {})
    return args | {name: str(value) for name, value in (await request.post()).items()}


@dataclass(slots=True)
class WebApi:
    """The routes."""

    world: World
    faults: Faults
    urls: ResponseUrls
    oauth: oauth.OAuth
    sockets: Sockets

    def application(self) -> web.Application:
        """All of Slack's addresses."""
        app = web.Application(client_max_size=2**22)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/commands/{tail:.+}", self._response_url)
        app.router.add_post("/actions/{tail:.+}", self._response_url)
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        app.router.add_get("/link/", self.sockets.handle)
        return app

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        return await self._through_faults(request, method, lambda args: self._call(request, method, args))

    async def _through_faults(
        self, request: web.Request, method: str, act: Callable[[Json], web.Response]
    ) -> web.Response:
        args = await arguments(request)
        limit = _limit(method, _token(request, args), args)
        fault = self.faults.meet(method, limit, self.world.clock.seconds())
        try:
            match fault:
                case RateLimited(retry_after_seconds=seconds):
                    headers = {"Retry-After": str(seconds)}
                    return self._refuse(method, "", args, Refusal("ratelimited"), 429, headers)
                case Refused(error=error):
                    return self._refuse(method, "", args, Refusal(error))
                case ServerError(is_processed=False) | Cut(is_processed=False):
                    answer = web.Response()
                case _:
                    answer = act(args)
                    if self.world.app.lists_once_a_minute and method in LISTS:
                        self.faults.keep_waiting(limit, self.world.clock.seconds() + 60)
        finally:
            self.world.changed()
        return await _spoiled(request, fault, answer)

    def _call(self, request: web.Request, method: str, args: Json) -> web.Response:
        authorization = request.headers.get("Authorization", "")
        token = _token(request, args)
        team_id = next((one.id for one in self.world.teams.values() if token and one.token == token), "")
        try:
            done = self._done(method, args, token, authorization)
        except Refusal as refusal:
            return self._refuse(method, team_id, args, refusal)
        self._note(method, team_id, args, None)
        scopes = self.world.teams[team_id].scopes if team_id else frozenset()
        return web.json_response({"ok": True, **done}, headers={"x-oauth-scopes": ",".join(sorted(scopes))})

    def _done(self, method: str, args: Json, token: str, authorization: str) -> Json:
        if method == "oauth.v2.access":
            return self.oauth.access(args, authorization)
        if method == "apps.connections.open":
            return {"url": self.sockets.ticket(token)}
        if method not in METHODS:
            raise Refusal("unknown_method", req_method=method)
        team = self.world.team_of_token(token)
        act, scope = METHODS[method]
        if scope:
            conversations.need(team, scope)
        return act(self.world, team, args)

    def _refuse(
        self,
        method: str,
        team_id: str,
        args: Json,
        refusal: Refusal,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> web.Response:
        self._note(method, team_id, args, refusal.error)
        answer = {"ok": False, "error": refusal.error, **refusal.more}
        return web.json_response(answer, status=status, headers=headers)

    def _note(self, method: str, team_id: str, args: Json, error: str | None) -> None:
        kept = {name: value for name, value in args.items() if name not in SECRET_ARGS}
        self.world.calls.append(Call(method, team_id, kept, error))

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        return await self._through_faults(request, "response_url", lambda args: self._respond(request, args))

    def _respond(self, request: web.Request, args: Json) -> web.Response:
        url = self.urls.known.get(request.path)
        team_id = url.team.id if url else ""
        try:
            self.urls.use(request.path, args)
        except Refusal as refusal:
            return self._refuse("response_url", team_id, args, refusal, 404 if not refusal.more else 400)
        self._note("response_url", team_id, args, None)
        return web.Response(text="ok")

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        try:
            raise web.HTTPFound(self.oauth.authorize(dict(request.query)))
        except Refusal as refusal:
            return web.Response(status=400, text=json.dumps({"ok": False, "error": refusal.error}))


def _token(request: web.Request, args: Json) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else str(args.get("token") or "")


def _limit(method: str, token: str, args: Json) -> Limit:
    """Source: docs.slack.dev, "Rate limits": per method per workspace, posting per channel."""
    return (method, token, *([str(args.get("channel"))] if method == "chat.postMessage" else []))


async def _spoiled(request: web.Request, fault: Fault | None, answer: web.Response) -> web.Response:
    match fault:
        case ServerError(status=status):
            return web.Response(status=status, text="<html>Server Error</html>", content_type="text/html")
        case Slow(seconds=seconds):
            await asyncio.sleep(seconds)
        case Cut() if request.transport:
            request.transport.abort()
    return answer
