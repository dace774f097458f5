"""Streams as they are met: what takes time, and what is said not to be readable."""

from datetime import UTC, datetime
from typing import Final

import pytest

from adapters.icalendar_streams import CannotRead, Question, desk
from scheduling_core.intervals import Interval, Span
from tests.contracts.calendar_world import OWNER_ZONE, WINDOW, utc

HOUR_LINES: Final = "DTSTART:20300306T120000Z|DTEND:20300306T130000Z"
BERLIN_ZONE: Final = (
    "BEGIN:VTIMEZONE|TZID:{}|BEGIN:STANDARD|DTSTART:16011028T030000|RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10|"
    "TZOFFSETFROM:+0200|TZOFFSETTO:+0100|END:STANDARD|BEGIN:DAYLIGHT|DTSTART:16010325T020000|"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|END:DAYLIGHT|END:VTIMEZONE|"
)


def a_stream(*events: str, head: str = "") -> bytes:
    """A VCALENDAR of events; | stands for the end of a line."""
    parts = "".join(f"BEGIN:VEVENT|{event}|END:VEVENT|" for event in events)
    return f"BEGIN:VCALENDAR|{head}{parts}END:VCALENDAR|".replace("|", "\r\n").encode()


def spans(body: bytes, **question: object) -> list[Span]:
    asked = Question("ics", WINDOW, OWNER_ZONE, **question)  # type: ignore[arg-type]  # fields by name
    return desk.busy(asked, body)


def hours(*starts: datetime, length: int = 1) -> list[Span]:
    return [(int(start.timestamp()), int(start.timestamp()) + 3600 * length) for start in starts]


SERIES: Final = "UID:1|DTSTART;TZID=Europe/Berlin:20300325T090000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=4"

WHOLE_WINDOW: Final = WINDOW.span()

