"""Which clocks are offered to whom, and when they change."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling_core import clocks
from scheduling_core.clocks import (
    CLOCK_ZONES,
    MOST,
    clock_zones,
    next_change,
    tells_the_place,
    typical_zones,
)
from scheduling_core.zones import to_wall, zone_names

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
YEAR = timedelta(days=366)
DISCORD = (
    *(
        "da",
        "de",
        "en-GB",
        "en-US",
        "es-ES",
        "es-419",
        "fr",
        "hr",
        "it",
        "lt",
        "hu",
        "nl",
        "no",
        "pl",
        "pt-BR",
    ),
    *(
        "ro",
        "fi",
        "sv-SE",
        "vi",
        "tr",
        "cs",
        "el",
        "bg",
        "ru",
        "uk",
        "hi",
        "th",
        "zh-CN",
        "ja",
        "zh-TW",
        "ko",
        "id",
    ),
)
"""Its locales. Source: "Locales" of Discord's API reference."""


@pytest.mark.parametrize(
    ("locale", "first"),
    [
        ("de", "Europe/Berlin"),
        ("de-AT", "Europe/Vienna"),
        ("pt-BR", "America/Sao_Paulo"),
        ("es-ES", "Europe/Madrid"),
        ("es-419", "America/Bogota"),
        ("fr", "Europe/Paris"),
        ("hi", "Asia/Kolkata"),
        ("uk", "Europe/Kyiv"),
        ("zh-Hant-TW", "Asia/Taipei"),
        ("en-US", "America/Phoenix"),
        ("vi", "Asia/Ho_Chi_Minh"),
        ("ru", "Asia/Kamchatka"),
    ],
)
def test_the_clocks_of_the_readers_country_come_first_by_its_own_cities(locale: str, first: str) -> None:
    offered = clock_zones(locale, NOW)
    own = [zone for zone in offered if zone in typical_zones(locale)]
    assert first in own
    assert list(offered[: len(own)]) == own


@pytest.mark.parametrize("locale", [*DISCORD, None, "", "x", "xx-XX", "en-001", "-", "zh"])
@pytest.mark.parametrize("now", [NOW, datetime(2026, 7, 1, tzinfo=UTC)])
def test_every_clock_is_offered_once_and_all_fit_one_menu(locale: str | None, now: datetime) -> None:
    offered = clock_zones(locale, now)
    assert len(CLOCK_ZONES) <= MOST
    assert 24 <= len(offered) <= MOST
    assert set(offered) <= zone_names()
    shown = [tuple(to_wall(zone, now + timedelta(days=day)) for day in range(366)) for zone in offered]
    walls = {tuple(one.replace(tzinfo=None) for one in year) for year in shown}
    assert len(walls) == len(offered)


def test_without_a_locale_nothing_is_guessed() -> None:
    assert clock_zones(None, NOW) == CLOCK_ZONES
    assert typical_zones(None) == typical_zones("tlh") == ()


def test_every_zone_that_is_named_by_hand_is_one() -> None:
    assert {zone for zones in clocks._SEVERAL.values() for zone in zones} <= zone_names()


@pytest.mark.parametrize(
    ("locale", "zone", "is_told"),
    [
        ("de", "Europe/Berlin", True),
        ("de", "Asia/Tokyo", False),
        ("en-US", "America/Chicago", False),
        (None, "Europe/Berlin", False),
    ],
)
def test_a_clock_tells_the_place_where_the_language_does(
    locale: str | None, zone: str, is_told: bool
) -> None:
    assert tells_the_place(locale, zone) is is_told


def test_a_change_is_the_next_one_within_a_year() -> None:
    change = next_change("Europe/Berlin", NOW)
    assert change == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert next_change("Europe/Berlin", change - timedelta(seconds=1)) == change
    assert next_change("Europe/Berlin", change) == datetime(2027, 10, 31, 1, tzinfo=UTC)
    assert next_change("Asia/Kolkata", NOW) is None
