"""Graph's answers, right and wrong, without a network."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from adapters.calendar.microsoft import MicrosoftSettings, wire
from adapters.calendar.microsoft.entries import is_done, mark_of, new_event, state_of, transaction
from adapters.calendar.microsoft.grants import grant_from, plain
from adapters.calendar.microsoft.wire import No, Unread
from scheduling_core.calendar_ports import Counted
from scheduling_core.errors import (
    Conflict,
    Gone,
    ProviderError,
    RateLimited,
    ReconnectNeeded,
    Rejected,
    Unavailable,
)
from scheduling_core.intervals import Interval
from tests.contracts.calendar_world import a_copy, utc

COUNTED = Counted("c")
BASE = "https://graph.microsoft.com/v1.0"


def event(start: str, end: str, zone: str = "UTC", **more: object) -> dict[str, Any]:
    """An event as Graph answers it."""
    times = {"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": zone}}
    return {**times, "showAs": "busy", "isAllDay": False, **more}


NOON = event("2030-03-06T12:00:00.0000000", "2030-03-06T13:00:00.0000000")
AT_NOON = Interval(utc(3, 6, 12), utc(3, 6, 13))


def taken(found: object, counted: Counted = COUNTED, zone: str = "America/New_York") -> list[Interval]:
    """The time one event takes."""
    return list(wire.taken([found], counted, zone))


@pytest.mark.parametrize("page", [None, [], {}, {"value": None}, {"value": {}}, {"error": {"code": "x"}}])
def test_a_page_that_is_none_is_not_empty(page: object) -> None:
    with pytest.raises(Unread):
        wire.items(page)


@pytest.mark.parametrize(
    "told",
    [
        "https://graph.microsoft.com.evil.example/v1.0/me/events",
        "https://graph.microsoft.com/v1.0/../beta/me",
        "https://graph.microsoft.com@evil.example/v1.0/me",
        "http://graph.microsoft.com/v1.0/me/events",
        "/v1.0/me/events",
        7,
        {},
    ],
)
def test_our_token_follows_no_link_that_leads_elsewhere(told: object) -> None:
    with pytest.raises(Unread):
        wire.link({"@odata.nextLink": told}, "nextLink", BASE)


def test_pages_end_where_no_link_is() -> None:
    assert wire.link({"value": []}, "nextLink", BASE) == ""
    assert wire.link({"@odata.nextLink": f"{BASE}/me?$skip=9"}, "nextLink", BASE) == f"{BASE}/me?$skip=9"


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"showAs": "busy", "start": {}, "end": {}},
        event("soon", "2030-03-06T13:00:00"),
        event("2030-03-06T12:00:00", "2030-03-06T13:00:00", "tzone://Microsoft/Custom"),
        event("2030-03-06T12:00:00", "2030-03-06T13:00:00", ""),
        event("9999-12-31T00:00:00", "9999-12-31T12:00:00", isAllDay=True),
        "2030-03-06",
    ],
)
def test_an_event_without_a_time_makes_the_calendar_unreadable(bad: object) -> None:
    with pytest.raises(Unread):
        taken(bad)


@pytest.mark.parametrize(
    ("more", "is_busy"),
    [
        ({"showAs": "free"}, False),
        ({"showAs": "workingElsewhere"}, False),
        ({"showAs": "busy"}, True),
        ({"showAs": "oof"}, True),
        ({"showAs": "tentative"}, True),
        ({"showAs": "unknown"}, True),
        ({"showAs": "unknownFutureValue"}, True),
        ({"showAs": None}, True),
        ({"isCancelled": True}, False),
        ({"responseStatus": {"response": "declined"}}, False),
        ({"responseStatus": {"response": "notResponded"}}, True),
        ({"responseStatus": {"response": "accepted"}}, True),
    ],
)
def test_what_takes_time(more: dict[str, object], *, is_busy: bool) -> None:
    assert taken({**NOON, **more}) == ([AT_NOON] if is_busy else [])


@pytest.mark.parametrize(
    "more",
    [
        {"showAs": "tentative"},
        {"responseStatus": {"response": "notResponded"}},
        {"responseStatus": {"response": "tentativelyAccepted"}},
    ],
)
def test_what_is_not_certain_counts_by_choice(more: dict[str, object]) -> None:
    assert taken({**NOON, **more}, Counted("c", tentative=False)) == []


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("UTC", utc(3, 6, 12)),
        ("tzone://Microsoft/Utc", utc(3, 6, 12)),
        ("Eastern Standard Time", utc(3, 6, 17)),
        ("Europe/Berlin", utc(3, 6, 11)),
        ("W. Europe Standard Time", utc(3, 6, 11)),
    ],
)
def test_times_in_other_zones_are_understood(zone: str, start: datetime) -> None:
    found = event("2030-03-06T12:00:00", "2030-03-06T13:00:00", zone)

    assert taken(found) == [Interval(start, start + timedelta(hours=1))]


def test_a_day_is_its_date_whatever_zone_it_is_labelled_with() -> None:
    day = event("2030-03-06T00:00:00.0000000", "2030-03-07T00:00:00.0000000", isAllDay=True)

    for zone in ("UTC", "Tokyo Standard Time", "tzone://Microsoft/Custom"):
        labelled = {**day, "start": {**day["start"], "timeZone": zone}}
        assert taken(labelled) == [Interval(utc(3, 6, 5), utc(3, 7, 5))]
    assert taken(day, Counted("c", all_day=False)) == []


def test_long_windows_are_asked_in_parts_that_touch() -> None:
    window = Interval(utc(1, 1), utc(1, 1, year=2046))

    parts = list(wire.windows(window))

    assert all(part.length <= wire.LONGEST_WINDOW for part in parts)
    assert all(one.end == other.start for one, other in pairwise(parts))
    assert parts[0].start < window.start < window.end < parts[-1].end


@pytest.mark.parametrize(
    ("no", "expected"),
    [
        (No(401, "InvalidAuthenticationToken"), ReconnectNeeded),
        (No(403, "ErrorAccessDenied"), Rejected),
        (No(404, "ErrorItemNotFound"), Gone),
        (No(404, "MailboxNotEnabledForRESTAPI"), Rejected),
        (No(409, "ConcurrentItemSave"), Unavailable),
        (No(409, "ErrorIrresolvableConflict"), Conflict),
        (No(412), Conflict),
        (No(429), RateLimited),
        (No(503, wait=timedelta(seconds=9)), RateLimited),
        (No(504), Unavailable),
        (No(400, "BadRequest"), Rejected),
    ],
)
def test_refusals_are_named_for_what_to_do(no: No, expected: type[ProviderError]) -> None:
    assert type(wire.failure(no)) is expected


def test_calendars_of_others_are_not_written() -> None:
    own = {"id": "1", "name": "Own", "canEdit": True, "owner": {"address": "Me@example.com"}}
    primary = {**own, "id": "2", "isDefaultCalendar": True, "owner": {"address": "me@example.com"}}
    others = {**own, "id": "3", "owner": {"address": "guest@example.com"}}

    found = wire.calendars_of([others, own, primary, {**own, "id": "4", "canEdit": False}], can_write=True)

    assert [(each.id, each.can_write) for each in found] == [
        ("2", True),
        ("3", False),
        ("1", True),
        ("4", False),
    ]
    with pytest.raises(Unread):
        wire.calendars_of([{"name": "?"}], can_write=True)


def test_scopes_are_the_same_in_every_spelling() -> None:
    assert plain(["https://graph.microsoft.com/Calendars.ReadBasic", "calendars.readbasic"]) == {
        "calendars.readbasic"
    }
    for text in ("", "{}", "[]", '{"access": "a", "expires": "soon"}'):
        with pytest.raises(ReconnectNeeded):
            grant_from(text)


def test_every_calendar_and_life_has_its_own_transaction() -> None:
    copy = a_copy()
    ids = [transaction(calendar, copy, life) for calendar in ("c", "d") for life in range(3)]

    assert len({*ids}) == 6
    assert ids == [transaction(calendar, copy, life) for calendar in ("c", "d") for life in range(3)]


def test_white_space_and_spelling_of_times_are_no_change() -> None:
    copy = a_copy()
    made = new_event("c", copy, 0, online=False)
    start = {"dateTime": made["start"]["dateTime"] + ".0000000", "timeZone": "UTC"}
    back = {**made, "subject": made["subject"] + " ", "isAllDay": False, "start": start}

    assert is_done(back, copy)
    assert state_of(back)[1] == mark_of(back)
    assert not is_done(back, a_copy(revision=1))
    assert not is_done({**back, "subject": "Mine"}, copy)
    assert not is_done({**back, "isAllDay": True}, copy)


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_secret": ""},
        {"tenant": "../x"},
        {"login_base_url": "http://login.example.com"},
        {"login_base_url": "https://login.microsoftonline.com/"},
        {"graph_base_url": "graph.microsoft.com"},
        {"timeout_seconds": 0},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        MicrosoftSettings(**{"client_id": "id", "client_secret": "s", **wrong})


def test_national_clouds_have_scopes_of_their_own() -> None:
    china = MicrosoftSettings("id", "s3cret", graph_base_url="https://microsoftgraph.chinacloudapi.cn/v1.0")

    assert china.resource == "https://microsoftgraph.chinacloudapi.cn/"
    assert MicrosoftSettings("id", "s3cret").resource == ""
    assert "s3cret" not in repr(china)
