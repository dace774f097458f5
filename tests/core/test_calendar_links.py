"""Add-to-calendar links, read back as a web calendar would read them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from scheduling_core.calendar_links import LONGEST_LINK, calendar_links
from scheduling_core.ics import CalendarEntry
from scheduling_core.mail import Mailbox

START = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
ENTRY = CalendarEntry(
    uid="0123abcd@parley.example",
    sequence=0,
    dtstamp=START,
    start=START,
    end=START + timedelta(minutes=30),
    summary="Logo & name review",
    description="Bring sketches.",
    location="Room 4",
    url="https://meet.example/r/1",
    organizer=Mailbox("bot@parley.example", "Parley"),
    attendee=Mailbox("guest@example.org", "Guest"),
)


def query_of(label: str, entry: CalendarEntry = ENTRY) -> dict[str, str]:
    link = dict(calendar_links(entry))[label]
    return {key: value for key, (value,) in parse_qs(urlsplit(link).query, strict_parsing=True).items()}


def test_google_gets_title_utc_span_details_and_place() -> None:
    assert query_of("Google") == {
        "action": "TEMPLATE",
        "text": "Logo & name review",
        "dates": "20261126T140000Z/20261126T143000Z",
        "details": "Bring sketches.\nhttps://meet.example/r/1",
        "location": "Room 4",
    }


@pytest.mark.parametrize(
    ("label", "host"), [("Outlook.com", "outlook.live.com"), ("Office 365", "outlook.office.com")]
)
def test_both_outlooks_get_the_compose_form(label: str, host: str) -> None:
    assert dict(calendar_links(ENTRY))[label].startswith(f"https://{host}/calendar/deeplink/compose?path=")
    assert query_of(label) == {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "startdt": "2026-11-26T14:00:00Z",
        "enddt": "2026-11-26T14:30:00Z",
        "subject": "Logo & name review",
        "body": "Bring sketches.\nhttps://meet.example/r/1",
        "location": "Room 4",
    }


def test_yahoo_gets_its_own_names() -> None:
    assert query_of("Yahoo") == {
        "v": "60",
        "TITLE": "Logo & name review",
        "ST": "20261126T140000Z",
        "ET": "20261126T143000Z",
        "DESC": "Bring sketches.\nhttps://meet.example/r/1",
        "in_loc": "Room 4",
    }


def test_no_link_names_a_person_or_writes_a_plus_for_a_space() -> None:
    for _, link in calendar_links(ENTRY):
        assert "%20" in link
        assert "+" not in link
        assert not any(secret in link for secret in ("guest", "Guest", "bot", "%40", "@"))


def test_a_long_description_is_left_out_rather_than_cut_by_somebody_else() -> None:
    wordy = replace(ENTRY, description="🎉" * 500)
    for label, link in calendar_links(wordy):
        assert len(link) <= LONGEST_LINK, label
    assert "details" not in query_of("Google", wordy)


def test_the_meeting_address_is_not_repeated() -> None:
    entry = replace(ENTRY, description="", location=ENTRY.url)
    assert "details" not in query_of("Google", entry)


def test_a_hostile_title_stays_inside_its_field() -> None:
    entry = replace(ENTRY, summary="x&add=evil@example.net\r\n#y", description="")
    assert query_of("Google", entry)["text"] == "x&add=evil@example.net #y"
    assert "add" not in query_of("Google", entry)
