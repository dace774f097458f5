"""`/slack/install` and `/slack/oauth_redirect`: how a workspace gets the bot.

Both are GETs, and OAuth itself asks more of them than to show a page. The first notes a fresh state for ten
minutes; the second installs: its proof is that state, which works once and only in the browser it was given
to. Nothing else is changed by either.
Sources: https://docs.slack.dev/authentication/installing-with-oauth, RFC 6749 sections 4.1 and 10.12.
"""

import base64
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from typing import Final
from urllib.parse import quote, urljoin

import structlog
from slack_sdk.oauth import AuthorizeUrlGenerator

from adapters.chat.slack.installs import Installation, ManyWorkspaces, expiry
from adapters.chat.slack.web import API_BASE_URL, Json, WebApi
from scheduling_core.chat_ports import Request, Response, Route
from scheduling_core.errors import ProviderError, Rejected
from scheduling_core.ports import Store

INSTALL: Final = "/slack/install"
REDIRECT: Final = "/slack/oauth_redirect"
STATES: Final = "slack.install_state"
"""Kind of the records; the key is a digest of the state, the content one of the browser's cookie."""

STATE_LIFE: Final = timedelta(minutes=10)
_COOKIE: Final = "__Host-parley-slack"
_MAX_STATE = 200
_MAX_WORD = 60

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem}"
    "a.go{display:inline-block;padding:.6rem 1.2rem;border-radius:.4rem;background:#4a154b;color:#fff;"
    "text-decoration:none}"
)
_STYLE_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    # The address of the second page holds a code.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """The app as Slack's list of apps has it.

    Attributes:
        scopes: asked for, and all of them needed.
        public_url: where people reach this server, without a path.
        command: what to type first, as the last page says it.
        api_base_url: tells where the authorize page is, too.
    """

    client_id: str
    client_secret: str = field(repr=False)
    scopes: Sequence[str]
    public_url: str
    command: str = "/meet"
    api_base_url: str = API_BASE_URL

    @property
    def redirect_uri(self) -> str:
        """Where Slack sends people back to."""
        return self.public_url.rstrip("/") + REDIRECT

    def authorize_url(self, state: str) -> str:
        """Slack's page that asks whether the app may come in."""
        generator = AuthorizeUrlGenerator(
            client_id=quote(self.client_id, safe=""),
            redirect_uri=quote(self.redirect_uri, safe=""),
            scopes=list(self.scopes),
            authorization_url=urljoin(self.api_base_url, "/oauth/v2/authorize"),
        )
        return generator.generate(quote(state, safe=""))


