"""A word in the room to who said something there and has no other answer: they take no direct messages.

An interaction has its own private answer; what was said in a room has none.
"""

from datetime import UTC, datetime
from typing import Final

import structlog

from adapters.chat.discord import render
from adapters.chat.discord.attempts import Attempts
from adapters.chat.discord.names import Spot
from adapters.chat.discord.rest import Rest
from scheduling_core.errors import ProviderError, Rejected

CLOSED_TO_US: Final = (
    "My answer is for you alone, and you take no direct messages from me. Please type {command} here: what I"
    " answer to that nobody else sees."
)

log = structlog.get_logger(__name__)


class Referrals:
    """Replies that everybody reads, one for each message, with nothing of what is for one person alone.

    Args:
        command: the word people type in Discord, `/meet`.
    """

    def __init__(self, rest: Rest, attempts: Attempts, command: str) -> None:
        self._rest = rest
        self._attempts = attempts
        self._command = command

    async def reply(self, spot: Spot, sentence: str | None = None) -> None:
        """Tell whoever said something there a sentence, by default that commands are answered privately.

        Raises:
            Unavailable, RateLimited: try again later.
            Gone: the bot is no longer in that server.
        """
        name = f"{spot.channel}:{spot.message}"
        if not await self._attempts.begin(name, datetime.fromtimestamp(spot.expires, UTC)):
            return
        try:
            await self._post(spot, sentence or CLOSED_TO_US.format(command=self._command))
        except Rejected as refusal:
            log.warning("discord.refusal_lost", code=refusal.code)
        except ProviderError:
            # Discord itself refuses the same nonce for some minutes.
            await self._attempts.had_no_effect(name)
            raise

    async def _post(self, spot: Spot, sentence: str) -> None:
        body = {
            **render.note(sentence),
            "message_reference": {"message_id": spot.message, "fail_if_not_exists": False},
            "allowed_mentions": {"parse": [], "replied_user": True},
            "nonce": spot.message,
            "enforce_nonce": True,
        }
        at = {"channel_id": spot.channel}
        await self._rest.call("POST", "/channels/{channel_id}/messages", at, body)
