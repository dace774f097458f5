"""Linking by Microsoft's consent page, where everything is granted or nothing.

Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
"""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

from adapters.calendar.microsoft.grants import READING, WRITING, Grant
from adapters.calendar.microsoft.tokens import Tokens
from adapters.oauth import DENIED, EXPIRED
from adapters.payload import maybe
from scheduling_core.calendar_ports import Begun, NewAccount
from scheduling_core.errors import ReconnectNeeded, Refused, Rejected, Unavailable

ADMIN: Final = (
    "Your organisation must allow this app first. Please ask its Microsoft administrator, then start again."
)
NOT_READ: Final = "Microsoft did not let us see your calendar. Please start again and accept everything."
_SAID_NO: Final = {"access_denied", "consent_required"}
# AADSTS90094 and 90095: an administrator must consent; 65001 with a tenant's policy says the same.
_NEEDS_ADMIN: Final = ("AADSTS90094", "AADSTS90095", "AADSTS900941")
_NUMBER: Final = re.compile(r"AADSTS[0-9]+")


class MicrosoftSignIn:
    """As `SignIn`."""

    def __init__(self, tokens: Tokens, client_id: str, resource: str) -> None:
        self._tokens = tokens
        self._client_id = client_id
        self._resource = resource

    async def begin(self, redirect_uri: str, *, writing: bool) -> Begun:
        """As `SignIn.begin`; asks for the tenant's addresses once a day."""
        asked = tuple(self._resource + scope for scope in (WRITING if writing else READING))
        flow = await self._tokens.begin(redirect_uri, asked)
        return Begun(flow["auth_uri"], flow["state"], json.dumps({"flow": flow, "asked": asked}))

    async def finish(self, secret: str, redirect_uri: str, query: Mapping[str, str]) -> NewAccount:
        """As `SignIn.finish`."""
        begun = json.loads(secret)
        flow = begun["flow"]
        if not secrets.compare_digest(query.get("state", "").encode(), flow["state"].encode()):
            raise Refused(EXPIRED)
        if error := query.get("error"):
            raise self._denied(error, query.get("error_description", ""))
        if not query.get("code") or flow["redirect_uri"] != redirect_uri:
            raise Refused(EXPIRED)
        try:
            grant, claims = await self._tokens.finish(flow, query, tuple(begun["asked"]))
        except ReconnectNeeded:
            raise Refused(EXPIRED) from None
        return self._account(grant, claims)

    def _account(self, grant: Grant, claims: Mapping[str, Any]) -> NewAccount:
        if not grant.can_read:
            raise Refused(NOT_READ)
        if "RefreshToken" not in json.loads(grant.cache):
            raise Unavailable("Microsoft gave no lasting access")
        tenant, person = maybe(claims, "tid"), maybe(claims, "oid") or maybe(claims, "sub")
        if maybe(claims, "aud") != self._client_id or not person:
            raise Unavailable("Microsoft did not say whose account this is")
        name = maybe(claims, "preferred_username") or "Microsoft account"
        return NewAccount(name, f"{tenant}.{person}", grant.text())

    def _denied(self, error: str, description: str) -> Exception:
        if description.startswith(_NEEDS_ADMIN):
            return Refused(ADMIN)
        if error in _SAID_NO:
            return Refused(DENIED)
        self._tokens.refusals.note(400, error, *_NUMBER.findall(description)[:1])
        return Rejected(400, f"the consent page answered {error[:100]}")
