"""The methods of Calendar v3 that a scheduling program calls, over what Google keeps.

Sources: the discovery document, and developers.google.com/workspace/calendar/api/guides: create-events,
extended-properties, sync, push, errors. Unverified against the live service: what a deleted event's id does
(here: 409 on insert, may be revived by patch), and how far events.owned reaches into calendars of others.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from scheduling_core.intervals import Interval, clip
from tests.adapters.google.discovery import Wrong, check_instant
from tests.adapters.google.events import Meets, checked_event, merged, shown
from tests.adapters.google.keeping import Channel, Json, Kept, Owner, Token, span, starts

OWNED: Final = "https://www.googleapis.com/auth/calendar.events.owned"
LONGEST_RANGE: Final = timedelta(days=90)
MOST_CALENDARS: Final = 50
NOT_WITH_SYNC: Final = frozenset(
    {"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty"}
    | {"timeMin", "timeMax", "updatedMin"}
)
_FREE_TYPES = {"workingLocation", "birthday"}


class Error(Exception):
    """An answer in Google's error form."""

    def __init__(self, status: int, reason: str, message: str = "", location: str = "") -> None:
        super().__init__(f"{status} {reason}")
        self.status, self.reason, self.message = status, reason, message or reason

    def body(self) -> Json:
        """The JSON form."""
        each = {"domain": "global", "reason": self.reason, "message": self.message}
        return {"error": {"errors": [each], "code": self.status, "message": self.message}}


