"""What an owner granted us at Microsoft, as the text that is kept, and what it permits. Pure.

The text holds MSAL's own cache, which knows the refresh token, and beside it the access token with the scopes
it was given for. Scopes come back in several spellings (`Calendars.ReadBasic`,
`https://graph.microsoft.com/Calendars.ReadBasic`), so they are compared without host and case.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from scheduling_core.errors import ReconnectNeeded

READING: Final = ("Calendars.ReadBasic", "User.Read")
WRITING: Final = ("Calendars.ReadWrite", "User.Read")
"""What is asked for; MSAL adds openid, profile and offline_access."""

_READS = {"calendars.readbasic", "calendars.read", "calendars.readwrite"}
_SEES_ALL = {"calendars.read", "calendars.readwrite"}
_MARGIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Grant:
    """The secret of a linked account.

    Attributes:
        access: the access token, good until `expires`.
        asked: the scopes to ask for when it is renewed.
        scopes: what was granted, as `plain` makes them.
        cache: MSAL's, with the refresh token.
    """

    access: str = field(repr=False)
    expires: datetime
    asked: tuple[str, ...]
    scopes: frozenset[str]
    cache: str = field(repr=False)

    @property
    def can_read(self) -> bool:
        """Events can be read at all."""
        return bool(self.scopes & _READS)

    @property
    def can_watch(self) -> bool:
        """Microsoft tells of changes: `ReadBasic` is not enough for that."""
        return bool(self.scopes & _SEES_ALL)

    @property
    def can_write(self) -> bool:
        """Events can be written."""
        return "calendars.readwrite" in self.scopes

    def is_fresh(self, now: datetime) -> bool:
        """The access token will work for the next minute."""
        return now < self.expires - _MARGIN

    def text(self) -> str:
        """For `Account.secret`."""
        return json.dumps(
            {
                "access": self.access,
                "expires": self.expires.timestamp(),
                "asked": self.asked,
                "scopes": sorted(self.scopes),
                "cache": self.cache,
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
        scopes = frozenset(said["scopes"])
        return Grant(said["access"], expires, tuple(said["asked"]), scopes, said["cache"])
    except (ValueError, KeyError, TypeError, OverflowError):
        raise ReconnectNeeded("the stored sign-in cannot be read") from None


def plain(scopes: Iterable[str]) -> frozenset[str]:
    """Scopes without host and case."""
    return frozenset(scope.rsplit("/", 1)[-1].casefold() for scope in scopes)


def lasting(cache: str) -> str:
    """MSAL's cache without what is short-lived: access and ID tokens are most of it."""
    parts = json.loads(cache)
    return json.dumps({name: part for name, part in parts.items() if name not in {"AccessToken", "IdToken"}})
