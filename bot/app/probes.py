"""What `python -m bot check` looks at."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from adapters import mail, storage
from adapters.http import Http
from bot import keys
from bot.app import platforms
from bot.check import Finding, Probe, examine
from bot.settings import Settings
from scheduling_core import zones


async def check(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """Look at everything `serve` would need; nothing is changed but an empty mail folder made."""
    http = Http(now, allow_private_addresses=settings.network.allow_private_addresses)
    tenants = settings.chat.webhook.tenants.items()
    probes = [
        Probe("time zones", _zones_found),
        Probe("data directory", lambda: _data_dir_found(settings)),
        Probe("database", lambda: _database_found(settings)),
        Probe("mail", mail.build(settings.mail_url, data_dir=settings.data_dir).check),
        Probe("public address", lambda: _public_url_found(settings)),
        *(Probe(f"room {name}", partial(_room_found, http, tenant.callback_url)) for name, tenant in tenants),
    ]
    if settings.chat.slack.is_on:
        probes.append(Probe("slack", lambda: _slack_found(settings, now)))
    elif not tenants:
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
    keys.load_or_create(settings.data_dir, settings.secrets)
    return f"{settings.data_dir}, keys are readable by the owner alone"


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


async def _room_found(http: Http, callback_url: str) -> str:
    # Any answer will do: an unsigned GET is refused by a room that is well.
    await http.exchange("GET", callback_url, max_body_bytes=0)
    return "its callback address answers"


async def _slack_found(settings: Settings, now: Callable[[], datetime]) -> str:
    from adapters.chat import slack

    return await slack.check(platforms.slack_settings(settings), now)


async def _no_rooms() -> Finding:
    words = "none is configured; docs/room-protocol.md and docs/slack.md say how"
    return Finding("rooms", "note", words)
