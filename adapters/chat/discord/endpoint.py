"""Interactions by HTTP: signed by Discord, answered in the response. `verified` is pure.

Source: "Setting Up an Endpoint" of Discord's documentation: Ed25519 over the timestamp and the raw body; 401
for whatever is not signed so, which Discord tries before it takes the address and every now and then.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from adapters.chat.discord.names import Json
from adapters.payload import Malformed
from scheduling_core.chat_ports import Request, Response

PATH: Final = "/discord/interactions"
MAX_BODY_BYTES: Final = 1_048_576
TOLERANCE_SECONDS: Final = 300

_SIGNATURE, _TIMESTAMP = "x-signature-ed25519", "x-signature-timestamp"

log = structlog.get_logger(__name__)


def read_public_key(text: str) -> Ed25519PublicKey:
    """The key as the developer portal shows it: 64 hexadecimal digits.

    Raises:
        ValueError: it is none.
    """
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def verified(key: Ed25519PublicKey, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether Discord signed these bytes, at most `TOLERANCE_SECONDS` before or after *now*.

    Args:
        headers: names in lower case.
    """
    timestamp = headers.get(_TIMESTAMP, "")
    try:
        key.verify(bytes.fromhex(headers.get(_SIGNATURE, "")), timestamp.encode() + body)
        return abs(now.timestamp() - int(timestamp)) <= TOLERANCE_SECONDS
    except (InvalidSignature, ValueError):
        return False


class Endpoint:
    """Answers `POST /discord/interactions`.

    Args:
        answered: the first response to an interaction; raises `Malformed`.
    """

    def __init__(
        self,
        public_key: str,
        answered: Callable[[Json], Awaitable[Mapping[str, object]]],
        clock: Callable[[], datetime],
    ) -> None:
        self._key = read_public_key(public_key)
        self._answered = answered
        self._clock = clock

    async def receive(self, request: Request) -> Response:
        """The response to a request."""
        if not verified(self._key, request.headers, request.body, self._clock()):
            return Response(401, b'{"error": "invalid request signature"}')
        try:
            answer = await self._answered(_read(request.body))
        except Malformed as malformed:
            log.warning("discord.malformed", kind="INTERACTION_CREATE", because=str(malformed))
            return Response(400, b'{"error": "not readable"}')
        return Response(200, json.dumps(answer).encode())


def _read(body: bytes) -> Json:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("no JSON") from None
    if not isinstance(read, dict):
        raise Malformed("no object")
    return read
