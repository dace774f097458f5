"""Standard Webhooks signatures, both directions, without a clock of their own.

The `standardwebhooks` package reads the clock when it verifies and signs text only; tests hold this module
against it. Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix of every secret
DEFAULT_TOLERANCE = timedelta(minutes=5)

_SECONDS = re.compile(r"[0-9]{1,11}")


def key_of(secret: str) -> bytes:
    """The key inside `whsec_` + base64 (padding optional).

    Raises:
        ValueError: it is not base64, or empty; the message does not repeat it.
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX) + "==")
    except (binascii.Error, ValueError):
        raise ValueError("a webhook secret is whsec_ and base64") from None
    if not key:
        raise ValueError("a webhook secret must not be empty")
    return key


def signed_headers(webhook_id: str, body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The three headers of a request, signed with each secret, the first first."""
    timestamp = str(int(now.timestamp()))
    signatures = (_signature(secret, webhook_id, timestamp, body) for secret in secrets)
    return {
        ID: webhook_id,
        TIMESTAMP: timestamp,
        SIGNATURE: " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }


def is_signed(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    now: datetime,
    tolerance: timedelta = DEFAULT_TOLERANCE,
) -> bool:
    """Whether one of *secrets* signed exactly this body at most *tolerance* before or after *now*.

    Args:
        headers: names in lower case.
        body: the bytes as they came.
    """
    webhook_id, timestamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not webhook_id or not _SECONDS.fullmatch(timestamp):
        return False
    if abs(datetime.fromtimestamp(int(timestamp), UTC) - now) > tolerance:
        return False
    given = _given(headers.get(SIGNATURE, ""))
    expected = [_signature(secret, webhook_id, timestamp, body) for secret in secrets]
    return any(hmac.compare_digest(one, other) for one in given for other in expected)


def _signature(secret: str, webhook_id: str, timestamp: str, body: bytes) -> bytes:
    # Header values may hold bytes that are no text; they then simply fit no signature.
    content = f"{webhook_id}.{timestamp}.".encode(errors="replace") + body
    return hmac.digest(key_of(secret), content, sha256)


def _given(header: str) -> list[bytes]:
    versioned = (part.partition(",") for part in header.split(" "))
    decoded = (_decoded(signature) for version, _, signature in versioned if version == "v1")
    return [signature for signature in decoded if signature]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
