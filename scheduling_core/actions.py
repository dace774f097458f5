"""What a button means, and the short signed text that carries it through a chat platform and back.

Everything a press needs is in the text, so a button works after a restart; the signature binds it to its
room, so a button carried to another room or made up by somebody is refused.
"""

import base64
import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

from scheduling_core.errors import Refused
from scheduling_core.refs import RoomRef

MAX_ACTION_BYTES = 80
"""Upper bound of an encoded action; a webhook card's `data` object around it stays within 100 bytes,
Discord's `custom_id` (100) and Slack's option value (75 for the old clients, 150 today) too."""

_VERSION = "1"
_SIGNATURE_CHARS = 16
_PART = re.compile(r"[A-Za-z0-9_-]*\Z")


class ForgedAction(Refused):
    """The text of a button was not made by us for this room (forged, foreign, or signed with a lost key)."""


@dataclass(frozen=True, slots=True)
class Action:
    """A verb and its arguments, for example `Action("pick", ("mAb3", "2"))`.

    Attributes:
        verb: which handler answers.
        args: ids and small numbers; letters, digits, `_` and `-` only.
    """

    verb: str
    args: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.verb or not all(_PART.match(part) for part in (self.verb, *self.args)):
            raise ValueError(f"an action holds letters, digits, _ and - only: {self}")


class ActionCodec:
    """Encodes and checks actions with HMAC-SHA256, truncated to 96 bits (RFC 2104 section 5).

    Args:
        keys: the signing keys, newest first; older ones still verify, so that keys can be rotated.
    """

    def __init__(self, *keys: bytes) -> None:
        if not keys or not all(keys):
            raise ValueError("an action codec needs at least one key")
        self._keys = keys

    def encode(self, action: Action, room: RoomRef) -> str:
        """The text a button in *room* carries; at most `MAX_ACTION_BYTES` bytes, ASCII."""
        body = ".".join((_VERSION, action.verb, *action.args))
        text = f"{body}.{self._signature(self._keys[0], body, room)}"
        if len(text) > MAX_ACTION_BYTES:
            raise ValueError(f"the action does not fit into a button: {text}")
        return text

    def decode(self, text: str, room: RoomRef) -> Action:
        """The action of a button pressed in *room*.

        Raises:
            ForgedAction: the text was not made by `encode` for this room.
        """
        body, _, signature = text.rpartition(".")
        version, _, rest = body.partition(".")
        known = any(
            hmac.compare_digest(self._signature(key, body, room).encode(), signature.encode())
            for key in self._keys
        )
        if version != _VERSION or not known:
            raise ForgedAction("That button was not made by me for this room, so I cannot act on it.")
        verb, *args = rest.split(".")
        return Action(verb, tuple(args))

    @staticmethod
    def _signature(key: bytes, body: str, room: RoomRef) -> str:
        # The thread is left out: platforms report a press in a thread with or without it.
        scope = f"{room.workspace}\x00{room.room}\x00{body}"
        digest = hmac.digest(key, scope.encode(), sha256)
        return base64.urlsafe_b64encode(digest).decode()[:_SIGNATURE_CHARS]
