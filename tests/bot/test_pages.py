"""The pages behind our links, over HTTP: who gets in, when, and that opening one changes nothing."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from icalendar import Calendar

from bot.calendar_notices import Notices
from bot.metrics import Metrics
from bot.pages import Pages
from bot.receipts import Receipts
from bot.server import Watch, application
from tests.bot.beginnings import booked
from tests.bot.town import Town, open_town

BEFORE_OPENING = timedelta(minutes=10)


@dataclass(slots=True)
class Web:
    """The bot's server, asked as a browser that follows no redirect."""

    client: TestClient[web.Request, web.Application]

    async def get(self, url: str, method: str = "GET") -> ClientResponse:
        """One request; *url* may be absolute, its path counts."""
        path = url.removeprefix("https://parley.example.org")
        answer = await self.client.request(method, path, allow_redirects=False)
        await answer.read()
        return answer


@asynccontextmanager
async def serving(town: Town) -> AsyncIterator[Web]:
    """The real application over the town's office."""

    async def yes() -> bool:
        return True

    async def nothing() -> bytes:
        return b""

    watch = Watch(yes, yes, nothing, Receipts(Metrics()))
    app = application([], Pages(town.office), watch, Notices(town.office).routes())
    async with TestClient(TestServer(app)) as client:
        yield Web(client)


@pytest.fixture
async def pages(town: Town) -> AsyncIterator[Web]:
    """The pages of the town every test has."""
    async with serving(town) as pages:
        yield pages


async def join_url(town: Town) -> str:
    """The way in to a fresh meeting."""
    await booked(town)
    return town.card().links()["Join"]


async def own_file(town: Town, person: str) -> str:
    """The address of this person's calendar file of the meeting on the card."""
    links = await town.member(person).presses("Add to calendar", town.card())
    assert links is not None
    return links.links()[".ics file"]


async def to_the_opening(town: Town, pages: Web, url: str) -> None:
    """Let time pass until the link leads somewhere."""
    page = await (await pages.get(url)).text()
    opens = page.partition('datetime="')[2].partition('"')[0]
    town.now = type(town.now).fromisoformat(opens)


async def cancel(town: Town) -> None:
    """The guest calls it off."""
    guest = town.member("u-2")
    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")


async def test_before_it_opens_the_page_says_when(town: Town, pages: Web) -> None:
    url = await join_url(town)
    await to_the_opening(town, pages, url)
    town.now -= timedelta(seconds=1)
    answer = await pages.get(url)
    page = await answer.text()
    assert answer.status == 200
    assert "A little early" in page
    assert "Berlin time" in page
    assert "meet.jit.si" not in page


async def test_once_open_the_link_leads_to_the_meeting(town: Town, pages: Web) -> None:
    url = await join_url(town)
    await to_the_opening(town, pages, url)
    for method in ("GET", "HEAD"):
        answer = await pages.get(url, method)
        assert answer.status == 302
        assert answer.headers["Location"].startswith("https://meet.jit.si/parley-")
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_a_moved_meeting_keeps_its_link(town: Town, pages: Web) -> None:
    url = await join_url(town)
    first = (await (await pages.get(url)).text()).partition("datetime=")[2][:25]
    moving = await town.member("u-2").presses("Reschedule", town.card())
    assert moving is not None
    await town.member("u-2").presses(moving.titles[-2], moving)
    assert town.card().links()["Join"] == url
    assert (await (await pages.get(url)).text()).partition("datetime=")[2][:25] != first


