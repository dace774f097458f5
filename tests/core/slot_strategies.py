"""Hypothesis strategies for slot queries: small, around days on which clocks do odd things.

Each strategy is made once: making and checking them anew in every draw takes longer than the drawing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from hypothesis import strategies as st

from scheduling_core.availability import Availability, Busy, WeeklyHours, Window
from scheduling_core.intervals import Interval
from scheduling_core.slots import Host, SlotQuery

ODD_DAYS = (
    ("UTC", date(2026, 11, 24)),
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2028, 3, 12)),
    ("America/New_York", date(2027, 11, 7)),
    ("Australia/Lord_Howe", date(2024, 10, 6)),  # half an hour forward
    ("Australia/Lord_Howe", date(2025, 4, 6)),  # half an hour back
    ("Antarctica/Troll", date(2027, 3, 28)),  # two hours forward
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Asia/Kathmandu", date(2026, 5, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a date that never was
    ("America/Sao_Paulo", date(2018, 11, 4)),  # midnight does not exist
    ("America/Sao_Paulo", date(2018, 2, 18)),  # the last hour of the day before comes twice
    ("America/St_Johns", date(2010, 11, 7)),  # 0:01 goes back to 23:01
    ("America/St_Johns", date(2011, 3, 13)),  # 0:01 jumps to 1:01
)
FIXED_ZONES = ("UTC", "Asia/Kathmandu", "Asia/Tokyo", "America/Phoenix", "Pacific/Marquesas")
OTHER_ZONES = ("Europe/Berlin", "Asia/Kolkata", "America/Los_Angeles", "Pacific/Auckland", *FIXED_ZONES)

_day_starts = st.integers(0, 95).map(lambda q: 15 * q) | st.integers(0, 1439)
_day_ends = st.integers(0, 96).map(lambda q: 15 * q) | st.integers(0, 1440)
windows = st.builds(Window, _day_starts, _day_ends)
_days = st.lists(windows, max_size=3).map(tuple)
_wide = st.sampled_from(
    [((0, 1440),), ((7 * 60, 22 * 60),), ((22 * 60, 10 * 60),), ((0, 90), (150, 1440))]
).map(lambda day: tuple(Window(start, end) for start, end in day))
weeks = (_wide | _days).map(lambda day: WeeklyHours.of([day] * 7)) | st.tuples(*[_days] * 7).map(
    WeeklyHours.of
)

_lengths = st.sampled_from(
    [timedelta(minutes=m) for m in (-5, 0, 1, 15, 30, 60, 300)] + [timedelta(seconds=59)]
)
_minutes_around = st.integers(-96, 96).map(lambda q: 15 * q) | st.integers(-1440, 1440)
_further_zones = st.sampled_from(((), (), (), *((z,) for z in OTHER_ZONES)))
_periods = st.sampled_from((0, 1, 60, 600, 1440, 1440, 2880)).map(lambda m: timedelta(minutes=m))
_odd_seconds = st.sampled_from((0, 0, 1, 59)).map(lambda s: timedelta(seconds=s))
_durations = st.sampled_from((1, 10, 15, 30, 45, 60, 90))
_increments = st.sampled_from((7, 10, 15, 30, 45, 60))
_buffers = st.sampled_from((0, 0, 5, 15, 60))
_notices = st.sampled_from((0, 0, 0, 30, 600))
_horizons = st.sampled_from((None, None, None, 0, 1))
_caps = st.sampled_from((None, None, None, None, 0, 1, 2))


@cache
def instants_around(day: date) -> st.SearchStrategy[datetime]:
    """Whole minutes, mostly quarters, of the two days around the UTC midnight of *day*."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return _minutes_around.map(lambda m: midnight + timedelta(minutes=m))


@cache
def intervals_around(day: date) -> st.SearchStrategy[Interval]:
    """Intervals near *day*, some of them empty, some on odd seconds."""
    return st.builds(lambda start, length: Interval(start, start + length), instants_around(day), _lengths)


@cache
def availabilities(zone: str, day: date) -> st.SearchStrategy[Availability]:
    """Hours in *zone*, with overrides near *day*."""
    near = st.integers(-2, 2).map(lambda k: day + timedelta(days=k))
    overrides = st.dictionaries(near, _days, max_size=2)
    return st.builds(lambda week, others: Availability(zone, week, others), weeks, overrides)


@cache
def _busy_around(day: date) -> st.SearchStrategy[Busy]:
    return st.lists(intervals_around(day), max_size=3).map(lambda some: Busy(tuple(some)))


@cache
def _booked_around(day: date) -> st.SearchStrategy[list[Interval]]:
    return st.lists(intervals_around(day), max_size=2)


@cache
def _moments_around(day: date) -> st.SearchStrategy[timedelta | datetime]:
    """Absolute, or how long before the period."""
    return st.sampled_from((timedelta(days=1), timedelta(minutes=40))) | instants_around(day)


@cache
def _places(odd_days: tuple[tuple[str, date], ...]) -> st.SearchStrategy[tuple[str, date]]:
    return st.sampled_from(odd_days)


@st.composite
def queries(draw: st.DrawFn, odd_days: tuple[tuple[str, date], ...] = ODD_DAYS) -> SlotQuery:
    """Queries of at most two days with one or two hosts."""
    zone, day = draw(_places(odd_days))
    zones = [zone, *draw(_further_zones)]
    start = draw(instants_around(day))
    end = start + draw(_periods)
    moment = draw(_moments_around(day))
    now = (start - moment if isinstance(moment, timedelta) else moment) + draw(_odd_seconds)
    return SlotQuery(
        now=now,
        query_start=start,
        query_end=end,
        duration_min=draw(_durations),
        increment_min=draw(_increments),
        hosts=tuple(Host(draw(availabilities(z, day)), draw(_busy_around(day))) for z in zones),
        buffer_before_min=draw(_buffers),
        buffer_after_min=draw(_buffers),
        min_notice_min=draw(_notices),
        horizon_days=draw(_horizons),
        max_per_day=draw(_caps),
        booked=tuple(draw(_booked_around(day))),
    )
