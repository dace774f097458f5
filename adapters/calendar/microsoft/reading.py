"""Calendars, busy time and changes of a Microsoft account.

Busy time is read from the events themselves, calendar by calendar: `getSchedule` does not exist for personal
accounts, and tells no UIDs.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.calendar.microsoft import wire
from adapters.calendar.microsoft.client import Graph
from adapters.calendar.microsoft.wire import No, Unread, failure, unreadable
from adapters.calendar_answers import deadline_in, each_in_time
from scheduling_core.availability import Busy, FreeBusy, Unreadable
from scheduling_core.calendar_ports import Account, Calendar, Changes, Counted
from scheduling_core.errors import ProviderError, Unavailable
from scheduling_core.intervals import Interval, clip

FOLLOWED: Final = timedelta(days=430)
"""How far ahead changes are told of; Graph fixes the window when it is first asked."""

MOVED_AFTER: Final = timedelta(days=30)
"""When the window is begun anew, so that it reaches as far again."""

_FOLLOWED_FROM = timedelta(days=1)
_LISTED: Final = {"$select": wire.CALENDAR_FIELDS, "$top": "100"}
_DELTA_PAGE: Final = {"prefer": "odata.maxpagesize=200"}


class Reading:
    """What can be read with what the owners granted."""

    def __init__(self, graph: Graph, clock: Callable[[], datetime]) -> None:
        self._graph = graph
        self._clock = clock

    async def calendars(self, account: Account) -> tuple[Calendar, ...]:
        """As `CalendarProvider.calendars`."""
        grant = await self._graph.grant(account)
        address = self._graph.address("me", "calendars", query=_LISTED)
        found: list[object] = []
        try:
            async for page in self._graph.pages(account, address):
                found.extend(wire.items(page))
            return wire.calendars_of(found, can_write=grant.can_write)
        except No as no:
            raise failure(no) from None
        except Unread as error:
            raise Unavailable(str(error)) from None

    async def free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, zone: str, within: float
    ) -> Mapping[str, FreeBusy]:
        """As `CalendarProvider.free_busy`."""

        async def one(each: Counted) -> FreeBusy:
            return await self._one(account, each, window, zone)

        return await each_in_time(counted, deadline_in(within), one)

    async def _one(self, account: Account, counted: Counted, window: Interval, zone: str) -> FreeBusy:
        """One calendar; as soon as a page of it cannot be read, none of it counts as read."""
        found: list[Interval] = []
        try:
            for part in wire.windows(window):
                async for page in self._graph.pages(account, self._view(counted.calendar, part)):
                    found.extend(wire.taken(wire.items(page), counted, zone))
        except No as no:
            return unreadable(failure(no))
        except Unread as error:
            return Unreadable(str(error))
        except ProviderError as error:
            return unreadable(error)
        return Busy(clip(found, window))

    def _view(self, calendar: str, window: Interval) -> str:
        query = {**wire.view(window), "$select": wire.BUSY_FIELDS, "$top": str(wire.PAGE)}
        return self._graph.address("me", "calendars", calendar, "calendarView", query=query)

    async def changes(self, account: Account, calendar: str, cursor: str) -> Changes:
        """As `CalendarProvider.changes`; after `MOVED_AFTER` it begins anew, which counts as changed."""
        until, address = _parts(cursor)
        now = self._clock()
        is_old = until - now < FOLLOWED - MOVED_AFTER
        if is_old or not wire.is_of(address, self._graph.base_url):
            until, address = now + FOLLOWED, ""
        try:
            return await self._changes(account, address or self._delta(calendar, until), until, not address)
        except No as no:
            # Source: https://learn.microsoft.com/graph/delta-query-overview, "Synchronization reset".
            if address and no.status in {400, 410}:
                return await self.changes(account, calendar, "")
            if no.status == 403 and not (await self._graph.grant(account)).can_watch:
                return await self._untold(account, calendar)
            raise failure(no) from None
        except Unread as error:
            raise Unavailable(str(error)) from None

    async def _untold(self, account: Account, calendar: str) -> Changes:
        """Where basic details do not suffice for changes, every question reads anew.

        Microsoft's pages differ in that. The calendar itself must still be there to be read.
        """
        address = self._graph.address("me", "calendars", calendar, query={"$select": "id"})
        await self._graph.call(account, "GET", address)
        return Changes("", has_changed=True)

    def _delta(self, calendar: str, until: datetime) -> str:
        window = Interval(self._clock() - _FOLLOWED_FROM, until)
        # No $select: it is not supported for calendarView/delta.
        path = ("me", "calendars", calendar, "calendarView", "delta")
        return self._graph.address(*path, query=wire.view(window))

    async def _changes(self, account: Account, address: str, until: datetime, is_begun: bool) -> Changes:
        has_changed, last = is_begun, ""
        async for page in self._graph.pages(account, address, _DELTA_PAGE):
            has_changed = has_changed or bool(wire.items(page))
            last = wire.link(page, "deltaLink", self._graph.base_url)
        if not last:
            raise Unread("Microsoft did not say where the changes end.")
        return Changes(f"{until.timestamp():.0f} {last}", has_changed)


def _parts(cursor: str) -> tuple[datetime, str]:
    """The end of the window that a cursor is for, and its address."""
    until, _, address = cursor.partition(" ")
    if not (until.isascii() and until.isdecimal() and len(until) < 12):
        return datetime.fromtimestamp(0, UTC), ""
    return datetime.fromtimestamp(int(until), UTC), address
