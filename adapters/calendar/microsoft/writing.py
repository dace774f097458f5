"""Our own events in an Outlook calendar: one for each key, whatever happens on the way.

An event is looked for before it is made, and made under a `transactionId` that stays the same; it is read
before it is changed, and changed with the version that was read. Nobody is invited, so Exchange notifies
nobody.
"""

from collections.abc import Mapping
from typing import Final

from adapters.calendar.microsoft import entries
from adapters.calendar.microsoft.client import NOTHING, Graph
from adapters.calendar.microsoft.wire import Json, No, Unread, failure, items
from adapters.payload import find, maybe
from scheduling_core.calendar_ports import Account, EventCopy, Found, Written
from scheduling_core.errors import Conflict, Gone, ReconnectNeeded, Rejected, Unavailable

MOST_LIVES: Final = 4
"""How many transactions a key has, for events that were deleted and are remembered all the same."""


_SEEN: Final = {"$select": entries.FIELDS, "$expand": entries.EXPANDED}
# "The TransactionId specified in the request has already been used to create a different event."
# https://github.com/alcionai/corso/issues/2490
_DUPLICATE = "ErrorDuplicateTransactionId"
_NOT_GRANTED = "the owner has not let us write events"


class Writing:
    """Write, remove and look, as `CalendarProvider` has them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def write(
        self, account: Account, calendar: str, copy: EventCopy, before: Written | None
    ) -> Written:
        """As `CalendarProvider.write`."""
        await self._demand_right(account)
        try:
            return entries.written(await self._written(account, calendar, copy, before))
        except No as no:
            raise failure(no) from None
        except Unread as error:
            raise Unavailable(str(error)) from None

    async def remove(self, account: Account, calendar: str, written: Written) -> bool:
        """As `CalendarProvider.remove`."""
        await self._demand_right(account)
        try:
            await self._graph.ask(account, "DELETE", self._event(calendar, written.event))
        except No as no:
            if not no.is_gone:
                raise _final(no) from None
            return False
        return True

    async def look(self, account: Account, calendar: str, written: Written) -> Found | None:
        """As `CalendarProvider.look`."""
        await self._demand_right(account)
        try:
            return entries.found_in(await self._get(account, calendar, written.event))
        except No as no:
            if no.is_gone:
                return None
            raise failure(no) from None

    async def _demand_right(self, account: Account) -> None:
        if not (await self._graph.grant(account)).can_write:
            raise ReconnectNeeded(_NOT_GRANTED)

    async def _written(
        self, account: Account, calendar: str, copy: EventCopy, before: Written | None
    ) -> Json:
        try:
            return await self._once(account, calendar, copy, before)
        except No as no:
            if no.status != 412:
                raise
        # Changed between our look and our change, perhaps by Exchange itself: look again, once.
        return await self._once(account, calendar, copy, before)

    async def _once(self, account: Account, calendar: str, copy: EventCopy, before: Written | None) -> Json:
        if before is None:
            return await self._create(account, calendar, copy)
        return await self._change(account, calendar, copy, before)

    async def _create(self, account: Account, calendar: str, copy: EventCopy) -> Json:
        for life in range(MOST_LIVES):
            if found := await self._find(account, calendar, copy):
                return await self._bring_up(account, calendar, copy, found)
            try:
                return await self._post(account, calendar, copy, life)
            except No as no:
                if no.code != _DUPLICATE:
                    raise
        raise Rejected(409, "this event was deleted too often")

    async def _find(self, account: Account, calendar: str, copy: EventCopy) -> Json | None:
        """What was made before, where the answer was lost; the oldest, where somebody has copied it."""
        query = {**_SEEN, "$filter": entries.finder(calendar, copy), "$top": "10"}
        address = self._graph.address("me", "calendars", calendar, "events", query=query)
        found: list[Json] = []
        async for page in self._graph.pages(account, address):
            found.extend(each for each in items(page) if isinstance(each, dict))
        return min(found, key=lambda each: maybe(each, "createdDateTime"), default=None)

    async def _post(self, account: Account, calendar: str, copy: EventCopy, life: int) -> Json:
        online = copy.wants_video and await self._has_teams(account, calendar)
        address = self._graph.address("me", "calendars", calendar, "events")
        return await self._graph.ask(
            account, "POST", address, entries.new_event(calendar, copy, life, online=online)
        )

    async def _change(self, account: Account, calendar: str, copy: EventCopy, before: Written) -> Json:
        try:
            found = await self._get(account, calendar, before.event)
        except No as no:
            if no.is_gone:
                await self._demand_calendar(account, calendar)
                raise Conflict("the event was deleted") from None
            raise
        is_as_told = entries.version_of(found) == before.version
        # Exchange changes versions by itself, and our own last answer may have been lost.
        if not (is_as_told or entries.is_done(found, copy) or entries.is_untouched(found, copy)):
            raise Conflict("somebody changed the event")
        return await self._bring_up(account, calendar, copy, found)

    async def _bring_up(self, account: Account, calendar: str, copy: EventCopy, found: Json) -> Json:
        if entries.is_newer(found, copy):
            raise Conflict("a later state of this meeting has been written already")
        online = entries.makes_video(copy, found) and await self._has_teams(account, calendar)
        if entries.is_done(found, copy) and not online:
            return found
        version = {"if-match": entries.version_of(found)}
        address = self._event(calendar, maybe(found, "id"))
        body = entries.patch_of(copy, found, online=online)
        try:
            return await self._graph.ask(account, "PATCH", address, body, version)
        except No as no:
            if no.is_gone:
                raise Unavailable("the event vanished while it was written") from None
            raise

    async def _get(self, account: Account, calendar: str, event: str) -> Json:
        return await self._graph.ask(account, "GET", self._event(calendar, event, _SEEN))

    async def _has_teams(self, account: Account, calendar: str) -> bool:
        """Whether events there can have a Teams link; personal accounts and some companies cannot."""
        query = {"$select": "allowedOnlineMeetingProviders"}
        said = await self._graph.ask(
            account, "GET", self._graph.address("me", "calendars", calendar, query=query)
        )
        allowed = find(said, "allowedOnlineMeetingProviders")
        return isinstance(allowed, list) and entries.TEAMS in allowed

    async def _demand_calendar(self, account: Account, calendar: str) -> None:
        """Raises No with 404 where the calendar itself is not there."""
        query = {"$select": "id"}
        await self._graph.ask(account, "GET", self._graph.address("me", "calendars", calendar, query=query))

    def _event(self, calendar: str, event: str, query: Mapping[str, str] = NOTHING) -> str:
        return self._graph.address("me", "calendars", calendar, "events", event, query=query)


def _final(no: No) -> Exception:
    """A refusal to delete is never a conflict: nothing was demanded of the version."""
    error = failure(no)
    return Unavailable(f"{no.status} {no.code}") if isinstance(error, Conflict | Gone) else error
