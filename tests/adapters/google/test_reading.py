"""What Google can say of people's time, and what becomes of it."""

import asyncio
import logging
from datetime import date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from scheduling_core.availability import Unreadable
from scheduling_core.calendar_ports import Counted
from scheduling_core.errors import ProviderError, RateLimited, ReconnectNeeded, Rejected, Unavailable
from scheduling_core.intervals import Interval
from tests.adapters.google.faults import (
    CALENDARS,
    GARBAGE,
    Body,
    CalendarError,
    LeftOut,
    Refusal,
    Slow,
    TokenError,
)
from tests.adapters.google.world import GoogleWorld
from tests.contracts.calendar_world import HOUR, OWNER_ZONE, WINDOW, WITHIN, Planted, busy, taken, utc

NOON = Interval(utc(3, 6, 12), utc(3, 6, 13))
NOON_EVENT = Planted("e-1", NOON.start, NOON.end)


async def test_a_long_window_and_many_calendars_are_asked_in_parts(reading: GoogleWorld) -> None:
    calendars = [await reading.calendar(f"Work {number}") for number in range(60)]
    year = Interval(utc(1, 1), utc(1, 1, year=2031))
    last = Interval(year.end - HOUR, year.end)
    await reading.plant(calendars[-1], Planted("e-1", last.start, last.end))

    found = await reading.provider.free_busy(
        reading.account, [Counted(each) for each in calendars], year, OWNER_ZONE, within=WITHIN
    )

    assert taken(found[calendars[-1]], year) == (last,)
    assert all(taken(found[each], year) == () for each in calendars[:-1])
    assert len(reading.google.named("freebusy.query")) == 7 * 2


async def test_an_error_of_one_calendar_is_that_calendars(reading: GoogleWorld) -> None:
    good, bad, lost = [await reading.calendar(name) for name in ("Work", "Home", "Club")]
    await reading.plant(good, NOON_EVENT)
    reading.google.faults.add("freebusy.query", CalendarError("internalError", frozenset({bad})))

    found = await reading.provider.free_busy(
        reading.account, [Counted(good), Counted(bad)], WINDOW, OWNER_ZONE, within=WITHIN
    )
    assert taken(found[good]) == (NOON,)
    assert isinstance(found[bad], Unreadable)

    reading.google.faults.add("freebusy.query", LeftOut(frozenset({lost})))
    asked = [Counted(good), Counted(lost)]
    again = await reading.provider.free_busy(reading.account, asked, WINDOW, OWNER_ZONE, within=WITHIN)
    assert taken(again[good]) == (NOON,)
    assert isinstance(again[lost], Unreadable)


async def test_one_part_of_a_long_window_that_fails_makes_it_unreadable(reading: GoogleWorld) -> None:
    calendar = await reading.calendar("Work")
    reading.google.faults.add("freebusy.query", GARBAGE)

    found = await reading.provider.free_busy(
        reading.account, [Counted(calendar)], Interval(utc(1, 1), utc(12, 1)), OWNER_ZONE, within=WITHIN
    )

    assert isinstance(found[calendar], Unreadable)


async def test_without_the_right_to_events_what_free_busy_says_counts(reading: GoogleWorld) -> None:
    calendar = await reading.calendar("Work")
    await reading.plant(calendar, Planted("e-1", date(2030, 3, 6), date(2030, 3, 7)))
    await reading.plant(calendar, Planted("e-2", utc(3, 8, 12), utc(3, 8, 13), tentative=True))

    found = await busy(reading, Counted(calendar, all_day=False, tentative=False))

    assert found == (Interval(utc(3, 6), utc(3, 7)), Interval(utc(3, 8, 12), utc(3, 8, 13)))


@pytest.mark.parametrize(
    ("theirs", "owners", "hour"),
    [
        ("Pacific/Kiritimati", "America/New_York", utc(3, 7, 12)),
        ("Pacific/Pago_Pago", "Pacific/Kiritimati", utc(3, 6, 12)),
    ],
)
async def test_a_day_is_found_however_far_the_calendars_zone_lies(
    writing: GoogleWorld, theirs: str, owners: str, hour: datetime
) -> None:
    made = writing.google.add_calendar(writing.owner, "far@group.calendar.google.com", "Far", zone=theirs)
    await writing.plant(made.id, Planted("e-1", date(2030, 3, 7), date(2030, 3, 8)))
    window = Interval(hour, hour + HOUR)

    assert await busy(writing, made.id, window=window, zone=owners) == (window,)


