"""The Microsoft that is played is not kinder than the one that is described."""

from typing import Any

import aiohttp
import pytest

from tests.adapters.microsoft.keeping import Token
from tests.adapters.microsoft.rules import WRITE
from tests.adapters.microsoft.world import MicrosoftWorld

PREFER = 'outlook.timezone="UTC", IdType="ImmutableId"'
EVENT = {
    "subject": "Logo review",
    "start": {"dateTime": "2030-03-06T12:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2030-03-06T13:00:00", "timeZone": "UTC"},
}
WINDOW = {"startDateTime": "2030-03-04T00:00:00Z", "endDateTime": "2030-04-08T00:00:00Z"}


async def asked(
    world: MicrosoftWorld, method: str, path: str, *, prefer: str = PREFER, **more: Any
) -> tuple[int, Any]:
    """A call with a good token, and what came of it."""
    token = next(iter(world.microsoft.entra.access))
    headers = {"authorization": f"Bearer {token}", "prefer": prefer}
    address = f"{world.microsoft.address}/v1.0{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, address, headers=headers, **more) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


async def forgiven(world: MicrosoftWorld) -> list[str]:
    """The violations so far, which the world would complain of at its end."""
    found = [*world.microsoft.violations]
    world.microsoft.violations.clear()
    return found


@pytest.mark.parametrize(
    "more",
    [
        {"showas": "busy"},
        {"showAs": "Busy"},
        {"iCalUId": "ours"},
        {"attendees": [{"emailAddress": {"address": "guest@example.com"}}]},
        {"start": {"dateTime": "2030-03-06T12:00:00Z", "timeZone": "UTC"}},
        {"start": {"dateTime": "2030-03-06T12:00:00", "timeZone": "Mars"}},
        {"start": "2030-03-06"},
        {"location": "Room 3"},
        {"subject": "x" * 256},
        {"singleValueExtendedProperties": [{"id": "String Name ours", "value": "1"}]},
    ],
)
async def test_bodies_that_are_none_are_refused(writing: MicrosoftWorld, more: dict[str, object]) -> None:
    calendar = await writing.calendar("Work")

    status, _ = await asked(writing, "POST", f"/me/calendars/{calendar}/events", json={**EVENT, **more})

    assert status == 400
    assert len(await forgiven(writing)) == 1


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"startDateTime": "2030-03-04T00:00:00Z"},
        {"startDateTime": "2030-01-01T00:00:00Z", "endDateTime": "2036-01-01T00:00:00Z"},
        {**WINDOW, "$top": "1001"},
        {**WINDOW, "$select": "start,stop"},
        {**WINDOW, "top": "5"},
    ],
)
async def test_questions_that_are_none_are_refused(writing: MicrosoftWorld, query: dict[str, str]) -> None:
    calendar = await writing.calendar("Work")

    status, _ = await asked(writing, "GET", f"/me/calendars/{calendar}/calendarView", params=query)

    assert status == 400
    assert len(await forgiven(writing)) == 1


async def test_delta_takes_no_select_and_ids_must_last(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Work")
    view = f"/me/calendars/{calendar}/calendarView"

    assert (await asked(writing, "GET", f"{view}/delta", params={**WINDOW, "$select": "start"}))[0] == 400
    assert (await asked(writing, "GET", view, params=WINDOW, prefer=""))[0] == 400
    assert (await asked(writing, "GET", "/me/calender"))[0] == 404
    assert len(await forgiven(writing)) == 3


async def test_a_repeated_transaction_is_the_same_event_or_a_refusal(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Work")
    where = f"/me/calendars/{calendar}/events"
    body = {**EVENT, "transactionId": "t-1"}

    first, second = [await asked(writing, "POST", where, json=body) for _ in range(2)]
    other = await asked(writing, "POST", where, json={**body, "subject": "Else"})
    third = await asked(writing, "POST", where, json=EVENT)

    assert (first[0], second[0], other[0], third[0]) == (201, 201, 409, 201)
    assert first[1]["id"] == second[1]["id"] != third[1]["id"]
    assert other[1]["error"]["code"] == "ErrorDuplicateTransactionId"


async def test_ten_come_unless_more_is_asked_for(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Work")
    writing.microsoft.graph.most_per_page = 1000
    for _ in range(12):
        await asked(writing, "POST", f"/me/calendars/{calendar}/events", json=EVENT)
    view = f"/me/calendars/{calendar}/calendarView"

    _, page = await asked(writing, "GET", view, params=WINDOW)
    _, full = await asked(writing, "GET", view, params={**WINDOW, "$top": "50"})

    assert (len(page["value"]), "@odata.nextLink" in page) == (10, True)
    assert (len(full["value"]), "@odata.nextLink" in full) == (12, False)


async def test_basic_details_have_no_extended_properties_and_no_writing(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")
    where = f"/me/calendars/{calendar}/events"
    guid = "{6b4f6c1e-2d0a-4f7e-9c57-0f6a3a1b8d42}"
    wanted = {"$expand": f"singleValueExtendedProperties($filter=id eq 'String {guid} Name parleyKey')"}

    assert (await asked(reading, "GET", where, params=wanted))[0] == 403
    assert (await asked(reading, "POST", where, json=EVENT))[0] == 403
    token = next(iter(reading.microsoft.entra.access))
    reading.microsoft.entra.access[token] = Token(
        reading.owner, WRITE, reading.microsoft.entra.access[token].expires
    )
    assert (await asked(reading, "GET", where, params=wanted))[0] == 200
