from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduling_core.availability import Availability, Busy, Unreadable, WeeklyHours, Window
from scheduling_core.intervals import Interval
from scheduling_core.slots import Host, SlotQuery, find_slots

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "slots.json").read_text())["cases"]
MONDAY = datetime(2027, 5, 3, tzinfo=UTC)
NINE_TO_NOON = WeeklyHours(*[(Window(540, 720),)] * 5)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def texts(starts: tuple[datetime, ...]) -> list[str]:
    return [start.strftime("%Y-%m-%dT%H:%M:%SZ") for start in starts]


def clock(starts: tuple[datetime, ...]) -> str:
    return " ".join(start.strftime("%H:%M") for start in starts)


def daily(*windows: tuple[int, int]) -> WeeklyHours:
    return WeeklyHours.of([tuple(Window(start, end) for start, end in windows)] * 7)


def monday(**changes: Any) -> SlotQuery:
    """One host in UTC, 9:00 to 12:00, an hour long, on one Monday."""
    plain = SlotQuery(
        now=MONDAY - timedelta(days=1),
        query_start=MONDAY,
        query_end=MONDAY + timedelta(days=1),
        duration_min=60,
        increment_min=60,
        hosts=(Host(Availability("UTC", NINE_TO_NOON)),),
    )
    return replace(plain, **changes)


