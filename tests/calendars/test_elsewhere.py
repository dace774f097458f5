"""Events of ours that are not where they were put, or are to go after their meeting went on: one for each
meeting, and none for one that is off."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.adapters.caldav.world import CalDavWorld
from tests.adapters.google.world import GoogleWorld
from tests.adapters.microsoft.world import MicrosoftWorld
from tests.bot.town import Member
from tests.calendars.conftest import Shared, Staging
from tests.calendars.stage import Stage
from tests.calendars.test_faults import begins, cancels, moves
from tests.contracts.calendar_text import stream
from tests.contracts.calendar_world import Planted

pytestmark = pytest.mark.asyncio(loop_scope="session")

KINDS = ("google", "microsoft", "radicale")


@pytest_asyncio.fixture(loop_scope="session", params=KINDS)
async def stage(request: pytest.FixtureRequest, shared: Shared) -> AsyncIterator[Stage]:
    """The shared one, of each kind that is written into."""
    yield await shared(request.param)


async def test_a_removal_that_failed_is_not_lost_when_a_new_time_is_found(stage: Stage) -> None:
    host, guest = await begins(stage)
    await guest.presses("Confirm")
    await stage.time_passes()
    stage.breaks("500")
    await cancels(stage, host)
    await host.presses("Find a new time", stage.town.card(host.room))
    stage.mends()
    for _ in range(3):
        await stage.time_passes()
    assert await stage.owned.first.events() == []

    card = stage.town.card(host.room)
    await guest.presses(next(title for title in card.titles if title.isdigit()), card)
    await guest.presses("Confirm")
    await stage.time_passes()
    assert len(await stage.owned.first.events()) == len(await stage.meetings()) == 1
    await cancels(stage, host)
    await stage.time_passes()
    assert await stage.owned.first.events() == []


async def test_an_event_that_was_put_into_another_calendar_is_moved_and_cancelled_there(stage: Stage) -> None:
    host, _, other = await _booked_and_carried(stage)
    await moves(stage, host)
    await stage.time_passes()
    (meeting,) = await stage.meetings()
    ((start, end),) = await _standing(stage, other)
    assert (start, end) == (meeting.span.start, meeting.span.end)
    assert await stage.owned.first.events() == []
    await cancels(stage, host)
    await stage.time_passes()
    assert await _standing(stage, other) == []

    host, _, other = await _booked_and_carried(stage)
    await cancels(stage, host)
    await stage.time_passes()
    assert await _standing(stage, other) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_unlinking_takes_an_event_out_of_the_calendar_it_was_put_into(
    staging: Staging, kind: str
) -> None:
    async with staging(kind) as stage:
        await stage.links_all()
        host, _, other = await _booked_and_carried(stage)
        question = await host.presses("Unlink", await host.types("/meet calendars"))
        await host.presses("Unlink and remove them", question)
        await stage.time_passes()
        assert await _standing(stage, other) == []


@pytest.mark.parametrize("kind", ["radicale", "xandikos"])
async def test_a_cancelled_meeting_goes_even_where_its_event_can_no_longer_be_read(
    staging: Staging, kind: str
) -> None:
    async with staging(kind) as stage:
        await stage.links_all()
        host, guest = await begins(stage)
        await guest.presses("Confirm")
        await stage.time_passes()
        first = stage.owned.first
        assert isinstance(first.world, CalDavWorld)
        (account,) = await stage.accounts()
        async with stage.town.office.store.read() as reading:
            (copy,) = await reading.copies_in(account.id, stage.town.now)
        assert copy.written is not None
        start, end = (moment.replace(tzinfo=None) for moment in (copy.span.start, copy.span.end))
        event = Planted(copy.written.uid, start, end, zone="Customized Time Zone")
        await first.world.raw("PUT", copy.written.event, stream([event]).encode())
        await cancels(stage, host)
        await stage.time_passes()
        assert await first.events() == []


async def _booked_and_carried(stage: Stage) -> tuple[Member, Member, str]:
    """Host, guest, and the calendar of the same account that the host has just put the event into."""
    host, guest = await begins(stage)
    await guest.presses("Confirm")
    await stage.time_passes()
    first, second = stage.owned.first, stage.owned.second
    assert isinstance(first.world, GoogleWorld | MicrosoftWorld | CalDavWorld)
    other = second.id if second.world is first.world else await first.world.calendar("Side")
    (event,) = await first.events()
    await first.world.carry(first.id, event.uid, other)
    return host, guest, other


async def _standing(stage: Stage, calendar: str) -> list[tuple[object, object]]:
    events = await stage.owned.first.world.events(calendar)
    return [(each.start, each.end) for each in events if not each.is_cancelled]
