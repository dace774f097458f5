"""Calendars of any CalDAV server, linked by an app password (RFC 4791).

`wire` translates, `client` talks, `form` links, `events` writes, `provider` is the port.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.calendar.caldav.client import Dav
from adapters.calendar.caldav.provider import CalDav
from adapters.http import Http
from adapters.icalendar_streams.pool import Pool
from scheduling_core.calendar_ports import CalendarProvider

__all__ = ["CalDavSettings", "build"]


@dataclass(frozen=True, slots=True)
class CalDavSettings:
    """What the operator decides.

    Attributes:
        deadline_seconds: of each request, its reading included.
        allow_plain_http: also speak http; only for servers in a network of one's own, together with the
            permission to call private addresses.
    """

    deadline_seconds: float = 10.0
    allow_plain_http: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if self.deadline_seconds <= 0:
            raise ValueError("deadline_seconds must be positive")


def build(
    settings: CalDavSettings, http: Http, clock: Callable[[], datetime], pool: Pool | None = None
) -> CalendarProvider:
    """The provider; make it inside the running loop.

    Args:
        pool: who reads streams; the caller's to close. The provider has one of its own where none is given.
    """
    dav = Dav(http, clock, deadline_seconds=settings.deadline_seconds, allow_plain=settings.allow_plain_http)
    return CalDav(dav, pool or Pool(), owns_pool=pool is None)
