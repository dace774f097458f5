"""Downloading calendar addresses, and not downloading what did not change."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from adapters.calendar.ics import wire
from adapters.calendar.ics.wire import Version
from adapters.http import NOT_SENT, Http, Reply, failure
from scheduling_core.errors import ProviderError, ReconnectNeeded, Rejected, Unavailable

MAX_FEED_BYTES: Final = 10 * 1024 * 1024
MAX_REDIRECTS: Final = 5
KEPT_BYTES: Final = 32 * 1024 * 1024
"""How much of what was downloaded is kept in memory, for answers that say it did not change."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LOST: Final = frozenset({401, 403, 404, 410})


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it was at some moment."""

    version: Version
    body: bytes


class Feeds:
    """Downloads feeds, each with all its redirects judged.

    Args:
        allow_plain: also call http addresses.
    """

    def __init__(
        self, http: Http, clock: Callable[[], datetime], *, deadline_seconds: float, allow_plain: bool
    ) -> None:
        self._http = http
        self._clock = clock
        self._deadline = deadline_seconds
        self._allow_plain = allow_plain
        self._kept: OrderedDict[str, Feed] = OrderedDict()

    async def get(self, url: str) -> Feed:
        """The feed as it is now.

        Raises:
            ReconnectNeeded: the address leads nowhere any more; its owner has to give a new one.
            Rejected: it may not be called, or is too large.
            Unavailable: no answer, or not a calendar.
        """
        known = self._kept.get(url)
        reply = await self._download(url, known.version if known else Version())
        if reply.status == 304 and known:
            self._kept.move_to_end(url)
            return known
        feed = await self._feed(reply)
        self._keep(url, feed)
        return feed

    async def version(self, url: str, known: Version) -> Version:
        """The feed's version now; *known* itself where nothing changed. Raises: as `get`."""
        reply = await self._download(url, known)
        if reply.status == 304 and known != Version():
            return known
        feed = await self._feed(reply)
        self._keep(url, feed)
        return known if feed.version.digest == known.digest else feed.version

    async def _feed(self, reply: Reply) -> Feed:
        # A part of a feed, or a page that says nothing, is not a feed without events.
        if reply.status != 200 or not wire.is_calendar(reply.body):
            raise Unavailable("not a calendar")
        digest = await asyncio.to_thread(wire.digest, reply.body)
        etag, modified = reply.headers.get("etag", ""), reply.headers.get("last-modified", "")
        return Feed(Version(etag, modified, digest), reply.body)

    def _keep(self, url: str, feed: Feed) -> None:
        if not feed.version.condition():
            return
        self._kept[url] = feed
        self._kept.move_to_end(url)
        while sum(len(each.body) for each in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)

    async def _download(self, url: str, known: Version) -> Reply:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(url, known)
        except TimeoutError:
            raise Unavailable("too slow") from None

    async def _follow(self, url: str, known: Version) -> Reply:
        for _ in range(MAX_REDIRECTS + 1):
            reply = await self._once(url, known)
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                self._raise_for(reply)
                return reply
            url = _target(url, reply.headers["location"])
        raise Rejected(310, "The address leads from one to the next.")

    async def _once(self, url: str, known: Version) -> Reply:
        if urlsplit(url).scheme != "https" and not self._allow_plain:
            raise Rejected(NOT_SENT, "only https addresses can be called")
        headers = {"accept": "text/calendar, */*;q=0.5", **known.condition()}
        return await self._http.exchange(
            "GET", url, headers=headers, deadline_seconds=self._deadline, max_body_bytes=MAX_FEED_BYTES
        )

    def _raise_for(self, reply: Reply) -> None:
        if reply.status in _LOST:
            raise ReconnectNeeded("the address leads nowhere")
        if reply.status != 304 and (error := failure(reply, self._clock())):
            raise error


def _target(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
        urlsplit(target)
    except ValueError:
        raise Rejected(NOT_SENT, "it leads to no web address") from None
    return target


def reason(error: ProviderError) -> str:
    """One plain sentence for the owner of a feed that could not be read."""
    match error:
        case ReconnectNeeded():
            return "The calendar’s address leads nowhere any more."
        case Unavailable():
            return "The calendar’s address does not answer with a calendar."
        case Rejected(code=code) if code == NOT_SENT:
            return "The calendar’s address may not be called from here."
        case Rejected(code=200):
            return "The calendar is larger than can be read."
        case _:
            return "The calendar’s server refuses to show it."