TAKING: Final = {
    "a zone that only the stream knows": (
        a_stream("DTSTART;TZID=Ours:20300401T090000|DURATION:PT1H", head=BERLIN_ZONE.format("Ours")),
        hours(utc(4, 1, 7)),
    ),
    "Microsoft's own custom zone": (
        a_stream(
            'DTSTART;TZID="tzone://Microsoft/Custom":20300325T090000|DURATION:PT1H',
            head=BERLIN_ZONE.format("tzone://Microsoft/Custom"),
        ),
        hours(utc(3, 25, 8)),
    ),
    "an abbreviation the stream itself explains": (
        a_stream("DTSTART;TZID=EST:20300401T090000|DURATION:PT1H", head=BERLIN_ZONE.format("EST")),
        hours(utc(4, 1, 7)),
    ),
    "Microsoft's own name of UTC": (
        a_stream('DTSTART;TZID="tzone://Microsoft/Utc":20300306T120000|DURATION:PT1H'),
        hours(utc(3, 6, 12)),
    ),
    "a zone under a vendor's path": (
        a_stream("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20300325T090000|DURATION:PT1H"),
        hours(utc(3, 25, 8)),
    ),
    "a zone newer than tables": (
        a_stream("DTSTART;TZID=Alberta Standard Time:20300306T090000|DURATION:PT1H"),
        # Alberta stays on summer time (tzdata 2026).
        hours(utc(3, 6, 15)),
    ),
    "X-WR-TIMEZONE is for floating times, wherever it stands": (
        a_stream("DTSTART:20300306T120000|DURATION:PT1H", HOUR_LINES).replace(
            b"END:VCALENDAR", b"X-WR-TIMEZONE:Asia/Tokyo\r\nEND:VCALENDAR"
        ),
        hours(utc(3, 6, 3), utc(3, 6, 12)),
    ),
    "a folded line and lower case": (
        b"begin:vcalendar\nbegin:vevent\ndtstart:20300306T12\n 0000Z\n"
        b"duration:PT1H\nend:vevent\nend:vcalendar",
        hours(utc(3, 6, 12)),
    ),
    "an alarm in the event has times of its own": (
        a_stream(
            HOUR_LINES + "|BEGIN:VALARM|TRIGGER:-PT15M|DURATION:PT9H|REPEAT:2|END:VALARM|STATUS:CONFIRMED"
        ),
        hours(utc(3, 6, 12)),
    ),
    "two calendars in one file": (a_stream(HOUR_LINES) * 2, hours(utc(3, 6, 12))),
    "from this instance on": (
        a_stream(
            SERIES,
            "UID:1|RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20300327T090000|"
            "DTSTART;TZID=Europe/Berlin:20300327T120000|DURATION:PT1H",
        ),
        hours(utc(3, 25, 8), utc(3, 26, 8), utc(3, 27, 11), utc(3, 28, 11)),
    ),
    "an instance that is cancelled by itself": (
        a_stream(
            SERIES,
            "UID:1|RECURRENCE-ID:20300326T080000Z|DTSTART:20300326T080000Z|DURATION:PT1H|STATUS:CANCELLED",
        ),
        hours(utc(3, 25, 8), utc(3, 27, 8), utc(3, 28, 8)),
    ),
    "an instance without its series": (
        a_stream("UID:1|RECURRENCE-ID:20300301T120000Z|" + HOUR_LINES),
        hours(utc(3, 6, 12)),
    ),
    "days taken out as dates": (
        a_stream(SERIES + "|EXDATE;VALUE=DATE:20300326,20300327"),
        hours(utc(3, 25, 8), utc(3, 28, 8)),
    ),
    "more dates, one with a length of its own": (
        a_stream(
            "UID:1|" + HOUR_LINES + "|RDATE:20300308T120000Z|RDATE;VALUE=PERIOD:20300310T120000Z/PT3H",
        ),
        [*hours(utc(3, 6, 12), utc(3, 8, 12)), *hours(utc(3, 10, 12), length=3)],
    ),
    "UNTIL as a date is meant with its day": (
        a_stream(SERIES.replace("COUNT=4", "UNTIL=20300326")),
        hours(utc(3, 25, 8), utc(3, 26, 8)),
    ),
    "UNTIL without a zone is in that of the start": (
        a_stream("DTSTART:20300306T120000|DURATION:PT1H|RRULE:FREQ=DAILY;UNTIL=20300307T120000"),
        hours(utc(3, 6, 17), utc(3, 7, 17)),
    ),
    "an hour that the clock skips comes after it": (
        a_stream("DTSTART;TZID=Europe/Berlin:20300330T023000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=2"),
        hours(utc(3, 30, 1, 30), utc(3, 31, 1, 30)),
    ),
    "a night shift lasts as long as it lasts, or until its hour": (
        a_stream(
            "DTSTART;TZID=Europe/Berlin:20300329T220000|DTEND;TZID=Europe/Berlin:20300330T060000|"
            "RRULE:FREQ=DAILY;COUNT=3"
        ),
        hours(utc(3, 29, 21), utc(3, 30, 21), utc(3, 31, 20), length=8),
    ),
    "an end before the start": (
        a_stream("DTSTART:20300306T130000Z|DTEND:20300306T120000Z"),
        hours(utc(3, 6, 12)),
    ),
    "an end long before the start": (
        a_stream(
            "DTSTART:20300306T130000Z|DTEND:20300101T120000Z", "DTSTART:20300601T120000Z|DURATION:-P200D"
        ),
        [WHOLE_WINDOW],
    ),
    "a day that ends on itself is that day": (
        a_stream("DTSTART;VALUE=DATE:20300306|DTEND;VALUE=DATE:20300306"),
        hours(utc(3, 6, 5), length=24),
    ),
    "a day that ends on itself, repeated": (
        a_stream("DTSTART;VALUE=DATE:20300306|DTEND;VALUE=DATE:20300306|RRULE:FREQ=WEEKLY;COUNT=2"),
        [*hours(utc(3, 6, 5), length=24), *hours(utc(3, 13, 4), length=24)],
    ),
    "days whose ends were swapped": (
        a_stream("DTSTART;VALUE=DATE:20300307|DTEND;VALUE=DATE:20300306"),
        hours(utc(3, 6, 5), length=48),
    ),
    "a period that is longer than its event and began before": (
        a_stream("UID:1|DTSTART:20300101T120000Z|DURATION:PT1H|RDATE;VALUE=PERIOD:20300102T120000Z/P180D"),
        [WHOLE_WINDOW],
    ),
    "such a period that was moved or taken out": (
        a_stream(
            "UID:1|DTSTART:20300101T120000Z|DURATION:PT1H|"
            "RDATE;VALUE=PERIOD:20300102T120000Z/P180D,20300103T120000Z/P180D|EXDATE;VALUE=DATE:20300103",
            "UID:1|RECURRENCE-ID:20300102T120000Z|" + HOUR_LINES,
        ),
        hours(utc(3, 6, 12)),
    ),
    "the same UID twice is two events": (
        a_stream("UID:1|" + HOUR_LINES, "UID:1|DTSTART:20300307T120000Z|DURATION:PT1H"),
        hours(utc(3, 6, 12), utc(3, 7, 12)),
    ),
    "of two versions the newer": (
        a_stream("UID:1|SEQUENCE:1|" + HOUR_LINES, "UID:1|DTSTART:20300307T120000Z|DURATION:PT1H"),
        hours(utc(3, 6, 12)),
    ),
    "Outlook's own words for free": (
        a_stream(HOUR_LINES + "|X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"),
        [],
    ),
    "free/busy that was published as such": (
        b"BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nFREEBUSY:20300306T120000Z/PT1H,20300307T120000Z/20300307T130000Z\r\n"
        b"FREEBUSY;FBTYPE=FREE:20300308T120000Z/PT1H\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n",
        hours(utc(3, 6, 12), utc(3, 7, 12)),
    ),
    "tasks and journals take nothing": (
        b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nDTSTART:20300306T120000Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
        [],
    ),
    "a title that looks like a component": (
        a_stream(HOUR_LINES + "|DESCRIPTION:END:VEVENT\\nBEGIN:VEVENT|SUMMARY:DTSTART:20300307T120000Z"),
        hours(utc(3, 6, 12)),
    ),
}

