"""The only module that calls a custom room."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adapters.chat.webhook.render import callback
from adapters.chat.webhook.signature import key_of, signed_headers
from adapters.http import NOT_SENT, Http
from scheduling_core.actions import ActionCodec
from scheduling_core.deliveries import Message
from scheduling_core.errors import Rejected, Unavailable

DEADLINE_SECONDS = 10.0
_WRONG_MESSAGE = frozenset({NOT_SENT, 400, 413, 422})
"""Answers that are about this very message (or its address); repeating it cannot help."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A custom room's end of the protocol.

    Attributes:
        secrets: `whsec_…`, newest first; each verifies what comes in, and each signs what goes out, so that
            either side can be the first to change.
        callback_url: where messages go; None for a room that only takes answers.

    Raises:
        ValueError: no secret, or one that is none.
    """

    secrets: tuple[str, ...] = field(repr=False)
    callback_url: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could never verify."""
        if not self.secrets:
            raise ValueError("a tenant needs a secret")
        for secret in self.secrets:
            key_of(secret)


class Callbacks:
    """Brings messages to the tenants' rooms; never retries by itself."""

    def __init__(
        self, tenants: Mapping[str, Tenant], http: Http, codec: ActionCodec, clock: Callable[[], datetime]
    ) -> None:
        self._tenants = tenants
        self._http = http
        self._codec = codec
        self._clock = clock

    async def show(self, message: Message, shown_as: str | None) -> str:
        """Post one revision of a message; the same change again carries the same `webhook-id` and body.

        Returns:
            The message's own id: rooms of this kind keep our ids.

        Raises:
            Unavailable: no usable answer, or a refusal that an operator may mend (401, 403, 404 and so on).
            Rejected: the room finds this message wrong, or there is nowhere to post it.
            Gone: the room answered 410.
        """
        workspace = message.room.workspace.workspace
        tenant = self._tenants.get(workspace)
        if tenant is None or tenant.callback_url is None:
            raise Rejected(NOT_SENT, f"tenant {workspace} has no callback_url")
        change = callback(message, was_shown=shown_as is not None, codec=self._codec)
        body = json.dumps(change, ensure_ascii=False, separators=(",", ":")).encode()
        webhook_id = f"{message.id}-{message.revision}-{change['type'].removeprefix('message.')}"
        await self._post(tenant.callback_url, webhook_id, body, tenant)
        return message.id

    async def _post(self, url: str, webhook_id: str, body: bytes, tenant: Tenant) -> None:
        headers = signed_headers(webhook_id, body, tenant.secrets, self._clock())
        headers["content-type"] = "application/json"
        try:
            await self._http.request(
                "POST",
                url,
                headers=headers,
                body=body,
                deadline_seconds=DEADLINE_SECONDS,
                max_body_bytes=0,
            )
        except Rejected as refusal:
            if refusal.code in _WRONG_MESSAGE:
                raise
            raise Unavailable(f"the room answered {refusal.code}") from refusal
