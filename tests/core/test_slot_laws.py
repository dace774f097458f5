from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduling_core.availability import Availability, Busy, WeeklyHours, Window
from scheduling_core.intervals import Interval
from scheduling_core.slots import Host, SlotQuery, explain, find_slots
from tests.core.slot_reference import reference_slots
from tests.core.slot_strategies import FIXED_ZONES, instants_around, intervals_around, queries

LAW = settings(max_examples=100, deadline=None)
WEEK = timedelta(days=7)


def busy_of(host: Host) -> Busy:
    assert isinstance(host.busy, Busy)
    return host.busy


@settings(max_examples=200, deadline=None)
@given(queries())
def test_the_engine_agrees_with_reading_the_rules_minute_by_minute(query: SlotQuery) -> None:
    assert find_slots(query) == reference_slots(query)


@LAW
@given(queries(), st.data())
def test_two_adjacent_periods_give_what_their_sum_gives(query: SlotQuery, data: st.DataObject) -> None:
    seconds = int((query.query_end - query.query_start).total_seconds())
    between = query.query_start + timedelta(seconds=data.draw(st.integers(0, seconds)))
    left = find_slots(replace(query, query_end=between))
    assert left + find_slots(replace(query, query_start=between)) == find_slots(query)


@LAW
@given(queries(), st.data())
def test_more_busy_time_never_adds_a_slot(query: SlotQuery, data: st.DataObject) -> None:
    more = data.draw(intervals_around(query.query_start.date()))
    first, *others = query.hosts
    busier = replace(first, busy=Busy((*busy_of(first).intervals, more)))
    assert set(find_slots(replace(query, hosts=(busier, *others)))) <= set(find_slots(query))


@LAW
@given(queries(tuple((zone, date(2026, 5, 6)) for zone in FIXED_ZONES)), st.integers(-60, 60))
def test_a_shift_by_whole_weeks_at_the_same_offset_shifts_the_answer(query: SlotQuery, weeks: int) -> None:
    assume(all(host.availability.zone in FIXED_ZONES for host in query.hosts))
    by = weeks * WEEK
    moved = replace(
        query,
        now=query.now + by,
        query_start=query.query_start + by,
        query_end=query.query_end + by,
        hosts=tuple(_shifted_host(host, by) for host in query.hosts),
        booked=tuple(Interval(b.start + by, b.end + by) for b in query.booked),
    )
    assert find_slots(moved) == tuple(start + by for start in find_slots(query))


def _shifted_host(host: Host, by: timedelta) -> Host:
    hours = host.availability
    overrides = {day + by: windows for day, windows in hours.overrides.items()}
    busy = Busy(tuple(Interval(i.start + by, i.end + by) for i in busy_of(host)))
    return Host(Availability(hours.zone, hours.weekly, overrides), busy)


@LAW
@given(queries(), st.data())
def test_the_order_of_busy_time_windows_and_bookings_never_matters(
    query: SlotQuery, data: st.DataObject
) -> None:
    hosts = tuple(_shuffled_host(host, data) for host in query.hosts)
    booked = tuple(data.draw(st.permutations(query.booked)))
    assert find_slots(replace(query, hosts=hosts, booked=booked)) == find_slots(query)


def _shuffled_host(host: Host, data: st.DataObject) -> Host:
    hours = host.availability
    weekly = WeeklyHours.of(tuple(data.draw(st.permutations(day))) for day in hours.weekly.days)
    overrides = {day: tuple(data.draw(st.permutations(some))) for day, some in hours.overrides.items()}
    busy = Busy(tuple(data.draw(st.permutations(busy_of(host).intervals))))
    return Host(Availability(hours.zone, weekly, overrides), busy)


@LAW
@given(queries(), st.data())
def test_a_start_is_explained_as_offered_exactly_when_it_is_found(
    query: SlotQuery, data: st.DataObject
) -> None:
    found = find_slots(query)
    some = data.draw(st.lists(instants_around(query.query_start.date()), max_size=8))
    for start in {*found[:10], *found[-3:], *some}:
        explanation = explain(query, start)
        assert explanation.offered == (start in found), explanation
        assert explanation.offered == (explanation.rule is None)


@LAW
@given(queries())
def test_the_answer_is_sorted_unique_and_in_utc(query: SlotQuery) -> None:
    found = find_slots(query)
    assert list(found) == sorted(set(found))
    assert all(start.tzinfo is UTC for start in found)


@LAW
@given(queries())
def test_the_grid_does_not_depend_on_the_period(query: SlotQuery) -> None:
    """R6: a wider period only adds starts outside the narrow one."""
    wide = replace(query, query_start=query.query_start - WEEK, query_end=query.query_end + WEEK)
    inside = tuple(s for s in find_slots(wide) if query.query_start <= s < query.query_end)
    assert inside == find_slots(query)


def test_nights_that_overlap_the_next_morning_offer_each_start_once() -> None:
    hours = WeeklyHours.of([(Window(20 * 60, 6 * 60), Window(0, 12 * 60))] * 7)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    query = SlotQuery(start, start, start + timedelta(days=30), 30, 30, (Host(Availability("UTC", hours)),))
    assert len(find_slots(query)) == 30 * 32 - 1
