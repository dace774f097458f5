"""Words for instants and durations."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling_core.time_words import (
    clock,
    clock_span,
    day,
    duration,
    moment,
    offset_words,
    span,
    zone_city,
)

AT = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"
HALF_HOUR = timedelta(minutes=30)


def test_the_clock_counts_as_the_locale_does() -> None:
    assert clock(AT, BERLIN) == "15:00"
    assert clock(AT, BERLIN, "de-DE") == "15:00"
    assert clock(AT, BERLIN, "en-GB") == "15:00"
    assert clock(AT, BERLIN, "en-US") == "3:00 PM"


@pytest.mark.parametrize(
    ("hour", "words"), [(0, "12:05 AM"), (1, "1:05 AM"), (12, "12:05 PM"), (23, "11:05 PM")]
)
def test_noon_and_midnight_are_twelve(hour: int, words: str) -> None:
    assert clock(datetime(2026, 11, 26, hour, 5, tzinfo=UTC), "UTC", "en-US") == words


def test_a_locale_that_nobody_knows_counts_twenty_four_hours() -> None:
    assert clock(AT, "UTC", "xx-Nonsense-1") == "14:00"
    assert clock(AT, "UTC", "") == "14:00"


def test_a_day_says_its_year_only_when_it_is_not_this_one() -> None:
    assert day(AT, BERLIN) == "Thu 26 Nov"
    assert day(AT, BERLIN, now=AT) == "Thu 26 Nov"
    assert day(AT + timedelta(days=60), BERLIN, now=AT) == "Mon 25 Jan 2027"


def test_the_year_is_the_one_of_the_readers_zone() -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert day(new_year, BERLIN, now=new_year) == "Fri 1 Jan"
    assert day(new_year, BERLIN, now=AT) == "Fri 1 Jan 2027"


def test_a_span_is_one_date_and_two_times() -> None:
    assert span(AT, AT + HALF_HOUR, BERLIN) == "Thu 26 Nov, 15:00–15:30"
    assert span(AT, AT + HALF_HOUR, BERLIN, "en-US") == "Thu 26 Nov, 3:00 PM–3:30 PM"
    assert clock_span(AT, AT + HALF_HOUR, BERLIN) == "15:00–15:30"


def test_an_end_on_another_date_is_written_with_it() -> None:
    late = datetime(2026, 11, 26, 22, 30, tzinfo=UTC)
    assert span(late, late + 2 * HALF_HOUR, BERLIN) == "Thu 26 Nov, 23:30 – Fri 27 Nov, 00:30"


def test_a_time_that_the_clock_shows_twice_says_which() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert moment(first, BERLIN) == "Sun 25 Oct, 02:30 (UTC+2)"
    assert moment(second, BERLIN) == "Sun 25 Oct, 02:30 (UTC+1)"
    assert span(first, second, BERLIN) == "Sun 25 Oct, 02:30 (UTC+2)–02:30 (UTC+1)"
    assert moment(second + HALF_HOUR, BERLIN) == "Sun 25 Oct, 03:00"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (5, "5 min"), (30, "30 min"), (60, "1 h"), (90, "1 h 30 min"), (1440, "24 h")],
)
def test_durations_are_hours_and_minutes(minutes: int, words: str) -> None:
    assert duration(timedelta(minutes=minutes)) == words


@pytest.mark.parametrize(
    ("zone", "city"),
    [
        (BERLIN, "Berlin"),
        ("America/Sao_Paulo", "São Paulo"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("America/New_York", "New York"),
        ("UTC", "UTC"),
        ("Etc/GMT+3", "UTC−3"),
        ("Etc/GMT", "GMT"),
    ],
)
def test_a_zone_is_named_for_its_city(zone: str, city: str) -> None:
    assert zone_city(zone) == city


@pytest.mark.parametrize(
    ("zone", "words"),
    [("UTC", "UTC"), (BERLIN, "UTC+1"), ("America/St_Johns", "UTC−3:30"), ("Asia/Kathmandu", "UTC+5:45")],
)
def test_offsets_are_hours_and_minutes_from_utc(zone: str, words: str) -> None:
    assert offset_words(AT, zone) == words