@pytest.mark.parametrize("role", ["writer", "reader", "freeBusyReader"])
async def test_calendars_of_others_are_read_by_free_busy(writing: GoogleWorld, role: str) -> None:
    others = "en.german#holiday@group.v.calendar.google.com"
    made = writing.google.add_calendar(writing.owner, others, "Team", role=role)  # type: ignore[arg-type]  # a role
    await writing.plant(made.id, NOON_EVENT)

    assert await busy(writing, made.id) == (NOON,)
    listed = {each.id: each for each in await writing.provider.calendars(writing.account)}
    assert not listed[made.id].can_write
    assert listed["owner@example.com"].is_primary
    begun = await writing.provider.changes(writing.account, made.id, "")
    assert (begun.cursor, begun.has_changed) == ("", True)


async def test_where_one_works_and_birthdays_take_no_time(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    kept = writing.owner.calendars[calendar]
    for number, kind in enumerate(("workingLocation", "birthday", "outOfOffice")):
        at = Interval(NOON.start + number * HOUR, NOON.end + number * HOUR)
        await writing.plant(calendar, Planted(f"e-{number}", at.start, at.end))
        writing.google.keep(kept, {**kept.by_uid(f"e-{number}"), "eventType": kind})

    assert await busy(writing, calendar) == (Interval(NOON.start + 2 * HOUR, NOON.end + 2 * HOUR),)


async def test_an_invitation_without_an_answer_is_tentative(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    await writing.plant(calendar, NOON_EVENT)
    kept = writing.owner.calendars[calendar]
    attendees = [{"email": "guest@example.com", "responseStatus": "accepted"}]
    attendees += [{"email": "owner@example.com", "self": True, "responseStatus": "needsAction"}]  # type: ignore[dict-item]  # JSON
    writing.google.keep(kept, {**kept.by_uid("e-1"), "attendees": attendees})

    assert await busy(writing, calendar) == (NOON,)
    assert await busy(writing, Counted(calendar, tentative=False)) == ()


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (Refusal(403, "rateLimitExceeded"), RateLimited),
        (Refusal(403, "userRateLimitExceeded"), RateLimited),
        (Refusal(403, "quotaExceeded"), RateLimited),
        (Refusal(403, "accessNotConfigured"), Rejected),
        (Refusal(403, "insufficientPermissions"), ReconnectNeeded),
        (Refusal(503), Unavailable),
    ],
)
async def test_refusals_are_named_for_what_to_do(
    reading: GoogleWorld, refusal: Refusal, expected: type[ProviderError]
) -> None:
    reading.google.faults.add("calendarList.list", refusal)

    with pytest.raises(expected):
        await reading.provider.calendars(reading.account)