class InstallPages:
    """The two pages."""

    def __init__(
        self,
        app: OAuthApp,
        installs: ManyWorkspaces,
        store: Store,
        web: WebApi,
        clock: Callable[[], datetime],
    ) -> None:
        self._app = app
        self._installs = installs
        self._store = store
        self._web = web
        self._clock = clock

    def routes(self) -> tuple[Route, ...]:
        """Their addresses."""
        return (
            Route("GET", INSTALL, self.install, max_body_bytes=0),
            Route("GET", REDIRECT, self.redirected, max_body_bytes=0),
        )

    async def install(self, request: Request) -> Response:
        """One button to Slack's own page, with a fresh state for this browser."""
        state = secrets.token_urlsafe(32)
        # A browser keeps its name, so that several tabs do not get in each other's way.
        browser = _browser(request) or secrets.token_urlsafe(32)
        async with self._store.write() as tx:
            until = self._clock() + STATE_LIFE
            await tx.save_record(STATES, _digest(state), _digest(browser), until)
        life = int(STATE_LIFE.total_seconds())
        cookie = f"{_COOKIE}={browser}; Path=/; Max-Age={life}; Secure; HttpOnly; SameSite=Lax"
        told = "Parley finds a time for a meeting, right in your channels."
        return _page(
            200,
            "Add Parley to Slack",
            told,
            ("Add to Slack", self._app.authorize_url(state)),
            {"Set-Cookie": cookie},
        )

    async def redirected(self, request: Request) -> Response:
        """Back from Slack, with a code or a no."""
        state = request.query.get("state", "")[:_MAX_STATE]
        async with self._store.write() as tx:
            browser = await tx.take_record(STATES, _digest(state), self._clock())
        if browser is None:
            return _again(
                400,
                "This link is used up",
                "It works once, for ten minutes. If Parley is in your workspace already, all is well.",
            )
        if not hmac.compare_digest(browser, _digest(_browser(request))):
            return _again(403, "Another browser", "Please finish in the browser in which you began.")
        if "error" in request.query:
            return _denied(request.query["error"])
        return await self._exchanged(request.query.get("code", ""))

    async def _exchanged(self, code: str) -> Response:
        form = {"code": code, "redirect_uri": self._app.redirect_uri}
        try:
            told = await self._web.exchange((self._app.client_id, self._app.client_secret), form)
        except Rejected as refusal:
            log.warning("slack.install_refused", error=refusal.reason)
            return _again(400, "That took too long", "Slack no longer accepts this answer.")
        except ProviderError as error:
            log.warning("slack.install_failed", error=str(error))
            return _again(503, "Slack did not answer", "Nothing was installed.")
        return await self._installed(told)

    async def _installed(self, told: Json) -> Response:
        team = told.get("team") or {}
        if told.get("is_enterprise_install") or not team.get("id"):
            return _again(
                400,
                "Not for a whole organisation",
                "Parley can be added to one workspace at a time. Please choose a workspace on Slack's page.",
            )
        if missing := [scope for scope in self._app.scopes if scope not in _granted(told)]:
            return _again(
                400, "Something is missing", f"Parley also needs these permissions: {', '.join(missing)}."
            )
        installation = self._read(told, team)
        if installation is None:
            return _again(503, "Slack did not answer", "Nothing was installed.")
        await self._installs.save(installation)
        log.info("slack.installed", workspace=str(installation.workspace))
        where = installation.team_name or "your workspace"
        told_next = f"Go to a channel, invite the bot there, and type {self._app.command}."
        return _page(200, f"Parley is in {where}", told_next)

    def _read(self, told: Json, team: Json) -> Installation | None:
        now = self._clock()
        try:
            return Installation(
                team_id=str(team["id"]),
                bot_token=told.get("access_token") or "",
                bot_user_id=told.get("bot_user_id") or "",
                team_name=str(team.get("name") or ""),
                enterprise_id=(told.get("enterprise") or {}).get("id") or "",
                scopes=tuple(sorted(_granted(told))),
                refresh_token=told.get("refresh_token") or "",
                expires_at=expiry(told, now),
                installed_at=now,
            )
        except ValueError:
            return None


def _granted(told: Json) -> frozenset[str]:
    return frozenset(str(told.get("scope") or "").split(","))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _browser(request: Request) -> str:
    """The name we gave this browser, or ""."""
    for pair in request.headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == _COOKIE and len(value) >= 43 and value.replace("-", "").replace("_", "").isalnum():
            return value[:_MAX_STATE]
    return ""


def _denied(error: str) -> Response:
    if error == "access_denied":
        return _again(403, "Not added", "You did not allow it, so nothing was installed.")
    return _again(400, "Not added", f"Slack says: {error[:_MAX_WORD]}")


def _again(status: int, title: str, sentence: str) -> Response:
    return _page(status, title, sentence, ("Start again", INSTALL))


def _page(
    status: int,
    title: str,
    sentence: str,
    link: tuple[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> Response:
    button = f'<p><a class="go" href="{escape(link[1])}">{escape(link[0])}</a></p>' if link else ""
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1><p>{escape(sentence)}</p>{button}</body></html>"
    )
    return Response(status, body.encode(), "text/html; charset=utf-8", {**_HEADERS, **(more or {})})
