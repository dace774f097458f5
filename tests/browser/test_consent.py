"""Google and Microsoft linked in Chromium: the real process, our pages, the provider's own, and the room."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.consent import (
    ACCOUNTS,
    Provider,
    Town,
    code_on,
    open_site_with_providers,
    sees,
)
from tests.processes.databases import Databases

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ROOMS = 7


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """One process for all tests here."""
    folder = tmp_path_factory.mktemp("consent")
    databases = await asyncio.to_thread(Databases, folder)
    with databases.fresh() as url:
        async with open_site_with_providers(folder / "site", url, browser, ROOMS) as town:
            yield town


@pytest_asyncio.fixture(loop_scope="session")
async def town(shared: Town) -> AsyncIterator[Town]:
    """No browser complained, unless the test expected it."""
    shared.complaints.clear()
    yield shared
    assert shared.complaints == []


@pytest.fixture(params=["google", "microsoft"])
def provider(request: pytest.FixtureRequest, shared: Town) -> Provider:
    """Where the host has an account."""
    found = shared.providers[request.param]
    found.becomes("host")
    return found


async def leaves(town: Town, address: str, *, writing: bool = True) -> Page:
    """From the private card's link over our page to the provider's, in a new browser."""
    page = await (await town.new_browser()).new_page()
    await page.goto(address)
    await goes_on(page, writing=writing)
    return page


async def goes_on(page: Page, *, writing: bool = True) -> None:
    """Our page, and its button."""
    await expect(page.get_by_text("@host", exact=False)).to_be_visible()
    await page.get_by_label("Also write").set_checked(writing)
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("button", name="Cancel")).to_be_visible()


async def agrees(page: Page, provider: Provider) -> None:
    """On the provider's page."""
    await page.get_by_role("button", name=provider.allow).click()


async def test_from_the_private_card_to_the_provider_and_back_into_the_room(
    town: Town, provider: Provider
) -> None:
    room = await town.room()
    page = await leaves(town, await room.address(provider))
    assert page.url.startswith(tuple(provider.addresses.values()))
    await expect(page.get_by_text(ACCOUNTS["host"])).to_be_visible()
    await agrees(page, provider)
    await sees(page, "Almost done")
    back, code = page.url, await code_on(page)
    await page.reload()
    assert await code_on(page) == code
    linked = await room.types_code(room.host, code)
    assert f"✅ {provider.title} is linked ({ACCOUNTS['host']})" in linked.text

    await page.goto(back)
    await sees(page, "This sign-in is over")
    await expect(page.get_by_text("done already")).to_be_visible()
    town.complaints.clear()  # the browser notes every answer that says no
    assert (await room.linked(room.host)).count(ACCOUNTS["host"]) == 1


async def test_who_does_not_agree_is_told_what_to_do_and_led_back(town: Town, provider: Provider) -> None:
    room = await town.room()
    page = await leaves(town, await room.address(provider))
    await page.get_by_role("button", name="Cancel").click()
    await sees(page, "Nothing was linked")
    await expect(page.get_by_text("You did not allow access")).to_be_visible()
    town.complaints.clear()
    await page.get_by_role("link", name="Try again").click()
    await goes_on(page)
    await agrees(page, provider)
    assert "is linked" in (await room.types_code(room.host, await code_on(page))).text


async def test_a_box_left_unticked_is_named_and_can_be_ticked(town: Town) -> None:
    provider, room = town.providers["google"], await town.room()
    provider.becomes("host")
    page = await leaves(town, await room.address(provider))
    for box in ("View your availability", "See, create, change"):
        await page.get_by_label(box).uncheck()
    await agrees(page, provider)
    await sees(page, "Nothing was linked")
    await expect(page.get_by_text("tick “View your availability in your calendars”")).to_be_visible()
    town.complaints.clear()
    await page.get_by_role("link", name="Try again").click()
    await goes_on(page)
    await page.get_by_label("See, create, change").uncheck()
    await agrees(page, provider)
    await expect(page.get_by_text("but not write into it")).to_be_visible()
    linked = await room.types_code(room.host, await code_on(page))
    assert "is linked" in linked.text
    assert "target" not in linked.values()


async def test_a_link_that_was_passed_on_links_nobody_s_calendar(town: Town) -> None:
    provider, room = town.providers["google"], await town.room()
    address = await room.address(provider)
    provider.becomes("guest")
    page = await leaves(town, address)
    await agrees(page, provider)
    await expect(page.get_by_text(ACCOUNTS["guest"])).to_be_visible()
    code = await code_on(page)
    asked = await room.asks_for_code(room.guest)
    assert "No sign-in waits" in asked.text
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert "not the code" in (await room.types_code(room.host, wrong)).text
    for member in (room.host, room.guest):
        assert "You have linked no calendar" in await room.linked(member)


async def test_a_sign_in_of_another_browser_does_not_count(town: Town) -> None:
    """Somebody sends the address of the provider's page, hoping that another will agree to it."""
    provider, room = town.providers["microsoft"], await town.room()
    provider.becomes("guest")
    first = await leaves(town, await room.address(provider))
    other = await (await town.new_browser()).new_page()
    await other.goto(first.url)
    await agrees(other, provider)
    await sees(other, "Nothing was linked")
    await expect(other.get_by_text("begun in another browser")).to_be_visible()
    town.complaints.clear()
    assert "You have linked no calendar" in await room.linked(room.host)


async def test_a_link_that_is_over_says_where_to_get_another(town: Town) -> None:
    page = await (await town.new_browser()).new_page()
    await page.goto(f"http://127.0.0.1:{town.site.port}/link/l-long-ago/google")
    await sees(page, "Link over")
    await expect(page.get_by_text("in your room again")).to_be_visible()
    town.complaints.clear()
