"""Something new in a calendar over a meeting: its owner is told once, and nobody else is."""

from datetime import timedelta

from bot import calendars
from scheduling_core.availability import Unreadable
from tests.bot.beginnings import invited
from tests.bot.linking import busy, link
from tests.bot.test_changes_there import at, having
from tests.bot.town import Member, Town

WORDS = "Something new in your calendar overlaps your meeting with @guest"


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
