"""Linked calendars in the conversation: what is busy is not offered; what cannot be read is never free."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.calendar.ics.wire import Source
from adapters.http import Http
from bot import calendars, invites
from bot.app.calendars import open_providers
from bot.settings import Settings
from bot.views.meetings import Cast
from scheduling_core.availability import Busy, Unreadable
from scheduling_core.calendar_ports import EventCopy
from scheduling_core.errors import Unavailable
from scheduling_core.people import WhenUnreadable
from tests.adapters.ics.world import feed_site
from tests.bot.beginnings import booked, invited, offers, said, set_up
from tests.bot.linking import HOUR, busy, link, person
from tests.bot.town import TUESDAY, Member, Town, open_town
from tests.contracts.calendar_text import stream
from tests.contracts.calendar_world import KeptAccount

WEDNESDAY = datetime(2026, 11, 25, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AWAY = Unreadable("It does not answer.")
REVOKED = Unreadable("Access was withdrawn.", needs_owner=True)


def at(hour: float, day: datetime = WEDNESDAY) -> datetime:
    """An hour of the host's wall clock (Berlin, UTC+1 in November)."""
    return day + timedelta(hours=hour - 1)


async def chooses(town: Town, member: Member, mode: WhenUnreadable) -> None:
    """What the host wants while a calendar cannot be read."""
    who = await person(town, member)
    assert who.rules is not None
    async with town.office.store.write() as tx:
        await tx.save_person(replace(who, rules=replace(who.rules, when_unreadable=mode)))


async def hosting(town: Town, *calendar_names: str) -> Member:
    """A host with linked calendars."""
    host = await set_up(town)
    await link(town, host, *(calendar_names or ("main",)))
    return host


async def test_what_is_busy_is_not_offered(town: Town) -> None:
    host = await hosting(town)
    busy(town, "main", *((at(15, WEDNESDAY + timedelta(days=day)), 2) for day in range(9)))
    await host.types("/meet @guest 60 wed")
    free = await _free_hours(town, host)
    assert free == [9, 9.5, 10, 10.5, 11, 11.5, 12, 12.5, 13, 13.5]


async def _free_hours(town: Town, host: Member) -> list[float]:
    """Every start of the open invitation on the host's wall, asked as the guest asks."""
    guest = town.member("u-2")
    seen = await guest.presses("More times")
    assert seen is not None
    labels = [title for title in seen.titles if ":" in title]
    clocks = [label.split(", ")[-1] for label in labels]
    return [int(clock[:2]) + 4 + int(clock[3:5]) / 60 for clock in clocks]


async def test_everybody_s_calendars_count_and_all_of_them(town: Town) -> None:
    host = await hosting(town, "work", "private")
    guest = town.member("u-2")
    await link(town, guest, "hers")
    busy(town, "work", (at(9), 1.5))
    busy(town, "private", (at(12.5), 0.25))
    busy(town, "hers", (at(14.5), 2.5))
    await host.types("/meet @guest 60 wed")
    assert await _free_hours(town, host) == [11, 13]


async def test_calendars_are_asked_again_only_after_a_while(town: Town) -> None:
    host = await hosting(town)
    await host.types("/meet @guest 30")
    await town.passes(4 * MINUTE)
    await town.member("u-2").presses("More times")
    assert town.calendars.asked == ["main"]
    await town.passes(2 * MINUTE)
    await town.member("u-2").presses("More times")
    assert town.calendars.asked == ["main", "main"]


async def test_what_came_up_since_the_offer_is_not_booked(town: Town) -> None:
    host = await hosting(town)
    await host.types("/meet @guest 30")
    guest = town.member("u-2")
    await guest.presses("1")
    town.now += MINUTE
    busy(town, "main", (TUESDAY, 24))
    answer = await guest.presses("Confirm")
    assert "no longer free" in said(answer)
    assert not town.card().text.startswith("✅")
    assert town.mail.sent == []


async def test_many_who_confirm_at_once_share_one_question(town: Town) -> None:
    host = await hosting(town)
    await host.types("/meet 30")
    guests = [town.member("u-2"), town.member("u-3")]
    for guest in guests:
        await guest.presses("1")
    town.now += MINUTE
    town.calendars.asked.clear()
    town.calendars.seconds = 0.05
    await asyncio.gather(*(guest.presses("Confirm") for guest in guests if "Confirm" in _titles(guest)))
    assert town.calendars.asked == ["main"]


def _titles(member: Member) -> list[str]:
    return [title for seen in member.screen() for title in seen.titles]


async def test_open_cards_follow_the_calendar(town: Town) -> None:
    host = await hosting(town)
    await host.types("/meet @guest 30")
    before = town.card()
    town.now += 5 * MINUTE
    busy(town, "main", (TUESDAY, 30))
    assert await calendars.look(town.office) == 1
    await town.settle()
    after = town.card()
    assert after.revision > before.revision
    assert "taken" in after.text
    assert len(offers(after)) == 5


