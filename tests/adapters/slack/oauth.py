"""Installing: the page that sends people back with a code, oauth.v2.access, auth.* and the tokens.

Source: docs.slack.dev, "Installing with OAuth", and the sample of oauth.v2.access in java-slack-sdk.
"""

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.adapters.slack.workspace import Person, Refusal, Team, World

Json = dict[str, Any]


@dataclass(slots=True)
class Code:
    """What the authorize page gave."""

    team: Team
    person: Person
    redirect_uri: str
    scopes: frozenset[str]
    is_used: bool = False


@dataclass(slots=True)
class OAuth:
    """Codes, and who stands before the authorize page.

    Attributes:
        visitor: the workspace and person in whose browser the page is; None denies.
    """

    world: World
    visitor: tuple[Team, Person] | None = None
    codes: dict[str, Code] = field(default_factory=dict)

    def authorize(self, query: Json) -> str:
        """`GET /oauth/v2/authorize`: where the browser goes next.

        Raises:
            Refusal: invalid_client_id, bad_redirect_uri, invalid_scope_requested for more than the app has.
        """
        if query.get("client_id") != self.world.app.client_id:
            raise Refusal("invalid_client_id")
        scopes = frozenset(str(query.get("scope") or "").replace(" ", ",").split(","))
        if not scopes <= self.world.app.scopes:
            raise Refusal("invalid_scope_requested")
        redirect_uri = str(query.get("redirect_uri") or self.world.app.redirect_uri)
        state = str(query.get("state") or "")
        if not redirect_uri:
            raise Refusal("bad_redirect_uri")
        if self.visitor is None:
            return f"{redirect_uri}?{urlencode({'error': 'access_denied', 'state': state})}"
        code = self.world.mint("code.")
        self.codes[code] = Code(*self.visitor, redirect_uri, scopes)
        return f"{redirect_uri}?{urlencode({'code': code, 'state': state})}"

    def access(self, args: Json, authorization: str) -> Json:
        """oauth.v2.access: a code for a token, once."""
        client_id, secret = _credentials(args, authorization)
        if client_id != self.world.app.client_id:
            raise Refusal("invalid_client_id")
        if secret != self.world.app.client_secret:
            raise Refusal("bad_client_secret")
        code = self.codes.get(str(args.get("code") or ""))
        if code is None:
            raise Refusal("invalid_code")
        if code.is_used:
            raise Refusal("code_already_used")
        if args.get("redirect_uri", code.redirect_uri) != code.redirect_uri:
            raise Refusal("bad_redirect_uri")
        code.is_used = True
        return self._installed(code)

    def _installed(self, code: Code) -> Json:
        team = code.team
        if not team.token or team.token_error:
            team.token, team.token_error = self.world.mint(f"xoxb-{team.id}-"), None
        team.scopes = code.scopes
        return {
            "app_id": self.world.app.id,
            "authed_user": {"id": code.person.id},
            "scope": ",".join(sorted(team.scopes)),
            "token_type": "bot",
            "access_token": team.token,
            "bot_user_id": team.bot_user_id,
            "team": {"id": team.id, "name": team.domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }


def _credentials(args: Json, authorization: str) -> tuple[str, str]:
    if authorization.startswith("Basic "):
        client_id, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
        return client_id, secret
    return str(args.get("client_id")), str(args.get("client_secret"))


def auth_test(world: World, team: Team, args: Json) -> Json:
    """auth.test."""
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.domain,
        "user": "parley",
        "team_id": team.id,
        "user_id": team.bot_user_id,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(world: World, team: Team, args: Json) -> Json:
    """auth.revoke: the token is of no use from now on."""
    if str(args.get("test")).lower() in {"1", "true"}:
        return {"revoked": False}
    team.token_error = "token_revoked"
    return {"revoked": True}