UNREADABLE: Final = {
    "a web page": b"<!doctype html><html></html>",
    "nothing": b"",
    "another format": b"BEGIN:VCARD\r\nEND:VCARD\r\n",
    "cut off": a_stream(HOUR_LINES)[:-30],
    "cut off between two events": a_stream(HOUR_LINES).replace(b"END:VCALENDAR\r\n", b""),
    "parts that do not fit": a_stream(HOUR_LINES + "|BEGIN:VALARM|END:VEVENT"),
    "something after its end": a_stream(HOUR_LINES) + b"<!-- more -->",
    "no start": a_stream("UID:1|DTEND:20300306T130000Z"),
    "a start that is no time": a_stream("DTSTART:soon|DURATION:PT1H"),
    "a day that is not there": a_stream("DTSTART:20300231T120000Z|DURATION:PT1H"),
    "two starts": a_stream(HOUR_LINES + "|DTSTART:20300307T120000Z"),
    "a length that is none": a_stream("DTSTART:20300306T120000Z|DURATION:1 hour"),
    "an unknown zone": a_stream("DTSTART;TZID=Mars/Olympus:20300306T120000|DURATION:PT1H"),
    "a zone that is broken": a_stream(
        "DTSTART;TZID=Ours:20300306T120000|DURATION:PT1H", head="BEGIN:VTIMEZONE|TZID:Ours|END:VTIMEZONE|"
    ),
    "an unknown zone for floating times": a_stream("DTSTART:20300306T120000", head="X-WR-TIMEZONE:Mars|"),
    "a rule that is none": a_stream(HOUR_LINES + "|RRULE:FREQ=FORTNIGHTLY"),
    "a rule that stands still": a_stream(HOUR_LINES + "|RRULE:FREQ=DAILY;INTERVAL=0"),
    "a rule with bad days": a_stream(HOUR_LINES + "|RRULE:FREQ=WEEKLY;BYDAY=XX"),
    "an exception without a time": a_stream(HOUR_LINES + "|RRULE:FREQ=DAILY|EXDATE:never"),
    "every second": a_stream(HOUR_LINES + "|RRULE:FREQ=SECONDLY"),
    "many series that go on for very long": a_stream(
        *["DTSTART:19200306T120000Z|DURATION:PT1S|RRULE:FREQ=DAILY"] * 60
    ),
    "every minute of years": a_stream(
        "DTSTART:20200306T120000Z|DURATION:PT1S|RRULE:FREQ=MINUTELY;COUNT=1000000"
    ),
    "parts inside of parts": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X-DEEP\r\n" * 50,
    "free/busy without periods": (
        b"BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nFREEBUSY:20300306T120000Z\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
    ),
}


