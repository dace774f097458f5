"""The only module that calls Google: googleapiclient on threads of our own, each with its own connection.

`httplib2.Http` must not be shared between threads, and the library only blocks. Cancelling a call does not
stop its thread; the socket's timeout does. The library is imported by the first call: that takes 0.1 s.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http.client import HTTPException
from typing import Any, Final

from adapters.calendar.google.grants import Grant, grant_from
from adapters.calendar.google.wire import Json, No, failure, refusal
from adapters.http import redacted, retry_after
from adapters.oauth import OAuth
from adapters.refusals import Refusals
from scheduling_core.calendar_ports import Account
from scheduling_core.errors import RateLimited, Rejected, Unavailable

THREADS: Final = 16
Make = Callable[[Any], Any]
"""Builds a request of the library from its service; pure."""


class GoogleApi:
    """Google Calendar for every linked account.

    Args:
        base_url: with `/calendar/v3/` at its end.
        timeout_seconds: of one call, and of each wait for its socket.
    """

    def __init__(
        self, base_url: str, timeout_seconds: float, oauth: OAuth, clock: Callable[[], datetime]
    ) -> None:
        self._threads = _Threads(base_url, timeout_seconds, clock)
        self._timeout = timeout_seconds
        self._where = redacted(base_url)
        self._oauth = oauth
        self._clock = clock

    async def grant(self, account: Account) -> Grant:
        """What the account granted, with an access token that should work.

        Raises:
            ReconnectNeeded: it is dead.
            Rejected, Unavailable: Google's no, or silence.
        """
        grant = grant_from(await account.secret())
        return grant if grant.is_fresh(self._clock()) else await self._renewed(account, grant.access)

    async def call(self, account: Account, make: Make) -> Json:
        """As `ask`, with a refusal as the error it stands for (`wire.failure`)."""
        try:
            return await self.ask(account, make)
        except No as no:
            raise failure(no) from None

    async def ask(self, account: Account, make: Make) -> Json:
        """Google's answer; {} where it has no content. An access token that died early is renewed once.

        Raises:
            No: Google refuses.
            Unavailable: no answer in time, or none that can be read.
            ReconnectNeeded, Rejected: as `grant`.
        """
        grant = await self.grant(account)
        try:
            return await self._run(grant.access, make)
        except No as no:
            if no.status != 401:
                raise
        grant = await self._renewed(account, grant.access)
        return await self._run(grant.access, make)

    async def close(self) -> None:
        """End the threads; a call that still runs is waited for, its timeout at most."""
        await asyncio.to_thread(self._threads.close)

    async def _renewed(self, account: Account, stale: str) -> Grant:
        async with account.renewing() as renewal:
            grant = grant_from(renewal.secret)
            if grant.access != stale and grant.is_fresh(self._clock()):
                return grant
            grant = grant.renewed(await self._oauth.refresh(grant.refresh), self._clock())
            await renewal.replace(grant.text())
            return grant

    async def _run(self, token: str, make: Make) -> Json:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await loop.run_in_executor(
                    self._threads.executor, self._threads.execute, token, make
                )
        except TimeoutError:
            raise Unavailable(f"{self._where}: no answer within {self._timeout:g} s") from None
        if isinstance(answer, dict):
            return answer
        if answer:
            raise Unavailable(f"{self._where}: an answer that means nothing")
        return {}


class _Service:
    """The library's service, each of whose collections is built once.

    The library builds all methods of `service.events()` anew at every mention, which costs more than the
    request. Like the service itself they only build requests, and hold nothing.
    """

    def __init__(self, service: Any) -> None:
        self._service = service
        self._collections: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Callable[[], Any]:
        """A collection, as a method without arguments."""
        if name not in self._collections:
            self._collections[name] = getattr(self._service, name)()
        return lambda: self._collections[name]


class _Threads:
    """What happens off the loop."""

    def __init__(self, base_url: str, timeout_seconds: float, clock: Callable[[], datetime]) -> None:
        self.executor = ThreadPoolExecutor(THREADS, "google-calendar")
        self._base_url = base_url
        self._timeout = timeout_seconds
        self._clock = clock
        self._refusals = Refusals(base_url, clock)
        self._lock = threading.Lock()
        self._service: Any = None
        self._own = threading.local()
        self._open: list[Any] = []

    def execute(self, token: str, make: Make) -> object:
        """One request on this thread's connection."""
        from googleapiclient.errors import HttpError
        from httplib2 import HttpLib2Error  # type: ignore[import-untyped]  # it ships no types

        request = make(self._built())
        request.headers["authorization"] = f"Bearer {token}"
        try:
            return request.execute(http=self._connection())
        except HttpError as error:
            after = error.resp.get("retry-after")
            wait = retry_after(after, self._clock()) if after else None
            no = refusal(error.resp.status, error.content, wait)
            if _is_telling(no, request.methodId):
                self._refusals.note(no.status, no.reason)
            raise no from None
        except (OSError, HTTPException, HttpLib2Error, ValueError) as error:
            # What is left on the connection could be read as the answer to the next question.
            self._connection().close()
            raise Unavailable(f"{redacted(self._base_url)}: {type(error).__name__}") from None

    def close(self) -> None:
        """End the threads and their connections."""
        self.executor.shutdown(cancel_futures=True)
        for http in self._open:
            http.close()

    def _built(self) -> Any:
        from googleapiclient.discovery import build

        with self._lock:
            if self._service is None:
                # It logs addresses of requests, which hold people's, and what it cannot read.
                logging.getLogger("googleapiclient").setLevel(logging.ERROR)
                # The document is part of the library: nothing is fetched.
                self._service = _Service(
                    build(
                        "calendar",
                        "v3",
                        http=self._unconnected(),
                        client_options={"api_endpoint": self._base_url},
                        static_discovery=True,
                    )
                )
            return self._service

    def _connection(self) -> Any:
        if not hasattr(self._own, "http"):
            self._own.http = self._unconnected()
            with self._lock:
                self._open.append(self._own.http)
        return self._own.http

    def _unconnected(self) -> Any:
        from httplib2 import Http

        # A proxy from the environment would see every token, unasked.
        http = Http(timeout=self._timeout, proxy_info=None)
        http.follow_redirects = False
        return http


def _is_telling(no: No, method: str) -> bool:
    """Whether whoever runs the bot may have to mend something: a final no, or a quota that is used up.

    Events of other people's calendars cannot be listed; those are asked of freeBusy.
    """
    meant = failure(no)
    is_final = isinstance(meant, Rejected) and not (no.status == 403 and method == "calendar.events.list")
    return is_final or (no.status == 403 and isinstance(meant, RateLimited))
