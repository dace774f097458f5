"""`make run`: the bot and its example room on one machine, with nothing to set up."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot import app, keys
from bot.chat_settings import Tenant
from bot.settings import Log, Settings

TENANT = "demo"
ROOM_HOST, ROOM_PORT = "127.0.0.1", 8081
ROOM_STARTS_SECONDS = 30.0


class DemoFailed(Exception):
    """No port is free, or the room stopped by itself; the text says what to do."""


async def run(settings: Settings, room_port: int = ROOM_PORT) -> None:
    """Serve both until Ctrl-C; what was said and booked is kept in the data directory.

    Raises:
        DemoFailed: see the text.
    """
    port = free_port(settings.server.host, settings.server.port)
    room_port = free_port(ROOM_HOST, room_port, but_not=port)
    settings = settings_with_room(_at_port(settings, port), room_port)
    async with _room(settings, room_port) as room:
        try:
            await _serve_beside(room, settings, room_port)
        except* DemoFailed as failed:
            raise failed.exceptions[0] from None


async def _serve_beside(room: Process, settings: Settings, room_port: int) -> None:
    started = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(_fail_with(room)), tasks.create_task(_announce(started, room_port))]
        await app.serve(settings, started=started)
        for task in beside:
            task.cancel()


def settings_with_room(settings: Settings, room_port: int) -> Settings:
    """The given settings plus a tenant whose room runs on this machine, and a log quiet while all is well."""
    callback = f"http://{ROOM_HOST}:{room_port}/parley"
    known = settings.chat.webhook.tenants.get(TENANT)
    tenant = Tenant(secret=known.secret if known else (), callback_url=callback)
    tenants = {**settings.chat.webhook.tenants, TENANT: tenant}
    webhook = settings.chat.webhook.model_copy(update={"tenants": tenants})
    return settings.model_copy(
        update={
            "chat": settings.chat.model_copy(update={"webhook": webhook}),
            "network": settings.network.model_copy(update={"allow_private_addresses": True}),
            "log": _calm(settings.log),
        }
    )


def _calm(log: Log) -> Log:
    # The one address must not drown; whoever wants to see each delivery asks for "debug".
    return log.model_copy(update={"level": "warning"}) if log.level == "info" else log


def _at_port(settings: Settings, port: int) -> Settings:
    return settings.model_copy(update={"server": settings.server.model_copy(update={"port": port})})


def free_port(host: str, wanted: int, *, but_not: int = 0, tries: int = 20) -> int:
    """*wanted*, or the next port after it that nobody listens on and that is not *but_not*.

    Raises:
        DemoFailed: all of them are taken.
    """
    last = min(wanted + tries - 1, 65_535)
    for port in range(wanted, last + 1):
        if port == but_not:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise DemoFailed(
        f"Nothing can listen on the ports {wanted} to {last} of {host}. "
        "Set PARLEY_SERVER__PORT, or --room-port, to a free one."
    )


async def _announce(started: asyncio.Event, room_port: int) -> None:
    await started.wait()
    await _listening(room_port)
    address = f"http://{ROOM_HOST}:{room_port}/"
    print(f"\n  Parley is running. Open  {address}  (Ctrl-C stops it)\n", flush=True)  # noqa: T201  the one line people look for


async def _listening(port: int) -> None:
    async with asyncio.timeout(ROOM_STARTS_SECONDS):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(ROOM_HOST, port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def _fail_with(room: Process) -> None:
    """The room is nothing without the bot and the bot is not seen without the room."""
    # On Ctrl-C the terminal stops both at once: then the room ends well.
    if status := await room.wait():
        raise DemoFailed(f"The message room stopped (exit status {status}); see above. Start the demo again.")


@asynccontextmanager
async def _room(settings: Settings, port: int) -> AsyncIterator[Process]:
    configured = settings.chat.webhook.tenants[TENANT].secret
    secret = configured[0].get_secret_value() if configured else keys.tenant_secret(settings.data_dir, TENANT)
    room = await asyncio.create_subprocess_exec(
        *_room_command(settings, port), stdin=PIPE, env=os.environ | {"ROOM_SECRET": secret}
    )
    try:
        yield room
    finally:
        with suppress(ProcessLookupError):
            room.terminate()
        await room.wait()


def _room_command(settings: Settings, port: int) -> list[str]:
    mailbox = settings.mail_url.removeprefix("file://") if settings.mail_url.startswith("file://") else ""
    return [
        *(sys.executable, "-m", "examples.room", "--quiet", "--stop-with-parent"),
        *("--host", ROOM_HOST, "--port", str(port)),
        *("--bot", settings.public_url, "--tenant", TENANT),
        *("--data", str(settings.data_dir / "room.sqlite")),
        *(("--mailbox", mailbox) if mailbox else ()),
    ]
