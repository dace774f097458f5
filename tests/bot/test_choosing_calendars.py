"""Choosing which calendars of an account count: also of many, and of those that were made after linking."""

from scheduling_core.errors import Unavailable
from tests.bot.beginnings import said, set_up
from tests.bot.linking import busy, link
from tests.bot.town import TUESDAY, Member, Seen, Town

MANY = [f"calendar-{number}" for number in range(11)]


async def _form(host: Member) -> Seen:
    seen = await host.presses("Choose calendars", await host.types("/meet calendars"))
    assert seen is not None
    return seen


async def test_every_calendar_can_be_chosen_page_by_page(town: Town) -> None:
    host = await set_up(town)
    await link(town, host, *MANY, target=MANY[3])
    first = await _form(host)
    assert "calendars 1–9 of 11" in first.text
    second = await host.presses("Save and see more", first, c0="no", mode="close")
    assert second is not None
    assert "calendars 10–11 of 11" in second.text
    assert second.values() == {"c9": "yes", "c10": "yes", "target": "3", "video": "-", "mode": "close"}
    saved = said(await host.presses("Save", second, c10="no", target="9"))
    assert "Calendar-0," not in saved
    assert "Calendar-9." in saved
    assert "Calendar-10" not in saved
    assert "written into Calendar-9" in saved
    assert (await _form(host)).values()["target"] == "9"


async def test_a_calendar_that_was_made_after_linking_counts_once_its_owner_looks(town: Town) -> None:
    host = await set_up(town)
    account = await link(town, host, "main", "club")
    town.calendars.add(account.name, "family", "main")
    busy(town, "family", (TUESDAY, 30))
    town.calendars.trouble[account.name] = Unavailable("silent")
    assert "c2" not in (await _form(host)).values()
    town.calendars.trouble.clear()
    form = await _form(host)
    assert [form.values()[field] for field in ("c0", "c1", "c2")] == ["yes"] * 3
    assert "Club" in form.text
    await host.types("/meet @guest 30")
    assert "Tue 24" not in town.card().text
    await host.presses("Save", await _form(host), c1="no")
    assert "c2" not in (await _form(host)).values()
