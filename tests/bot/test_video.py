"""Video links of the host's own calendar: one for everybody, behind the page that leads to the meeting."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scheduling_core.errors import Unavailable
from tests.bot.beginnings import booked, invited
from tests.bot.linking import link
from tests.bot.test_pages import Web, serving
from tests.bot.town import Member, Town, open_town

ACCOUNT = "main@calendars.example"


@pytest.fixture
async def pages(town: Town) -> AsyncIterator[Web]:
    """The pages of the town every test has."""
    async with serving(town) as pages:
        yield pages


async def books(town: Town, *, makes: str = "at once") -> tuple[Member, Member]:
    """A meeting whose host wants their calendar's own link."""
    host, guest = await invited(town)
    account = await link(town, host, "main", target="main")
    async with town.office.store.write() as tx:
        await tx.save_account(replace(account, video="wanted"))
    town.calendars.makes_video = makes  # type: ignore[assignment]  # one of the three
    await guest.presses("1")
    await guest.presses("Confirm")
    return host, guest


async def leads_to(town: Town, pages: Web, url: str = "") -> str:
    """Where the join page sends people just before the meeting, "" for nowhere."""
    answer = await pages.get(url or town.card().links()["Join"])
    page = await answer.text()
    if 'datetime="' in page:
        assert "video.example" not in page
        was, opens = town.now, page.partition('datetime="')[2].partition('"')[0]
        town.now = type(town.now).fromisoformat(opens)
        answer = await pages.get(url or town.card().links()["Join"])
        town.now = was
    return answer.headers.get("Location", "")


def links(town: Town) -> list[str]:
    """What the host's calendar holds."""
    return list(town.calendars.videos.values())


async def test_everybody_is_led_to_the_link_the_hosts_calendar_made(town: Town, pages: Web) -> None:
    host, guest = await books(town)
    (made,) = links(town)
    assert await leads_to(town, pages) == made
    (event,) = town.calendars.events["main"].values()
    assert event.entry.url == town.card().links()["Join"]
    seen = [each.text + str(each.card) for each in (*host.screen(), *guest.screen())]
    mails = [str(mail) for mail in town.mail.sent]
    assert not [text for text in (*seen, *mails) if made in text]


async def test_a_guests_calendar_is_never_asked_for_one(town: Town, pages: Web) -> None:
    _, guest = await invited(town)
    account = await link(town, guest, "theirs", target="theirs")
    async with town.office.store.write() as tx:
        await tx.save_account(replace(account, video="wanted"))
    await guest.presses("1")
    await guest.presses("Confirm")
    assert town.calendars.events["theirs"]
    assert town.calendars.videos_made == 0
    assert (await leads_to(town, pages)).startswith("https://meet.jit.si/")


async def test_a_move_keeps_the_link_a_cancellation_takes_it_and_a_new_booking_has_another(
    town: Town, pages: Web
) -> None:
    host, guest = await books(town)
    first = await leads_to(town, pages)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered)
    assert await leads_to(town, pages) == first
    assert town.calendars.videos_made == 1
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    assert links(town) == []
    await host.presses("Find a new time", town.card())
    await guest.presses("6")
    await guest.presses("Confirm")
    assert await leads_to(town, pages) == links(town)[0] != first


async def test_a_link_that_comes_later_is_waited_for(town: Town, pages: Web) -> None:
    await books(town, makes="later")
    assert (await leads_to(town, pages)).startswith("https://meet.jit.si/")
    (key,) = town.calendars.videos
    town.calendars.trouble[ACCOUNT] = Unavailable("busy")
    await town.passes(timedelta(seconds=30))
    town.calendars.trouble.clear()
    town.calendars.videos[key] = "https://video.example/late"
    await town.passes(timedelta(minutes=1))
    assert await leads_to(town, pages) == "https://video.example/late"


async def test_a_link_that_never_comes_is_given_up_after_ten_minutes(town: Town, pages: Web) -> None:
    host, _ = await books(town, makes="later")
    for _ in range(15):
        await town.passes(timedelta(minutes=1))
    looked = town.calendars.looked
    await town.passes(timedelta(hours=1))
    assert 5 <= town.calendars.looked == looked <= 10
    assert (await leads_to(town, pages)).startswith("https://meet.jit.si/")
    assert not [seen for seen in host.screen() if "Fake Video" in seen.text]


async def test_an_account_that_makes_none_is_told_of_once(town: Town, pages: Web) -> None:
    host, guest = await books(town, makes="never")
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered)
    told = [seen.text for seen in host.screen() if "made no Fake Video link" in seen.text]
    assert len(told) == 1
    assert "Your usual link stays." in told[0]
    assert len(town.calendars.events["main"]) == 1
    assert (await leads_to(town, pages)).startswith("https://meet.jit.si/")
    choices = await host.presses("Choose calendars", await host.types("/meet calendars"))
    assert choices is not None
    assert choices.values()["video"] == "yes"


async def test_a_lost_answer_makes_no_second_link(town: Town, pages: Web) -> None:
    town.calendars.loses_answers = 1
    await books(town)
    for _ in range(2):
        await town.passes(timedelta(minutes=1))
    assert town.calendars.videos_made == 1
    assert await leads_to(town, pages) == links(town)[0]


@pytest.mark.parametrize(("button", "is_kept"), [("Unlink it", True), ("Unlink and remove them", False)])
async def test_who_unlinks_keeps_the_link_of_events_that_stay(
    town: Town, pages: Web, button: str, is_kept: bool
) -> None:
    host, _ = await books(town)
    (made,) = links(town)
    await host.presses(button, await host.presses("Unlink", await host.types("/meet unlink")))
    assert (await leads_to(town, pages) == made) is is_kept


async def test_where_there_is_no_other_link_the_page_says_whether_one_came(
    sqlite_template: Path, tmp_path: Path
) -> None:
    database = Path(shutil.copy(sqlite_template, tmp_path / "parley.db"))
    async with open_town(database, join={"template": ""}) as town, serving(town) as pages:
        host, guest = await books(town, makes="later")
        url = town.card().links()["Join"]
        assert url in town.mail.to(guest.email)[-1].text
        assert await leads_to(town, pages) == ""
        town.now += timedelta(days=30)
        page = await (await pages.get(url)).text()
        assert "No link yet" in page
        assert "ask in your room" in page
        town.now -= timedelta(days=30)
        (key,) = town.calendars.videos
        town.calendars.videos[key] = "https://video.example/late"
        await town.passes(timedelta(minutes=1))
        assert await leads_to(town, pages) == "https://video.example/late"
        mine = await host.types("/meet list")
        assert mine is not None
        assert mine.links()["Join"] == url


@pytest.mark.parametrize("why", ["none is made", "it was mailed"])
async def test_where_no_link_will_come_nothing_leads_to_one(
    sqlite_template: Path, tmp_path: Path, why: str
) -> None:
    database = Path(shutil.copy(sqlite_template, tmp_path / "parley.db"))
    async with open_town(database, join={"template": ""}) as town:
        if why == "none is made":
            host, guest = await books(town, makes="never")
        else:
            host, guest = await booked(town)
            account = await link(town, host, "main", target="main")
            async with town.office.store.write() as tx:
                await tx.save_account(replace(account, video="wanted"))
        for card in (town.card(), await guest.types("/meet list")):
            assert card is not None
            assert "Join" not in card.links()
