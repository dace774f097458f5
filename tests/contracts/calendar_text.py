"""Events of the contract as iCalendar text, written by hand: no library reads and writes the same mistake."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from tests.contracts.calendar_world import FLOATING, Planted

Moment = date | datetime


def stream(events: Iterable[Planted], owner: str = "mailto:owner@example.com", extra: str = "") -> str:
    """A VCALENDAR with these events.

    Args:
        owner: the address with which the owner of the calendar was invited.
        extra: more lines for the calendar itself.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *extra.splitlines()]
    for event in events:
        lines += _event(event, owner)
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _event(event: Planted, owner: str) -> list[str]:
    master = _lines(event, event.start, event.end, owner)
    if event.rrule:
        master.append(f"RRULE:{event.rrule}")
    master += [_property("EXDATE", each, event.zone) for each in event.dropped]
    parts = [master]
    for original, (start, end) in event.moved.items():
        parts.append([_property("RECURRENCE-ID", original, event.zone), *_lines(event, start, end, owner)])
    return [line for part in parts for line in ("BEGIN:VEVENT", *part, "END:VEVENT")]


def _lines(event: Planted, start: Moment, end: Moment, owner: str) -> list[str]:
    lines = [
        f"UID:{event.uid}",
        "DTSTAMP:20300101T000000Z",
        "SEQUENCE:0",
        _property("DTSTART", start, event.zone),
        _property("DTEND", end, event.zone),
        f"SUMMARY:{event.title}",
        f"TRANSP:{'TRANSPARENT' if event.transparent else 'OPAQUE'}",
        f"STATUS:{_status(event)}",
    ]
    if event.declined:
        lines.append("ORGANIZER:mailto:host@example.com")
        lines.append(f"ATTENDEE;CN=Owner;PARTSTAT=DECLINED:{owner}")
    return lines


def _status(event: Planted) -> str:
    if event.cancelled:
        return "CANCELLED"
    return "TENTATIVE" if event.tentative else "CONFIRMED"


def _property(name: str, moment: Moment, zone: str) -> str:
    if not isinstance(moment, datetime):
        return f"{name};VALUE=DATE:{moment:%Y%m%d}"
    if not zone:
        return f"{name}:{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    tzid = "" if zone == FLOATING else f";TZID={zone}"
    return f"{name}{tzid}:{moment:%Y%m%dT%H%M%S}"


def moved(event: Planted, start: datetime, end: datetime) -> Planted:
    """The same event at another time."""
    return Planted(event.uid, start, end, event.title)


def joined(lines: Sequence[str]) -> bytes:
    """Lines as a stream's octets."""
    return "\r\n".join([*lines, ""]).encode()