def in_zone(zone: str, weekly: WeeklyHours, day: date, **changes: Any) -> SlotQuery:
    """One host in *zone*, asked about the two days around the UTC date *day*."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return monday(
        now=midnight - timedelta(days=9),
        query_start=midnight - timedelta(days=1),
        query_end=midnight + timedelta(days=1),
        hosts=(Host(Availability(zone, weekly)),),
        **changes,
    )


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    assert texts(find_slots(SlotQuery.from_json(case))) == case["expect_starts"]


def test_a_query_built_by_code_needs_only_what_has_no_default() -> None:
    assert clock(find_slots(monday())) == "09:00 10:00 11:00"


def test_an_unreadable_calendar_is_not_free() -> None:
    hidden = Host(Availability("UTC", NINE_TO_NOON), Unreadable("The calendar did not answer."))
    assert find_slots(monday(hosts=(hidden,))) == ()
    assert find_slots(monday(hosts=(*monday().hosts, hidden))) == ()


def test_notice_is_exact_to_the_second() -> None:
    at_ten = MONDAY + timedelta(hours=10)
    hour, second = timedelta(hours=1), timedelta(seconds=1)
    assert clock(find_slots(monday(now=at_ten - hour, min_notice_min=60))) == "10:00 11:00"
    assert clock(find_slots(monday(now=at_ten - hour + second, min_notice_min=60))) == "11:00"
    assert clock(find_slots(monday(now=at_ten - hour + second / 1000, min_notice_min=60))) == "11:00"
    assert clock(find_slots(monday(now=at_ten - second))) == "10:00 11:00"
    assert clock(find_slots(monday(now=at_ten))) == "11:00"


def test_a_fraction_of_a_busy_second_is_busy() -> None:
    at_ten = MONDAY + timedelta(hours=10)
    sliver = Interval(at_ten, at_ten + timedelta(milliseconds=1))
    host = Host(Availability("UTC", NINE_TO_NOON), Busy((sliver,)))
    assert clock(find_slots(monday(hosts=(host,)))) == "09:00 11:00"


def test_a_cap_of_no_meetings_offers_nothing() -> None:
    assert find_slots(monday(max_per_day=0)) == ()


def test_a_booking_far_from_any_known_year_does_not_matter() -> None:
    ancient = Interval(datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC))
    assert clock(find_slots(monday(max_per_day=1, booked=(ancient,)))) == "09:00 10:00 11:00"


def test_busy_time_without_an_end_blocks_everything_after_it() -> None:
    endless = Interval(MONDAY + timedelta(hours=10), datetime.max.replace(tzinfo=UTC))
    host = Host(Availability("UTC", NINE_TO_NOON), Busy((endless,)))
    assert clock(find_slots(monday(hosts=(host,)))) == "09:00"


def test_a_step_longer_than_the_window_offers_its_first_minute() -> None:
    assert clock(find_slots(monday(increment_min=10**15))) == "09:00"


def test_today_is_the_organisers_today() -> None:
    auckland = Host(Availability("Pacific/Auckland", daily((0, 1440))))
    query = monday(hosts=(auckland,), now=MONDAY + timedelta(hours=1), horizon_days=0)
    assert find_slots(query)[-1] == utc("2027-05-03T11:00")


def test_a_meeting_may_span_adjacent_windows_of_two_dates() -> None:
    weekly = WeeklyHours(mon=(Window(1380, 1440),), tue=(Window(0, 60),))
    query = monday(hosts=(Host(Availability("UTC", weekly)),), duration_min=120)
    assert clock(find_slots(query)) == "23:00"


def test_a_spill_is_dropped_when_the_next_date_has_an_override() -> None:
    nights = Availability("UTC", daily((1320, 180)), {date(2027, 5, 4): ()})
    query = monday(hosts=(Host(nights),), query_end=MONDAY + timedelta(days=2))
    assert clock(find_slots(query)) == "00:00 01:00 02:00 22:00 23:00"


def test_an_override_may_itself_end_on_the_next_date() -> None:
    nights = Availability("UTC", daily((540, 600)), {date(2027, 5, 3): (Window(1380, 60),)})
    query = monday(hosts=(Host(nights),), query_end=MONDAY + timedelta(days=2))
    assert texts(find_slots(query)) == [
        "2027-05-03T23:00:00Z",
        "2027-05-04T00:00:00Z",
        "2027-05-04T09:00:00Z",
    ]


def test_half_an_hour_that_comes_twice_is_open_twice() -> None:
    query = in_zone(
        "Australia/Lord_Howe", daily((90, 120)), date(2025, 4, 6), duration_min=30, increment_min=30
    )
    assert texts(find_slots(query)) == [
        "2025-04-05T14:30:00Z",
        "2025-04-05T15:00:00Z",
        "2025-04-06T15:00:00Z",
    ]


def test_a_zone_of_45_minutes_keeps_its_own_grid() -> None:
    query = in_zone("Asia/Kathmandu", daily((540, 660)), date(2026, 5, 4))
    assert clock(find_slots(query)) == "03:15 04:15 03:15 04:15"


def test_a_date_that_never_was_offers_nothing() -> None:
    """Samoa went from 29 to 31 December 2011."""
    query = in_zone("Pacific/Apia", daily((540, 600)), date(2011, 12, 30))
    assert texts(find_slots(query)) == ["2011-12-29T19:00:00Z", "2011-12-30T19:00:00Z"]


def test_an_override_on_a_date_that_never_was_changes_nothing() -> None:
    query = in_zone("Pacific/Apia", daily((540, 600)), date(2011, 12, 30))
    closed = Availability("Pacific/Apia", daily((540, 600)), {date(2011, 12, 30): ()})
    assert find_slots(replace(query, hosts=(Host(closed),))) == find_slots(query)


def test_a_day_whose_midnight_does_not_exist_begins_at_one() -> None:
    """São Paulo, 4 November 2018: 0:00 became 1:00."""
    query = in_zone("America/Sao_Paulo", daily((0, 180)), date(2018, 11, 4))
    assert texts(find_slots(query))[-2:] == ["2018-11-04T03:00:00Z", "2018-11-04T04:00:00Z"]


FIELDS = [key for key in CASES[0] if key not in {"id", "expect_starts", "rules"}]


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field_is_named(field: str) -> None:
    case = {key: value for key, value in CASES[0].items() if key != field}
    with pytest.raises(ValueError, match=f"^{field} is missing"):
        SlotQuery.from_json(case)


@pytest.mark.parametrize("field", ["zone", "weekly", "overrides", "busy"])
def test_a_missing_field_of_a_host_is_named(field: str) -> None:
    case = copy.deepcopy(CASES[0])
    del case["hosts"][0][field]
    with pytest.raises(ValueError, match=rf"^hosts\[0\]\.{field} is missing"):
        SlotQuery.from_json(case)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[
            (field, value)
            for field in FIELDS
            if field.endswith("_min")
            for value in (-1, True, 1.5, "30", None)
        ],
        ("duration_min", 0),
        ("duration_min", 10**9),
        ("increment_min", 0),
        ("horizon_days", -1),
        ("horizon_days", False),
        ("max_per_day", -1),
        ("max_per_day", "1"),
        ("now", "2026-11-24T09:00:00"),
        ("now", "yesterday"),
        ("now", 17),
        ("now", "0001-01-01T00:00:00Z"),
        ("now", "0001-01-01T00:00:00+14:00"),
        ("query_start", "2026-11-24"),
        ("query_end", "2021-06-20T00:00:00Z"),
        ("query_end", "9999-12-31T00:00:00Z"),
        ("booked", {}),
        ("booked", [["2026-11-24T09:00:00Z"]]),
        ("booked", [{"2026-11-24T09:00:00Z": 1, "2026-11-24T10:00:00Z": 2}]),
        ("booked", ["ab"]),
        ("booked", [["2026-11-24T09:00:00Z", "2026-11-24T10:00:00"]]),
        ("hosts", []),
        ("hosts", {}),
        ("hosts", ["u-1"]),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{field}"):
        SlotQuery.from_json(CASES[0] | {field: value})


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("zone", "Europe/Berln", "zone: .*did you mean Europe/Berlin"),
        ("zone", 3, "zone"),
        ("weekly", [], "weekly must be an object"),
        ("weekly", {"monday": []}, "weekly.monday"),
        ("weekly", {"mon": [["09:00", "25:00"]]}, r"weekly.mon\[0\] must be a time of day"),
        ("weekly", {"mon": [["24:00", "25:00"]]}, r"weekly.mon\[0\]"),
        ("weekly", {"mon": [["09:00"]]}, r"weekly.mon\[0\]"),
        ("weekly", {"mon": [["09:00", "10:60"]]}, r"weekly.mon\[0\]"),
        ("weekly", {"mon": [[540, 600]]}, r"weekly.mon\[0\]"),
        ("weekly", {"mon": "09:00-10:00"}, r"weekly.mon must be a list"),
        ("overrides", {"2026-02-30": []}, "overrides.2026-02-30"),
        ("overrides", {"20260228": []}, "overrides must have dates"),
        ("overrides", {"2026-02-28": None}, "overrides.2026-02-28 must be a list"),
        ("busy", None, "busy must be a list"),
        ("busy", [["2026-11-24T09:00:00Z", 5]], r"busy\[0\] must be an instant"),
        ("bussy", [], "bussy is not a field"),
    ],
)
def test_a_wrong_field_of_a_host_is_named(field: str, value: object, named: str) -> None:
    case = copy.deepcopy(CASES[0])
    case["hosts"][0][field] = value
    with pytest.raises(ValueError, match=rf"^hosts\[0\]\.{named}"):
        SlotQuery.from_json(case)


def test_what_is_no_object_is_no_query() -> None:
    with pytest.raises(ValueError, match="must be a JSON object"):
        SlotQuery.from_json([1])  # type: ignore[arg-type]  # the mistake under test


def test_an_offset_other_than_z_is_understood() -> None:
    case = CASES[0] | {"query_start": "2021-06-21T02:00:00+02:00"}
    assert SlotQuery.from_json(case).query_start == utc("2021-06-21T00:00")
