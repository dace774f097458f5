"""The rules of a single event: its id, times and private properties, patches, Meet links."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from tests.adapters.google.discovery import Wrong
from tests.adapters.google.keeping import span

Json = dict[str, Any]
Meet = Literal["at once", "later", "fails", "not allowed"]
LONGEST_KEY: Final = 44
LONGEST_VALUE: Final = 1024


def checked_event(event: Json) -> Json:
    """The event, if Google would keep it.

    Raises:
        Wrong: it would not.
    """
    if not re.fullmatch(r"[a-v0-9]{5,1024}", event["id"]):
        raise Wrong("the id has letters or a length that ids do not have")
    start, end = event["start"], event["end"]
    if ("date" in start) != ("date" in end):
        raise Wrong("start and end are both days or both times")
    for moment in (start, end):
        if ("date" in moment) == ("dateTime" in moment):
            raise Wrong("a time is a day or a dateTime")
        if "dateTime" in moment and not _has_zone(moment):
            raise Wrong("a dateTime needs an offset or a timeZone")
    first, last = span(event, "UTC")
    if first >= last:
        raise Wrong("the time range is empty")
    for properties in event.get("extendedProperties", {}).values():
        for name, value in properties.items():
            if len(name) > LONGEST_KEY or len(value) > LONGEST_VALUE:
                raise Wrong("an extended property is too long")
    return event


def _has_zone(moment: Json) -> bool:
    return "timeZone" in moment or bool(re.search(r"(Z|[+-]\d\d:\d\d)$", moment["dateTime"]))


def merged(event: Json, patch: Json) -> Json:
    """Patch semantics: named fields change, null takes away, lists are replaced."""
    result = dict(event)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = merged(result.get(name) or {}, value)
        else:
            result[name] = value
    return result


def shown(event: Json, asked: Json) -> Json:
    """With no more attendees than asked for: beyond that, the owner alone."""
    attendees = event.get("attendees", [])
    if len(attendees) <= int(asked.get("maxAttendees", 200)):
        return event
    return {**event, "attendees": [each for each in attendees if each.get("self")], "attendeesOmitted": True}


@dataclass(slots=True)
class Meets:
    """Requests for Meet links.

    Attributes:
        outcome: of the next ones.
    """

    outcome: Meet = "at once"
    made: int = 0

    def ask(
        self, event: Json, query: Json, refuse: Callable[[str], None], before: Json | None = None
    ) -> None:
        """What becomes of `conferenceData` in a body: nothing without `conferenceDataVersion=1`."""
        if "conferenceData" not in event:
            return
        if query.get("conferenceDataVersion") != "1":
            raise Wrong("conferenceData without conferenceDataVersion=1 would be ignored")
        request = event["conferenceData"].get("createRequest", {})
        if not request.get("requestId"):
            raise Wrong("a conference is asked for with a requestId")
        if self.outcome == "not allowed":
            refuse("Invalid conference type value.")
        if before and before["createRequest"]["requestId"] == request["requestId"]:
            event["conferenceData"] = before
            return
        status = {"at once": "success", "fails": "failure"}.get(self.outcome, "pending")
        event["conferenceData"] = {"createRequest": {**request, "status": {"statusCode": status}}}
        if status == "success":
            self.finish(event)

    def finish(self, event: Json) -> None:
        """The link is there now."""
        self.made += 1
        uri = f"https://meet.google.example/abc-defg-{self.made}"
        request = event["conferenceData"]["createRequest"]
        event["hangoutLink"] = uri
        event["conferenceData"] = {
            "createRequest": {**request, "status": {"statusCode": "success"}},
            "entryPoints": [
                {"entryPointType": "phone", "uri": "tel:+1-555-0100"},
                {"entryPointType": "video", "uri": uri, "label": uri.removeprefix("https://")},
            ],
            "conferenceId": f"abc-defg-{self.made}",
        }