async def test_a_cancelled_meeting_has_no_way_in(town: Town, pages: Web) -> None:
    url = await join_url(town)
    await cancel(town)
    answer = await pages.get(url)
    assert answer.status == 410
    assert "This meeting was cancelled." in await answer.text()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token[:-1],
        lambda token: token.partition(".")[0],
        lambda token: token.partition(".")[0] + ".",
        lambda token: "." + token.partition(".")[2],
        lambda _: "%00.%FF",
        lambda _: "..%2F..%2Fetc",
        lambda _: "x" * 5000,
    ],
    ids=["another end", "shorter", "no secret", "empty secret", "no meeting", "bytes", "a path", "long"],
)
async def test_an_address_we_did_not_make_leads_nowhere(town: Town, pages: Web, spoil: object) -> None:
    assert callable(spoil)
    head, _, token = (await join_url(town)).rpartition("/")
    assert (await pages.get(f"{head}/{spoil(token)}")).status == 404
    head, _, token = (await own_file(town, "u-2")).removesuffix(".ics").rpartition("/")
    assert (await pages.get(f"{head}/{spoil(token)}.ics")).status == 404


async def test_each_participant_has_an_own_file_with_nobody_elses_address(town: Town, pages: Web) -> None:
    await booked(town)
    files = {}
    for person in ("u-1", "u-2"):
        url = await own_file(town, person)
        answer = await pages.get(url)
        assert (answer.status, answer.content_type) == (200, "text/calendar")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="meeting.ics"'
        files[person] = await answer.text()
    uids = {person: Calendar.from_ical(text).walk("VEVENT")[0]["uid"] for person, text in files.items()}
    assert uids["u-1"] != uids["u-2"]
    assert "guest@example.net" not in files["u-1"]
    assert "host@example.org" not in files["u-2"]


async def test_the_file_of_one_does_not_open_for_another(town: Town, pages: Web) -> None:
    await booked(town)
    mine, theirs = await own_file(town, "u-1"), await own_file(town, "u-2")
    head, _, token = mine.removesuffix(".ics").rpartition("/")
    meeting, _, signature = token.split(".")
    other = theirs.rpartition("/")[2].split(".")[1]
    assert (await pages.get(f"{head}/{meeting}.{other}.{signature}.ics")).status == 404


async def test_a_cancelled_meeting_gives_no_file(town: Town, pages: Web) -> None:
    await booked(town)
    url = await own_file(town, "u-2")
    await cancel(town)
    answer = await pages.get(url)
    assert answer.status == 410
    assert "This meeting was cancelled." in await answer.text()


async def test_opening_a_link_changes_nothing(town: Town, pages: Web, tmp_path: Path) -> None:
    url = await join_url(town)
    file = await own_file(town, "u-2")
    with sqlite3.connect(tmp_path / "parley.db") as database:
        before = list(database.iterdump())
        for address in (url, file):
            for method in ("GET", "HEAD"):
                await pages.get(address, method)
        await to_the_opening(town, pages, url)
        await pages.get(url)
        assert list(database.iterdump()) == before
    for method in ("POST", "PUT", "DELETE"):
        assert (await pages.get(url, method)).status == 405


async def test_a_link_that_the_host_took_away_is_said_to_be_gone(
    sqlite_template: Path, tmp_path: Path
) -> None:
    database = Path(shutil.copy(sqlite_template, tmp_path / "parley.db"))
    async with open_town(database, join={"template": ""}) as town, serving(town) as pages:
        host, _ = await booked(town)
        assert "Join" not in town.card().titles
        await host.types("/meet settings")
        await host.presses("Save", join="https://meet.example.org/{secret}")
        await host.types("/meet @second 30 review")
        second = town.member("u-3")
        await second.presses("1")
        await second.presses("Confirm")
        url = town.card().links()["Join"]
        await host.types("/meet settings")
        await host.presses("Save", join="")
        answer = await pages.get(url)
        assert answer.status == 410
        assert "Ask in your room" in await answer.text()


async def test_pages_run_nothing_from_elsewhere_and_are_kept_nowhere(town: Town, pages: Web) -> None:
    url = await join_url(town)
    for address in (url, url[:-1] + "~", url[:-4] + "AAAA", await own_file(town, "u-1")):
        answer = await pages.get(address)
        if "~" in address:
            assert answer.status == 404
            continue
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await pages.get("/static/page.css")).status == 200
    assert (await pages.get("/static/..%2F__init__.py")).status in (403, 404)
