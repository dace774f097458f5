"""The methods of Graph that a scheduling program calls, over what Microsoft keeps.

Sources: learn.microsoft.com/graph/api for calendarView, event, event-delta, subscription; for a repeated
transactionId https://blog.rykoma.net/2020/10/05/1559 (the same content: the same event) and
https://github.com/alcionai/corso/issues/2490 (another content: ErrorDuplicateTransactionId). Unverified
against the live service: how long and for how much of a mailbox a transactionId is remembered (here: for
ever, deleted events included), and how far If-Match is heeded on PATCH.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from tests.adapters.microsoft.keeping import Json, Kept, Owner, Token, in_utc
from tests.adapters.microsoft.rules import (
    BY_PROPERTY,
    LONGEST_SUBSCRIPTION,
    READ,
    WITH_PROPERTY,
    Operation,
    Wrong,
    check_window,
    needs_all,
)

ALWAYS: Final = {"id", "@odata.etag"}
Told = tuple[int, str, bytes]
Deliver = Callable[[str, bytes], Awaitable[Told]]
"""Takes a notification: address and body; returns status, content type and body of the answer."""


class Error(Exception):
    """An answer in Graph's error form."""

    def __init__(self, status: int, code: str, message: str = "", retry_after: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.message, self.retry_after = status, code, message or code, retry_after

    def body(self) -> Json:
        """The JSON form."""
        inner = {"date": "2030-03-01T00:00:00", "request-id": "1", "client-request-id": "1"}
        return {"error": {"code": self.code, "message": self.message, "innerError": inner}}


@dataclass(slots=True)
class Subscription:
    """Where changes of a calendar are told."""

    id: str
    owner: Owner
    calendar: Kept
    body: Json
    expires: datetime

    def shown(self) -> Json:
        """As Graph answers it."""
        return {**self.body, "id": self.id, "expirationDateTime": _z(self.expires), "applicationId": "app"}

    def notification(self, **more: str) -> bytes:
        """One that says that something changed, or *more*."""
        item = {
            "subscriptionId": self.id,
            "clientState": self.body.get("clientState"),
            "subscriptionExpirationDateTime": _z(self.expires),
            "resource": self.body["resource"],
            "tenantId": self.owner.tid,
            **(more or {"changeType": "updated"}),
        }
        return json.dumps({"value": [item]}).encode()


@dataclass(slots=True)
class GraphApi:
    """All mailboxes.

    Attributes:
        address: with the version.
        most_per_page: no page holds more, whatever is asked for.
        makes_links: when an online meeting gets its address: at once or later.
        changed: told after each change of a calendar.
        longest: of a subscription, however much is asked for.
        heeds_if_match: a change of another version is refused.
    """

    now: Callable[[], datetime]
    address: str = ""
    most_per_page: int = 1000
    makes_links: bool = True
    heeds_if_match: bool = True
    changed: Callable[[Kept], None] = lambda _: None
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    longest: timedelta = LONGEST_SUBSCRIPTION
    deliver: Deliver | None = None
    minted: int = 0
    _rounds: dict[str, tuple[Kept, Json, int]] = field(default_factory=dict)

    async def call(
        self, wanted: Operation, token: Token, asked: dict[str, str], body: Json, etag: str
    ) -> tuple[int, Json | None]:
        """Carry out a method; None is an answer without content."""
        if needs_all(asked) and not token.scopes & READ:
            raise Error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if wanted.name.startswith("subscriptions"):
            return await self._subscribed(wanted, token.owner, body)
        if wanted.name == "calendars.list":
            found = [self._calendar_shown(each, asked) for each in token.owner.calendars.values()]
            return 200, self._paged("/me/calendars", found, asked)
        calendar = token.owner.calendars.get(wanted.path["calendar"])
        if calendar is None:
            raise Error(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        if wanted.name == "calendars.get":
            return 200, self._calendar_shown(calendar, asked)
        if wanted.name == "calendarView.delta":
            return 200, self._delta(calendar, asked)
        if wanted.name in {"events.create", "events.update", "events.delete"} and not calendar.can_edit:
            raise Error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return self._events(wanted, calendar, asked, body, etag)

    def _events(
        self, wanted: Operation, calendar: Kept, asked: dict[str, str], body: Json, etag: str
    ) -> tuple[int, Json | None]:
        where = f"/me/calendars/{quote(calendar.id, safe='')}"
        match wanted.name:
            case "calendarView.list":
                found = calendar.instances(*check_window(asked))
                return 200, self._paged(
                    f"{where}/calendarView", [shown(each, asked) for each in found], asked
                )
            case "events.list":
                found = [each for each in calendar.events.values() if _has(each, asked.get("$filter", ""))]
                return 200, self._paged(f"{where}/events", [shown(each, asked) for each in found], asked)
            case "events.create":
                return 201, shown(self._create(calendar, body), asked)
        event = calendar.events.get(wanted.path["event"])
        if event is None:
            raise Error(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        match wanted.name:
            case "events.update":
                return 200, shown(self._update(calendar, event, body, etag), asked)
            case "events.delete":
                calendar.drop(event["id"])
                self.changed(calendar)
                return 204, None
        return 200, shown(event, asked)

    def _calendar_shown(self, calendar: Kept, asked: Mapping[str, str]) -> Json:
        everything = {
            "id": calendar.id,
            "name": calendar.name,
            "isDefaultCalendar": calendar.is_default,
            "canEdit": calendar.can_edit,
            "owner": {"name": "?", "address": calendar.owner},
            "allowedOnlineMeetingProviders": list(calendar.providers),
        }
        return _selected(everything, asked)

    def _paged(self, path: str, found: list[Json], asked: Mapping[str, str]) -> Json:
        first = int(asked.get("$skip", 0))
        size = min(int(asked.get("$top", 10)), self.most_per_page)
        page: Json = {"@odata.context": "…", "value": found[first : first + size]}
        if first + size < len(found) or size == 0:
            after = urlencode({**asked, "$skip": str(first + size)})
            page["@odata.nextLink"] = f"{self.address}{path}?{after}"
        return page

    def _delta(self, calendar: Kept, asked: Mapping[str, str]) -> Json:
        token = asked.get("$skiptoken") or asked.get("$deltatoken")
        if token is None:
            return self._delta_page(calendar, dict(asked), calendar.instances(*check_window(asked)), 0)
        if token not in self._rounds or self._rounds[token][0] is not calendar:
            raise Error(400, "ErrorInvalidUrlQuery", "Badly formed token.")
        _, window, number = self._rounds[token]
        if number < calendar.oldest_token:
            raise Error(
                410,
                "SyncStateNotFound",
                "The sync state generation is not found; continuing is not possible.",
            )
        if "$skiptoken" in asked:
            return self._delta_page(calendar, window, calendar.instances(*check_window(window)), number)
        visible = {each["id"]: each for each in calendar.instances(*check_window(window))}
        heads = {name for name, when in calendar.changed.items() if when > number}
        changed = [each for each in visible.values() if {each["id"], each.get("seriesMasterId")} & heads]
        gone = [{"id": name, "@removed": {"reason": "deleted"}} for name in heads - visible.keys()]
        return self._delta_answer(calendar, window, [*(shown(each, {}) for each in changed), *gone])

    def _delta_page(self, calendar: Kept, window: Json, found: list[Json], first: int) -> Json:
        if first + self.most_per_page >= len(found) and self.most_per_page:
            return self._delta_answer(calendar, window, [shown(each, {}) for each in found[first:]])
        token = self._mint("skip-")
        self._rounds[token] = calendar, window, first + self.most_per_page
        page = [shown(each, {}) for each in found[first : first + self.most_per_page]]
        return {"value": page, "@odata.nextLink": self._delta_link(calendar, "$skiptoken", token)}

    def _delta_answer(self, calendar: Kept, window: Json, found: list[Json]) -> Json:
        token = self._mint("delta-")
        self._rounds[token] = calendar, window, calendar.version
        return {"value": found, "@odata.deltaLink": self._delta_link(calendar, "$deltatoken", token)}

    def _delta_link(self, calendar: Kept, name: str, token: str) -> str:
        where = f"/me/calendars/{quote(calendar.id, safe='')}/calendarView/delta"
        return f"{self.address}{where}?{name}={token}"

    def _create(self, calendar: Kept, body: Json) -> Json:
        known = calendar.transactions.get(body.get("transactionId", ""))
        if known:
            if known[0] == body and known[1] in calendar.events:
                return calendar.events[known[1]]
            words = "The TransactionId specified has already been used to create a different event."
            raise Error(409, "ErrorDuplicateTransactionId", f"Your request can't be completed. {words}")
        made = self.new_event(calendar, self._mint("uid-"))
        self._apply(calendar, made, body)
        if "transactionId" in body:
            made["transactionId"] = body["transactionId"]
            calendar.transactions[body["transactionId"]] = body, made["id"]
        return self.kept(calendar, made)

    def new_event(self, calendar: Kept, uid: str) -> Json:
        """What an event has before anybody says anything of it; the id is of the kind that lasts."""
        return {
            "id": self._mint("AAkALg-") + "=",
            "iCalUId": uid,
            "type": "singleInstance",
            "subject": "",
            "isAllDay": False,
            "isCancelled": False,
            "showAs": "busy",
            "sensitivity": "normal",
            "isOnlineMeeting": False,
            "onlineMeeting": None,
            "location": {"displayName": ""},
            "body": {"contentType": "html", "content": ""},
            "attendees": [],
            "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
            "createdDateTime": _z(self.now()),
            "_properties": {},
        }

    def _update(self, calendar: Kept, event: Json, body: Json, etag: str) -> Json:
        if etag and self.heeds_if_match and etag != event["@odata.etag"]:
            raise Error(
                412, "ErrorIrresolvableConflict", "The send or update operation could not be performed."
            )
        patched = {**event, "_properties": dict(event["_properties"])}
        self._apply(calendar, patched, body)
        return self.kept(calendar, patched)

    def _apply(self, calendar: Kept, event: Json, body: Json) -> None:
        plain = {name: value for name, value in body.items() if name != "singleValueExtendedProperties"}
        event.update(plain)
        for each in body.get("singleValueExtendedProperties", ()):
            event["_properties"][each["id"].casefold()] = each
        if event["start"]["dateTime"] > event["end"]["dateTime"]:
            raise Wrong("The end is before the start")
        if body.get("isOnlineMeeting"):
            self._go_online(calendar, event)

    def _go_online(self, calendar: Kept, event: Json) -> None:
        if event.get("onlineMeetingProvider") not in calendar.providers:
            raise Error(400, "ErrorInvalidRequest", "The online meeting provider is not allowed here.")
        event["onlineMeeting"] = None
        # Exchange writes how to join into the text, and a place where there is none.
        event["body"] = {"contentType": "html", "content": event["body"]["content"] + "<hr>Join the meeting"}
        event["location"] = {"displayName": event["location"]["displayName"] or "Microsoft Teams Meeting"}
        if self.makes_links:
            self.make_link(event)

    def make_link(self, event: Json) -> None:
        """The link is there now."""
        link = f"https://teams.microsoft.example/l/meetup-join/{self._mint('')}"
        event["onlineMeeting"] = {"joinUrl": link}

    def kept(self, calendar: Kept, event: Json) -> Json:
        """Store a new state of an event, and tell of it."""
        stored = calendar.keep(event)
        self.changed(calendar)
        return stored

    async def _subscribed(self, wanted: Operation, owner: Owner, body: Json) -> tuple[int, Json | None]:
        if wanted.name == "subscriptions.create":
            return 201, await self._subscribe(owner, body)
        found = self.subscriptions.get(wanted.path["subscription"])
        if found is None or found.owner is not owner or found.expires <= self.now():
            raise Error(404, "ResourceNotFound", "The object was not found.")
        if wanted.name == "subscriptions.delete":
            del self.subscriptions[found.id]
            return 204, None
        found.expires = self._until(body)
        return 200, found.shown()

    async def _subscribe(self, owner: Owner, body: Json) -> Json:
        name = body["resource"].strip("/").removeprefix("me/calendars/").removesuffix("/events")
        calendar = owner.calendars.get(name)
        if calendar is None:
            raise Error(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        until = self._until(body)
        await self._validate(body["notificationUrl"])
        made = Subscription(self._mint("00000000-sub-"), owner, calendar, body, until)
        self.subscriptions[made.id] = made
        return made.shown()

    def _until(self, body: Json) -> datetime:
        until = datetime.fromisoformat(body["expirationDateTime"])
        if not self.now() < until <= self.now() + LONGEST_SUBSCRIPTION:
            raise Wrong("Subscription expiration can only be 4230 minutes in the future.")
        return min(until, self.now() + self.longest)

    async def _validate(self, address: str) -> None:
        token = "Validation: Testing client application reachability for <b>subscription</b> Request-Id: 1"
        joint = "&" if "?" in address else "?"
        told = (0, "", b"")
        if self.deliver:
            told = await self.deliver(f"{address}{joint}{urlencode({'validationToken': token})}", b"")
        status, content_type, body = told
        if status != 200 or not content_type.startswith("text/plain") or body != token.encode():
            raise Error(400, "ValidationError", "Subscription validation request failed.")

    def _mint(self, prefix: str) -> str:
        self.minted += 1
        return f"{prefix}{self.minted}"


def shown(event: Json, asked: Mapping[str, str]) -> Json:
    """An event as Graph answers it: times in UTC, extended properties only where asked for."""
    plain = {name: value for name, value in event.items() if not name.startswith("_")}
    times = {name: in_utc(event, name) for name in ("start", "end")}
    answer = _selected({**plain, **times}, asked)
    if expanded := WITH_PROPERTY.fullmatch(asked.get("$expand", "")):
        found = event.get("_properties", {}).get(expanded[1].casefold())
        answer |= {"singleValueExtendedProperties": [found]} if found else {}
    return answer


def _selected(everything: Json, asked: Mapping[str, str]) -> Json:
    wanted = {*asked.get("$select", "").split(",")} - {""}
    return {name: value for name, value in everything.items() if not wanted or name in wanted | ALWAYS}


def _has(event: Json, condition: str) -> bool:
    if not (found := BY_PROPERTY.fullmatch(condition)):
        return True
    kept: dict[str, Any] = event.get("_properties", {}).get(found[1].casefold(), {})
    return bool(kept) and kept["value"].casefold() == found[2].casefold()


def _z(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
