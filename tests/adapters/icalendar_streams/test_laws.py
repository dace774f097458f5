"""Whatever the stream, the time taken is what a calendar walked through minute by minute would show."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.icalendar_streams import CannotRead, Question, desk
from scheduling_core.intervals import Interval
from tests.contracts.calendar_world import OWNER_ZONE

# Both clock changes of New York and Berlin lie around here; the window begins and ends inside of days.
WINDOW: Final = Interval(datetime(2030, 3, 7, 3, 30, tzinfo=UTC), datetime(2030, 4, 3, 21, 15, tzinfo=UTC))
MINUTE: Final = timedelta(minutes=1)
MINUTES: Final = int(WINDOW.length / MINUTE)
ZONES: Final = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "")


@dataclass(frozen=True)
class Written:
    """An event as its writer thinks of it: a wall clock that is stepped on by days."""

    zone: str
    start: datetime
    minutes: int
    all_day: bool
    every: int
    times: int
    until_instead: bool
    dropped: frozenset[int]
    moved: tuple[tuple[int, int], ...]
    is_free: bool

    def walls(self) -> Iterator[tuple[int, datetime]]:
        """Number and wall-clock start of every instance of the rule."""
        for number in range(self.times):
            yield number, self.start + timedelta(days=self.every * number)


@st.composite
def events(draw: st.DrawFn) -> Written:
    times = draw(st.integers(1, 12))
    numbers = st.integers(0, times - 1)
    dropped = draw(st.frozensets(numbers, max_size=3)) if times > 1 else frozenset()
    moved = draw(st.dictionaries(numbers, st.integers(-3000, 3000), max_size=3)) if times > 1 else {}
    all_day = draw(st.booleans())
    day = datetime.combine(date(2030, 3, 1) + timedelta(days=draw(st.integers(-12, 36))), time())
    # Hours that the clock skips or shows twice have readings of their own: see the worked cases.
    clock = timedelta() if all_day else timedelta(minutes=15 * draw(st.integers(16, 88)))
    return Written(
        zone=draw(st.sampled_from(ZONES)),
        start=day + clock,
        minutes=1440 * draw(st.integers(1, 3)) if all_day else 15 * draw(st.integers(1, 8)),
        all_day=all_day,
        every=draw(st.integers(1, 8)),
        times=times,
        until_instead=draw(st.booleans()),
        dropped=dropped,
        moved=tuple((n, by) for n, by in moved.items() if n not in dropped),
        is_free=draw(st.booleans()) and draw(st.booleans()),
    )


def _instant(event: Written, wall: datetime) -> datetime:
    return wall.replace(tzinfo=ZoneInfo(OWNER_ZONE if event.all_day or not event.zone else event.zone))


def _times(event: Written) -> Iterator[tuple[datetime, datetime]]:
    moved = dict(event.moved)
    for number, wall in event.walls():
        if number in event.dropped:
            continue
        by = moved.get(number, 0)
        begins = wall + (timedelta(days=by // 1440) if event.all_day else timedelta(minutes=_legal(wall, by)))
        yield (
            _instant(event, begins).astimezone(UTC),
            _instant(event, begins + timedelta(minutes=event.minutes)).astimezone(UTC),
        )


def _legal(wall: datetime, by: int) -> int:
    """Moved by whole days and hours that keep the hour between 4 and 22."""
    hours = (by // 60) % 24
    target = 4 + (wall.hour - 4 + hours) % 19
    return (by // 1440) * 1440 + (target - wall.hour) * 60


def _expected(written: list[Written]) -> bytearray:
    busy = bytearray(MINUTES)
    for event in written:
        for start, end in () if event.is_free else _times(event):
            first = max(0, (start - WINDOW.start) // MINUTE)
            last = min(MINUTES, (end - WINDOW.start) // MINUTE)
            if first < last:
                busy[first:last] = b"\x01" * (last - first)
    return busy


def _found(text: str) -> bytearray:
    busy = bytearray(MINUTES)
    for start, end in desk.busy(Question("ics", WINDOW, OWNER_ZONE), text.encode()):
        first, last = ((each - int(WINDOW.start.timestamp())) // 60 for each in (start, end))
        assert 0 <= first < last <= MINUTES
        assert not any(busy[max(0, first - 1) : last])
        busy[first:last] = b"\x01" * (last - first)
    return busy


def _line(event: Written, name: str, wall: datetime) -> str:
    if event.all_day:
        return f"{name};VALUE=DATE:{wall:%Y%m%d}"
    if event.zone == "UTC":
        return f"{name}:{wall:%Y%m%dT%H%M%SZ}"
    return f"{name}{';TZID=' + event.zone if event.zone else ''}:{wall:%Y%m%dT%H%M%S}"


def _rule(event: Written) -> str:
    if not event.until_instead:
        return f"RRULE:FREQ=DAILY;INTERVAL={event.every};COUNT={event.times}"
    _, last = list(event.walls())[-1]
    if event.all_day:
        until = f"{last:%Y%m%d}"
    elif event.zone:
        until = f"{_instant(event, last).astimezone(UTC):%Y%m%dT%H%M%SZ}"
    else:
        until = f"{last:%Y%m%dT%H%M%S}"
    return f"RRULE:FREQ=DAILY;UNTIL={until};INTERVAL={event.every}"


def _part(event: Written, number: int, start: datetime, *more: str) -> list[str]:
    times = (_line(event, "DTSTART", start), _line(event, "DTEND", start + timedelta(minutes=event.minutes)))
    transp = "TRANSP:TRANSPARENT" if event.is_free else "TRANSP:OPAQUE"
    return ["BEGIN:VEVENT", f"UID:{number}", *times, transp, "SUMMARY:a\\;b: c", *more, "END:VEVENT"]


def _text(written: list[Written]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for number, event in enumerate(written):
        walls = dict(event.walls())
        dropped = [_line(event, "EXDATE", walls[each]) for each in sorted(event.dropped)]
        rule = [_rule(event)] if event.times > 1 else []
        lines += _part(event, number, event.start, *rule, *dropped)
        for each, by in event.moved:
            wall = walls[each]
            step = timedelta(days=by // 1440) if event.all_day else timedelta(minutes=_legal(wall, by))
            lines += _part(event, number, wall + step, _line(event, "RECURRENCE-ID", wall))
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


PIECES: Final = (
    *("99991231T235959Z", "00010101T000000", "-P99999D", "COUNT=0", "UNTIL=0001", "BYDAY=99MO", "INTERVAL=0"),
    *(";", ":", ",", "/", "\r\n", "TZID=", "VALUE=DATE", "RANGE=THISANDFUTURE", "RDATE:", "\x00", "20300231"),
)


@settings(max_examples=60)
@given(
    st.lists(events(), min_size=1, max_size=3), st.lists(st.tuples(st.integers(0), st.sampled_from(PIECES)))
)
def test_a_stream_with_anything_in_it_is_read_or_said_to_be_unreadable(
    written: list[Written], pieces: list[tuple[int, str]]
) -> None:
    text = _text(written)
    for place, piece in pieces:
        at = place % len(text)
        text = text[:at] + piece + text[at + len(piece) :]

    with suppress(CannotRead):
        _found(text)


@settings(max_examples=60)
@given(st.lists(events(), max_size=4))
def test_the_time_taken_is_what_walking_through_the_calendar_shows(written: list[Written]) -> None:
    assert _found(_text(written)) == _expected(written)
