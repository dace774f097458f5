"""Which few starts go on a card."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling_core.offers import choose, is_waking, nearest

BERLIN, SAO_PAULO, TOKYO = "Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo"
HALF_HOUR = timedelta(minutes=30)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)

starts_of_a_fortnight = st.lists(
    st.integers(0, 14 * 96).map(lambda n: MONDAY + n * timedelta(minutes=15)), unique=True
).map(sorted)
some_zones = st.lists(st.sampled_from([BERLIN, SAO_PAULO, TOKYO, "Asia/Kathmandu"]), max_size=3)


def working_week(zone: str = BERLIN) -> list[datetime]:
    """Every half hour from 9 to 17, Monday to Friday."""
    first = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return [first + timedelta(days=d) + n * HALF_HOUR for d in range(5) for n in range(16)]


@given(starts_of_a_fortnight, some_zones, st.integers(0, 8))
def test_the_offers_are_free_sorted_distinct_and_as_many_as_there_are(
    starts: list[datetime], zones: list[str], count: int
) -> None:
    chosen = choose(starts, HALF_HOUR, zones, count)
    assert set(chosen) <= set(starts)
    assert list(chosen) == sorted(set(chosen))
    assert len(chosen) == min(count, len(starts))


@given(starts_of_a_fortnight, some_zones)
def test_nobody_is_woken_while_there_are_other_times(starts: list[datetime], zones: list[str]) -> None:
    clocks = [ZoneInfo(zone) for zone in zones] or [ZoneInfo("UTC")]
    awake = {start for start in starts if is_waking(start, HALF_HOUR, clocks)}
    chosen = set(choose(starts, HALF_HOUR, zones))
    assert len(chosen & awake) == min(5, len(awake))


@given(starts_of_a_fortnight, st.sampled_from([BERLIN, SAO_PAULO, TOKYO]))
def test_the_offers_lie_on_two_days_where_two_days_are_free(starts: list[datetime], zone: str) -> None:
    clock = ZoneInfo(zone)
    awake = [start for start in starts if is_waking(start, HALF_HOUR, [clock])]
    days = {start.astimezone(clock).date() for start in awake}
    chosen = {start.astimezone(clock).date() for start in choose(starts, HALF_HOUR, [zone])}
    assert len(chosen) >= min(len(days), 2)


def test_a_free_week_gives_mornings_and_afternoons_of_several_days() -> None:
    chosen = [start.astimezone(ZoneInfo(BERLIN)) for start in choose(working_week(), HALF_HOUR, [BERLIN])]
    assert len({start.date() for start in chosen}) >= 2
    assert {start.hour < 12 for start in chosen} == {True, False}
    assert all(start.minute == 0 for start in chosen)


def test_both_sides_are_awake() -> None:
    chosen = choose(working_week(), HALF_HOUR, [SAO_PAULO, BERLIN])
    for zone in (BERLIN, SAO_PAULO):
        assert all(8 <= start.astimezone(ZoneInfo(zone)).hour < 21 for start in chosen)


def test_a_night_is_better_than_nothing() -> None:
    assert len(choose(working_week(), HALF_HOUR, [BERLIN, "America/Los_Angeles"])) == 5


@pytest.mark.parametrize(
    ("hour", "minute", "awake"), [(8, 0, True), (7, 45, False), (20, 30, True), (20, 45, False)]
)
def test_the_whole_meeting_lies_in_waking_hours(hour: int, minute: int, awake: bool) -> None:
    start = datetime(2026, 11, 26, hour, minute, tzinfo=ZoneInfo(BERLIN))
    assert is_waking(start, HALF_HOUR, [ZoneInfo(BERLIN)]) is awake


@given(starts_of_a_fortnight, st.integers(0, 14 * 96), st.integers(0, 5))
def test_the_nearest_are_nearer_than_all_others(starts: list[datetime], quarter: int, count: int) -> None:
    wanted = MONDAY + quarter * timedelta(minutes=15)
    found = nearest(starts, wanted, count)
    others = [abs(start - wanted) for start in starts if start != wanted and start not in found]
    assert list(found) == sorted(found)
    assert wanted not in found
    assert len(found) == min(count, len(set(starts) - {wanted}))
    assert all(abs(start - wanted) <= distance for start in found for distance in others)
