"""Components of a stream → the time they take inside a window. Pure.

Single events are worked out here; what repeats is handed to recurring-ical-events, with times that are
already values, after a look at what its rule would cost. Repeating times follow the wall clock of their zone,
ends too.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import recurring_ical_events
from icalendar import Calendar as Library
from icalendar import Event as LibraryEvent
from icalendar.prop import vDDDLists, vDDDTypes, vRecur

from adapters.icalendar_streams.moments import BAD_TIME, Moment, Zones, duration, plus, times
from adapters.icalendar_streams.questions import CannotRead, Question, span_of
from adapters.icalendar_streams.scan import Component, Property, Stream
from adapters.icalendar_streams.taking import Taking, taking
from scheduling_core.intervals import Span, merge_spans, subtract_spans
from scheduling_core.zones import zone

MAX_STEPS: Final = 60_000
"""Steps from a series' start to the end of the window; every day since 1900 takes 46,000."""

MAX_ALL_STEPS: Final = 2_000_000
"""Of all series together; each takes some µs."""

MAX_INSTANCES: Final = 10_000
"""Of one series inside the window; every hour of a year makes 8,760."""

BAD_SERIES: Final = "A repeating event in it cannot be worked out."
TOO_OFTEN: Final = "An event in it repeats too often."

_DAY: Final = timedelta(days=1)
_STEP_SECONDS: Final = {
    "SECONDLY": 1,
    "MINUTELY": 60,
    "HOURLY": 3600,
    "DAILY": 86_400,
    "WEEKLY": 604_800,
    "MONTHLY": 2_419_200,
    "YEARLY": 31_536_000,
}
_REPEATS: Final = ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_DIGITS: Final = re.compile(r"\d{8}(?:T\d{6}Z?)?")
_TAKING: Final = "X-TAKING"
_LENGTHS: Final = "X-LENGTHS"


def taken(stream: Stream, question: Question) -> Iterator[Span]:
    """The spans of one VCALENDAR that take time, in no order; some may reach out of the window.

    Raises:
        CannotRead: a part of it cannot be understood; then none of it counts as read.
    """
    zones = Zones(stream.zones, zone(question.zone), stream.head.text("X-WR-TIMEZONE"))
    reading = _Reading(zones, question)
    series: list[list[Component]] = []
    for uid, events in _by_uid(stream.events):
        if uid in question.ours:
            spans = reading.series([events]) if _repeats(events) else reading.singles(events)
            yield from subtract_spans(merge_spans(spans), [question.ours[uid]])
        elif _repeats(events):
            series.append(events)
        else:
            yield from reading.singles(events)
    yield from reading.series(series)
    for part in stream.freebusy:
        yield from reading.periods(part)


def _by_uid(events: Iterable[Component]) -> Iterable[tuple[str, list[Component]]]:
    found: dict[str, list[Component]] = {}
    for number, event in enumerate(events):
        found.setdefault(event.text("UID") or f"\n{number}", []).append(event)
    return found.items()


def _repeats(events: Iterable[Component]) -> bool:
    return any(name in event.properties for event in events for name in _REPEATS)


def _newest(events: Sequence[Component]) -> Sequence[Component]:
    """Those of the highest SEQUENCE; several of the same are taken for different events, to be safe."""
    if len(events) == 1:
        return events
    highest = max(map(sequence, events))
    return [event for event in events if sequence(event) == highest]


