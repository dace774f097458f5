"""Outlook and Microsoft 365 calendars: Graph v1.0, sign-in by MSAL with the least scopes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from adapters.calendar.microsoft.client import Graph
from adapters.calendar.microsoft.push import MicrosoftPush
from adapters.calendar.microsoft.reading import Reading
from adapters.calendar.microsoft.sign_in import MicrosoftSignIn
from adapters.calendar.microsoft.tokens import Client, Tokens
from adapters.calendar.microsoft.writing import Writing
from adapters.http import Http
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
from scheduling_core.intervals import Interval

__all__ = ["MicrosoftSettings", "build"]

_GLOBAL: Final = "graph.microsoft.com"
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class MicrosoftSettings:
    """An app registration of Microsoft Entra, and where Microsoft is.

    Attributes:
        tenant: `common` (work, school and personal accounts), `organizations`, `consumers`, or the id or
            domain of one tenant.
        login_base_url: of a national cloud `https://login.microsoftonline.us` or
            `https://login.partner.microsoftonline.cn`.
        graph_base_url: with its version; `https://graph.microsoft.us/v1.0` or
            `https://microsoftgraph.chinacloudapi.cn/v1.0` there.
        timeout_seconds: of one call.
    """

    client_id: str
    client_secret: str = field(repr=False)
    tenant: str = "common"
    login_base_url: str = "https://login.microsoftonline.com"
    graph_base_url: str = "https://graph.microsoft.com/v1.0"
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse what could never work, and what would send secrets in the clear."""
        if not self.client_id or not self.client_secret:
            raise ValueError("an app registration has a client id and a secret")
        if not self.tenant or not self.tenant.replace("-", "").replace(".", "").isalnum():
            raise ValueError("the tenant is common, organizations, consumers, an id or a domain")
        for url in (self.login_base_url, self.graph_base_url):
            address = urlsplit(url)
            is_safe = address.scheme == "https" or (
                address.scheme == "http" and address.hostname in _LOOPBACK
            )
            if not is_safe or not address.netloc or url.endswith("/"):
                raise ValueError(
                    f"Microsoft’s addresses begin with https and have no slash at the end: {url}"
                )
        if self.timeout_seconds <= 0:
            raise ValueError("a call needs time")

    @property
    def resource(self) -> str:
        """What scopes begin with; nothing in the global cloud, where their short names are known."""
        address = urlsplit(self.graph_base_url)
        is_short = address.hostname == _GLOBAL or address.hostname in _LOOPBACK
        return "" if is_short else f"https://{address.netloc}/"


class MicrosoftCalendar:
    """As `CalendarProvider`."""

    name: Final = "microsoft"
    title: Final = "Outlook / Microsoft 365"
    can_write: Final = True
    video_title: Final = "Microsoft Teams"
    left_to_do: Final = (
        "Microsoft lets only you end the consent itself: remove me at myapps.microsoft.com, or for a "
        "personal account at account.live.com/consent/Manage."
    )

    def __init__(self, settings: MicrosoftSettings, http: Http, clock: Callable[[], datetime]) -> None:
        client = Client(settings.client_id, settings.client_secret, settings.tenant, settings.login_base_url)
        self._tokens = Tokens(client, http, clock, settings.timeout_seconds)
        graph = Graph(settings.graph_base_url, settings.timeout_seconds, self._tokens, http, clock)
        self._reading = Reading(graph, clock)
        self._writing = Writing(graph)
        self.way_in: Final = MicrosoftSignIn(self._tokens, settings.client_id, settings.resource)
        self.push: Final = MicrosoftPush(graph, clock)

    async def calendars(self, account: Account) -> tuple[Calendar, ...]:
        """As `CalendarProvider.calendars`."""
        return await self._reading.calendars(account)

    async def free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, zone: str, *, within: float
    ) -> Mapping[str, FreeBusy]:
        """As `CalendarProvider.free_busy`."""
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
        """As `CalendarProvider.look`."""
        return await self._writing.look(account, calendar, written)

    async def revoke(self, account: Account) -> None:
        """Nothing: Microsoft lets only people themselves, or their administrators, withdraw a consent."""

    async def close(self) -> None:
        """End the threads; the shared `Http` is its owner's."""
        await self._tokens.close()


def build(settings: MicrosoftSettings, http: Http, clock: Callable[[], datetime]) -> CalendarProvider:
    """Outlook and Microsoft 365 as the bot sees them; connects to nothing yet.

    Args:
        http: for everything, MSAL's requests included.
        clock: tells the instant now, aware.
    """
    return MicrosoftCalendar(settings, http, clock)
