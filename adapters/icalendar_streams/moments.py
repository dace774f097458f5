"""Times of a stream → values: zones by any name, dates, durations, periods. Pure.

Source: RFC 5545 sections 3.2.19 (TZID), 3.3.4 to 3.3.9 (values).
"""

import re
import warnings
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from adapters.icalendar_streams.questions import CannotRead
from adapters.icalendar_streams.scan import Component, Property
from scheduling_core.zones import zone_names

Moment = date | datetime
"""A date, or an aware datetime."""

BAD_TIME: Final = "A time in it cannot be read."
NO_START: Final = "An event in it has no start."
BAD_ZONE: Final = "A time zone in it is not known."

_DAY: Final = timedelta(days=1)
_TIME: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_DURATION: Final = re.compile(
    r"([+-]?)P(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?"
)
# Names Windows has learnt since icalendar's table was made.
_NEWER_WINDOWS: Final = {
    "Manitoba Standard Time": "America/Winnipeg",
    "Alberta Standard Time": "America/Edmonton",
    "British Columbia Standard Time": "America/Vancouver",
}
_UTC_NAMES: Final = frozenset(
    {"UTC", "GMT", "Z", "Etc/UTC", "Etc/GMT", "Coordinated Universal Time", "tzone://Microsoft/Utc"}
)
_ABBREVIATIONS: Final = frozenset({"EST", "MST", "HST", "EET", "MET", "WET", "CET", "GMT", "UTC"})
"""Some take them for a zone with a summer time; IANA has an offset under most of them that never changes."""


class Zones:
    """The zones of one stream, each found once.

    Args:
        own: VTIMEZONE by TZID, as text.
        owner: where all-day events are: a day belongs to its person, whatever the stream thinks of zones.
        floating: where times without a zone are; "" for the owner's.
    """

    def __init__(self, own: Mapping[str, str], owner: ZoneInfo, floating: str = "") -> None:
        self._own = own
        self._found: dict[str, tzinfo] = {}
        self._owner = owner
        self._floating = floating

    def named(self, tzid: str) -> tzinfo:
        """The zone of a TZID: IANA's, else by Windows' name, else what the stream itself defines.

        What stands behind an abbreviation only the stream knows, where it says so.

        Raises:
            CannotRead: it is none of these.
        """
        if tzid not in self._found:
            is_own = tzid in _ABBREVIATIONS and tzid in self._own
            self._found[tzid] = (None if is_own else known_zone(tzid)) or self._defined(tzid)
        return self._found[tzid]

    def _defined(self, tzid: str) -> tzinfo:
        if tzid not in self._own:
            raise CannotRead(BAD_ZONE)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                component = Timezone.from_ical(self._own[tzid].replace("\n", "\r\n"))
                if not isinstance(component, Timezone):
                    raise CannotRead(BAD_ZONE)
                zone: tzinfo = component.to_tz(lookup_tzid=False)
                # A definition without an observance only fails when it is used.
                datetime(2030, 1, 1, tzinfo=zone).utcoffset()
        # Three libraries read a stranger's definition here, and each has errors of its own.
        except Exception:
            raise CannotRead(BAD_ZONE) from None
        return zone

    def moment(self, found: Property, value: str | None = None) -> Moment:
        """A DATE or DATE-TIME.

        Args:
            found: the property, for its TZID.
            value: one of its values; the whole where none is given.

        Raises:
            CannotRead: it is neither.
        """
        match = _TIME.fullmatch((found.value if value is None else value).strip())
        if match is None:
            raise CannotRead(BAD_TIME)
        try:
            return self._moment(match, found)
        except ValueError:
            raise CannotRead(BAD_TIME) from None

    def _moment(self, match: re.Match[str], found: Property) -> Moment:
        year, month, day = int(match[1]), int(match[2]), int(match[3])
        if match[4] is None:
            return date(year, month, day)
        # A leap second is the second before it (RFC 5545 section 3.3.12).
        clock = int(match[4]), int(match[5]), min(int(match[6]), 59)
        if match[7]:
            return datetime(year, month, day, *clock, tzinfo=UTC)
        tzid = found.param("TZID")
        return datetime(year, month, day, *clock, tzinfo=self.named(tzid) if tzid else self._unnamed())

    def _unnamed(self) -> tzinfo:
        return self.named(self._floating) if self._floating else self._owner

    def instant(self, moment: Moment) -> datetime:
        """The instant in UTC; a date is the owner's midnight that opens it.

        Raises:
            CannotRead: it lies outside the calendar.
        """
        if not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day, tzinfo=self._owner)
        try:
            return moment.astimezone(UTC)
        except (OverflowError, ValueError):
            raise CannotRead(BAD_TIME) from None


def known_zone(tzid: str) -> ZoneInfo | None:
    """IANA's zone for a TZID, by its own name, Windows' name, or at the end of a vendor's path."""
    name = tzid.strip().strip("/")
    if name in _UTC_NAMES:
        return ZoneInfo("UTC")
    parts = name.split("/")
    tails = ["/".join(parts[at:]) for at in range(len(parts))] if tzid.startswith("/") else [name]
    for each in (*tails, WINDOWS_TO_OLSON.get(name, ""), _NEWER_WINDOWS.get(name, "")):
        if each in zone_names():
            return ZoneInfo(each)
    return None


def duration(text: str) -> timedelta:
    """A DURATION value, possibly negative.

    Raises:
        CannotRead: it is none.
    """
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None or not any(found.groups()[1:]):
        raise CannotRead("How long an event in it takes cannot be read.")
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in found.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if found[1] == "-" else length


def times(event: Component, zones: Zones) -> tuple[Moment, Moment]:
    """Start and end; without an end a date takes its day and a time takes nothing (RFC 5545 section 3.6.1).

    A date that ends on itself takes its day, too: some writers give the last day, not the one after it.

    Raises:
        CannotRead: there is no start, or a time that is none.
    """
    begins = event.one("DTSTART")
    if begins is None:
        raise CannotRead(NO_START)
    start = zones.moment(begins)
    if ends := event.one("DTEND"):
        return _alike(start, zones.moment(ends), zones)
    if length := event.one("DURATION"):
        return _alike(start, plus(start, duration(length.value)), zones)
    return start, start if isinstance(start, datetime) else plus(start, _DAY)


def _alike(start: Moment, end: Moment, zones: Zones) -> tuple[Moment, Moment]:
    """Both as dates or both as times, the end in the zone of the start."""
    if isinstance(start, datetime):
        return start, zones.instant(end).astimezone(start.tzinfo)
    if isinstance(end, datetime):
        return zones.instant(start), end
    return start, plus(start, _DAY) if end == start else end


def plus(start: Moment, length: timedelta) -> Moment:
    """Days by the calendar, hours by the clock (RFC 5545 section 3.3.6).

    Raises:
        CannotRead: that lies outside the calendar.
    """
    days = timedelta(days=length.days)
    try:
        if not isinstance(start, datetime):
            if not length - days:
                return start + days
            start = datetime(start.year, start.month, start.day, tzinfo=UTC)
        return ((start + days).astimezone(UTC) + (length - days)).astimezone(start.tzinfo)
    except OverflowError:
        raise CannotRead(BAD_TIME) from None
