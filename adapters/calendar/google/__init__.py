"""Google Calendar: API v3 by Google's own library, sign-in by OAuth with the least scopes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from adapters.calendar.google.client import GoogleApi
from adapters.calendar.google.grants import grant_from
from adapters.calendar.google.push import GooglePush
from adapters.calendar.google.reading import Reading
from adapters.calendar.google.sign_in import GoogleSignIn
from adapters.calendar.google.writing import Writing
from adapters.http import Http
from adapters.oauth import OAuth, OAuthClient
from scheduling_core.availability import FreeBusy
from scheduling_core.calendar_ports import (
    Account,
    Calendar,
    CalendarProvider,
    Changes,
    Counted,
    EventCopy,
    Found,
    Written,
)
from scheduling_core.errors import ReconnectNeeded
from scheduling_core.intervals import Interval

__all__ = ["GoogleSettings", "build"]

API_PATH: Final = "/calendar/v3/"


@dataclass(frozen=True, slots=True)
class GoogleSettings:
    """An OAuth client of Google's, and where Google is.

    Attributes:
        client_id: of a "Web application" client.
        api_base_url: ends with `/calendar/v3/`.
        timeout_seconds: of one call.
    """

    client_id: str
    client_secret: str = field(repr=False)
    api_base_url: str = "https://www.googleapis.com/calendar/v3/"
    auth_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
    revoke_url: str = "https://oauth2.googleapis.com/revoke"
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        address = urlsplit(self.api_base_url)
        if address.scheme not in {"http", "https"} or not address.path.endswith(API_PATH):
            raise ValueError(f"Google Calendar's address ends with {API_PATH}")
        if self.timeout_seconds <= 0:
            raise ValueError("a call needs time")


class GoogleCalendar:
    """As `CalendarProvider`."""

    name: Final = "google"
    title: Final = "Google Calendar"
    can_write: Final = True
    video_title: Final = "Google Meet"
    left_to_do: Final = ""

    def __init__(self, settings: GoogleSettings, http: Http, clock: Callable[[], datetime]) -> None:
        addresses = (settings.auth_url, settings.token_url, settings.revoke_url)
        client = OAuthClient(settings.client_id, settings.client_secret, *addresses)
        self._oauth = OAuth(client, http, clock)
        self._api = GoogleApi(settings.api_base_url, settings.timeout_seconds, self._oauth, clock)
        self._reading = Reading(self._api, clock)
        self._writing = Writing(self._api)
        self.way_in: Final = GoogleSignIn(self._oauth, settings.client_id, clock)
        self.push: Final = GooglePush(self._api, clock)

    async def calendars(self, account: Account) -> tuple[Calendar, ...]:
        """As `CalendarProvider.calendars`."""
        return await self._reading.calendars(account)

    async def free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, zone: str, *, within: float
    ) -> Mapping[str, FreeBusy]:
        """As `CalendarProvider.free_busy`; `reading` says what Google can tell with which right."""
        return await self._reading.free_busy(account, counted, window, zone, within)

    async def changes(self, account: Account, calendar: str, cursor: str) -> Changes:
        """As `CalendarProvider.changes`."""
        return await self._reading.changes(account, calendar, cursor)

    async def write(
        self, account: Account, calendar: str, copy: EventCopy, before: Written | None
    ) -> Written:
        """As `CalendarProvider.write`."""
        return await self._writing.write(account, calendar, copy, before)

    async def remove(self, account: Account, calendar: str, written: Written) -> bool:
        """As `CalendarProvider.remove`."""
        return await self._writing.remove(account, calendar, written)

    async def look(self, account: Account, calendar: str, written: Written) -> Found | None:
        """As `CalendarProvider.look`; a deleted event is kept for a while and has no span."""
        return await self._writing.look(account, calendar, written)

    async def revoke(self, account: Account) -> None:
        """As `CalendarProvider.revoke`: ends everything this person ever granted to our client."""
        try:
            grant = grant_from(await account.secret())
        except ReconnectNeeded:
            return
        await self._oauth.revoke(grant.refresh)

    async def close(self) -> None:
        """End the threads; the shared `Http` is its owner's."""
        await self._api.close()


def build(settings: GoogleSettings, http: Http, clock: Callable[[], datetime]) -> CalendarProvider:
    """Google Calendar as the bot sees it; connects to nothing yet.

    Args:
        http: for the token endpoint; the calendars themselves are read by Google's library.
        clock: tells the instant now, aware.
    """
    return GoogleCalendar(settings, http, clock)
