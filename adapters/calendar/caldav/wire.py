"""CalDAV's requests and answers ⇄ our values. Pure.

Source: RFC 4791 (CalDAV), RFC 4918 (WebDAV), RFC 5397 (current-user-principal), RFC 6578 (sync token),
RFC 6638 section 9 (schedule-calendar-transp), RFC 6764 (discovery).
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

from icalendar import Calendar as Stream
from icalendar import Event

from adapters.icalendar_streams.multistatus import CALDAV, DAV, Resource
from scheduling_core.calendar_ports import Calendar
from scheduling_core.ics import PRODID, CalendarEntry
from scheduling_core.intervals import Interval
from scheduling_core.mail import single_line

CTAG: Final = "{http://calendarserver.org/ns/}getctag"
PRINCIPAL: Final = f"{DAV}current-user-principal"
HOME: Final = f"{CALDAV}calendar-home-set"
ADDRESSES: Final = f"{CALDAV}calendar-user-address-set"
TYPE: Final = f"{DAV}resourcetype"
NAME: Final = f"{DAV}displayname"
RIGHTS: Final = f"{DAV}current-user-privilege-set"
KINDS: Final = f"{CALDAV}supported-calendar-component-set"
TRANSP: Final = f"{CALDAV}schedule-calendar-transp"
SYNC_TOKEN: Final = f"{DAV}sync-token"
ETAG: Final = f"{DAV}getetag"

MOST_CALENDARS: Final = 100
"""Of one account. Anybody can put up a server that names any number of them."""

MOST_HOMES: Final = 10
"""Collections of one account that hold calendars; most servers have one."""

_WRITING: Final = {f"{DAV}{name}" for name in ("all", "write", "write-content", "bind")}
_PREFIXES: Final = {DAV: "D", CALDAV: "C", "{http://calendarserver.org/ns/}": "S"}
_ROOT: Final = (
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'
)
_MARGIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Login:
    """An account's secret.

    Attributes:
        principal: address of the person's principal.
        homes: addresses of the collections that hold the calendars.
        addresses: calendar user addresses in lower case, to know what was declined.
    """

    user: str
    password: str = field(repr=False)
    principal: str = ""
    homes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @classmethod
    def read(cls, secret: str) -> "Login":
        """From `Account.secret`."""
        kept = json.loads(secret)
        return cls(
            kept["user"],
            kept["password"],
            kept["principal"],
            tuple(kept["homes"]),
            tuple(kept["addresses"]),
        )

    def secret(self) -> str:
        """For `NewAccount.secret`."""
        return json.dumps(asdict(self))

    @property
    def account(self) -> str:
        """The same for the same account, and nothing that tells of it."""
        return hashlib.sha256(self.secret().encode()).hexdigest()

    @property
    def authorization(self) -> str:
        """The header's value (RFC 7617)."""
        return "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode()


def joined(base: str, href: str) -> str:
    """The address a server names there; what is none stays as it is, and may not be followed."""
    try:
        return urljoin(base, href)
    except ValueError:
        return href


def may_follow(origin: str, target: str) -> bool:
    """Whether the password may go from one address to another.

    Only to the same scheme, host and port, and inside icloud.com, which serves each person from a host of
    its own (`pNN-caldav.icloud.com`).
    """
    try:
        one, other = _origin(origin), _origin(target)
    except ValueError:  # no address
        return False
    return one == other or (_is_icloud(*one) and _is_icloud(*other))


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _is_icloud(scheme: str, host: str, port: int | None) -> bool:
    is_there = host == "icloud.com" or host.endswith(".icloud.com")
    return (scheme, port) == ("https", 443) and is_there


def propfind(names: Iterable[str]) -> bytes:
    """The body that asks for properties, given as `{namespace}name`."""
    return f"<D:propfind {_ROOT}><D:prop>{_tags(names)}</D:prop></D:propfind>".encode()


def _tags(names: Iterable[str]) -> str:
    parts = (name.rpartition("}") for name in names)
    return "".join(f"<{_PREFIXES[space + '}']}:{name}/>" for space, _, name in parts)


