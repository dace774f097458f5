"""Signing in once more, and to several accounts at once: what is written where, and which code is whose."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import calendars
from scheduling_core.linked_calendars import LinkedAccount
from tests.bot.beginnings import said, set_up
from tests.bot.linking import link, person
from tests.bot.test_linking import ACCOUNT, Browser, asks, code_on, leaves, types_code
from tests.bot.test_pages import serving
from tests.bot.town import Member, Seen, Town
from tests.fakes.calendars import PASSWORD, FakeConsent

OTHER = "host@elsewhere.example"


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[Browser]:
    """The only one of the town; people can sign in to two accounts."""
    town.calendars.add(ACCOUNT, "main", "club")
    town.calendars.add(OTHER, "private")
    async with serving(town) as pages:
        yield Browser(pages.client)


async def _links(
    town: Town, host: Member, browser: Browser, address: str, account: str = ACCOUNT, **more: str
) -> Seen:
    code = await browser.signs_in(address, account, **more)
    await town.settle()
    linked = await types_code(host, code)
    assert linked is not None
    return linked


async def _accounts(town: Town, host: Member) -> dict[str, LinkedAccount]:
    owner = await person(town, host)
    async with town.office.store.read() as reading:
        return {each.name: each for each in (await reading.accounts([owner.id])).get(owner.id, [])}


async def _loses_access(town: Town, host: Member, account: str) -> str:
    """Access is withdrawn at the provider; returns the address behind *Reconnect*."""
    town.calendars.revoked.add(account)
    town.now += timedelta(hours=7)
    await calendars.look(town.office)
    await town.settle()
    ways = await host.presses("Reconnect")
    town.calendars.revoked.clear()
    assert ways is not None
    return ways.links()["Fake calendar"]


def _may_not_write(town: Town, account: str) -> None:
    known = town.calendars.accounts[account]
    town.calendars.accounts[account] = tuple(replace(each, can_write=False) for each in known)


async def test_reconnecting_keeps_writing_unless_its_owner_takes_that_away_and_hears_it(
    town: Town, browser: Browser
) -> None:
    host = await set_up(town)
    await _links(town, host, browser, await asks(host), writing="yes")
    address = await _loses_access(town, host, ACCOUNT)
    assert 'value="yes" checked' in await browser.opens(address)
    await _links(town, host, browser, address, writing="yes")
    assert (await _accounts(town, host))[ACCOUNT].target == "main"

    address = await _loses_access(town, host, ACCOUNT)
    _may_not_write(town, ACCOUNT)
    page = await browser.opens(address, "POST", account=ACCOUNT, password=PASSWORD)
    assert "your meetings are not written into it any more" in page
    await town.settle()
    linked = await types_code(host, code_on(page))
    assert "I do not write your meetings into it any more" in said(linked)
    assert "are written into" not in said(await host.presses("Save", linked))
    assert (await _accounts(town, host))[ACCOUNT].target == ""


async def test_who_reconnects_by_another_account_is_told_which_one_still_waits(
    town: Town, browser: Browser
) -> None:
    host = await set_up(town)
    await _links(town, host, browser, await asks(host), writing="yes")
    address = await _loses_access(town, host, ACCOUNT)
    await _links(town, host, browser, address, OTHER, writing="yes")
    targets = {name: account.target for name, account in (await _accounts(town, host)).items()}
    assert targets == {ACCOUNT: "", OTHER: "private"}
    told = host.find("Reconnect")
    assert f"Fake calendar ({ACCOUNT}) is as it was" in told.text
    assert f"Your next meetings are written into {OTHER}" in told.text
    assert "Which calendar" in said(await host.presses("Reconnect", told))


async def test_a_second_account_that_was_to_be_written_into_says_where_meetings_stay(
    town: Town, browser: Browser
) -> None:
    host = await set_up(town)
    await _links(town, host, browser, await asks(host), writing="yes")
    second = await _links(town, host, browser, await asks(host), OTHER, writing="yes")
    assert f"Your meetings stay written into {ACCOUNT}" in said(second)
    assert (await _accounts(town, host))[OTHER].target == ""


async def test_two_accounts_can_be_signed_in_to_side_by_side_and_each_code_links_its_own(
    town: Town, browser: Browser
) -> None:
    town.calendars.consent = FakeConsent(town.calendars)
    host = await set_up(town)
    address = await asks(host)
    for _ in range(2):
        await leaves(browser, address)
    codes = [
        code_on(await browser.opens(f"/link/back/fake?state=state-{place}&code={account}"))
        for place, account in enumerate((ACCOUNT, OTHER), start=1)
    ]
    await town.settle()
    assert all(codes)
    assert f"is linked ({ACCOUNT})" in said(await types_code(host, codes[0]))
    assert "not the code" in said(await types_code(host, codes[0]))
    assert f"is linked ({OTHER})" in said(await types_code(host, codes[1]))


async def test_a_wrong_code_counts_against_every_account_that_waits(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    address = await asks(host)
    codes = [await browser.signs_in(address, account) for account in (ACCOUNT, OTHER)]
    await town.settle()
    question = host.find("Link it").data("Link it")
    for guess in ("000000", "111111", "222222"):
        seen = await host.sends(question | {"code": guess})
    assert "That sign-in is over" in said(seen)
    for code in codes:
        assert "That sign-in is over" in said(await host.sends(question | {"code": code}))
    assert await _accounts(town, host) == {}


async def test_ten_accounts_are_the_most(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    address = await asks(host)
    for number in range(9):
        await link(town, host, f"c{number}")
    town.calendars.add("tenth", "tenth")
    code = await browser.signs_in(address, "tenth")
    await town.settle()
    await link(town, host, "c9")
    said_no = "You have linked 10 calendar accounts"

    assert said_no in said(await types_code(host, code))
    assert said_no in said(await host.types("/meet link"))
    assert len(await _accounts(town, host)) == 10

    await host.presses("Unlink", await host.types("/meet calendars"))
    await host.presses("Unlink it")
    await host.presses("Type the code")
    assert said_no not in said(await types_code(host, code))
    assert "tenth" in {each.name for each in (await _accounts(town, host)).values()}
