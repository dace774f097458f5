"""What the owner changes in the calendar itself, at each kind of provider, as the room sees it."""

from datetime import timedelta

import pytest

from tests.calendars.conftest import Staging
from tests.calendars.stage import Stage, berlin
from tests.contracts.calendar_world import Raw

pytestmark = pytest.mark.asyncio(loop_scope="session")
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("kind", ["google", "microsoft", "radicale"])
async def test_moved_deleted_and_overlapped_there(staging: Staging, kind: str) -> None:
    async with staging(kind) as stage:
        await stage.links_all()
        await stage.host.types("/meet @second 30 logo review wed")
        await stage.guest.presses("1", stage.town.card())
        await stage.town.passes(MINUTE)
        await stage.guest.presses("Confirm")
        await stage.time_passes()
        first, (event,) = stage.owned.first, await stage.owned.first.events()

        await first.world.move(first.id, event.uid, berlin(14), berlin(14.5))
        await _reads(stage)

        assert "Wed 25 Nov, 14:00–14:30" in stage.town.card().text
        assert await _only(stage) == (event.uid, berlin(14), berlin(14.5))
        (told,) = [seen.text for seen in stage.guest.screen() if "@host moved your meeting" in seen.text]
        assert "in their calendar, to Wed 25 Nov, 14:00–14:30 your time" in told
        assert _invites(stage) == ["REQUEST", "REQUEST"]

        await stage.time_passes()
        await first.keeps("e-1", berlin(14.25), berlin(15))
        await _reads(stage)
        assert len(stage.told_the_host("Something new in your calendar overlaps")) == 1

        await first.world.delete(first.id, "e-1")
        await first.world.delete(first.id, event.uid)
        await _reads(stage)
        await stage.town.passes(MINUTE)
        assert stage.town.card().text.startswith("Cancelled: @host & @second")
        assert stage.told_the_host("You deleted or declined it in your calendar")
        assert _invites(stage) == ["REQUEST", "REQUEST", "CANCEL"]
        assert await first.events() == []


@pytest.mark.parametrize("kind", ["google", "microsoft", "radicale"])
async def test_an_emptied_calendar_is_filled_again_by_its_owner_s_word(staging: Staging, kind: str) -> None:
    async with staging(kind) as stage:
        await stage.links_all()
        for number in range(3):
            await stage.host.types(f"/meet @second 30 number {number} wed")
            await stage.guest.presses("1", stage.town.card())
            await stage.guest.presses("Confirm")
        await stage.time_passes()
        first, before = stage.owned.first, await stage.owned.first.events()
        for event in before:
            await first.world.delete(first.id, event.uid)
        await _reads(stage)
        await stage.town.passes(MINUTE)
        (question,) = stage.told_the_host("Several of your meetings are gone")
        assert len(await stage.meetings()) == 3
        await stage.host.presses("Put them back", question)
        await _reads(stage)
        assert {each.start for each in await first.events()} == {each.start for each in before}
        assert len(await stage.meetings()) == len(await first.events()) == 3
        assert not stage.told_the_host("Several of your meetings are gone")


async def _reads(stage: Stage) -> None:
    """Twice: what is said by then is looked at, and nothing of our own is taken for a change."""
    for _ in range(2):
        await stage.time_passes()


async def _only(stage: Stage) -> tuple[str, object, object]:
    (event,) = await stage.owned.first.events()
    assert isinstance(event, Raw)
    return event.uid, event.start, event.end


def _invites(stage: Stage) -> list[str]:
    return [mail.invite.method for mail in stage.town.mail.to(stage.guest.email) if mail.invite]
