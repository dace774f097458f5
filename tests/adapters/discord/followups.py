"""What follows the first answer: messages by the interaction's token, for 15 minutes.

Source: "Receiving and Responding", Followup Messages, of Discord's documentation (snapshot of 2026-08-06).
"""

from dataclasses import dataclass
from typing import Any, Final

from tests.adapters.discord import objects
from tests.adapters.discord.asking import Asked
from tests.adapters.discord.interactions import (
    DEFERRED_REPLY,
    FOLLOWUPS_OF_USER_INSTALLS,
    Interaction,
    Interactions,
)
from tests.adapters.discord.limits import LOADING
from tests.adapters.discord.refusals import Refusal
from tests.adapters.discord.world import Json, Message

ORIGINAL: Final = "@original"


@dataclass(frozen=True, slots=True)
class Followups:
    """The `/webhooks/{application_id}/{token}` routes."""

    interactions: Interactions

    def _interaction(self, asked: Asked) -> Interaction:
        interactions = self.interactions
        known = interactions.known.get(asked.at["token"])
        if known is None or asked.at["application_id"] != interactions.world.app.id:
            raise Refusal(10015)
        if interactions.age(known) > interactions.token_seconds:
            raise Refusal(50027)
        if not known.first:
            # Before the first answer there is no webhook.
            raise Refusal(10015)
        return known

    def _message(self, asked: Asked) -> Message:
        interaction = self._interaction(asked)
        wanted = asked.at.get("message_id", ORIGINAL)
        one = interaction.original if wanted == ORIGINAL else interaction.messages.get(wanted)
        if one is None or not self.interactions.messages.is_there(one):
            raise Refusal(10008)
        return one

    def send(self, asked: Asked) -> Any:
        """`POST /webhooks/{application_id}/{token}`: after a deferred reply the first one takes its place."""
        interaction = self._interaction(asked)
        original = interaction.original
        is_waiting = original and original.flags & LOADING and self.interactions.messages.is_there(original)
        if interaction.first == DEFERRED_REPLY and original and is_waiting:
            self.interactions.messages.change(asked.route, "followup", original, asked.body, asked.files)
            return objects.message(self.interactions.world, original)
        if interaction.is_of_user_install_only and interaction.followups >= FOLLOWUPS_OF_USER_INSTALLS:
            raise Refusal(40094)
        made = self.interactions.reply(interaction, asked.route, "followup", asked.body, asked.files)
        interaction.followups += 1
        return objects.message(self.interactions.world, made)

    def get(self, asked: Asked) -> Json:
        """`GET …/messages/{message_id}` or `@original`."""
        return objects.message(self.interactions.world, self._message(asked))

    def edit(self, asked: Asked) -> Json:
        """`PATCH …/messages/{message_id}` or `@original`."""
        one = self._message(asked)
        self.interactions.messages.change(asked.route, "followup", one, asked.body, asked.files)
        return objects.message(self.interactions.world, one)

    def delete(self, asked: Asked) -> None:
        """`DELETE …/messages/{message_id}` or `@original`."""
        self.interactions.messages.remove(self._message(asked))
