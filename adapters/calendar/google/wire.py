"""Google's answers ⇄ our values: calendars, free/busy, events, refusals.

Pure; does no I/O. Only what is needed is read: titles and people of other events are not even asked for.
Source: Google Calendar API v3, discovery document; https://developers.google.com/workspace/calendar/api
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from adapters.payload import find, maybe
from scheduling_core.availability import Busy, FreeBusy, Unreadable
from scheduling_core.calendar_ports import Calendar, Counted
from scheduling_core.errors import (
    Conflict,
    Gone,
    ProviderError,
    RateLimited,
    ReconnectNeeded,
    Rejected,
    Unavailable,
)
from scheduling_core.intervals import Interval, clip, subtract
from scheduling_core.zones import to_instant

Json = dict[str, Any]

LONGEST_WINDOW: Final = timedelta(days=60)
"""Of one freeBusy question; Google refuses more than about 90 days."""

MOST_CALENDARS: Final = 50
"""In one freeBusy question: `calendarExpansionMax`."""

PAGE: Final = 2500
BUSY_FIELDS: Final = (
    "kind,nextPageToken,"
    "items(status,transparency,eventType,iCalUID,start,end,attendees(self,responseStatus),"
    "extendedProperties/private)"
)
OUR_UID: Final = "parleyUid"

_REST = timedelta(seconds=30)
_LONG_REST = timedelta(hours=1)
# "Calendar usage limits exceeded" makes an account read-only for hours.
_WAITS = {
    "rateLimitExceeded": _REST,
    "userRateLimitExceeded": _REST,
    "quotaExceeded": _LONG_REST,
    "dailyLimitExceeded": _LONG_REST,
}
_NOT_GRANTED = {"insufficientPermissions", "insufficientScopes", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
_TAKES_NO_TIME = {"workingLocation", "birthday"}
_NEVER_ANSWERED = {"needsAction", "tentative"}
# Between the calendar's zone, by which Google picks all-day events, and the owner's lie up to 26 hours.
_ZONES_APART = timedelta(hours=26)


class Unread(ValueError):
    """An answer that is not what it should be; the text is one plain sentence without contents."""


class No(Exception):
    """A refusal as Google gives it: HTTP status, reason and words, and the wait it asks for."""

    def __init__(self, status: int, reason: str = "", words: str = "", wait: timedelta | None = None) -> None:
        super().__init__(f"{status} {reason}")
        self.status, self.reason, self.words, self.wait = status, reason, words, wait

    @property
    def is_gone(self) -> bool:
        """What was asked for is not there, or not any more."""
        return self.status in {404, 410}


def refusal(status: int, content: bytes, wait: timedelta | None) -> No:
    """A refusal from its body; an HTML page has neither reason nor words."""
    try:
        error = find(json.loads(content), "error")
    except ValueError:
        return No(status, wait=wait)
    listed = find(error, "errors")
    first = listed[0] if isinstance(listed, list) and listed else {}
    return No(status, maybe(first, "reason"), maybe(error, "message")[:300], wait)


def failure(no: No) -> ProviderError:
    """The error a refusal stands for.

    401 and missing scopes: `ReconnectNeeded`; quotas and 429: `RateLimited`; 5xx: `Unavailable`; 404 and
    410: `Gone`; 409 and 412: `Conflict`; other 403 and all else: `Rejected`.
    Source: https://developers.google.com/workspace/calendar/api/guides/errors
    """
    if no.status == 401 or no.reason in _NOT_GRANTED:
        return ReconnectNeeded(f"{no.status} {no.reason}")
    if no.status == 429 or (no.status == 403 and no.reason in _WAITS):
        return RateLimited(no.wait or _WAITS.get(no.reason, _REST))
    if no.status >= 500 or no.status == 408:
        return RateLimited(no.wait) if no.wait is not None else Unavailable(f"HTTP {no.status}")
    if no.is_gone:
        return Gone(f"{no.status} {no.reason}")
    if no.status in {409, 412}:
        return Conflict(f"{no.status} {no.reason}")
    return Rejected(no.status, f"{no.reason} {no.words}".strip())


def unreadable(error: ProviderError) -> Unreadable:
    """A failure as a sentence for the calendar's owner."""
    match error:
        case ReconnectNeeded():
            return Unreadable("Google no longer lets us read this calendar.", needs_owner=True)
        case Gone():
            return Unreadable("This calendar is not there any more.")
        case RateLimited():
            return Unreadable("Google asks us to wait before reading this calendar again.")
        case Rejected():
            return Unreadable("Google refused to let us read this calendar.")
    return Unreadable("Google Calendar did not answer.")


