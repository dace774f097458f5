"""Custom message rooms, by the room protocol (docs/room-protocol.md): signed webhooks in both directions."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.chat.webhook.client import Callbacks, Tenant
from adapters.chat.webhook.inbound import MAX_BODY_BYTES, PLATFORM, Sender, receive
from adapters.chat.webhook.openapi import document
from adapters.chat.webhook.problems import Problem, other_content, too_many, unknown_tenant, wrong_method
from adapters.chat.webhook.render import wire
from adapters.http import Http
from scheduling_core.actions import ActionCodec
from scheduling_core.chat_ports import Inbox, Request, Response, Route
from scheduling_core.deliveries import Answer, Message
from scheduling_core.errors import Conflict, RateLimited

__all__ = ["Tenant", "WebhookRooms", "WebhookSettings", "build"]

_DELIVERIES = "/rooms/v1/{tenant}/deliveries"
_DESCRIPTION = "/rooms/v1/openapi.json"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What the operator says about custom rooms.

    Attributes:
        tenants: by name; names differ by more than their case.
        tolerance_seconds: how far a request's timestamp may be from our clock.
        answer_within_seconds: how long a request waits for its answer; a later one comes by callback.
        max_body_bytes: of a delivery.
    """

    tenants: Mapping[str, Tenant]
    tolerance_seconds: float = 300
    answer_within_seconds: float = 2.5
    max_body_bytes: int = MAX_BODY_BYTES


def build(
    settings: WebhookSettings, inbox: Inbox, http: Http, codec: ActionCodec, clock: Callable[[], datetime]
) -> "WebhookRooms":
    """The platform of all custom rooms; *http* stays the caller's to close."""
    tenants = {name.lower(): tenant for name, tenant in settings.tenants.items()}
    return WebhookRooms(settings, tenants, inbox, Callbacks(tenants, http, codec, clock), codec, clock)


class WebhookRooms:
    """`ChatPlatform` for custom rooms."""

    name = PLATFORM
    knows_repeats = True

    def __init__(
        self,
        settings: WebhookSettings,
        tenants: Mapping[str, Tenant],
        inbox: Inbox,
        callbacks: Callbacks,
        codec: ActionCodec,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._tenants = tenants
        self._inbox = inbox
        self._callbacks = callbacks
        self._codec = codec
        self._clock = clock
        self._openapi = json.dumps(document()).encode()

    def routes(self) -> Sequence[Route]:
        """The door for deliveries, and its description; `*` is every other method."""
        limit = self._settings.max_body_bytes
        return (
            Route("POST", _DELIVERIES, self._deliver, limit),
            Route("*", _DELIVERIES, _refuse_all_but("POST")),
            Route("GET", _DESCRIPTION, self._describe),
            Route("HEAD", _DESCRIPTION, self._describe),
            Route("*", _DESCRIPTION, _refuse_all_but("GET", "HEAD")),
        )

    def is_listening(self) -> bool:
        """The web server listens for these rooms."""
        return True

    async def start(self) -> None:
        """Rooms of this kind call us; there is nothing to listen to."""

    async def show(
        self,
        message: Message,
        shown_as: str | None,
        path: str = "",  # noqa: ARG002  rooms keep our ids, so that a private message needs no way back
    ) -> str | None:
        """As the port says; see `Callbacks.show`."""
        return await self._callbacks.show(message, shown_as)

    async def stop(self) -> None:
        """The web server waits for what was taken."""

    async def close(self) -> None:
        """Nothing is kept open here."""

    async def _describe(self, _request: Request) -> Response:
        return Response(200, self._openapi)

    async def _deliver(self, request: Request) -> Response:
        answer = await self._answer(request)
        if isinstance(answer, Problem):
            return answer.response()
        replies = [wire(message, self._codec) for message in answer.replies] if answer else []
        return Response(200, json.dumps({"replies": replies}, ensure_ascii=False).encode())

    async def _answer(self, request: Request) -> Answer | Problem | None:
        name = request.match["tenant"].lower()
        tenant = self._tenants.get(name)
        if tenant is None:
            return unknown_tenant()
        tolerance = timedelta(seconds=self._settings.tolerance_seconds)
        sender = Sender(name, tenant.secrets, tolerance, self._settings.max_body_bytes)
        delivery = receive(request.headers, request.body, sender, self._codec, self._clock())
        if isinstance(delivery, Problem):
            return delivery
        try:
            return await self._inbox.put(delivery, self._settings.answer_within_seconds)
        except Conflict:
            return other_content()
        except RateLimited as limit:
            return too_many(limit.retry_after)


def _refuse_all_but(*methods: str) -> Callable[[Request], Awaitable[Response]]:
    async def refuse(_request: Request) -> Response:
        return wrong_method(*methods).response()

    return refuse
