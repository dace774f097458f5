"""A whole meeting in Chromium, both sides, over the real bot and the real room."""

import re
import signal
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from icalendar import Calendar
from playwright.async_api import Browser, expect

from tests.browser.demo import ADDRESS, Demo, Seat, Stage, running_demo

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
HALF_AN_HOUR = timedelta(minutes=30)
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def shared_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all tests that leave it running."""
    with running_demo(tmp_path_factory.mktemp("demo") / "data") as demo:
        yield demo


@pytest.fixture
def fresh_demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo that nobody has used yet."""
    with running_demo(tmp_path / "data") as demo:
        yield demo


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser, shared_demo: Demo) -> AsyncIterator[Stage]:
    """A room with browsers before it, none of which may complain."""
    stage = Stage(browser, shared_demo)
    yield stage
    await stage.leave()
    assert stage.complaints == []


async def invite(host: Seat) -> None:
    """One command; the tap is needed only where the host never set up."""
    await host.says("/meet @guest 30 logo review")
    send = host.button("Send invitation")
    invitation = host.page.get_by_text("@host would like to meet @guest")
    await expect(send.or_(invitation)).to_be_visible()
    if await send.is_visible():
        await send.click()
    await expect(invitation).to_be_visible()


async def book(guest: Seat, number: str = "2") -> None:
    """Two taps."""
    await guest.presses(number)
    await guest.presses("Confirm")
    await guest.sees("Booked with @host")


async def invite_of(seat: Seat, subject: str) -> str:
    """The UID of the invite in the newest mail with this subject, read in the drawer."""
    await seat.presses("Mail")
    letters = seat.page.locator("#letters")
    await letters.get_by_text(subject).first.click()
    await letters.get_by_text("invite.ics", exact=True).click()
    shown = letters.locator(".attachment pre")
    await expect(shown).to_contain_text("END:VCALENDAR")
    text = await shown.inner_text()
    await seat.presses("Close")
    return uid(text)


def uid(ics: str) -> str:
    (event,) = Calendar.from_ical(ics).walk("VEVENT")
    return str(event["uid"])


