"""Calling Discord: discord.py's client, our own deadlines, errors named for decisions; nothing is repeated.

The library keeps Discord's rate-limit buckets and would repeat by itself what failed, for minutes; the job
engine repeats instead, and the client looks before it posts.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

import structlog
from aiohttp import ClientError, ClientSession, TraceConfig, TraceRequestEndParams
from discord.errors import HTTPException, LoginFailure
from discord.http import HTTPClient, Route

from adapters.http import MAX_REASON_CHARS, retry_after
from adapters.payload import maybe
from scheduling_core.errors import Gone, RateLimited, Rejected, Unavailable

API_BASE_URL: Final = "https://discord.com/api/v10"
DEADLINE_SECONDS: Final = 10.0

# "JSON Error Codes" of Discord's documentation.
UNKNOWN_CHANNEL: Final = 10003
UNKNOWN_GUILD: Final = 10004
UNKNOWN_MEMBER: Final = 10007
UNKNOWN_MESSAGE: Final = 10008
UNKNOWN_USER: Final = 10013
UNKNOWN_WEBHOOK: Final = 10015
UNKNOWN_INTERACTION: Final = 10062
UNKNOWN_EVENT: Final = 10070
ALREADY_ANSWERED: Final = 40060
TOO_MANY_FOLLOWUPS: Final = 40094
MISSING_ACCESS: Final = 50001
TAKES_NO_DIRECT_MESSAGES: Final = 50007
NO_TEXT_CHANNEL: Final = 50008
MISSING_PERMISSIONS: Final = 50013
TOKEN_OVER: Final = 50027
THREAD_ARCHIVED: Final = 50083

_TOKEN_REFUSED = frozenset({0, 40001})
_MAX_WAITS = 10_000
_EVERYTHING = "*"
_BY_TOKEN = ("/interactions/{webhook_id}/", "/webhooks/{webhook_id}/{webhook_token}")
"""Not bound to the global limit. Source: "Global Rate Limit" of Discord's documentation."""

log = structlog.get_logger(__name__)


class TokenRefused(Unavailable):
    """Discord does not know the bot's token: only the operator can mend it; then it goes on by itself."""

    def __init__(self) -> None:
        super().__init__("token: Discord refuses it")


class _Limited(RateLimited):
    """A 429.

    Attributes:
        is_global: everything has to wait, not this route alone.
    """

    def __init__(self, wait: timedelta, *, is_global: bool) -> None:
        super().__init__(wait)
        self.is_global = is_global


class _Library(HTTPClient):
    """discord.py's client, at another address, without its own repeating."""

    def __init__(self, base_url: str, clock: Callable[[], datetime]) -> None:
        async def ended(_: ClientSession, __: SimpleNamespace, params: TraceRequestEndParams) -> None:
            _not_again(params.response.status, params.response.headers, clock())

        trace = TraceConfig()
        trace.on_request_end.append(ended)
        super().__init__(asyncio.get_running_loop(), http_trace=trace)
        self._base_url = base_url

    async def request(self, route: Route, **given: Any) -> Any:
        """As the library; the address is ours alone, not that of the whole process."""
        route.url = self._base_url + route.url.removeprefix(route.BASE)
        return await super().request(route, **given)


