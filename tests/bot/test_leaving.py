"""A workspace that takes the bot away hears nothing more, and is forgotten unless it comes back."""

from asyncio import TaskGroup
from datetime import timedelta

from bot.dispatch import Dispatch
from bot.limits import Limits
from bot.metrics import Metrics
from scheduling_core.refs import RoomRef, WorkspaceRef
from tests.bot.town import Town

DEMO = WorkspaceRef("webhook", "demo")
OTHER = WorkspaceRef("webhook", "other")


async def leave(town: Town, workspace: WorkspaceRef = DEMO) -> None:
    """The platform says that the bot was taken away."""
    async with TaskGroup() as tasks:
        await Dispatch(town.office, tasks, Limits(1, 1), Metrics()).leave(workspace)


async def meet(town: Town, workspace: WorkspaceRef = DEMO) -> None:
    """Somebody sets up and invites."""
    host = town.member("u-1", tenant=workspace.workspace)
    await host.types("/meet @guest 30")
    await host.presses("Send invitation")


async def is_known(town: Town, workspace: WorkspaceRef = DEMO) -> bool:
    """Whether anybody of the workspace is remembered."""
    async with town.office.store.read() as reading:
        return bool(await reading.members(RoomRef(workspace, "room-1")))


async def invitations(town: Town) -> int:
    """How many meetings are remembered, whatever became of them."""
    async with town.office.store.read() as reading:
        return sum((await reading.counts()).meetings.values())


async def test_who_left_is_forgotten_after_a_month_and_nobody_else(town: Town) -> None:
    await meet(town)
    await meet(town, OTHER)
    await leave(town)

    await town.passes(timedelta(days=29))
    assert await is_known(town)
    await town.passes(timedelta(days=1))

    assert not await is_known(town)
    assert await is_known(town, OTHER)
    assert await invitations(town) == 1


async def test_who_left_hears_nothing_more(town: Town) -> None:
    await meet(town)
    heard = len(town.vendor.messages)
    await leave(town)
    card = town.card()

    await town.passes(timedelta(days=20))

    assert len(town.vendor.messages) == heard
    assert town.card() == card


async def test_who_came_back_is_not_forgotten(town: Town) -> None:
    await meet(town)
    await leave(town)
    await town.passes(timedelta(days=29))
    await town.member("u-1").types("/meet help")

    await town.passes(timedelta(days=30))

    assert await is_known(town)
    assert await invitations(town) == 1


async def test_who_left_again_is_kept_for_the_whole_time_again(town: Town) -> None:
    await meet(town)
    await leave(town)
    await town.passes(timedelta(days=1))
    await town.member("u-1").types("/meet help")
    await town.passes(timedelta(days=20))
    await leave(town)
    await leave(town)

    await town.passes(timedelta(days=29))
    assert await is_known(town)
    await town.passes(timedelta(days=1))
    assert not await is_known(town)


async def test_a_room_that_answers_gone_is_forgotten_after_a_month_too(town: Town) -> None:
    await meet(town)
    town.vendor.status = 410
    await town.member("u-1").types("/meet @guest 45")
    await town.settle()
    town.vendor.status = None

    await town.passes(timedelta(days=29))
    assert await is_known(town)
    await town.passes(timedelta(days=1))
    assert not await is_known(town)
