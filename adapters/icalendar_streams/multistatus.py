"""WebDAV's answers about many things at once. Pure.

Source: RFC 4918 sections 13 and 14, RFC 4791 section 9.6, RFC 6578 section 6.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from adapters.icalendar_streams.questions import CannotRead

DAV: Final = "{DAV:}"
CALDAV: Final = "{urn:ietf:params:xml:ns:caldav}"
NOT_MULTISTATUS: Final = "The server answered something that is not a calendar's answer."
PARTLY: Final = "The server could not read a part of it."

_BETWEEN: Final = b"\0"
_STATUS: Final = re.compile(r"HTTP/\d(?:\.\d)?\s+(\d{3})")


@dataclass(frozen=True, slots=True)
class Resource:
    """What is said of one address.

    Attributes:
        href: as it was written, usually a path, percent-encoded.
        status: of the whole, 200 where only properties have one.
        properties: those that were found, by `{namespace}name`.
        failed: status of those that were not.
    """

    href: str
    status: int = 200
    properties: dict[str, Element] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A property's text, "" where there is none."""
        found = self.properties.get(name)
        return (found.text or "").strip() if found is not None else ""

    def hrefs(self, name: str) -> list[str]:
        """The addresses inside a property."""
        found = self.properties.get(name)
        return [] if found is None else [(each.text or "").strip() for each in found.iter(f"{DAV}href")]


def resources(body: bytes) -> list[Resource]:
    """Everything an answer tells.

    Raises:
        CannotRead: it is no multistatus, such as a web page.
    """
    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        raise CannotRead(NOT_MULTISTATUS) from None
    if root.tag != f"{DAV}multistatus":
        raise CannotRead(NOT_MULTISTATUS)
    return [_resource(each) for each in root.iter(f"{DAV}response")]


def _resource(response: Element) -> Resource:
    found = Resource((response.findtext(f"{DAV}href") or "").strip(), _status(response, 200))
    for propstat in response.findall(f"{DAV}propstat"):
        status = _status(propstat, 200)
        for each in propstat.findall(f"{DAV}prop/*"):
            if 200 <= status < 300:
                found.properties[each.tag] = each
            else:
                found.failed[each.tag] = status
    return found


def _status(holder: Element, default: int) -> int:
    text = holder.findtext(f"{DAV}status")
    match = _STATUS.match((text or "").strip())
    if text is not None and match is None:
        raise CannotRead(NOT_MULTISTATUS)
    return int(match[1]) if match else default


def several(*answers: bytes) -> bytes:
    """Answers of one collection as one body, for `calendar_data`; empty ones are left out."""
    # No XML holds a NUL (XML 1.0 section 2.2).
    return _BETWEEN.join(filter(None, answers))


def calendar_data(body: bytes) -> Iterator[bytes]:
    """The streams of a calendar-query's answer, or of `several`; what is told twice, once.

    Raises:
        CannotRead: something of it is missing; what was deleted meanwhile is not missed.
    """
    seen: set[tuple[str, str]] = set()
    for resource in (each for answer in body.split(_BETWEEN) for each in resources(answer)):
        # A 507 about the collection says that the answer was cut short (RFC 6578 section 3.6).
        if resource.status in {404, 410}:
            continue
        data = resource.text(f"{CALDAV}calendar-data")
        if resource.failed.get(f"{CALDAV}calendar-data") in {404, 410} and not data:
            continue
        if resource.status >= 300 or not data:
            raise CannotRead(PARTLY)
        # Told twice by `several`; two that only share an address would both count.
        if (resource.href, data) not in seen:
            seen.add((resource.href, data))
            yield data.encode()
