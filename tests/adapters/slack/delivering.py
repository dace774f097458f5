"""Getting a payload to the app: signed HTTP or Socket Mode, with the time the acknowledgement took.

Source of the signature: docs.slack.dev, "Verifying requests from Slack".
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import aiohttp

from tests.adapters.slack.payloads import Incoming
from tests.adapters.slack.sockets import Sockets
from tests.adapters.slack.workspace import World

Json = dict[str, Any]
Posted = tuple[int, Mapping[str, str], bytes]
Poster = Callable[[bytes, dict[str, str]], Awaitable[Posted]]
Forgery = Literal["unsigned", "stale", "from the future", "garbage timestamp", "another secret"]
ACK_SECONDS = 3.0
GIVE_UP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ack:
    """How the app took a payload.

    Attributes:
        status: HTTP status; 200 for a Socket Mode acknowledgement; 0 for none at all.
        seconds: from the first byte sent to the answer.
        body: JSON, or text; {} when empty.
        was_sent: False where Slack had no reason to send anything.
    """

    status: int = 0
    seconds: float = 0.0
    body: Json | str = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    was_sent: bool = True

    @property
    def is_accepted(self) -> bool:
        """Acknowledged within three seconds."""
        return self.status == 200 and self.seconds <= ACK_SECONDS

    @property
    def error(self) -> str:
        """What Slack tells the person who did it: "" or the code in “failed with the error …”."""
        if not self.was_sent or self.is_accepted:
            return ""
        return "operation_timeout" if self.status == 200 or not self.status else "dispatch_failed"


NOT_SENT = Ack(was_sent=False)


class Way(Protocol):
    """How payloads reach the app."""

    async def send(self, incoming: Incoming, retry: int = 0) -> Ack:
        """Deliver once; *retry* counts repeats of the same event."""


@dataclass(slots=True)
class HttpWay:
    """Signed requests.

    Attributes:
        post: takes body and headers to the app, over the network or straight into its handler.
    """

    world: World
    post: Poster

    async def send(self, incoming: Incoming, retry: int = 0) -> Ack:
        """As the port says."""
        body, content_type = incoming.over_http()
        headers = self.headers(body, content_type)
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        return await self.raw(body, headers)

    async def forge(self, incoming: Incoming, how: Forgery) -> Ack:
        """Send what Slack would never send."""
        body, content_type = incoming.over_http()
        now = int(self.world.clock.now().timestamp())
        match how:
            case "unsigned":
                return await self.raw(body, {"Content-Type": content_type})
            case "another secret":
                headers = self.headers(body, content_type, secret="somebody else's")
            case "stale":
                headers = self.headers(body, content_type, timestamp=str(now - 301))
            case "from the future":
                headers = self.headers(body, content_type, timestamp=str(now + 301))
            case _:
                headers = self.headers(body, content_type, timestamp="yesterday")
        return await self.raw(body, headers)

    def headers(
        self, body: bytes, content_type: str, *, timestamp: str | None = None, secret: str | None = None
    ) -> dict[str, str]:
        """Headers of a signed request; now and with the app's secret unless said otherwise."""
        timestamp = timestamp or str(int(self.world.clock.now().timestamp()))
        key = (secret or self.world.app.signing_secret).encode()
        digest = hmac.new(key, f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest}",
        }

    async def raw(self, body: bytes, headers: dict[str, str]) -> Ack:
        """Any bytes with any headers."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                status, answered, content = await self.post(body, headers)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return Ack(0, time.perf_counter() - began)
        seconds = time.perf_counter() - began
        return Ack(status, seconds, _read(content), {name.lower(): one for name, one in answered.items()})


def over_network(session: aiohttp.ClientSession, url: str) -> Poster:
    """Post to an address."""

    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            return response.status, response.headers, await response.read()

    return post


def _read(content: bytes) -> Json | str:
    text = content.decode()
    try:
        read = json.loads(text) if text.strip() else {}
    except ValueError:
        return text
    return read if isinstance(read, dict) else text


@dataclass(slots=True)
class SocketWay:
    """Socket Mode envelopes."""

    sockets: Sockets

    async def send(self, incoming: Incoming, retry: int = 0) -> Ack:
        """As the port says."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                body = await self.sockets.deliver(incoming.kind, incoming.body, retry)
        except (ConnectionError, TimeoutError):
            return Ack(0, time.perf_counter() - began)
        return Ack(200, time.perf_counter() - began, body)
