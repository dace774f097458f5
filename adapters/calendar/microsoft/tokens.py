"""Tokens of the Microsoft identity platform, by MSAL: the only module that knows it.

MSAL blocks, and asks for the tenant's addresses as soon as an application is made. Therefore each question
makes its application on a thread, over an HTTP client of ours that hands the request back to the loop's
`Http`: deadlines, caps and the guard against private addresses hold there too, and no proxy of the
environment sees a token. What an application has learnt of a tenant is kept for a day.
"""

import asyncio
import json
import logging
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

from adapters.calendar.microsoft.grants import Grant, lasting, plain
from adapters.http import Http, Reply, failure
from adapters.payload import find, maybe
from adapters.refusals import Refusals
from scheduling_core.errors import ProviderError, ReconnectNeeded, Rejected, Unavailable

Json = dict[str, Any]
T = TypeVar("T")

THREADS: Final = 4
"""Threads of our own: those of the loop look up names, which a waiting thread here may wait for."""

_KEPT_FOR = timedelta(days=1)
_SHORTEST_LIFE = timedelta(seconds=30)
_OWNER_MUST: Final = {"invalid_grant", "interaction_required", "consent_required", "login_required"}
_PASSING: Final = {"temporarily_unavailable", "server_error"}


@dataclass(frozen=True, slots=True)
class Client:
    """An app registration, and where it is known.

    Attributes:
        tenant: `common`, `organizations`, `consumers`, or one tenant's id or domain.
        login_base_url: `https://login.microsoftonline.com` or that of a national cloud.
    """

    id: str
    secret: str = field(repr=False)
    tenant: str
    login_base_url: str

    @property
    def authority(self) -> str:
        """As MSAL takes it: it refuses plain http."""
        return f"{self._spoken}/{self.tenant}"

    def address(self, url: str) -> str:
        """*url*, of MSAL or of the tenant's own description, as it is to be called."""
        is_ours = url.startswith(self._spoken + "/")
        return self.login_base_url + url.removeprefix(self._spoken) if is_ours else url

    @property
    def _spoken(self) -> str:
        return f"https://{urlsplit(self.login_base_url).netloc}"


