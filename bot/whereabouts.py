"""Where in an account an event of ours is: its owner may have put it into another calendar there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bot.office import Office
from scheduling_core.calendar_ports import Account, Calendar, CalendarProvider, Found, Written
from scheduling_core.errors import Gone, Rejected, Unavailable
from scheduling_core.intervals import Interval
from scheduling_core.ports import Job

MOST_SEARCHES: Final = 4
"""How often calendars that are silent are asked for an event that is not in its place."""
_LATER: Final = timedelta(minutes=5)
"""After that the second time; every further wait is twice as long."""
_SEARCHES: Final = "searches"
_FIRST: Final[Mapping[str, str]] = MappingProxyType({})


class SilentElsewhere(Unavailable):
    """An event is not in its place, and another calendar does not say whether it has it."""


@dataclass(frozen=True, slots=True)
class There:
    """An event of ours that takes place.

    Attributes:
        calendar: of the same account, not always the one it was written into.
    """

    calendar: str
    written: Written
    span: Interval


class Whereabouts:
    """Of the events in one account; everything raises as the port does.

    All its calendars are only searched, and asked for once, where an event is not in its place.

    Args:
        job: args of the job that searches; see `search_again`.
    """

    def __init__(self, provider: CalendarProvider, account: Account, job: Mapping[str, str] = _FIRST) -> None:
        self._provider = provider
        self._account = account
        self._is_last = _searches(job) + 1 >= MOST_SEARCHES
        self._writable: list[Calendar] | None = None

    async def at(self, calendar: str, written: Written) -> There | None:
        """The event as it is in this calendar; None when it does not take place there."""
        match await self._provider.look(self._account, calendar, written):
            case Found(now, Interval() as span):
                return There(calendar, now, span)
        return None

    async def elsewhere(self, calendar: str, written: Written) -> There | None:
        """The event in another calendar of the account than this one."""
        for each in await self._calendars():
            if each.id != calendar and (there := await self.at(each.id, written)):
                return there
        return None

    async def _sought(self, calendar: str, written: Written) -> There | None:
        """As `elsewhere`, but one calendar that says nothing of it does not hold the others up.

        Raises:
            SilentElsewhere: none of those that answered has it; a search for the last time passes over that.
        """
        is_silent = False
        for each in await self._calendars():
            try:
                if each.id != calendar and (there := await self.at(each.id, written)):
                    return there
            except (Gone, Rejected):
                continue
            except Unavailable:
                is_silent = True
        if is_silent and not self._is_last:
            raise SilentElsewhere("a calendar that may have the event does not answer")
        return None

    async def can_write(self, calendar: str) -> bool:
        """Whether that calendar is there, and ours to write into."""
        return calendar in {each.id for each in await self._calendars()}

    async def find(self, calendar: str, written: Written) -> tuple[str, Written | None]:
        """The calendar that has the event, and the event; the same calendar and None when it is gone.

        Args:
            calendar: where it was when last seen; one that was declined there is found as well.

        Raises:
            SilentElsewhere: see `search_again`.
        """
        found = await self._provider.look(self._account, calendar, written)
        if found and found.span:
            return calendar, found.written
        if there := await self._sought(calendar, written):
            return there.calendar, there.written
        return calendar, found.written if found else None

    async def take_out(self, calendar: str, written: Written) -> None:
        """Take the event away, wherever it is; one that is gone already is fine. Args, Raises: as `find`.

        It is not looked at in its place first: what somebody has made of it may be beyond reading.
        """
        try:
            if await self._provider.remove(self._account, calendar, written):
                return
        except Rejected:
            # A calendar that is only read by now says so even of what its owner took out of it before.
            if await self.at(calendar, written):
                raise
        if there := await self._sought(calendar, written):
            await self._provider.remove(self._account, there.calendar, there.written)

    async def _calendars(self) -> list[Calendar]:
        if self._writable is None:
            self._writable = [
                each for each in await self._provider.calendars(self._account) if each.can_write
            ]
        return self._writable


async def search_again(office: Office, job: Job) -> None:
    """A search met silence: the job is done once more, later; the last time goes on without an answer.

    Args:
        job: the one that searched; its id is made anew.
    """
    searches = _searches(job.args)
    args = {**job.args, _SEARCHES: str(searches + 1)}
    again = replace(job, id=f"{job.kind}:{office.new_id('w')}", args=args)
    async with office.store.write() as tx:
        await tx.enqueue(replace(again, due=office.clock() + _LATER * 2**searches))


def _searches(args: Mapping[str, str]) -> int:
    return int(args.get(_SEARCHES, "0"))