@dataclass(slots=True)
class CalendarApi:
    """All calendars of all owners.

    Attributes:
        most_per_page: no page holds more, whatever is asked for.
        meets: what becomes of requests for Meet links.
        can_revive: deleted events can be changed; otherwise that is forbidden.
        changed: told after each change of a calendar.
    """

    now: Callable[[], datetime]
    calendars: dict[str, Kept] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    most_per_page: int = 2500
    meets: Meets = field(default_factory=Meets)
    changed: Callable[[Kept], None] = lambda _: None
    begun: Callable[[Channel], None] = lambda _: None
    minted: int = 0
    can_revive: bool = True
    _pages: dict[str, tuple[list[Json], Json]] = field(default_factory=dict)

    def call(
        self,
        name: str,
        token: Token,
        path: Mapping[str, str],
        query: list[tuple[str, str]],
        body: Json,
        etag: str,
    ) -> Json | None:
        """Carry out a method; None is an answer without content."""
        asked = dict(query)
        match name:
            case "calendarList.list":
                return self._calendar_list(token.owner, asked)
            case "freebusy.query":
                return self._free_busy(token.owner, body)
            case "channels.stop":
                self._stop(body)
                return None
        calendar = self._calendar(token, path["calendarId"])
        match name:
            case "events.list":
                return self._list(calendar, asked)
            case "events.get":
                return shown(self._event(calendar, path["eventId"]), asked)
            case "events.insert":
                return self._insert(calendar, asked, body)
            case "events.patch":
                return self._patch(calendar, path["eventId"], asked, body, etag)
            case "events.delete":
                self._delete(calendar, path["eventId"], etag)
                return None
            case "events.watch":
                return self._watch(calendar, body)
        raise Error(501, "notImplemented", f"{name} is not played")

    def _calendar(self, token: Token, calendar_id: str) -> Kept:
        owner = token.owner
        if calendar_id == "primary":
            return next(each for each in owner.calendars.values() if each.is_primary)
        found = owner.calendars.get(calendar_id)
        if found is None or found.role == "freeBusyReader":
            raise Error(404, "notFound", "Not Found")
        if found.role != "owner" and OWNED in token.scopes:
            raise Error(403, "forbidden", "Forbidden")
        return found

    def _event(self, calendar: Kept, event_id: str) -> Json:
        found = calendar.events.get(event_id)
        if found is None:
            raise Error(404, "notFound", "Not Found")
        return found

    def _calendar_list(self, owner: Owner, asked: Json) -> Json:
        entries = [
            {
                "kind": "calendar#calendarListEntry",
                "etag": f'"{each.version}"',
                "id": each.id,
                "summary": each.summary,
                "timeZone": each.zone,
                "accessRole": each.role,
                **({"primary": True} if each.is_primary else {}),
            }
            for each in owner.calendars.values()
        ]
        answer = {"kind": "calendar#calendarList", "etag": '"list"'}
        return self._paged(answer, entries, {"nextSyncToken": "list-1"}, asked, 100, 250)

    def _paged(
        self, answer: Json, items: list[Json], last: Json, asked: Json, default: int, most: int
    ) -> Json:
        if "pageToken" in asked:
            if asked["pageToken"] not in self._pages:
                raise Error(400, "invalid", "Invalid page token value.")
            items, last = self._pages[asked["pageToken"]]
        size = min(int(asked.get("maxResults", default)), most, self.most_per_page)
        if len(items) <= size:
            return {**answer, "items": items, **last}
        self.minted += 1
        token = f"page-{self.minted}"
        self._pages[token] = items[size:], last
        return {**answer, "items": items[:size], "nextPageToken": token}

    def _free_busy(self, owner: Owner, body: Json) -> Json:
        for name in ("timeMin", "timeMax", "items"):
            if name not in body:
                raise Error(400, "required", f"Missing {name}")
        window = Interval(*(check_instant(name, body[name]) for name in ("timeMin", "timeMax")))
        if window.is_empty:
            raise Error(400, "timeRangeEmpty", "The specified time range is empty.")
        if window.length > LONGEST_RANGE:
            raise Error(400, "timeRangeTooLong", "The requested time range is too long.")
        asked = [each["id"] for each in body["items"]]
        is_too_much = len(asked) > min(body.get("calendarExpansionMax", MOST_CALENDARS), MOST_CALENDARS)
        answers = {
            name: _error("tooManyCalendarsRequested")
            if is_too_much
            else _busy(owner.calendars.get(name), window)
            for name in asked
        }
        return {
            "kind": "calendar#freeBusy",
            "timeMin": body["timeMin"],
            "timeMax": body["timeMax"],
            "calendars": answers,
        }

    def _list(self, calendar: Kept, asked: Json) -> Json:
        if "syncToken" in asked and (mixed := NOT_WITH_SYNC & asked.keys()):
            raise Wrong(f"syncToken cannot be used with {', '.join(sorted(mixed))}")
        events = self._since(calendar, asked) if "syncToken" in asked else _listed(calendar, asked)
        answer = {
            "kind": "calendar#events",
            "etag": f'"{calendar.version}"',
            "summary": calendar.summary,
            "timeZone": calendar.zone,
            "accessRole": calendar.role,
        }
        last = {"nextSyncToken": f"sync-{calendar.id}-{calendar.version}"}
        return self._paged(answer, [shown(each, asked) for each in events], last, asked, 250, 2500)

    def _since(self, calendar: Kept, asked: Json) -> list[Json]:
        match = re.fullmatch(r"sync-(.+)-(\d+)", asked["syncToken"])
        if not match or match[1] != calendar.id:
            raise Error(400, "invalid", "Invalid sync token value.")
        version = int(match[2])
        if version < calendar.oldest_token:
            raise Error(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
        return [calendar.events[name] for name, when in calendar.changed.items() if when > version]

    def _insert(self, calendar: Kept, asked: Json, body: Json) -> Json:
        self.minted += 1
        event = checked_event({"id": f"google{self.minted}", "status": "confirmed", **body})
        if event["id"] in calendar.events:
            raise Error(409, "duplicate", "The requested identifier already exists.")
        made = {
            "kind": "calendar#event",
            "iCalUID": f"{event['id']}@google.com",
            "sequence": 0,
            "eventType": "default",
            "organizer": {"email": calendar.id, "self": True},
            **event,
        }
        self.meets.ask(made, asked, self._refused)
        return self.kept(calendar, made)

    def _patch(self, calendar: Kept, event_id: str, asked: Json, body: Json, etag: str) -> Json:
        event = self._event(calendar, event_id)
        if etag and etag != event["etag"]:
            raise Error(412, "conditionNotMet", "Precondition Failed")
        if event["status"] == "cancelled" and not self.can_revive:
            raise Error(403, "forbidden", "Forbidden")
        patched = checked_event(merged(event, body))
        if span(patched, calendar.zone) != span(event, calendar.zone):
            patched["sequence"] += 1
        if "conferenceData" in body:
            self.meets.ask(patched, asked, self._refused, before=event.get("conferenceData"))
        return self.kept(calendar, patched)

    def _refused(self, message: str) -> None:
        raise Error(400, "invalid", message)

    def _delete(self, calendar: Kept, event_id: str, etag: str) -> None:
        event = self._event(calendar, event_id)
        if event["status"] == "cancelled":
            raise Error(410, "deleted", "Resource has been deleted")
        if etag and etag != event["etag"]:
            raise Error(412, "conditionNotMet", "Precondition Failed")
        self.kept(calendar, {**event, "status": "cancelled"})

    def kept(self, calendar: Kept, event: Json) -> Json:
        """Store a new state of an event, and tell of it."""
        kept = calendar.keep(event)
        self.changed(calendar)
        return kept

    def _watch(self, calendar: Kept, body: Json) -> Json:
        channel_id = body.get("id", "")
        if not re.fullmatch(r"[A-Za-z0-9\-_+/=]{1,64}", channel_id):
            raise Error(400, "invalid", "Channel id must match [A-Za-z0-9\\-_\\+/=]+ and be 64 at most")
        if channel_id in self.channels:
            raise Error(400, "channelIdNotUnique", f"Channel id {channel_id} not unique")
        if body.get("type") != "web_hook" or not body.get("address", "").startswith("https://"):
            raise Error(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS")
        if len(body.get("token", "")) > 256:
            raise Error(400, "invalid", "The token is longer than 256 characters")
        ttl = int(body.get("params", {}).get("ttl", 604_800))
        self.minted += 1
        expires = self.now() + timedelta(seconds=ttl)
        channel = Channel(
            channel_id, f"resource-{self.minted}", calendar, body["address"], body.get("token", ""), expires
        )
        self.channels[channel_id] = channel
        self.begun(channel)
        return {
            "kind": "api#channel",
            "id": channel_id,
            "resourceId": channel.resource,
            "resourceUri": "https://www.googleapis.com/calendar/v3/calendars/…/events?alt=json",
            "token": channel.token,
            "expiration": str(int(expires.timestamp() * 1000)),
        }

    def _stop(self, body: Json) -> None:
        channel = self.channels.get(body.get("id", ""))
        if channel is None or channel.resource != body.get("resourceId"):
            raise Error(404, "notFound", "Channel not found")
        del self.channels[channel.id]


def _error(reason: str) -> Json:
    return {"errors": [{"domain": "global", "reason": reason}], "busy": []}


def _busy(calendar: Kept | None, window: Interval) -> Json:
    if calendar is None:
        return _error("notFound")
    taken = clip((Interval(*span(each, calendar.zone)) for each in _counting(calendar)), window)
    return {"busy": [{"start": _z(each.start), "end": _z(each.end)} for each in taken]}


def _counting(calendar: Kept) -> Iterable[Json]:
    for event in calendar.instances():
        answers = [each["responseStatus"] for each in event.get("attendees", ()) if each.get("self")]
        if (
            event["status"] != "cancelled"
            and event.get("transparency") != "transparent"
            and event.get("eventType") not in _FREE_TYPES
            and answers != ["declined"]
        ):
            yield event


def _z(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _listed(calendar: Kept, asked: Json) -> list[Json]:
    """Source: events.list; the lower bound is on the end, the upper one on the start, both exclusive."""
    earliest, latest = (
        check_instant(name, asked[name]) if name in asked else None for name in ("timeMin", "timeMax")
    )
    if earliest and latest and earliest >= latest:
        raise Error(400, "timeRangeEmpty", "The specified time range is empty.")
    is_expanded = asked.get("singleEvents") == "true"
    found = [
        event
        for event in (calendar.instances() if is_expanded else calendar.events.values())
        if asked.get("showDeleted") == "true" or event["status"] != "cancelled"
        if "recurrence" in event
        or (
            (earliest is None or span(event, calendar.zone)[1] > earliest)
            and (latest is None or span(event, calendar.zone)[0] < latest)
        )
    ]
    if asked.get("orderBy") == "startTime":
        if not is_expanded:
            raise Error(400, "orderByNotSupported", "The requested ordering is not available")
        found.sort(key=lambda event: starts(event["start"], calendar.zone))
    return found
