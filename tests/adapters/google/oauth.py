"""Google's consent page with a box for each right, its token endpoint, and revocation.

Source: https://developers.google.com/identity/protocols/oauth2/web-server
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

from tests.adapters.consent_page import consent_page
from tests.adapters.google.discovery import known_scopes
from tests.adapters.google.keeping import Owner, Token

Json = dict[str, Any]
CODE_LIFETIME: Final = timedelta(minutes=10)
TOKEN_LIFETIME: Final = timedelta(seconds=3599)
ALWAYS: Final = frozenset({"openid", "email", "profile"})
"""What has no box of its own."""

RIGHTS: Final = {
    f"https://www.googleapis.com/auth/{scope}": words
    for scope, words in {
        "calendar.calendarlist.readonly": "See the list of Google calendars you’re subscribed to",
        "calendar.freebusy": "View your availability in your calendars",
        "calendar.events.owned": "See, create, change, and delete events on Google calendars you own",
    }.items()
}
"""What the page calls the rights that have a box."""

_LONG = {"email": "https://www.googleapis.com/auth/userinfo.email"}


@dataclass(slots=True)
class Client:
    """A registered "Web application"."""

    id: str = "1234.apps.googleusercontent.example"
    secret: str = "GOCSPX-of-the-client"
    redirect_uris: frozenset[str] = frozenset({"https://parley.example/calendars/google/back"})


@dataclass(slots=True)
class Code:
    """What the consent page gave."""

    owner: Owner
    redirect_uri: str
    challenge: str
    scopes: frozenset[str]
    is_offline: bool
    expires: datetime
    is_used: bool = False


class Denied(Exception):
    """An error of the token endpoint (RFC 6749 section 5.2)."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.status = error, status


@dataclass(slots=True)
class OAuth:
    """Codes and tokens of one client.

    Attributes:
        visitor: whose browser the consent page is in.
        asked: the queries the page was opened with.
    """

    now: Callable[[], datetime]
    client: Client = field(default_factory=Client)
    visitor: Owner | None = None
    asked: list[Mapping[str, str]] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Token] = field(default_factory=dict)
    refresh: dict[str, Token] = field(default_factory=dict)
    minted: int = 0

    def page(self, query: Mapping[str, str]) -> str:
        """The consent page, or why there is none (`Denied`)."""
        self._check(query)
        self.asked.append(query)
        rights = [
            (scope, RIGHTS.get(scope, scope)) for scope in query["scope"].split() if scope not in ALWAYS
        ]
        account = self.visitor.email if self.visitor else "Sign in first"
        title = "Parley wants to access your Google Account"
        return consent_page(title, account, rights, query, allow="Continue", has_boxes=True)

    def answered(self, query: Mapping[str, str], ticked: frozenset[str], *, allows: bool) -> str:
        """Where the browser goes from the page."""
        self._check(query)
        back = query["redirect_uri"]
        if not allows or self.visitor is None:
            return f"{back}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        scopes = frozenset(query["scope"].split()) & (ticked | ALWAYS)
        if query.get("include_granted_scopes") == "true":
            scopes |= self.visitor.granted
        self.visitor.granted |= scopes
        code = self._mint("4/code-")
        is_offline = query.get("access_type") == "offline" and query.get("prompt") == "consent"
        self.codes[code] = Code(
            self.visitor, back, query["code_challenge"], scopes, is_offline, self.now() + CODE_LIFETIME
        )
        answer = {"state": query["state"], "code": code, "scope": _spelled(scopes)}
        return f"{back}?{urlencode(answer)}"

    def _check(self, query: Mapping[str, str]) -> None:
        if query.get("client_id") != self.client.id:
            raise Denied("invalid_client", 401)
        if query.get("redirect_uri") not in self.client.redirect_uris:
            raise Denied("redirect_uri_mismatch")
        if query.get("response_type") != "code" or not query.get("state"):
            raise Denied("invalid_request")
        if not set(query.get("scope", "").split()) <= known_scopes() or not query.get("scope"):
            raise Denied("invalid_scope")
        if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            raise Denied("invalid_request")

    def token(self, form: Mapping[str, str]) -> Json:
        """`POST /token`."""
        if form.get("client_id") != self.client.id or form.get("client_secret") != self.client.secret:
            raise Denied("invalid_client", 401)
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchanged(form)
            case "refresh_token":
                return self._refreshed(form)
        raise Denied("unsupported_grant_type")

    def _exchanged(self, form: Mapping[str, str]) -> Json:
        code = self.codes.get(form.get("code", ""))
        if code is None or code.is_used or code.expires < self.now():
            raise Denied("invalid_grant")
        code.is_used = True
        verifier = form.get("code_verifier", "")
        digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        if digest != code.challenge or not 43 <= len(verifier) <= 128:
            raise Denied("invalid_grant")
        if form.get("redirect_uri") != code.redirect_uri:
            raise Denied("redirect_uri_mismatch")
        answer = self.issue(code.owner, code.scopes)
        if not code.is_offline:
            del answer["refresh_token"]
        return answer

    def issue(self, owner: Owner, scopes: frozenset[str]) -> Json:
        """A new pair of tokens, as the token endpoint tells of them."""
        owner.granted |= scopes
        refresh = self._mint("1//refresh-")
        self.refresh[refresh] = Token(owner, scopes)
        return {**self._access(owner, scopes), "refresh_token": refresh}

    def _refreshed(self, form: Mapping[str, str]) -> Json:
        token = self.refresh.get(form.get("refresh_token", ""))
        if token is None:
            raise Denied("invalid_grant")
        return self._access(token.owner, token.scopes)

    def _access(self, owner: Owner, scopes: frozenset[str]) -> Json:
        access = self._mint("ya29.access-")
        self.access[access] = Token(owner, scopes, self.now() + TOKEN_LIFETIME)
        answer = {
            "access_token": access,
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
            "scope": _spelled(scopes),
            "token_type": "Bearer",
        }
        return {**answer, "id_token": self._id_token(owner, scopes)} if "openid" in scopes else answer

    def _id_token(self, owner: Owner, scopes: frozenset[str]) -> str:
        claims = {"iss": "https://accounts.google.com", "aud": self.client.id, "sub": owner.sub}
        if "email" in scopes:
            claims |= {"email": owner.email}
        parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, claims, "signature"))
        return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)

    def revoke(self, token: str) -> None:
        """`POST /revoke`: all that this person ever granted to the client."""
        found = self.refresh.get(token) or self.access.get(token)
        if found is None:
            raise Denied("invalid_token")
        self.forget(found.owner)

    def forget(self, owner: Owner) -> None:
        """Withdraw the grant, as its owner can on Google's own pages."""
        owner.granted = frozenset()
        for tokens in (self.refresh, self.access):
            for token in [name for name, one in tokens.items() if one.owner is owner]:
                del tokens[token]

    def holder(self, authorization: str) -> Token | None:
        """Whose access token it is, while it works."""
        found = self.access.get(authorization.removeprefix("Bearer "))
        return found if found and found.expires and self.now() < found.expires else None

    def _mint(self, prefix: str) -> str:
        self.minted += 1
        return f"{prefix}{self.minted}"


def _spelled(scopes: frozenset[str]) -> str:
    return " ".join(sorted(_LONG.get(scope, scope) for scope in scopes))
