"""Each kind of calendar with one person who has two of them there, reached through the real adapter."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aiohttp import web

from adapters.calendar import google, ics, microsoft
from adapters.calendar.caldav.wire import Login
from adapters.http import Http
from adapters.icalendar_streams.pool import Pool
from scheduling_core.calendar_ports import CalendarProvider
from tests.adapters.caldav.servers import Server
from tests.adapters.caldav.world import CalDavWorld, caldav_world
from tests.adapters.google.faults import CalendarError, Fault, TokenError
from tests.adapters.google.harness import playing_google
from tests.adapters.google.world import GoogleWorld
from tests.adapters.ics.world import IcsWorld, feed_site
from tests.adapters.microsoft.faults import TokenError as MicrosoftTokenError
from tests.adapters.microsoft.harness import playing_microsoft
from tests.adapters.microsoft.world import MicrosoftWorld
from tests.contracts.calendar_world import KeptAccount, Planted, Raw, World

Clock = Callable[[], datetime]
Consent = Callable[[str], Awaitable[Mapping[str, str]]]
"""Walks through the provider's page at that address; returns the query the person comes back with."""

ZONE: Final = "Europe/Berlin"
PUBLIC_URL: Final = "https://parley.example.org"
_UNUSED: Final = KeptAccount("accounts here are linked through the room")


@dataclass(frozen=True, slots=True)
class Diary:
    """One of the person's calendars."""

    world: World
    id: str

    async def keeps(self, uid: str, start: datetime, end: datetime) -> None:
        """Somebody puts an event of their own there."""
        await self.world.plant(self.id, Planted(uid, start, end))

    async def events(self) -> list[Raw]:
        """What really stands there and takes place."""
        return [each for each in await self.world.events(self.id) if not each.is_cancelled]


def _nothing() -> str:
    return ""


async def _never() -> None:
    raise NotImplementedError


def _no_fault(name: str) -> None:
    raise NotImplementedError(name)


@dataclass(slots=True)
class Owned:
    """What one person has at one provider.

    Attributes:
        first: meetings are written into it, where that can be.
        second: counts as well.
        ways: how each account is signed in to: what is typed on our page, or what happens on the provider's.
        writes: the owner lets us write into *first*.
        sent: all that was ever told to the provider.
        withdraw: the owner ends the access to the account of *first*; afterwards *ways* lead in anew.
        fails: from now on what is asked meets a fault that only this kind knows.
    """

    provider: CalendarProvider
    first: Diary
    second: Diary
    ways: list[Mapping[str, str] | Consent]
    writes: bool = True
    sent: Callable[[], str] = _nothing
    withdraw: Callable[[], Awaitable[None]] = _never
    fails: Callable[[str], None] = _no_fault
    faults: frozenset[str] = field(default_factory=frozenset)

    @property
    def worlds(self) -> list[World]:
        """Each of them once."""
        return [self.first.world, *([self.second.world] if self.second.world is not self.first.world else [])]


TIMEOUT_SECONDS: Final = 10.0
GOOGLE_FAULTS: Final[Mapping[str, tuple[str, Fault]]] = {"invalid_grant": ("token", TokenError())}
FREE_BUSY_FAULTS: Final[Mapping[str, tuple[str, Fault]]] = {
    **GOOGLE_FAULTS,
    "errors[]": ("freebusy.query", CalendarError()),
}


@asynccontextmanager
async def at_google(clock: Clock, *, writing: bool = True) -> AsyncIterator[Owned]:
    """One account with two calendars."""
    async with playing_google(clock) as far:
        client = far.oauth.client
        client.redirect_uris = frozenset({f"{PUBLIC_URL}/link/back/google"})
        owner = far.add_owner(zone=ZONE)
        club = far.add_calendar(owner, "club@group.calendar.google.com", "Club", zone=ZONE)
        settings = google.GoogleSettings(
            client.id, client.secret, **far.addresses(), timeout_seconds=TIMEOUT_SECONDS
        )
        async with _http(clock) as http:
            provider = google.build(settings, http, clock)
            world = GoogleWorld(far, owner, provider, _UNUSED, writing, ZONE)
            own = GOOGLE_FAULTS if writing else FREE_BUSY_FAULTS
            try:
                yield Owned(
                    provider,
                    Diary(world, owner.email),
                    Diary(world, club.id),
                    [far.consent],
                    writing,
                    lambda: repr(far.calls),
                    world.revoke,
                    lambda name: far.faults.add(*own[name], None),
                    frozenset(own),
                )
            finally:
                far.closing.set()
                await provider.close()
        assert far.violations == []


