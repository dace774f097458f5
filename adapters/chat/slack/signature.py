"""Whether a request comes from Slack: the signature over the raw bytes. Pure.

slack_bolt has a check of its own, which answers 500 to odd headers and reads the body before it.
Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qs

TOLERANCE_SECONDS = 300

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SSL_CHECK_BYTES = 512


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether *body* was signed with *secret*, not more than five minutes from *now*.

    Args:
        headers: names in lower case.
    """
    timestamp = headers.get("x-slack-request-timestamp", "")
    if not _TIMESTAMP.fullmatch(timestamp) or abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, sha256)
    given = headers.get("x-slack-signature", "").encode(errors="replace")
    return hmac.compare_digest(f"v0={signed.hexdigest()}".encode(), given)


def is_ssl_check(body: bytes) -> bool:
    """Whether somebody only looks at our certificate; Slack does now and then, and wants a plain 200.

    Source: https://docs.slack.dev/interactivity/implementing-slash-commands, "ssl_check".
    """
    if len(body) > _SSL_CHECK_BYTES:
        return False
    return parse_qs(body.decode("ascii", errors="replace")).get("ssl_check") == ["1"]
