"""One grant at a provider may stand behind several linked accounts; it is given back with the last one."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from scheduling_core.errors import Unavailable
from tests.bot.beginnings import said, set_up
from tests.bot.test_linking import ACCOUNT, Browser, asks, types_code
from tests.bot.test_pages import serving
from tests.bot.town import Member, Town


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[Browser]:
    """The only one of the town."""
    town.calendars.add(ACCOUNT, "main")
    async with serving(town) as pages:
        yield Browser(pages.client)


async def _links(town: Town, member: Member, browser: Browser) -> None:
    code = await browser.signs_in(await asks(member))
    await town.settle()
    assert "is linked" in said(await types_code(member, code))


async def _unlinks(town: Town, member: Member) -> str:
    done = await member.presses(
        "Unlink it", await member.presses("Unlink", await member.types("/meet unlink"))
    )
    await town.settle()
    return said(done)


async def test_a_grant_that_another_linked_account_stands_on_is_kept(town: Town, browser: Browser) -> None:
    host, guest = await set_up(town), await set_up(town, "u-2")
    await _links(town, host, browser)
    await _links(town, guest, browser)
    assert "linked elsewhere, so access to it stays" in await _unlinks(town, guest)
    assert town.calendars.revoked == set()
    assert "Access is given back" in await _unlinks(town, host)
    assert town.calendars.revoked == {ACCOUNT}


async def test_giving_back_late_does_not_end_what_was_linked_meanwhile(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    await _links(town, host, browser)
    town.calendars.revoke_trouble = Unavailable("busy")
    await _unlinks(town, host)
    code = await browser.signs_in(await asks(host))
    town.calendars.revoke_trouble = None
    await town.passes(timedelta(minutes=5))
    assert "is linked" in said(await types_code(host, code))
    await town.passes(timedelta(hours=1))
    assert town.calendars.revoked == set()


async def test_where_access_cannot_be_given_back_its_owner_is_told_what_to_do(
    town: Town, browser: Browser
) -> None:
    host = await set_up(town)
    await _links(town, host, browser)
    town.calendars.left_to_do = "Delete the app password where you made it."
    done = await _unlinks(town, host)
    assert "Delete the app password" in done
    assert "given back" not in done


async def test_consent_whose_code_is_never_typed_is_given_back(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    await browser.signs_in(await asks(host))
    await town.passes(timedelta(minutes=9))
    assert town.calendars.revoked == set()
    await town.passes(timedelta(minutes=1))
    assert town.calendars.revoked == {ACCOUNT}
