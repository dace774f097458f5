"""`make run`: the bot and its example room on one machine, with nothing to set up."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import app, keys
from bot.settings import Settings, Tenant

TENANT = "demo"
ROOM_PORT = 8081


class PortTaken(Exception):
    """Somebody else listens there; the text says what to do."""


def settings_with_room(settings: Settings, room_port: int) -> Settings:
    """The given settings plus a tenant whose room runs on this machine."""
    callback = f"http://127.0.0.1:{room_port}/parley"
    known = settings.chat.webhook.tenants.get(TENANT)
    tenant = Tenant(secret=known.secret if known else (), callback_url=callback)
    tenants = {**settings.chat.webhook.tenants, TENANT: tenant}
    webhook = settings.chat.webhook.model_copy(update={"tenants": tenants})
    return settings.model_copy(
        update={
            "chat": settings.chat.model_copy(update={"webhook": webhook}),
            "network": settings.network.model_copy(update={"allow_private_addresses": True}),
        }
    )


def free_port(host: str, wanted: int, tries: int = 20) -> int:
    """*wanted*, or the next port after it that nobody listens on.

    Raises:
        PortTaken: all of them are taken.
    """
    for port in range(wanted, wanted + tries):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise PortTaken(
        f"The ports {wanted} to {wanted + tries - 1} are all taken; set PARLEY_SERVER__PORT to a free one."
    )


async def run(settings: Settings, room_port: int = ROOM_PORT) -> None:
    """Serve both until Ctrl-C; what was said and booked is kept in the data directory."""
    port = free_port(settings.server.host, settings.server.port)
    settings = settings.model_copy(update={"server": settings.server.model_copy(update={"port": port})})
    room_port = free_port("127.0.0.1", max(room_port, port + 1) if room_port == port else room_port)
    settings = settings_with_room(settings, room_port)
    started = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(app.serve(settings, started=started))
        tasks.create_task(_announce(started, room_port))
        async with _room(settings, room_port):
            await serving


async def _announce(started: asyncio.Event, room_port: int) -> None:
    await started.wait()
    print(f"\n  Parley is running. Open  http://127.0.0.1:{room_port}/  (Ctrl-C stops it)\n", flush=True)  # noqa: T201  the one line people look for


@asynccontextmanager
async def _room(settings: Settings, room_port: int) -> AsyncIterator[None]:
    secret = settings.chat.webhook.tenants[TENANT].secret
    value = secret[0].get_secret_value() if secret else keys.tenant_secret(settings.data_dir, TENANT)
    folder = settings.mail_url.removeprefix("file://") if settings.mail_url.startswith("file://") else ""
    command = [
        *(sys.executable, "-m", "examples.room", "--port", str(room_port)),
        *(
            "--bot",
            settings.public_url,
            "--tenant",
            TENANT,
        ),
        *("--data", str(settings.data_dir / "room.sqlite"), "--stop-with-parent"),
        *(("--mailbox", folder) if folder else ()),
    ]
    room = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, env=os.environ | {"ROOM_SECRET": value}
    )
    try:
        yield
    finally:
        if room.returncode is None:
            room.terminate()
        await room.wait()
