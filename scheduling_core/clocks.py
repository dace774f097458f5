"""The clocks that people live by: the zones behind "what time is it for you now?", and their order.

A clock alone tells an offset, not a place: two zones that show the same now may differ after the next change.
Which zones a country has, and which country a language suggests, is CLDR's, as `babel` has it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from babel.core import get_global

from scheduling_core.zones import offsets, zone_names

CLOCK_ZONES = (
    *("Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Chicago"),
    *("America/New_York", "America/Halifax", "America/Sao_Paulo"),
    *("Europe/London", "Europe/Berlin", "Europe/Helsinki", "Europe/Istanbul", "Asia/Dubai", "Asia/Tehran"),
    *("Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Bangkok", "Asia/Shanghai"),
    *("Asia/Tokyo", "Australia/Adelaide", "Australia/Sydney", "Pacific/Auckland"),
)
"""One zone for each clock that many people live by, from west to east."""

# Read here, since babel reads its file when first asked, which would be in the middle of an answer.
_ZONES_OF = get_global("territory_zones")
_LIKELY = get_global("likely_subtags")

MOST = 25
"""As few as one select menu of any platform holds (Discord)."""

_FIRST_TO_GO = ("Australia/Adelaide", "America/Anchorage", "Pacific/Honolulu", "America/Halifax")
"""Where few people live, in this order: they give way to clocks of the reader's own country."""

_SEVERAL = {
    "419": (
        *("America/Mexico_City", "America/Bogota", "America/Caracas", "America/Santiago"),
        "America/Argentina/Buenos_Aires",
    ),
    "AU": ("Australia/Perth", "Australia/Darwin", "Australia/Brisbane", *CLOCK_ZONES[-3:-1]),
    "BR": ("America/Rio_Branco", "America/Manaus", "America/Sao_Paulo", "America/Noronha"),
    "CA": (
        *("America/Vancouver", "America/Edmonton", "America/Regina", "America/Winnipeg", "America/Toronto"),
        *("America/Halifax", "America/St_Johns"),
    ),
    "CN": ("Asia/Shanghai",),
    "ES": ("Atlantic/Canary", "Europe/Madrid"),
    "ID": ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"),
    "MX": ("America/Tijuana", "America/Hermosillo", "America/Mexico_City", "America/Cancun"),
    "PT": ("Atlantic/Azores", "Europe/Lisbon"),
    "RU": (
        *("Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk"),
        *("Asia/Novosibirsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan"),
        "Asia/Kamchatka",
    ),
    "UA": ("Europe/Kyiv",),
    "US": (*CLOCK_ZONES[:3], "America/Phoenix", *CLOCK_ZONES[3:6]),
}
"""By the city that most people know, for each clock of regions with several: CLDR has no such order."""

# CLDR keeps the names that zones had when it was begun.
_NAMED_TODAY = {
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
}

_YEAR_SECONDS = 366 * 86_400
_REGION = re.compile(r"[A-Za-z]{2}|\d{3}")


def clock_zones(locale: str | None, now: datetime) -> tuple[str, ...]:
    """At most `MOST` zones to choose a clock from: those typical of the locale, then those of `CLOCK_ZONES`.

    Of zones whose clocks agree for a year only one is among them.

    Args:
        locale: BCP 47 tag, or None.
        now: aware.
    """
    own = {_changes(zone, now): zone for zone in reversed(typical_zones(locale))}
    others = [zone for zone in CLOCK_ZONES if _changes(zone, now) not in own]
    for zone in _FIRST_TO_GO:
        if zone in others and len(own) + len(others) > MOST:
            others.remove(zone)
    return (*reversed(own.values()), *others)[:MOST]


def typical_zones(locale: str | None) -> tuple[str, ...]:
    """The zones of the country that a locale names or suggests; none for one that tells nothing."""
    country = _country(locale or "")
    if country in _SEVERAL:
        return _SEVERAL[country]
    told = _ZONES_OF.get(country, ())
    return tuple(zone for zone in (_NAMED_TODAY.get(zone, zone) for zone in told) if zone in zone_names())


def tells_the_place(locale: str | None, zone: str) -> bool:
    """Whether somebody with this locale who chose this zone's clock most likely lives there.

    English says nothing: people everywhere use software in it.
    """
    is_english = bool(locale) and re.split(r"[-_]", locale or "")[0].lower() == "en"
    return not is_english and zone in typical_zones(locale)


def next_change(zone: str, after: datetime) -> datetime | None:
    """When the zone's clock is put forward or back next, within a year from *after* (aware); in UTC."""
    first = next(_within_a_year(zone, after), None)
    return datetime.fromtimestamp(first[0], UTC) if first else None


def _changes(zone: str, now: datetime) -> tuple[tuple[int, int], ...]:
    """Since when the clock has which offset, for a year: instants and offsets in seconds."""
    begin = int(now.timestamp())
    return ((begin, offsets(zone, begin, begin).at(begin)), *_within_a_year(zone, now))


def _within_a_year(zone: str, after: datetime) -> Iterator[tuple[int, int]]:
    begin = int(after.timestamp())
    for start, _, offset in offsets(zone, begin, begin + _YEAR_SECONDS).segments:
        if begin < start <= begin + _YEAR_SECONDS:
            yield start, offset


def _country(locale: str) -> str:
    """`BR` of `pt-BR`, `DE` of `de`, `TW` of `zh-Hant-TW`; "" where nothing is known."""
    language, *rest = re.split(r"[-_]", locale)
    likely = str(_LIKELY.get(language.lower()) or "").rpartition("_")[2]
    return next((part.upper() for part in rest if _REGION.fullmatch(part)), likely)
