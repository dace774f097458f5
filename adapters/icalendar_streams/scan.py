"""The text of an iCalendar stream → its components, with the lines that matter for time. Pure and linear.

A hostile stream must be refused before it costs anything, so this does not build a tree of everything: it
passes over the lines once and keeps a dozen properties. Source: RFC 5545 sections 3.1 and 3.4 to 3.6.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from adapters.icalendar_streams.questions import CannotRead

MAX_DEPTH: Final = 8
"""VCALENDAR, VEVENT, VALARM and some vendor's own make four."""

MAX_COMPONENTS: Final = 250_000

_KEPT: Final = (
    "DTSTART DTEND DURATION RRULE RDATE EXDATE RECURRENCE-ID UID SEQUENCE STATUS TRANSP "
    "X-MICROSOFT-CDO-BUSYSTATUS ATTENDEE FREEBUSY TZID X-WR-TIMEZONE X-WR-CALNAME"
)
_LINE: Final = re.compile(
    rf"^(BEGIN|END|{'|'.join(_KEPT.split())})([;:][^\n]*)$", re.MULTILINE | re.IGNORECASE
)
_FOLD: Final = re.compile(r"\n[ \t]")
_PARAMS: Final = re.compile(r'(?:[^":]|"[^"]*")*:')
_PARAM: Final = re.compile(r';([^=;:"]+)=((?:"[^"]*"|[^;"])*)')
_WITH_COLONS: Final = frozenset({"ATTENDEE", "UID", "TZID", "X-WR-TIMEZONE", "X-WR-CALNAME"})

NOT_A_CALENDAR: Final = "It is not a calendar."
CUT_OFF: Final = "It ends in the middle."
NOT_WELL_FORMED: Final = "Its parts do not fit together."


@dataclass(frozen=True, slots=True)
class Property:
    """A content line.

    Attributes:
        params: with their leading semicolon, or "".
    """

    params: str
    value: str

    def param(self, name: str) -> str:
        """A parameter's value without quotes, "" where there is none."""
        found = (each[2] for each in _PARAM.finditer(self.params) if each[1].upper() == name)
        return next(found, "").strip().strip('"')


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a calendar with what was kept of it."""

    properties: dict[str, list[Property]] = field(default_factory=dict)

    def one(self, name: str) -> Property | None:
        """The property that must stand there once, or None.

        Raises:
            CannotRead: it stands there with different values.
        """
        found = self.properties.get(name)
        if not found:
            return None
        if any(each != found[0] for each in found):
            raise CannotRead("An event in it says the same thing twice, and differently.")
        return found[0]

    def every(self, name: str) -> Sequence[Property]:
        """All of that name."""
        return self.properties.get(name, ())

    def text(self, name: str) -> str:
        """The value of the first of that name, "" where there is none."""
        found = self.properties.get(name)
        return found[0].value.strip() if found else ""


@dataclass(frozen=True, slots=True)
class Stream:
    """One VCALENDAR.

    Attributes:
        head: its own properties.
        zones: VTIMEZONE by TZID, as text.
    """

    head: Component = field(default_factory=Component)
    events: list[Component] = field(default_factory=list)
    freebusy: list[Component] = field(default_factory=list)
    zones: dict[str, str] = field(default_factory=dict)


def scan(body: bytes) -> list[Stream]:
    """Every VCALENDAR of a stream, in order.

    Raises:
        CannotRead: it is something else, is cut off, or its components are not nested properly.
    """
    text = _FOLD.sub("", body.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n"))
    if not re.match(r"\s*BEGIN:VCALENDAR\s*$", text[:200], re.IGNORECASE | re.MULTILINE):
        raise CannotRead(NOT_A_CALENDAR)
    return list(_Scanner(text).streams())


class _Scanner:
    """One pass over the lines; `_stack` holds the components that are open, with their names."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stack: list[tuple[str, Component, int]] = []
        self._stream = Stream()
        self._count = 0
        self._done = 0

    def streams(self) -> Iterator[Stream]:
        for line in _LINE.finditer(self._text):
            name = line[1].upper()
            if name == "BEGIN":
                self._begin(line)
            elif name == "END":
                self._end(line)
                if not self._stack:
                    yield self._stream
            elif self._stack:
                params, value = _split(name, line[2])
                self._stack[-1][1].properties.setdefault(name, []).append(Property(params, value))
        if self._stack:
            raise CannotRead(CUT_OFF)
        self._nothing_since(len(self._text))

    def _begin(self, line: re.Match[str]) -> None:
        kind, part = line[2].removeprefix(":").strip().upper(), Component()
        if (not self._stack) != (kind == "VCALENDAR"):
            raise CannotRead(NOT_WELL_FORMED)
        if not self._stack:
            self._nothing_since(line.start())
            self._stream = Stream(head=part)
        self._stack.append((kind, part, line.start()))
        self._count += 1
        if len(self._stack) > MAX_DEPTH or self._count > MAX_COMPONENTS:
            raise CannotRead("It has too many parts.")

    def _end(self, line: re.Match[str]) -> None:
        if not self._stack or self._stack[-1][0] != line[2].removeprefix(":").strip().upper():
            raise CannotRead(NOT_WELL_FORMED)
        kind, part, begins = self._stack.pop()
        if not self._stack:
            self._done = line.end()
        elif len(self._stack) == 1:
            self._keep(kind, part, begins, line.end())

    def _keep(self, kind: str, part: Component, begins: int, ends: int) -> None:
        if kind == "VEVENT":
            self._stream.events.append(part)
        elif kind == "VFREEBUSY":
            self._stream.freebusy.append(part)
        elif kind == "VTIMEZONE":
            self._stream.zones.setdefault(part.text("TZID"), self._text[begins:ends])

    def _nothing_since(self, end: int) -> None:
        """Between two calendars stands nothing but white space."""
        if self._text[self._done : end].strip("\ufeff\n\t \x00\x1a"):
            raise CannotRead(NOT_WELL_FORMED)


def _split(name: str, rest: str) -> tuple[str, str]:
    """Parameters and value; times hold no colon, while some writers put one into a zone's name."""
    if name in _WITH_COLONS:
        end = _PARAMS.match(rest)
        at = end.end() if end else len(rest)
        return rest[: at - 1], rest[at:]
    params, _, value = rest.rpartition(":")
    return params, value