class Rest:
    """Discord's REST API as one bot.

    Args:
        clock: tells the instant now.
        base_url: what stands for `API_BASE_URL`.
    """

    def __init__(self, token: str, clock: Callable[[], datetime], *, base_url: str = API_BASE_URL) -> None:
        self._token = token
        self._clock = clock
        self._base_url = base_url.rstrip("/")
        self._library: _Library | None = None
        self._opening = asyncio.Lock()
        self._waits: dict[str, datetime] = {}
        self._is_down = False
        self.bot_id = ""
        """Of the bot's user; "" until the first call."""
        # It writes addresses down, in which an interaction's token stands.
        logging.getLogger("discord.http").setLevel(logging.WARNING)

    async def close(self) -> None:
        """Close all connections."""
        if self._library is not None:
            await self._library.close()
            self._library = None

    async def call(
        self,
        method: str,
        path: str,
        at: Mapping[str, str],
        body: object = None,
        *,
        query: Mapping[str, str | int] | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> Any:
        """What Discord answered.

        Args:
            path: as the documentation writes it, `/channels/{channel_id}/messages`.
            at: what stands for the names in the path.
            body: sent as JSON; None for none.

        Raises:
            RateLimited: Discord asks to wait; or it asked before, and nothing was sent.
            Gone: the bot is no longer in that server.
            Unavailable: no usable answer, or the token is refused.
            Rejected: everything else; the code is Discord's JSON code, the HTTP status where there is none.
        """
        route = Route(method, path, **at)
        self._obey(route)
        given: dict[str, Any] = {"params": dict(query)} if query else {}
        given |= {} if body is None else {"json": body}
        try:
            answer = await self._answer(route, given, deadline_seconds)
        except _Limited as limited:
            self._remember(_limit(route), limited.retry_after)
            if limited.is_global:
                self._remember(_EVERYTHING, limited.retry_after)
            raise
        except TokenRefused:
            self._mourn()
            raise
        self._is_well()
        return answer

    async def _answer(self, route: Route, given: dict[str, Any], deadline_seconds: float) -> Any:
        name = f"{route.method} {route.path}"
        try:
            async with asyncio.timeout(deadline_seconds):
                return await (await self._opened()).request(route, **given)
        except LoginFailure:
            raise TokenRefused from None
        except HTTPException as error:
            raise _failure(error) from None
        except TimeoutError:
            raise Unavailable(f"{name}: no answer within {deadline_seconds:g} s") from None
        except (ClientError, OSError, ValueError) as error:
            # Its own words may repeat the address, in which an interaction's token stands.
            raise Unavailable(f"{name}: {type(error).__name__}") from None

    async def _opened(self) -> _Library:
        """The library, which wants to know at first whose token this is."""
        async with self._opening:
            if self._library is None:
                fresh = _Library(self._base_url, self._clock)
                try:
                    self.bot_id = maybe(await fresh.static_login(self._token), "id")
                except BaseException:
                    await fresh.close()
                    raise
                self._library = fresh
            return self._library

    def _obey(self, route: Route) -> None:
        now = self._clock()
        everything = () if route.path.startswith(_BY_TOKEN) else (_EVERYTHING,)
        for limit in (*everything, _limit(route)):
            if (wait := self._waits.get(limit, now) - now) > timedelta():
                raise RateLimited(wait)

    def _remember(self, limit: str, wait: timedelta) -> None:
        now = self._clock()
        if len(self._waits) >= _MAX_WAITS:
            self._waits = {each: until for each, until in self._waits.items() if until > now}
        self._waits[limit] = now + wait

    def _mourn(self) -> None:
        if not self._is_down:
            self._is_down = True
            log.warning("discord.token_refused")

    def _is_well(self) -> None:
        if self._is_down:
            self._is_down = False
            log.info("discord.accepted_again")


def _limit(route: Route) -> str:
    """What Discord limits together, as far as it is known before its answer."""
    return f"{route.key} {route.major_parameters}"


def _not_again(status: int, headers: Mapping[str, str], now: datetime) -> None:
    """Stop the library, which would sleep and repeat."""
    if status == 429:
        is_global = headers.get("X-RateLimit-Scope") == "global" or "X-RateLimit-Global" in headers
        raise _Limited(retry_after(headers.get("Retry-After", ""), now), is_global=is_global)
    if status >= 500:
        raise Unavailable(f"HTTP {status}")


def _failure(error: HTTPException) -> Exception:
    if error.status == 401 and error.code in _TOKEN_REFUSED:
        return TokenRefused()
    reason = str(error.text)[:MAX_REASON_CHARS]
    if error.code == UNKNOWN_GUILD:
        return Gone(reason)
    return Rejected(error.code or error.status, reason)
