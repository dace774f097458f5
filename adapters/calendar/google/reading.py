"""Calendars, busy time and changes of a Google account.

Two ways lead to busy time. With `events.owned`, the events of the owner's own calendars are read: all-day
events then are the owner's days, tentative ones can be left out, ours are told by UID. Everything else is
asked of freeBusy, which names no events: there all-day events lie in the calendar's zone, tentative time
always counts, and of our own events exactly their time is taken out, even where another event overlaps it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.calendar.google import wire
from adapters.calendar.google.client import GoogleApi, Make
from adapters.calendar.google.wire import Json, No, Unread, failure, unreadable
from adapters.calendar_answers import SILENT, deadline_in, each_in_time
from scheduling_core.availability import Busy, FreeBusy, Unreadable
from scheduling_core.calendar_ports import Account, Calendar, Changes, Counted
from scheduling_core.errors import ProviderError, RateLimited, Unavailable
from scheduling_core.intervals import Interval, clip

MOST_PAGES: Final = 40
"""Of one answer; 100,000 events are no calendar that anybody uses."""

_FOLLOWED_FROM = timedelta(days=1)
_SYNC_FIELDS = "kind,nextPageToken,nextSyncToken,items/id"


class Reading:
    """What can be read with what the owners granted."""

    def __init__(self, api: GoogleApi, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._clock = clock

    async def calendars(self, account: Account) -> tuple[Calendar, ...]:
        """As `CalendarProvider.calendars`."""
        grant = await self._api.grant(account)
        found: list[Calendar] = []
        try:
            async for page in self._pages(account, lambda service: service.calendarList(), maxResults=250):
                found.extend(wire.calendars_of(page, can_write=grant.can_see_events))
        except No as no:
            raise failure(no) from None
        except Unread as error:
            raise Unavailable(str(error)) from None
        return tuple(sorted(found, key=lambda each: not each.is_primary))

    async def free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, zone: str, within: float
    ) -> Mapping[str, FreeBusy]:
        """As `CalendarProvider.free_busy`."""
        deadline = deadline_in(within)
        try:
            async with asyncio.timeout_at(deadline):
                grant = await self._api.grant(account)
        except TimeoutError:
            return {each.calendar: SILENT for each in counted}
        except ProviderError as error:
            return {each.calendar: unreadable(error) for each in counted}
        if not grant.can_see_events:
            return await self._by_free_busy(account, counted, window, deadline)

        async def one(each: Counted) -> FreeBusy:
            if (found := await self._events(account, each, window, zone)) is not None:
                return found
            # By itself: the others may hang until there is no time left to ask of them together.
            return (await self._by_free_busy(account, [each], window, deadline))[each.calendar]

        return await each_in_time(counted, deadline, one)

    async def changes(self, account: Account, calendar: str, cursor: str) -> Changes:
        """As `CalendarProvider.changes`: Google tells them with `events.owned`, of the owner's calendars."""
        grant = await self._api.grant(account)
        if not grant.can_see_events:
            # Nothing is asked of Google then, so that its token is tried at least.
            await self._api.call(account, lambda service: service.calendarList().list(maxResults=1))
            return Changes("", has_changed=True)
        try:
            return await self._changes(account, calendar, cursor)
        except No as no:
            if cursor and no.status in {400, 410}:
                return await self.changes(account, calendar, "")
            if not cursor and _is_not_ours_to_see(no):
                return Changes("", has_changed=True)
            raise failure(no) from None
        except Unread as error:
            raise Unavailable(str(error)) from None

    async def _changes(self, account: Account, calendar: str, cursor: str) -> Changes:
        # A token takes no limits of time later (discovery document), but may begin with one.
        since = wire.rfc3339(self._clock() - _FOLLOWED_FROM)
        begin = {"syncToken": cursor} if cursor else {"timeMin": since}
        asked = {**begin, "calendarId": calendar, "maxResults": wire.PAGE, "fields": _SYNC_FIELDS}
        has_changed = not cursor
        token = ""
        async for page in self._pages(account, lambda service: service.events(), **asked):
            has_changed = has_changed or bool(wire.events_of(page))
            token = wire.sync_token(page)
        if not token:
            raise Unread("Google did not say where the changes end.")
        return Changes(token, has_changed)

    async def _pages(self, account: Account, of: Callable[[Any], Any], **asked: Any) -> AsyncIterator[Json]:
        token = ""
        for _ in range(MOST_PAGES):
            page = await self._api.ask(account, _list(of, {**asked, "pageToken": token} if token else asked))
            yield page
            if not (token := wire.next_page(page)):
                return
        raise Unread("Google’s answer has no end.")

    async def _events(
        self, account: Account, counted: Counted, window: Interval, zone: str
    ) -> FreeBusy | None:
        """Busy time by the events themselves; None where freeBusy may know more."""
        found: list[Interval] = []
        asked = wire.listing(counted.calendar, window)
        try:
            async for page in self._pages(account, lambda service: service.events(), **asked):
                found.extend(wire.taken(wire.events_of(page), counted, zone))
        except No as no:
            return None if _is_not_ours_to_see(no) else unreadable(failure(no))
        except Unread as error:
            return Unreadable(str(error))
        except ProviderError as error:
            return unreadable(error)
        return Busy(clip(found, window))

    async def _by_free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, deadline: float
    ) -> dict[str, FreeBusy]:
        answers: dict[str, list[asyncio.Task[Json | Unreadable]]] = {each.calendar: [] for each in counted}
        async with asyncio.TaskGroup() as tasks:
            for batch in wire.batches([*answers]):
                for part in wire.windows(window):
                    task = tasks.create_task(self._question(account, batch, part, deadline))
                    for calendar in batch:
                        answers[calendar].append(task)
        return {
            each.calendar: _answer([task.result() for task in answers[each.calendar]], each, window)
            for each in counted
        }

    async def _question(
        self, account: Account, calendars: Sequence[str], window: Interval, deadline: float
    ) -> Json | Unreadable:
        body = wire.question(calendars, window)
        try:
            async with asyncio.timeout_at(deadline):
                return await self._api.call(account, lambda service: service.freebusy().query(body=body))
        except TimeoutError:
            return SILENT
        except ProviderError as error:
            return unreadable(error)


def _list(of: Callable[[Any], Any], asked: Mapping[str, Any]) -> Make:
    return lambda service: of(service).list(**asked)


def _answer(answers: Sequence[Json | Unreadable], counted: Counted, window: Interval) -> FreeBusy:
    """All parts of the window as one; unreadable as soon as one of them is."""
    found: list[Interval] = []
    try:
        for answer in answers:
            if isinstance(answer, Unreadable):
                return answer
            found.extend(wire.free_busy(answer, counted.calendar))
    except No as no:
        return unreadable(failure(no))
    except Unread as error:
        return Unreadable(str(error))
    return wire.without_ours(found, counted, window)


def _is_not_ours_to_see(no: No) -> bool:
    """The events of this calendar cannot be listed: it is somebody else's, or it is not there."""
    return no.status in {403, 404} and not isinstance(failure(no), RateLimited)
