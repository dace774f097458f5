"""Linking a calendar: a link in the room, a page in the browser, a code back in the room."""

import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestClient

from scheduling_core.linked_calendars import LinkedAccount
from tests.bot.beginnings import said, set_up
from tests.bot.linking import busy, link, person
from tests.bot.test_pages import serving
from tests.bot.town import TUESDAY, Member, Seen, Town
from tests.fakes.calendars import CONSENT, PASSWORD, FakeConsent

ACCOUNT = "host@calendars.example"


@dataclass(slots=True)
class Browser:
    """Somebody's browser at the bot's pages.

    Attributes:
        status: of the last answer.
    """

    client: TestClient[web.Request, web.Application]
    status: int = 0

    async def opens(self, address: str, method: str = "GET", /, **form: str) -> str:
        """Returns the page."""
        path = address.removeprefix("https://parley.example.org")
        answer = await self.client.request(method, path, data=form or None, allow_redirects=False)
        self.status = answer.status
        assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
        return await answer.text()

    async def signs_in(
        self, address: str, account: str = ACCOUNT, password: str = PASSWORD, **more: str
    ) -> str:
        """Fills the form in; returns the code, or "" when it was refused."""
        page = await self.opens(address, "POST", account=account, password=password, **more)
        return code_on(page)

    async def forget(self) -> None:
        """Another browser."""
        jar = self.client.session.cookie_jar
        assert isinstance(jar, CookieJar)
        jar.clear()


def code_on(page: str) -> str:
    """The six digits a page shows, or ""."""
    found = re.search(r'class="code">(\d{6})<', page)
    return found[1] if found else ""


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[Browser]:
    """The only one of the town; it takes cookies from plain http."""
    town.calendars.add(ACCOUNT, "main", "club")
    async with serving(town) as pages:
        yield Browser(pages.client)


async def asks(member: Member) -> str:
    """`/meet link`: the address for the fake's kind of calendars."""
    seen = await member.types("/meet link")
    assert seen is not None
    return seen.links()["Fake calendar"]


async def types_code(member: Member, code: str) -> Seen | None:
    """Into the private card that asks for it."""
    return await member.presses("Link it", None, code=code)


def rows(town: Town, table: str) -> list[tuple[object, ...]]:
    """Everything in a table."""
    with sqlite3.connect(town.database.path) as conn:
        return list(conn.execute(f"SELECT * FROM {table}"))


