from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling_core.availability import (
    OFFICE_HOURS,
    Availability,
    Busy,
    Unreadable,
    WeeklyHours,
    Window,
    format_windows,
    looks_like_typo,
    merge_free_busy,
    parse_windows,
    summarise,
)
from scheduling_core.intervals import Interval

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def window(start: float, end: float) -> Window:
    return Window(int(start * 60), int(end * 60))


def hour(start: float, end: float) -> Interval:
    return Interval(NOON + timedelta(hours=start), NOON + timedelta(hours=end))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9-12, 13-17", (window(9, 12), window(13, 17))),
        ("13-17; 9-12", (window(9, 12), window(13, 17))),
        ("9-12 and 13-17", (window(9, 12), window(13, 17))),
        ("9:00–17:30", (window(9, 17.5),)),
        ("9.30 — 17h", (window(9.5, 17),)),
        ("0900-1730", (window(9, 17.5),)),
        ("22-2", (window(22, 2),)),
        ("8-24:00", (window(8, 24),)),
        ("9am-5pm", (window(9, 17),)),
        ("9 to 5pm", (window(9, 17),)),
        ("1-5pm", (window(13, 17),)),
        ("9am-5", (window(9, 17),)),
        ("8-11pm", (window(20, 23),)),
        ("09:00-11pm", (window(9, 23),)),
        ("10 p.m. - 2 a.m.", (window(22, 2),)),
        ("12am-12pm", (window(0, 12),)),
        ("noon - midnight", (window(12, 24),)),
        ("All day", (window(0, 24),)),
    ],
)
def test_hours_are_read_as_people_type_them(typed: str, meant: tuple[Window, ...]) -> None:
    assert parse_windows(typed) == meant


@pytest.mark.parametrize("typed", ["", "  ", "-", "–", "off", "Closed"])
def test_a_day_can_be_closed(typed: str) -> None:
    assert parse_windows(typed) == ()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("25:00-26", "25:00 is not a time of day; use 0:00 to 24:00."),
        ("9-24:30", "24:30 is not a time of day; use 0:00 to 24:00."),
        ("9:75-10", "9:75 is not a time of day"),
        ("13pm-14", "13pm is not a time of day"),
        ("9-12, 11-13", "9:00–12:00 and 11:00–13:00 overlap; type 9:00–13:00 instead."),
        ("20-4, 22-6", "20:00–4:00 and 22:00–6:00 overlap; type 20:00–6:00 instead."),
        ("0-24, 12-6", "fill the day, so type 0-24."),
        ("9", "“9” has no end. Type a start and an end, like 9-17."),
        ("9-9", "starts and ends at the same time"),
        ("24-3", "24:00 can only end a window"),
        ("1-3-5", "is not a start and an end"),
        ("lunch", "I can't read “lunch”. Type hours like 9-12, 13-17"),
        (",", "has no hours in it"),
        ("٩-١٧", "I can't read"),
    ],
)
def test_a_mistake_is_answered_with_what_to_type(typed: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_windows(typed)


@given(st.text(max_size=60) | st.text(alphabet="0123456789-:, apmto–", max_size=40))
def test_any_text_is_read_or_refused_in_a_short_sentence(typed: str) -> None:
    problem = ""
    try:
        parse_windows(typed)
    except ValueError as refused:
        problem = str(refused)
    assert len(problem) < 200


@st.composite
def days(draw: st.DrawFn) -> tuple[Window, ...]:
    """Sorted windows of one date that do not overlap, none of them empty."""
    minutes = sorted(draw(st.sets(st.integers(0, 1440), max_size=8)))
    pairs = [Window(a, b) for a, b in list(pairwise(minutes))[::2]]
    last = pairs[-1].end if pairs else 0
    if last < 1439 and draw(st.booleans()):
        start = draw(st.integers(last + 1, 1439))
        pairs.append(Window(start, draw(st.integers(0, start - 1))))
    return tuple(pairs)


@given(days())
def test_what_is_shown_can_be_typed_again(windows: tuple[Window, ...]) -> None:
    assert parse_windows(format_windows(windows)) == windows


def test_windows_are_shown_on_a_24_hour_clock() -> None:
    assert format_windows((window(9, 12), window(13, 24))) == "9:00–12:00, 13:00–24:00"
    assert format_windows(()) == "closed"


def test_a_very_long_night_looks_like_a_typing_mistake() -> None:
    assert looks_like_typo(window(17, 9))
    assert looks_like_typo(window(9, 5))
    assert not looks_like_typo(window(22, 6))
    assert not looks_like_typo(window(9, 17))
    assert not looks_like_typo(window(10, 0))


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (0, 1441), (1440, 5), (True, 5)])
def test_a_window_outside_the_day_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="minute 0 to"):
        Window(start, end)


@pytest.mark.parametrize(
    ("week", "shown"),
    [
        (OFFICE_HOURS, "Mon–Fri 9:00–17:00"),
        (WeeklyHours(), "Closed"),
        (WeeklyHours.of([(window(9, 17),)] * 7), "Every day 9:00–17:00"),
        (
            WeeklyHours.of([*[(window(9, 17),)] * 4, (window(9, 12),), (), ()]),
            "Mon–Thu 9:00–17:00 · Fri 9:00–12:00",
        ),
        (WeeklyHours(mon=(window(9, 17),), wed=(window(9, 17),)), "Mon 9:00–17:00 · Wed 9:00–17:00"),
        (WeeklyHours(sun=(window(9, 12), window(13, 17))), "Sun 9:00–12:00, 13:00–17:00"),
    ],
)
def test_a_week_is_summarised_in_groups_of_equal_days(week: WeeklyHours, shown: str) -> None:
    assert summarise(week) == shown


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven"):
        WeeklyHours.of([()])


def test_an_availability_needs_a_real_zone() -> None:
    with pytest.raises(ValueError, match="Europe/Berlin"):
        Availability("Europe/Berln")


def test_an_availability_keeps_its_own_copy_of_the_overrides() -> None:
    overrides = {date(2026, 11, 24): (window(9, 10),)}
    availability = Availability("UTC", OFFICE_HOURS, overrides)
    overrides.clear()
    assert availability.overrides == {date(2026, 11, 24): (window(9, 10),)}
    assert hash(availability) == hash(Availability("UTC", OFFICE_HOURS, availability.overrides))


def test_busy_time_is_merged_when_it_is_built() -> None:
    assert Busy((hour(1, 2), hour(0, 1), hour(5, 5))).intervals == (hour(0, 2),)


def test_one_unreadable_calendar_makes_the_person_unreadable() -> None:
    unread = Unreadable("The calendar did not answer.")
    assert merge_free_busy([Busy((hour(0, 1),)), unread]) == unread
    assert merge_free_busy([Busy((hour(0, 1),)), Busy((hour(1, 2),))]) == Busy((hour(0, 2),))
    assert merge_free_busy([]) == Busy()
