"""How Microsoft tells of changes: a subscription per calendar, that lives for three days unless renewed.

A notification is a hint; delivery is not promised, so calendars are also read from time to time.
Source: https://learn.microsoft.com/graph/change-notifications-delivery-webhooks and, for the life of a
subscription, https://learn.microsoft.com/graph/change-notifications-lifecycle-events
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from adapters.calendar.microsoft import wire
from adapters.calendar.microsoft.client import Graph
from adapters.calendar.microsoft.wire import Json, No, failure
from adapters.payload import find, maybe
from scheduling_core.calendar_ports import Account, Heard, Notice, Watch
from scheduling_core.chat_ports import Request, Response
from scheduling_core.errors import Gone, Rejected, Unavailable

LIFETIME: Final = timedelta(minutes=4230)
"""What Graph allows for events at least."""

LONGEST_SECRET: Final = 128
"""Of `clientState`."""

LONGEST_TOKEN: Final = 4096
MOST_TOLD: Final = 200
"""Of one message; each account has an address of its own, so the rest says little that is new."""
_MARGIN = timedelta(minutes=5)
_KINDS: Final[Mapping[str, Literal["renew", "lost"]]] = {
    "reauthorizationRequired": "renew",
    "subscriptionRemoved": "lost",
    "missed": "lost",
}
_HEARD: Final = Response(202, content_type="text/plain")
_NOT_UNDERSTOOD: Final = Response(400, content_type="text/plain")


class MicrosoftPush:
    """As `Push`; `Calendars.ReadBasic` does not suffice.

    Without more it raises `Rejected`, not `ReconnectNeeded`: reading works all the same.
    """

    def __init__(self, graph: Graph, clock: Callable[[], datetime]) -> None:
        self._graph = graph
        self._clock = clock

    async def watch(
        self,
        account: Account,
        calendar: str,
        channel: str,  # noqa: ARG002  the port's; Graph chooses one itself
        address: str,
        secret: str,
    ) -> Watch:
        """As `Push.watch`; Graph chooses another channel, and tries *address* (https) before it answers."""
        if not (await self._graph.grant(account)).can_watch:
            raise Rejected(403, "the owner has not let us be told of changes")
        if len(secret) > LONGEST_SECRET:
            raise ValueError(f"clientState has at most {LONGEST_SECRET} characters")
        resource = f"/me/calendars/{calendar}/events"
        body = {
            "changeType": "created,updated,deleted",
            "notificationUrl": address,
            # Can only be set now, never later.
            "lifecycleNotificationUrl": address,
            "resource": resource,
            "expirationDateTime": self._until(),
            "clientState": secret,
            "latestSupportedTlsVersion": "v1_2",
        }
        answer = await self._graph.call(account, "POST", self._graph.address("subscriptions"), body)
        return self._begun(answer, resource)

    async def renew(self, account: Account, calendar: str, watch: Watch, address: str, secret: str) -> Watch:
        """The same subscription for longer, which is also what `renew` asks for; a new one if it is gone."""
        where = self._graph.address("subscriptions", watch.id)
        try:
            answer = await self._graph.call(account, "PATCH", where, {"expirationDateTime": self._until()})
        except Gone:
            return await self.watch(account, calendar, "", address, secret)
        return self._begun(answer, watch.resource)

    async def end(self, account: Account, watch: Watch) -> None:
        """As `Push.end`."""
        try:
            await self._graph.ask(account, "DELETE", self._graph.address("subscriptions", watch.id))
        except No as no:
            if not no.is_gone:
                raise failure(no) from None

    def notice(self, request: Request) -> Notice:
        """As `Push.notice`. The first request to an address only asks whether it is ours."""
        token = request.query.get("validationToken", "")
        if token:
            return Notice(_echo(token) if len(token) <= LONGEST_TOKEN else _NOT_UNDERSTOOD)
        try:
            told = find(json.loads(request.body), "value")
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, list):
            return Notice(_NOT_UNDERSTOOD)
        return Notice(_HEARD, tuple(dict.fromkeys(filter(None, map(_heard, told[:MOST_TOLD])))))

    def _until(self) -> str:
        return wire.graph_time(self._clock() + LIFETIME - _MARGIN)

    def _begun(self, answer: Json, resource: str) -> Watch:
        if not (found := maybe(answer, "id")):
            raise Unavailable("Microsoft answered without a subscription")
        return Watch(found, resource, _expiry(answer) or self._clock() + LIFETIME - _MARGIN)


def _echo(token: str) -> Response:
    # text/plain, and nothing else may be guessed: the token is whatever somebody wrote.
    return Response(
        200, token.encode(errors="replace"), "text/plain", headers={"x-content-type-options": "nosniff"}
    )


def _heard(item: Any) -> Heard | None:
    channel, event = maybe(item, "subscriptionId"), maybe(item, "lifecycleEvent")
    return Heard(channel, maybe(item, "clientState"), _KINDS.get(event, "changed")) if channel else None


def _expiry(answer: Json) -> datetime | None:
    try:
        found = datetime.fromisoformat(maybe(answer, "expirationDateTime"))
    except ValueError:
        return None
    return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
