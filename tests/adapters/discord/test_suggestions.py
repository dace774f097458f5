"""Days that are offered while somebody types: what stands first is what would be read if it were sent."""

from datetime import UTC, date, datetime, timedelta

import pytest
from babel import Locale
from babel.dates import format_date, format_skeleton

from adapters.chat.discord.commands import WHEN
from adapters.chat.discord.suggestions import choices
from scheduling_core.named_days import read_day
from tests.core.test_named_days import LANGUAGES

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAYS = [date(2026, 11, 27) + timedelta(days=5 * step) for step in range(10)]


def _written(day: date, locale: str) -> set[str]:
    """In numbers with and without zeros, by each separator; and as CLDR writes it."""
    known = Locale.parse(locale, sep="-")
    formats = ("short", "medium", "long", "full")
    forms = {day.isoformat(), *(format_date(day, one, locale=known) for one in formats)}
    shorter = format_skeleton("Md", day, locale=known)
    in_numbers = {f"{day:%d-%m-%Y}", f"{day:%m-%d-%Y}", f"{day:%d-%m}", f"{day:%m-%d}", shorter}
    return forms | {form.replace("-", sign) for form in in_numbers for sign in "-./"}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_what_is_offered_first_is_what_is_read_in_every_language(locale: str) -> None:
    for day in DAYS:
        for typed in _written(day, locale):
            offered = choices(WHEN, typed, NOW, locale)
            read = read_day(typed, locale, NOW)
            assert type(read) is date, typed
            first = [read.isoformat()] if read >= NOW.date() else []
            assert [one["value"] for one in offered[:1]] == first, typed
