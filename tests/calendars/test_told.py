"""Providers that tell of changes reach the real server, and an open card follows without waiting."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from bot import calendars
from tests.adapters.google.world import GoogleWorld
from tests.adapters.microsoft.world import MicrosoftWorld
from tests.calendars.conftest import Staging
from tests.calendars.kinds import PUBLIC_URL
from tests.calendars.stage import Stage, berlin

Deliver = Callable[[], Awaitable[int]]
"""Brings what the provider has told so far to the server; how many notifications that were."""


def reached(stage: Stage) -> Deliver:
    """The provider can reach our address."""
    world = stage.owned.first.world
    assert isinstance(world, GoogleWorld | MicrosoftWorld)
    return by_google(stage, world) if isinstance(world, GoogleWorld) else by_microsoft(stage, world)


async def post(stage: Stage, address: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, bytes]:
    """Status, content type and body of the answer."""
    path = address.removeprefix(PUBLIC_URL)
    async with stage.browser.client.post(path, headers=headers, data=body) as answer:
        return answer.status, answer.content_type, await answer.read()


def by_google(stage: Stage, world: GoogleWorld) -> Deliver:
    """Headers without a body, sent as soon as something changes."""
    statuses: list[int] = []

    async def deliver(address: str, headers: Mapping[str, str]) -> int:
        status, _, _ = await post(stage, address, headers, b"")
        statuses.append(status)
        return status

    async def delivered() -> int:
        await asyncio.wait(world.google.tasks)
        assert set(statuses) == {200}
        return len(statuses)

    world.google.deliver = deliver
    return delivered


def by_microsoft(stage: Stage, world: MicrosoftWorld) -> Deliver:
    """The address is tried when a subscription is made; then JSON."""

    async def deliver(address: str, body: bytes) -> tuple[int, str, bytes]:
        return await post(stage, address, {}, body)

    async def delivered() -> int:
        pushed, world.microsoft.pushed = world.microsoft.pushed, []
        answers = [await post(stage, address, {}, body) for address, body in pushed]
        assert {status for status, _, _ in answers} == {202}
        return len(answers)

    world.microsoft.graph.deliver = deliver
    return delivered


@pytest.mark.parametrize("kind", ["google", "microsoft"])
async def test_an_event_its_provider_tells_of_strikes_an_offer_at_once(staging: Staging, kind: str) -> None:
    async with staging(kind) as stage:
        deliver = reached(stage)
        await stage.links_all()
        await stage.host.types("/meet @second 30 logo review wed")
        await stage.time_passes()
        await calendars.look(stage.town.office)
        assert await calendars.look(stage.town.office) == 0

        await stage.owned.first.keeps("e-1", berlin(9), berlin(12.5))
        assert await deliver() > 0

        assert await calendars.look(stage.town.office) == 1
        await stage.town.settle()
        assert "taken" in stage.town.card().text
        assert (await stage.times())[0] == "13:00"
