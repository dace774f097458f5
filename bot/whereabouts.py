"""Where in an account an event of ours is: its owner may have put it into another calendar there."""

from dataclasses import dataclass

from scheduling_core.calendar_ports import Account, Calendar, CalendarProvider, Found, Written
from scheduling_core.intervals import Interval


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
    """

    def __init__(self, provider: CalendarProvider, account: Account) -> None:
        self._provider = provider
        self._account = account
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

    async def can_write(self, calendar: str) -> bool:
        """Whether that calendar is there, and ours to write into."""
        return calendar in {each.id for each in await self._calendars()}

    async def find(self, calendar: str, written: Written) -> tuple[str, Written | None]:
        """The calendar that has the event, and the event; the same calendar and None when it is gone.

        Args:
            calendar: where it was when last seen; one that was declined there is found as well.
        """
        found = await self._provider.look(self._account, calendar, written)
        if found and found.span:
            return calendar, found.written
        if there := await self.elsewhere(calendar, written):
            return there.calendar, there.written
        return calendar, found.written if found else None

    async def take_out(self, calendar: str, written: Written) -> None:
        """Take the event away, wherever it is; one that is gone already is fine. Args: as `find`.

        It is not looked at in its place first: what somebody has made of it may be beyond reading.
        """
        if await self._provider.remove(self._account, calendar, written):
            return
        if there := await self.elsewhere(calendar, written):
            await self._provider.remove(self._account, there.calendar, there.written)

    async def _calendars(self) -> list[Calendar]:
        if self._writable is None:
            self._writable = [
                each for each in await self._provider.calendars(self._account) if each.can_write
            ]
        return self._writable