async def test_nobody_is_asked_too_often_by_itself(town: Town) -> None:
    await hosting(town)
    assert await calendars.look(town.office) == 1
    assert await calendars.look(town.office) == 0
    await town.passes(timedelta(hours=1))
    assert await calendars.look(town.office) == 0


async def test_a_meeting_s_own_event_does_not_stand_in_its_way(town: Town) -> None:
    host, _ = await booked(town)
    await link(town, host, "main")
    owner = await person(town, host)
    async with town.office.store.read() as reading:
        (meeting,) = await reading.agenda(owner.id, town.now)
        people = await reading.people(meeting.participants)
    entry = invites.entry(town.office, meeting, Cast(people, ""), owner)
    town.calendars.events["main"] = {"k": EventCopy("k", entry)}
    # Half past is free only for somebody who keeps no buffer after the meeting that is to be moved.
    until = meeting.span.end + 40 * MINUTE
    busy(town, "main", (meeting.span.start - 6 * HOUR, 6), (until, 9 * 24))
    offered = await host.presses("Reschedule", town.card())
    assert offered is not None
    assert [title for title in offered.titles if ":" in title] == ["1: Tue 24 Nov, 13:30"]


async def test_nor_does_it_at_its_old_time_until_the_new_one_is_written(town: Town) -> None:
    host, guest = await invited(town)
    await link(town, host, "main", target="main")
    await guest.presses("1")
    await guest.presses("Confirm")
    ((before,), owner) = town.calendars.events["main"].values(), await person(town, host)
    town.calendars.trouble["main@calendars.example"] = Unavailable("down")
    offered = await host.presses("Reschedule", town.card())
    assert offered is not None
    await host.presses_at(1, offered)
    town.now += HOUR
    await calendars.look(town.office)
    async with town.office.store.read() as reading:
        (read,) = await reading.calendar_times([owner.id])
        (meeting,) = await reading.agenda(owner.id, town.now)
    assert [*town.calendars.events["main"].values()] == [before]
    assert meeting.start != before.entry.start
    assert read.calendars["main"].busy == Busy()


async def test_while_a_calendar_is_silent_the_host_is_asked_before_anything_is_booked(town: Town) -> None:
    host = await hosting(town)
    town.calendars.silent["main"] = AWAY
    await host.types("/meet @guest 30")
    guest = town.member("u-2")
    await guest.presses("1")
    answer = said(await guest.presses("Confirm"))
    assert "@host confirms this time personally" in answer
    assert "calendar" not in " ".join(seen.text for seen in guest.screen()).lower()
    assert not town.card().text.startswith("✅")
    question = host.find("Offer other times")
    assert "I cannot read your calendar" in question.text
    await host.presses(question.titles[0], question)
    assert town.card().text.startswith("✅")
    assert len(town.mail.to(guest.email)) == 1


async def test_what_was_busy_when_last_read_stays_busy_while_a_calendar_is_silent(town: Town) -> None:
    host = await hosting(town)
    busy(town, "main", (at(0), 24))
    await host.types("/meet @guest 30")
    town.now += 10 * MINUTE
    town.calendars.silent["main"] = AWAY
    guest = town.member("u-2")
    seen = await guest.presses("More times")
    assert "Wed 25" not in said(seen)


async def test_a_host_who_wants_it_closed_offers_nothing_meanwhile_and_reads_why(town: Town) -> None:
    host = await hosting(town)
    await chooses(town, host, "close")
    town.calendars.silent["main"] = AWAY
    for words in ("/meet @guest 30", "/meet @guest 30 thu", "/meet @guest"):
        seen = await host.types(words)
        assert "I cannot read your Fake calendar" in said(seen)
        assert "no free time" not in said(seen).lower()
    assert town.public() == []
    town.calendars.silent["main"] = REVOKED
    town.now += 6 * MINUTE
    seen = await host.types("/meet @guest 30")
    assert seen is not None
    assert seen.titles == ["Reconnect", "My calendars"]


async def test_a_host_who_wants_it_ignored_is_booked_by_the_others_alone(town: Town) -> None:
    host = await hosting(town, "main", "broken")
    await chooses(town, host, "ignore")
    town.calendars.silent["broken"] = AWAY
    busy(town, "main", (at(9), 8))
    busy(town, "broken", (at(0), 48))
    await host.types("/meet @guest 60 thu")
    guest = town.member("u-2")
    await guest.presses("1")
    await guest.presses("Confirm")
    assert town.card().text.startswith("✅")


