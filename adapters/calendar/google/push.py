"""How Google tells of changes: a channel per calendar, headers without a body, no renewal.

A notification is a hint; delivery is not promised, so calendars are also read from time to time.
Source: https://developers.google.com/workspace/calendar/api/guides/push
"""

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.calendar.google.client import GoogleApi
from adapters.calendar.google.wire import Json, No, failure
from adapters.payload import maybe
from scheduling_core.calendar_ports import Account, Heard, Notice, Watch
from scheduling_core.chat_ports import Request, Response
from scheduling_core.errors import ProviderError, Rejected, Unavailable

LIFETIME: Final = timedelta(days=7)
LONGEST_CHANNEL_ID: Final = 64
_HEARD: Final = Response(200, content_type="text/plain")
_STATES = {"exists", "not_exists"}


class GooglePush:
    """As `Push`; needs `events.owned`, and only the owner's own calendars can be watched.

    Without that right it raises `Rejected`, not `ReconnectNeeded`: reading works all the same.
    """

    def __init__(self, api: GoogleApi, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._clock = clock

    async def watch(self, account: Account, calendar: str, channel: str, address: str, secret: str) -> Watch:
        """As `Push.watch`; *channel* is at most 64 of A–Z, a–z, 0–9, - and _, and *address* https."""
        if not (await self._api.grant(account)).can_see_events:
            raise Rejected(403, "the owner has not let us see events")
        body = {
            "id": channel,
            "type": "web_hook",
            "address": address,
            "token": secret,
            "params": {"ttl": str(int(LIFETIME.total_seconds()))},
        }
        answer = await self._api.call(
            account, lambda service: service.events().watch(calendarId=calendar, body=body)
        )
        return self._begun(answer)

    async def renew(self, account: Account, calendar: str, watch: Watch, address: str, secret: str) -> Watch:
        """A new channel in place of the old one, which ends only when the new one has begun."""
        renewed = await self.watch(account, calendar, secrets.token_urlsafe(32), address, secret)
        # The old one ends by itself at the latest; until then a change is told twice.
        with suppress(ProviderError):
            await self.end(account, watch)
        return renewed

    async def end(self, account: Account, watch: Watch) -> None:
        """As `Push.end`."""
        body = {"id": watch.id, "resourceId": watch.resource}
        try:
            await self._api.ask(account, lambda service: service.channels().stop(body=body))
        except No as no:
            if not no.is_gone:
                raise failure(no) from None

    def notice(self, request: Request) -> Notice:
        """As `Push.notice`. A channel's first message, `sync`, tells nothing."""
        channel = request.headers.get("x-goog-channel-id", "")
        state = request.headers.get("x-goog-resource-state", "")
        if not channel or len(channel) > LONGEST_CHANNEL_ID:
            return Notice(Response(400, content_type="text/plain"))
        if state not in _STATES:
            return Notice(_HEARD)
        return Notice(_HEARD, (Heard(channel, request.headers.get("x-goog-channel-token", "")),))

    def _begun(self, answer: Json) -> Watch:
        channel, resource = maybe(answer, "id"), maybe(answer, "resourceId")
        if not channel or not resource:
            raise Unavailable("Google answered without a channel")
        expires = maybe(answer, "expiration")
        if not expires.isdecimal() or len(expires) > 14:
            return Watch(channel, resource, self._clock() + LIFETIME)
        return Watch(channel, resource, datetime.fromtimestamp(int(expires) / 1000, UTC))
