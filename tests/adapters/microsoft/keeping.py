"""What Microsoft keeps: mailboxes, their calendars and events, tokens; and the instances of series.

Events are kept as Graph shows them, with their times as they were written; keys that begin with `_` are ours:
`_rule`, `_dropped` of a series, `_original` of a changed instance, `_properties` the extended ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]  # it ships no types

Json = dict[str, Any]
ZONES = {"Eastern Standard Time": "America/New_York", "W. Europe Standard Time": "Europe/Berlin"}
"""The Windows names that are played."""


@dataclass(slots=True)
class Kept:
    """A calendar.

    Attributes:
        changed: when each event last changed, deleted ones too, as `version` was then.
        transactions: what was asked for under each transactionId, and the event it made.
        oldest_token: delta tokens older than this version are not known any more.
    """

    id: str
    name: str
    owner: str
    zone: str = "UTC"
    is_default: bool = False
    can_edit: bool = True
    providers: tuple[str, ...] = ("teamsForBusiness",)
    events: dict[str, Json] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    transactions: dict[str, tuple[Json, str]] = field(default_factory=dict)
    version: int = 1
    oldest_token: int = 0

    def keep(self, event: Json) -> Json:
        """Store a new state of an event, with a new change key."""
        self.version += 1
        event["changeKey"] = f"ck{self.version}=="
        event["@odata.etag"] = f'W/"ck{self.version}=="'
        self.events[event["id"]] = event
        self.changed[event["id"]] = self.version
        return event

    def drop(self, event_id: str) -> None:
        """Delete an event."""
        self.version += 1
        del self.events[event_id]
        self.changed[event_id] = self.version

    def by_uid(self, uid: str) -> Json:
        """The single event, or the head of the series, of this iCalendar UID."""
        return next(
            each for each in self.events.values() if each["iCalUId"] == uid and "_original" not in each
        )

    def instances(self, start: datetime, end: datetime) -> list[Json]:
        """What a view of that time shows: single events first, instances of series after them."""
        found = [*self._single(), *self._repeated()]
        return [each for each in found if _touches(span(each, self.zone), start, end)]

    def _single(self) -> Iterator[Json]:
        return (each for each in self.events.values() if each["type"] == "singleInstance")

    def _repeated(self) -> Iterator[Json]:
        changed = [each for each in self.events.values() if each["type"] == "exception"]
        replaced = {(each["seriesMasterId"], each["_original"]) for each in changed}
        for head in [each for each in self.events.values() if each["type"] == "seriesMaster"]:
            for instance in series(head):
                if (head["id"], instant(instance["start"])) not in replaced:
                    yield instance
        yield from changed


@dataclass(slots=True)
class Owner:
    """A person with a mailbox.

    Attributes:
        granted: scopes, as far as not withdrawn.
    """

    oid: str
    tid: str
    email: str
    calendars: dict[str, Kept] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()
    calls_now: int = 0
    most_calls: int = 0


@dataclass(slots=True)
class Token:
    """An access or refresh token."""

    owner: Owner
    scopes: frozenset[str]
    expires: datetime | None = None


def _touches(time: tuple[datetime, datetime], start: datetime, end: datetime) -> bool:
    return time[0] < end and time[1] > start


def zone_of(name: str) -> ZoneInfo:
    """IANA's or Windows' name; KeyError for others."""
    return ZoneInfo(ZONES.get(name, name.removeprefix("tzone://Microsoft/")))


def instant(moment: Mapping[str, str]) -> datetime:
    """The instant of a dateTimeTimeZone, in UTC."""
    wall = datetime.fromisoformat(moment["dateTime"])
    return (wall if wall.tzinfo else wall.replace(tzinfo=zone_of(moment["timeZone"]))).astimezone(UTC)


def span(event: Json, zone: str) -> tuple[datetime, datetime]:
    """Start and end as instants; all-day events lie in the mailbox's zone, whatever they say."""
    if not event["isAllDay"]:
        return instant(event["start"]), instant(event["end"])
    walls = (datetime.fromisoformat(event[name]["dateTime"]) for name in ("start", "end"))
    first, last = (wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for wall in walls)
    return first, last


def day(moment: date) -> Json:
    """Midnight, labelled UTC as Graph does."""
    return {"dateTime": f"{moment.isoformat()}T00:00:00.0000000", "timeZone": "UTC"}


def in_utc(event: Json, name: str) -> Json:
    """A time as Graph answers it under `outlook.timezone="UTC"`."""
    if event["isAllDay"]:
        return {**event[name], "timeZone": "UTC"}
    return {"dateTime": f"{instant(event[name]):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}


def series(head: Json) -> Iterator[Json]:
    """The instances of a series by its rule and dropped starts."""
    local = zone_of(head["start"]["timeZone"])
    first, last = (datetime.fromisoformat(head[name]["dateTime"]) for name in ("start", "end"))
    for wall in rrulestr(head["_rule"], dtstart=first):
        if wall not in head["_dropped"]:
            yield _instance(head, wall, last - first, local)


def _instance(head: Json, wall: datetime, length: timedelta, local: ZoneInfo) -> Json:
    zone = head["start"]["timeZone"]
    name = f"{head['id']}.{wall.replace(tzinfo=local).astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return {
        **{key: value for key, value in head.items() if not key.startswith("_")},
        "id": name,
        "type": "occurrence",
        "seriesMasterId": head["id"],
        "start": {"dateTime": wall.isoformat(), "timeZone": zone},
        "end": {"dateTime": (wall + length).isoformat(), "timeZone": zone},
    }
