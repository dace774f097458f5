"""Getting an interaction to the app: over the gateway or by signed HTTP, with the time the answer took.

Source of the signature: Discord's documentation, "Interactions", setting up an endpoint: Ed25519 over
timestamp and raw body.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import aiohttp

from tests.adapters.discord.interactions import PONG, Interaction, Interactions
from tests.adapters.discord.payloads import ping
from tests.adapters.discord.refusals import Refusal
from tests.adapters.discord.sessions import Sessions
from tests.adapters.discord.world import Json, World

Posted = tuple[int, Mapping[str, str], bytes]
Poster = Callable[[bytes, dict[str, str]], Awaitable[Posted]]
Forgery = Literal[
    "unsigned",
    "another key",
    "another body",
    "another timestamp",
    "no hexadecimal",
    "stale",
    "from the future",
]
ACCEPTED, ANSWERED_ELSEWHERE = 200, 202


@dataclass(frozen=True, slots=True)
class Ack:
    """How the app took what somebody did.

    Attributes:
        status: HTTP status; 200 for an answer by callback, or a message the gateway took; 0 for none at all.
        seconds: until the first answer.
        kind: the type of the first answer (4 reply, 5 and 6 deferred, 7 update, 8 choices, 9 modal), or 0.
        body: its `data`.
        was_sent: False where Discord had nobody to send it to.
    """

    status: int = 0
    seconds: float = 0.0
    kind: int = 0
    body: Json = field(default_factory=dict)
    was_sent: bool = True
    interaction: Interaction | None = None

    @property
    def is_accepted(self) -> bool:
        """Answered in time, and rightly."""
        return self.status in (ACCEPTED, ANSWERED_ELSEWHERE) and (self.interaction is None or self.kind > 0)

    @property
    def error(self) -> str:
        """What Discord tells the person who did it; "" when all is well."""
        if self.is_accepted or not self.was_sent:
            return ""
        is_modal = self.interaction is not None and self.interaction.kind == 5
        is_command = self.interaction is not None and self.interaction.kind == 2
        if is_modal:
            return "Something went wrong. Try again."
        return "The application did not respond" if is_command else "This interaction failed"


NOT_SENT = Ack(was_sent=False)
TAKEN = Ack(200)


class Way(Protocol):
    """How interactions reach the app."""

    async def send(self, interaction: Interaction) -> Ack:
        """Deliver once, and wait for the first answer as long as Discord does."""


async def first_answer(interactions: Interactions, interaction: Interaction, status: int) -> Ack:
    """Wait for the callback."""
    try:
        async with asyncio.timeout(interactions.first_answer_seconds):
            await interaction.answered.wait()
    except TimeoutError:
        pass
    if not interaction.first:
        return Ack(0, interactions.age(interaction), interaction=interaction)
    return Ack(status, interaction.seconds, interaction.first, interaction.data, interaction=interaction)


@dataclass(slots=True)
class GatewayWay:
    """INTERACTION_CREATE to the sessions of the shard; the answer comes by REST."""

    interactions: Interactions
    sessions: Sessions

    async def send(self, interaction: Interaction) -> Ack:
        """As the port says; a session that is resumed in time may answer too."""
        self.sessions.interact(interaction.payload)
        return await first_answer(self.interactions, interaction, ACCEPTED)


@dataclass(slots=True)
class HttpWay:
    """Signed requests.

    Attributes:
        post: takes body and headers to the app, over the network or straight into its handler.
    """

    interactions: Interactions
    post: Poster

    @property
    def world(self) -> World:
        """Whose clock and key are used."""
        return self.interactions.world

    async def send(self, interaction: Interaction) -> Ack:
        """As the port says; after a 202 the answer may come by callback."""
        body = json.dumps(interaction.payload).encode()
        status, content, seconds = await self.raw(body, self.headers(body))
        if status == ANSWERED_ELSEWHERE:
            return await first_answer(self.interactions, interaction, status)
        if status != ACCEPTED:
            return Ack(status, seconds, interaction.first, interaction.data, interaction=interaction)
        if interaction.first:
            # Answered by callback meanwhile, or delivered again.
            kind, data = content.get("type"), content.get("data")
            known = (kind or interaction.first, data or interaction.data)
            return Ack(status, seconds, *known, interaction=interaction)
        try:
            self.interactions.answer(interaction, content, {})
        except Refusal:
            return Ack(status, seconds, interaction=interaction)
        return Ack(status, interaction.seconds, interaction.first, interaction.data, interaction=interaction)

    async def forge(self, interaction: Interaction, how: Forgery) -> Ack:
        """Send what Discord would never send; returns what came back."""
        body = json.dumps(interaction.payload).encode()
        now = int(self.world.clock.now().timestamp())
        signed = body
        match how:
            case "unsigned":
                headers = {"Content-Type": "application/json"}
            case "another key":
                headers = self.headers(body, seed=b"somebody else's seed of 32 bytes")
            case "another body":
                headers, signed = self.headers(body), body.replace(b'"version": 1', b'"version": 2')
            case "another timestamp":
                headers = self.headers(body) | {"X-Signature-Timestamp": str(now + 1)}
            case "no hexadecimal":
                headers = self.headers(body) | {"X-Signature-Ed25519": "zz" * 64}
            case "stale":
                headers = self.headers(body, timestamp=str(now - 3600))
            case _:
                headers = self.headers(body, timestamp=str(now + 3600))
        status, content, seconds = await self.raw(signed, headers)
        return Ack(status, seconds, body=content, interaction=interaction)

    async def verify(self) -> list[str]:
        """What Discord tries before it takes an endpoint; returns what is wrong with it."""
        body = json.dumps(ping(self.world)).encode()
        status, content, _ = await self.raw(body, self.headers(body))
        wrong = [] if status == ACCEPTED and content.get("type") == PONG else [f"PING: {status} {content}"]
        headers = self.headers(body, seed=b"somebody else's seed of 32 bytes")
        status, content, _ = await self.raw(body, headers)
        return wrong if status == 401 else [*wrong, f"a wrong signature: {status} {content}"]

    def headers(
        self, body: bytes, *, timestamp: str | None = None, seed: bytes | None = None
    ) -> dict[str, str]:
        """Headers of a signed request; now and with the app's key unless said otherwise."""
        timestamp = timestamp or str(int(self.world.clock.now().timestamp()))
        signature = self.world.app.key(seed).sign(timestamp.encode() + body).hex()
        return {
            "Content-Type": "application/json",
            "User-Agent": "Discord-Interactions/1.0 (+https://discord.com)",
            "X-Signature-Ed25519": signature,
            "X-Signature-Timestamp": timestamp,
        }

    async def raw(self, body: bytes, headers: dict[str, str]) -> tuple[int, Json, float]:
        """Any bytes with any headers: status (0: none in time), JSON or {}, seconds."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.interactions.first_answer_seconds):
                status, _, content = await self.post(body, headers)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return 0, {}, time.perf_counter() - began
        return status, _read(content), time.perf_counter() - began


def over_network(session: aiohttp.ClientSession, url: str) -> Poster:
    """Post to an address."""

    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            return response.status, response.headers, await response.read()

    return post


def _read(content: bytes) -> Json:
    try:
        read: Any = json.loads(content)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
