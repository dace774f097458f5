"""Linking by Google's consent page, where a person may untick single boxes.

Source: https://developers.google.com/identity/protocols/oauth2/web-server and, for the boxes,
https://developers.google.com/identity/protocols/oauth2/resources/granular-permissions
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from adapters.calendar.google.grants import READING, WRITING, Grant, missing, who
from adapters.oauth import OAuth, Tokens
from scheduling_core.calendar_ports import Begun, NewAccount
from scheduling_core.errors import Refused, Unavailable

# `consent` makes Google give a refresh token every time, not only the first.
_OFFLINE: Final = MappingProxyType(
    {"access_type": "offline", "prompt": "consent", "include_granted_scopes": "true"}
)


class GoogleSignIn:
    """As `SignIn`. An owner who unticks the right to write gets an account that cannot."""

    def __init__(self, oauth: OAuth, client_id: str, clock: Callable[[], datetime]) -> None:
        self._oauth = oauth
        self._client_id = client_id
        self._clock = clock

    async def begin(self, redirect_uri: str, *, writing: bool) -> Begun:
        """As `SignIn.begin`; asks nobody."""
        return self._oauth.begin(redirect_uri, WRITING if writing else READING, _OFFLINE)

    async def finish(self, secret: str, redirect_uri: str, query: Mapping[str, str]) -> NewAccount:
        """As `SignIn.finish`."""
        tokens = await self._oauth.finish(secret, redirect_uri, query)
        if tokens.scopes is None or not tokens.refresh:
            raise Unavailable("Google gave no lasting access, or did not say to what")
        if boxes := missing(tokens.scopes):
            raise Refused(_tick(boxes))
        return self._account(tokens, tokens.scopes)

    def _account(self, tokens: Tokens, scopes: frozenset[str]) -> NewAccount:
        subject, address = who(tokens.id_token, self._client_id)
        if not subject:
            raise Unavailable("Google did not say whose account this is")
        grant = Grant(tokens.access, self._clock() + tokens.lifetime, tokens.refresh, scopes)
        return NewAccount(address or "Google account", subject, grant.text())


def _tick(boxes: tuple[str, ...]) -> str:
    named = " and ".join(f"“{box}”" for box in boxes)
    return f"Google did not let us see when you are free. Please start again and tick {named}."
