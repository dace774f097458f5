"""Steps that begin anew: somebody else was faster with the same meeting, or calendars must be asked first."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bot import calendars
from bot.busy_times import StaleCalendars
from bot.office import Office
from scheduling_core.errors import Conflict, DoneElsewhere

T = TypeVar("T")

TRIES: Final = 4
"""How often a step is begun."""


async def begin(office: Office, step: Callable[[], Awaitable[T]]) -> T:
    """Do a step, in a transaction of its own that came to nothing where it has to begin anew.

    Raises:
        Conflict, StaleCalendars: so often that it is not worth another try.
        DoneElsewhere: at once.
    """
    for _ in range(TRIES - 1):
        try:
            return await step()
        except DoneElsewhere:
            raise
        except Conflict:
            continue
        except StaleCalendars as stale:
            await calendars.freshen(office, stale)
    return await step()
