"""What Google keeps: owners, their calendars and events, channels, tokens; and the instances of series."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]  # it ships no types

Json = dict[str, Any]
Role = Literal["owner", "writer", "reader", "freeBusyReader"]


@dataclass(slots=True)
class Kept:
    """A calendar.

    Attributes:
        events: by id, deleted ones and changed instances of series included.
        changed: when each event last changed, as `version` was then.
        oldest_token: sync tokens older than this version are not known any more.
    """

    id: str
    summary: str
    zone: str = "UTC"
    role: Role = "owner"
    is_primary: bool = False
    events: dict[str, Json] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    version: int = 1
    oldest_token: int = 0

    def keep(self, event: Json) -> Json:
        """Store a new state of an event, with a new ETag."""
        self.version += 1
        event["etag"] = f'"{self.version}"'
        event["updated"] = "2026-11-21T09:00:00.000Z"
        self.events[event["id"]] = event
        self.changed[event["id"]] = self.version
        return event

    def by_uid(self, uid: str) -> Json:
        """The single event, or the head of the series, of this iCalendar UID."""
        return next(
            event
            for event in self.events.values()
            if event["iCalUID"] == uid and "recurringEventId" not in event
        )

    def instances(self) -> Iterator[Json]:
        """Single events and the instances of series, deleted ones too."""
        changed = {
            (event["recurringEventId"], starts(event["originalStartTime"], self.zone))
            for event in self.events.values()
            if "recurringEventId" in event
        }
        for event in self.events.values():
            if "recurrence" not in event:
                yield event
                continue
            for instance in series(event, self.zone):
                if (event["id"], starts(instance["start"], self.zone)) not in changed:
                    yield instance


@dataclass(slots=True)
class Owner:
    """A person with a Google account.

    Attributes:
        granted: scopes by client, as far as not revoked.
    """

    sub: str
    email: str
    calendars: dict[str, Kept] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()


@dataclass(slots=True)
class Token:
    """An access or refresh token."""

    owner: Owner
    scopes: frozenset[str]
    expires: datetime | None = None


@dataclass(slots=True)
class Channel:
    """Where changes of a calendar are told."""

    id: str
    resource: str
    calendar: Kept
    address: str
    token: str
    expires: datetime
    messages: int = 0

    def headers(self, state: str) -> dict[str, str]:
        """Of the next message."""
        self.messages += 1
        return {
            "X-Goog-Channel-ID": self.id,
            "X-Goog-Channel-Token": self.token,
            "X-Goog-Channel-Expiration": self.expires.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "X-Goog-Resource-ID": self.resource,
            "X-Goog-Resource-URI": "https://www.googleapis.com/calendar/v3/calendars/…/events?alt=json",
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(self.messages),
        }


def starts(moment: Mapping[str, str], zone: str) -> datetime:
    """The instant of an EventDateTime; a day begins at midnight of *zone*."""
    if "date" in moment:
        return datetime.combine(date.fromisoformat(moment["date"]), datetime.min.time(), ZoneInfo(zone))
    found = datetime.fromisoformat(moment["dateTime"])
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(moment.get("timeZone", zone)))


def span(event: Json, zone: str) -> tuple[datetime, datetime]:
    """Start and end as instants in UTC."""
    return starts(event["start"], zone).astimezone(UTC), starts(event["end"], zone).astimezone(UTC)


def series(head: Json, zone: str) -> Iterator[Json]:
    """The instances of a series by its rule and dropped dates, as Google lists them."""
    rules = [line.partition(":")[2] for line in head["recurrence"] if line.startswith("RRULE")]
    dropped = {
        datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007  wall-clock time, its zone is the series'
        for line in head["recurrence"]
        if line.startswith("EXDATE")
        for value in re.findall(r"\d{8}T\d{6}", line)
    }
    local = ZoneInfo(head["start"]["timeZone"])
    first = starts(head["start"], zone).astimezone(local).replace(tzinfo=None)
    length = starts(head["end"], zone) - starts(head["start"], zone)
    for wall in rrulestr(rules[0], dtstart=first):
        if wall not in dropped:
            yield _instance(head, wall.replace(tzinfo=local), length)


def _instance(head: Json, start: datetime, length: timedelta) -> Json:
    end = (start.astimezone(UTC) + length).astimezone(start.tzinfo)
    name = f"{head['id']}_{start.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    own = {key: value for key, value in head.items() if key != "recurrence"}
    zone = head["start"]["timeZone"]
    return {
        **own,
        "id": name,
        "recurringEventId": head["id"],
        "originalStartTime": {"dateTime": start.isoformat(), "timeZone": zone},
        "start": {"dateTime": start.isoformat(), "timeZone": zone},
        "end": {"dateTime": end.isoformat(), "timeZone": zone},
    }
