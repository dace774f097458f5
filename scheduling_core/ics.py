"""One participant's view of a meeting as an iCalendar stream: REQUEST, CANCEL and PUBLISH.

Each participant gets an own UID and is the only ATTENDEE, so that no calendar server mails the others and
nobody learns an address. Times are UTC without VTIMEZONE: readers disagree about generated zone tables.
Source: RFC 5545 (format), RFC 5546 sections 3.2.1, 3.2.2, 3.2.5 (methods).
"""

import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress

from scheduling_core.mail import Mailbox, single_line

PRODID: Final = "-//Parley//Meeting scheduler//EN"
_UID_OCTETS = 20
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_LINK = re.compile(r"https?://[!-~]+")
# Kept out of CN: a quote ends the value, a caret starts an RFC 6868 escape that older readers show as it
# is, and readers exist that cut at ; or : even inside quotes.
_NOT_IN_CN = str.maketrans('"^;:\\', "     ")

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
Status = Literal["CONFIRMED", "CANCELLED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """A meeting as one participant's calendar shall hold it.

    Attributes:
        uid: from `uid_for`; the same for every change of this meeting for this participant.
        sequence: from 0, raised by every change of time or place and by a cancellation.
        dtstamp: aware; when this version was made, later than the one before it.
        start: aware, whole seconds; inclusive.
        end: aware, whole seconds; exclusive.
        summary: the title, any text; written as one line.
        description: any text, possibly of several lines.
        location: any text; written as one line.
        url: http(s) address of the meeting, or empty.
        organizer: the bot's own mailbox, never a participant's.
        attendee: the participant this copy is for; only needed for REQUEST and CANCEL.
        status: what `publish` says; REQUEST and CANCEL imply it.

    Raises:
        ValueError: a naive time, an end not after the start, a negative sequence, an empty or multi-line
            uid, or a url that is not plain http(s).
    """

    uid: str
    sequence: int
    dtstamp: datetime
    start: datetime
    end: datetime
    summary: str
    organizer: Mailbox
    description: str = ""
    location: str = ""
    url: str = ""
    attendee: Mailbox | None = None
    status: Status = "CONFIRMED"

    def __post_init__(self) -> None:
        """Check the times and what is written unescaped."""
        if any(moment.tzinfo is None for moment in (self.dtstamp, self.start, self.end)):
            raise ValueError("times must be aware")
        if self.end <= self.start:
            raise ValueError("a meeting ends after it starts")
        if self.sequence < 0:
            raise ValueError("SEQUENCE counts from 0")
        if not self.uid or self.uid != single_line(self.uid):
            raise ValueError("a uid is one line of text")
        if self.url and not _LINK.fullmatch(self.url):
            raise ValueError("url must be http or https, percent-encoded")


def uid_for(key: bytes, meeting_id: str, participant_id: str, domain: str) -> str:
    """The UID of one participant's copy of a meeting: stable, and not to be linked to the others' copies.

    Args:
        key: secret of this installation; losing it orphans the entries in people's calendars.
        meeting_id: our id of the meeting.
        participant_id: our id of the participant.
        domain: ASCII host name that makes the UID globally unique.

    Returns:
        40 hex digits of HMAC-SHA256, `@`, the domain.
        Source: RFC 7986 section 5.3 (no identifying data in a UID).

    Raises:
        ValueError: the key is empty or the domain is not a host name.
    """
    if not key:
        raise ValueError("uid_for needs a secret key")
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"not a host name: {domain!r}")
    # JSON, so that no two pairs of ids give the same text.
    text = json.dumps(["uid", meeting_id, participant_id]).encode()
    return f"{hmac.digest(key, text, 'sha256')[:_UID_OCTETS].hex()}@{domain}"


def request(entry: CalendarEntry) -> bytes:
    """Invite or update: METHOD:REQUEST, STATUS:CONFIRMED, one ATTENDEE.

    The attendee is PARTSTAT=ACCEPTED and RSVP=FALSE: the person has already chosen this time in the room
    and nobody reads replies, so there is no question left to ask. Gmail shows it as accepted; Outlook
    ignores the value and files an ordinary invitation; others add it without a "pending" mark.

    Raises:
        ValueError: the entry has no attendee or is cancelled.
    """
    if entry.status != "CONFIRMED":
        raise ValueError("a cancelled meeting is sent with cancel()")
    return _stream("REQUEST", _attended(entry))


def cancel(entry: CalendarEntry) -> bytes:
    """Take the meeting back: METHOD:CANCEL, STATUS:CANCELLED, one ATTENDEE; the sequence must be raised.

    Raises:
        ValueError: the entry has no attendee.
    """
    return _stream("CANCEL", _attended(entry, "CANCELLED"))


def publish(entry: CalendarEntry) -> bytes:
    """For a download or a feed: METHOD:PUBLISH, no ATTENDEE, the entry's own status.

    Use the UID and SEQUENCE of the same participant's invite, or a person who does both has two entries.
    """
    return _stream("PUBLISH", _event(entry, entry.status))


def _attended(entry: CalendarEntry, status: Status = "CONFIRMED") -> Event:
    """The event with the participant of this copy as its only ATTENDEE (RFC 5546 section 3.2.2)."""
    if entry.attendee is None:
        raise ValueError("REQUEST and CANCEL are sent to an attendee")
    attendee = _address(entry.attendee)
    attendee.params.update(
        {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    )
    event = _event(entry, status)
    event.add("attendee", attendee)
    return event


def _event(entry: CalendarEntry, status: Status) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", _utc(entry.dtstamp))
    event.add("dtstart", _utc(entry.start))
    event.add("dtend", _utc(entry.end))
    event.add("status", status)
    event.add("transp", "OPAQUE")
    event.add("organizer", _address(entry.organizer))
    _add_texts(event, entry)
    return event


def _add_texts(event: Event, entry: CalendarEntry) -> None:
    """Add the texts that are not empty; icalendar escapes them (RFC 5545 section 3.3.11)."""
    texts = {
        "summary": single_line(entry.summary),
        "description": "\n".join(map(single_line, entry.description.splitlines())).strip(),
        "location": single_line(entry.location),
        "url": entry.url,
    }
    for name, text in texts.items():
        if text:
            event.add(name, text)


def _stream(method: Method, event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    ics: bytes = calendar.to_ical()  # folded at 75 octets, CRLF (RFC 5545 section 3.1)
    return ics


def _address(mailbox: Mailbox) -> vCalAddress:
    """A CAL-ADDRESS with a CN that no reader can misread (RFC 6068 section 2 for the mailto form)."""
    address = vCalAddress("mailto:" + quote(mailbox.address, safe="@!$'*+"))
    if name := single_line(mailbox.name.translate(_NOT_IN_CN)):
        address.params["CN"] = name
    return address


def _utc(moment: datetime) -> datetime:
    """The instant as a standard UTC datetime; pendulum's own type would be written with a TZID."""
    return datetime.fromtimestamp(moment.timestamp(), UTC).replace(microsecond=0)