def rfc3339(instant: datetime) -> str:
    """`2026-11-21T09:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def windows(window: Interval) -> Iterator[Interval]:
    """*window* in parts that Google answers."""
    start = window.start
    while start < window.end:
        yield Interval(start, min(start + LONGEST_WINDOW, window.end))
        start += LONGEST_WINDOW


def batches(calendars: Sequence[str]) -> Iterator[Sequence[str]]:
    """*calendars* in groups that one question may hold."""
    for start in range(0, len(calendars), MOST_CALENDARS):
        yield calendars[start : start + MOST_CALENDARS]


def question(calendars: Sequence[str], window: Interval) -> Json:
    """The body of freeBusy.query; seconds are all that Google keeps, so both ends are widened to them."""
    start, end = window.span()
    return {
        "timeMin": rfc3339(datetime.fromtimestamp(start, UTC)),
        "timeMax": rfc3339(datetime.fromtimestamp(end, UTC)),
        "items": [{"id": calendar} for calendar in calendars],
    }


def free_busy(answer: object, calendar: str) -> tuple[Interval, ...]:
    """What a freeBusy answer says of one calendar.

    Raises:
        Unread: it says nothing, or something else.
        No: an error stands there instead.
    """
    said = find(answer, "calendars", calendar)
    if errors := find(said, "errors"):
        reason = maybe(errors[0], "reason") if isinstance(errors, list) else ""
        raise No(404 if reason == "notFound" else 500, reason)
    busy = find(said, "busy")
    if not isinstance(busy, list):
        raise Unread("Google said nothing about this calendar.")
    return tuple(Interval(_instant(find(each, "start")), _instant(find(each, "end"))) for each in busy)


def without_ours(found: Sequence[Interval], counted: Counted, window: Interval) -> FreeBusy:
    """Busy time of a freeBusy answer: it names no events, so exactly our own time is taken out of it."""
    return Busy(subtract(clip(found, window), counted.ours.values()))


def events_of(page: object) -> Sequence[object]:
    """The events of a page of events.list.

    Raises:
        Unread: it is no such page.
    """
    items = find(page, "items")
    if maybe(page, "kind") != "calendar#events" or not isinstance(items, list | None):
        raise Unread("Google’s list of events could not be read.")
    return items or ()


def listing(calendar: str, window: Interval) -> Json:
    """The parameters of events.list for everything that may take time in *window*."""
    return {
        "calendarId": calendar,
        "singleEvents": True,
        "timeMin": rfc3339(window.start - _ZONES_APART),
        "timeMax": rfc3339(window.end + _ZONES_APART),
        "maxAttendees": 1,
        "maxResults": PAGE,
        "fields": BUSY_FIELDS,
    }


def taken(events: Sequence[object], counted: Counted, zone: str) -> Iterator[Interval]:
    """The time that events take; all-day ones the owner's whole days in *zone*.

    Raises:
        Unread: an event that may take time has none that can be read.
    """
    for event in events:
        if _counts(event, counted):
            span = span_of(event, zone)
            if counted.all_day or not maybe(event, "start", "date"):
                # A copy that somebody made of an event of ours keeps the private property.
                own = maybe(event, "extendedProperties", "private", OUR_UID)
                yield from counted.left_of(span, maybe(event, "iCalUID"), own)


def _counts(event: object, counted: Counted) -> bool:
    if maybe(event, "status") == "cancelled" or maybe(event, "transparency") == "transparent":
        return False
    if maybe(event, "eventType") in _TAKES_NO_TIME:
        return False
    response = answer_of(event)
    is_tentative = maybe(event, "status") == "tentative" or response in _NEVER_ANSWERED
    return response != "declined" and (counted.tentative or not is_tentative)


def answer_of(event: object) -> str:
    """What the calendar's owner answered to an invitation; "" where there was none."""
    attendees = find(event, "attendees")
    for each in attendees if isinstance(attendees, list) else ():
        if find(each, "self") is True:
            return maybe(each, "responseStatus")
    return ""


def span_of(event: object, zone: str) -> Interval:
    """The time of an event, in *zone* where it is all-day.

    Raises:
        Unread: it has none.
    """
    return Interval(*(_moment(find(event, name), zone) for name in ("start", "end")))


def _moment(said: object, zone: str) -> datetime:
    if day := maybe(said, "date"):
        try:
            return to_instant(zone, datetime.combine(date.fromisoformat(day), datetime.min.time()))
        except ValueError:
            raise Unread("The time of an event could not be read.") from None
    return _instant(find(said, "dateTime"), maybe(said, "timeZone"))


def _instant(said: object, zone: str = "") -> datetime:
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
        if moment and moment.utcoffset() is None and zone:
            moment = to_instant(zone, moment)
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise Unread("The time of an event could not be read.")
    return moment.astimezone(UTC)


def calendars_of(page: object, *, can_write: bool) -> Iterator[Calendar]:
    """The calendars of a page of calendarList.list; those of others are read only (`events.owned`).

    Raises:
        Unread: it is no such page.
    """
    items = find(page, "items")
    if maybe(page, "kind") != "calendar#calendarList" or not isinstance(items, list | None):
        raise Unread("Google’s list of calendars could not be read.")
    for each in items or ():
        if (found := maybe(each, "id")) and find(each, "deleted") is not True:
            name = maybe(each, "summaryOverride") or maybe(each, "summary") or found
            is_owner = maybe(each, "accessRole") == "owner"
            yield Calendar(found, name, find(each, "primary") is True, can_write and is_owner)


def next_page(page: Mapping[str, Any]) -> str:
    """The token of the page after this one, "" after the last."""
    return maybe(page, "nextPageToken")


def sync_token(page: Mapping[str, Any]) -> str:
    """What the next question for changes begins with; it stands on the last page only."""
    return maybe(page, "nextSyncToken")
