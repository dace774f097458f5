"""What Graph takes: paths, parameters, bodies, scopes.

Written by hand from Microsoft's OpenAPI description and reference pages; a request that is not of these forms
is refused, and remembered as a violation.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

from tests.adapters.microsoft.keeping import zone_of

Json = dict[str, Any]
BASE: Final = "/v1.0"
READ_BASIC: Final = frozenset({"Calendars.ReadBasic", "Calendars.Read", "Calendars.ReadWrite"})
READ: Final = READ_BASIC - {"Calendars.ReadBasic"}
WRITE: Final = frozenset({"Calendars.ReadWrite"})
LONGEST_RANGE: Final = timedelta(days=1825)
LONGEST_SUBSCRIPTION: Final = timedelta(minutes=4230)
PROVIDERS: Final = ("unknown", "skypeForBusiness", "skypeForConsumer", "teamsForBusiness")
SHOWN_AS: Final = ("unknown", "free", "tentative", "busy", "oof", "workingElsewhere")
PROPERTY: Final = re.compile(
    r"String \{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\} Name \w{1,60}", re.IGNORECASE
)
BY_PROPERTY: Final = re.compile(
    r"singleValueExtendedProperties/Any\(ep: ep/id eq '([^']+)' and ep/value eq '([^']*)'\)"
)
WITH_PROPERTY: Final = re.compile(r"singleValueExtendedProperties\(\$filter=id eq '([^']+)'\)")

_PAGED = {"$top", "$skip", "$filter", "$count", "$orderby", "$select"}
_WINDOW = {"startDateTime", "endDateTime"}


class Wrong(Exception):
    """A request that Graph's description does not allow."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of Graph.

    Attributes:
        path: the named parts of it.
        takes: its query parameters.
    """

    name: str
    path: Mapping[str, str]
    takes: frozenset[str]
    scopes: frozenset[str]


_C, _E = r"/me/calendars/(?P<calendar>[^/]+)", r"/events/(?P<event>[^/]+)"
_S = r"/subscriptions/(?P<subscription>[^/]+)"
_OPERATIONS: Final[tuple[tuple[str, str, str, set[str], frozenset[str]], ...]] = (
    ("GET", "/me/calendars", "calendars.list", _PAGED, READ_BASIC),
    ("GET", _C, "calendars.get", {"$select"}, READ_BASIC),
    ("GET", _C + "/calendarView", "calendarView.list", _PAGED | _WINDOW | {"$expand"}, READ_BASIC),
    # https://learn.microsoft.com/graph/api/event-delta: no $select, $expand, $filter, $orderby, $search.
    (
        "GET",
        _C + "/calendarView/delta",
        "calendarView.delta",
        _WINDOW | {"$deltatoken", "$skiptoken"},
        READ_BASIC,
    ),
    ("GET", _C + "/events", "events.list", _PAGED | {"$expand"}, READ_BASIC),
    ("POST", _C + "/events", "events.create", set(), WRITE),
    ("GET", _C + _E, "events.get", {"$select", "$expand"}, READ_BASIC),
    ("PATCH", _C + _E, "events.update", set(), WRITE),
    ("DELETE", _C + _E, "events.delete", set(), WRITE),
    ("POST", "/subscriptions", "subscriptions.create", set(), READ),
    ("PATCH", _S, "subscriptions.update", set(), READ),
    ("DELETE", _S, "subscriptions.delete", set(), READ),
)


def operation(method: str, raw_path: str) -> Operation | None:
    """What a request asks for."""
    for verb, pattern, name, takes, scopes in _OPERATIONS:
        found = re.fullmatch(BASE + pattern, raw_path)
        if found and verb == method:
            path = {key: unquote(value) for key, value in found.groupdict().items()}
            return Operation(name, path, frozenset(takes), scopes)
    return None


_KEPT = "id iCalUId type seriesMasterId changeKey transactionId webLink createdDateTime lastModifiedDateTime"
_TIMES = "start end isAllDay originalStart originalStartTimeZone originalEndTimeZone recurrence"
_PEOPLE = (
    "attendees organizer isOrganizer responseStatus responseRequested hideAttendees allowNewTimeProposals"
)
_ONLINE = "isOnlineMeeting onlineMeeting onlineMeetingProvider onlineMeetingUrl"
_SAID = "subject body bodyPreview location locations categories showAs sensitivity importance hasAttachments"
_REST = "isCancelled isDraft isReminderOn reminderMinutesBeforeStart"
EVENT: Final = frozenset(" ".join((_KEPT, _TIMES, _PEOPLE, _ONLINE, _SAID, _REST)).split())
_MAY = "canEdit canShare canViewPrivateItems isDefaultCalendar isTallyingResponses isRemovable"
_MEETS = "allowedOnlineMeetingProviders defaultOnlineMeetingProvider"
CALENDAR: Final = frozenset(" ".join(("id name color hexColor owner changeKey", _MAY, _MEETS)).split())


def check_query(wanted: Operation, query: list[tuple[str, str]]) -> None:
    """Raises Wrong for parameters the method does not take, repeats, and values that are none."""
    names = [name for name, _ in query]
    if len({*names}) < len(names) or (unknown := {*names} - wanted.takes):
        raise Wrong(f"parameters that are not known, or repeated: {sorted(names)}")
    asked = dict(query)
    if "$top" in asked and not 1 <= _number(asked["$top"]) <= 1000:
        raise Wrong("$top is a number from 1 to 1000")
    known = CALENDAR if wanted.name.startswith("calendars.") else EVENT
    if unknown := {*asked.get("$select", "").split(",")} - known - {""}:
        raise Wrong(f"Could not find a property named '{sorted(unknown)[0]}'")
    is_continued = "$deltatoken" in asked or "$skiptoken" in asked
    if wanted.name.startswith("calendarView") and not is_continued:
        check_window(asked)
    for name, form in (("$filter", BY_PROPERTY), ("$expand", WITH_PROPERTY)):
        if name in asked and not ((found := form.fullmatch(asked[name])) and PROPERTY.fullmatch(found[1])):
            raise Wrong(f"{name} cannot be read")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


def check_window(asked: Mapping[str, str]) -> tuple[datetime, datetime]:
    """The bounds of a view; without an offset they are UTC."""
    if _WINDOW - asked.keys():
        raise Wrong("This request requires a time window specified by startDateTime and endDateTime")
    first, last = (_instant(asked[name]) for name in ("startDateTime", "endDateTime"))
    if last < first:
        raise Wrong("the end is before the start")
    if last - first > LONGEST_RANGE:
        raise Wrong(
            "Your request can't be completed. The range between the start and end dates is too large."
        )
    return first, last


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(f"not a time: {text}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def needs_all(asked: Mapping[str, str]) -> bool:
    """Extended properties are not part of the basic details."""
    return "$filter" in asked or "$expand" in asked


def check_prefer(value: str, name: str) -> None:
    """Raises Wrong for what our own adapter must say: times in UTC, and ids that last."""
    told = {part.strip() for part in value.split(",")}
    if not {'outlook.timezone="UTC"', 'IdType="ImmutableId"'} <= told:
        raise Wrong("Prefer lacks outlook.timezone or IdType")
    for each in told - {'outlook.timezone="UTC"', 'IdType="ImmutableId"'}:
        if not (name == "calendarView.delta" and re.fullmatch(r"odata\.maxpagesize=\d{1,3}", each)):
            raise Wrong(f"Prefer is not understood: {each}")


Check = Callable[[str, Any], None]


def _text(most: int = 10_000) -> Check:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, str) or len(value) > most:
            raise Wrong(f"{name} is a text of at most {most} characters")

    return check


def _flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise Wrong(f"{name} is true or false")


def _one_of(*allowed: str) -> Check:
    def check(name: str, value: Any) -> None:
        if value not in allowed:
            raise Wrong(f"Requested value '{value}' was not found in {name}")

    return check


def _object(fields: Mapping[str, Check], *required: str) -> Check:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise Wrong(f"{name} is an object")
        if missing := {*required} - value.keys():
            raise Wrong(f"{name} lacks {sorted(missing)}")
        for each, found in value.items():
            if each not in fields:
                raise Wrong(f"The property '{each}' does not exist on {name}")
            fields[each](f"{name}.{each}", found)

    return check


def _every(one: Check) -> Check:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, list):
            raise Wrong(f"{name} is a list")
        for each in value:
            one(name, each)

    return check


def _wall(name: str, value: Any) -> None:
    if not isinstance(value, str) or not re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?", value
    ):
        raise Wrong(f"{name} is a time without offset")


def _zone(name: str, value: Any) -> None:
    try:
        zone_of(value)
    except (KeyError, ValueError, AttributeError):
        raise Wrong(f"TimeZoneNotSupportedException: {value}") from None


def _property_id(name: str, value: Any) -> None:
    if not isinstance(value, str) or not PROPERTY.fullmatch(value):
        raise Wrong(f"{name} is no id of an extended property")


def _nobody(name: str, value: Any) -> None:
    raise Wrong(f"somebody would be written to: {name}")


def _later(name: str, value: Any) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", value):
        raise Wrong(f"{name} is an instant in UTC")


_MOMENT = _object({"dateTime": _wall, "timeZone": _zone}, "dateTime", "timeZone")
_EVENT: Final[Mapping[str, Check]] = {
    "subject": _text(255),
    "body": _object({"contentType": _one_of("text", "html"), "content": _text()}, "contentType", "content"),
    "start": _MOMENT,
    "end": _MOMENT,
    "location": _object({"displayName": _text(255)}),
    "isAllDay": _flag,
    "showAs": _one_of(*SHOWN_AS),
    "isOnlineMeeting": _flag,
    "onlineMeetingProvider": _one_of(*PROVIDERS),
    "attendees": _nobody,
    "singleValueExtendedProperties": _every(
        _object({"id": _property_id, "value": _text(4000)}, "id", "value")
    ),
}
_CREATED = _object({**_EVENT, "transactionId": _text(256)}, "subject", "start", "end")
_UPDATED = _object(_EVENT)
_SUBSCRIPTION = _object(
    {
        "changeType": _text(),
        "notificationUrl": _text(),
        "lifecycleNotificationUrl": _text(),
        "resource": _text(),
        "expirationDateTime": _later,
        "clientState": _text(128),
        "latestSupportedTlsVersion": _one_of("v1_2", "v1_3"),
    },
    "changeType",
    "notificationUrl",
    "resource",
    "expirationDateTime",
)
_BODIES: Final[Mapping[str, Check]] = {
    "events.create": _CREATED,
    "events.update": _UPDATED,
    "subscriptions.create": _SUBSCRIPTION,
    "subscriptions.update": _object({"expirationDateTime": _later}, "expirationDateTime"),
}


def check_body(name: str, body: Any) -> Json:
    """The body, if the method takes it."""
    if name not in _BODIES:
        if body is not None:
            raise Wrong(f"{name} takes no body")
        return {}
    _BODIES[name]("body", body)
    if name == "subscriptions.create":
        _check_subscription(body)
    checked: Json = body
    return checked


def _check_subscription(body: Json) -> None:
    if not {*body["changeType"].split(",")} <= {"created", "updated", "deleted"}:
        raise Wrong("changeType is not known")
    for name in ("notificationUrl", "lifecycleNotificationUrl"):
        if not body.get(name, "https://").startswith("https://"):
            raise Wrong(f"{name} must be https")
