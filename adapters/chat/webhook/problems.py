"""What went wrong, as `application/problem+json` (RFC 9457); the detail says what to do."""

import json
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from scheduling_core.chat_ports import Response

CONTENT_TYPE = "application/problem+json"
_TYPE = "urn:parley:problem:"


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal of one request.

    Attributes:
        kind: the last part of the problem's type, stable; for programs.
        title: the same for every problem of this kind.
        detail: what is wrong here and what to do.
        pointer: where in the body it is wrong (JSON Pointer, RFC 6901; "" is the whole), or None.
        retry_after: how long to wait before the next try, or None.
        allow: the methods of the address, when another was used.
    """

    status: int
    kind: str
    title: str
    detail: str
    pointer: str | None = None
    retry_after: timedelta | None = None
    allow: tuple[str, ...] = ()

    def response(self) -> Response:
        """The problem over HTTP."""
        body: dict[str, object] = {
            "type": _TYPE + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.pointer is not None:
            body["pointer"] = self.pointer
        return Response(self.status, json.dumps(body).encode(), CONTENT_TYPE, self._headers())

    def _headers(self) -> dict[str, str]:
        wait = {} if self.retry_after is None else {"retry-after": _seconds(self.retry_after)}
        return wait | ({"allow": ", ".join(self.allow)} if self.allow else {})


def _seconds(wait: timedelta) -> str:
    return str(max(1, ceil(wait.total_seconds())))


def not_signed() -> Problem:
    """401: no, a wrong or a stale signature; which of them is not told."""
    return Problem(
        401,
        "signature",
        "The signature does not fit",
        "Sign the raw body with the tenant's secret by Standard Webhooks, with the present time in "
        "webhook-timestamp, and send webhook-id, webhook-timestamp and webhook-signature. "
        "A timestamp more than a few minutes off is refused: check both clocks.",
    )


def unknown_tenant() -> Problem:
    """404: the address names no tenant."""
    return Problem(
        404,
        "tenant",
        "There is no such tenant",
        "Check the tenant's name in the address; the bot's operator adds tenants in its configuration.",
    )


def wrong_method(*allow: str) -> Problem:
    """405: the address takes other methods, *allow*."""
    return Problem(
        405,
        "method",
        "This address takes another method",
        f"Send {' or '.join(allow)} here; /rooms/v1/openapi.json describes the addresses of rooms.",
        allow=allow,
    )


def other_content() -> Problem:
    """409: the id came before with another body."""
    return Problem(
        409,
        "repeated-id",
        "This webhook-id came before with another body",
        "Give every delivery a webhook-id of its own; repeat one only with exactly the same body.",
    )


def too_large(limit: int) -> Problem:
    """413: the body is larger than *limit* bytes."""
    return Problem(
        413,
        "too-large",
        "The delivery is too large",
        f"A delivery has at most {limit} bytes; send fewer members or a shorter text.",
    )


def invalid(pointer: str | None, detail: str) -> Problem:
    """422: the body is not a delivery; *pointer* shows where."""
    return Problem(422, "invalid", "The delivery is not valid", detail, pointer)


def too_many(retry_after: timedelta) -> Problem:
    """429: this person or this tenant sends too much."""
    wait = _seconds(retry_after)
    return Problem(
        429,
        "too-many",
        "Too many deliveries",
        f"Nothing was recorded. Send this delivery again, with the same webhook-id, in {wait} s.",
        retry_after=retry_after,
    )
