"""Choosing which calendars of an account count, and the zone they are read in; also while they are read."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta

from bot import calendars
from scheduling_core.availability import FreeBusy
from scheduling_core.calendar_ports import Account, Counted
from scheduling_core.errors import Unavailable
from scheduling_core.intervals import Interval
from tests.bot.beginnings import said, set_up
from tests.bot.linking import busy, link
from tests.bot.town import TUESDAY, Member, Seen, Town
from tests.fakes.calendars import FakeCalendars

MANY = [f"calendar-{number}" for number in range(11)]


class SlowCalendars(FakeCalendars):
    """Something happens once while the answer is on its way."""

    on_its_way: Callable[[], Coroutine[None, None, object]] | None = None

    async def free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, zone: str, *, within: float
    ) -> Mapping[str, FreeBusy]:
        """See the port."""
        said = await super().free_busy(account, counted, window, zone, within=within)
        if happens := self.on_its_way:
            self.on_its_way = None
            await asyncio.create_task(happens())
        return said


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


async def test_a_calendar_that_counts_again_while_the_others_are_read_is_not_free_until_it_is_read(
    town: Town,
) -> None:
    town.calendars = town.providers["fake"] = slow = SlowCalendars()
    host = await set_up(town)
    account = await link(town, host, "main", "club")
    busy(town, "club", (TUESDAY, 30))
    await host.presses("Save", await _form(host), c1="no")
    await host.types("/meet @guest 30")
    assert "Tue 24" in town.card().text
    form = await _form(host)
    town.now += timedelta(minutes=6)
    slow.asked.clear()
    slow.on_its_way = lambda: host.presses("Save", form, c1="yes")

    await calendars.look_at(town.office, account.id)
    await town.settle()

    assert set(slow.asked) == {"main", "club"}
    assert "taken" in town.card().text
    await town.member("u-2").presses("More times")
    assert "Tue 24" not in " ".join(town.member("u-2").screen()[-1].titles)


async def test_what_was_read_in_another_zone_is_read_anew_before_a_time_is_offered(town: Town) -> None:
    host = await set_up(town)
    await link(town, host, "main")
    await host.types("/meet @guest 30")
    town.calendars.asked.clear()
    await host.presses("Save", await host.types("/meet settings"), zone="Pacific/Honolulu")
    await host.types("/meet @guest 30")
    assert town.calendars.asked == ["main"]
    await town.member("u-2").presses("More times")
    assert town.calendars.asked == ["main"]


async def test_who_names_their_clock_with_the_invitation_has_their_calendars_read_by_it(town: Town) -> None:
    del town.people["u-1"]["zone"]
    host = town.member("u-1")
    await host.types("/meet @guest 30")
    await link(town, host, "main")
    await host.presses("Send invitation", zone="Pacific/Honolulu")
    assert "1 · " in town.card().text
    assert town.calendars.asked == ["main"]
