"""What goes wrong on the way to Discord and back, switched on per route; and rate limits on demand.

Routes are named as the documentation writes them, `POST /channels/{channel_id}/messages`; see `rest.ROUTES`.
"""

import time
import zlib
from dataclasses import dataclass, field
from typing import Final

from tests.adapters import faults
from tests.adapters.faults import EVERYWHERE as EVERYWHERE
from tests.adapters.faults import Cut as Cut
from tests.adapters.faults import ServerError as ServerError
from tests.adapters.faults import Slow as Slow

CALLBACK: Final = "POST /interactions/{interaction_id}/{token}/callback"
SEND: Final = "POST /channels/{channel_id}/messages"
EDIT: Final = "PATCH /channels/{channel_id}/messages/{message_id}"
DELETE: Final = "DELETE /channels/{channel_id}/messages/{message_id}"
FOLLOWUP: Final = "POST /webhooks/{application_id}/{token}"
ORIGINAL: Final = "GET /webhooks/{application_id}/{token}/messages/@original"
EDIT_ORIGINAL: Final = "PATCH /webhooks/{application_id}/{token}/messages/@original"
DELETE_ORIGINAL: Final = "DELETE /webhooks/{application_id}/{token}/messages/@original"
REGISTER: Final = "PUT /applications/{application_id}/commands"
OPEN_DM: Final = "POST /users/@me/channels"


@dataclass(frozen=True, slots=True)
class RateLimited:
    """HTTP 429, nothing done.

    Attributes:
        is_from_discord: with `Via`; without it the library takes the answer for a ban by Cloudflare.
    """

    retry_after_seconds: float = 1.0
    is_global: bool = False
    is_from_discord: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """This error code, nothing done; the status is the one Discord gives with it."""

    code: int


Fault = RateLimited | ServerError | Cut | Slow | Refused


class Faults(faults.Faults[Fault]):
    """Calls are named as Discord's routes."""


@dataclass(slots=True)
class Bucket:
    """How often one route may be used with one major parameter.

    Attributes:
        limit: calls in *seconds* (real time).
    """

    limit: int
    seconds: float
    used: int = 0
    began: float = field(default_factory=time.monotonic)

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether one more call is allowed, and the headers that say what is left."""
        now = time.monotonic()
        if now - self.began >= self.seconds:
            self.began, self.used = now, 0
        is_allowed = self.used < self.limit
        self.used += is_allowed
        after = max(0.001, self.began + self.seconds - now)
        return is_allowed, {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.limit - self.used),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
        }


@dataclass(slots=True)
class Buckets:
    """Rate limits per route, none until `limit` says so."""

    _limits: dict[str, tuple[int, float]] = field(default_factory=dict)
    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def limit(self, route: str, calls: int, seconds: float) -> None:
        """From now on *route* takes *calls* in *seconds* for each channel, guild or webhook."""
        self._limits[route] = (calls, seconds)

    def take(self, route: str, major: str) -> tuple[bool, dict[str, str]]:
        """Whether this call is allowed, and its headers; *major* is the channel, guild or webhook."""
        if route not in self._limits:
            return True, {}
        bucket = self._buckets.setdefault((route, major), Bucket(*self._limits[route]))
        is_allowed, headers = bucket.take()
        name = f"{zlib.crc32(route.encode()):08x}"
        return is_allowed, {**headers, "X-RateLimit-Bucket": name}
