"""What `python -m bot check` looks at."""

import asyncio
import errno
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from adapters import mail, storage
from adapters.http import Http
from bot import keys
from bot.app import calendars, platforms
from bot.check import Finding, Probe, examine
from bot.config import BadConfig
from bot.settings import Settings
from scheduling_core import zones
from scheduling_core.calendar_ports import SignIn
from scheduling_core.errors import ProviderError
from scheduling_core.ports import Job

_NOT_FOUND, _GONE, _SERVER_FAILS, _NOT_IMPLEMENTED = 404, 410, 500, 501


async def check(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """Look at everything `serve` would need; nothing is made or changed."""
    http = Http(now, allow_private_addresses=settings.network.allow_private_addresses)
    tenants = settings.chat.webhook.tenants.items()
    probes = [
        Probe("time zones", _zones_found),
        Probe("data directory", lambda: _data_dir_found(settings)),
        Probe("database", lambda: _database_found(settings)),
        Probe("keys", lambda: _keys_found(settings)),
        Probe("port", lambda: _port_found(settings, now)),
        Probe("mail", mail.build(settings.mail_url, data_dir=settings.data_dir).check),
        Probe("public address", lambda: _public_url_found(settings)),
        Probe("calendars", lambda: _calendars_found(settings, http, now)),
        *(Probe(f"room {name}", partial(_room_found, http, tenant.callback_url)) for name, tenant in tenants),
    ]
    if settings.chat.slack.is_on:
        probes.append(Probe("slack", lambda: _slack_found(settings, now)))
    if settings.chat.discord.is_on:
        probes.append(Probe("discord", lambda: _discord_found(settings, now)))
    if not (tenants or settings.chat.slack.is_on or settings.chat.discord.is_on):
        probes.append(Probe("rooms", _no_rooms))
    try:
        return await examine(probes)
    finally:
        await http.close()


async def _zones_found() -> str:
    return f"time-zone data {zones.use_bundled_tzdata()}"


async def _data_dir_found(settings: Settings) -> Finding | str:
    if not settings.data_dir.exists():
        words = f"{settings.data_dir} will be made, with keys in it, at the first start"
        return Finding("data directory", "note", words)
    if not settings.data_dir.is_dir() or not os.access(settings.data_dir, os.W_OK | os.X_OK):
        return Finding("data directory", "fault", f"{settings.data_dir} cannot be written into")
    return str(settings.data_dir)


async def _keys_found(settings: Settings) -> Finding | str:
    """Tried on what is stored; where nothing is, missing ones are made at the first start."""
    try:
        is_current = await storage.schema_is_current(settings.database_url)
    except storage.NoDatabase:
        is_current = False
    if not is_current:
        return Finding("keys", "note", "not tried: the database is not there yet, or not of this version")
    try:
        made = keys.load(settings.data_dir, settings.secrets)
    except BadConfig as missing:
        try:
            # A key that fits nothing is refused by whatever is stored.
            await _try(settings, (storage.Vault.new_key(),))
        except storage.WrongKey:
            raise missing from None
        return Finding("keys", "note", "will be made at the first start; nothing is stored yet")
    await _try(settings, made.data)
    return "they open what is stored"


async def _try(settings: Settings, data_keys: Sequence[str]) -> None:
    vault = storage.Vault(data_keys)
    store = storage.open_store(settings.database_url, vault=vault, enqueue=_enqueue_nothing)
    try:
        await store.try_keys()
    finally:
        await store.close()


def _enqueue_nothing(_conn: object, job: Job) -> None:
    raise AssertionError(f"looking enqueues nothing, but {job.kind}")


async def _port_found(settings: Settings, now: Callable[[], datetime]) -> Finding | str:
    host, port = settings.server.host, settings.server.port
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and await _is_parley(host, port, now):
            return Finding("port", "note", f"{host} port {port}: a bot is listening there now")
        return Finding("port", "fault", f"{host} port {port} cannot be listened on: {error.strerror}")
    server.close()
    return f"{host} port {port} is free"


async def _is_parley(host: str, port: int, now: Callable[[], datetime]) -> bool:
    http = Http(now, allow_private_addresses=True)
    try:
        answer = await http.exchange("GET", f"http://{host}:{port}/rooms/v1/openapi.json", deadline_seconds=2)
    except ProviderError:
        return False
    finally:
        await http.close()
    return b"Parley room protocol" in answer.body


async def _database_found(settings: Settings) -> Finding | str:
    kind = "SQLite" if settings.database_url.startswith("sqlite") else "PostgreSQL"
    if await storage.schema_is_current(settings.database_url):
        return f"{kind}, up to date"
    if kind == "SQLite":
        return Finding("database", "note", "SQLite, made or brought up to date at the next start")
    return Finding(
        "database", "fault", "PostgreSQL answers but is not up to date; run: python -m bot migrate"
    )


async def _public_url_found(settings: Settings) -> Finding | str:
    if settings.server.public_url:
        return settings.public_url
    words = (
        f"links lead to {settings.public_url}; set [server] public_url to what people's browsers can reach"
    )
    return Finding("public address", "note", words)


async def _calendars_found(settings: Settings, http: Http, now: Callable[[], datetime]) -> Finding | str:
    """Which can be linked; the client ids of Google and Microsoft are only tried when somebody signs in."""
    async with calendars.open_providers(settings, http, now) as found:
        by_consent = [each.name for each in found.values() if isinstance(each.way_in, SignIn)]
        titles = ", ".join(each.title for each in found.values())
    if not titles:
        return Finding("calendars", "note", "no kind can be linked; see [calendar]")
    back = ", ".join(f"{settings.public_url}/link/back/{name}" for name in by_consent)
    return f"can be linked: {titles}" + (
        f"; the providers have to send people back to {back}" if back else ""
    )


async def _room_found(http: Http, callback_url: str) -> Finding | str:
    # An unsigned GET is refused by a room that is well; 405 and 501 say that it wants a POST.
    status = (await http.exchange("GET", callback_url, max_body_bytes=0)).status
    if status == _GONE:
        return Finding("room", "fault", "its callback address answers 410: nothing would be sent there")
    if status == _NOT_FOUND or (status >= _SERVER_FAILS and status != _NOT_IMPLEMENTED):
        words = f"its callback address answers {status} to an unsigned GET; see that it takes a signed POST"
        return Finding("room", "note", words)
    return "its callback address answers"


async def _slack_found(settings: Settings, now: Callable[[], datetime]) -> str:
    from adapters.chat import slack

    return await slack.check(platforms.slack_settings(settings), now)


async def _discord_found(settings: Settings, now: Callable[[], datetime]) -> str:
    from adapters.chat import discord

    return await discord.check(platforms.discord_settings(settings), now)


async def _no_rooms() -> Finding:
    words = "none is configured; docs/room-protocol.md and docs/slack.md say how"
    return Finding("rooms", "note", words)
