"""Graph's answers ⇄ our values: calendars, events that take time, pages, refusals.

Pure; does no I/O. Only what is needed is read: titles and people of other events are not even asked for.
Source: Microsoft Graph v1.0, https://learn.microsoft.com/graph/api/resources/event
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from adapters.icalendar_streams.moments import known_zone
from adapters.payload import find, maybe
from scheduling_core.availability import Unreadable
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
from scheduling_core.intervals import Interval
from scheduling_core.zones import to_instant

Json = dict[str, Any]

LONGEST_WINDOW: Final = timedelta(days=1825)
"""Of one calendarView; Graph refuses more."""

PAGE: Final = 500
"""Events asked for at once: ten come otherwise, and 1,000 at most."""

BUSY_FIELDS: Final = "start,end,showAs,isAllDay,isCancelled,responseStatus,type,iCalUId"
CALENDAR_FIELDS: Final = "id,name,isDefaultCalendar,canEdit,owner"

_FREE = {"free", "workingElsewhere"}
_NEVER_ANSWERED = {"notResponded", "tentativelyAccepted"}
_UTC_NAMES = {"UTC", "tzone://Microsoft/Utc"}
# Between the mailbox's zone, by which Graph picks all-day events, and the owner's lie up to 26 hours.
_ZONES_APART = timedelta(hours=26)
_DAY = timedelta(days=1)
# Exchange was busy with the same item or mailbox; nothing is wrong with the request.
_TRY_AGAIN = {"ConcurrentItemSave", "ErrorMailboxStoreUnavailable", "ErrorServerBusy", "ErrorTimeoutExpired"}
_NO_MAILBOX = {"MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI"}


class Unread(ValueError):
    """An answer that is not what it should be; the text is one plain sentence without contents."""


class No(Exception):
    """A refusal as Graph gives it: HTTP status, code and words, and the wait it asks for."""

    def __init__(self, status: int, code: str = "", words: str = "", wait: timedelta | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.words, self.wait = status, code, words, wait

    @property
    def is_gone(self) -> bool:
        """What was asked for is not there, or not any more."""
        return self.status in {404, 410} and self.code not in _NO_MAILBOX


def refusal(status: int, content: bytes, wait: timedelta | None) -> No:
    """A refusal from its body; an HTML page has neither code nor words."""
    try:
        error = find(json.loads(content), "error")
    except ValueError:
        return No(status, wait=wait)
    return No(status, maybe(error, "code"), maybe(error, "message")[:300], wait)


def failure(no: No) -> ProviderError:
    """The error a refusal stands for.

    401: `ReconnectNeeded`; 429, and 503 that says when to come back: `RateLimited`; other 5xx: `Unavailable`;
    404 and 410: `Gone`; 409 and 412: `Conflict`; 403 and all else: `Rejected`.
    Source: https://learn.microsoft.com/graph/errors
    """
    if no.status == 401:
        return ReconnectNeeded(f"{no.status} {no.code}")
    if no.status == 429 or (no.status >= 500 and no.wait is not None):
        return RateLimited(timedelta(seconds=30) if no.wait is None else no.wait)
    if no.status >= 500 or no.status in {408, 423} or no.code in _TRY_AGAIN:
        return Unavailable(f"HTTP {no.status} {no.code}")
    if no.is_gone:
        return Gone(f"{no.status} {no.code}")
    if no.status in {409, 412}:
        return Conflict(f"{no.status} {no.code}")
    return Rejected(no.status, f"{no.code} {no.words}".strip())


def unreadable(error: ProviderError) -> Unreadable:
    """A failure as a sentence for the calendar's owner."""
    match error:
        case ReconnectNeeded():
            return Unreadable("Microsoft no longer lets us read this calendar.", needs_owner=True)
        case Gone():
            return Unreadable("This calendar is not there any more.")
        case RateLimited():
            return Unreadable("Microsoft asks us to wait before reading this calendar again.")
        case Rejected():
            return Unreadable("Microsoft refused to let us read this calendar.")
    return Unreadable("Outlook’s calendar did not answer.")


