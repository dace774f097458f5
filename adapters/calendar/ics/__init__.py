"""Calendars by address (https, webcal) or from an uploaded file; read only (RFC 5545).

`wire` knows addresses and cursors, `client` downloads, `form` links, `provider` is the port.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.calendar.ics.client import Feeds
from adapters.calendar.ics.form import AddressForm
from adapters.calendar.ics.provider import IcsFeed
from adapters.http import Http
from adapters.icalendar_streams.pool import Pool
from scheduling_core.calendar_ports import CalendarProvider

__all__ = ["IcsSettings", "build"]


@dataclass(frozen=True, slots=True)
class IcsSettings:
    """What the operator decides.

    Attributes:
        deadline_seconds: of each download, with all its redirects.
        allow_plain_http: also call http addresses; only for feeds in a network of one's own, together with
            the permission to call private addresses.
    """

    deadline_seconds: float = 10.0
    allow_plain_http: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if self.deadline_seconds <= 0:
            raise ValueError("deadline_seconds must be positive")


def build(
    settings: IcsSettings, http: Http, clock: Callable[[], datetime], pool: Pool | None = None
) -> CalendarProvider:
    """The provider; make it inside the running loop.

    Args:
        pool: who reads streams; the caller's to close. The provider has one of its own where none is given.
    """
    readers = pool or Pool()
    feeds = Feeds(
        http, clock, deadline_seconds=settings.deadline_seconds, allow_plain=settings.allow_plain_http
    )
    return IcsFeed(feeds, readers, AddressForm(feeds, readers, clock), owns_pool=pool is None)