def google_reading(clock: Clock) -> AbstractAsyncContextManager[Owned]:
    """The same, of somebody who lets us see when they are free and nothing else."""
    return at_google(clock, writing=False)


@asynccontextmanager
async def at_microsoft(clock: Clock) -> AsyncIterator[Owned]:
    """Two accounts, each with its default calendar."""
    async with playing_microsoft(clock=clock) as far:
        client = far.entra.client
        client.redirect_uris = frozenset({f"{PUBLIC_URL}/link/back/microsoft"})
        owners = [
            far.add_owner(oid, email=f"{oid}@contoso.example", zone="W. Europe Standard Time")
            for oid in ("work", "home")
        ]
        settings = microsoft.MicrosoftSettings(
            client.id, client.secret, **far.addresses(), timeout_seconds=TIMEOUT_SECONDS
        )

        def signing_in(place: int) -> Consent:
            async def consent(url: str) -> Mapping[str, str]:
                far.entra.visitor = owners[place]
                return await far.consent(url)

            return consent

        async with _http(clock) as http:
            provider = microsoft.build(settings, http, clock)
            first, second = (
                Diary(MicrosoftWorld(far, owner, provider, _UNUSED), next(iter(owner.calendars)))
                for owner in owners
            )
            try:
                yield Owned(
                    provider,
                    first,
                    second,
                    [signing_in(0), signing_in(1)],
                    True,
                    lambda: repr(far.calls),
                    first.world.revoke,
                    lambda _: far.faults.add("token", MicrosoftTokenError(), None),
                    frozenset({"invalid_grant"}),
                )
            finally:
                far.closing.set()
                await provider.close()
        assert far.violations == []


@asynccontextmanager
async def at_caldav(server: Server, pool: Pool) -> AsyncIterator[Owned]:
    """One account of a real server with two calendars."""
    async with caldav_world(server, pool, deadline_seconds=10.0) as world:
        first, second = [Diary(world, await world.calendar(name)) for name in ("Club", "Private")]
        owned = Owned(world.provider, first, second, [_typed(world)])

        async def withdraw() -> None:
            world.password = server.revoke(world.user)
            world.authorization = Login(world.user, world.password).authorization
            owned.ways[0] = _typed(world)

        owned.sent = lambda: repr(world.proxy.bodies)
        owned.withdraw = withdraw
        yield owned


def _typed(world: CalDavWorld) -> Mapping[str, str]:
    return {"server": world.proxy.url, "user": world.user, "password": world.password}


@asynccontextmanager
async def by_address(clock: Clock, pool: Pool) -> AsyncIterator[Owned]:
    """Two addresses, which are two accounts."""
    async with _http(clock) as http, feed_site() as one, feed_site() as other:
        provider = ics.build(ics.IcsSettings(10.0, allow_plain_http=True), http, clock, pool)
        worlds = [IcsWorld(site, provider, _UNUSED) for site in (one, other)]
        first, second = [Diary(world, await world.calendar("")) for world in worlds]
        ways: list[Mapping[str, str] | Consent] = [{"address": site.url} for site in (one, other)]
        owned = Owned(provider, first, second, ways, writes=False)

        async def withdraw() -> None:
            """A new secret address was made; the old one is not found any more."""
            one.pages["/feed.ics"] = _not_found
            owned.ways[0] = {"address": one.url.replace("feed", "new")}

        owned.withdraw = withdraw
        try:
            yield owned
        finally:
            await provider.close()


async def _not_found(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=404)


@asynccontextmanager
async def _http(clock: Clock) -> AsyncIterator[Http]:
    http = Http(clock, allow_private_addresses=True)
    try:
        yield http
    finally:
        await http.close()
