"""Talking CalDAV: one request at a time, to the right host, with every answer judged."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol
from urllib.parse import urlsplit

from adapters.calendar.caldav import wire
from adapters.calendar.caldav.wire import Login
from adapters.http import NOT_SENT, Http, Reply, failure
from adapters.icalendar_streams import CannotRead
from adapters.icalendar_streams.multistatus import PARTLY, Resource, resources
from scheduling_core.errors import Gone, ProviderError, ReconnectNeeded, Rejected, Unavailable

MAX_ANSWER_BYTES: Final = 8 * 1024 * 1024
MAX_EVENT_BYTES: Final = 512 * 1024
MAX_REDIRECTS: Final = 5

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BIG: Final = 64 * 1024


class Clock(Protocol):
    """Tells the instant now."""

    def __call__(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, and the address that gave it."""

    url: str
    reply: Reply


class Dav:
    """WebDAV requests with a person's password.

    Args:
        allow_plain: also speak http, for servers at home; a password is readable on the way.
    """

    def __init__(self, http: Http, clock: Clock, *, deadline_seconds: float, allow_plain: bool) -> None:
        self._http = http
        self._clock = clock
        self._deadline = deadline_seconds
        self._allow_plain = allow_plain

    async def exchange(
        self,
        method: str,
        url: str,
        login: Login,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        max_body_bytes: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """Whatever the server answers; redirects are followed where the password may go.

        Raises:
            ReconnectNeeded: 401.
            Unavailable, RateLimited: no answer, 429, 423, 5xx but 507.
            Rejected: the address may not be called, or the server sends us to another host.
        """
        for _ in range(MAX_REDIRECTS + 1):
            self._judge(url)
            reply = await self._http.exchange(
                method,
                url,
                headers={"authorization": login.authorization, **headers},
                body=body,
                deadline_seconds=self._deadline,
                max_body_bytes=max_body_bytes,
            )
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                self._raise_for(reply)
                return Answer(url, reply)
            target = wire.joined(url, reply.headers["location"])
            if not wire.may_follow(url, target):
                raise Rejected(reply.status, "The server sends us to another address.")
            url = target
        raise Rejected(310, "The server sends us from one address to the next.")

    def _judge(self, url: str) -> None:
        try:
            is_plain = urlsplit(url).scheme != "https"
        except ValueError:
            raise Rejected(NOT_SENT, "this is not a web address") from None
        if is_plain and not self._allow_plain:
            raise Rejected(NOT_SENT, "only https addresses can be called")

    def _raise_for(self, reply: Reply) -> None:
        if reply.status == 401:
            raise ReconnectNeeded("the server does not take the password")
        if reply.status == 423:  # RFC 4918 section 11.3: somebody holds a lock, for a while
            raise Unavailable("locked")
        if reply.status == 507:
            raise Rejected(507, "The calendar is full.")
        error = failure(reply, self._clock())
        if isinstance(error, Unavailable):
            raise error

    async def find(
        self, url: str, login: Login, names: Iterable[str], depth: int = 0
    ) -> tuple[str, list[Resource]]:
        """PROPFIND: the address that answered, and what it told.

        Raises:
            Gone: 404 or 410.
            ReconnectNeeded, Rejected, Unavailable: as `exchange`; also where the answer is no multistatus.
        """
        answer = await self.exchange(
            "PROPFIND", url, login, wire.propfind(names), headers={**_XML, "depth": str(depth)}
        )
        return answer.url, await _read(multistatus(answer.reply))

    async def query(self, url: str, login: Login, body: bytes) -> bytes:
        """A calendar-query's answer, not yet read. Raises: as `find`."""
        answer = await self.exchange("REPORT", url, login, body, headers={**_XML, "depth": "1"})
        return multistatus(answer.reply)


_XML: Final = {"content-type": "application/xml; charset=utf-8"}


def multistatus(reply: Reply) -> bytes:
    """The body of a 207.

    Raises:
        Gone: 404 or 410.
        Rejected: another refusal.
        Unavailable: a success of another kind, such as the page of a portal on the way.
    """
    if reply.status in {404, 410}:
        raise Gone("not there")
    if reply.status >= 300:
        raise Rejected(reply.status, "The server refuses.")
    if reply.status != 207:
        raise Unavailable("not a WebDAV answer")
    return reply.body


async def _read(body: bytes) -> list[Resource]:
    try:
        found = await asyncio.to_thread(resources, body) if len(body) > _BIG else resources(body)
    except CannotRead as error:
        raise Unavailable(str(error)) from None
    # One of them may say that the answer was cut short (RFC 6578 section 3.6).
    if any(each.status >= 500 for each in found):
        raise Unavailable(PARTLY)
    return found


def reason(error: ProviderError) -> str:
    """One plain sentence for the owner of a calendar that could not be read."""
    match error:
        case ReconnectNeeded():
            return "The server does not take the password any more."
        case Gone():
            return "The calendar is not there any more."
        case Unavailable():
            return "The server does not answer as it should."
        case Rejected(code=code) if code == NOT_SENT:
            return "Its address may not be called from here."
        case _:
            return "The server refuses to tell."
