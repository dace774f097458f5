"""Linking by server address, user name and password; discovery from there to the calendars.

Source: RFC 6764 section 6 (well-known address, then current-user-principal, then calendar-home-set).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from adapters.calendar.caldav import wire
from adapters.calendar.caldav.client import Dav
from adapters.calendar.caldav.wire import Login
from adapters.http import NOT_SENT
from adapters.icalendar_streams.multistatus import Resource
from scheduling_core.calendar_ports import FormField, NewAccount
from scheduling_core.errors import Gone, ProviderError, ReconnectNeeded, Refused, Rejected, Unavailable

_FIELDS: Final = (
    FormField("server", "Server address", "url", "Such as caldav.icloud.com or cloud.example.com"),
    FormField("user", "User name", "text", "Often your email address"),
    FormField("password", "App password", "password", "Make one for Parley in your account’s settings"),
)
_NOT_AN_ADDRESS: Final = "That is not a server address. It looks like caldav.example.com."
_NOT_TAKEN: Final = (
    "The server does not take this user name and password. Many servers want an app password, made in the "
    "account’s settings."
)
_TOO_MANY: Final = f"That account has more than {wire.MOST_CALENDARS} calendars, more than I can look after."
_NOTHING: Final = "No calendars were found there. Check the server address; your provider’s help page has it."


class PasswordForm:
    """How a person links a CalDAV account."""

    def __init__(self, dav: Dav) -> None:
        self._dav = dav

    @property
    def fields(self) -> Sequence[FormField]:
        """Server, user name, password."""
        return _FIELDS

    async def finish(self, values: Mapping[str, str]) -> NewAccount:
        """Log in and find the calendars. Raises: as `scheduling_core.calendar_ports.Form`."""
        server, user = _address(values.get("server", "")), values.get("user", "").strip()
        password = values.get("password", "").strip()
        if not user or not password or ":" in user:
            raise Refused("Please give both a user name and a password.")
        try:
            login = await self._discover(server, Login(user, password))
        except ReconnectNeeded:
            raise Refused(_NOT_TAKEN) from None
        except Rejected as error:
            raise Refused(_refusal(error)) from None
        host = urlsplit(login.principal).hostname or ""
        name = user if "@" in user else f"{user} at {host}"
        identity = hashlib.sha256(f"{login.principal}\n{user}".encode()).hexdigest()
        return NewAccount(name=name, identity=identity, secret=login.secret())

    async def _discover(self, server: str, login: Login) -> Login:
        principal = await self._principal(server, login)
        url, found = await self._dav.find(principal, login, (wire.HOME, wire.ADDRESSES))
        homes = _allowed(url, [href for each in found for href in each.hrefs(wire.HOME)])
        addresses = {href.lower() for each in found for href in each.hrefs(wire.ADDRESSES)}
        if "@" in login.user:
            addresses.add(f"mailto:{login.user.lower()}")
        known = replace(login, principal=url, homes=homes, addresses=tuple(sorted(addresses)))
        if len(homes) > wire.MOST_HOMES:
            raise Refused(_TOO_MANY)
        for home in homes:
            asked, held = await self._dav.find(home, known, (wire.TYPE, wire.KINDS), depth=1)
            there = wire.calendars(asked, held)
            if len(there) > wire.MOST_CALENDARS:
                raise Refused(_TOO_MANY)
            if there:
                return known
        raise Refused(_NOTHING)

    async def _principal(self, server: str, login: Login) -> str:
        silence: ProviderError | None = None
        for candidate in _candidates(server):
            try:
                url, found = await self._dav.find(candidate, login, (wire.PRINCIPAL,))
            except Unavailable as error:
                silence = silence or error
                continue
            except (Gone, Rejected) as error:
                if isinstance(error, Rejected) and error.code == NOT_SENT:
                    raise
                continue
            if principal := _first_principal(found):
                return _allowed(url, [principal])[0]
        raise silence or Refused(_NOTHING)


def _first_principal(found: Sequence[Resource]) -> str:
    return next((href for each in found for href in each.hrefs(wire.PRINCIPAL) if href), "")


def _candidates(server: str) -> Iterator[str]:
    if urlsplit(server).path.strip("/"):
        yield server
    yield urljoin(server, "/.well-known/caldav")
    yield urljoin(server, "/")


def _allowed(base: str, hrefs: Sequence[str]) -> tuple[str, ...]:
    """The addresses, as long as the password may go there.

    Raises:
        Refused: it may go to none of them.
    """
    targets = [wire.joined(base, href) for href in hrefs]
    allowed = tuple(dict.fromkeys(each for each in targets if wire.may_follow(base, each)))
    if targets and not allowed:
        raise Refused(f"The calendars are on {_host(targets[0])}. Please enter that as the server address.")
    return allowed


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "")[:100] or "another server"
    except ValueError:
        return "another server"


def _address(typed: str) -> str:
    text = typed.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"https", "http"} and parts.hostname and not parts.username
        _ = parts.port
    except ValueError:
        raise Refused(_NOT_AN_ADDRESS) from None
    if not is_address or " " in text or ("." not in (parts.hostname or "") and parts.port is None):
        raise Refused(_NOT_AN_ADDRESS)
    return text


def _refusal(error: Rejected) -> str:
    if error.code == NOT_SENT:
        return "This server cannot be reached from here: it must have a public https address."
    return "The server refuses to show its calendars. Check its address, and that CalDAV is switched on."
