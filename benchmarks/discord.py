"""300 slash commands at once, acknowledged by the real server, beside bare discord.py: `discord` runs it.

Each of 300 people in 30 channels types `/meet with:@guest length:30`; the bot acknowledges the command and
records it: Discord gives three seconds. The same burst comes again when everybody is known, and both go to
the smallest app on the unmodified library (`benchmarks.bare_discord`), which records nothing. Over the
gateway and by HTTP interactions. Discord's side, its REST API and the 300 people alike, is played by this
process on the same machine, so each figure holds its own waiting too: trust the ratios.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from adapters.chat.discord.commands import commands
from benchmarks.load import Timing
from tests.adapters.discord.by_hand import ByHand
from tests.adapters.discord.delivering import Ack
from tests.adapters.discord.harness import Discord, Someone, playing_discord
from tests.processes.harness import free_port

COMMANDS, CHANNELS = 300, 30
ACK_SECONDS = 3.0
START_SECONDS, SETTLE_SECONDS = 30.0, 120.0
NAMES = ("p50", "p99", "maximum")
MODES = ("gateway", "http")


def main() -> None:
    """Both modes."""
    print(f"{COMMANDS} commands at once, in {CHANNELS} channels; acknowledged within, in milliseconds")
    for mode in MODES:
        ours = asyncio.run(bursts(mode, "bot"))
        bare = asyncio.run(bursts(mode, "bare"))
        for name, timing, floor in zip(("first burst", "again"), ours, bare, strict=True):
            print(f"{mode:8}{name:13}{figures(timing)}")
            print(f"{'':8}{'bare':13}{figures(floor)}")
            ratios = [mine / its for mine, its in zip(_three(timing), _three(floor), strict=True)]
            parts = (f"{name} {value:6.2f}" for name, value in zip(NAMES, ratios, strict=True))
            print(f"{'':8}{'ratio':13}{'  '.join(parts)}")


def figures(timing: Timing) -> str:
    """p50, p99 and the maximum."""
    late = sum(seconds > ACK_SECONDS for seconds in timing.latencies)
    inside = f"{late} LATER than {ACK_SECONDS:.0f} s" if late else f"all inside {ACK_SECONDS:.0f} s"
    parts = (f"{name} {value:6.0f}" for name, value in zip(NAMES, _three(timing), strict=True))
    return f"{'  '.join(parts)}  {inside}"


def _three(timing: Timing) -> tuple[float, float, float]:
    return timing.percentile(50), timing.percentile(99), max(timing.latencies) * 1000


async def bursts(mode: str, who: str) -> list[Timing]:
    """Two bursts to a fresh process.

    Raises:
        RuntimeError: a command was not acknowledged at all.
    """
    with tempfile.TemporaryDirectory() as folder:
        async with playing_discord() as discord:
            await ByHand(discord).register(*commands("/meet"))
            hosts = _populate(discord)
            port = free_port()
            with _process(Path(folder), discord, mode, who, port):
                await _reached(discord, mode, port)
                return [await _burst(discord, hosts, who) for _ in range(2)]


def _populate(discord: Discord) -> list[tuple[Someone, str]]:
    """Everybody who types, with their channel."""
    found = []
    for number in range(CHANNELS):
        channel = discord.add_channel(str(1_300_000_000_000_000_000 + number), f"room{number}")
        for one in range(COMMANDS // CHANNELS):
            user = str(1_400_000_000_000_000_000 + number * 1000 + one)
            host = discord.add_person(user, f"host{number}x{one}")
            discord.guild.members.append(host.id)
            found.append((host, channel.id))
    return found


async def _reached(discord: Discord, mode: str, port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        if mode == "gateway":
            discord.over_gateway()
            await discord.until(lambda: discord.sessions, START_SECONDS)
            return
        discord.over_http(f"http://127.0.0.1:{port}/discord/interactions")
        while True:
            with suppress(OSError):
                await asyncio.open_connection("127.0.0.1", port)
                return
            await asyncio.sleep(0.05)


async def _burst(discord: Discord, hosts: Sequence[tuple[Someone, str]], who: str) -> Timing:
    loop = asyncio.get_running_loop()
    began = loop.time()
    typed = {"with": discord.guest, "length": 30}
    acks: list[Ack] = await asyncio.gather(*(host.command("meet", room, typed) for host, room in hosts))
    seconds = loop.time() - began
    await _settled(discord)
    if lost := [ack for ack in acks if not ack.is_accepted]:
        raise RuntimeError(f"{who}: {len(lost)} were not acknowledged, such as {lost[0]}")
    return Timing(seconds, tuple(ack.seconds for ack in acks))


async def _settled(discord: Discord) -> None:
    """Wait until nothing was asked of Discord for a second, so that one burst does not pay for another."""
    async with asyncio.timeout(SETTLE_SECONDS):
        known = -1
        while known != len(discord.world.calls):
            known = len(discord.world.calls)
            await asyncio.sleep(1)


@contextmanager
def _process(folder: Path, discord: Discord, mode: str, who: str, port: int) -> Iterator[None]:
    command = ["bot", "serve"] if who == "bot" else ["benchmarks.bare_discord", mode, str(port)]
    environment = _told_bot(folder, discord, mode, port) if who == "bot" else _told_bare(discord)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env={**os.environ, **environment}, stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _told_bot(folder: Path, discord: Discord, mode: str, port: int) -> dict[str, str]:
    keys = {
        "TOKEN": discord.app.token,
        "APPLICATION_ID": discord.app.id,
        "PUBLIC_KEY": discord.app.public_key,
        "MODE": mode,
        "API_BASE_URL": discord.api_base_url,
        "GATEWAY_URL": discord.gateway_url,
    }
    return {
        "PARLEY_DATA_DIR": str(folder / "data"),
        "PARLEY_SERVER__PORT": str(port),
        "PARLEY_LOG__FORMAT": "json",
        **{f"PARLEY_CHAT__DISCORD__{name}": value for name, value in keys.items()},
    }


def _told_bare(discord: Discord) -> dict[str, str]:
    told = {
        "api_base_url": discord.api_base_url,
        "gateway_url": discord.gateway_url,
        "token": discord.app.token,
        "public_key": discord.app.public_key,
    }
    return {"BARE_DISCORD": json.dumps(told)}


if __name__ == "__main__":
    main()
