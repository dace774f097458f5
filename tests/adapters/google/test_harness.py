"""The harness keeps Google's rules, seen by Google's own library."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from httplib2 import Http  # type: ignore[import-untyped]  # it ships no types

from adapters.calendar.google.grants import CALENDAR_LIST, EVENTS, FREE_BUSY
from tests.adapters.google.harness import Google, playing_google
from tests.contracts.calendar_world import utc

CALENDAR = "owner@example.com"
NOON = {"dateTime": "2030-03-06T12:00:00Z"}
ONE = {"dateTime": "2030-03-06T13:00:00Z"}
EVENT = {"id": "abcde", "start": NOON, "end": ONE}
Make = Callable[[Any], Any]


@pytest.fixture
async def google() -> AsyncIterator[Google]:
    """Google with one person."""
    async with playing_google() as playing:
        playing.add_owner()
        yield playing


async def asked(google: Google, make: Make, *scopes: str) -> Any:
    """What Google's library gets for a request, off the loop."""
    assert google.oauth.visitor
    token = google.oauth.issue(google.oauth.visitor, frozenset(scopes or (EVENTS, FREE_BUSY, CALENDAR_LIST)))
    endpoint = {"api_endpoint": google.addresses()["api_base_url"]}
    service = build("calendar", "v3", http=Http(), client_options=endpoint, static_discovery=True)
    request = make(service)
    request.headers["authorization"] = f"Bearer {token['access_token']}"
    return await asyncio.to_thread(request.execute, http=Http(timeout=5, proxy_info=None))


async def refused(google: Google, make: Make, *scopes: str) -> tuple[int, str]:
    """Status and words of Google's no."""
    with pytest.raises(HttpError) as caught:
        await asked(google, make, *scopes)
    return caught.value.status_code, str(caught.value.reason)


def insert(**more: Any) -> Make:
    """events.insert with changes; a parameter begins with `p_`."""
    parameters = {name[2:]: value for name, value in more.items() if name.startswith("p_")}
    body = {**EVENT, **{name: value for name, value in more.items() if not name.startswith("p_")}}
    kept = {name: value for name, value in body.items() if value is not ...}
    asked_for = {"calendarId": CALENDAR, "sendUpdates": "none", **parameters}
    return lambda service: service.events().insert(body=kept, **asked_for)


def listing(**query: Any) -> Make:
    """events.list."""
    return lambda service: service.events().list(calendarId=CALENDAR, **query)


def busy(days: int, calendars: int = 1) -> Make:
    """freeBusy.query."""
    end = (utc(1, 1) + timedelta(days=days)).isoformat()
    items = [{"id": CALENDAR}] * calendars
    body = {"timeMin": "2030-01-01T00:00:00Z", "timeMax": end, "items": items}
    return lambda service: service.freebusy().query(body=body)


MEET = {"createRequest": {"requestId": "1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (insert(bogus=1), "unknown name bogus"),
        (insert(Summary="x"), "unknown name Summary"),
        (insert(start={"dateTime": NOON["dateTime"], "zone": "UTC"}), "unknown name zone"),
        (insert(summary=7), "summary is a string"),
        (insert(start="noon"), "start is an object"),
        (insert(summary=None), "summary is null"),
        (insert(htmlLink="https://x.example"), "read-only"),
        (insert(status="maybe"), "status cannot be maybe"),
        (insert(transparency="free"), "transparency cannot be free"),
        (insert(end=...), "end is missing"),
        (insert(end=NOON), "the time range is empty"),
        (insert(end={"date": "2030-03-07"}), "both days or both times"),
        (insert(start={"dateTime": "2030-03-06T12:00:00"}), "needs an offset"),
        (insert(id="wxyz!"), "the id has letters"),
        (insert(id="abcd"), "the id has letters"),
        (insert(conferenceData=MEET), "conferenceDataVersion"),
        (insert(p_sendUpdates="all"), "sendUpdates is not none"),
        (insert(extendedProperties={"private": {"a" * 45: "b"}}), "too long"),
        (listing(syncToken="sync-x-1", timeMin="2030-01-01T00:00:00Z"), "syncToken cannot be used"),
        (listing(timeMin="2030-01-01T00:00:00"), "needs an offset"),
        (listing(fields="items(id"), "fields cannot be read"),
    ],
)
async def test_what_the_description_does_not_allow_is_a_violation(
    google: Google, make: Make, words: str
) -> None:
    status, said = await refused(google, make)

    assert status == 400
    assert words in said
    assert len(google.violations) == 1


async def test_limits_of_free_busy(google: Google) -> None:
    assert (await asked(google, busy(60, 50)))["calendars"][CALENDAR] == {"busy": []}
    assert await refused(google, busy(91)) == (400, "The requested time range is too long.")
    many = (await asked(google, busy(1, 51)))["calendars"][CALENDAR]
    assert many["errors"][0]["reason"] == "tooManyCalendarsRequested"


async def test_each_method_needs_its_own_scopes(google: Google) -> None:
    assert (await refused(google, busy(1), EVENTS))[0] == 403
    assert (await refused(google, listing(), FREE_BUSY))[0] == 403
    assert (await refused(google, insert(), FREE_BUSY, CALENDAR_LIST))[0] == 403
    assert await asked(google, busy(1), FREE_BUSY)


async def test_an_id_lives_once_and_outlives_its_event(google: Google) -> None:
    made = await asked(google, insert())
    assert made["iCalUID"] == "abcde@google.com"
    assert (await refused(google, insert()))[0] == 409
    path = {"calendarId": CALENDAR, "eventId": "abcde"}

    def delete(service: Any) -> Any:
        return service.events().delete(**path, sendUpdates="none")

    def patch(service: Any) -> Any:
        request = service.events().patch(**path, body={"status": "confirmed"}, sendUpdates="none")
        request.headers["If-Match"] = made["etag"]
        return request

    assert not await asked(google, delete)
    assert (await refused(google, delete))[0] == 410
    assert (await refused(google, insert()))[0] == 409
    assert (await asked(google, lambda service: service.events().get(**path)))["status"] == "cancelled"
    assert (await refused(google, patch))[0] == 412


async def test_pages_and_sync_tokens(google: Google) -> None:
    google.api.most_per_page = 2
    for number in range(3):
        await asked(google, insert(id=f"abcd{number}"))

    first = await asked(google, listing())
    assert (len(first["items"]), "nextSyncToken" in first) == (2, False)
    last = await asked(google, listing(pageToken=first["nextPageToken"]))
    assert (len(last["items"]), "nextPageToken" in last) == (1, False)
    assert (await asked(google, listing(syncToken=last["nextSyncToken"])))["items"] == []
    assert (await refused(google, listing(syncToken="?")))[0] == 400
    google.oauth.visitor.calendars[CALENDAR].oldest_token = 99  # type: ignore[union-attr]  # there is one
    assert (await refused(google, listing(syncToken=last["nextSyncToken"])))[0] == 410
