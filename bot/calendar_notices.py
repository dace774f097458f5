"""Where calendar providers tell of changes: `POST /calendars/<provider>/told/<account>`.

What arrives is a hint and no more: whoever knows a channel and its secret can have the account read, which
happens anyway. It is answered when that is written down; many notifications are one reading.
"""

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.office import Office
from scheduling_core.calendar_ports import Heard
from scheduling_core.chat_ports import Request, Response, Route
from scheduling_core.errors import StoreLost
from scheduling_core.linked_calendars import Feed

MAX_BODY_BYTES: Final = 256 * 1024
ANSWER_SECONDS: Final = 2.0
"""Microsoft counts answers after 2.9 s as slow, and stops telling an address with many of them."""
_NOBODY: Final = Response(404, content_type="text/plain")
_TOO_LARGE: Final = Response(413, content_type="text/plain")
_NOT_NOW: Final = Response(503, content_type="text/plain")


class Notices:
    """See the module."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> Sequence[Route]:
        """What the server answers."""
        path = "/calendars/{provider:[a-z]{2,20}}/told/{account:[A-Za-z0-9_-]{1,100}}"
        return (Route("POST", path, self.take, MAX_BODY_BYTES),)

    async def take(self, request: Request) -> Response:
        """Answer a notification as its provider wants it answered.

        What nobody here waits for is answered like everything else: the sender shall learn nothing, and
        shall not send it again.
        """
        provider = self._office.providers.get(request.match["provider"])
        if provider is None or provider.push is None:
            return _NOBODY
        if len(request.body) > MAX_BODY_BYTES:
            return _TOO_LARGE
        notice = provider.push.notice(request)
        if not notice.heard:
            return notice.response
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._note(provider.name, request.match["account"], notice.heard)
        except (TimeoutError, StoreLost):
            return _NOT_NOW
        return notice.response

    async def _note(self, provider: str, account_id: str, heard: Sequence[Heard]) -> None:
        async with self._office.store.read() as reading:
            account = await reading.account(account_id)
            feeds = await reading.feeds(account_id)
        if account is None or account.provider != provider:
            return
        by_channel = {feed.watch.id: feed for feed in feeds if feed.watch}
        told = [(by_channel.get(each.channel), each) for each in heard]
        meant = [(feed, each) for feed, each in told if feed and _knows_secret(each, feed)]
        if not meant:
            return
        async with self._office.store.write() as tx:
            await tx.note_told(account_id, self._office.clock())
            if ending := {feed.calendar for feed, each in meant if each.kind != "changed"}:
                await tx.lock([account.person])
                for feed in await tx.feeds(account_id):
                    if feed.calendar in ending:
                        # Whoever asks the account next sees to the channel, too.
                        await tx.save_feed(replace(feed, tend_at=None))


def _knows_secret(heard: Heard, feed: Feed) -> bool:
    """Whether it says what only the provider was told, compared in constant time."""
    return hmac.compare_digest(heard.secret.encode(errors="replace"), feed.secret.encode())