class Tokens:
    """Sign-in and renewal.

    Args:
        timeout_seconds: of one request.

    Attributes:
        refusals: those of the identity platform, for the log.
    """

    def __init__(
        self, client: Client, http: Http, clock: Callable[[], datetime], timeout_seconds: float
    ) -> None:
        self._client = client
        self._http = http
        self._clock = clock
        self.refusals = Refusals(client.login_base_url, clock)
        self._timeout = timeout_seconds
        self._threads = ThreadPoolExecutor(THREADS, "microsoft-tokens")
        self._known: dict[str, tuple[datetime, _Answer]] = {}

    async def begin(self, redirect_uri: str, scopes: tuple[str, ...]) -> Json:
        """MSAL's flow, with `auth_uri` and `state`; PKCE is part of it.

        Raises:
            Rejected, Unavailable: Microsoft's no, or silence.
        """

        def work(app: Any, _: Any) -> Json:
            # Somebody with several accounts must be able to choose.
            flow: Json = app.initiate_auth_code_flow(
                [*scopes], redirect_uri=redirect_uri, prompt="select_account"
            )
            return flow

        flow = await self._ask("", work)
        return {**flow, "auth_uri": self._client.address(flow["auth_uri"])}

    async def finish(
        self, flow: Json, query: Mapping[str, str], asked: tuple[str, ...]
    ) -> tuple[Grant, Json]:
        """What the code that came back is good for, and the claims of the ID token.

        Raises:
            ReconnectNeeded: the code is old, used, or somebody else's.
            Rejected, Unavailable: Microsoft's no, or silence.
        """

        def work(app: Any, cache: Any) -> tuple[Json, str]:
            return app.acquire_token_by_auth_code_flow(dict(flow), dict(query)), cache.serialize()

        said, cache = await self._ask("", work)
        grant = self._granted(said, cache, asked, frozenset())
        claims = said.get("id_token_claims")
        return grant, claims if isinstance(claims, dict) else {}

    async def renew(self, grant: Grant) -> Grant:
        """The same with a new access token, and a new refresh token where one came.

        The old refresh token stays good for a while, so that an answer that is lost loses nothing.

        Raises:
            ReconnectNeeded: the grant is dead.
            Rejected, Unavailable: Microsoft's no, or silence.
        """

        def work(app: Any, cache: Any) -> tuple[Json | None, str]:
            accounts = app.get_accounts()
            found = app.acquire_token_silent_with_error(
                [*grant.asked], accounts[0] if accounts else None, force_refresh=True
            )
            return found, cache.serialize()

        said, cache = await self._ask(grant.cache, work)
        return self._granted(said, cache, grant.asked, grant.scopes)

    async def close(self) -> None:
        """End the threads; a request that still runs is waited for, its deadline at most."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    def _granted(
        self, said: Json | None, cache: str, asked: tuple[str, ...], before: frozenset[str]
    ) -> Grant:
        if said is None:
            raise ReconnectNeeded("the stored sign-in has no refresh token")
        if "error" in said:
            raise self._refused(400, said)
        access, lifetime, scope = maybe(said, "access_token"), said.get("expires_in"), said.get("scope")
        if not access or maybe(said, "token_type").casefold() != "bearer":
            raise Unavailable("Microsoft answered without a token")
        length = timedelta(seconds=lifetime) if isinstance(lifetime, int) else timedelta(hours=1)
        return Grant(
            access,
            self._clock() + max(length, _SHORTEST_LIFE),
            asked,
            plain(scope.split()) if isinstance(scope, str) else before or plain(asked),
            lasting(cache),
        )

    def _refused(self, status: int, said: object) -> ProviderError:
        error = refusal(said)
        if isinstance(error, Rejected):
            self.refusals.note(status, *_codes(said))
        return error

    async def _ask(self, cache: str, work: Callable[[Any, Any], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._asked, loop, cache, work)

    def _asked(self, loop: asyncio.AbstractEventLoop, kept: str, work: Callable[[Any, Any], T]) -> T:
        import msal  # type: ignore[import-untyped]  # it ships no types

        # People come back by GET, as the port has it; PKCE and the state guard that.
        warnings.filterwarnings("ignore", "response_mode", module="msal")
        # It tells of every step, and of answers that it cannot read.
        logging.getLogger("msal").setLevel(logging.CRITICAL)
        cache = msal.SerializableTokenCache()
        cache.deserialize(kept)
        try:
            app = msal.ConfidentialClientApplication(
                self._client.id,
                client_credential=self._client.secret,
                authority=self._client.authority,
                token_cache=cache,
                http_client=_Bridge(lambda *request: self._call(loop, *request)),
                instance_discovery=False,
            )
            return work(app, cache)
        except (ValueError, KeyError, TypeError, AttributeError, TimeoutError):
            # What a half-sensible answer does inside MSAL.
            raise Unavailable("Microsoft’s sign-in answered something that means nothing") from None

    def _call(
        self, loop: asyncio.AbstractEventLoop, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> "_Answer":
        kept = self._known.get(url) if method == "GET" else None
        if kept and self._clock() < kept[0]:
            return kept[1]
        asked = self._http.exchange(
            method,
            self._client.address(url),
            headers=headers,
            body=body or None,
            deadline_seconds=self._timeout,
        )
        # Its own deadline ends it, unless the loop has ended first.
        reply = asyncio.run_coroutine_threadsafe(asked, loop).result(2 * self._timeout + 1)
        answer = self._answer(method, reply)
        if method == "GET":
            self._known[url] = self._clock() + _KEPT_FOR, answer
        return answer

    def _answer(self, method: str, reply: Reply) -> "_Answer":
        """What MSAL shall see: JSON, and of refusals only those of RFC 6749 section 5.2."""
        error = failure(reply, self._clock())
        text = reply.body.decode(errors="replace")
        is_json = isinstance(_json(text), dict)
        if error and not (method == "POST" and isinstance(error, Rejected) and is_json):
            if isinstance(error, Rejected):
                self._refused(reply.status, _json(text))
            raise error
        if not is_json:
            raise Unavailable("Microsoft’s sign-in answered something that means nothing")
        return _Answer(reply.status, text, reply.headers)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response as MSAL knows it."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """Refusals that MSAL does not understand never reach it."""


class _Bridge:
    """The HTTP client that MSAL is given; it lives on MSAL's thread."""

    def __init__(self, call: Callable[[str, str, Mapping[str, str], bytes], _Answer]) -> None:
        self._call = call

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Any = None, **_: Any
    ) -> _Answer:
        """As `requests.Session.get`."""
        return self._call("GET", _with(url, params), headers or {}, b"")

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Any = None,
        headers: Any = None,
        **_: Any,
    ) -> _Answer:
        """As `requests.Session.post`."""
        form = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._call("POST", _with(url, params), form, urlencode(data or {}).encode())

    def close(self) -> None:
        """The connections are not its own."""


def _with(url: str, params: Mapping[str, str] | None) -> str:
    return f"{url}?{urlencode(params)}" if params else url


def _json(text: str) -> object:
    try:
        found: object = json.loads(text)
    except ValueError:
        return None
    return found


def _codes(said: object) -> list[object]:
    codes = find(said, "error_codes")
    return [maybe(said, "error"), *(codes if isinstance(codes, list) else ())]


def refusal(said: object) -> ProviderError:
    """The error that an answer of the token endpoint stands for; its description may name a person."""
    error, words = maybe(said, "error"), " ".join(map(str, _codes(said)))[:300]
    if error in _OWNER_MUST:
        return ReconnectNeeded(words)
    return Unavailable(words) if error in _PASSING else Rejected(400, words)
