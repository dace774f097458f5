"""Authorization code with PKCE, refresh and revocation: OAuth 2.0 as a web application speaks it.

Sources: RFC 6749 sections 4.1, 5 and 6 (code, answers, refresh), RFC 7636 (PKCE), RFC 7009 (revocation).
"""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode, urlsplit

from adapters.http import Http, Reply, failure
from adapters.payload import find, maybe
from adapters.refusals import Refusals
from scheduling_core.calendar_ports import Begun
from scheduling_core.errors import ProviderError, ReconnectNeeded, Refused, Rejected, Unavailable

EXPIRED: Final = "That sign-in took too long or was used already. Please start again."
DENIED: Final = "You did not allow access, so nothing was linked. Start again if that was not meant."
_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
_SHORTEST_LIFE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A registered application and its authorization server.

    Attributes:
        revoke_url: "" where the server knows no revocation.
    """

    id: str
    secret: str = field(repr=False)
    auth_url: str
    token_url: str
    revoke_url: str = ""

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if not self.id or not self.secret:
            raise ValueError("an OAuth client has an id and a secret")
        for url in (self.auth_url, self.token_url, self.revoke_url or self.token_url):
            if urlsplit(url).scheme not in {"http", "https"}:
                raise ValueError(f"not a web address: {url}")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gave (RFC 6749 section 5.1).

    Attributes:
        lifetime: how long `access` works from now.
        refresh: "" when none came, which on a refresh means that the old one stays.
        scopes: what was granted; None when the answer does not say, which means: what was asked.
        id_token: of OpenID Connect, as it came; "" for none.
    """

    access: str = field(repr=False)
    lifetime: timedelta
    refresh: str = field(default="", repr=False)
    scopes: frozenset[str] | None = None
    id_token: str = field(default="", repr=False)


class OAuth:
    """One application at one authorization server.

    Args:
        clock: tells the instant now; needed for `Retry-After` with a date.
    """

    def __init__(self, client: OAuthClient, http: Http, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._http = http
        self._clock = clock
        self._refusals = Refusals(client.token_url, clock)

    def begin(
        self, redirect_uri: str, scopes: Iterable[str], extra: Mapping[str, str] = MappingProxyType({})
    ) -> Begun:
        """The address of the consent page, with a fresh state and PKCE verifier.

        Args:
            extra: the server's own parameters, such as `access_type`.
        """
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        query = {
            "response_type": "code",
            "client_id": self._client.id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(scopes),
            "state": state,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            **extra,
        }
        joint = "&" if urlsplit(self._client.auth_url).query else "?"
        url = f"{self._client.auth_url}{joint}{urlencode(query)}"
        return Begun(url, state, json.dumps({"state": state, "verifier": verifier}))

    async def finish(self, secret: str, redirect_uri: str, query: Mapping[str, str]) -> Tokens:
        """Turn the code that came back into tokens.

        Args:
            secret: of `Begun`.

        Raises:
            Refused: the person said no, or the code is old, used, or somebody else's.
            Rejected, Unavailable: the server's no, or silence.
        """
        begun = json.loads(secret)
        if not secrets.compare_digest(query.get("state", "").encode(), begun["state"].encode()):
            raise Refused(EXPIRED)
        if error := query.get("error"):
            raise self._denied(error)
        if not (code := query.get("code", "")):
            raise Refused(EXPIRED)
        form = {"code": code, "code_verifier": begun["verifier"], "redirect_uri": redirect_uri}
        try:
            return await self._tokens({"grant_type": "authorization_code", **form})
        except ReconnectNeeded:
            raise Refused(EXPIRED) from None

    async def refresh(self, refresh_token: str) -> Tokens:
        """A new access token.

        Raises:
            ReconnectNeeded: the grant is dead (`invalid_grant`).
            Rejected, Unavailable: the server's no, or silence.
        """
        return await self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def revoke(self, token: str) -> None:
        """End the grant of *token*; a dead one is fine (RFC 7009 section 2.2).

        Raises:
            Rejected, Unavailable: the server's no, or silence.
        """
        if not self._client.revoke_url:
            return
        reply = await self._post(self._client.revoke_url, {"token": token})
        error = self._error(reply)
        if error and not isinstance(error, ReconnectNeeded):
            raise error

    async def _tokens(self, form: Mapping[str, str]) -> Tokens:
        credentials = {"client_id": self._client.id, "client_secret": self._client.secret}
        reply = await self._post(self._client.token_url, {**form, **credentials})
        if error := self._error(reply):
            raise error
        return _granted(reply.body)

    async def _post(self, url: str, form: Mapping[str, str]) -> Reply:
        return await self._http.exchange("POST", url, headers=_FORM, body=urlencode(form).encode())

    def _error(self, reply: Reply) -> ProviderError | None:
        error = failure(reply, self._clock())
        if not isinstance(error, Rejected):
            return error
        said = _json(reply.body)
        name = maybe(said, "error")
        if name in {"invalid_grant", "invalid_token"}:
            return ReconnectNeeded(name)
        self._refusals.note(reply.status, name)
        return Rejected(reply.status, f"{name} {maybe(said, 'error_description')}".strip()[:300])

    def _denied(self, error: str) -> Exception:
        if error == "access_denied":
            return Refused(DENIED)
        self._refusals.note(400, error)
        return Rejected(400, f"the consent page answered {error[:100]}")


def challenge(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636 section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _granted(body: bytes) -> Tokens:
    said = _json(body)
    access, lifetime = maybe(said, "access_token"), find(said, "expires_in")
    if not access or maybe(said, "token_type").casefold() != "bearer":
        raise Unavailable("the token endpoint answered without a token")
    scope = find(said, "scope")
    return Tokens(
        access,
        max(timedelta(seconds=lifetime), _SHORTEST_LIFE) if isinstance(lifetime, int) else timedelta(hours=1),
        maybe(said, "refresh_token"),
        frozenset(scope.split()) if isinstance(scope, str) else None,
        maybe(said, "id_token"),
    )


def _json(body: bytes) -> object:
    try:
        found: object = json.loads(body)
    except ValueError:
        return None
    return found
