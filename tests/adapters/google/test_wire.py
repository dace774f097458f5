"""Google's answers, right and wrong, without a network."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.calendar.google import wire
from adapters.calendar.google.entries import event_id
from adapters.calendar.google.wire import No, Unread
from scheduling_core.calendar_ports import Counted
from scheduling_core.errors import Conflict, Gone, RateLimited, ReconnectNeeded, Rejected, Unavailable
from scheduling_core.intervals import Interval, merge
from tests.contracts.calendar_world import utc

COUNTED = Counted("c")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"calendars": []},
        {"calendars": {}},
        {"calendars": {"c": None}},
        {"calendars": {"c": {}}},
        {"calendars": {"c": {"busy": {}}}},
        {"calendars": {"c": {"busy": [{}]}}},
        {"calendars": {"c": {"busy": [{"start": "2030-03-06T12:00:00", "end": "2030-03-06T13:00:00"}]}}},
        {"calendars": {"c": {"busy": [{"start": "2030-03-06T12:00:00Z", "end": 7}]}}},
        {"calendars": {"c": {"busy": ["2030-03-06"]}}},
    ],
)
def test_an_answer_that_does_not_say_is_not_free(answer: object) -> None:
    with pytest.raises(Unread):
        wire.free_busy(answer, "c")


@pytest.mark.parametrize("errors", [[{"reason": "notFound"}], [{}], ["?"], "?", {"reason": "?"}])
def test_an_error_beside_free_time_wins(errors: object) -> None:
    with pytest.raises(No):
        wire.free_busy({"calendars": {"c": {"errors": errors, "busy": []}}}, "c")


@pytest.mark.parametrize("page", [None, {}, {"kind": "calendar#events", "items": {}}, {"items": []}])
def test_a_page_that_is_none_is_not_empty(page: object) -> None:
    with pytest.raises(Unread):
        wire.events_of(page)


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"start": {"date": "2030-02-30"}, "end": {"date": "2030-03-01"}},
        {"start": {"dateTime": "2030-03-06T12:00:00Z"}},
        {"start": {"dateTime": "2030-03-06T12:00:00"}, "end": {"dateTime": "2030-03-06T13:00:00"}},
        {"start": {"dateTime": "soon", "timeZone": "UTC"}, "end": {"dateTime": "2030-03-06T13:00:00Z"}},
        {"start": {"dateTime": "2030-03-06T12:00", "timeZone": "Mars/Base"}, "end": {"date": "2030-03-07"}},
    ],
)
def test_an_event_without_a_time_makes_the_calendar_unreadable(times: dict[str, object]) -> None:
    with pytest.raises(Unread):
        list(wire.taken([{"status": "confirmed", **times}], COUNTED, "UTC"))


def test_a_cancelled_event_needs_no_time() -> None:
    assert list(wire.taken([{"id": "e", "status": "cancelled"}], COUNTED, "UTC")) == []


def test_a_time_of_its_own_zone_is_understood() -> None:
    moment = {"dateTime": "2030-03-06T12:00:00", "timeZone": "Europe/Berlin"}
    event = {"start": moment, "end": {**moment, "dateTime": "2030-03-06T13:00:00"}}

    assert list(wire.taken([event], COUNTED, "UTC")) == [Interval(utc(3, 6, 11), utc(3, 6, 12))]


def test_a_copy_that_somebody_made_of_our_event_takes_its_time() -> None:
    """Google copies our private property with it."""
    moments = {"start": {"dateTime": "2030-03-06T12:00:00Z"}, "end": {"dateTime": "2030-03-06T16:00:00Z"}}
    event = {
        "iCalUID": "copy@google.com",
        "extendedProperties": {"private": {wire.OUR_UID: "u-1"}},
        **moments,
    }
    agreed = Interval(utc(3, 6, 9), utc(3, 6, 13))

    found = wire.taken([event], Counted("c", ours={"u-1": agreed}), "UTC")

    assert list(found) == [Interval(utc(3, 6, 13), utc(3, 6, 16))]


@pytest.mark.parametrize(
    ("no", "expected"),
    [
        (No(401, "authError"), ReconnectNeeded),
        (No(403, "insufficientPermissions"), ReconnectNeeded),
        (No(403, "rateLimitExceeded"), RateLimited),
        (No(403, "calendarUsageLimitsExceeded"), Rejected),
        (No(403), Rejected),
        (No(302), Rejected),
        (No(400, "invalid"), Rejected),
        (No(404, "notFound"), Gone),
        (No(410, "deleted"), Gone),
        (No(409, "duplicate"), Conflict),
        (No(412, "conditionNotMet"), Conflict),
        (No(408), Unavailable),
        (No(500), Unavailable),
        (No(429, wait=timedelta(seconds=7)), RateLimited),
    ],
)
def test_each_refusal_is_named_for_what_to_do(no: No, expected: type[Exception]) -> None:
    assert type(wire.failure(no)) is expected


def test_the_wait_is_googles_or_fits_the_limit() -> None:
    for no, seconds in (
        (No(429, wait=timedelta(seconds=7)), 7),
        (No(503, wait=timedelta(seconds=9)), 9),
        (No(403, "userRateLimitExceeded"), 30),
        (No(403, "quotaExceeded"), 3600),
    ):
        error = wire.failure(no)
        assert isinstance(error, RateLimited)
        assert error.retry_after == timedelta(seconds=seconds)


@given(st.integers(0, 400 * 86400), st.integers(1, 400 * 86400))
def test_the_parts_of_a_window_are_all_of_it_and_short_enough(start: int, length: int) -> None:
    begin = utc(1, 1) + timedelta(seconds=start)
    window = Interval(begin, begin + timedelta(seconds=length))

    parts = list(wire.windows(window))

    assert merge(parts) == (window,)
    assert all(part.length <= wire.LONGEST_WINDOW for part in parts)


@given(st.text())
def test_ids_are_such_as_google_allows(key: str) -> None:
    made = event_id(key.encode("utf-8", "replace").decode())
    assert len(made) == 52
    assert set(made) <= set("abcdefghijklmnopqrstuv0123456789")
