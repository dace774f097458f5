"""Calendar addresses that are moved, secret, enormous or not calendars, and files."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from aiohttp import web

from adapters.calendar.ics import IcsSettings, build, wire
from adapters.calendar.ics.client import MAX_FEED_BYTES
from adapters.calendar.ics.form import AddressForm
from adapters.calendar.ics.wire import CALENDAR
from adapters.http import Http
from adapters.icalendar_streams.pool import Pool
from scheduling_core.availability import Unreadable
from scheduling_core.calendar_ports import Counted, NewAccount
from scheduling_core.errors import ReconnectNeeded, Refused, Rejected, Unavailable
from scheduling_core.intervals import Interval
from tests.adapters.ics.world import IcsWorld, ics_world
from tests.contracts.calendar_world import OWNER_ZONE, WINDOW, WITHIN, KeptAccount, Planted, a_copy, busy, utc

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVENT = Planted("e-1", utc(3, 6, 12), utc(3, 6, 13))
TIME = (Interval(utc(3, 6, 12), utc(3, 6, 13)),)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    pool = Pool()
    yield pool
    await pool.close()


@pytest_asyncio.fixture(loop_scope="module")
async def world(pool: Pool) -> AsyncIterator[IcsWorld]:
    async with ics_world(pool) as world:
        await world.plant(await world.calendar("Work"), EVENT)
        yield world


async def link(world: IcsWorld, **values: str) -> NewAccount:
    assert isinstance(world.provider.way_in, AddressForm)
    return await world.provider.way_in.finish(values)


def redirect(target: str) -> web.Response:
    return web.Response(status=302, headers={"Location": target})


async def test_an_address_is_linked_and_its_secret_stays_secret(world: IcsWorld) -> None:
    account = await link(world, address=f" {world.site.url}?token=wxyz ")

    assert account.name == "Calendar at 127.0.0.1"
    assert "wxyz" not in repr(account) + account.identity + account.name
    world.account = KeptAccount(account.secret)
    assert await busy(world, CALENDAR) == TIME


async def test_a_file_is_linked_and_keeps_only_times(world: IcsWorld) -> None:
    account = await link(world, file=world.site.body.decode())

    assert "secret title" not in account.secret
    world.account = KeptAccount(account.secret)
    assert await busy(world, CALENDAR) == TIME
    begun = await world.provider.changes(world.account, CALENDAR, "")
    assert not (await world.provider.changes(world.account, CALENDAR, begun.cursor)).has_changed
    assert len(await world.provider.calendars(world.account)) == 1


async def test_what_cannot_be_linked_says_what_to_change(world: IcsWorld) -> None:
    for values, says in (
        ({}, "address, or choose a file"),
        ({"address": "my calendar"}, "https://"),
        ({"address": "ftp://example.com/a"}, "https://"),
        ({"file": "<html></html>"}, "not a calendar"),
        ({"file": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR"}, "no start"),
        ({"file": "x" * (MAX_FEED_BYTES + 1)}, "10 MB"),
    ):
        with pytest.raises(Refused, match=says):
            await link(world, **values)
    world.fault("404", None)
    with pytest.raises(Refused, match="address"):
        await link(world, address=world.site.url)
    world.fault("500", None)
    with pytest.raises(Unavailable):
        await link(world, address=world.site.url)


async def test_what_did_not_change_is_not_sent_again(world: IcsWorld) -> None:
    for _ in range(3):
        assert await busy(world, CALENDAR) == TIME

    assert world.site.answers == [200, 304, 304]


async def test_the_time_of_the_download_is_no_change() -> None:
    first, second = (b"BEGIN:VCALENDAR\nDTSTAMP:%d\nUID:1\n" % each for each in (1, 2))

    assert wire.digest(first) == wire.digest(second)
    assert wire.digest(first) != wire.digest(first.replace(b"UID:1", b"UID:2"))


async def test_redirects_are_followed_up_to_five(world: IcsWorld) -> None:
    start = world.site.url.replace("feed.ics", "moved/")

    async def page(request: web.Request) -> web.Response:
        left = int(request.path.rpartition("/")[2])
        return redirect(f"/moved/{left - 1}" if left > 1 else "/feed.ics")

    for number in range(1, 8):
        world.site.pages[f"/moved/{number}"] = page
    await link(world, address=f"{start}5")
    with pytest.raises(Refused):
        await link(world, address=f"{start}6")


@pytest.mark.parametrize("target", ["https://[bad", "https://\u2100.com/", "http://a:99999/"])
async def test_a_redirect_to_no_address_is_refused(world: IcsWorld, target: str) -> None:
    async def page(_: web.Request) -> web.Response:
        return redirect(target)

    world.site.pages["/odd"] = page
    with pytest.raises(Refused, match="may not be called"):
        await link(world, address=world.site.url.replace("feed.ics", "odd"))


async def test_no_redirect_leads_to_private_addresses_or_out_of_https(world: IcsWorld, pool: Pool) -> None:
    http = Http(lambda: datetime.now(UTC))
    careful = build(IcsSettings(5.0), http, lambda: datetime.now(UTC), pool)
    assert isinstance(careful.way_in, AddressForm)
    try:
        for address in (
            world.site.url,
            "https://127.0.0.1/a.ics",
            "https://[::1]/a",
            "webcal://169.254.169.254/",
        ):
            with pytest.raises(Refused, match=r"may not be called|begins with"):
                await careful.way_in.finish({"address": address})
    finally:
        await http.close()


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_a_feed_without_end_is_too_large(world: IcsWorld, encoding: str) -> None:
    much = b"BEGIN:VCALENDAR\r\n" + b" " * (10 * MAX_FEED_BYTES if encoding else MAX_FEED_BYTES)
    body = gzip.compress(much, 1) if encoding else much

    async def page(request: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": encoding} if encoding else {})

    world.site.pages["/feed.ics"] = page

    answers = await world.provider.free_busy(
        world.account, [Counted(CALENDAR)], WINDOW, OWNER_ZONE, within=WITHIN
    )

    assert isinstance(answers[CALENDAR], Unreadable)


async def test_no_content_is_not_no_events(world: IcsWorld) -> None:
    for status in (204, 206, 304):

        async def page(request: web.Request, status: int = status) -> web.Response:
            return web.Response(status=status, body=world.site.body if status == 206 else None)

        world.site.pages["/feed.ics"] = page
        answers = await world.provider.free_busy(
            world.account, [Counted(CALENDAR)], WINDOW, OWNER_ZONE, within=WITHIN
        )
        assert isinstance(answers[CALENDAR], Unreadable)
        with pytest.raises(Unavailable):
            await world.provider.changes(world.account, CALENDAR, "")


async def test_the_owner_is_needed_for_an_address_that_leads_nowhere(world: IcsWorld) -> None:
    world.fault("403", None)

    answers = await world.provider.free_busy(
        world.account, [Counted(CALENDAR)], WINDOW, OWNER_ZONE, within=WITHIN
    )

    assert answers[CALENDAR] == Unreadable("The calendar’s address leads nowhere any more.", needs_owner=True)
    with pytest.raises(ReconnectNeeded):
        await world.provider.calendars(world.account)


async def test_nothing_is_written(world: IcsWorld) -> None:
    with pytest.raises(Rejected):
        await world.provider.write(world.account, CALENDAR, a_copy(), None)
