from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling_core.intervals import (
    Interval,
    Span,
    ceil_epoch,
    clip,
    floor_epoch,
    from_epoch,
    intersect,
    intersect_spans,
    merge,
    merge_spans,
    overlaps,
    subtract,
    subtract_spans,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
spans = st.tuples(st.integers(0, 40), st.integers(0, 40))
span_lists = st.lists(spans, max_size=6)


def hours(start: float, end: float) -> Interval:
    return Interval(NOON + timedelta(hours=start), NOON + timedelta(hours=end))


def seconds_of(some: list[Span]) -> set[int]:
    return {second for start, end in some for second in range(start, end)}


def seconds_within(some: tuple[Interval, ...]) -> set[int]:
    return seconds_of([interval.span() for interval in some])


def intervals_of(some: list[Span]) -> list[Interval]:
    return [Interval(from_epoch(start), from_epoch(end)) for start, end in some]


def test_touching_intervals_do_not_overlap() -> None:
    assert not overlaps(hours(0, 1), hours(1, 2))
    assert overlaps(hours(0, 1), hours(0.5, 2))


def test_an_empty_interval_overlaps_nothing() -> None:
    assert hours(1, 1).is_empty
    assert not hours(0, 2).overlaps(hours(1, 1))
    assert hours(2, 1).length == timedelta()


def test_an_interval_contains_its_start_but_not_its_end() -> None:
    assert hours(0, 1).contains(NOON)
    assert not hours(0, 1).contains(NOON + timedelta(hours=1))


def test_ends_are_kept_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    interval = Interval(datetime(2026, 11, 24, 13, tzinfo=berlin), datetime(2026, 11, 24, 14, tzinfo=berlin))
    assert interval == hours(0, 1)
    assert interval.start.tzinfo is UTC


def test_an_end_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="end must carry a time zone"):
        Interval(NOON, datetime(2026, 11, 24, 13))  # noqa: DTZ001 - the naive time is the mistake under test


def test_a_span_covers_every_second_that_the_interval_touches() -> None:
    fraction = timedelta(milliseconds=500)
    assert Interval(NOON + fraction, NOON + 3 * fraction).span() == (floor_epoch(NOON), floor_epoch(NOON) + 2)
    assert ceil_epoch(NOON) == floor_epoch(NOON) == int(NOON.timestamp())
    assert from_epoch(floor_epoch(NOON)) == NOON


def test_merge_joins_what_touches_and_drops_what_is_empty() -> None:
    assert merge([hours(3, 4), hours(0, 1), hours(1, 2), hours(9, 9)]) == (hours(0, 2), hours(3, 4))


@given(span_lists, span_lists)
def test_interval_sets_behave_like_sets_of_instants(left: list[Span], right: list[Span]) -> None:
    one, other = intervals_of(left), intervals_of(right)
    assert seconds_within(merge(one)) == seconds_of(left)
    assert seconds_within(intersect(one, other)) == seconds_of(left) & seconds_of(right)
    assert seconds_within(subtract(one, other)) == seconds_of(left) - seconds_of(right)


@given(span_lists, spans)
def test_clip_keeps_what_lies_inside(some: list[Span], bounds: Span) -> None:
    inside = clip(intervals_of(some), intervals_of([bounds])[0])
    assert seconds_within(inside) == seconds_of(some) & seconds_of([bounds])


@given(span_lists, span_lists)
def test_span_sweeps_agree_with_sets_of_seconds(left: list[Span], right: list[Span]) -> None:
    one, other = merge_spans(left), merge_spans(right)
    assert seconds_of(one) == seconds_of(left)
    assert intersect_spans(one, other) == merge_spans(intersect_spans(one, other))
    assert seconds_of(intersect_spans(one, other)) == seconds_of(left) & seconds_of(right)
    taken = sorted(span for span in right if span[0] < span[1])
    assert seconds_of(subtract_spans(one, taken)) == seconds_of(left) - seconds_of(right)
