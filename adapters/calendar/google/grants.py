"""What an owner granted us at Google, as the text that is kept, and what it permits.

Pure. The scopes are the least that Google's discovery document names for the methods that are called.
"""

import json
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.oauth import Tokens
from adapters.payload import maybe
from scheduling_core.errors import ReconnectNeeded

_AUTH: Final = "https://www.googleapis.com/auth/"
CALENDAR_LIST: Final = _AUTH + "calendar.calendarlist.readonly"
FREE_BUSY: Final = _AUTH + "calendar.freebusy"
EVENTS: Final = _AUTH + "calendar.events.owned"
READING: Final = ("openid", "email", CALENDAR_LIST, FREE_BUSY)
WRITING: Final = (*READING, EVENTS)
NEEDED: Final = {
    CALENDAR_LIST: "See the list of Google calendars you’re subscribed to",
    FREE_BUSY: "View your availability in your calendars",
}
"""What must be granted, with the words beside its box on Google's page."""

_MARGIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Grant:
    """The secret of a linked account.

    Attributes:
        access: the access token, good until `expires`.
        refresh: the refresh token.
    """

    access: str = field(repr=False)
    expires: datetime
    refresh: str = field(repr=False)
    scopes: frozenset[str]

    @property
    def can_see_events(self) -> bool:
        """Events of the owner's own calendars can be listed, watched and written."""
        return EVENTS in self.scopes

    def is_fresh(self, now: datetime) -> bool:
        """The access token will work for the next minute."""
        return now < self.expires - _MARGIN

    def renewed(self, tokens: Tokens, now: datetime) -> "Grant":
        """With what a refresh gave; what it does not mention stays."""
        return Grant(
            tokens.access,
            now + tokens.lifetime,
            tokens.refresh or self.refresh,
            self.scopes if tokens.scopes is None else tokens.scopes,
        )

    def text(self) -> str:
        """For `Account.secret`."""
        return json.dumps(
            {
                "access": self.access,
                "expires": self.expires.timestamp(),
                "refresh": self.refresh,
                "scopes": sorted(self.scopes),
            }
        )


def grant_from(text: str) -> Grant:
    """What `Grant.text` wrote.

    Raises:
        ReconnectNeeded: it is none of ours.
    """
    try:
        said = json.loads(text)
        expires = datetime.fromtimestamp(float(said["expires"]), UTC)
        return Grant(said["access"], expires, said["refresh"], frozenset(said["scopes"]))
    except (ValueError, KeyError, TypeError, OverflowError):
        raise ReconnectNeeded("the stored sign-in cannot be read") from None


def missing(scopes: frozenset[str]) -> tuple[str, ...]:
    """The boxes on Google's page that were left unticked and must not be."""
    return tuple(words for scope, words in NEEDED.items() if scope not in scopes)


def who(id_token: str, client_id: str) -> tuple[str, str]:
    """The subject and address in an ID token that came from the token endpoint itself; "" for none.

    Its signature adds nothing there: OpenID Connect Core 1.0 section 3.1.3.7, item 6.
    """
    try:
        part = id_token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, NotBase64, ValueError):
        return "", ""
    if maybe(claims, "aud") != client_id:
        return "", ""
    return maybe(claims, "sub"), maybe(claims, "email")
