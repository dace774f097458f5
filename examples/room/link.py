"""The room's side of the room protocol: signed deliveries to the bot, verified callbacks from it."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from standardwebhooks import Webhook, WebhookVerificationError

Json = dict[str, Any]
PAUSES_SECONDS = (0.3, 0.7, 1.5, 3.0, 5.0)
DEADLINE = ClientTimeout(total=10)
NO_ANSWER = "Parley is not answering right now. Please try again in a moment."


@dataclass(frozen=True, slots=True)
class Answered:
    """The bot took the delivery; *replies* are for the actor alone."""

    replies: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Declined:
    """The bot said no (4xx) or stayed silent; *detail* is a sentence for the actor."""

    detail: str


@dataclass(frozen=True, slots=True)
class _Later:
    seconds: float


class BotLink:
    """Delivers to `POST {bot}/rooms/v1/{tenant}/deliveries` and checks what comes back.

    *secrets* are `whsec_…` strings: the first signs, any of them verifies (rotation).
    """

    def __init__(
        self, bot: str, tenant: str, secrets: list[str], pauses_seconds: tuple[float, ...] = PAUSES_SECONDS
    ) -> None:
        self._url = f"{bot.rstrip('/')}/rooms/v1/{tenant}/deliveries"
        self._keys = [Webhook(secret) for secret in secrets]
        self._pauses = pauses_seconds

    def verified(self, raw: bytes, headers: dict[str, str]) -> Json | None:
        """The callback in *raw*; None unless a secret of ours signed these bytes in the last 5 minutes."""
        for key in self._keys:
            try:
                event = key.verify(raw, headers)
            except (
                WebhookVerificationError,
                ValueError,
            ):  # ValueError: a signature that is not base64, a torn body
                continue
            return event if isinstance(event, dict) else None
        return None

    async def deliver(self, webhook_id: str, body: bytes) -> Answered | Declined:
        """Deliver *body*, repeating it while the bot is away: a repeated id changes nothing there."""
        async with ClientSession(timeout=DEADLINE) as session:
            for pause in self._pauses:
                outcome = await self._attempt(session, webhook_id, body)
                if not isinstance(outcome, _Later):
                    return outcome
                await asyncio.sleep(max(pause, outcome.seconds))
            outcome = await self._attempt(session, webhook_id, body)
        return Declined(NO_ANSWER) if isinstance(outcome, _Later) else outcome

    async def _attempt(
        self, session: ClientSession, webhook_id: str, body: bytes
    ) -> Answered | Declined | _Later:
        try:
            async with session.post(self._url, data=body, headers=self._signed(webhook_id, body)) as response:
                return await _outcome(response)
        except (ClientError, TimeoutError):
            return _Later(0)

    def _signed(self, webhook_id: str, body: bytes) -> dict[str, str]:
        # Signed anew for each attempt: the bot refuses timestamps older than five minutes.
        now = datetime.now(UTC)
        return {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._keys[0].sign(webhook_id, now, body.decode()),
        }


async def _outcome(response: ClientResponse) -> Answered | Declined | _Later:
    if response.status == 429:
        wait = response.headers.get("retry-after", "1")  # seconds, or a date (RFC 9110 section 10.2.3)
        return _Later(min(float(wait), 10) if wait.isdigit() else 1)
    if response.status >= 500:
        return _Later(0)
    try:
        body = json.loads(await response.read())
    except ValueError:
        body = {}
    if response.status == 200:
        return Answered(tuple(body.get("replies", ())))
    return Declined(str(body.get("detail") or body.get("title") or f"Parley answered {response.status}."))
