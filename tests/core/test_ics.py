"""What a calendar client reads in the streams of `ics`, and what its raw lines look like."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pendulum
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from scheduling_core.ics import CalendarEntry, cancel, publish, request, uid_for
from scheduling_core.mail import Mailbox, single_line

START = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
ENTRY = CalendarEntry(
    uid="0123abcd@parley.example",
    sequence=0,
    dtstamp=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    start=START,
    end=START + timedelta(minutes=30),
    summary="Logo review",
    description="Bring the sketches.\nAnswer in the room.",
    location="https://meet.example/r/1",
    url="https://meet.example/r/1",
    organizer=Mailbox("bot@parley.example", "Parley"),
    attendee=Mailbox("guest@example.org", "Guest"),
)

hostile_text = st.one_of(
    st.text(),
    st.text(alphabet="\r\n\t\x00\x0b\x7f\x85\u2028\u202e\";:,^\\='éא🎉\ud800 aB", max_size=200),
    st.sampled_from(
        [
            "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil",
            "x\nATTENDEE:mailto:evil@example.net",
            '"";CN=x:mailto:evil@example.net',
            "^n^'^^",
            "🎉" * 80,
            "פגישה עם אורח",
        ]
    ),
)


def event_of(ics: bytes) -> Event:
    """The only event of a stream that holds nothing else."""
    calendar = Calendar.from_ical(ics)
    assert isinstance(calendar, Calendar)
    (event,) = calendar.subcomponents
    assert isinstance(event, Event)
    return event


def raw_lines(ics: bytes) -> list[bytes]:
    """The unfolded content lines, read without icalendar (RFC 5545 section 3.1)."""
    assert ics.endswith(b"\r\n")
    physical = ics[:-2].split(b"\r\n")
    assert all(len(line) <= 75 for line in physical)
    assert not any(b"\r" in line or b"\n" in line for line in physical)
    for line in physical:
        line.decode("utf-8")  # a fold inside a character would break older readers
    return b"\r\n".join(physical).replace(b"\r\n ", b"").split(b"\r\n")


def named(lines: list[bytes], name: bytes) -> list[bytes]:
    """The content lines of one property."""
    return [line for line in lines if re.match(name + rb"[;:]", line)]


def test_a_request_says_all_that_rfc_5546_asks_for() -> None:
    lines = raw_lines(request(replace(ENTRY, sequence=3)))
    assert lines[:2] == [b"BEGIN:VCALENDAR", b"VERSION:2.0"]
    for expected in (
        b"METHOD:REQUEST",
        b"UID:0123abcd@parley.example",
        b"SEQUENCE:3",
        b"STATUS:CONFIRMED",
        b"DTSTAMP:20261124T090000Z",
        b"DTSTART:20261126T140000Z",
        b"DTEND:20261126T143000Z",
        b"SUMMARY:Logo review",
        b"DESCRIPTION:Bring the sketches.\\nAnswer in the room.",
        b"LOCATION:https://meet.example/r/1",
        b"URL:https://meet.example/r/1",
        b"ORGANIZER;CN=Parley:mailto:bot@parley.example",
    ):
        assert expected in lines
    assert named(lines, b"PRODID")


def test_a_request_has_one_attendee_and_asks_nothing_of_it() -> None:
    (line,) = named(raw_lines(request(ENTRY)), b"ATTENDEE")
    assert line.endswith(b":mailto:guest@example.org")
    assert {b"RSVP=FALSE", b"PARTSTAT=ACCEPTED", b"CN=Guest", b"ROLE=REQ-PARTICIPANT"} <= set(
        line.rsplit(b":mailto:", 1)[0].split(b";")
    )


def test_a_cancellation_keeps_the_uid_and_is_cancelled() -> None:
    lines = raw_lines(cancel(replace(ENTRY, sequence=2)))
    assert {b"METHOD:CANCEL", b"STATUS:CANCELLED", b"SEQUENCE:2", b"UID:" + ENTRY.uid.encode()} <= set(lines)
    assert len(named(lines, b"ATTENDEE")) == 1


def test_a_published_entry_names_no_participant() -> None:
    ics = publish(ENTRY)
    assert not named(raw_lines(ics), b"ATTENDEE")
    assert b"METHOD:PUBLISH" in raw_lines(ics)
    assert b"guest@example.org" not in b"".join(raw_lines(ics))
    assert b"STATUS:CANCELLED" in raw_lines(publish(replace(ENTRY, status="CANCELLED")))


def test_sequence_zero_is_written() -> None:
    # sabre/vobject fails on a foreign event without SEQUENCE.
    assert b"SEQUENCE:0" in raw_lines(request(ENTRY))


def test_empty_texts_leave_no_property() -> None:
    lines = raw_lines(request(replace(ENTRY, description="", location=" ", url="")))
    assert not any(named(lines, name) for name in (b"DESCRIPTION", b"LOCATION", b"URL"))


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 11, 26, 15, 0, tzinfo=timezone(timedelta(hours=1))),
        pendulum.datetime(2026, 11, 26, 15, 0, tz="Europe/Berlin"),
        pendulum.datetime(2026, 11, 26, 14, 0, tz="UTC"),
    ],
)
def test_times_of_any_zone_are_written_in_utc(start: datetime) -> None:
    ics = request(replace(ENTRY, start=start, end=start + timedelta(minutes=30)))
    assert b"DTSTART:20261126T140000Z" in raw_lines(ics)
    assert b"TZID" not in ics
    assert b"VTIMEZONE" not in ics


@given(hostile_text, hostile_text, hostile_text)
@example("x\r\nBEGIN:VEVENT", 'Q"\r\nATTENDEE:mailto:evil@example.net', "a\u2028b\x85c")
def test_hostile_texts_change_neither_the_structure_nor_each_other(
    summary: str, name: str, description: str
) -> None:
    entry = replace(
        ENTRY,
        summary=summary,
        description=description,
        location=summary,
        organizer=Mailbox("bot@parley.example", name),
        attendee=Mailbox("guest@example.org", name),
    )
    for stream in (request, cancel, publish):
        ics = stream(entry)
        event = event_of(ics)
        assert event.get("SUMMARY", "") == single_line(summary)
        assert event.get("LOCATION", "") == single_line(summary)
        assert event["ORGANIZER"] == "mailto:bot@parley.example"
        assert event["UID"] == ENTRY.uid
        lines = raw_lines(ics)
        assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT") == 1
        assert len(named(lines, b"ATTENDEE")) == (0 if stream is publish else 1)
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", b"".join(lines))


@given(hostile_text)
def test_a_naive_reader_finds_the_address_behind_any_name(name: str) -> None:
    entry = replace(ENTRY, attendee=Mailbox("guest@example.org", name))
    (line,) = named(raw_lines(request(entry)), b"ATTENDEE")
    # Cuts at the first colon and at every semicolon, quoted or not, as weak readers do.
    parameters, address = line.split(b":", 1)
    assert address == b"mailto:guest@example.org"
    assert len(parameters.split(b";")) <= 6
    assert b"^" not in parameters


@pytest.mark.parametrize(
    "title", ["Déjà vu, twice; really?", "פגישה עם אורח", "Lunch 🍜👩‍👩‍👧", r"C:\temp\new"]
)
def test_an_honest_title_arrives_as_typed(title: str) -> None:
    assert event_of(request(replace(ENTRY, summary=title)))["SUMMARY"] == title


def test_an_address_with_uri_characters_is_percent_encoded() -> None:
    entry = replace(ENTRY, attendee=Mailbox("a+b?c=1&d%e@example.org"))
    assert event_of(request(entry))["ATTENDEE"] == "mailto:a+b%3Fc%3D1%26d%25e@example.org"


def test_a_request_or_cancellation_without_attendee_is_a_mistake() -> None:
    nobody = replace(ENTRY, attendee=None)
    publish(nobody)
    for stream in (request, cancel):
        with pytest.raises(ValueError, match="attendee"):
            stream(nobody)


def test_a_cancelled_meeting_is_not_requested() -> None:
    with pytest.raises(ValueError, match="cancel"):
        request(replace(ENTRY, status="CANCELLED"))


def test_an_entry_that_no_calendar_could_hold_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="aware"):
        replace(ENTRY, start=datetime(2026, 11, 26, 14))  # noqa: DTZ001 - the naive time is the point
    with pytest.raises(ValueError, match="ends"):
        replace(ENTRY, end=ENTRY.start)
    with pytest.raises(ValueError, match="SEQUENCE"):
        replace(ENTRY, sequence=-1)
    with pytest.raises(ValueError, match="uid"):
        replace(ENTRY, uid="a\r\nb")
    for url in ("javascript:alert(1)", "https://x/\r\nATTENDEE:x", "https://x/a b"):
        with pytest.raises(ValueError, match="url"):
            replace(ENTRY, url=url)


def test_a_uid_is_stable_and_differs_for_every_participant_meeting_and_key() -> None:
    uid = uid_for(b"key", "m-1", "u-1", "parley.example")
    assert uid == uid_for(b"key", "m-1", "u-1", "parley.example")
    assert re.fullmatch(r"[0-9a-f]{40}@parley\.example", uid)
    others = {
        uid_for(b"key", "m-1", "u-2", "parley.example"),
        uid_for(b"key", "m-2", "u-1", "parley.example"),
        uid_for(b"other", "m-1", "u-1", "parley.example"),
        uid_for(b"key", "m-1u", "-1", "parley.example"),
    }
    assert len(others | {uid}) == 5


def test_a_uid_without_a_secret_or_a_host_name_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="key"):
        uid_for(b"", "m-1", "u-1", "parley.example")
    with pytest.raises(ValueError, match="host name"):
        uid_for(b"key", "m-1", "u-1", "parley example\r\n")
