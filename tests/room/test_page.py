"""The page in a real Chromium: two people in two zones, cards, forms, the keyboard."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from tests.room.conftest import RunningRoom, running_room
from tests.room.sample_cards import card, form, invitation, submit, text
from tests.room.scripted_bot import ScriptedBot, message

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
HOSTILE = "<img src=x onerror=alert(1)> [now](javascript:alert(1)) {{DATE(soon)}}"


class Visitors:
    """Opens the room as somebody, in their zone; `complaints` are errors of the pages, CSP breaches too."""

    def __init__(self, browser: Browser, room: RunningRoom) -> None:
        self._browser, self._room = browser, room
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    async def open(self, person: str, zone: str, locale: str = "en-GB", **more: Any) -> Page:
        context = await self._browser.new_context(timezone_id=zone, locale=locale, **more)
        self._contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(f"{self._room.url}/room-1?as={person}")
        await expect(page.get_by_role("heading", name="Logo design")).to_be_visible()
        return page

    async def leave(self) -> None:
        for context in self._contexts:
            await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def room(tmp_path: Path) -> AsyncIterator[RunningRoom]:
    """A fresh room, in the loop of the browser."""
    bot = ScriptedBot()
    await bot.start()
    async with running_room(bot, tmp_path / "room.sqlite") as room:
        yield room
    await bot.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(browser: Browser, room: RunningRoom) -> AsyncIterator[Visitors]:
    visitors = Visitors(browser, room)
    yield visitors
    await visitors.leave()
    assert visitors.complaints == []


async def type_line(page: Page, line: str) -> None:
    box = page.get_by_role("textbox", name="Message, or /meet")
    await box.fill(line)
    await box.press("Enter")


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


async def test_a_command_a_private_card_a_press_and_each_reader_sees_their_own_time(
    visitors: Visitors,
) -> None:
    host = await visitors.open("u-1", "Europe/Berlin")
    guest = await visitors.open("u-2", "America/Sao_Paulo")
    await type_line(host, "/meet @guest 30 logo review")
    await expect(host.get_by_text("Set up in one tap")).to_be_visible()
    await expect(host.get_by_text("Only you can see this")).to_have_count(2)

    await button(host, "Send invitation").click()

    await expect(guest.get_by_text("@host would like to meet")).to_be_visible()
    await expect(guest.locator(".card")).to_contain_text("Thu 26 Nov, 11:00")
    await expect(host.get_by_text("2 · Thu 26 Nov, 15:00")).to_be_visible()
    await expect(host.get_by_text("Set up in one tap")).to_have_count(0)
    await expect(guest.get_by_text("Set up in one tap")).to_have_count(0)

    await button(guest, "2").click()
    await expect(guest.get_by_role("heading", name="Thursday 26 November, 11:00 your time")).to_be_focused()
    await guest.keyboard.press("Tab")
    await expect(button(guest, "Confirm")).to_be_focused()
    await guest.keyboard.press("Enter")

    await expect(host.get_by_text("@host & @guest · Thu 26 Nov, 15:00")).to_be_visible()
    await expect(guest.get_by_text("Done. Your invite is in your mail.")).to_be_visible()
    await expect(guest.locator(".card")).to_have_count(1)


async def test_the_focus_is_not_taken_back_when_the_answer_follows_the_event_that_brought_the_card(
    visitors: Visitors, room: RunningRoom
) -> None:
    guest = await visitors.open("u-2", "America/Sao_Paulo")
    await room.bot.post("created", message("m_meet", 1, "Invitation", invitation()))
    moved_on = asyncio.Event()

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        await moved_on.wait()
        await route.fulfill(response=answer)

    await guest.route("**/api/press", answer_late)
    await button(guest, "2").click()
    await expect(guest.get_by_role("heading", name="Thursday 26 November, 11:00 your time")).to_be_focused()
    await guest.keyboard.press("Tab")
    moved_on.set()
    await expect(button(guest, "2")).to_have_attribute("aria-busy", "false")
    await expect(button(guest, "Confirm")).to_be_focused()


async def test_changing_the_zone_moves_every_time_on_the_page(visitors: Visitors, room: RunningRoom) -> None:
    guest = await visitors.open("u-2", "America/Sao_Paulo", "de-DE")
    await room.bot.post("created", message("m_meet", 1, "Invitation", invitation()))
    await expect(guest.get_by_text("Do., 26. Nov., 11:00")).to_be_visible()
    await guest.get_by_label("Time zone").select_option("Asia/Tokyo")
    await expect(guest.get_by_text("Do., 26. Nov., 23:00")).to_be_visible()
    assert room.bot.deliveries[-1][1]["type"] == "members"
    assert room.bot.deliveries[-1][1]["actor"]["zone"] == "Asia/Tokyo"


async def test_a_form_sends_all_its_inputs_as_text_once_they_are_right(
    visitors: Visitors, room: RunningRoom
) -> None:
    host = await visitors.open("u-1", "Europe/Berlin")
    await room.bot.post("created", message("m_form", 1, "Your hours", form(), "u-1"))
    await host.get_by_label("Tuesday", exact=True).first.fill("10-16")
    await button(host, "Save").click()
    await expect(host.get_by_label("Until")).to_be_focused()
    await expect(host.get_by_text("Pick a day.")).to_be_visible()

    await host.get_by_label("Until").fill("2026-12-24")
    await host.get_by_role("group", name="Copy Monday to").get_by_label("Wednesday").check()
    await host.get_by_role("group", name="Copy Monday to").get_by_label("Friday").check()
    await host.get_by_label("Length").select_option("UTC")
    await host.get_by_label("Weekends too").check()
    await button(host, "Save").click()

    await expect(host.get_by_role("alert").filter(has_text="I cannot do “save” yet.")).to_be_visible()
    data = room.bot.deliveries[-1][1]["data"]
    hours = dict.fromkeys(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "9-12, 13-17"
    )
    choices = {"copy": "wed,fri", "length": "UTC", "until": "2026-12-24", "weekends": "yes", "note": ""}
    assert data == {"do": "save", "zone": "Europe/Berlin", **hours, "tuesday": "10-16", **choices}


async def test_hostile_words_stay_words(visitors: Visitors, room: RunningRoom) -> None:
    guest = await visitors.open("u-2", "America/Sao_Paulo")
    await room.say("u-1", HOSTILE)
    content = card(
        text(HOSTILE), text("**bold** [here](https://example.test/) \\*plain\\*"), submit_row(HOSTILE)
    )
    await room.bot.post("created", message("m_1", 1, "x", content))
    await expect(guest.get_by_text(HOSTILE)).to_have_count(3)
    await expect(guest.locator("article img:not(.avatar)")).to_have_count(0)
    await expect(guest.locator("article a")).to_have_attribute("href", "https://example.test/")
    await expect(guest.get_by_text("bold here *plain*")).to_be_visible()


def submit_row(title: str) -> dict[str, Any]:
    return {"type": "ActionSet", "actions": [submit(title, {"do": "pick", "n": 1})]}


async def test_a_press_that_takes_time_is_sent_once(visitors: Visitors, room: RunningRoom) -> None:
    guest = await visitors.open("u-2", "America/Sao_Paulo")
    await room.bot.post("created", message("m_meet", 1, "Invitation", invitation()))
    await expect(button(guest, "2")).to_be_visible()
    await room.bot.stop()
    room.bot.deliveries.clear()
    await button(guest, "2").click()
    await expect(button(guest, "2")).to_have_attribute("aria-busy", "true")
    await button(guest, "2").click(force=True)
    await button(guest, "3").click()
    await room.bot.start()
    await expect(guest.get_by_text("Held for you for 5 minutes.")).to_have_count(1)
    await expect(button(guest, "2")).to_have_attribute("aria-busy", "false")
    assert [delivery["data"] for _, delivery in room.bot.deliveries] == [{"do": "pick", "n": 2}]


async def test_answers_can_be_typed_and_refusals_are_private(visitors: Visitors, room: RunningRoom) -> None:
    guest = await visitors.open("u-2", "America/Sao_Paulo")
    await room.bot.post("created", message("m_meet", 1, "Invitation", invitation()))
    await expect(button(guest, "2")).to_be_visible()
    await type_line(guest, "2")
    await expect(guest.get_by_text("Held for you for 5 minutes.")).to_be_visible()
    await expect(guest.get_by_role("textbox", name="Message, or /meet")).to_be_focused()
    await type_line(guest, "/meet @nobody")
    await expect(guest.get_by_text("There is nobody called @nobody in this room.")).to_be_visible()


async def test_a_page_catches_up_by_itself_after_a_restart_of_the_room(
    visitors: Visitors, room: RunningRoom
) -> None:
    guest = await visitors.open("u-2", "America/Sao_Paulo")
    await room.bot.post("created", message("m_1", 1, "before"))
    await expect(guest.get_by_text("before", exact=True)).to_be_visible()
    await room.restart()
    await room.bot.post("updated", message("m_1", 2, "afterwards"))
    await expect(guest.get_by_text("afterwards", exact=True)).to_be_visible()
    await expect(guest.get_by_text("before", exact=True)).to_have_count(0)
    visitors.complaints.clear()  # the browser logs the refused connection


async def test_a_letter_that_comes_while_the_drawer_is_open_appears(
    visitors: Visitors, room: RunningRoom
) -> None:
    guest = await visitors.open("u-2", "America/Sao_Paulo")
    await button(guest, "Mail").click()
    await expect(guest.get_by_text("No mail for you yet.")).to_be_visible()
    mail = room.data.parent / "mail"
    mail.mkdir()
    (mail / "1.eml").write_bytes(b"To: guest@example.test\nSubject: Logo review is set\n\nThursday at 11:00")
    (mail / "2.eml").write_bytes(b"To: host@example.test\nSubject: For the host\n\nThursday at 15:00")
    await guest.get_by_text("Logo review is set").click()
    await expect(guest.get_by_text("Thursday at 11:00")).to_be_visible()
    await expect(guest.get_by_text("For the host")).to_have_count(0)


async def test_nothing_is_wider_than_a_phone(visitors: Visitors, room: RunningRoom) -> None:
    phone = await visitors.open("u-1", "Europe/Berlin", viewport={"width": 390, "height": 844})
    await room.bot.post("created", message("m_meet", 1, "Invitation", invitation("A" * 200)))
    await room.bot.post("created", message("m_form", 1, "Your hours", form()))
    await expect(phone.get_by_text("Your hours")).to_be_visible()
    assert await phone.evaluate("document.documentElement.scrollWidth") == 390
    assert await phone.evaluate("document.querySelector('#log').scrollWidth") <= 390
