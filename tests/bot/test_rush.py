"""What comes at once is recorded first."""

import asyncio

from bot import rush
from bot.rush import Rush


async def test_work_waits_until_all_is_recorded() -> None:
    crowd = Rush()
    with crowd.recording():
        with crowd.recording():
            work = asyncio.create_task(crowd.over())
        await asyncio.sleep(0)
        assert not work.done()
    await work


async def test_without_a_rush_nothing_waits() -> None:
    async with asyncio.timeout(0.1):
        await Rush().over()


async def test_a_rush_without_end_does_not_stop_the_work() -> None:
    crowd, loop = Rush(), asyncio.get_running_loop()
    began = loop.time()
    with crowd.recording():
        await crowd.over()
    assert loop.time() - began < rush.WORK_AFTER_SECONDS + 1
