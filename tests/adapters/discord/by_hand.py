"""An app that calls the REST API by hand, and answers interactions as a test says."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.discord.delivering import Ack, Posted
from tests.adapters.discord.harness import Discord
from tests.adapters.discord.interactions import Interaction

Json = dict[str, Any]
MEET: Json = {
    "name": "meet",
    "description": "Find a time",
    "integration_types": [0, 1],
    "contexts": [0, 1, 2],
    "options": [
        {"type": 3, "name": "text", "description": "What and with whom"},
        {"type": 6, "name": "with", "description": "With whom"},
        {"type": 4, "name": "length", "description": "Minutes", "min_value": 5, "max_value": 480},
        {"type": 3, "name": "zone", "description": "Where you are", "autocomplete": True},
    ],
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What the REST API said."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> int:
        """The JSON code; 0 for a success."""
        return int(self.body.get("code", 0)) if isinstance(self.body, dict) and self.status >= 400 else 0


@dataclass(slots=True)
class ByHand:
    """The app.

    Attributes:
        answers: what an interaction's HTTP response says; None: 202, and the test answers by callback.
    """

    discord: Discord
    answers: Callable[[Json], Json | None] = lambda _payload: {"type": 5}
    received: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    async def call(self, route: str, body: Any = None, token: str | None = None) -> Answered:
        """`POST /channels/1/messages` with the bot's token, or another."""
        method, path = route.split(" ")
        headers = {"Authorization": f"Bot {self.discord.app.token if token is None else token}"}
        url = f"{self.discord.api_base_url}{path}"
        async with self.discord.session.request(method, url, json=body, headers=headers) as response:
            content = await response.json() if response.content_type == "application/json" else None
            return Answered(response.status, content, dict(response.headers))

    async def send(self, channel_id: str, **body: Any) -> Answered:
        """Post a message."""
        return await self.call(f"POST /channels/{channel_id}/messages", body)

    async def answer(self, interaction: Interaction, kind: int, **data: Any) -> Answered:
        """A callback."""
        path = f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=true"
        return await self.call(f"POST {path}", {"type": kind, "data": data}, "")

    async def follow(self, interaction: Interaction, route: str = "POST", **body: Any) -> Answered:
        """A followup: `POST`, or `PATCH /messages/@original`."""
        method, _, rest = route.partition(" ")
        path = f"/webhooks/{self.discord.app.id}/{interaction.token}{rest}"
        return await self.call(f"{method} {path}", body or None, "")

    async def register(self, *commands: Json) -> None:
        """Have these commands, `MEET` by default."""
        app = self.discord.app.id
        done = await self.call(f"PUT /applications/{app}/commands", list(commands or (MEET,)))
        assert done.status == 200, done.body

    async def post(self, body: bytes, headers: dict[str, str]) -> Posted:
        """What `straight_into` takes."""
        self.received.append((body, headers))
        answer = self.answers(json.loads(body))
        return (202, {}, b"") if answer is None else (200, {}, json.dumps(answer).encode())


def interaction_of(ack: Ack) -> Interaction:
    """What the act sent."""
    assert ack.interaction
    return ack.interaction