def events_between(window: Interval) -> bytes:
    """The calendar-query for whatever may reach into *window* (RFC 4791 section 7.8).

    A day wider on both sides: a server places all-day and floating events by a zone of its own. Nothing is
    expanded there.
    """
    start, end = (_basic(each) for each in (window.start - _MARGIN, window.end + _MARGIN))
    return _query(f'<C:time-range start="{start}" end="{end}"/>')


def events_with_more_dates() -> bytes:
    """The calendar-query for whatever has an RDATE: not every server looks at those when asked for a time."""
    return _query('<C:prop-filter name="RDATE"/>')


def events_of(uid: str) -> bytes:
    """The calendar-query for one UID; a server may find more than asked for."""
    return _query(f'<C:prop-filter name="UID"><C:text-match>{escape(uid)}</C:text-match></C:prop-filter>')


def _query(filters: str) -> bytes:
    return (
        f"<C:calendar-query {_ROOT}><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter>"
        f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{filters}</C:comp-filter>'
        "</C:comp-filter></C:filter></C:calendar-query>"
    ).encode()


def _basic(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def calendars(base: str, found: Sequence[Resource]) -> list[Calendar]:
    """The calendars for events among what a collection holds; base is the address that was asked."""
    mine = [each for each in found if each.status < 300 and _holds_events(each)]
    return [
        Calendar(
            id=joined(base, each.href),
            name=each.text(NAME) or each.href.partition("?")[0].rstrip("/").rpartition("/")[2],
            can_write=_can_write(each),
        )
        for each in mine
    ]


def is_calendar(found: Resource) -> bool:
    """Whether it is a calendar collection (RFC 4791 section 4.2)."""
    kinds = found.properties.get(TYPE)
    return kinds is not None and kinds.find(f"{CALDAV}calendar") is not None


def _holds_events(found: Resource) -> bool:
    kinds = found.properties.get(KINDS)
    names = {each.get("name", "").upper() for each in kinds} if kinds is not None else {"VEVENT"}
    return is_calendar(found) and "VEVENT" in names


def _can_write(found: Resource) -> bool:
    rights = found.properties.get(RIGHTS)
    return rights is None or any(each.tag in _WRITING for each in rights.iter())


def is_transparent(found: Resource) -> bool:
    """Whether its owner said that the whole calendar takes no time (RFC 6638 section 9.1)."""
    said = found.properties.get(TRANSP)
    return said is not None and said.find(f"{CALDAV}transparent") is not None


def cursor(found: Resource) -> str:
    """What changes whenever the collection does, or ""."""
    return f"sync:{token}" if (token := found.text(SYNC_TOKEN)) else _ctag(found)


def _ctag(found: Resource) -> str:
    return f"ctag:{tag}" if (tag := found.text(CTAG)) else ""


def etags_cursor(found: Sequence[Resource]) -> str:
    """The same of a server that knows neither: a digest of what it holds, and in which version."""
    versions = sorted(f"{each.href}\n{each.text(ETAG)}" for each in found)
    return "etags:" + hashlib.sha256("\n".join(versions).encode()).hexdigest()


def href(calendar: str, key: str) -> str:
    """The address of the event with that key; whatever the key is made of."""
    name = hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"{calendar.rstrip('/')}/parley-{name}.ics"


def event_body(entry: CalendarEntry) -> bytes:
    """The event as it is kept in a calendar: no METHOD, nobody in it (RFC 4791 section 4.1).

    An ATTENDEE or ORGANIZER would make servers with scheduling send mail (RFC 6638 section 3.2). SEQUENCE
    always stands there: some servers fail without one.
    """
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    for name, moment in (("dtstamp", entry.dtstamp), ("dtstart", entry.start), ("dtend", entry.end)):
        event.add(name, datetime.fromtimestamp(moment.timestamp(), UTC).replace(microsecond=0))
    event.add("status", entry.status)
    event.add("transp", "OPAQUE")
    _add_texts(event, entry)
    stream = Stream()
    stream.add("prodid", PRODID)
    stream.add("version", "2.0")
    stream.add_component(event)
    body: bytes = stream.to_ical()
    return body


def _add_texts(event: Event, entry: CalendarEntry) -> None:
    texts = {
        "summary": single_line(entry.summary),
        "description": "\n".join(map(single_line, entry.description.splitlines())).strip(),
        "location": single_line(entry.location),
        "url": entry.url,
    }
    for name, text in texts.items():
        if text:
            event.add(name, text)
