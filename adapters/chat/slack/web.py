"""Calling Slack: one session, our own deadlines, errors named for decisions; nothing is ever retried here.

slack_sdk's own retry repeats a call whose answer was lost, which posts a message twice; the job engine
repeats instead, and the client looks before it posts.
"""

import asyncio
import base64
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.http import MAX_REASON_CHARS, retry_after
from scheduling_core.errors import Gone, ProviderError, RateLimited, Rejected, Unavailable
from scheduling_core.refs import WorkspaceRef

Json = dict[str, Any]

API_BASE_URL: Final = "https://slack.com/api/"
DEADLINE_SECONDS: Final = 10.0
REFUSED: Final = 400
"""The `Rejected.code` of an answer with `ok: false`; its reason is Slack's word."""

_MAX_ANSWER_BYTES = 4096
_MAX_WAITS = 10_000

# Words of docs.slack.dev, "errors" of every method.
_SLOW_DOWN = frozenset({"ratelimited", "rate_limited"})
_GONE = frozenset(
    {"account_inactive", "token_revoked", "team_access_not_granted", "app_missing", "team_disabled"}
)
_MENDABLE = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "missing_scope",
        "no_permission",
        "access_denied",
        "not_allowed_token_type",
    }
)
_LATER = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "org_login_required",
        "ekm_access_denied",
        "accesslimited",
    }
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Web API.

    Attributes:
        method: `chat.postMessage` and so on.
        body: sent as JSON, or None for a call that only reads.
        query: arguments of a call that reads.
        channel: whose limit it counts against: `chat.postMessage` alone is limited by channel, all others by
            workspace. Source: https://docs.slack.dev/apis/web-api/rate-limits.
    """

    method: str
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    query: Mapping[str, Any] = field(default_factory=dict, repr=False)
    channel: str = ""


class Mendable(Unavailable):
    """A refusal that only the operator or an owner of the workspace can mend; then it goes on by itself.

    Attributes:
        word: Slack's.
        needed: the scope that is missing, if Slack says.
    """

    def __init__(self, method: str, word: str, needed: str) -> None:
        super().__init__(f"{method}: {word} {needed}".rstrip())
        self.method = method
        self.word = word
        self.needed = needed


Limit = tuple[str, str, str]
"""Workspace, method, channel: what Slack limits together."""


class WebApi:
    """Slack's Web API and its response addresses, for any token.

    Args:
        clock: tells the instant now.
        base_url: where the methods are, `/api/` included.
        proxy: an HTTP proxy; None is none, whatever the environment says.
    """

    def __init__(
        self, clock: Callable[[], datetime], *, base_url: str = API_BASE_URL, proxy: str | None = None
    ) -> None:
        self._clock = clock
        self._base_url = base_url
        self._proxy = proxy
        self._library: AsyncWebClient | None = None
        self._session: ClientSession | None = None
        self._waits: dict[Limit, datetime] = {}
        self._down: set[tuple[str, str]] = set()

    def library(self) -> AsyncWebClient:
        """slack_sdk's client over our session, without a token; only inside the running loop."""
        if self._library is None:
            # Its own logger writes tokens and bodies down when debugging is switched on anywhere.
            quiet = logging.getLogger("slack_sdk.quiet")
            quiet.setLevel(logging.WARNING)
            self._library = AsyncWebClient(
                base_url=self._base_url, session=self._open_session(), logger=quiet, retry_handlers=[]
            )
            # slack_sdk takes a proxy from the environment when it is given none.
            self._library.proxy = self._proxy
        return self._library

    def _open_session(self) -> ClientSession:
        if self._session is None:
            # The deadline of each call covers everything, the connection included.
            self._session = ClientSession(timeout=ClientTimeout(total=None), cookie_jar=DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def call(
        self, call: Call, token: str, workspace: str = "", deadline_seconds: float = DEADLINE_SECONDS
    ) -> Json:
        """What Slack answered with `ok: true`.

        Raises:
            RateLimited: Slack asks to wait, or asked before and the time is not over (then nothing was sent).
            Gone: the app is no longer in that workspace.
            Unavailable: no usable answer, or a refusal that an operator can mend.
            Rejected: everything else; the reason is Slack's word.
        """
        limit = (workspace, call.method, call.channel)
        self._obey(limit)
        try:
            answer = await self._sent(call, token, deadline_seconds)
        except RateLimited as limited:
            self._remember(limit, limited.retry_after)
            raise
        except Mendable as refusal:
            self._mourn(workspace, refusal)
            raise
        self._is_well(workspace, call.method)
        return answer

    async def _sent(self, call: Call, token: str, deadline_seconds: float) -> Json:
        request: Json
        if call.body is None:
            request = {"http_verb": "GET", "params": {**call.query, "token": token}}
        else:
            request = {"json": {**call.body, "token": token}}
        return await self._answer(call.method, request, deadline_seconds)

    async def exchange(self, client: tuple[str, str], form: Mapping[str, str]) -> Json:
        """`oauth.v2.access`: a code or a refresh token for a token.

        Args:
            client: id and secret of the app.

        Raises: as `call`.
        """
        # RFC 6749 section 2.3.1.
        basic = base64.b64encode(":".join(client).encode()).decode()
        request: Json = {"data": dict(form), "headers": {"Authorization": f"Basic {basic}"}}
        return await self._answer("oauth.v2.access", request, DEADLINE_SECONDS)

    async def _answer(self, method: str, request: Json, deadline_seconds: float) -> Json:
        try:
            async with asyncio.timeout(deadline_seconds):
                response = await self.library().api_call(method, **request)
        except SlackApiError as error:
            # The error's own words repeat the whole answer, which may hold a token.
            status, headers, data = _parts(error.response)
        except TimeoutError:
            raise Unavailable(f"{method}: no answer within {deadline_seconds:g} s") from None
        except (ClientError, SlackClientError, OSError, ValueError) as error:
            raise Unavailable(f"{method}: {type(error).__name__}") from None
        else:
            return response.data if isinstance(response.data, dict) else {}
        raise self._failure(method, status, headers, data)

    def _failure(self, method: str, status: int, headers: Mapping[str, str], data: Any) -> ProviderError:
        word = _word(data)
        if status == 429 or word in _SLOW_DOWN:
            return RateLimited(retry_after(headers.get("Retry-After", ""), self._clock()))
        if word in _GONE:
            return Gone(word)
        if word in _MENDABLE:
            return Mendable(method, word, str(data.get("needed", "")))
        if word in _LATER or not word or status >= 500:
            return Unavailable(f"{method}: {word or f'HTTP {status}'}")
        return Rejected(REFUSED, word)

    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Post to a response address: five times within thirty minutes, says Slack.

        Raises:
            RateLimited, Unavailable: as `call`.
            Rejected: refused: expired, used up, or the message is wrong.
        """
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                async with self._open_session().post(
                    url, json=dict(body), proxy=self._proxy, allow_redirects=False
                ) as response:
                    status, headers = response.status, dict(response.headers)
                    content = await response.content.read(_MAX_ANSWER_BYTES)
        except TimeoutError:
            raise Unavailable(f"response_url: no answer within {DEADLINE_SECONDS:g} s") from None
        except (ClientError, OSError, ValueError) as error:
            # The address is a secret, and the error's own words repeat it.
            raise Unavailable(f"response_url: {type(error).__name__}") from None
        self._judge_response(status, headers, content)

    def _judge_response(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        text = content.decode(errors="replace")
        word = _word(_json(text)) or text[:MAX_REASON_CHARS]
        if status == 429:
            raise RateLimited(retry_after(headers.get("Retry-After", ""), self._clock()))
        if status >= 500:
            raise Unavailable(f"response_url: HTTP {status}")
        if status != 200 or _word(_json(text)):
            raise Rejected(status, word)

    def _obey(self, limit: Limit) -> None:
        until = self._waits.get(limit)
        if until is None:
            return
        wait = until - self._clock()
        if wait > timedelta():
            raise RateLimited(wait)
        del self._waits[limit]

    def _remember(self, limit: Limit, wait: timedelta) -> None:
        now = self._clock()
        if len(self._waits) >= _MAX_WAITS:
            self._waits = {each: until for each, until in self._waits.items() if until > now}
        self._waits[limit] = now + wait

    def _mourn(self, workspace: str, refusal: Mendable) -> None:
        method = refusal.method
        if (workspace, method) not in self._down:
            self._down.add((workspace, method))
            word, needed = refusal.word, refusal.needed
            log.warning("slack.refused", workspace=workspace, method=method, error=word, needed=needed)

    def _is_well(self, workspace: str, method: str) -> None:
        if (workspace, method) in self._down:
            self._down.remove((workspace, method))
            log.info("slack.accepted_again", workspace=workspace, method=method)


def _parts(response: Any) -> tuple[int, Mapping[str, str], Any]:
    """Status, headers and content of what an error carries: slack_sdk's own answer, or aiohttp's."""
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    return status, response.headers, getattr(response, "data", None)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _word(data: Any) -> str:
    """Slack's word for what is wrong, or "" where there is none."""
    word = data.get("error") if isinstance(data, dict) else None
    return word[:MAX_REASON_CHARS] if isinstance(word, str) else ""


class Tokens(Protocol):
    """Knows the bot's token of each workspace."""

    async def token(self, workspace: WorkspaceRef) -> str:
        """The token to call with.

        Raises:
            Gone: the app is not installed there.
            Unavailable: it cannot be had now.
        """
        ...

    def invalidate(self, workspace: WorkspaceRef) -> None:
        """Look again before the next call."""
        ...


class WorkspaceApi:
    """The Web API as the bot of a workspace; no token ever leaves for another one."""

    def __init__(self, web: WebApi, tokens: Tokens) -> None:
        self.web = web
        self._tokens = tokens

    async def call(
        self, workspace: WorkspaceRef, call: Call, deadline_seconds: float = DEADLINE_SECONDS
    ) -> Json:
        """See `WebApi.call`.

        Raises: as there, and `Gone` where the app is not installed.
        """
        token = await self._tokens.token(workspace)
        try:
            return await self.web.call(call, token, workspace.workspace, deadline_seconds)
        except (Gone, Mendable):
            # The app may have been installed anew with another token, by another process.
            self._tokens.invalidate(workspace)
            fresh = await self._tokens.token(workspace)
            if fresh == token:
                raise
            return await self.web.call(call, fresh, workspace.workspace, deadline_seconds)