def sequence(event: Component) -> int:
    """SEQUENCE, 0 where it is missing or no number."""
    text = event.text("SEQUENCE")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class _Reading:
    """One stream's events against one question."""

    def __init__(self, zones: Zones, question: Question) -> None:
        self._zones = zones
        self._question = question
        self._steps = 0.0
        # A day and a zone's offset on each side: dates are compared before they are at home in a zone.
        self._first = (question.window.start - 2 * _DAY).strftime("%Y%m%d")
        self._last = (question.window.end + 2 * _DAY).strftime("%Y%m%d")

    def singles(self, events: Sequence[Component]) -> Iterator[Span]:
        for event in _newest(events):
            how = taking(event, self._question.owner)
            if how is not Taking.FREE and not self._is_elsewhere(event):
                start, end = times(event, self._zones)
                yield from self._span(start, end, how)

    def _is_elsewhere(self, event: Component) -> bool:
        """Whether the bare digits already say that it lies far from the window."""
        begins, ends = event.text("DTSTART"), event.text("DTEND")
        if len(event.every("DTSTART")) != 1 or not _DIGITS.fullmatch(begins):
            return False
        if begins[:8] > self._last:
            if not ends:
                return not event.text("DURATION").startswith("-")
            return _DIGITS.fullmatch(ends) is not None and ends[:8] > self._last
        if len(event.every("DTEND")) != 1 or not _DIGITS.fullmatch(ends):
            return False
        return max(begins[:8], ends[:8]) < self._first

    def _span(self, start: Moment, end: Moment, how: Taking) -> Iterator[Span]:
        if how is Taking.FREE or (how is Taking.TENTATIVE and not self._question.tentative):
            return
        if not isinstance(start, datetime) and not self._question.all_day:
            return
        # Some writers swap them; the time between is taken either way, of days the later one, too.
        if not isinstance(start, datetime) and end < start:
            start, end = end, plus(start, _DAY)
        first, last = self._zones.instant(start), self._zones.instant(end)
        yield span_of(min(first, last), max(first, last))

    def series(self, series: Sequence[Sequence[Component]]) -> Iterator[Span]:
        library = Library()
        for number, events in enumerate(series):
            for uid, parts in self._apart(str(number), events):
                for part in parts:
                    library.add_component(self._library_event(uid, part))
                yield from self._begun(parts)
        if not library.subcomponents:
            return
        for found in self._instances(library):
            yield from self._span(found.start, _end(found), Taking(str(found[_TAKING])))

    def _apart(self, number: str, events: Sequence[Component]) -> Iterator[tuple[str, list[Component]]]:
        changes = [event for event in events if "RECURRENCE-ID" in event.properties]
        cores = _newest([event for event in events if "RECURRENCE-ID" not in event.properties] or changes[:1])
        if all(taking(event, self._question.owner) is Taking.FREE for event in (*cores, *changes)):
            return
        for copy, core in enumerate(cores):
            yield f"{number}.{copy}", list({id(part): part for part in (core, *changes)}.values())

    def _begun(self, parts: Sequence[Component]) -> Iterator[Span]:
        """The periods among RDATE that reach into the window from long before it.

        The library looks back only as far as the event itself is long.
        """
        core, before = parts[0], self._question.window.start - _DAY
        periods = [
            each for one in core.every("RDATE") for each in self._dates(one) if isinstance(each, tuple)
        ]
        elsewhere = self._exceptions(parts) if periods else frozenset()
        for start, last in periods:
            begins = self._zones.instant(start)
            if begins < before and not {begins, _date(start)} & elsewhere:
                end = plus(start, last) if isinstance(last, timedelta) else last
                yield from self._span(start, end, taking(core, self._question.owner))

    def _exceptions(self, parts: Sequence[Component]) -> frozenset[Moment]:
        """What of a series does not take place when it should: instants, and dates for whole days."""
        named = [one for part in parts for one in (*part.every("EXDATE"), *part.every("RECURRENCE-ID"))]
        found = [each for one in named for each in self._dates(one) if not isinstance(each, tuple)]
        return frozenset(self._zones.instant(each) if isinstance(each, datetime) else each for each in found)

    def _instances(self, library: Library) -> list[LibraryEvent]:
        window = self._question.window
        try:
            query = recurring_ical_events.of(library, components=["VEVENT"])
            found: list[LibraryEvent] = query.between(window.start - _DAY, window.end + _DAY)
        # A stranger's rules meet a library whose errors are of every kind.
        except Exception:
            raise CannotRead(BAD_SERIES) from None
        return found

    def _library_event(self, uid: str, event: Component) -> LibraryEvent:
        start, end = times(event, self._zones)
        made = LibraryEvent()
        made["UID"], made["SEQUENCE"] = uid, sequence(event)
        made["DTSTART"], made["DTEND"] = vDDDTypes(start), vDDDTypes(end)
        made[_TAKING], made[_LENGTHS] = taking(event, self._question.owner).value, _lengths(start, end)
        if rules := event.every("RRULE"):
            made["RRULE"] = [self._rule(each.value, start) for each in rules]
        for name in ("EXDATE", "RDATE"):
            if lists := event.every(name):
                made[name] = vDDDLists([each for one in lists for each in self._dates(one)])
        if changed := event.one("RECURRENCE-ID"):
            made["RECURRENCE-ID"] = vDDDTypes(self._zones.moment(changed))
            if changed.param("RANGE").upper() == "THISANDFUTURE":
                made["RECURRENCE-ID"].params["RANGE"] = "THISANDFUTURE"
        return made

    def _rule(self, text: str, start: Moment) -> vRecur:
        parts = dict(part.partition("=")[::2] for part in text.strip().upper().split(";") if part)
        step, interval = _STEP_SECONDS.get(parts.get("FREQ", "")), parts.get("INTERVAL", "1")
        if step is None or not (interval.isascii() and interval.isdigit() and int(interval[:9]) > 0):
            raise CannotRead(BAD_SERIES)
        ahead = (self._question.window.end + _DAY - self._zones.instant(start)).total_seconds()
        times_a_step = 1
        for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            times_a_step *= parts.get(name, "").count(",") + 1
        if until := parts.get("UNTIL"):
            parts["UNTIL"] = self._until(until, start)
        per_second = times_a_step / (step * int(interval[:9]))
        goes_on = _shortened(ahead, parts, start)
        inside = min(goes_on, self._question.window.length.total_seconds())
        self._steps += max(0.0, goes_on * per_second)
        if (
            self._steps > MAX_ALL_STEPS
            or goes_on * per_second > MAX_STEPS
            or inside * per_second > MAX_INSTANCES
        ):
            raise CannotRead(TOO_OFTEN)
        try:
            rule: vRecur = vRecur.from_ical(";".join(f"{name}={value}" for name, value in parts.items()))
        except ValueError:
            raise CannotRead(BAD_SERIES) from None
        return rule

    def _until(self, text: str, start: Moment) -> str:
        """UNTIL as the library compares it: a date for dates, UTC for times.

        A date after times is meant with its whole day, and a time without a zone in that of the start, which
        is how the writers of such rules read them themselves (RFC 5545 section 3.3.10 allows neither).
        """
        if not isinstance(start, datetime):
            return text[:8]
        last = self._zones.moment(Property("", text))
        if not isinstance(last, datetime):
            last = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=start.tzinfo)
        elif not text.endswith("Z"):
            last = last.replace(tzinfo=start.tzinfo)
        return self._zones.instant(last).strftime("%Y%m%dT%H%M%SZ")

    def _dates(self, found: Property) -> Iterator[Moment | tuple[Moment, Moment | timedelta]]:
        for value in filter(None, (each.strip() for each in found.value.split(","))):
            first, _, last = value.partition("/")
            start = self._zones.moment(found, first)
            if not last:
                yield start
            elif "P" in last.upper():
                yield start, duration(last)
            else:
                yield start, self._zones.moment(found, last)

    def periods(self, part: Component) -> Iterator[Span]:
        """The FREEBUSY of a VFREEBUSY (RFC 5545 section 3.8.2.6)."""
        for found in part.every("FREEBUSY"):
            kind = found.param("FBTYPE").upper()
            how = {"FREE": Taking.FREE, "BUSY-TENTATIVE": Taking.TENTATIVE}.get(kind, Taking.BUSY)
            for period in self._dates(found):
                if not isinstance(period, tuple):
                    raise CannotRead(BAD_TIME)
                start, end = period
                yield from self._span(start, plus(start, end) if isinstance(end, timedelta) else end, how)


