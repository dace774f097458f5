"""Installations beside the Slack that is played and a real store; and an exchange of tokens by itself."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.chat.slack.install_pages import INSTALL, REDIRECT, InstallPages, OAuthApp
from adapters.chat.slack.installs import ManyWorkspaces
from adapters.chat.slack.web import WebApi
from adapters.storage import SqlStore, Vault, open_store
from scheduling_core.chat_ports import Request, Response
from scheduling_core.errors import Gone
from tests.adapters.slack.calling import FIRST, Watch
from tests.adapters.slack.harness import Slack, playing_slack
from tests.stores import KEY, enqueue, prepare_jobs

SCOPES = ("commands", "chat:write", "users:read")
RENEWED = {"access_token": "xoxe.xoxb-2", "refresh_token": "xoxe-2", "expires_in": 43_200}
"""What an exchange of a token that runs out answers."""


@dataclass(frozen=True, slots=True)
class Office:
    """Installations beside Slack and a real store."""

    slack: Slack
    watch: Watch
    store: SqlStore
    web: WebApi
    app: OAuthApp
    installs: ManyWorkspaces
    pages: InstallPages

    def another_process(self) -> ManyWorkspaces:
        """Installations over the same store, with a memory of their own."""
        client = (self.app.client_id, self.app.client_secret)
        return ManyWorkspaces(client, self.store, self.web, self.watch)

    async def open(self, path: str, query: dict[str, str] | None = None, cookie: str = "") -> Response:
        """What a browser gets."""
        (route,) = (one for one in self.pages.routes() if one.path == path)
        return await route.handle(Request("GET", path, {"cookie": cookie}, b"", {}, query or {}))

    async def begin(self) -> tuple[str, str]:
        """The state and the cookie of a fresh visit."""
        page = await self.open(INSTALL)
        link = page.body.decode().partition('href="')[2].partition('"')[0].replace("&amp;", "&")
        return parse_qs(urlsplit(link).query)["state"][0], page.headers["Set-Cookie"].partition(";")[0]

    def allow(self) -> str:
        """The code that Slack gives once the host has allowed it."""
        self.slack.oauth.visitor = (self.slack.team, self.slack.host.person)
        asked = {
            "client_id": self.app.client_id,
            "scope": ",".join(self.app.scopes),
            "redirect_uri": self.app.redirect_uri,
            "state": "s",
        }
        back = self.slack.oauth.authorize(asked)
        return parse_qs(urlsplit(back).query)["code"][0]

    async def come_back(self, cookie: str, **query: str) -> Response:
        """Slack sends the browser back."""
        return await self.open(REDIRECT, query, cookie)

    async def install(self) -> Response:
        """The whole way."""
        state, cookie = await self.begin()
        return await self.come_back(cookie, state=state, code=self.allow())

    async def is_installed(self) -> bool:
        """Whether a process that remembers nothing finds the app in the first workspace."""
        try:
            await self.another_process().token(FIRST)
        except Gone:
            return False
        return True


@asynccontextmanager
async def installing(database: str) -> AsyncIterator[Office]:
    """An office over a migrated *database*."""
    prepare_jobs(database)
    store, watch = open_store(database, vault=Vault([KEY]), enqueue=enqueue), Watch()
    async with playing_slack(now=watch) as slack:
        api = WebApi(watch, base_url=slack.api_base_url)
        app = OAuthApp(
            slack.app.client_id,
            slack.app.client_secret,
            SCOPES,
            "https://parley.example",
            api_base_url=slack.api_base_url,
        )
        installs = ManyWorkspaces((app.client_id, app.client_secret), store, api, watch)
        pages = InstallPages(app, installs, store, api, watch)
        yield Office(slack, watch, store, api, app, installs, pages)
        await api.close()
    await store.close()


@dataclass(slots=True)
class Exchange:
    """`oauth.v2.access` alone, answering what it is told to.

    Attributes:
        asked: the forms, in order.
        answer: given with `ok: true`, or with `ok: false` when it has an error.
    """

    answer: dict[str, Any]
    asked: list[dict[str, str]] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def handle(self, request: web.Request) -> web.Response:
        """One exchange."""
        self.asked.append({name: str(value) for name, value in (await request.post()).items()})
        if self.meanwhile:
            await self.meanwhile()
        return web.json_response({"ok": "error" not in self.answer, **self.answer})


@asynccontextmanager
async def exchanging(office: Office, answer: dict[str, Any]) -> AsyncIterator[tuple[Exchange, Office]]:
    """The same office beside a Slack whose exchanges answer *answer*."""
    exchange, app = Exchange(answer), web.Application()
    app.router.add_post("/api/oauth.v2.access", exchange.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    api = WebApi(office.watch, base_url=str(server.make_url("/api/")))
    installs = ManyWorkspaces((office.app.client_id, "secret"), office.store, api, office.watch)
    pages = InstallPages(office.app, installs, office.store, api, office.watch)
    yield exchange, replace(office, web=api, installs=installs, pages=pages)
    await api.close()
    await server.close()
