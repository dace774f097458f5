"""Microsoft as the contract of calendars plays on it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Final

from adapters.calendar.microsoft import MicrosoftSettings, build
from adapters.calendar.microsoft.sign_in import MicrosoftSignIn
from adapters.http import Http
from scheduling_core.calendar_ports import CalendarProvider
from tests.adapters.microsoft.faults import GARBAGE, GRAPH, HTML, WRITES, Cut, Fault, Refusal, Slow
from tests.adapters.microsoft.harness import Microsoft, playing_microsoft
from tests.adapters.microsoft.keeping import Json, Kept, Owner, day, span, zone_of
from tests.contracts.calendar_world import KeptAccount, Planted, Raw, utc

BACK: Final = "https://parley.example/link/back/microsoft"
FAULTS: Final[dict[str, Fault]] = {
    "500": Refusal(500, "InternalServerError"),
    "429": Refusal(429, "ApplicationThrottled", "7"),
    "404": Refusal(404, "ErrorItemNotFound"),
    "403": Refusal(403, "ErrorAccessDenied"),
    "401": Refusal(401, "InvalidAuthenticationToken"),
    "slow": Slow(5),
    "garbage": GARBAGE,
    "html": HTML,
    "cut": Cut(),
    "cut_after_commit": Cut(is_processed=True),
    "500_after_commit": Refusal(500, "InternalServerError", is_processed=True),
}
PAGE: Final = 10
LIVED_IN: Final = utc(3, 1, 9)
"""When everybody lives: shortly before the contract's events, for changes are told of some time ahead."""


@dataclass(slots=True)
class MicrosoftWorld:
    """As `World`."""

    microsoft: Microsoft
    owner: Owner
    provider: CalendarProvider
    account: KeptAccount
    tells_uids: bool = True
    missing: str = "AQMk-nowhere="
    more_than_a_page: int = PAGE + 3
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def calendar(self, name: str) -> str:
        made = f"AQMk-{next(self._numbers)}="
        # The mailbox's zone is not the owner's, so that a midnight of Graph's is seen to be wrong.
        self.microsoft.add_calendar(self.owner, made, name, zone="Europe/Berlin")
        return made

    async def plant(self, calendar: str, event: Planted) -> None:
        kept = self.owner.calendars[calendar]
        head = self._planted(kept, event)
        for original, times in event.moved.items():
            self.microsoft.graph.kept(kept, self._moved(kept, head, original, times))

    def _planted(self, kept: Kept, planted: Planted) -> Json:
        event = self.microsoft.graph.new_event(kept, planted.uid)
        for name, moment in (("start", planted.start), ("end", planted.end)):
            event[name] = _moment(moment, planted.zone)
        event |= {"subject": planted.title, "isAllDay": not isinstance(planted.start, datetime)}
        event |= {"isCancelled": planted.cancelled, "showAs": _shown_as(planted)}
        if planted.declined:
            event["responseStatus"] = {"response": "declined", "time": "2030-01-01T00:00:00Z"}
        if planted.rrule:
            event |= {"type": "seriesMaster", "_rule": planted.rrule, "_dropped": planted.dropped}
        return self.microsoft.graph.kept(kept, event)

    def _moved(self, kept: Kept, head: Json, original: datetime, times: tuple[datetime, datetime]) -> Json:
        zone = head["start"]["timeZone"]
        start, end = (_moment(each, zone) for each in times)
        own = self.microsoft.graph.new_event(kept, head["iCalUId"])
        was = original.replace(tzinfo=zone_of(zone)).astimezone(UTC)
        told = {
            "type": "exception",
            "seriesMasterId": head["id"],
            "_original": was,
            "start": start,
            "end": end,
        }
        return {**own, "subject": head["subject"], **told}

    async def events(self, calendar: str) -> Sequence[Raw]:
        kept = self.owner.calendars[calendar]
        return [_raw(each, kept) for each in kept.events.values()]

    async def move(self, calendar: str, uid: str, start: datetime, end: datetime) -> None:
        kept = self.owner.calendars[calendar]
        times = {"start": _moment(start, ""), "end": _moment(end, "")}
        self.microsoft.graph.kept(kept, {**kept.by_uid(uid), **times})

    async def delete(self, calendar: str, uid: str) -> None:
        kept = self.owner.calendars[calendar]
        kept.drop(kept.by_uid(uid)["id"])
        self.microsoft.graph.changed(kept)

    async def carry(self, calendar: str, uid: str, other: str) -> None:
        event = self.owner.calendars[calendar].by_uid(uid)
        await self.delete(calendar, uid)
        self.microsoft.graph.kept(self.owner.calendars[other], event)

    async def revoke(self) -> None:
        self.microsoft.entra.forget(self.owner)

    def fault(self, name: str, times: int | None = 1) -> None:
        where = WRITES if name.endswith("after_commit") else GRAPH
        self.microsoft.faults.add(where, FAULTS[name], times)

    def hang(self, calendar: str) -> None:
        self.microsoft.hanging.add(calendar)

    def mend(self) -> None:
        self.microsoft.hanging.clear()
        self.microsoft.faults.clear()


def _shown_as(planted: Planted) -> str:
    return "free" if planted.transparent else "tentative" if planted.tentative else "busy"


def _moment(moment: object, zone: str) -> Json:
    if not isinstance(moment, datetime):
        assert hasattr(moment, "isoformat")
        return day(moment)  # type: ignore[arg-type]  # a date
    return {"dateTime": moment.replace(tzinfo=None).isoformat(), "timeZone": zone or "UTC"}


def _raw(event: Json, calendar: Kept) -> Raw:
    start, end = span(event, calendar.zone)
    attendees = tuple(each["emailAddress"]["address"] for each in event["attendees"])
    return Raw(event["iCalUId"], start, end, event["subject"], attendees, event["isCancelled"])


@asynccontextmanager
async def microsoft_world(*, writing: bool, timeout_seconds: float = 10.0) -> AsyncIterator[MicrosoftWorld]:
    """A linked account, by way of the consent page; nothing that Graph's description forbids was asked."""
    async with playing_microsoft(LIVED_IN - datetime.now(UTC)) as microsoft:
        microsoft.graph.most_per_page = PAGE
        owner = microsoft.add_owner()
        client = microsoft.entra.client
        settings = MicrosoftSettings(
            client.id, client.secret, **microsoft.addresses(), timeout_seconds=timeout_seconds
        )
        http = Http(microsoft.now, allow_private_addresses=True)
        provider = build(settings, http, microsoft.now)
        try:
            way_in = provider.way_in
            assert isinstance(way_in, MicrosoftSignIn)
            begun = await way_in.begin(BACK, writing=writing)
            linked = await way_in.finish(begun.secret, BACK, await microsoft.consent(begun.url))
            yield MicrosoftWorld(microsoft, owner, provider, KeptAccount(linked.secret))
        finally:
            await provider.close()
            await http.close()
        assert microsoft.violations == []