def _lengths(start: Moment, end: Moment) -> str:
    """How long it is by the wall clock and really, in seconds; they differ where the clock is changed."""
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return ""
    return f"{_wall(start, end)} {_really(start, end)}"


def _wall(start: datetime, end: datetime) -> int:
    return int((end.replace(tzinfo=None) - start.replace(tzinfo=None)).total_seconds())


def _really(start: datetime, end: datetime) -> int:
    return int((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds())


def _end(found: LibraryEvent) -> Moment:
    """The later of two ends of an instance: by its wall clock, and after the exact length of its series.

    RFC 5545 section 3.8.5.3 asks for the exact length, calendars show the wall clock's; where the clock is
    changed inside the event, they differ by an hour.
    """
    start, end = found.start, found.end
    lengths = str(found[_LENGTHS]).split()
    if not lengths or not isinstance(start, datetime) or not isinstance(end, datetime):
        return end
    wall, exact = map(int, lengths)
    if _wall(start, end) != wall or _really(start, end) >= exact:
        return end
    return start.astimezone(UTC) + timedelta(seconds=exact)


def _date(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _shortened(ahead: float, parts: dict[str, str], start: Moment) -> float:
    """The seconds that the rule really goes on for, where UNTIL says so."""
    until = parts.get("UNTIL", "")
    if not _DIGITS.fullmatch(until):
        return ahead
    days = (_day(until) - date(start.year, start.month, start.day)).days + 1
    return min(ahead, days * 86_400.0)


def _day(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        raise CannotRead(BAD_SERIES) from None
