"""Events and the time they take, for the calendar contract: each case is one event in an empty calendar.

The owner lives in New York (UTC−5, from 10 March 2030 UTC−4).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from scheduling_core.intervals import Interval
from tests.contracts.calendar_world import FLOATING, HOUR, Planted, utc

_NOON: Final = datetime(2030, 3, 6, 12)  # noqa: DTZ001  wall-clock time, its zone stands in the event
_MONDAY: Final = datetime(2030, 3, 25, 9)  # noqa: DTZ001  the same


@dataclass(frozen=True, slots=True)
class Case:
    """An event, how it counts, and what it takes."""

    event: Planted
    busy: tuple[Interval, ...] = ()
    all_day: bool = True
    tentative: bool = True


def _hours(*starts: datetime) -> tuple[Interval, ...]:
    return tuple(Interval(start, start + HOUR) for start in starts)


def _at_noon(zone: str) -> Planted:
    return Planted("e-1", _NOON, _NOON + HOUR, zone=zone)


def _utc(**more: bool) -> Planted:
    return Planted("e-1", utc(3, 6, 12), utc(3, 6, 13), **more)  # type: ignore[arg-type]  # flags alone


def _all_day(first: date, end: date) -> Planted:
    return Planted("e-1", first, end)


_WEEKLY = Planted("e-1", _MONDAY, _MONDAY + HOUR, zone="Europe/Berlin", rrule="FREQ=WEEKLY;COUNT=2")
_DAILY = "FREQ=DAILY;COUNT=4"
_NEXT_DAY = _MONDAY.replace(day=26)

CASES: Final = {
    "a time in UTC": Case(_utc(), _hours(utc(3, 6, 12))),
    "a time in a zone": Case(_at_noon("Europe/Berlin"), _hours(utc(3, 6, 11))),
    "a zone as Windows names it": Case(_at_noon("Eastern Standard Time"), _hours(utc(3, 6, 17))),
    "a floating time is the owner's": Case(_at_noon(FLOATING), _hours(utc(3, 6, 17))),
    "a day is the owner's": Case(
        _all_day(date(2030, 3, 6), date(2030, 3, 7)), (Interval(utc(3, 6, 5), utc(3, 7, 5)),)
    ),
    "three days, one of 23 hours": Case(
        _all_day(date(2030, 3, 9), date(2030, 3, 12)), (Interval(utc(3, 9, 5), utc(3, 12, 4)),)
    ),
    "days that do not count": Case(_all_day(date(2030, 3, 6), date(2030, 3, 7)), all_day=False),
    "transparent": Case(_utc(transparent=True)),
    "cancelled": Case(_utc(cancelled=True)),
    "declined by the owner": Case(_utc(declined=True)),
    "tentative": Case(_utc(tentative=True), _hours(utc(3, 6, 12))),
    "tentative that does not count": Case(_utc(tentative=True), tentative=False),
    "what began before the window": Case(
        Planted("e-1", utc(3, 3, 22), utc(3, 4, 2)), (Interval(utc(3, 4), utc(3, 4, 2)),)
    ),
    "what ends after the window": Case(
        Planted("e-1", utc(4, 7, 23), utc(4, 9)), (Interval(utc(4, 7, 23), utc(4, 8)),)
    ),
    "what lies outside": Case(Planted("e-1", utc(4, 8), utc(4, 8, 1))),
    "a series over a change of clocks": Case(_WEEKLY, _hours(utc(3, 25, 8), utc(4, 1, 7))),
    "an instance that was dropped": Case(
        Planted("e-1", _MONDAY, _MONDAY + HOUR, zone="Europe/Berlin", rrule=_DAILY, dropped=(_NEXT_DAY,)),
        _hours(utc(3, 25, 8), utc(3, 27, 8), utc(3, 28, 8)),
    ),
    "an instance that was moved": Case(
        Planted(
            "e-1",
            _MONDAY,
            _MONDAY + HOUR,
            zone="Europe/Berlin",
            rrule=_DAILY,
            moved={_NEXT_DAY: (_NEXT_DAY.replace(hour=15), _NEXT_DAY.replace(hour=16))},
        ),
        _hours(utc(3, 25, 8), utc(3, 26, 14), utc(3, 27, 8), utc(3, 28, 8)),
    ),
    "an instance that was moved into the window": Case(
        Planted(
            "e-1",
            _NOON.replace(day=1),
            _NOON.replace(day=1) + HOUR,
            zone="Europe/Berlin",
            rrule="FREQ=DAILY;COUNT=2",
            moved={_NOON.replace(day=2): (_NOON, _NOON + HOUR)},
        ),
        _hours(utc(3, 6, 11)),
    ),
    "an instance that was moved out of the window": Case(
        Planted(
            "e-1",
            _NOON,
            _NOON + HOUR,
            zone="Europe/Berlin",
            rrule="FREQ=DAILY;COUNT=2",
            moved={_NOON: (_NOON.replace(month=2), _NOON.replace(month=2, hour=13))},
        ),
        _hours(utc(3, 7, 11)),
    ),
}
