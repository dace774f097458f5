"""CalDAV servers as they come: with rules of their own, badly set up, or not CalDAV servers at all."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

import pytest
from aiohttp import web

from adapters.calendar.caldav import CalDavSettings, build, wire
from adapters.calendar.caldav.form import PasswordForm
from adapters.calendar.caldav.wire import Login
from adapters.http import Http
from adapters.icalendar_streams.multistatus import resources
from adapters.icalendar_streams.pool import Pool
from scheduling_core.availability import Busy, Unreadable
from scheduling_core.calendar_ports import CalendarProvider, Counted, NewAccount, Written
from scheduling_core.errors import Conflict, ProviderError, Refused, Rejected, Unavailable
from scheduling_core.intervals import Interval
from tests.adapters.caldav.servers import Server
from tests.adapters.caldav.world import CalDavWorld, caldav_world
from tests.adapters.caldav.world import link as link_world
from tests.adapters.icalendar_streams.test_reading import a_stream
from tests.contracts.calendar_world import OWNER_ZONE, WINDOW, WITHIN, KeptAccount, Planted, a_copy, utc

Handler = Callable[[web.Request], Awaitable[web.Response]]

HOUR: Final = "DTSTART:20300306T120000Z|DURATION:PT1H"
IS_CALENDAR: Final = (
    "<d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype></d:prop>"
    "<d:status>HTTP/1.1 200 OK</d:status>"
)


def told(*props: str, href: str = "/") -> web.Response:
    """A multistatus about one address."""
    parts = "".join(f"<d:propstat>{each}</d:propstat>" for each in props)
    text = (
        '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
        f"<d:response><d:href>{href}</d:href>{parts}</d:response></d:multistatus>"
    )
    return web.Response(status=207, body=text.encode(), content_type="application/xml")


def many(found: Sequence[tuple[str, bytes]]) -> web.Response:
    """A multistatus of events."""
    parts = "".join(
        f"<d:response><d:href>{href}</d:href><d:propstat>"
        f"{prop(f'<c:calendar-data>{data.decode()}</c:calendar-data>')}</d:propstat></d:response>"
        for href, data in found
    )
    text = f'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{parts}</d:multistatus>'
    return web.Response(status=207, body=text.encode(), content_type="application/xml")


def prop(inner: str) -> str:
    return f"<d:prop>{inner}</d:prop><d:status>HTTP/1.1 200 OK</d:status>"


@asynccontextmanager
async def a_server(handler: Handler) -> AsyncIterator[str]:
    """A server that answers as told; its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def a_provider(*, private: bool = True, plain: bool = True) -> AsyncIterator[CalendarProvider]:
    http = Http(lambda: datetime.now(UTC), allow_private_addresses=private)
    settings = CalDavSettings(5.0, allow_plain_http=plain)
    provider = build(settings, http, lambda: datetime.now(UTC))
    try:
        yield provider
    finally:
        await provider.close()
        await http.close()


@asynccontextmanager
async def a_world(server: Server) -> AsyncIterator[CalDavWorld]:
    pool = Pool()
    try:
        async with caldav_world(server, pool, deadline_seconds=10) as world:
            yield world
    finally:
        await pool.close()


async def link(provider: CalendarProvider, server: str, user: str = "u", password: str = "p") -> NewAccount:
    assert isinstance(provider.way_in, PasswordForm)
    return await provider.way_in.finish({"server": server, "user": user, "password": password})


def an_account(base: str) -> KeptAccount:
    return KeptAccount(Login("u", "p", base + "/", (base + "/",)).secret())


def test_a_password_goes_to_the_same_place_or_inside_icloud() -> None:
    start = "https://caldav.icloud.com/"

    assert wire.may_follow(start, "https://p42-caldav.icloud.com:443/123/principal/")
    for target in (
        "http://p42-caldav.icloud.com/",
        "https://p42-caldav.icloud.com:8443/",
        "https://icloud.com.example.com/",
        "https://evilicloud.com/",
    ):
        assert not wire.may_follow(start, target)
    assert wire.may_follow("https://dav.example.com/a", "https://dav.example.com:443/b")
    assert not wire.may_follow("https://dav.example.com/a", "https://other.example.com/a")


