"""What the owner changes in the calendar itself, at each kind of provider, as the room sees it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.adapters.caldav.world import CalDavWorld
from tests.adapters.google.world import GoogleWorld
from tests.calendars.conftest import Staging
from tests.calendars.stage import Stage, berlin
from tests.contracts.calendar_world import Raw

pytestmark = pytest.mark.asyncio(loop_scope="session")
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("kind", ["google", "microsoft", "radicale"])
async def test_moved_deleted_and_overlapped_there(staging: Staging, kind: str) -> None:
    async with staging(kind) as stage:
        await stage.links_all()
        event = await _booked(stage)
        first = stage.owned.first

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


@pytest.mark.parametrize("kind", ["google", "radicale"])
async def test_an_event_is_followed_into_a_calendar_that_is_not(staging: Staging, kind: str) -> None:
    """The owner drags it there; later nothing of the account is to count or be written into any more."""
    async with staging(kind) as stage:
        await stage.links_all()
        event = await _booked(stage)
        first, second = stage.owned.first, stage.owned.second
        assert isinstance(first.world, GoogleWorld | CalDavWorld)
        await _chooses(stage, second="no")
        await first.world.carry(first.id, event.uid, second.id)
        await _reads(stage)

        await second.world.move(second.id, event.uid, berlin(14), berlin(14.5))
        await _reads(stage)
        assert "Wed 25 Nov, 14:00–14:30" in stage.town.card().text

        await _chooses(stage, first="no", second="no", target="-")
        (account,) = await stage.accounts()
        assert account.followed() == ()
        await second.world.delete(second.id, event.uid)
        await _reads(stage)
        await stage.town.passes(MINUTE)
        assert stage.town.card().text.startswith("Cancelled: @host & @second")


async def test_time_around_a_meeting_is_taken_where_its_host_has_made_the_entry_longer(
    staging: Staging,
) -> None:
    async with staging("google") as stage:
        form = await stage.host.types("/meet settings")
        await stage.host.presses("Save", form, buffer_before="0 min", buffer_after="0 min")
        await stage.links_all()
        event = await _booked(stage)
        first = stage.owned.first
        await first.world.move(first.id, event.uid, berlin(9), berlin(16))
        await _reads(stage)

        await stage.host.types("/meet @second 30 wed")

        assert await stage.times() == ["16:00", "16:30"]
        assert await _only(stage) == (event.uid, berlin(9), berlin(16))


@pytest.mark.parametrize("kind", ["google", "microsoft", "radicale"])
async def test_two_who_share_an_account_are_not_in_each_other_s_way(staging: Staging, kind: str) -> None:
    async with staging(kind) as stage:
        await stage.links_all()
        ways = await stage.guest.types("/meet link")
        card = await replace(stage, host=stage.guest).signs_in(ways, stage.owned.ways[0])
        ids = [each.calendar.id for each in (await stage.accounts())[0].calendars]
        await stage.guest.presses("Save", card, target=str(ids.index(stage.owned.first.id)))
        await _booked(stage)
        await _reads(stage)

        assert len(await stage.owned.first.events()) == 2
        told = [*stage.host.screen(), *stage.guest.screen()]
        assert not [seen.text for seen in told if "Something new in your calendar overlaps" in seen.text]


async def _booked(stage: Stage) -> Raw:
    """A meeting on the first free half hour; returns one of its events."""
    await stage.host.types("/meet @second 30 logo review wed")
    await stage.guest.presses("1", stage.town.card())
    await stage.town.passes(MINUTE)
    await stage.guest.presses("Confirm")
    await stage.time_passes()
    event, *_ = await stage.owned.first.events()
    return event


async def _chooses(stage: Stage, *, first: str = "yes", second: str = "yes", target: str = "") -> None:
    """Which of the two calendars count; and where to write, if that is to change."""
    (account,) = await stage.accounts()
    ids = [each.calendar.id for each in account.calendars]
    form = await stage.host.presses("Choose calendars", await stage.host.types("/meet calendars"))
    ways = {f"c{ids.index(stage.owned.first.id)}": first, f"c{ids.index(stage.owned.second.id)}": second}
    await stage.host.presses("Save", form, **ways, **({"target": target} if target else {}))


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
