"""Calendars linked in Chromium: an address and a real CalDAV server, through the pages and the room."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from icalendar import Calendar
from playwright.async_api import Browser, Page, expect

from tests.adapters.caldav.servers import Server, radicale
from tests.browser.demo import Demo, Seat, Stage, running_demo
from tests.browser.test_demo import book, invite

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def shared_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all tests here."""
    with running_demo(tmp_path_factory.mktemp("linking") / "data") as demo:
        yield demo


@pytest.fixture(scope="module")
def caldav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Radicale process."""
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser, shared_demo: Demo) -> AsyncIterator[Stage]:
    """A room with browsers before it, none of which may complain."""
    stage = Stage(browser, shared_demo)
    yield stage
    await stage.leave()
    assert stage.complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def feed() -> AsyncIterator[str]:
    """The address of a calendar that is busy from 15 to 17 on every day."""

    async def body(_request: web.Request) -> web.Response:
        first = datetime.now(BERLIN).replace(hour=15, minute=0, second=0, microsecond=0)
        lines = (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//test//EN",
            "BEGIN:VEVENT",
            "UID:every-day",
            "DTSTAMP:20260101T000000Z",
            f"DTSTART;TZID=Europe/Berlin:{first - timedelta(days=7):%Y%m%dT%H%M%S}",
            "DURATION:PT2H",
            "RRULE:FREQ=DAILY",
            "SUMMARY:nobody's business",
            "END:VEVENT",
            "END:VCALENDAR",
        )
        return web.Response(text="\r\n".join(lines) + "\r\n", content_type="text/calendar")

    app = web.Application()
    app.router.add_get("/feed.ics", body)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/feed.ics"))


async def opens(seat: Seat, kind: str) -> Page:
    """The page behind one of the links of `/meet link`."""
    await seat.says("/meet link")
    async with seat.page.context.expect_page() as opened:
        await seat.card("Which calendar").get_by_role("link", name=kind).click()
    return await opened.value


async def brings_the_code(seat: Seat, page: Page) -> None:
    """From the page into the room, which asks for it by itself."""
    code = await page.locator(".code").inner_text()
    await page.close()
    question = seat.card("Somebody signed in")
    await question.get_by_label("Code").fill(code)
    await question.get_by_role("button", name="Link it").click()
    await seat.sees("is linked")


async def test_hours_that_are_busy_in_a_linked_calendar_are_not_offered(stage: Stage, feed: str) -> None:
    host, guest = await stage.host(), await stage.guest()
    page = await opens(host, "address")
    address = page.get_by_label("Calendar address")
    await address.fill("not an address")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("alert")).to_have_text(re.compile("not a calendar address"))
    stage.complaints.clear()  # the browser notes every answer that says no
    await address.fill(feed)
    await page.get_by_role("button", name="Continue").click()
    await brings_the_code(host, page)
    await invite(host)
    await guest.presses("More times")
    times = guest.card("Pick a time").get_by_role("button", name=re.compile(r"\d\d:\d\d"))
    await expect(times.first).to_be_visible()
    shown = [label[-5:] for label in await times.all_inner_texts()]
    # 15:00 in Berlin is 11:00 in São Paulo, 10:00 while Berlin has summer time.
    assert max(shown) <= "10:30"
    await host.sees_not("nobody's business")
    await host.says("/meet unlink")
    await host.presses("Unlink")
    await host.presses("Unlink it")
    await host.sees("An address works until you renew it")


def login(user: str, password: str) -> dict[str, str]:
    """RFC 7617."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


async def make_calendar(server: Server, user: str, password: str) -> str:
    """A calendar of the user's; returns its address."""
    url = f"{server.url}/{user}/main/"
    async with ClientSession(headers=login(user, password)) as session:
        answer = await session.request("MKCALENDAR", url)
        assert answer.status == 201
    return url


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as the server holds it."""

    uid: str
    start: datetime
    sequence: int
    title: str
    names_nobody: bool


async def events(url: str, user: str, password: str) -> list[Kept]:
    """What the calendar really holds."""
    async with ClientSession(headers=login(user, password)) as session, session.get(url) as answer:
        found = Calendar.from_ical(await answer.text()).walk("VEVENT")
    return [
        Kept(
            str(event["UID"]),
            event.decoded("DTSTART"),
            int(str(event["SEQUENCE"])),
            str(event["SUMMARY"]),
            "ATTENDEE" not in event,
        )
        for event in found
    ]


async def test_a_meeting_is_written_into_a_calendar_moved_and_taken_out(stage: Stage, caldav: Server) -> None:
    host, guest = await stage.host(), await stage.guest()
    user, password = caldav.add_user()
    url = await make_calendar(caldav, user, password)
    page = await opens(host, "CalDAV")
    await page.get_by_label("Server address").fill(caldav.url)
    await page.get_by_label("User name").fill(user)
    await page.get_by_label("App password").fill(password)
    await page.get_by_label("Also write").check()
    await page.get_by_role("button", name="Continue").click()
    await brings_the_code(host, page)

    await invite(host)
    await book(guest)
    await host.sees("I write it into your calendar")
    (event,) = await until(url, user, password, lambda found: len(found) == 1)
    assert (event.title, event.sequence, event.names_nobody) == ("logo review", 0, True)

    await guest.presses("Reschedule")
    await guest.card("Move the meeting").get_by_role("button", name=re.compile(r"\d\d:\d\d")).first.click()
    (moved,) = await until(url, user, password, lambda found: [each.sequence for each in found] == [1])
    assert moved.uid == event.uid
    assert moved.start != event.start

    await host.presses("Cancel")
    await host.presses("Cancel meeting")
    await until(url, user, password, lambda found: not found)


async def until(url: str, user: str, password: str, holds: Callable[[list[Kept]], bool]) -> list[Kept]:
    """The events, once they are so; the job that writes them takes a moment."""
    async with asyncio.timeout(15):
        while not holds(found := await events(url, user, password)):  # noqa: ASYNC110  another server changes
            await asyncio.sleep(0.05)
    return found