async def test_a_calendar_is_linked_and_counts_at_once(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    code = await browser.signs_in(await asks(host))
    await town.settle()
    question = host.find("Link it")
    assert ACCOUNT not in question.text
    assert code not in question.text
    busy(town, "main", (TUESDAY, 30))
    linked = await types_code(host, f" {code[:3]} {code[3:]} ")
    assert "✅ Fake calendar is linked" in said(linked)
    await host.types("/meet @guest 30")
    assert "Tue 24" not in town.card().text
    assert "2 of 2 calendars count" in said(await host.types("/meet calendars"))


async def test_whom_the_question_did_not_reach_can_ask_for_it(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    address = await asks(host)
    assert "No sign-in waits" in said(await host.presses("Type the code"))
    ways = await host.types("/meet link")
    code = await browser.signs_in(address)
    question = await host.presses("Type the code", ways)
    assert "✅ Fake calendar is linked" in said(await host.presses("Link it", question, code=code))
    ways = await host.types("/meet link")
    assert "No sign-in waits" in said(await host.presses("Type the code", ways))


async def test_connecting_a_calendar_while_setting_up_never_blocks_sending(
    town: Town, browser: Browser
) -> None:
    host = town.member("u-1")
    await host.types("/meet @guest 30 logo review")
    ways = await host.says("connect")
    assert ways is not None
    busy(town, "main", (TUESDAY, 30))
    code = await browser.signs_in(ways.links()["Fake calendar"])
    await town.settle()
    linked = await types_code(host, code)
    assert "✅ Fake calendar is linked" in said(linked)
    assert "Continue" in (await host.presses("Save", linked) or ways).titles
    assert host.find("Send invitation").id == ways.id
    await host.says("yes")
    assert "@host would like to meet @guest" in town.card().text
    assert "logo review" in town.card().text
    assert "Tue 24" not in town.card().text


@pytest.mark.parametrize("button", ["Send invitation", "Continue"])
async def test_what_was_chosen_on_the_set_up_card_holds_beside_the_ways_to_link(
    town: Town, button: str
) -> None:
    del town.people["u-1"]["zone"]
    host = town.member("u-1")
    setup = await host.types("/meet @guest 30")
    ways = await host.presses("Connect calendar", setup, zone="Asia/Kolkata")
    assert "Which calendar shall I look at?" in said(ways)
    after = await host.presses(button, ways)
    if button == "Continue":
        assert "Set up in one tap" in said(after)
    else:
        assert "@host would like to meet @guest" in town.card().text
        assert (await person(town, host)).shown_zone == "Asia/Kolkata"


async def test_opening_the_page_changes_nothing_and_names_no_address(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    address = await asks(host)
    before = rows(town, "records"), rows(town, "messages")
    page = await browser.opens(address)
    await browser.opens(address)
    assert (rows(town, "records"), rows(town, "messages")) == before
    assert "@host" in page
    assert "host@example.org" not in page
    assert 'type="password"' in page


async def test_what_was_typed_wrongly_is_said_and_can_be_typed_again(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    address = await asks(host)
    assert "checked" not in await browser.opens(address)
    page = await browser.opens(address, "POST", account=ACCOUNT, password="wrong", writing="yes")
    assert browser.status == 422
    assert "That account and password do not work" in page
    assert f'value="{ACCOUNT}"' in page
    assert 'value="yes" checked' in page
    assert "wrong" not in page
    assert await browser.signs_in(address)


@pytest.mark.parametrize("address", ["/link/l-nobody-made-this/fake", "/link/back/fake?state=x&code=y"])
async def test_addresses_nobody_was_given_lead_nowhere(town: Town, browser: Browser, address: str) -> None:
    await browser.opens(address)
    assert browser.status in (400, 410)
    await browser.opens((await asks(await set_up(town))).replace("/fake", "/unknown"))
    assert browser.status == 410


async def test_a_link_is_over_after_ten_minutes_and_so_is_a_code(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    address = await asks(host)
    code = await browser.signs_in(address)
    await town.passes(timedelta(minutes=10))
    assert "That sign-in is over" in said(await types_code(host, code))
    await browser.opens(address)
    assert browser.status == 410
    assert rows(town, "calendar_accounts") == []


async def test_a_link_that_was_passed_on_links_nobody_s_calendar(town: Town, browser: Browser) -> None:
    """Who signs in learns a code of no use to them; whose link it was never sees it."""
    host, guest = await set_up(town), await set_up(town, "u-2")
    code = await browser.signs_in(await asks(host))
    await town.settle()
    question = host.find("Link it").data("Link it")
    stolen = await guest.sends(question | {"code": code})
    assert "That sign-in is over" in said(stolen)
    for guess in ("000000", "111111"):
        assert "not the code" in said(await types_code(host, guess))
    assert "That sign-in is over" in said(await types_code(host, "222222"))
    assert "That sign-in is over" in said(await host.sends(question | {"code": code}))
    assert rows(town, "calendar_accounts") == []


async def leaves(browser: Browser, address: str, **form: str) -> str:
    """Goes on to the provider; returns where."""
    page = await browser.opens(address, "POST", **form)
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    assert found, page
    return found[1].replace("&amp;", "&")


async def test_consent_is_given_at_the_provider_and_counts_once(town: Town, browser: Browser) -> None:
    town.calendars.consent = FakeConsent(town.calendars)
    host = await set_up(town)
    where = await leaves(browser, await asks(host), writing="yes")
    assert where.startswith(CONSENT)
    assert where.endswith("redirect_uri=https://parley.example.org/link/back/fake")
    back = f"/link/back/fake?state=state-1&code={ACCOUNT}"
    code = code_on(await browser.opens(back))
    await town.settle()
    assert code_on(await browser.opens(back)) == code
    assert "Your meetings are written into Main" in said(await _saved(host, await types_code(host, code)))
    assert "This sign-in is over" in await browser.opens(back)


async def test_what_looks_at_the_way_back_first_takes_nothing_away(town: Town, browser: Browser) -> None:
    """As scanners of links do, or whoever the address was passed on to."""
    town.calendars.consent = FakeConsent(town.calendars)
    await leaves(browser, await asks(await set_up(town)))
    back = f"/link/back/fake?state=state-1&code={ACCOUNT}"
    await browser.client.head(back)
    async with ClientSession() as elsewhere, elsewhere.get(browser.client.make_url(back)) as answer:
        assert "another browser" in await answer.text()
    assert code_on(await browser.opens(back))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=nonsense", b"account=a"),
        ("application/x-www-form-urlencoded; charset=utf-8", b"account=%ff\xff"),
        ("multipart/form-data", b"account=a"),
        ("multipart/form-data; boundary=b", b"no boundary here"),
        ("multipart/form-data; boundary=b", b"--b\r\nno header\r\n--b--"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="account"\r\n'
            b"Content-Type: text/plain; charset=nonsense\r\n\r\na\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="account"\r\n'
            b"Content-Transfer-Encoding: nonsense\r\n\r\na\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n'
            b"Content-Encoding: gzip\r\n\r\nno gzip\r\n--b--\r\n",
        ),
    ],
)
async def test_what_is_no_form_is_answered_with_the_form(
    town: Town, browser: Browser, kind: str, body: bytes
) -> None:
    path = (await asks(await set_up(town))).removeprefix("https://parley.example.org")
    async with browser.client.post(path, data=body, headers={"content-type": kind}) as answer:
        assert answer.status == 422
        assert 'role="alert"' in await answer.text()


async def test_a_code_is_shown_again_in_its_own_browser_alone(town: Town, browser: Browser) -> None:
    town.calendars.consent = FakeConsent(town.calendars)
    await leaves(browser, await asks(await set_up(town)))
    back = f"/link/back/fake?state=state-1&code={ACCOUNT}"
    assert code_on(await browser.opens(back))
    await browser.forget()
    assert code_on(await browser.opens(back)) == ""


async def _saved(host: Member, choices: Seen | None) -> Seen | None:
    return await host.presses("Save", choices)


async def test_consent_of_another_browser_does_not_count(town: Town, browser: Browser) -> None:
    town.calendars.consent = FakeConsent(town.calendars)
    host = await set_up(town)
    await leaves(browser, await asks(host))
    await browser.forget()
    page = await browser.opens(f"/link/back/fake?state=state-1&code={ACCOUNT}")
    assert "begun in another browser" in page
    assert code_on(page) == ""


async def test_who_does_not_agree_is_told_so(town: Town, browser: Browser) -> None:
    town.calendars.consent = FakeConsent(town.calendars)
    await leaves(browser, await asks(await set_up(town)))
    page = await browser.opens("/link/back/fake?state=state-1&error=access_denied")
    assert "You did not agree" in page


async def test_the_owner_chooses_what_counts_and_where_meetings_are_written(
    town: Town, browser: Browser
) -> None:
    host = await set_up(town)
    choices = await _link(town, host, browser)
    saved = await host.presses("Save", choices, c0="no", c1="no all-day", target="1", video="yes")
    assert said(saved).startswith(
        "Saved. In Fake calendar these count: Club. Your meetings are written into Club, "
        "with a Fake Video link where you are the host."
    )
    (account,) = (await _accounts(town, host)).values()
    assert [(each.counts, each.all_day) for each in account.calendars] == [(False, True), (True, False)]
    again = await host.presses("Choose calendars", await host.types("/meet calendars"))
    assert again is not None
    assert again.values() == {"c0": "no", "c1": "no all-day", "target": "1", "video": "yes", "mode": "ask"}
    await host.presses("Save", again, mode="close")
    await host.presses("Save", await host.types("/meet settings"), length="45 min")
    rules = (await person(town, host)).rules
    assert rules is not None
    assert (rules.when_unreadable, rules.length) == ("close", timedelta(minutes=45))


async def test_linking_again_mends_and_keeps_what_was_chosen(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    await host.presses("Save", await _link(town, host, browser), c0="no", c1="yes", target="-", video="yes")
    before = await _accounts(town, host)
    await _link(town, host, browser)
    assert await _accounts(town, host) == before


async def test_unlinking_forgets_and_gives_access_back(town: Town, browser: Browser) -> None:
    host = await set_up(town)
    await _link(town, host, browser)
    busy(town, "main", (TUESDAY, 6))
    await host.types("/meet @guest 30")
    before = town.card()
    await host.presses("Unlink", await host.types("/meet unlink"))
    assert "Access is given back." in said(await host.presses("Unlink it"))
    assert town.calendars.revoked == {ACCOUNT}
    assert rows(town, "calendar_accounts") == []
    assert not [row for row in rows(town, "records") if "calendar.leaving" in str(row)]
    assert (await person(town, host)).is_linked is False
    assert before.id == town.card().id


async def test_a_kind_that_is_no_longer_configured_can_still_be_unlinked(
    town: Town, browser: Browser
) -> None:
    host = await set_up(town)
    await link(town, host, "main")
    assert "No kind of calendar" not in said(await host.types("/meet link"))
    town.office.providers.clear()  # type: ignore[attr-defined]  # as after a change of bot.toml
    assert "No kind of calendar can be linked here yet" in said(await host.types("/meet link"))
    await host.presses("Unlink", await host.types("/meet calendars"))
    assert "is unlinked" in said(await host.presses("Unlink it"))
    await browser.opens("/link/back/fake?state=state-1&code=x")
    assert browser.status == 410


async def _link(town: Town, member: Member, browser: Browser) -> Seen | None:
    code = await browser.signs_in(await asks(member))
    await town.settle()
    return await types_code(member, code)


async def _accounts(town: Town, member: Member) -> dict[str, LinkedAccount]:
    owner = await person(town, member)
    async with town.office.store.read() as reading:
        return {each.id: each for each in (await reading.accounts([owner.id])).get(owner.id, [])}
