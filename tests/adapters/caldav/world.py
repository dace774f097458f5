"""A real CalDAV server as the contract of calendars plays on it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Final
from urllib.parse import quote, unquote, urlsplit
from xml.etree.ElementTree import fromstring

from icalendar import Calendar
from icalendar.cal import Component

from adapters.calendar.caldav import CalDavSettings, build
from adapters.calendar.caldav.form import PasswordForm
from adapters.calendar.caldav.wire import Login
from adapters.http import Http
from adapters.icalendar_streams.pool import Pool
from scheduling_core.calendar_ports import CalendarProvider, NewAccount
from tests.adapters.caldav.proxy import Proxy, in_front_of
from tests.adapters.caldav.servers import Server
from tests.contracts.calendar_text import moved, stream
from tests.contracts.calendar_world import KeptAccount, Planted, Raw

_STATUSES: Final = {"500", "429", "404", "403", "401"}
FAULTS: Final = frozenset(
    {"slow", "garbage", "html", "cut", "cut_after_commit", "500_after_commit", "partial", *_STATUSES}
)
_MAKE: Final = (
    '<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
    "<D:displayname>{}</D:displayname></D:prop></D:set></C:mkcalendar>"
)


@dataclass(slots=True)
class CalDavWorld:
    """As `World`; one new user of the server."""

    proxy: Proxy
    user: str
    password: str
    home: str
    provider: CalendarProvider
    account: KeptAccount
    authorization: str
    tells_uids: bool = True
    more_than_a_page: int = 30
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _planted: dict[str, Planted] = field(default_factory=dict)

    @property
    def missing(self) -> str:
        return f"{self.home}nowhere/"

    async def calendar(self, name: str) -> str:
        url = f"{self.home}c-{next(self._numbers)}/"
        await self.raw("MKCALENDAR", url, _MAKE.format(name).encode())
        return url

    async def plant(self, calendar: str, event: Planted) -> None:
        self._planted[event.uid] = event
        text = stream([event], owner=f"mailto:{self.user}")
        await self.raw("PUT", f"{calendar}{quote(event.uid)}.ics", text.encode())

    async def events(self, calendar: str) -> Sequence[Raw]:
        parts = [await self.raw("GET", url) for url in await self._hrefs(calendar)]
        return [_raw(event) for part in parts for event in Calendar.from_ical(part).walk("VEVENT")]

    async def move(self, calendar: str, uid: str, start: datetime, end: datetime) -> None:
        event = moved(Planted(uid, start, end), start, end)
        await self.raw("PUT", await self._href(calendar, uid), stream([event]).encode())

    async def delete(self, calendar: str, uid: str) -> None:
        await self.raw("DELETE", await self._href(calendar, uid))

    async def carry(self, calendar: str, uid: str, other: str) -> None:
        event = await self.raw("GET", await self._href(calendar, uid))
        await self.delete(calendar, uid)
        await self.raw("PUT", f"{other}carried.ics", event)

    async def revoke(self) -> None:
        self.proxy.server.revoke(self.user)

    def fault(self, name: str, times: int | None = 1) -> None:
        self.proxy.fault(name, times)

    def hang(self, calendar: str) -> None:
        self.proxy.hanging.add(unquote(urlsplit(calendar).path))

    def mend(self) -> None:
        self.proxy.mend()

    async def raw(self, method: str, url: str, body: bytes = b"", **headers: str) -> bytes:
        """A request of somebody else with the same password, past the proxy's troubles."""
        server = self.proxy.server
        identity = {"authorization": self.authorization, "X-Remote-User": self.user}
        if server.passwords is None:
            identity.pop("X-Remote-User")
        kind = {"content-type": "text/calendar" if method == "PUT" else "application/xml"}
        target = server.url + urlsplit(url).path
        async with self.proxy.session.request(
            method, target, data=body, headers={**identity, **kind, **headers}
        ) as answer:
            content = await answer.read()
            assert answer.status < 300, (method, target, answer.status, content)
            return content

    async def _hrefs(self, calendar: str) -> list[str]:
        root = fromstring(await self.raw("PROPFIND", calendar, depth="1"))
        hrefs = [each.text or "" for each in root.iter("{DAV:}href")]
        return sorted({href for href in hrefs if href.endswith(".ics")})

    async def _href(self, calendar: str, uid: str) -> str:
        for url in await self._hrefs(calendar):
            if f"UID:{uid}".encode() in await self.raw("GET", url):
                return url
        raise AssertionError(f"no event {uid}")


def _raw(event: Component) -> Raw:
    start, end = event.decoded("DTSTART"), event.decoded("DTEND")
    people = [str(event[name]) for name in ("ATTENDEE", "ORGANIZER") if name in event]
    return Raw(
        uid=str(event["UID"]),
        start=_moment(start),
        end=_moment(end),
        summary=str(event.get("SUMMARY", "")),
        attendees=tuple(people),
        is_cancelled=str(event.get("STATUS", "")) == "CANCELLED",
    )


def _moment(moment: date | datetime) -> date | datetime:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment


@asynccontextmanager
async def caldav_world(server: Server, pool: Pool, *, deadline_seconds: float) -> AsyncIterator[CalDavWorld]:
    """A new user, as the form would have linked them."""
    user, password = server.add_user()
    http = Http(lambda: datetime.now(UTC), allow_private_addresses=True)
    settings = CalDavSettings(deadline_seconds, allow_plain_http=True)
    async with in_front_of(server) as proxy:
        provider = build(settings, http, lambda: datetime.now(UTC), pool)
        principal = f"{proxy.url}/{quote(user, safe=server.unescaped)}/"
        home = principal + server.home
        login = Login(user, password, principal, (home,), (f"mailto:{user}",))
        account = KeptAccount(login.secret())
        try:
            yield CalDavWorld(proxy, user, password, home, provider, account, login.authorization)
        finally:
            await provider.close()
            await http.close()


async def link(world: CalDavWorld, **values: str) -> NewAccount:
    """Link that user by the form, or what the form says."""
    assert isinstance(world.provider.way_in, PasswordForm)
    typed = {"server": world.proxy.url, "user": world.user, "password": world.password}
    return await world.provider.way_in.finish({**typed, **values})
