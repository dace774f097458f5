"""Words for instants and durations, in English, as one reader's clock shows them.

Every instant is aware; *zone* is an IANA name. *locale* is a BCP 47 tag that only decides between the
24-hour and the 12-hour clock. *now*, where it is taken, only decides whether the year is said.
"""

from datetime import datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from scheduling_core.zones import to_wall

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# The example cities of CLDR where they differ from the last part of the zone's name.
_CITIES = {
    "America/Asuncion": "Asunción",
    "America/Bogota": "Bogotá",
    "America/Cancun": "Cancún",
    "America/Merida": "Mérida",
    "America/Sao_Paulo": "São Paulo",
    "Asia/Calcutta": "Kolkata",
    "Asia/Katmandu": "Kathmandu",
    "Asia/Rangoon": "Yangon",
    "Asia/Saigon": "Ho Chi Minh City",
    "Atlantic/Reykjavik": "Reykjavík",
    "Europe/Kiev": "Kyiv",
}


def clock(at: datetime, zone: str, locale: str | None = None) -> str:
    """The time of day: "15:00", or "3:00 PM" where the locale counts twelve hours."""
    wall = to_wall(zone, at)
    if not _counts_twelve(locale):
        return f"{wall:%H:%M}"
    return f"{(wall.hour - 1) % 12 + 1}:{wall.minute:02} {'AM' if wall.hour < 12 else 'PM'}"


def clear_clock(at: datetime, zone: str, locale: str | None = None) -> str:
    """The time of day; one that the clock shows twice says which it is: "02:30 (UTC+1)"."""
    words = clock(at, zone, locale)
    return f"{words} ({offset_words(at, zone)})" if _is_shown_twice(at, zone) else words


def day(at: datetime, zone: str, *, now: datetime | None = None) -> str:
    """The date: "Thu 26 Nov", with the year when it is not the year of *now* in the same zone."""
    wall = to_wall(zone, at)
    words = f"{_DAYS[wall.weekday()]} {wall.day} {_MONTHS[wall.month - 1]}"
    return words if now is None or to_wall(zone, now).year == wall.year else f"{words} {wall.year}"


def moment(at: datetime, zone: str, locale: str | None = None, *, now: datetime | None = None) -> str:
    """Date and time: "Thu 26 Nov, 15:00"; a time the clock shows twice says which: "02:30 (UTC+1)"."""
    return f"{day(at, zone, now=now)}, {clear_clock(at, zone, locale)}"


def clock_span(start: datetime, end: datetime, zone: str, locale: str | None = None) -> str:
    """Times of day from *start* to *end*: "15:00–15:30"; an end on another date is written with it."""
    first = clear_clock(start, zone, locale)
    if to_wall(zone, start).date() == to_wall(zone, end).date():
        return f"{first}–{clear_clock(end, zone, locale)}"
    return f"{first} – {moment(end, zone, locale)}"


def span(
    start: datetime, end: datetime, zone: str, locale: str | None = None, *, now: datetime | None = None
) -> str:
    """Date and times: "Thu 26 Nov, 15:00–15:30", or "Thu 26 Nov, 23:30 – Fri 27 Nov, 00:30"."""
    return f"{day(start, zone, now=now)}, {clock_span(start, end, zone, locale)}"


def duration(length: timedelta) -> str:
    """Hours and minutes, rounded down to the minute: "30 min", "1 h", "1 h 30 min"; zero is "0 min"."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes or not hours)
    return " ".join(parts)


def zone_city(zone: str) -> str:
    """The city a zone is named for: "Berlin", "São Paulo"; a zone without one says its own name."""
    if zone.startswith("Etc/GMT") and zone[7:]:
        # The signs of these names are inverted: https://data.iana.org/time-zones/tzdb/etcetera
        return "UTC" + zone[7:].translate(str.maketrans("+-", "−+"))
    return _CITIES.get(zone) or zone.rpartition("/")[2].replace("_", " ")


def offset_words(at: datetime, zone: str) -> str:
    """How far the zone is from UTC at that instant: "UTC", "UTC+1", "UTC−3:30"."""
    minutes = int((to_wall(zone, at).utcoffset() or timedelta()).total_seconds()) // 60
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def _is_shown_twice(at: datetime, zone: str) -> bool:
    # PEP 495: the offset depends on `fold` where the clock repeats. It also does in a gap, which the wall
    # time of an instant is never in.
    wall = to_wall(zone, at)
    return wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()


@lru_cache(maxsize=256)
def _counts_twelve(locale: str | None) -> bool:
    if not locale:
        return False
    try:
        pattern = Locale.parse(locale.replace("-", "_")).time_formats["short"].pattern
    except (ValueError, UnknownLocaleError):
        return False
    # CLDR: h and K count twelve hours, H and k twenty-four.
    return any(letter in pattern for letter in "hK")
