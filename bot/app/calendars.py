"""The kinds of calendars that are configured, each told what it needs of the settings."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from adapters.addresses import OwnThreads
from adapters.http import Http
from bot import calendars
from bot.office import Office
from bot.settings import Settings
from scheduling_core.calendar_ports import CalendarProvider

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 1.5
"""How often accounts are looked for whose time to be asked has come: soon after their provider told of a
change, and not so soon that each of many changes is read by itself."""

CONNECTIONS, PER_HOST, NAMES_AT_ONCE = 200, 20, 64
"""To all servers whose addresses people typed in; to one of them; names of theirs that are looked up."""


@asynccontextmanager
async def open_providers(
    settings: Settings, http: Http, clock: Callable[[], datetime]
) -> AsyncIterator[Mapping[str, CalendarProvider]]:
    """All of them by name; only inside the running loop. What a kind needs is imported where it is used.

    Args:
        http: for those whose addresses the operator gives; it is the caller's to close.
    """
    configured = settings.calendar
    found: list[CalendarProvider] = []
    if configured.google.is_on:
        found.append(_google(settings, http, clock))
    if configured.microsoft.is_on:
        found.append(_microsoft(settings, http, clock))
    async with _streams(settings, clock) as by_stream:
        found.extend(by_stream)
        try:
            yield {provider.name: provider for provider in found}
        finally:
            for provider in found:
                await provider.close()


def _google(settings: Settings, http: Http, clock: Callable[[], datetime]) -> CalendarProvider:
    from adapters.calendar import google

    configured = settings.calendar.google
    told = google.GoogleSettings(
        configured.client_id,
        configured.client_secret.get_secret_value(),
        configured.api_base_url,
        configured.auth_url,
        configured.token_url,
        configured.revoke_url,
    )
    return google.build(told, http, clock)


def _microsoft(settings: Settings, http: Http, clock: Callable[[], datetime]) -> CalendarProvider:
    from adapters.calendar import microsoft

    configured = settings.calendar.microsoft
    told = microsoft.MicrosoftSettings(
        configured.client_id,
        configured.client_secret.get_secret_value(),
        configured.tenant,
        configured.login_base_url,
        configured.graph_base_url,
    )
    return microsoft.build(told, http, clock)


@asynccontextmanager
async def _streams(
    settings: Settings, clock: Callable[[], datetime]
) -> AsyncIterator[list[CalendarProvider]]:
    """Those that send iCalendar streams; one pool of processes reads them all."""
    configured = settings.calendar
    if not (configured.caldav.enabled or configured.ics.enabled):
        yield []
        return
    from adapters.calendar import caldav, ics
    from adapters.icalendar_streams.pool import Pool

    is_own_network = settings.network.allow_private_addresses
    pool, found = Pool(), list[CalendarProvider]()
    # Anybody can name a server here: neither a silent one nor its name may keep the rooms waiting.
    http = Http(
        clock,
        allow_private_addresses=is_own_network,
        resolver=OwnThreads(NAMES_AT_ONCE),
        connections=CONNECTIONS,
        per_host=PER_HOST,
    )
    if configured.caldav.enabled:
        told = caldav.CalDavSettings(allow_plain_http=is_own_network)
        found.append(caldav.build(told, http, clock, pool))
    if configured.ics.enabled:
        found.append(ics.build(ics.IcsSettings(allow_plain_http=is_own_network), http, clock, pool))
    try:
        yield found
    finally:
        await pool.close()
        await http.close()


async def keep_looking(office: Office, every_seconds: float = LOOK_EVERY_SECONDS) -> None:
    """Until cancelled: ask every account whose time has come; a database that is away is waited for.

    Some are asked at once, and one that is slow keeps only its own place taken.
    """
    places = asyncio.Semaphore(calendars.BATCH)
    async with asyncio.TaskGroup() as group:
        while True:
            await asyncio.sleep(every_seconds)
            while due := await _due(office):
                for account_id in due:
                    await places.acquire()
                    group.create_task(_look_at(office, account_id, places))
                if len(due) < calendars.BATCH:
                    break


async def _due(office: Office) -> Sequence[str]:
    try:
        return await calendars.take_due(office)
    except Exception as error:
        log.warning("calendars.not_asked", error=type(error).__name__)
        return ()


async def _look_at(office: Office, account_id: str, places: asyncio.Semaphore) -> None:
    try:
        await calendars.look_at(office, account_id)
    except Exception as error:
        log.warning("calendars.not_asked", error=type(error).__name__)
    finally:
        places.release()