async def test_a_meeting_is_arranged_booked_moved_cancelled_and_arranged_again(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    other = await stage.seat("u-3", "Asia/Kolkata")
    await invite(host)
    card = "@host would like to meet @guest"
    offered = await guest.instants(guest.card(card))
    assert len(offered) == 5
    assert offered == await host.instants(host.card(card)) == await other.instants(other.card(card))

    await book(guest)
    await expect(guest.card("Booked with @host")).to_contain_text("your time")
    assert await host.instants(host.card("Each of you gets")) == [offered[1], offered[1] + HALF_AN_HOUR]
    guests_own = await invite_of(guest, "Booked: logo review")
    assert guests_own != await invite_of(host, "Booked: logo review")
    await adds_to_calendar(guest, guests_own)
    await joins_too_early(guest)

    await moves(guest, host)
    await cancels(guest, host, other)
    await host.presses("Find a new time")
    await guest.sees(card)
    await expect(guest.button("6")).to_be_visible()


async def adds_to_calendar(guest: Seat, own_uid: str) -> None:
    await guest.presses("Add to calendar")
    links = guest.card("Add it to your calendar")
    for name in ("Google", "Outlook.com", "Office 365", "Yahoo"):
        await expect(links.get_by_role("link", name=name)).to_have_attribute("href", re.compile("^https://"))
    async with guest.page.expect_download() as coming:
        await links.get_by_role("link", name=".ics file").click()
    assert uid((await (await coming.value).path()).read_text()) == own_uid


async def joins_too_early(guest: Seat) -> None:
    async with guest.page.expect_popup() as coming:
        await guest.card("Each of you gets").get_by_role("link", name="Join").click()
    page = await coming.value
    await expect(page.get_by_role("heading", name="A little early")).to_be_visible()
    await page.close()


async def moves(guest: Seat, host: Seat) -> None:
    """Both see the new time without loading anything anew; *Undo* takes it back."""
    shown = host.card("Each of you gets").locator(".card time").first
    old_time = str(await shown.get_attribute("datetime"))
    await guest.presses("Reschedule")
    times = guest.card("Move the meeting").get_by_role("button", name=re.compile(r"\d\d:\d\d"))
    await times.last.click()
    await expect(guest.button("Undo")).to_be_visible()
    await host.sees("@guest moved it to")
    await expect(shown).not_to_have_attribute("datetime", old_time)
    await guest.presses("Undo")
    await guest.sees("the meeting is back at its old time")
    await expect(shown).to_have_attribute("datetime", old_time)


async def cancels(guest: Seat, host: Seat, other: Seat) -> None:
    """The reason is the other participant's alone."""
    await guest.presses("Cancel")
    question = guest.card("Cancel the meeting with @host?")
    await question.get_by_label("Reason").fill("The train is late")
    await guest.presses("Cancel meeting")
    await host.sees("@guest cancelled your meeting.", "Reason: The train is late")
    for seat in (host, guest, other):
        await expect(seat.card("Cancelled: @host & @guest")).to_be_visible()
    await other.sees_not("The train is late")
    await expect(host.card("The train is late")).to_contain_text("Only you can see this")


async def test_none_fit_within_and_beyond_the_hosts_hours_on_a_phone(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest(viewport=PHONE)
    await invite(host)
    await guest.presses("None fit")
    form = guest.card("When could you?")
    await expect(form).to_be_visible()
    days = await form.get_by_role("group", name="Days").locator(".choice").all_inner_texts()
    workday = next(day for day in reversed(days[2:7]) if not day.startswith("S"))
    await form.get_by_label(workday).check()
    await form.get_by_label("Part of the day").select_option(value="morning")
    await guest.presses("Find times")
    suiting = guest.card("These suit you both").get_by_role("button", name=workday)
    await expect(suiting.first).to_be_visible()

    await guest.presses("Other days")
    saturday = next(day for day in reversed(days) if day.startswith("Sat"))
    await guest.card("When could you?").get_by_label(saturday).check()
    await guest.card("When could you?").get_by_label("A word").fill("after the market")
    await guest.presses("Find times")
    await guest.sees("so I asked")
    await host.sees("@guest writes: after the market")
    await host.card("after the market").get_by_role("button", name=re.compile("^Accept Sat")).first.click()
    await expect(guest.card("Each of you gets")).to_contain_text("✅ @host & @guest")
    assert await guest.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert await guest.page.evaluate("document.querySelector('#log').scrollWidth") <= PHONE["width"]


async def test_a_form_with_a_mistake_keeps_what_was_typed(stage: Stage) -> None:
    host = await stage.host()
    await host.says("/meet settings")
    await host.page.get_by_label("Tuesday").fill("9-25")
    await host.page.get_by_label("Your line").fill("Bring your own coffee.")
    await host.presses("Save")
    await host.sees("25 is not a time of day")
    await expect(host.page.get_by_label("Tuesday")).to_have_value("9-25")
    await expect(host.page.get_by_label("Your line")).to_have_value("Bring your own coffee.")
    await host.page.get_by_label("Tuesday").fill("9-12")
    await host.presses("Save")
    await expect(host.card("Saved")).to_contain_text("Tue 9:00–12:00")


async def test_the_keyboard_alone_books_a_time_that_is_not_on_the_card(stage: Stage) -> None:
    host, guest = await stage.host(), await stage.guest()
    await invite(host)
    await guest.page.get_by_role("textbox", name="Message, or /meet").focus()
    await tabs_to(guest, "More times", "Shift+Tab")
    await guest.page.keyboard.press("Enter")
    await expect(guest.page.get_by_role("heading", name="Pick a time")).to_be_focused()
    await guest.page.keyboard.press("Tab")
    await guest.page.keyboard.press("Enter")
    await expect(guest.page.get_by_role("heading", name="your time")).to_be_focused()
    await tabs_to(guest, "Confirm", "Tab")
    await guest.page.keyboard.press("Enter")
    await host.sees("✅ @host & @guest")


async def tabs_to(seat: Seat, name: str, key: str, at_most: int = 20) -> None:
    """Walk the focus to the button of that name."""
    for _ in range(at_most):
        if await seat.button(name).evaluate("button => button === document.activeElement"):
            return
        await seat.page.keyboard.press(key)
    pytest.fail(f"the keyboard does not reach {name!r}")


async def test_cards_and_buttons_outlive_a_restart_and_a_kill(browser: Browser, fresh_demo: Demo) -> None:
    stage = Stage(browser, fresh_demo)
    host, guest = await stage.host(), await stage.guest()
    await host.says("/meet @guest 30 logo review")
    await host.sees("Set up in one tap", "Time zone Europe/Berlin")
    await host.presses("Send invitation")
    await guest.sees("@host would like to meet @guest")

    assert fresh_demo.stop(signal.SIGTERM) == 0
    fresh_demo.start()
    await guest.presses("3")
    await guest.sees("Held for you for 5 minutes.")

    # This also shows that no room is left behind: the port is free for the next one.
    fresh_demo.stop(signal.SIGKILL)
    fresh_demo.start()
    await guest.presses("Confirm")
    await guest.sees("Booked with @host")
    await expect(host.card("Each of you gets")).to_be_visible()
    await invite_of(guest, "Booked: logo review")
    await stage.leave()

    assert fresh_demo.stop(signal.SIGINT, whole_group=True) == 0
    assert ADDRESS.findall(fresh_demo.printed) == [fresh_demo.url.encode()]
    assert b"Traceback" not in fresh_demo.printed
