"""300 slash commands at once, acknowledged by the real server, beside bare discord.py: `discord` runs it.

Each of 300 people in 30 channels types `/meet with:@guest length:30`; the bot acknowledges the command and
records it: Discord gives three seconds. The same burst comes again when everybody is known, and both go to
the smallest app on the unmodified library (`benchmarks.bare_discord`), which records nothing. Over the
gateway and by HTTP interactions. Discord's side, its REST API and the 300 people alike, is played by this
process on the same machine, so each figure holds its own waiting too: trust the ratios.
"""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from adapters.chat.discord.commands import commands
from benchmarks.bursts import (
    CHANNELS,
    COMMANDS,
    START_SECONDS,
    compare,
    listens,
    running,
    settled,
    told_bot,
)
from benchmarks.load import Timing
from tests.adapters.discord.by_hand import ByHand
from tests.adapters.discord.delivering import Ack
from tests.adapters.discord.harness import Discord, Someone, playing_discord
from tests.ports import free_port

MODES = ("gateway", "http")


def main() -> None:
    """Both modes."""
    compare(MODES, "bare", bursts)


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
            command = ["bot", "serve"] if who == "bot" else ["benchmarks.bare_discord", mode, str(port)]
            told = _told_bot(Path(folder), discord, mode, port) if who == "bot" else _told_bare(discord)
            with running(Path(folder), command, told):
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
        await listens(port)


async def _burst(discord: Discord, hosts: Sequence[tuple[Someone, str]], who: str) -> Timing:
    loop = asyncio.get_running_loop()
    began = loop.time()
    typed = {"with": discord.guest, "length": 30}
    acks: list[Ack] = await asyncio.gather(*(host.command("meet", room, typed) for host, room in hosts))
    seconds = loop.time() - began
    await settled(lambda: len(discord.world.calls))
    if lost := [ack for ack in acks if not ack.is_accepted]:
        raise RuntimeError(f"{who}: {len(lost)} were not acknowledged, such as {lost[0]}")
    return Timing(seconds, tuple(ack.seconds for ack in acks))


def _told_bot(folder: Path, discord: Discord, mode: str, port: int) -> dict[str, str]:
    keys = {
        "TOKEN": discord.app.token,
        "APPLICATION_ID": discord.app.id,
        "PUBLIC_KEY": discord.app.public_key,
        "MODE": mode,
        "API_BASE_URL": discord.api_base_url,
        "GATEWAY_URL": discord.gateway_url,
    }
    return told_bot(folder, port, "DISCORD", keys)


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
