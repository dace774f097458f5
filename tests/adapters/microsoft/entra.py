"""Microsoft's consent page and token endpoint, for one app registration.

Refresh tokens are renewed with every use, and the one before stays good until its successor is used.
Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
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
from tests.adapters.microsoft.keeping import Owner, Token

Json = dict[str, Any]
CODE_LIFETIME: Final = timedelta(minutes=10)
TOKEN_LIFETIME: Final = timedelta(seconds=3899)
OPENID: Final = frozenset({"openid", "profile", "offline_access", "email"})
KNOWN: Final = OPENID | {"User.Read", "Calendars.ReadBasic", "Calendars.Read", "Calendars.ReadWrite"}
RIGHTS: Final = {
    "User.Read": "Sign you in and read your profile",
    "Calendars.ReadBasic": "Read basic details of your calendars",
    "Calendars.ReadWrite": "Have full access to your calendars",
    "offline_access": "Maintain access to data you have given it access to",
}
"""What the page calls what is asked for."""
TENANTS: Final = {"common", "organizations", "consumers"}


@dataclass(slots=True)
class Registration:
    """An app registration."""

    id: str = "11111111-2222-3333-4444-555555555555"
    secret: str = "secret~of-the-app"
    tenants: frozenset[str] = frozenset(TENANTS)
    redirect_uris: frozenset[str] = frozenset({"https://parley.example/link/back/microsoft"})


@dataclass(slots=True)
class Code:
    """What the consent page gave."""

    owner: Owner
    redirect_uri: str
    challenge: str
    nonce: str
    scopes: frozenset[str]
    expires: datetime
    is_used: bool = False


class Denied(Exception):
    """An error of the consent page or the token endpoint."""

    def __init__(self, error: str, number: int, status: int = 400) -> None:
        super().__init__(f"{error} AADSTS{number}")
        self.error, self.number, self.status = error, number, status

    def body(self) -> Json:
        """The JSON form; descriptions are long, and longer where a policy wants more of somebody."""
        claims = '{"access_token":{"capolids":{"essential":true,"values":["' + "0" * 900 + '"]}}}'
        return {
            "error": self.error,
            "error_description": f"AADSTS{self.number}: No. {claims} Trace ID: 1 Correlation ID: 2",
            "error_codes": [self.number],
            "timestamp": "2030-03-01 00:00:00Z",
            "trace_id": "1",
            "correlation_id": "2",
        }


@dataclass(slots=True)
class Entra:
    """Codes and tokens.

    Attributes:
        visitor: whose browser the consent page is in.
        leaves_out: scopes that are granted to nobody.
    """

    now: Callable[[], datetime]
    client: Registration = field(default_factory=Registration)
    visitor: Owner | None = None
    asked: list[Mapping[str, str]] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Token] = field(default_factory=dict)
    refresh: dict[str, Token] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    leaves_out: frozenset[str] = frozenset()
    minted: int = 0

    def described(self, tenant: str, host: str) -> Json:
        """openid-configuration of a tenant; its addresses are https, as they are in life."""
        self._check_tenant(tenant)
        base = f"https://{host}/{tenant}"
        return {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
        }

    def _check_tenant(self, tenant: str) -> None:
        if tenant not in self.client.tenants:
            raise Denied("invalid_tenant", 90002)

    def page(self, tenant: str, query: Mapping[str, str]) -> str:
        """The consent page, or why there is none (`Denied`)."""
        self._check(tenant, query)
        self.asked.append(query)
        rights = [(scope, RIGHTS[scope]) for scope in query["scope"].split() if scope in RIGHTS]
        account = self.visitor.email if self.visitor else "Pick an account"
        return consent_page("Permissions requested", account, rights, query, allow="Accept", has_boxes=False)

    def answered(self, tenant: str, query: Mapping[str, str], *, allows: bool) -> str:
        """Where the browser goes from the page."""
        self._check(tenant, query)
        back = query["redirect_uri"]
        if not allows or self.visitor is None:
            words = "AADSTS65004: User declined to consent to access the app."
            no = {"error": "access_denied", "error_description": words, "state": query["state"]}
            return f"{back}?{urlencode(no)}"
        scopes = frozenset(query["scope"].split()) - self.leaves_out
        self.visitor.granted |= scopes
        code = self._mint("1.AXcode")
        self.codes[code] = Code(
            self.visitor, back, query["code_challenge"], query["nonce"], scopes, self.now() + CODE_LIFETIME
        )
        answer = {"code": code, "state": query["state"], "session_state": "s"}
        return f"{back}?{urlencode(answer)}"

    def _check(self, tenant: str, query: Mapping[str, str]) -> None:
        self._check_tenant(tenant)
        if query.get("client_id") != self.client.id:
            raise Denied("unauthorized_client", 700016)
        if query.get("redirect_uri") not in self.client.redirect_uris:
            raise Denied("invalid_request", 50011)
        if query.get("response_type") != "code" or not query.get("state") or not query.get("nonce"):
            raise Denied("invalid_request", 900144)
        if not {*query.get("scope", "").split()} <= KNOWN or "openid" not in query["scope"]:
            raise Denied("invalid_scope", 70011)
        if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            raise Denied("invalid_request", 501491)
        if query.get("response_mode", "query") != "query":
            raise Denied("invalid_request", 900144)

    def token(self, tenant: str, form: Mapping[str, str]) -> Json:
        """`POST /{tenant}/oauth2/v2.0/token`."""
        self._check_tenant(tenant)
        if form.get("client_id") != self.client.id:
            raise Denied("unauthorized_client", 700016)
        if form.get("client_secret") != self.client.secret:
            raise Denied("invalid_client", 7000215, 401)
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchanged(form)
            case "refresh_token":
                return self._refreshed(form)
        raise Denied("unsupported_grant_type", 70003)

    def _exchanged(self, form: Mapping[str, str]) -> Json:
        code = self.codes.get(form.get("code", ""))
        if code is None or code.is_used or code.expires < self.now():
            raise Denied("invalid_grant", 54005)
        code.is_used = True
        verifier = form.get("code_verifier", "")
        digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        if digest != code.challenge or not 43 <= len(verifier) <= 128:
            raise Denied("invalid_grant", 501481)
        if form.get("redirect_uri") != code.redirect_uri:
            raise Denied("invalid_grant", 500112)
        answer = self._issue(code.owner, code.scopes)
        return {**answer, "id_token": self._id_token(code.owner, code.nonce)}

    def _issue(self, owner: Owner, scopes: frozenset[str]) -> Json:
        access = self._mint("eyJ0access")
        self.access[access] = Token(owner, scopes, self.now() + TOKEN_LIFETIME)
        info = json.dumps({"uid": owner.oid, "utid": owner.tid}).encode()
        answer = {
            "token_type": "Bearer",
            # With their host, as they often come.
            "scope": " ".join(sorted(f"https://graph.microsoft.com/{each}" for each in scopes - OPENID)),
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
            "ext_expires_in": int(TOKEN_LIFETIME.total_seconds()),
            "access_token": access,
            "client_info": urlsafe_b64encode(info).decode().rstrip("="),
        }
        if "offline_access" not in scopes:
            return answer
        refresh = self._mint("0.ARefresh")
        self.refresh[refresh] = Token(owner, scopes)
        return {**answer, "refresh_token": refresh}

    def _refreshed(self, form: Mapping[str, str]) -> Json:
        old = form.get("refresh_token", "")
        token = self.refresh.get(old)
        if token is None:
            raise Denied("invalid_grant", 50173)
        asked = frozenset(form.get("scope", "").split())
        if not asked <= token.owner.granted:
            raise Denied("invalid_grant", 65001)
        self.refresh.pop(self.before.pop(old, ""), None)
        answer = self._issue(token.owner, asked)
        if "refresh_token" in answer:
            self.before[answer["refresh_token"]] = old
        return answer

    def _id_token(self, owner: Owner, nonce: str) -> str:
        claims = {
            "aud": self.client.id,
            "iss": f"https://login.microsoftonline.com/{owner.tid}/v2.0",
            "sub": f"sub-{owner.oid}",
            "oid": owner.oid,
            "tid": owner.tid,
            "preferred_username": owner.email,
            "nonce": nonce,
            "ver": "2.0",
            "exp": int((self.now() + TOKEN_LIFETIME).timestamp()),
        }
        parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, claims, "signature"))
        return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)

    def forget(self, owner: Owner) -> None:
        """The owner withdraws consent, or the password was reset; here that is evaluated at once."""
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