@pytest.mark.parametrize(("body", "expected"), TAKING.values(), ids=TAKING.keys())
def test_takes_its_time(body: bytes, expected: list[Span]) -> None:
    assert spans(body) == expected


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_is_unreadable_as_a_whole(body: bytes) -> None:
    with pytest.raises(CannotRead) as caught:
        spans(
            body + a_stream(HOUR_LINES)
            if b"BEGIN:VEVENT" in body and body.endswith(b"CALENDAR\r\n")
            else body
        )

    assert not {"Mars", "soon", "<"} & set(str(caught.value).split())


def test_who_declined_is_the_owner_alone() -> None:
    invited = HOUR_LINES + '|ATTENDEE;CN="a:b;c";PARTSTAT={}:MAILTO:Owner@example.com'
    owner = frozenset({"mailto:owner@example.com"})

    assert spans(a_stream(invited.format("DECLINED")), owner=owner) == []
    assert spans(a_stream(invited.format("DECLINED"))) == hours(utc(3, 6, 12))
    assert spans(a_stream(invited.format("NEEDS-ACTION")), owner=owner, tentative=False) == []
    assert spans(a_stream(invited.format("NEEDS-ACTION")), owner=owner) == hours(utc(3, 6, 12))


def test_a_kept_file_tells_the_same_times_and_nothing_else() -> None:
    body = a_stream(
        SERIES + "|SUMMARY:a secret|LOCATION:here",
        "UID:2|DTSTART;TZID=Ours:20300401T090000|DURATION:PT1H",
        head="X-WR-CALNAME:Shifts|" + BERLIN_ZONE.format("Ours"),
    )

    text, name = desk.reduced(body, 100_000)

    assert name == "Shifts"
    assert "secret" not in text
    assert spans(text.encode()) == spans(body)
    with pytest.raises(CannotRead):
        desk.reduced(body, 100)


def test_an_event_is_found_among_others_and_seen_as_off() -> None:
    body = a_stream("UID:1|" + HOUR_LINES, "UID:2|SEQUENCE:3|STATUS:CANCELLED|" + HOUR_LINES)

    first, second = desk.event("1", frozenset(), body), desk.event("2", frozenset(), body)

    assert first is not None
    assert first.span == Interval(utc(3, 6, 12), utc(3, 6, 13))
    assert second is not None
    assert (second.span, second.sequence) == (None, 3)
    assert desk.event("3", frozenset(), body) is None


def test_the_window_cuts() -> None:
    body = a_stream("DTSTART:20000101T000000Z|DTEND:20400101T000000Z")

    assert spans(body) == [(int(WINDOW.start.timestamp()), int(datetime(2030, 4, 8, tzinfo=UTC).timestamp()))]
