"""The one HTTP client of all adapters: deadlines, caps, no private addresses, errors named for decisions.

A web address that a person or a tenant gave us must not reach machines that only we can reach. The address
is therefore judged at the moment of connecting, on the very answer of the resolver that the connection then
uses, so that a name that changes its address in between gains nothing.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from adapters.addresses import NOT_SENT as NOT_SENT
from adapters.addresses import OwnThreads, PublicResolver, is_public, not_public
from scheduling_core.errors import Gone, ProviderError, RateLimited, Rejected, Unavailable

DEFAULT_DEADLINE_SECONDS: Final = 10.0
DEFAULT_MAX_BODY_BYTES: Final = 1_048_576
MAX_REASON_CHARS: Final = 300
"""How much of a refusal's body is kept as the provider's words."""

MAX_REFUSAL_BYTES: Final = 16_384
"""How much of a refusal's body is read: the error of an OAuth server can take more than a kilobyte."""

DEFAULT_RETRY_AFTER: Final = timedelta(seconds=30)
LONGEST_RETRY_AFTER: Final = timedelta(days=1)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRY_AGAIN = frozenset({408, 425})  # RFC 9110 section 15.5.9, RFC 8470 section 5.2


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered.

    Attributes:
        headers: names in lower case; of a repeated one, the last.
        body: the decoded content; of a refusal (4xx, 5xx) only its beginning.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Http:
    """One session for many requests; make it inside the running loop, close it at the end.

    Args:
        clock: tells the instant now; needed for `Retry-After` with a date.
        allow_private_addresses: also call loopback, private and other addresses that are not public.
        user_agent: how we introduce ourselves.
        resolver: finds the addresses of a name, and is closed with this; `OwnThreads` when not given.
        connections: how many there are at the same time.
        per_host: how many of them to one server; 0 for all.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        allow_private_addresses: bool = False,
        user_agent: str = "Parley",
        resolver: AbstractResolver | None = None,
        connections: int = 100,
        per_host: int = 0,
    ) -> None:
        self._clock = clock
        self._allow_private = allow_private_addresses
        found = resolver or OwnThreads()
        self._names = found if allow_private_addresses else PublicResolver(found)
        connector = TCPConnector(resolver=self._names, limit=connections, limit_per_host=per_host)
        self._session = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            # The caller's deadline covers everything, the connection included.
            timeout=ClientTimeout(total=None, sock_connect=None),
            headers={"user-agent": user_agent},
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()
        await self._names.close()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: bytes | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        max_redirects: int = 0,
    ) -> Reply:
        """A successful answer (2xx), or the error that `failure` names.

        Raises: as `exchange` and `failure`.
        """
        reply = await self.exchange(
            method,
            url,
            headers=headers,
            body=body,
            deadline_seconds=deadline_seconds,
            max_body_bytes=max_body_bytes,
            max_redirects=max_redirects,
        )
        if error := failure(reply, self._clock()):
            raise error
        return reply

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: bytes | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        max_redirects: int = 0,
    ) -> Reply:
        """Whatever the server answers, for callers to whom a 404 or 412 means something.

        Args:
            method: the HTTP method; only GET and HEAD follow redirects.
            url: http or https.
            headers: sent along; left out after a redirect to another origin.
            body: sent as it is.
            deadline_seconds: for all of it, redirects and reading included.
            max_body_bytes: of a successful body; 0 does not read it.
            max_redirects: how many are followed; each target is judged like the first address.

        Raises:
            Unavailable: no answer within the deadline, or none at all.
            Rejected: the address is not allowed (`NOT_SENT`), or the body is larger than *max_body_bytes*.
        """
        try:
            async with asyncio.timeout(deadline_seconds):
                address = checked(url, allow_private=self._allow_private)
                return await self._follow(method, address, dict(headers), body, max_body_bytes, max_redirects)
        except TimeoutError:
            raise Unavailable(f"{redacted(url)}: no answer within {deadline_seconds:g} s") from None
        except (InvalidURL, UnicodeError):  # the latter is what a name says that no resolver can be asked for
            raise Rejected(NOT_SENT, "this is not a web address") from None
        except (ClientError, OSError) as error:
            # The error's own words may repeat the whole address, and an address may hold a secret.
            raise Unavailable(f"{redacted(url)}: {type(error).__name__}") from None

    async def _follow(
        self, method: str, url: URL, headers: dict[str, str], body: bytes | None, cap: int, redirects: int
    ) -> Reply:
        while True:
            reply = await self._once(method, url, headers, body, cap)
            target = _redirect_target(method, url, reply)
            if target is None or redirects == 0:
                return reply
            target = checked(str(target), allow_private=self._allow_private)
            # Credentials belong to the origin they were meant for (RFC 9110 section 15.4).
            headers = headers if target.origin() == url.origin() else {}
            url, redirects = target, redirects - 1

    async def _once(
        self, method: str, url: URL, headers: dict[str, str], body: bytes | None, cap: int
    ) -> Reply:
        async with self._session.request(
            method, url, headers=headers, data=body, allow_redirects=False
        ) as response:
            content = await _content(response, cap)
            names = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, names, content)


async def _content(response: ClientResponse, cap: int) -> bytes:
    failed = response.status >= 400
    limit = MAX_REFUSAL_BYTES if failed else cap
    content = bytearray()
    while limit and len(content) <= limit and (chunk := await response.content.read(65536)):
        content += chunk
    if len(content) > limit and not failed:
        raise Rejected(response.status, f"the answer is larger than {cap} bytes")
    return bytes(content[:limit])


def _redirect_target(method: str, url: URL, reply: Reply) -> URL | None:
    location = reply.headers.get("location")
    follows = method in {"GET", "HEAD"} and reply.status in _REDIRECTS
    try:
        return url.join(URL(location)) if follows and location else None
    except ValueError:
        return None


def redacted(url: str) -> str:
    """Scheme and host of an address; its user, path and query may be secrets."""
    try:
        address = URL(url)
    except ValueError:
        return "(not an address)"
    port = f":{address.explicit_port}" if address.explicit_port else ""
    return f"{address.scheme}://{address.raw_host or ''}{port}/…"


def failure(reply: Reply, now: datetime) -> ProviderError | None:
    """The error an answer stands for, or None for 2xx.

    408, 425 and 5xx are `Unavailable`; 429, and 503 that says when to come back, `RateLimited`; 410 is
    `Gone`; everything else, redirects included, is `Rejected` with the status as its code.
    """
    status = reply.status
    if 200 <= status < 300:
        return None
    if status == 410:
        return Gone("410 Gone")
    if status == 429 or (status == 503 and "retry-after" in reply.headers):
        return RateLimited(retry_after(reply.headers.get("retry-after", ""), now))
    if status >= 500 or status in _TRY_AGAIN:
        return Unavailable(f"HTTP {status}")
    return Rejected(status, _reason(reply))


def _reason(reply: Reply) -> str:
    words = " ".join(reply.body.decode(errors="replace").split())
    return "".join(letter for letter in words if letter.isprintable())[:MAX_REASON_CHARS]


def retry_after(value: str, now: datetime) -> timedelta:
    """The wait a `Retry-After` header asks for, between 0 and a day; 30 s when it says nothing readable.

    Seconds or an HTTP date: RFC 9110 section 10.2.3.
    """
    wait = _wait(value.strip(), now)
    return DEFAULT_RETRY_AFTER if wait is None else min(max(wait, timedelta()), LONGEST_RETRY_AFTER)


def _wait(value: str, now: datetime) -> timedelta | None:
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 10**6))
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    return when.replace(tzinfo=when.tzinfo or UTC) - now


def checked(url: str, *, allow_private: bool) -> URL:
    """The address, parsed once as it will be called; a host written as a number must be public.

    Names are judged when they are resolved, by `PublicResolver`.

    Raises:
        Rejected: with the code `NOT_SENT`.
    """
    try:
        address = URL(url)
    except ValueError:
        raise Rejected(NOT_SENT, "this is not a web address") from None
    host = address.raw_host
    if address.scheme not in {"http", "https"} or not host:
        raise Rejected(NOT_SENT, "only http and https addresses can be called")
    if not allow_private and _is_number(host) and not is_public(host):
        raise not_public(host)
    return address


def _is_number(host: str) -> bool:
    # What the connector takes for an address and hands to the socket without asking the resolver.
    return ":" in host or host.replace(".", "").isdigit()