async def test_a_server_that_names_calendars_without_end_is_refused() -> None:
    async def handler(request: web.Request) -> web.Response:
        asked = await request.read()
        if b"current-user-principal" in asked:
            return told(prop("<d:current-user-principal><d:href>/p/</d:href></d:current-user-principal>"))
        if b"calendar-home-set" in asked:
            return told(prop("<c:calendar-home-set><d:href>/p/</d:href></c:calendar-home-set>"))
        here = "".join(
            f"<d:response><d:href>/p/{number}/</d:href><d:propstat>{IS_CALENDAR}</d:propstat></d:response>"
            for number in range(wire.MOST_CALENDARS + 1)
        )
        text = f'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{here}</d:multistatus>'
        return web.Response(status=207, body=text.encode(), content_type="application/xml")

    async with a_server(handler) as server, a_provider() as provider:
        with pytest.raises(Refused, match="more than 100 calendars"):
            await link(provider, server)
        with pytest.raises(Rejected):
            await provider.calendars(an_account(server))


async def test_a_redirect_does_not_take_the_password_elsewhere() -> None:
    asked: list[str] = []

    async def other(request: web.Request) -> web.Response:
        asked.append(request.method)
        return told()

    async with a_server(other) as elsewhere:

        async def leads_away(request: web.Request) -> web.Response:
            return web.Response(status=301, headers={"Location": elsewhere + "/dav/"})

        async with a_server(leads_away) as server, a_provider() as provider:
            with pytest.raises(Refused):
                await link(provider, server)

    assert asked == []


@pytest.mark.parametrize("target", ["https://[bad", "https://\u2100.com/", "http://a:99999/"])
@pytest.mark.parametrize("way", ["redirect", "href"])
async def test_what_is_no_address_leads_nowhere(target: str, way: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        if way == "redirect":
            return web.Response(status=301, headers={"Location": target})
        home = f"<c:calendar-home-set><d:href>{target}</d:href></c:calendar-home-set>"
        me = "<d:current-user-principal><d:href>/me/</d:href></d:current-user-principal>"
        return told(prop(me), prop(home))

    async with a_server(handler) as server, a_provider() as provider:
        with pytest.raises(Refused):
            await link(provider, server)


async def test_versions_that_a_compressing_proxy_changes_keep_no_event_from_being_changed(
    radicale_server: Server,
) -> None:
    async with a_world(radicale_server) as world:
        calendar = await world.calendar("Work")
        world.proxy.packs = True
        written = await world.provider.write(world.account, calendar, a_copy(), None)
        found = await world.provider.look(world.account, calendar, written)
        assert found is not None
        await world.provider.write(world.account, calendar, a_copy(revision=1), found.written)
        with pytest.raises(Conflict):
            await world.provider.write(world.account, calendar, a_copy(revision=2), found.written)


async def test_calendars_on_another_host_are_named() -> None:
    async def handler(request: web.Request) -> web.Response:
        return told(
            prop("<d:current-user-principal><d:href>/me/</d:href></d:current-user-principal>"),
            prop("<c:calendar-home-set><d:href>https://dav2.example.com/me/</d:href></c:calendar-home-set>"),
        )

    async with a_server(handler) as server, a_provider() as provider:
        with pytest.raises(Refused, match=r"dav2\.example\.com"):
            await link(provider, server)


@pytest.mark.parametrize("name", ["radicale_server", "xandikos_server"])
async def test_a_server_name_and_a_password_find_the_calendars(
    name: str, request: pytest.FixtureRequest
) -> None:
    async with a_world(request.getfixturevalue(name)) as world:
        calendar = await world.calendar("Work")

        account = await link_world(world)

        login = Login.read(account.secret)
        assert (account.name, login.homes) == (world.user, (world.home,))
        assert f"mailto:{world.user}" in login.addresses
        assert world.password not in repr((account, login)) + account.identity
        found = await world.provider.calendars(KeptAccount(account.secret))
        assert [each.name for each in found if each.id == calendar] == ["Work"]


async def test_what_cannot_be_linked_says_what_to_change(radicale_server: Server) -> None:
    user, password = radicale_server.add_user()
    url = radicale_server.url

    async with a_provider() as provider:
        with pytest.raises(Refused, match="app password"):
            await link(provider, url, user, "wrong")
        with pytest.raises(Refused, match="both"):
            await link(provider, url, user, "")
        with pytest.raises(Refused, match="server address"):
            await link(provider, "not an address", user, password)
        with pytest.raises(Unavailable):
            await link(provider, "http://127.0.0.1:9", user, password)
    async with a_provider(private=False, plain=False) as careful:
        for address in (url, "https://127.0.0.1/", "https://localhost:5232"):
            with pytest.raises(Refused, match="public https"):
                await link(careful, address, user, password)


async def test_a_web_page_is_no_server() -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html>Welcome</html>", content_type="text/html")

    async with a_server(page) as server, a_provider() as provider:
        with pytest.raises((Refused, ProviderError)):
            await link(provider, server)


async def test_a_whole_calendar_may_take_no_time() -> None:
    async def handler(request: web.Request) -> web.Response:
        said = "<c:schedule-calendar-transp><c:transparent/></c:schedule-calendar-transp>"
        return told(IS_CALENDAR, prop(said)) if request.method == "PROPFIND" else web.Response(status=500)

    async with a_server(handler) as server, a_provider() as provider:
        found = await provider.free_busy(
            an_account(server), [Counted(f"{server}/c/")], WINDOW, OWNER_ZONE, within=WITHIN
        )

    assert found[f"{server}/c/"] == Busy()


async def test_an_event_its_owner_added_from_a_mail_is_the_same_event(radicale_server: Server) -> None:
    async with a_world(radicale_server) as world:
        calendar, copy = await world.calendar("Work"), a_copy()
        await world.plant(calendar, Planted(copy.entry.uid, utc(3, 1, 9), utc(3, 1, 10)))

        written = await world.provider.write(world.account, calendar, copy, None)

        (event,) = await world.events(calendar)
        assert (event.start, event.uid) == (copy.entry.start, copy.entry.uid)
        await world.provider.remove(world.account, calendar, written)
        assert await world.events(calendar) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [(423, Unavailable), (507, Rejected), (403, Rejected), (413, Rejected), (503, Unavailable)],
)
async def test_a_refused_event_is_refused_for_what_it_is(status: int, expected: type[ProviderError]) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status) if request.method == "PUT" else told(IS_CALENDAR)

    async with a_server(handler) as server, a_provider() as provider:
        with pytest.raises(expected):
            await provider.write(an_account(server), f"{server}/c/", a_copy(), None)