async def test_a_sync_token_that_is_too_old_begins_anew(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    begun = await writing.provider.changes(writing.account, calendar, "")
    writing.owner.calendars[calendar].oldest_token = 99

    changes = await writing.provider.changes(writing.account, calendar, begun.cursor)

    assert changes.has_changed
    assert len(writing.google.named("events.list")) == 3


async def test_an_access_token_that_ended_is_renewed_once_for_all(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    writing.google.oauth.access.clear()

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(busy(writing, calendar)) for _ in range(8)]

    assert [task.result() for task in asked] == [()] * 8
    assert writing.account.replaced == 1
    writing.google.ahead = timedelta(hours=2)
    await busy(writing, calendar)
    assert writing.account.replaced == 2
    assert len(writing.google.named("token")) == 3


@pytest.mark.parametrize(
    ("fault", "needs_owner"), [(TokenError(), True), (Refusal(503), False), (GARBAGE, False)]
)
async def test_a_token_that_cannot_be_renewed_is_never_free_time(
    writing: GoogleWorld, fault: TokenError | Refusal, needs_owner: bool
) -> None:
    calendar = await writing.calendar("Work")
    writing.google.oauth.access.clear()
    writing.google.faults.add("token", fault)

    found = await writing.provider.free_busy(
        writing.account, [Counted(calendar)], WINDOW, OWNER_ZONE, within=WITHIN
    )

    answer = found[calendar]
    assert isinstance(answer, Unreadable)
    assert answer.needs_owner == needs_owner


async def test_a_secret_that_is_none_of_ours_needs_its_owner(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    writing.account.keep("not ours")

    found = await writing.provider.free_busy(
        writing.account, [Counted(calendar)], WINDOW, OWNER_ZONE, within=WITHIN
    )

    assert found[calendar] == Unreadable("Google no longer lets us read this calendar.", needs_owner=True)


async def test_no_proxy_of_the_environment_sees_the_tokens(
    writing: GoogleWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert await busy(writing, await writing.calendar("Work")) == ()


async def test_titles_and_people_are_not_even_asked_for(writing: GoogleWorld) -> None:
    await busy(writing, await writing.calendar("Work"))

    (call,) = writing.google.named("events.list")
    assert "summary" not in call.query["fields"]
    assert "email" not in call.query["fields"]


async def test_nothing_of_a_calendar_is_logged(
    writing: GoogleWorld, caplog: pytest.LogCaptureFixture
) -> None:
    calendar = await writing.calendar("Work")
    await writing.plant(calendar, NOON_EVENT)
    caplog.set_level(logging.DEBUG)

    await busy(writing, calendar)
    writing.google.faults.add("events.list", Body(b"secret title", "text/html", 403))
    await busy(writing, calendar)

    ours = "\n".join(one.getMessage() for one in caplog.records if one.name != "aiohttp.access")
    assert not [word for word in ("secret title", "group.calendar", "ya29", "1//") if word in ours]


async def test_why_google_refuses_is_logged_by_its_reason_alone_and_once(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    writing.google.faults.add(CALENDARS, Refusal(403, "accessNotConfigured"), None)

    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(Rejected):
                await writing.provider.calendars(writing.account)
        await writing.provider.free_busy(
            writing.account, [Counted(calendar)], WINDOW, OWNER_ZONE, within=WITHIN
        )
        writing.google.ahead = timedelta(minutes=10)
        with pytest.raises(Rejected):
            await writing.provider.calendars(writing.account)

    refused = {
        "event": "calendar.refused",
        "log_level": "warning",
        "host": "127.0.0.1",
        "status": 403,
        "code": "accessNotConfigured",
    }
    assert logs == [refused, refused]


async def test_what_google_says_besides_its_reason_is_not_logged(writing: GoogleWorld) -> None:
    body = b'{"error": {"message": "secret title", "errors": [{"reason": "owner@example.com"}]}}'
    writing.google.faults.add(CALENDARS, Body(body, status=400))

    with capture_logs() as logs, pytest.raises(Rejected):
        await writing.provider.calendars(writing.account)

    assert [(each["status"], each["code"]) for each in logs] == [(400, "")]


@pytest.mark.parametrize(
    ("method", "refusal"),
    [("events.list", Refusal(403, "forbidden")), ("*", Refusal(503)), ("events.list", Refusal(404))],
)
async def test_a_refusal_that_nobody_has_to_mend_is_not_logged(
    writing: GoogleWorld, method: str, refusal: Refusal
) -> None:
    calendar = await writing.calendar("Work")
    writing.google.faults.add(method, refusal, None)

    with capture_logs() as logs:
        await writing.provider.free_busy(
            writing.account, [Counted(calendar)], WINDOW, OWNER_ZONE, within=WITHIN
        )

    assert logs == []


async def test_many_at_once_have_each_their_own_answer(writing: GoogleWorld) -> None:
    calendars = [await writing.calendar(f"Work {number}") for number in range(20)]
    times = [Interval(NOON.start + number * HOUR, NOON.end + number * HOUR) for number in range(20)]
    for calendar, time in zip(calendars, times, strict=True):
        await writing.plant(calendar, Planted("e-1", time.start, time.end))

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(busy(writing, calendar)) for calendar in calendars * 3]

    assert [task.result() for task in asked] == [(time,) for time in times] * 3


async def test_an_answer_without_end_is_not_free_time(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    await writing.plant(calendar, NOON_EVENT)
    writing.google.api.most_per_page = 0

    found = await writing.provider.free_busy(
        writing.account, [Counted(calendar)], WINDOW, OWNER_ZONE, within=WITHIN
    )

    assert isinstance(found[calendar], Unreadable)
    with pytest.raises(Unavailable):
        await writing.provider.calendars(writing.account)


async def test_who_asks_need_not_wait_as_long_as_google_may_take(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    writing.google.faults.add("events.list", Slow(0.5))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await busy(writing, calendar)

    assert await busy(writing, calendar) == ()
