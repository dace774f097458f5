"""Unlinking an account that lets us in no more, unknown to all: what is said; what becomes of our event."""

import pytest

from tests.calendars.conftest import Staging
from tests.calendars.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("kind", ["google", "microsoft", "radicale"])
async def test_what_could_not_be_taken_out_goes_once_it_is_linked_anew(staging: Staging, kind: str) -> None:
    async with staging(kind) as stage:
        await stage.links_all()
        await stage.host.types("/meet @second 30 logo review wed")
        await stage.guest.presses("1", stage.town.card())
        await stage.guest.presses("Confirm")
        await stage.owned.withdraw()
        await _unlinks_the_first(stage)
        assert len(stage.told_the_host("I could not take 1 meeting out of your")) == 1
        await stage.guest.presses("Cancel", stage.town.card())
        await stage.guest.presses("Cancel meeting")
        assert len(await stage.owned.first.events()) == 1

        await stage.signs_in(await stage.host.types("/meet link"), stage.owned.ways[0])
        await stage.time_passes()
        assert await stage.owned.first.events() == []


async def _unlinks_the_first(stage: Stage) -> None:
    question = await stage.host.presses("Unlink", await stage.host.types("/meet calendars"))
    await stage.host.presses("Unlink and remove them", question)
    await stage.town.settle()
