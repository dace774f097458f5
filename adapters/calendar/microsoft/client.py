"""The only module that calls Graph: REST over `Http`, never more than four calls at once to a mailbox."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, urlencode, urlsplit
from weakref import WeakValueDictionary

from adapters.calendar.microsoft.grants import Grant, grant_from
from adapters.calendar.microsoft.tokens import Tokens
from adapters.calendar.microsoft.wire import Json, No, Unread, failure, is_of, link, refusal
from adapters.http import Http, Reply, redacted, retry_after
from adapters.refusals import Refusals
from scheduling_core.calendar_ports import Account
from scheduling_core.errors import ReconnectNeeded, Rejected, Unavailable

CALLS_AT_ONCE: Final = 4
"""To one mailbox, of one application; what is more Graph refuses with 429."""

MOST_PAGES: Final = 200
"""Of one answer; 100,000 events are no calendar that anybody uses."""

MOST_BYTES: Final = 16 * 1024 * 1024
PREFER: Final = 'outlook.timezone="UTC", IdType="ImmutableId"'
"""Times in UTC, and ids that stay when an event is moved to another folder."""

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Graph:
    """Microsoft Graph for every linked account.

    Args:
        base_url: with its version, without a slash at the end.
        timeout_seconds: of one call.
    """

    def __init__(
        self, base_url: str, timeout_seconds: float, tokens: Tokens, http: Http, clock: Callable[[], datetime]
    ) -> None:
        self.base_url = base_url
        self._timeout = timeout_seconds
        self._tokens = tokens
        self._http = http
        self._clock = clock
        self._refusals = Refusals(base_url, clock)
        self._gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def grant(self, account: Account) -> Grant:
        """What the account granted, with an access token that should work.

        Raises:
            ReconnectNeeded: it is dead, or does not let us read.
            Rejected, Unavailable: Microsoft's no, or silence.
        """
        grant = grant_from(await account.secret())
        if not grant.is_fresh(self._clock()):
            grant = await self._renewed(account, grant.access)
        if not grant.can_read:
            raise ReconnectNeeded("the owner does not let us read calendars any more")
        return grant

    def address(self, *path: str, query: Mapping[str, str] = NOTHING) -> str:
        """Of a resource; each part of *path* is one segment."""
        where = "/".join([self.base_url, *(quote(part, safe="") for part in path)])
        return f"{where}?{urlencode(query, quote_via=quote)}" if query else where

    async def call(
        self,
        account: Account,
        method: str,
        address: str,
        body: Json | None = None,
        headers: Mapping[str, str] = NOTHING,
    ) -> Json:
        """As `ask`, with a refusal as the error it stands for (`wire.failure`)."""
        try:
            return await self.ask(account, method, address, body, headers)
        except No as no:
            raise failure(no) from None

    async def ask(
        self,
        account: Account,
        method: str,
        address: str,
        body: Json | None = None,
        headers: Mapping[str, str] = NOTHING,
    ) -> Json:
        """Graph's answer; {} where it has no content. An access token that died early is renewed once.

        Raises:
            No: Graph refuses.
            Unavailable: no answer in time, or none that can be read.
            ReconnectNeeded, Rejected: as `grant`.
        """
        grant = await self.grant(account)
        reply = await self._send(account, grant, method, address, body, headers)
        if reply.status == 401:
            grant = await self._renewed(account, grant.access)
            reply = await self._send(account, grant, method, address, body, headers)
        if not 200 <= reply.status < 300:
            raise self._refused(reply, address)
        return self._read(reply)

    async def pages(
        self, account: Account, address: str, headers: Mapping[str, str] = NOTHING
    ) -> AsyncIterator[Json]:
        """All pages of a collection, as `ask`.

        Raises:
            Unread: they go on elsewhere, or without end.
        """
        for _ in range(MOST_PAGES):
            page = await self.ask(account, "GET", address, headers=headers)
            yield page
            if not (address := link(page, "nextLink", self.base_url)):
                return
        raise Unread("Microsoft’s answer has no end.")

    async def _renewed(self, account: Account, stale: str) -> Grant:
        async with account.renewing() as renewal:
            grant = grant_from(renewal.secret)
            if grant.access != stale and grant.is_fresh(self._clock()):
                return grant
            grant = await self._tokens.renew(grant)
            await renewal.replace(grant.text())
            return grant

    async def _send(
        self,
        account: Account,
        grant: Grant,
        method: str,
        address: str,
        body: Json | None,
        headers: Mapping[str, str],
    ) -> Reply:
        if not is_of(address, self.base_url):
            raise Unavailable("an address of Microsoft’s leads where we do not follow")
        prefer = ", ".join(filter(None, [PREFER, headers.get("prefer", "")]))
        told = {"accept": "application/json", "authorization": f"Bearer {grant.access}", **headers}
        if body is not None:
            told["content-type"] = "application/json"
        gate = self._gates.setdefault(account.id, asyncio.Semaphore(CALLS_AT_ONCE))
        async with gate:
            return await self._http.exchange(
                method,
                address,
                headers={**told, "prefer": prefer},
                body=None if body is None else json.dumps(body).encode(),
                deadline_seconds=self._timeout,
                max_body_bytes=MOST_BYTES,
            )

    def _refused(self, reply: Reply, address: str) -> No:
        after = reply.headers.get("retry-after")
        no = refusal(reply.status, reply.body, retry_after(after, self._clock()) if after else None)
        # Changes may be refused: with basic details alone, and by a token that is too old.
        if isinstance(failure(no), Rejected) and not urlsplit(address).path.endswith("/delta"):
            self._refusals.note(no.status, no.code)
        return no

    def _read(self, reply: Reply) -> Json:
        if not reply.body and reply.status in {202, 204}:
            return {}
        try:
            answer = json.loads(reply.body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Unavailable(f"{redacted(self.base_url)}: an answer that means nothing")
        return answer
