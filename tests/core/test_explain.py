from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from scheduling_core.availability import Availability, Busy, Unreadable, WeeklyHours, Window
from scheduling_core.explain import Explanation, explain
from scheduling_core.intervals import Interval
from scheduling_core.slots import Host, SlotQuery

TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)
OFFICE = WeeklyHours(*[(Window(540, 1020),)] * 5)


def at(hour: float, day: int = 0) -> datetime:
    return TUESDAY + timedelta(days=day, hours=hour)


def taken(start: float, end: float) -> tuple[Interval, ...]:
    return (Interval(at(start), at(end)),)


def query(**changes: Any) -> SlotQuery:
    """One host in UTC, 9:00 to 17:00, half an hour, over one week."""
    host = Host(changes.pop("availability", Availability("UTC", OFFICE)), changes.pop("busy", Busy()))
    plain = SlotQuery(at(0, -1), at(0), at(0, 7), 30, 30, (host,))
    return replace(plain, **changes)


def another(zone: str, *windows: tuple[int, int]) -> Host:
    return Host(Availability(zone, WeeklyHours.of([tuple(Window(s, e) for s, e in windows)] * 7)))


def test_an_offered_start_has_no_rule_against_it() -> None:
    explanation = explain(query(), at(15))
    assert explanation == Explanation(True, None, "2026-11-24 15:00 (UTC) is offered: no rule excludes it.")


NIGHTS = WeeklyHours.of([(Window(1320, 180),)] * 7)
CLOSED_TUESDAY = {date(2026, 11, 24): ()}


@pytest.mark.parametrize(
    ("asked", "start", "rule", "said"),
    [
        (query(), at(8), "R1", "no open window at 2026-11-24 8:00 (UTC)"),
        (
            query(availability=Availability("UTC", OFFICE, CLOSED_TUESDAY)),
            at(9),
            "R2",
            "hours of its own (closed)",
        ),
        (query(availability=Availability("UTC", NIGHTS, CLOSED_TUESDAY)), at(1), "R3", "overnight hours"),
        (query(), at(9.25), "R6", "every 30 minutes from 2026-11-24 9:00"),
        (query(duration_min=60), at(16.5), "R7", "not open for all 60 minutes"),
        (
            query(hosts=(*query().hosts, another("UTC", (600, 720)))),
            at(9),
            "R7",
            "The second host is not open",
        ),
        (
            query(busy=Busy(taken(15, 16))),
            at(15),
            "R8",
            "busy from 2026-11-24 15:00 (UTC) to 2026-11-24 16:00",
        ),
        (query(busy=Busy(taken(15, 16)), buffer_after_min=5), at(14.5), "R8", "kept free around meetings"),
        (
            query(busy=Unreadable("It did not answer.")),
            at(15),
            "R8",
            "cannot be read, and unknown is not free",
        ),
        (query(booked=taken(15, 16)), at(15.5), "R10", "booked from 2026-11-24 15:00"),
        (query(booked=taken(15, 16), buffer_before_min=5), at(14.5), "R10", "kept free around meetings"),
        (query(now=at(15)), at(15), "R11", "not later than now"),
        (query(now=at(14), min_notice_min=120), at(15), "R11", "120 minutes' notice"),
        (query(horizon_days=0), at(15), "R12", "0 days ahead"),
        (query(booked=taken(10, 11), max_per_day=1), at(15), "R13", "already has as many meetings"),
        (query(max_per_day=0), at(15), "R13", "as many meetings as a day may have (0)"),
        (query(), at(15, 7), "R14", "outside the period"),
        (query(), at(15) + timedelta(microseconds=1), "R6", "fraction of a second"),
    ],
)
def test_the_rule_that_excludes_a_start_is_named(
    asked: SlotQuery, start: datetime, rule: str, said: str
) -> None:
    explanation = explain(asked, start)
    assert (explanation.offered, explanation.rule) == (False, rule)
    assert said in explanation.because


def test_of_several_rules_the_lowest_number_is_named() -> None:
    assert explain(query(busy=Busy(taken(7, 9)), now=at(12)), at(8)).rule == "R1"
    assert explain(query(busy=Busy(taken(9, 12)), now=at(12)), at(9)).rule == "R8"


def test_each_host_is_told_in_their_own_zone() -> None:
    asked = query(hosts=(*query().hosts, another("Asia/Kathmandu", (540, 1080))))
    assert "2026-11-24 20:45 (Asia/Kathmandu)" in explain(asked, at(15)).because


def test_busy_time_without_an_end_can_be_explained() -> None:
    endless = Interval(at(10), datetime.max.replace(tzinfo=UTC))
    assert explain(query(busy=Busy((endless,))), at(15)).rule == "R8"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="must carry a time zone"):
        explain(query(), at(15).replace(tzinfo=None))


def test_an_instant_outside_the_known_years_is_refused() -> None:
    with pytest.raises(ValueError, match="1900 to 2200"):
        explain(query(), datetime(9999, 1, 1, tzinfo=UTC))
