"""What goes wrong at a provider while somebody confirms, or while an event is written, in every kind.

A time that could not be checked is never booked without the host's word, and there is never a second event.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import pytest_asyncio

from tests.adapters.caldav.world import FAULTS as CALDAV
from tests.adapters.google.world import FAULTS as GOOGLE
from tests.adapters.ics.world import FAULTS as ICS
from tests.adapters.microsoft.world import FAULTS as MICROSOFT
from tests.bot.beginnings import said
from tests.bot.town import Member
from tests.calendars.conftest import Shared, Staging
from tests.calendars.stage import Stage
from tests.contracts.calendar_writing import COMMITTED

pytestmark = pytest.mark.asyncio(loop_scope="session")

KINDS = ("google", "google_reading", "microsoft", "radicale", "ics")
WRITABLE = ("google", "microsoft", "radicale", "xandikos")
FAULTS = {
    "google": {*GOOGLE, "invalid_grant"},
    "google_reading": {"403", "html", "errors[]", "invalid_grant"},
    "microsoft": {*MICROSOFT, "invalid_grant"},
    "radicale": CALDAV,
    "ics": ICS,
}
MET = [(kind, fault) for kind in KINDS for fault in sorted(FAULTS[kind] - COMMITTED - {"slow"})]
MINUTE = timedelta(minutes=1)
THURSDAY = datetime(2026, 11, 26, tzinfo=UTC)
ROOMS = (f"room-{number}" for number in count(2))


async def invited(stage: Stage) -> tuple[Member, Member]:
    """Host and guest in a room of their own, with an invitation to a day on which nothing is booked yet."""
    room = next(ROOMS)
    stage.town.members[room] = stage.town.members["room-1"]
    host, guest = (stage.town.member(member.id, room) for member in (stage.host, stage.guest))
    await host.types("/meet @second 30 thu")
    return host, guest


async def begins(stage: Stage) -> tuple[Member, Member]:
    """The guest is asked to confirm the first time of a fresh invitation; a minute goes by."""
    host, guest = await invited(stage)
    await guest.presses("1", stage.town.card(guest.room))
    stage.town.now += MINUTE
    return host, guest


@pytest_asyncio.fixture(loop_scope="session")
async def stage(shared: Shared, kind: str) -> AsyncIterator[Stage]:
    """The shared one; what a test broke works again for the next."""
    stage = await shared(kind)
    yield stage
    stage.mends()
    await stage.time_passes()
    assert not any(each.trouble for each in await stage.accounts())


@pytest.mark.parametrize(("kind", "fault"), MET)
async def test_nothing_is_booked_unless_the_host_says_so(stage: Stage, fault: str) -> None:
    host, guest = await begins(stage)
    stage.breaks(fault)
    await only_the_host_is_asked(stage, host, guest)


async def only_the_host_is_asked(stage: Stage, host: Member, guest: Member) -> None:
    """The guest confirms, nothing is booked, and nobody but the host reads of calendars."""
    assert "confirms this time personally" in said(await guest.presses("Confirm"))
    assert await stage.meetings() == []
    shown = " ".join(seen.text for seen in (*guest.screen(), *stage.town.public(guest.room)))
    assert "calendar" not in shown.lower()
    question = host.find("Offer other times")
    assert "I cannot read your calendar" in question.text
    await host.presses("No", question)
    # Every open invitation is looked at again whenever a calendar is.
    await host.presses("⋯", stage.town.card(host.room))
    await host.presses("Withdraw invitation")


@pytest.mark.parametrize("kind", ["google", "microsoft", "radicale", "ics"])
async def test_an_answer_that_comes_too_late_is_none(staging: Staging, kind: str) -> None:
    async with staging(kind, calendar={"answer_within_seconds": 0.3}) as stage:
        await stage.links_all()
        host, guest = await begins(stage)
        stage.breaks("slow")
        await only_the_host_is_asked(stage, host, guest)
        stage.mends()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_host_who_wants_it_closed_is_not_booked(stage: Stage) -> None:
    await stage.chooses("close")
    _, guest = await begins(stage)
    stage.breaks("500")
    assert "no longer free" in said(await guest.presses("Confirm"))
    assert await stage.meetings() == []
    stage.mends()
    await stage.chooses("ask")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_host_who_wants_it_ignored_is_booked(stage: Stage) -> None:
    await stage.chooses("ignore")
    host, guest = await begins(stage)
    stage.breaks("500")
    await guest.presses("Confirm")
    assert len(await stage.meetings()) == 1
    stage.mends()
    await stage.chooses("ask")
    await cancels(stage, host)


@pytest.mark.parametrize("kind", ["google", "radicale"])
async def test_over_the_host_s_own_calendar_it_goes_by_a_second_press(staging: Staging, kind: str) -> None:
    """A doubt that was over when the host answered; a move that cannot be checked; an Undo of it."""
    async with staging(kind) as stage:
        await stage.links_all()
        host, guest = await begins(stage)
        stage.breaks("500")
        await guest.presses("Confirm")
        stage.mends()
        await stage.owned.second.keeps("e-9", THURSDAY, THURSDAY + timedelta(hours=23))
        stage.town.now += MINUTE
        assert "your calendar has something" in said(await host.presses_at(0, host.find("Offer other times")))
        assert await stage.meetings() == []
        await host.presses("Book it anyway")
        await stage.town.passes(MINUTE)
        (booked,) = await stage.meetings()

        stage.breaks("500")
        await moves(stage, host)
        assert await stage.meetings() == [booked]
        assert "Moved to" in said(await host.presses("Move anyway"))
        stage.mends()
        stage.town.now += MINUTE / 2
        assert "your calendar has something" in said(await host.presses("Undo"))
        assert "back at its old time" in said(await host.presses("Undo anyway"))


@pytest.mark.parametrize("fault", sorted(COMMITTED))
@pytest.mark.parametrize("kind", WRITABLE)
async def test_an_answer_that_is_lost_makes_no_second_event(stage: Stage, fault: str) -> None:
    host, guest = await begins(stage)
    for breaking in (1, 2):
        stage.owned.first.world.fault(fault, breaking)
        await guest.presses("Confirm") if breaking == 1 else await moves(stage, host)
        await stage.town.passes(MINUTE)
        await stage.town.passes(MINUTE)
        (meeting,) = await stage.meetings()
        (event,) = await stage.owned.first.events()
        assert (event.start, event.end) == (meeting.span.start, meeting.span.end)
    stage.owned.first.world.fault(fault)
    await cancels(stage, host)
    await stage.town.passes(MINUTE)
    assert await stage.owned.first.events() == []


async def moves(stage: Stage, host: Member) -> None:
    """The host takes the first other time."""
    offered = await host.presses("Reschedule", stage.town.card(host.room))
    assert offered is not None
    await host.presses_at(0, offered)


async def cancels(stage: Stage, host: Member) -> None:
    """The host cancels the meeting of the room."""
    await host.presses("Cancel", stage.town.card(host.room))
    await host.presses("Cancel meeting")
    assert await stage.meetings() == []
