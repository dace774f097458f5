"""Something new in a calendar over a meeting: its owner is told once, and nobody else is."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot import calendars
from scheduling_core.availability import FreeBusy, Unreadable
from scheduling_core.calendar_ports import Account, Counted, EventCopy, Written
from scheduling_core.errors import Unavailable
from scheduling_core.intervals import Interval
from tests.bot.beginnings import invited
from tests.bot.linking import HOUR, busy, link
from tests.bot.test_changes_there import at, having
from tests.bot.town import Member, Town
from tests.fakes.calendars import FakeCalendars

WORDS = "Something new in your calendar overlaps your meeting with @guest"


class OwnUids(FakeCalendars):
    """Gives events UIDs of its own; something happens once before busy times are read."""

    before_read: Callable[[], Coroutine[None, None, object]] | None = None

    async def free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, zone: str, *, within: float
    ) -> Mapping[str, FreeBusy]:
        """See the port."""
        if happens := self.before_read:
            self.before_read = None
            await asyncio.create_task(happens())
        return await super().free_busy(account, counted, window, zone, within=within)

    def _put(self, calendar: str, copy: EventCopy) -> None:
        super()._put(calendar, replace(copy, entry=replace(copy.entry, uid=f"own-{copy.key}")))

    def _written(self, copy: EventCopy) -> Written:
        return replace(super()._written(copy), uid=f"own-{copy.key}")


async def hosting(town: Town, *, target: str = "main") -> tuple[Member, Member]:
    """A meeting on Tuesday at 13:00 of a host with a calendar."""
    host, guest = await invited(town)
    await link(town, host, "main", target=target)
    await guest.presses("1")
    await guest.presses("Confirm")
    await later(town)
    return host, guest


async def later(town: Town) -> None:
    """Calendars are read as they are every few minutes."""
    await town.passes(timedelta(minutes=6))
    await calendars.look(town.office)
    await town.settle()


async def test_the_owner_is_told_once_for_each_time_of_the_meeting(town: Town) -> None:
    host, guest = await hosting(town)
    assert not having(host, WORDS)
    busy(town, "main", (at(13.25), 1))
    await later(town)
    (told,) = having(host, WORDS)
    assert "Tue 24 Nov, 13:00–13:30 your time" in told.text
    assert "13:15" not in told.text
    assert told.titles == ["Reschedule", "Cancel", "Keep"]
    town.calendars.busy["main"].clear()
    await later(town)
    busy(town, "main", (at(13), 2))
    await later(town)
    assert len(having(host, "Something new")) == 1
    others = [seen.text for seen in (*guest.screen(), *town.member("u-3").screen())]
    assert not [text for text in others if "overlaps" in text]
    offered = await host.presses("Reschedule", told)
    assert offered is not None
    await host.presses_at(0, offered)
    assert not having(host, WORDS)
    town.calendars.busy["main"].clear()
    await later(town)
    (event,) = town.calendars.events["main"].values()
    busy(town, "main", (event.entry.start, 1))
    await later(town)
    assert len(having(host, WORDS)) == 1


async def test_a_meeting_beyond_the_days_that_are_offered_counts_alike(town: Town) -> None:
    host, guest = await invited(town, "/meet @guest 30 2026-12-22")
    await link(town, host, "main", target="main")
    await guest.presses("1")
    await guest.presses("Confirm")
    await later(town)
    (event,) = town.calendars.events["main"].values()
    busy(town, "main", (event.entry.start, 1))
    await later(town)
    assert "Tue 22 Dec" in having(host, WORDS)[0].text


async def test_what_was_there_before_and_our_own_event_are_no_news(town: Town) -> None:
    host, guest = await invited(town)
    await guest.presses("1")
    await guest.presses("Confirm")
    busy(town, "main", (at(12), 2))
    await link(town, host, "main", target="main")
    await host.presses("Save", await host.presses("Choose calendars", await host.types("/meet calendars")))
    for _ in range(2):
        await later(town)
    assert not having(host, "overlaps")


async def test_an_event_of_ours_that_is_not_known_yet_is_no_news(town: Town) -> None:
    host, guest = await hosting(town)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    # It is written, the answer is lost, and this calendar gives it a UID of its own.
    town.calendars.loses_answers = 1
    await guest.presses_at(0, offered)
    (event,) = town.calendars.events["main"].values()
    busy(town, "main", (event.entry.start, 0.5))
    town.now += timedelta(minutes=6)
    assert await calendars.look(town.office) == 1
    town.calendars.busy["main"].clear()
    await later(town)
    assert not having(host, WORDS)


async def test_an_event_that_is_written_just_before_a_calendar_is_read_is_nothing_new(town: Town) -> None:
    town.calendars = town.providers["fake"] = far = OwnUids()
    host, guest = await invited(town)
    account = await link(town, host, "main", target="main")
    await guest.presses("1")
    far.trouble[account.name] = Unavailable("down")
    await guest.presses("Confirm")
    assert far.events.get("main", {}) == {}

    async def comes_back() -> None:
        far.trouble.clear()
        await town.passes(HOUR)
        assert far.events["main"]

    far.before_read = comes_back
    await calendars.look_at(town.office, account.id)
    await town.settle()
    assert far.events["main"]
    assert not having(host, "overlaps")


async def test_silence_is_no_news_and_what_comes_with_its_end_is(town: Town) -> None:
    host, _ = await hosting(town)
    town.calendars.silent["main"] = Unreadable("It does not answer.")
    busy(town, "main", (at(13), 1))
    await later(town)
    assert not having(host, WORDS)
    town.calendars.silent.clear()
    await later(town)
    assert len(having(host, WORDS)) == 1


async def test_a_guest_s_calendar_counts_alike(town: Town) -> None:
    host, guest = await invited(town)
    await link(town, guest, "hers")
    await guest.presses("1")
    await guest.presses("Confirm")
    await later(town)
    busy(town, "hers", (at(13), 1))
    await later(town)
    (told,) = having(guest, "Something new in your calendar overlaps your meeting with @host")
    assert "Tue 24 Nov, 09:00–09:30 your time" in told.text
    assert not having(host, "overlaps")
