"""Each calendar of an account answers for itself: one that hangs or breaks takes no other with it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from scheduling_core.availability import FreeBusy, Unreadable
from scheduling_core.calendar_ports import Counted

log = structlog.get_logger()

SILENT: Final = Unreadable("It did not answer in time.")
BROKEN: Final = Unreadable("Something went wrong while it was read.")


def deadline_in(seconds: float) -> float:
    """The moment in so many seconds, on the clock of the running loop."""
    return asyncio.get_running_loop().time() + seconds


async def each_in_time(
    counted: Sequence[Counted], deadline: float, ask: Callable[[Counted], Awaitable[FreeBusy]]
) -> dict[str, FreeBusy]:
    """What each calendar says, by its id, all asked at once.

    Args:
        deadline: on the loop's clock; who has not answered by then is `SILENT`, whatever the others said.
        ask: what it raises is a bug, and makes that calendar alone `BROKEN`.
    """
    async with asyncio.TaskGroup() as tasks:
        asked = {each.calendar: tasks.create_task(_one(each, deadline, ask)) for each in counted}
    return {calendar: task.result() for calendar, task in asked.items()}


async def _one(counted: Counted, deadline: float, ask: Callable[[Counted], Awaitable[FreeBusy]]) -> FreeBusy:
    try:
        async with asyncio.timeout_at(deadline):
            return await ask(counted)
    except TimeoutError:
        return SILENT
    except Exception:
        log.exception("calendar.failed")
        return BROKEN
