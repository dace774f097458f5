"""Slack: rooms of one workspace by its token, or of many that install the bot themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.chat.slack.client import SlackClient
from adapters.chat.slack.handover import Desk
from adapters.chat.slack.install_pages import INSTALL, InstallPages, OAuthApp
from adapters.chat.slack.installs import Installs, ManyWorkspaces, OneWorkspace, about_token
from adapters.chat.slack.listeners import Listeners
from adapters.chat.slack.manifest import EVENTS_PATH, SCOPES
from adapters.chat.slack.names import PLATFORM
from adapters.chat.slack.people import People
from adapters.chat.slack.signature import is_signed, is_ssl_check
from adapters.chat.slack.sockets import Sockets
from adapters.chat.slack.web import API_BASE_URL, REFUSED, Call, Mendable, WebApi, WorkspaceApi
from scheduling_core.actions import ActionCodec
from scheduling_core.chat_ports import Inbox, Request, Response, Route
from scheduling_core.deliveries import Message
from scheduling_core.errors import Rejected
from scheduling_core.ports import Store

__all__ = ["SlackRooms", "SlackSettings", "build", "check"]

MAX_BODY_BYTES = 1_048_576
"""Of one payload; a window with every field filled in stays far below."""


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """Everything Slack has to be told, and we of it.

    Attributes:
        bot_token: of the one workspace, or "" where workspaces install the bot.
        client: id and secret of the app, or None with a token.
        signing_secret: of requests; needed with mode `http`.
        app_token: needed with mode `socket`.
        command: the word people type in Slack, `/meet`.
        neutral_command: the word every line that arrives begins with.
        public_url: where people reach this server, without a slash at the end.
        proxy: an HTTP proxy, or "" for none.
    """

    bot_token: str = field(default="", repr=False)
    client: tuple[str, str] | None = field(default=None, repr=False)
    signing_secret: str = field(default="", repr=False)
    mode: Literal["http", "socket"] = "http"
    app_token: str = field(default="", repr=False)
    command: str = "/meet"
    neutral_command: str = "/meet"
    public_url: str = ""
    api_base_url: str = API_BASE_URL
    proxy: str = ""

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if bool(self.bot_token) == bool(self.client):
            raise ValueError("Slack needs a bot token, or a client, not both")
        if not (self.signing_secret if self.mode == "http" else self.app_token):
            raise ValueError("Slack needs a signing secret, or an app token with mode socket")


def build(
    settings: SlackSettings, inbox: Inbox, store: Store, codec: ActionCodec, clock: Callable[[], datetime]
) -> "SlackRooms":
    """The platform of all Slack workspaces; only inside the running loop.

    Args:
        store: keeps installations and removals; stays the caller's to close.
    """
    web = WebApi(clock, base_url=settings.api_base_url, proxy=settings.proxy or None)
    installs: Installs
    pages: tuple[Route, ...] = ()
    if settings.client:
        many = ManyWorkspaces(settings.client, store, web, clock)
        app = OAuthApp(*settings.client, SCOPES, settings.public_url, settings.command, settings.api_base_url)
        installs, pages = many, InstallPages(app, many, store, web, clock).routes()
    else:
        installs = OneWorkspace(settings.bot_token, store, web, clock)
    api = WorkspaceApi(web, installs)
    people = People(api, installs.bot_user_id, clock)
    client = SlackClient(api, codec, clock, is_out=people.forget_channel)
    desk = Desk(inbox, client, people, installs, web, codec, clock, settings.neutral_command)
    return SlackRooms(settings, web, client, Listeners(desk), pages, clock)


async def check(settings: SlackSettings, clock: Callable[[], datetime]) -> str:
    """Whose token this is, for an operator to read.

    Raises:
        Rejected, Gone: Slack refuses a token, or could never send people back from an install.
        Unavailable: Slack does not answer.
    """
    web = WebApi(clock, base_url=settings.api_base_url, proxy=settings.proxy or None)
    try:
        if settings.mode == "socket":
            await web.call(Call("apps.connections.open", {}), settings.app_token)
        where = await _where(settings, web)
    except Mendable as refusal:
        token = "app_token" if refusal.method.startswith("apps.") else "bot_token"
        raise Rejected(REFUSED, f"{token}: {refusal.word}") from refusal
    finally:
        await web.close()
    return f"{where}, mode {settings.mode}"


async def _where(settings: SlackSettings, web: WebApi) -> str:
    if settings.bot_token:
        own = await about_token(web, settings.bot_token)
        return f"workspace {own.team_name or own.team_id}"
    if not settings.public_url.startswith("https://"):
        raise Rejected(REFUSED, f"workspaces install it over https only; {settings.public_url} is not")
    return f"workspaces install it at {settings.public_url}{INSTALL}"


class SlackRooms:
    """`ChatPlatform` for Slack."""

    name = PLATFORM
    knows_repeats = False

    def __init__(
        self,
        settings: SlackSettings,
        web: WebApi,
        client: SlackClient,
        listeners: Listeners,
        pages: tuple[Route, ...],
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._web = web
        self._client = client
        self._listeners = listeners
        self._pages = pages
        self._clock = clock
        self._app: AsyncApp = listeners.app()
        self._sockets: Sockets | None = None

    def routes(self) -> Sequence[Route]:
        """One address for everything Slack sends, unless it comes by sockets; the pages of an install."""
        if self._settings.mode == "socket":
            return self._pages
        return (Route("POST", EVENTS_PATH, self._receive, MAX_BODY_BYTES), *self._pages)

    async def start(self) -> None:
        """Open the sockets, where there are any."""
        if self._settings.mode == "socket":
            proxy = self._settings.proxy or None
            self._sockets = Sockets(self._app, self._settings.app_token, self._web.library(), proxy=proxy)
            await self._sockets.start()

    def is_listening(self) -> bool:
        """See the port; the web server listens for what comes over HTTP."""
        return self._settings.mode == "http" or (self._sockets is not None and self._sockets.is_listening())

    async def show(self, message: Message, shown_as: str | None, path: str = "") -> str | None:
        """See the port and `SlackClient.show`."""
        return await self._client.show(message, shown_as, path)

    async def stop(self) -> None:
        """See the port."""
        if self._sockets:
            await self._sockets.finish()
        await self._listeners.drain()

    async def close(self) -> None:
        """See the port."""
        await self._web.close()

    async def _receive(self, request: Request) -> Response:
        if not is_signed(self._settings.signing_secret, request.headers, request.body, self._clock()):
            # Asked before anything is signed, and answered with nothing.
            return (
                Response(200)
                if is_ssl_check(request.body)
                else Response(401, b'{"error": "invalid request"}')
            )
        try:
            asked = AsyncBoltRequest(body=request.body.decode(), headers=dict(request.headers))
        except (ValueError, AttributeError, TypeError):
            # slack_bolt takes whatever is JSON for an object.
            return Response(400, b'{"error": "not readable"}')
        answer = await self._app.async_dispatch(asked)
        headers = answer.first_headers()
        content_type = headers.pop("content-type", "text/plain;charset=utf-8")
        return Response(answer.status, answer.body.encode(), content_type, headers)