def graph_time(instant: datetime) -> str:
    """`2026-11-21T09:00:00Z`, as calendarView takes it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def windows(window: Interval) -> Iterator[Interval]:
    """*window*, and what all-day events reach besides, in parts that Graph answers."""
    start, last = window.start - _ZONES_APART, window.end + _ZONES_APART
    while start < last:
        yield Interval(start, min(start + LONGEST_WINDOW, last))
        start += LONGEST_WINDOW


def view(window: Interval) -> dict[str, str]:
    """The bounds of a calendarView, widened to whole seconds."""
    ahead = timedelta(seconds=1) if window.end.microsecond else timedelta()
    return {"startDateTime": graph_time(window.start), "endDateTime": graph_time(window.end + ahead)}


def items(page: object) -> Sequence[object]:
    """What a page of a collection holds.

    Raises:
        Unread: it is no such page.
    """
    found = find(page, "value")
    if not isinstance(found, list):
        raise Unread("Microsoft’s answer could not be read.")
    return found


def link(page: object, kind: str, base_url: str) -> str:
    """The address after a page, "" where there is none; our token must not follow it elsewhere.

    Args:
        kind: `nextLink` or `deltaLink`.

    Raises:
        Unread: it leads away from Graph.
    """
    found = find(page, f"@odata.{kind}")
    if found is None:
        return ""
    if not isinstance(found, str) or not is_of(found, base_url):
        raise Unread("Microsoft’s answer goes on where we do not follow.")
    return found


def is_of(address: str, base_url: str) -> bool:
    """Whether an address is one of Graph's; a step upwards could lead out of it."""
    return address.startswith(base_url + "/") and "/../" not in address and "\\" not in address


def taken(events: Sequence[object], counted: Counted, zone: str) -> Iterator[Interval]:
    """The time that events take; all-day ones the owner's whole days in *zone*.

    Raises:
        Unread: an event that may take time has none that can be read.
    """
    for event in events:
        if _counts(event, counted):
            span = span_of(event, zone)
            if counted.all_day or find(event, "isAllDay") is not True:
                yield from counted.left_of(span, maybe(event, "iCalUId"))


def _counts(event: object, counted: Counted) -> bool:
    response, shown = answer_of(event), maybe(event, "showAs")
    if find(event, "isCancelled") is True or response == "declined" or shown in _FREE:
        return False
    is_tentative = shown == "tentative" or response in _NEVER_ANSWERED
    return counted.tentative or not is_tentative


def answer_of(event: object) -> str:
    """What the calendar's owner answered to an invitation; "" where that is not said."""
    return maybe(event, "responseStatus", "response")


def span_of(event: object, zone: str) -> Interval:
    """The time of an event, in *zone* where it is all-day.

    Raises:
        Unread: it has none.
    """
    try:
        if find(event, "isAllDay") is True:
            return _days(event, zone)
        return Interval(*(_instant(find(event, name)) for name in ("start", "end")))
    except (ValueError, OverflowError):
        raise Unread("The time of an event could not be read.") from None


def _days(event: object, zone: str) -> Interval:
    # Graph calls the midnight of the mailbox UTC: what counts are the dates.
    start, end = (_moment(find(event, name)) for name in ("start", "end"))
    last = end.date() if end.time() == time() else end.date() + _DAY
    return Interval(*(_midnight(day, zone) for day in (start.date(), max(last, start.date() + _DAY))))


def _midnight(day: date, zone: str) -> datetime:
    return to_instant(zone, datetime.combine(day, time()))


def _moment(said: object) -> datetime:
    return datetime.fromisoformat(maybe(said, "dateTime"))


def _instant(said: object) -> datetime:
    """Everything is asked for in UTC, and another zone understood all the same."""
    moment, name = _moment(said), maybe(said, "timeZone")
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    if name in _UTC_NAMES:
        return moment.replace(tzinfo=UTC)
    if (known := known_zone(name)) is None:
        raise ValueError("no such zone")
    return to_instant(known.key, moment)


def calendars_of(found: Sequence[object], *, can_write: bool) -> tuple[Calendar, ...]:
    """The calendars of an account, the primary one first; those of others are read only.

    `Calendars.ReadWrite` does not reach into calendars that somebody shares: their owner is another than
    that of the primary one.

    Raises:
        Unread: one has no id.
    """
    primary = next((each for each in found if find(each, "isDefaultCalendar") is True), None)
    owner = maybe(primary, "owner", "address").casefold()
    calendars = [_calendar(each, owner, can_write=can_write) for each in found]
    return tuple(sorted(calendars, key=lambda each: not each.is_primary))


def _calendar(said: object, owner: str, *, can_write: bool) -> Calendar:
    if not (found := maybe(said, "id")):
        raise Unread("Microsoft’s list of calendars could not be read.")
    is_own = maybe(said, "owner", "address").casefold() in {"", owner}
    may = can_write and is_own and find(said, "canEdit") is True
    is_primary = find(said, "isDefaultCalendar") is True
    return Calendar(found, maybe(said, "name") or "Calendar", is_primary, may)
