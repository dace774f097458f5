"""Google as the contract of calendars plays on it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Final

from adapters.calendar.google import GoogleSettings, build
from adapters.calendar.google.sign_in import GoogleSignIn
from adapters.http import Http
from scheduling_core.calendar_ports import CalendarProvider
from tests.adapters.google.faults import CALENDARS, GARBAGE, HTML, WRITES, Cut, Fault, Refusal, Slow
from tests.adapters.google.harness import Google, playing_google
from tests.adapters.google.keeping import Json, Kept, Owner, span
from tests.contracts.calendar_world import KeptAccount, Planted, Raw

BACK: Final = "https://parley.example/calendars/google/back"
FAULTS: Final[dict[str, Fault]] = {
    "500": Refusal(500),
    "429": Refusal(429, "rateLimitExceeded", "7"),
    "404": Refusal(404, "notFound"),
    "403": Refusal(403, "forbidden"),
    "401": Refusal(401, "authError"),
    "slow": Slow(5),
    "garbage": GARBAGE,
    "html": HTML,
    "cut": Cut(),
    "cut_after_commit": Cut(is_processed=True),
    "500_after_commit": Refusal(500, is_processed=True),
}
PAGE: Final = 10


@dataclass(slots=True)
class GoogleWorld:
    """As `World`.

    Attributes:
        zone: of the calendars; all-day events are asked for in the owner's.
    """

    google: Google
    owner: Owner
    provider: CalendarProvider
    account: KeptAccount
    tells_uids: bool
    zone: str
    missing: str = "nowhere@group.calendar.google.com"
    more_than_a_page: int = PAGE + 3
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def calendar(self, name: str) -> str:
        made = f"c{next(self._numbers)}@group.calendar.google.com"
        self.google.add_calendar(self.owner, made, name, zone=self.zone)
        return made

    async def plant(self, calendar: str, event: Planted) -> None:
        kept = self.owner.calendars[calendar]
        head = _event(event, f"planted{next(self._numbers)}")
        self.google.keep(kept, head)
        for original, times in event.moved.items():
            self.google.keep(kept, _moved(head, event.zone, original, times))

    async def events(self, calendar: str) -> Sequence[Raw]:
        kept = self.owner.calendars[calendar]
        return [_raw(each, kept) for each in kept.events.values()]

    async def move(self, calendar: str, uid: str, start: datetime, end: datetime) -> None:
        kept = self.owner.calendars[calendar]
        times = {"start": {"dateTime": start.isoformat()}, "end": {"dateTime": end.isoformat()}}
        self.google.keep(kept, {**kept.by_uid(uid), **times})

    async def delete(self, calendar: str, uid: str) -> None:
        kept = self.owner.calendars[calendar]
        self.google.keep(kept, {**kept.by_uid(uid), "status": "cancelled"})

    async def carry(self, calendar: str, uid: str, other: str) -> None:
        """As events.move does: the same id, and what stays behind is cancelled."""
        event = dict(self.owner.calendars[calendar].by_uid(uid))
        await self.delete(calendar, uid)
        self.google.keep(self.owner.calendars[other], event)

    async def revoke(self) -> None:
        self.google.oauth.forget(self.owner)

    def fault(self, name: str, times: int | None = 1) -> None:
        where = WRITES if name.endswith("after_commit") else CALENDARS
        self.google.faults.add(where, FAULTS[name], times)

    def hang(self, calendar: str) -> None:
        self.google.hanging.add(calendar)

    def mend(self) -> None:
        self.google.hanging.clear()
        self.google.faults.clear()


def _event(planted: Planted, event_id: str) -> Json:
    event: Json = {
        "id": event_id,
        "iCalUID": planted.uid,
        "status": "cancelled" if planted.cancelled else "tentative" if planted.tentative else "confirmed",
        "summary": planted.title,
        "start": _moment(planted.start, planted.zone),
        "end": _moment(planted.end, planted.zone),
        "sequence": 0,
    }
    if planted.transparent:
        event["transparency"] = "transparent"
    if planted.declined:
        others = [{"email": f"guest-{n}@example.com", "responseStatus": "accepted"} for n in range(3)]
        event["attendees"] = [*others, {"email": "me", "self": True, "responseStatus": "declined"}]
    if planted.rrule:
        dropped = [f"EXDATE;TZID={planted.zone}:{each:%Y%m%dT%H%M%S}" for each in planted.dropped]
        event["recurrence"] = [f"RRULE:{planted.rrule}", *dropped]
    return event


def _moment(moment: object, zone: str) -> Json:
    if not isinstance(moment, datetime):
        return {"date": str(moment)}
    return {"dateTime": moment.isoformat(), **({"timeZone": zone} if zone else {})}


def _moved(head: Json, zone: str, original: datetime, times: tuple[datetime, datetime]) -> Json:
    own = {name: value for name, value in head.items() if name != "recurrence"}
    start, end = (_moment(each, zone) for each in times)
    return {
        **own,
        "id": f"{head['id']}_{original:%Y%m%dT%H%M%SZ}",
        "recurringEventId": head["id"],
        "originalStartTime": _moment(original, zone),
        "start": start,
        "end": end,
    }


def _raw(event: Json, calendar: Kept) -> Raw:
    start, end = span(event, calendar.zone)
    attendees = tuple(each["email"] for each in event.get("attendees", ()) if not each.get("self"))
    is_cancelled = event["status"] == "cancelled"
    return Raw(event["iCalUID"], start, end, event.get("summary", ""), attendees, is_cancelled)


@asynccontextmanager
async def google_world(
    *, writing: bool, zone: str = "UTC", timeout_seconds: float = 10.0
) -> AsyncIterator[GoogleWorld]:
    """A linked account, by way of the consent page; nothing that Google's description forbids was asked."""
    async with playing_google() as google:
        google.api.most_per_page = PAGE
        google.oauth.client.redirect_uris = frozenset({BACK})
        owner = google.add_owner(zone=zone)
        client = google.oauth.client
        settings = GoogleSettings(
            client.id, client.secret, **google.addresses(), timeout_seconds=timeout_seconds
        )
        http = Http(lambda: datetime.now(UTC), allow_private_addresses=True)
        provider = build(settings, http, lambda: datetime.now(UTC) + google.ahead)
        try:
            way_in = provider.way_in
            assert isinstance(way_in, GoogleSignIn)
            begun = await way_in.begin(BACK, writing=writing)
            linked = await way_in.finish(begun.secret, BACK, await google.consent(begun.url))
            yield GoogleWorld(google, owner, provider, KeptAccount(linked.secret), writing, zone)
        finally:
            await provider.close()
            await http.close()
        assert google.violations == []
