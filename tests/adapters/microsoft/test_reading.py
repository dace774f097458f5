"""What Graph can say of people's time, and what becomes of it."""

import asyncio
import logging
from datetime import date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from scheduling_core.availability import Busy, Unreadable
from scheduling_core.calendar_ports import Changes, Counted
from scheduling_core.errors import Unavailable
from scheduling_core.intervals import Interval
from tests.adapters.microsoft.faults import GARBAGE, Body, Changed, Fault, Refusal, Slow, TokenError
from tests.adapters.microsoft.world import PAGE, MicrosoftWorld
from tests.contracts.calendar_world import HOUR, OWNER_ZONE, WINDOW, WITHIN, Planted, busy, taken, utc

NOON = Interval(utc(3, 6, 12), utc(3, 6, 13))
NOON_EVENT = Planted("e-1", NOON.start, NOON.end)


async def answer(world: MicrosoftWorld, calendar: str) -> Busy | Unreadable:
    """What one calendar has against the owner's time."""
    found = await world.provider.free_busy(
        world.account, [Counted(calendar)], WINDOW, OWNER_ZONE, within=WITHIN
    )
    return found[calendar]


async def test_series_that_come_after_all_single_events_are_read(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")
    series = Planted(
        "s",
        datetime(2030, 3, 5, 9),  # noqa: DTZ001  wall-clock time, its zone stands beside it
        datetime(2030, 3, 5, 10),  # noqa: DTZ001  the same
        zone="W. Europe Standard Time",
        rrule="FREQ=DAILY;COUNT=20",
    )
    await reading.plant(calendar, series)
    for number in range(PAGE):
        at = NOON.start + number * timedelta(days=1)
        await reading.plant(calendar, Planted(f"e-{number}", at, at + HOUR))

    found = await busy(reading, calendar)

    assert len(found) == 20 + PAGE
    assert len(reading.microsoft.named("calendarView.list")) == 3


@pytest.mark.parametrize("page", [0, 1, 2])
async def test_a_page_that_fails_makes_all_of_it_unreadable(reading: MicrosoftWorld, page: int) -> None:
    calendar = await reading.calendar("Work")
    for number in range(PAGE * 2 + 1):
        at = NOON.start + number * 2 * HOUR
        await reading.plant(calendar, Planted(f"e-{number}", at, at + HOUR))
    # Latency of nothing: the faults before the page are none.
    for _ in range(page):
        reading.microsoft.faults.add("calendarView.list", Slow(0))
    reading.microsoft.faults.add("calendarView.list", GARBAGE)

    assert isinstance(await answer(reading, calendar), Unreadable)
    assert isinstance(await answer(reading, calendar), Busy)


@pytest.mark.parametrize(
    "fields",
    [
        (("@odata.nextLink", "https://evil.example/v1.0/me/calendars/x/calendarView"),),
        (("@odata.nextLink", 7),),
        (("value", None),),
        (("value", [{"showAs": "busy"}]),),
    ],
)
async def test_half_an_answer_is_none(
    reading: MicrosoftWorld, fields: tuple[tuple[str, object], ...]
) -> None:
    calendar = await reading.calendar("Work")
    reading.microsoft.faults.add("calendarView.list", Changed(fields))

    assert isinstance(await answer(reading, calendar), Unreadable)


async def test_an_answer_without_end_is_not_free_time(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")
    reading.microsoft.graph.most_per_page = 0

    assert isinstance(await answer(reading, calendar), Unreadable)
    with pytest.raises(Unavailable):
        await reading.provider.calendars(reading.account)


async def test_six_years_are_asked_in_two_parts(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")
    window = Interval(utc(1, 1), utc(1, 1, year=2036))
    last = Interval(window.end - HOUR, window.end)
    await reading.plant(calendar, Planted("e-1", last.start, last.end))

    assert await busy(reading, calendar, window=window) == (last,)
    assert len(reading.microsoft.named("calendarView.list")) == 2


@pytest.mark.parametrize(
    ("theirs", "owners", "hour"),
    [
        ("Pacific/Kiritimati", "America/New_York", utc(3, 7, 12)),
        ("Pacific/Pago_Pago", "Pacific/Kiritimati", utc(3, 6, 12)),
    ],
)
async def test_a_day_is_found_however_far_the_mailbox_lies(
    reading: MicrosoftWorld, theirs: str, owners: str, hour: datetime
) -> None:
    made = reading.microsoft.add_calendar(reading.owner, "AQMk-far=", "Far", zone=theirs)
    await reading.plant(made.id, Planted("e-1", date(2030, 3, 7), date(2030, 3, 8)))
    window = Interval(hour, hour + HOUR)

    assert await busy(reading, made.id, window=window, zone=owners) == (window,)


async def test_a_mailbox_has_never_more_than_four_calls_at_once(reading: MicrosoftWorld) -> None:
    calendars = [await reading.calendar(f"Work {number}") for number in range(12)]
    reading.microsoft.latency_seconds = 0.02

    found = await reading.provider.free_busy(
        reading.account, [Counted(each) for each in calendars], WINDOW, OWNER_ZONE, within=WITHIN
    )

    assert all(isinstance(each, Busy) for each in found.values())
    assert reading.owner.most_calls == 4


async def test_changes_come_page_by_page_and_the_window_moves_on(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")
    for number in range(PAGE + 3):
        at = NOON.start + number * 2 * HOUR
        await reading.plant(calendar, Planted(f"e-{number}", at, at + HOUR))
    begun = await reading.provider.changes(reading.account, calendar, "")
    assert len(reading.microsoft.named("calendarView.delta")) == 2

    assert not (await reading.provider.changes(reading.account, calendar, begun.cursor)).has_changed
    reading.microsoft.ahead += timedelta(days=31)
    later = await reading.provider.changes(reading.account, calendar, begun.cursor)

    assert later.has_changed
    asked = reading.microsoft.named("calendarView.delta")[-1].query
    assert "startDateTime" in asked or "$skiptoken" in asked
    assert not (await reading.provider.changes(reading.account, calendar, later.cursor)).has_changed


async def test_where_basic_details_do_not_suffice_for_changes_everything_counts_as_changed(
    reading: MicrosoftWorld,
) -> None:
    calendar = await reading.calendar("Work")
    reading.microsoft.faults.add("calendarView.delta", Refusal(403, "ErrorAccessDenied"), None)

    for _ in range(2):
        assert await reading.provider.changes(reading.account, calendar, "") == Changes("", has_changed=True)


async def test_a_delta_token_that_is_too_old_begins_anew(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")
    begun = await reading.provider.changes(reading.account, calendar, "")
    reading.owner.calendars[calendar].oldest_token = 99

    changes = await reading.provider.changes(reading.account, calendar, begun.cursor)

    assert changes.has_changed
    assert [call.status for call in reading.microsoft.named("calendarView.delta")] == [200, 410, 200]


@pytest.mark.parametrize("address", ["https://evil.example/v1.0/me", "https://graph.microsoft.com/v1.0/me"])
async def test_a_cursor_of_another_address_is_not_followed(reading: MicrosoftWorld, address: str) -> None:
    calendar = await reading.calendar("Work")

    changes = await reading.provider.changes(reading.account, calendar, f"99999999999 {address}")

    assert changes.has_changed
    assert changes.cursor.split()[1].startswith(reading.microsoft.address)


async def test_an_access_token_that_ended_is_renewed_once_for_all(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")
    reading.microsoft.entra.access.clear()

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(busy(reading, calendar)) for _ in range(8)]

    assert [task.result() for task in asked] == [()] * 8
    assert reading.account.replaced == 1
    # Refresh tokens change with every use, so the third must be the second's successor.
    for number in (2, 3, 4):
        reading.microsoft.ahead += timedelta(hours=2)
        await busy(reading, calendar)
        assert reading.account.replaced == number
    assert len(reading.microsoft.named("discovery")) == 1


@pytest.mark.parametrize(
    ("fault", "needs_owner"),
    [
        (TokenError("invalid_grant", 50173), True),
        (TokenError("interaction_required", 50076), True),
        (TokenError("invalid_client", 7000222), False),
        (Refusal(503), False),
        (GARBAGE, False),
    ],
)
async def test_a_token_that_cannot_be_renewed_is_never_free_time(
    reading: MicrosoftWorld, fault: Fault, *, needs_owner: bool
) -> None:
    calendar = await reading.calendar("Work")
    reading.microsoft.entra.access.clear()
    reading.microsoft.faults.add("token", fault)

    found = await answer(reading, calendar)

    assert isinstance(found, Unreadable)
    assert found.needs_owner == needs_owner


async def test_a_right_that_was_taken_back_needs_its_owner(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")
    reading.microsoft.entra.access.clear()
    reading.owner.granted -= {"Calendars.ReadBasic"}

    found = await answer(reading, calendar)

    assert isinstance(found, Unreadable)
    assert found.needs_owner


async def test_no_proxy_of_the_environment_sees_the_tokens(
    reading: MicrosoftWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    reading.microsoft.entra.access.clear()

    assert await busy(reading, await reading.calendar("Work")) == ()


async def test_nothing_of_a_calendar_is_asked_for_in_vain_or_logged(
    reading: MicrosoftWorld, caplog: pytest.LogCaptureFixture
) -> None:
    calendar = await reading.calendar("Work")
    await reading.plant(calendar, NOON_EVENT)
    caplog.set_level(logging.DEBUG)
    reading.microsoft.entra.access.clear()

    await busy(reading, calendar)
    reading.microsoft.faults.add("calendarView.list", Body(b"secret title", "text/html", 403))
    await answer(reading, calendar)
    reading.microsoft.entra.access.clear()
    reading.microsoft.faults.add("token", Body(b"secret title 0.ARefresh", "text/html"))
    await answer(reading, calendar)

    (first, *_) = reading.microsoft.named("calendarView.list")
    assert not {"subject", "body", "attendees", "location"} & {*first.query["$select"].split(",")}
    ours = "\n".join(one.getMessage() for one in caplog.records if one.name != "aiohttp.access")
    words = ("secret title", "AQMk", "0.ARefresh", "eyJ0", "owner@", reading.microsoft.entra.client.secret)
    assert not [word for word in words if word in ours]


async def test_why_microsoft_refuses_is_logged_by_its_code_alone_and_once(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")
    reading.microsoft.faults.add("calendarView.list", Refusal(404, "MailboxNotEnabledForRESTAPI"), None)
    reading.microsoft.faults.add("calendarView.delta", Refusal(403, "ErrorAccessDenied"), None)

    with capture_logs() as logs:
        for _ in range(3):
            await answer(reading, calendar)
        await reading.provider.changes(reading.account, calendar, "")
        body = b'{"error": {"code": "secret title", "message": "owner@example.com"}}'
        reading.microsoft.faults.clear()
        reading.microsoft.faults.add("calendarView.list", Body(body, status=400))
        await answer(reading, calendar)

    assert {(each["event"], each["host"]) for each in logs} == {("calendar.refused", "127.0.0.1")}
    told = [(each["status"], each["code"]) for each in logs]
    assert told == [(404, "MailboxNotEnabledForRESTAPI"), (400, "")]


async def test_who_asks_need_not_wait_as_long_as_microsoft_may_take(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")
    reading.microsoft.faults.add("calendarView.list", Slow(0.5))
    reading.microsoft.faults.add("token", Slow(0.5))

    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await busy(reading, calendar)
        reading.microsoft.entra.access.clear()

    assert taken(await answer(reading, calendar)) == ()