async def test_a_server_that_finds_more_than_was_asked_for_costs_nothing_more() -> None:
    written = Written("http://127.0.0.1/other/x.ics", '"1"', "ours")
    others = [(f"/c/{number}.ics", a_stream(f"UID:{number}|" + HOUR)) for number in range(2_000)]
    found = [*others, ("/c/ours.ics", a_stream("UID:ours|" + HOUR))]

    async def handler(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(body=a_stream("UID:ours|" + HOUR), headers={"ETag": '"2"'})
        return many(found)

    async with a_server(handler) as server, a_provider() as provider:
        account, began = an_account(server), perf_counter()
        looked = await provider.look(account, f"{server}/c/", replace(written, event=f"{server}/b/x.ics"))
        assert looked is not None
        assert looked.written.event == f"{server}/c/ours.ics"
        assert perf_counter() - began < 5

        found += [(href, data.replace(b"UID:", b"UID:ours")) for href, data in others]
        with pytest.raises(Unavailable, match="too many"):
            await provider.look(account, f"{server}/c/", replace(written, event=f"{server}/b/x.ics"))


async def test_a_server_that_gives_no_version_is_asked_for_it() -> None:
    kept: dict[str, bytes] = {}

    async def handler(request: web.Request) -> web.Response:
        if request.method == "PUT":
            kept[request.path] = await request.read()
            return web.Response(status=201)
        return web.Response(body=kept[request.path], headers={"ETag": '"7"'}, content_type="text/calendar")

    async with a_server(handler) as server, a_provider() as provider:
        written = await provider.write(an_account(server), f"{server}/c/", a_copy(), None)

    assert written.version == '"7"'


BOMB: Final = (
    '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<d:multistatus xmlns:d="DAV:"><d:response><d:href>&b;</d:href></d:response></d:multistatus>'
)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"x" * (8 * 1024 * 1024 + 1), id="more than is read"),
        pytest.param(BOMB.encode(), id="entities"),
        pytest.param(b'<d:multistatus xmlns:d="DAV:"><d:response>', id="cut off"),
        pytest.param(
            b'<d:multistatus xmlns:d="DAV:"><d:response><d:href>/c/1.ics</d:href><d:propstat><d:prop>'
            b"<d:getetag>1</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>"
            b"</d:response></d:multistatus>",
            id="an event without its contents",
        ),
    ],
)
async def test_an_answer_that_tells_too_little_or_too_much_is_not_free_time(answer: bytes) -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.method == "PROPFIND":
            return told(IS_CALENDAR)
        return web.Response(status=207, body=answer)

    async with a_server(handler) as server, a_provider() as provider:
        found = await provider.free_busy(
            an_account(server), [Counted(f"{server}/c/")], WINDOW, OWNER_ZONE, within=WITHIN
        )

    assert isinstance(found[f"{server}/c/"], Unreadable)


