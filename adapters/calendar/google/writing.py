"""Our own events in a Google calendar: one for each key, whatever happens on the way.

Every call may be repeated: ids are ours, changes carry the version they change, and what is gone stays gone.
Nobody is invited, and Google is asked to notify nobody.
"""

from typing import Any, Final

from adapters.calendar.google import entries
from adapters.calendar.google.client import GoogleApi
from adapters.calendar.google.wire import Json, No, failure
from scheduling_core.calendar_ports import Account, EventCopy, Found, Written
from scheduling_core.errors import Conflict, ReconnectNeeded, Rejected, Unavailable

MOST_LIVES: Final = 4
"""How many ids a key has, for events that were deleted and cannot be revived."""

QUIET: Final = {"sendUpdates": "none"}
_NOT_GRANTED = "the owner has not let us write events"


class Writing:
    """Write, remove and look, as `CalendarProvider` has them."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api

    async def write(
        self, account: Account, calendar: str, copy: EventCopy, before: Written | None
    ) -> Written:
        """As `CalendarProvider.write`."""
        await self._demand_events(account)
        try:
            event = await (
                self._create(account, calendar, copy)
                if before is None
                else self._change(account, calendar, copy, before)
            )
        except No as no:
            raise failure(no) from None
        return entries.written(event)

    async def remove(self, account: Account, calendar: str, written: Written) -> bool:
        """As `CalendarProvider.remove`."""
        await self._demand_events(account)
        asked = {"calendarId": calendar, "eventId": written.event, **QUIET}
        try:
            await self._api.ask(account, lambda service: service.events().delete(**asked))
        except No as no:
            if not no.is_gone:
                raise failure(no) from None
            return False
        return True

    async def look(self, account: Account, calendar: str, written: Written) -> Found | None:
        """As `CalendarProvider.look`."""
        await self._demand_events(account)
        try:
            return entries.found_in(await self._get(account, calendar, written.event))
        except No as no:
            if no.is_gone:
                return None
            raise failure(no) from None

    async def _demand_events(self, account: Account) -> None:
        if not (await self._api.grant(account)).can_see_events:
            raise ReconnectNeeded(_NOT_GRANTED)

    async def _create(self, account: Account, calendar: str, copy: EventCopy) -> Json:
        for life in range(MOST_LIVES):
            event = await self._created(account, calendar, copy, life)
            if event is not None:
                return event
        raise Rejected(409, "this event was deleted too often")

    async def _created(self, account: Account, calendar: str, copy: EventCopy, life: int) -> Json | None:
        """The event under one of its ids; None where it was deleted there and must stay so."""
        try:
            return await self._insert(account, calendar, entries.new_event(copy, life))
        except No as no:
            if no.status != 409:
                raise
        # Made before, and the answer lost; or deleted since: Google keeps the ids of deleted events.
        found = await self._get_again(account, calendar, entries.event_id(copy.key, life))
        if not entries.is_cancelled(found):
            if entries.is_newer(found, copy):
                raise Conflict("a later state of this meeting has been written already")
            return await self._bring_up(account, calendar, copy, found)
        try:
            return await self._bring_up(account, calendar, copy, found)
        except No as no:
            # Most deleted events can be revived; for some Google answers 403.
            # https://github.com/googleapis/google-api-ruby-client/issues/1811
            if no.status == 403 and isinstance(failure(no), Rejected):
                return None
            raise

    async def _change(self, account: Account, calendar: str, copy: EventCopy, before: Written) -> Json:
        makes_video = copy.wants_video and not before.video and not before.video_pending
        try:
            return await self._patch(account, calendar, copy, before.event, before.version, makes_video)
        except No as no:
            if no.is_gone:
                await self._demand_calendar(account, calendar)
                raise Conflict("the event was deleted") from None
            if no.status != 412:
                raise
        found = await self._get_again(account, calendar, before.event)
        # Google changes versions by itself, and our own last answer may have been lost.
        if not (entries.is_done(found, copy) or entries.is_untouched(found, copy)):
            raise Conflict("somebody changed the event")
        return await self._bring_up(account, calendar, copy, found)

    async def _bring_up(self, account: Account, calendar: str, copy: EventCopy, found: Json) -> Json:
        was = entries.written(found)
        makes_video = copy.wants_video and not was.video and not was.video_pending
        if entries.is_done(found, copy) and not makes_video:
            return found
        return await self._patch(account, calendar, copy, was.event, was.version, makes_video)

    async def _get_again(self, account: Account, calendar: str, event: str) -> Json:
        try:
            return await self._get(account, calendar, event)
        except No as no:
            if no.is_gone:
                raise Unavailable("the event vanished while it was written") from None
            raise

    async def _get(self, account: Account, calendar: str, event: str) -> Json:
        asked = {"calendarId": calendar, "eventId": event}
        return await self._api.ask(account, lambda service: service.events().get(**asked))

    async def _insert(self, account: Account, calendar: str, body: Json) -> Json:
        def make(service: Any, body: Json) -> Any:
            version = int("conferenceData" in body)
            return service.events().insert(
                calendarId=calendar, body=body, conferenceDataVersion=version, **QUIET
            )

        return await self._with_or_without_video(account, make, body)

    async def _patch(
        self, account: Account, calendar: str, copy: EventCopy, event: str, etag: str, makes_video: bool
    ) -> Json:
        def make(service: Any, body: Json) -> Any:
            version = int("conferenceData" in body)
            request = service.events().patch(
                calendarId=calendar, eventId=event, body=body, conferenceDataVersion=version, **QUIET
            )
            request.headers["If-Match"] = etag
            return request

        return await self._with_or_without_video(
            account, make, entries.patch_of(copy, makes_video=makes_video)
        )

    async def _with_or_without_video(self, account: Account, make: Any, body: Json) -> Json:
        """Where the account may not make Meet links, Google refuses the whole event."""
        try:
            return await self._api.ask(account, lambda service: make(service, body))
        except No as no:
            if no.status != 400 or "conferenceData" not in body:
                raise
        plain = {name: value for name, value in body.items() if name != "conferenceData"}
        return await self._api.ask(account, lambda service: make(service, plain))

    async def _demand_calendar(self, account: Account, calendar: str) -> None:
        """Raises No with 404 where the calendar itself is not there."""
        asked = {"calendarId": calendar, "maxResults": 1, "fields": "kind"}
        await self._api.ask(account, lambda service: service.events().list(**asked))