async def test_nobody_but_the_host_moves_a_meeting_that_cannot_be_checked(town: Town) -> None:
    host, guest = await booked(town)
    await link(town, host, "main")
    town.calendars.silent["main"] = AWAY
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    assert "Only @host can move it right now" in said(await guest.presses_at(0, offered))
    offered = await host.presses("Reschedule", town.card())
    assert offered is not None
    assert "I cannot read your calendar" in said(await host.presses_at(0, offered))
    assert "Moved" in said(await host.presses("Move anyway"))


async def test_the_owner_is_told_once_and_once_when_it_is_back(town: Town) -> None:
    host = await hosting(town)
    town.calendars.silent["main"] = REVOKED
    await host.types("/meet @guest 30")
    for _ in range(3):
        town.now += 6 * MINUTE
        await calendars.look(town.office)
    await town.settle()
    (alert,) = [seen for seen in host.screen() if "cannot read your Fake calendar" in seen.text]
    assert "Access was withdrawn." in alert.text
    assert "Reconnect" in alert.titles
    for _ in range(2):
        town.calendars.silent.clear()
        town.now += 6 * MINUTE
        await calendars.look(town.office)
    await town.settle()
    assert len([seen for seen in host.screen() if "again." in seen.text]) == 1
    assert not [seen for seen in town.member("u-2").screen() if "calendar" in seen.text.lower()]


async def test_a_short_silence_is_not_worth_an_alert(town: Town) -> None:
    host = await hosting(town)
    town.calendars.silent["main"] = AWAY
    await host.types("/meet @guest 30")
    assert not [seen for seen in host.screen() if "cannot read" in seen.text]
    for _ in range(3):
        town.now += 6 * MINUTE
        await calendars.look(town.office)
    await town.settle()
    assert len([seen for seen in host.screen() if "cannot read" in seen.text]) == 1


@pytest.fixture
async def hurried(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Town]:
    """A town that waits 50 ms for calendars."""
    database = Path(shutil.copy(sqlite_template, tmp_path / "parley.db"))
    async with open_town(database, calendar={"answer_within_seconds": 0.05}) as town:
        yield town


@pytest.mark.parametrize("keeps_deadlines", [True, False])
async def test_an_answer_that_takes_too_long_is_none(hurried: Town, keeps_deadlines: bool) -> None:
    host = await hosting(hurried)
    await chooses(hurried, host, "close")
    hurried.calendars.seconds, hurried.calendars.keeps_deadlines = 60, keeps_deadlines
    assert "none of your time is offered" in said(await host.types("/meet @guest 30"))


async def test_a_calendar_that_hangs_does_not_make_the_others_free(hurried: Town) -> None:
    host = await hosting(hurried, "main", "home")
    await chooses(hurried, host, "ignore")
    hurried.calendars.hanging.add("home")
    busy(hurried, "main", *((at(15, WEDNESDAY + timedelta(days=day)), 2) for day in range(9)))
    await host.types("/meet @guest 60 wed")
    assert max(await _free_hours(hurried, host)) == 13.5
    guest = hurried.member("u-2")
    await guest.presses("1")
    busy(hurried, "main", (at(9), 8))
    hurried.now += MINUTE
    assert "no longer free" in said(await guest.presses("Confirm"))


@pytest.mark.parametrize("wrong", ["a kind that is not configured", "a bug"])
async def test_what_goes_wrong_on_our_side_is_not_free_time_either(town: Town, wrong: str) -> None:
    host = await hosting(town)
    await chooses(town, host, "close")
    if wrong == "a bug":
        town.calendars.asked = None  # type: ignore[assignment]  # the fake itself now raises
    else:
        town.office.providers.clear()  # type: ignore[attr-defined]  # as after a change of bot.toml
    assert "none of your time is offered" in said(await host.types("/meet @guest 30"))
    assert (await invited(town))[0].id == host.id


async def test_more_than_anybody_looks_at_is_not_free_time(town: Town) -> None:
    host = await hosting(town, "main", "endless")
    await link(town, host, "other")
    spans = ((at(0) + n * MINUTE, 0.001) for n in range(calendars.MOST_TIMES + 1))
    busy(town, "endless", *spans)

    await host.types("/meet @guest 60 wed")

    owner = await person(town, host)
    async with town.office.store.read() as reading:
        (one, other) = sorted(await reading.calendar_times([owner.id]), key=lambda each: each.account)
    assert {name: each.unreadable is not None for name, each in one.calendars.items()} == {
        "main": False,
        "endless": True,
    }
    assert other.calendars["other"].unreadable is None


async def test_servers_that_people_name_have_connections_of_their_own() -> None:
    rooms = Http(lambda: WEDNESDAY)
    await rooms.close()
    settings = Settings.model_validate({"network": {"allow_private_addresses": True}})
    async with feed_site() as site, open_providers(settings, rooms, lambda: WEDNESDAY) as found:
        site.body = stream([]).encode()
        feed = KeptAccount(Source("A calendar", url=site.url).secret())
        assert len(await found["ics"].calendars(feed)) == 1