@pytest.mark.parametrize("name", ["radicale_server", "xandikos_server"])
async def test_further_dates_of_an_event_take_time(name: str, request: pytest.FixtureRequest) -> None:
    further = "DTSTART:20300101T120000Z|DURATION:PT1H|RDATE:20300306T120000Z"
    async with a_world(request.getfixturevalue(name)) as world:
        calendar = await world.calendar("Work")
        for number, lines in enumerate((further, "DTSTART:20300307T120000Z|DURATION:PT1H")):
            event = a_stream(f"UID:{number}|DTSTAMP:20300101T000000Z|" + lines)
            event = event.replace(b"VCALENDAR\r\n", b"VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n", 1)
            await world.raw("PUT", f"{calendar}{number}.ics", event)

        found = await world.provider.free_busy(
            world.account, [Counted(calendar)], WINDOW, OWNER_ZONE, within=WITHIN
        )

        hours = [Interval(utc(3, day, 12), utc(3, day, 13)) for day in (6, 7)]
        assert found[calendar] == Busy(tuple(hours))


@pytest.mark.parametrize(("status", "kind"), [(403, Busy), (503, Unreadable)])
async def test_a_server_that_cannot_look_for_further_dates_is_read_by_time(status: int, kind: type) -> None:
    data = "<c:calendar-data>" + a_stream("DTSTART:20300306T120000Z|DURATION:PT1H").decode()

    async def handler(request: web.Request) -> web.Response:
        if b"RDATE" in await request.read():
            return web.Response(status=status)
        return told(IS_CALENDAR if request.method == "PROPFIND" else prop(data + "</c:calendar-data>"))

    async with a_server(handler) as server, a_provider() as provider:
        found = await provider.free_busy(
            an_account(server), [Counted(f"{server}/c/")], WINDOW, OWNER_ZONE, within=WITHIN
        )

    assert isinstance(found[f"{server}/c/"], kind)


async def test_an_event_deleted_while_asked_for_is_not_missed() -> None:
    gone = "<d:prop><c:calendar-data/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status>"

    async def handler(request: web.Request) -> web.Response:
        return told(IS_CALENDAR) if request.method == "PROPFIND" else told(gone, href="/c/1.ics")

    async with a_server(handler) as server, a_provider() as provider:
        found = await provider.free_busy(
            an_account(server), [Counted(f"{server}/c/")], WINDOW, OWNER_ZONE, within=WITHIN
        )

    assert found[f"{server}/c/"] == Busy()


async def test_a_server_without_tokens_is_followed_by_versions() -> None:
    versions = ["1", "2"]

    async def handler(request: web.Request) -> web.Response:
        if request.headers["depth"] == "0":
            return told(IS_CALENDAR)
        return told(prop(f"<d:getetag>{versions[0]}</d:getetag>"))

    async with a_server(handler) as server, a_provider() as provider:
        account, calendar = an_account(server), f"{server}/c/"
        begun = await provider.changes(account, calendar, "")
        assert not (await provider.changes(account, calendar, begun.cursor)).has_changed
        versions.pop(0)
        assert (await provider.changes(account, calendar, begun.cursor)).has_changed


def test_calendars_that_hold_tasks_or_may_not_be_written_are_told_apart() -> None:
    text = (
        '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{}</d:multistatus>'
    ).format(
        "".join(
            f"<d:response><d:href>/{name}/</d:href><d:propstat><d:prop><d:resourcetype><c:calendar/>"
            f'</d:resourcetype><c:supported-calendar-component-set><c:comp name="{kind}"/>'
            f"</c:supported-calendar-component-set><d:current-user-privilege-set><d:privilege><d:{right}/>"
            "</d:privilege></d:current-user-privilege-set></d:prop><d:status>HTTP/1.1 200 OK</d:status>"
            "</d:propstat></d:response>"
            for name, kind, right in (
                ("a", "VEVENT", "write"),
                ("b", "VTODO", "all"),
                ("c", "VEVENT", "read"),
            )
        )
    )

    found = wire.calendars("https://dav.example.com/me/", resources(text.encode()))

    assert [(each.id, each.name, each.can_write) for each in found] == [
        ("https://dav.example.com/a/", "a", True),
        ("https://dav.example.com/c/", "c", False),
    ]


def test_a_copy_names_nobody() -> None:
    body = wire.event_body(a_copy().entry)

    assert b"SEQUENCE:0" in body
    assert b"DTSTART:20300312T150000Z" in body
    assert not [name for name in (b"ATTENDEE", b"ORGANIZER", b"METHOD", b"VTIMEZONE") if name in body]
