"""Add-to-calendar links: addresses that open a filled-in event in a web calendar.

None of the four forms is officially documented; they are those gathered in
https://github.com/InteractionDesignFoundation/add-event-to-calendar-docs. A link never names a person:
whoever it is forwarded to would read it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode

from scheduling_core.ics import CalendarEntry
from scheduling_core.mail import single_line

# Longer addresses are cut by some mail clients and proxies.
LONGEST_LINK: Final = 2000


def calendar_links(entry: CalendarEntry) -> tuple[tuple[str, str], ...]:
    """(label, https address) for Google, Outlook.com, Office 365 and Yahoo, in this order.

    Times are UTC, spaces are %20. The details are left out where the link would pass LONGEST_LINK.
    """
    return (
        ("Google", _within_limit(_google, entry)),
        ("Outlook.com", _within_limit(partial(_outlook, "outlook.live.com"), entry)),
        ("Office 365", _within_limit(partial(_outlook, "outlook.office.com"), entry)),
        ("Yahoo", _within_limit(_yahoo, entry)),
    )


def _within_limit(link: Callable[[CalendarEntry, str], str], entry: CalendarEntry) -> str:
    full = link(entry, _details(entry))
    return full if len(full) <= LONGEST_LINK else link(entry, "")


def _google(entry: CalendarEntry, details: str) -> str:
    query = {
        "action": "TEMPLATE",
        "text": single_line(entry.summary),
        "dates": f"{_compact(entry.start)}/{_compact(entry.end)}",
        "details": details,
        "location": single_line(entry.location),
    }
    return "https://calendar.google.com/calendar/render?" + _encoded(query)


def _outlook(host: str, entry: CalendarEntry, details: str) -> str:
    query = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "startdt": _dashed(entry.start),
        "enddt": _dashed(entry.end),
        "subject": single_line(entry.summary),
        "body": details,
        "location": single_line(entry.location),
    }
    return f"https://{host}/calendar/deeplink/compose?" + _encoded(query)


def _yahoo(entry: CalendarEntry, details: str) -> str:
    query = {
        "v": "60",
        "TITLE": single_line(entry.summary),
        "ST": _compact(entry.start),
        "ET": _compact(entry.end),
        "DESC": details,
        "in_loc": single_line(entry.location),
    }
    return "https://calendar.yahoo.com/?" + _encoded(query)


def _details(entry: CalendarEntry) -> str:
    """The description, and the meeting's address where no other field shows it."""
    lines = [single_line(line) for line in entry.description.splitlines()]
    if entry.url and entry.url not in entry.description and entry.url != entry.location:
        lines.append(entry.url)
    return "\n".join(lines).strip()


def _encoded(query: dict[str, str]) -> str:
    """The query without its empty values; Outlook shows a + for a space, so spaces are %20."""
    return urlencode({key: value for key, value in query.items() if value}, quote_via=quote, safe="")


def _compact(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _dashed(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
