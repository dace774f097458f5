"""Each calendar answers for itself."""

import asyncio

from adapters.calendar_answers import BROKEN, SILENT, deadline_in, each_in_time
from scheduling_core.availability import Busy, FreeBusy
from scheduling_core.calendar_ports import Counted


async def test_what_hangs_or_breaks_keeps_no_other_from_answering() -> None:
    async def ask(counted: Counted) -> FreeBusy:
        if counted.calendar == "hangs":
            await asyncio.Event().wait()
        if counted.calendar == "breaks":
            raise KeyError("a bug")
        return Busy()

    counted = [Counted("hangs"), Counted("answers"), Counted("breaks")]
    async with asyncio.timeout(5):
        said = await each_in_time(counted, deadline_in(0.02), ask)

    assert said == {"hangs": SILENT, "breaks": BROKEN, "answers": Busy()}
