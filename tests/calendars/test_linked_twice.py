"""One calendar that its owner has linked twice: at its provider, and by the address of its stream."""

from datetime import timedelta

import pytest

from adapters.icalendar_streams.pool import Pool
from tests.adapters.ics.world import IcsWorld
from tests.bot.beginnings import said
from tests.calendars.conftest import Staging
from tests.calendars.kinds import Owned, by_address
from tests.calendars.stage import Stage
from tests.contracts.calendar_world import Planted, Raw

pytestmark = pytest.mark.asyncio(loop_scope="session")
MINUTE = timedelta(minutes=1)
OVERLAP = "Something new in your calendar overlaps"


async def test_our_own_event_that_shows_in_both_is_nothing_new_and_in_nobody_s_way(
    staging: Staging, pool: Pool
) -> None:
    async with staging("google") as stage, by_address(lambda: stage.town.now, pool=pool) as stream:
        await stage.links_all()
        await _links(stage, stream)
        event = await _booked(stage)
        before = await _offered(stage)

        await _shows(stream, event)
        for _ in range(2):
            await stage.time_passes()

        assert not stage.told_the_host(OVERLAP)
        assert await _offered(stage) == before

        stage.breaks("500")
        await stage.guest.presses("Cancel", stage.town.card())
        await stage.guest.presses("Cancel meeting")
        await stage.time_passes()
        assert [each.uid for each in await stage.owned.first.events()] == [event.uid]
        await stage.host.types("/meet @second 30 wed")
        assert "09:00" in await stage.times()


async def _links(stage: Stage, stream: Owned) -> None:
    stage.town.providers[stream.provider.name] = stream.provider
    ways = await stage.host.types("/meet link")
    card = await Stage(stage.town, stage.browser, stream, stage.host, stage.guest).signs_in(
        ways, stream.ways[0]
    )
    await stage.host.presses("Save", card)


async def _booked(stage: Stage) -> Raw:
    await stage.host.types("/meet @second 30 wed")
    await stage.guest.presses("1", stage.town.card())
    await stage.town.passes(MINUTE)
    await stage.guest.presses("Confirm")
    await stage.time_passes()
    (event,) = await stage.owned.first.events()
    return event


async def _offered(stage: Stage) -> list[str]:
    """What the meeting can be moved to: times next to its own among them."""
    seen = await stage.host.presses("Reschedule", stage.town.card())
    assert said(seen)
    assert seen is not None
    return [title for title in seen.titles if ":" in title]


async def _shows(stream: Owned, event: Raw) -> None:
    assert isinstance(stream.first.world, IcsWorld)
    await stream.first.world.plant(stream.first.id, Planted(event.uid, event.start, event.end))
