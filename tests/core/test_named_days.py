"""One day as people write it, in their language or in English: exactly one, or none."""

from datetime import UTC, date, datetime, timedelta

import pytest
from babel import Locale
from babel.dates import format_date, format_skeleton
from hypothesis import given
from hypothesis import strategies as st

from scheduling_core.meet_syntax import Weekday
from scheduling_core.named_days import day_words, read_day
from scheduling_core.zones import to_wall, zone_names

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DEC_1, JAN_12, NOV_27 = date(2026, 12, 1), date(2027, 1, 12), date(2026, 11, 27)


@pytest.mark.parametrize(
    ("text", "locale", "meant"),
    [
        ("thu", "", Weekday.THU),
        ("Freitag", "de", Weekday.FRI),
        ("Fr.", "de", Weekday.FRI),
        ("friday", "de", Weekday.FRI),
        ("vendredi", "fr", Weekday.FRI),
        ("mar", "es-ES", Weekday.TUE),
        ("金曜日", "ja", Weekday.FRI),
        ("today", "en-US", NOW),
        ("Morgen", "de", NOW + timedelta(days=1)),
        ("übermorgen", "de", NOW + timedelta(days=2)),
        ("mañana", "es-419", NOW + timedelta(days=1)),
        ("amanhã", "pt-BR", NOW + timedelta(days=1)),
        ("2026-12-1", "", DEC_1),
        ("2026/12/01", "ja", DEC_1),
        ("12/1", "en-US", DEC_1),
        ("1/12", "en-US", JAN_12),
        ("1/12", "en-GB", DEC_1),
        ("1.12.", "de", DEC_1),
        ("01.12.2026", "de", DEC_1),
        ("12/1/26", "en-US", DEC_1),
        ("27/11", "en-US", NOV_27),
        ("27.11.", "", NOV_27),
        ("23.11.", "de", date(2026, 11, 23)),
        ("22.11.", "de", date(2027, 11, 22)),
        ("27 nov", "", NOV_27),
        ("Nov 27th", "en-US", NOV_27),
        ("Friday, 27 November 2026", "de", NOV_27),
        ("the 27th of November", "", NOV_27),
        ("27 de noviembre", "es-ES", NOV_27),
        ("27. März", "de", date(2027, 3, 27)),
        ("27-11-2026", "nl", NOV_27),
        ("1-12", "nl", DEC_1),
        ("1/12", "sv-SE", DEC_1),
        ("27. 11. 2026", "cs", NOV_27),
        ("Fr, 27.11.", "de", NOV_27),
        ("2026. 11. 27.", "hu", NOV_27),
        ("27 ноября 2026 г.", "ru", NOV_27),
        ("11月27日", "ja", NOV_27),
        ("１１月２７日（金）", "ja", NOV_27),
        ("11월 27일", "ko", NOV_27),
        ("11月27日", "en-US", NOV_27),
        ("26/11/27", "ja", NOV_27),
        ("26/11/27", "de", date(2027, 11, 26)),
        ("thứ sáu", "vi", Weekday.FRI),
        ("27 tháng 11", "vi", NOV_27),
    ],
)
def test_a_day_is_read_in_the_persons_language_and_in_english(text: str, locale: str, meant: object) -> None:
    now = NOW if text != "23.11." else datetime(2026, 11, 24, 5, tzinfo=UTC)
    assert read_day(text, locale, now) == meant


NO_DAYS = (
    *("", "60", "7", "26", "quick", "in two years", "in 3 weeks", "next month", "the 3rd", "evening"),
    *("thu fri", "friday afternoon", "after thu", '"thu"', "@time", "@u-2", "logo", "may", "27", "nov"),
    *(
        "2026-11-31",
        "30 feb",
        "31/31",
        "thu 27 nov",
        "27 28 nov",
        "27 nov 2026 2027",
        "12:1",
        "12-1",
        "day:x",
    ),
    *(
        "26/11/27",
        "27.11. 14:00",
        "27.11.-29.11.",
        "Thu 27.11.2026",
        "26年11月27日",
        "11月27日14時",
        "27/11/69",
    ),
    *(
        "27 nov 2569",
        "27/11/2569",
        "27/11/20265",
        "1/12",
        "morgen",
        "Freitag",
        "help",
        "list",
        "²",
        "27 nov logo",
        "0/0",
        "\u202e",
    ),
)


@pytest.mark.parametrize("text", NO_DAYS)
def test_what_is_not_exactly_one_day_is_none(text: str) -> None:
    assert read_day(text, "", NOW) is None


def test_tomorrow_is_tomorrow_on_every_clock_or_not_read() -> None:
    # Berlin's 25 October 2026 has 25 hours: at half past midnight there, 24 hours later it is still the 25th.
    assert read_day("tomorrow", "", datetime(2026, 10, 24, 22, 30, tzinfo=UTC)) is None
    for hour in range(24):
        now = datetime(2026, 10, 24, hour, 30, tzinfo=UTC)
        later = read_day("tomorrow", "", now)
        if isinstance(later, datetime):
            gone = {to_wall(one, later).date() - to_wall(one, now).date() for one in zone_names()}
            assert gone == {timedelta(days=1)}


@given(st.text(max_size=30), st.sampled_from(["", "de", "en-US", "zh-CN", "no", "xx", "x_!", "vi"]))
def test_every_text_is_one_day_or_none_and_always_the_same(text: str, locale: str) -> None:
    assert read_day(text, locale, NOW) == read_day(text, locale, NOW)


LANGUAGES = (
    *("bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "hi", "hr", "hu", "id"),
    *("it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi"),
    *("zh-CN", "zh-TW"),
)
"""Discord's. Source: "Locales" of its reference."""


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_language_has_its_days_beside_the_english_ones(locale: str) -> None:
    assert day_words(locale).is_month_first is not None
    assert set(day_words(locale).weekdays) >= set(day_words("").weekdays)


def _forms(day: date, locale: str) -> set[str]:
    """Every way in which CLDR writes a day in this language."""
    known = Locale.parse(locale, sep="-")
    skeletons = ("Md", "MMMd", "MMMMd", "MEd", "MMMEd", "yMd", "yMMMd", "yMMMEd")
    written = {format_skeleton(one, day, locale=known) for one in skeletons}
    return written | {format_date(day, one, locale=known) for one in ("short", "medium", "long", "full")}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_date_is_read_as_its_language_writes_it(locale: str) -> None:
    for day in (NOV_27, DEC_1, date(2026, 12, 12), date(2027, 1, 5), date(2027, 10, 30)):
        unread = {form for form in _forms(day, locale) if read_day(form, locale, NOW) != day}
        assert not unread
    assert (
        read_day(format_date(NOV_27, "EEEE", locale=Locale.parse(locale, sep="-")), locale, NOW)
        == Weekday.FRI
    )
