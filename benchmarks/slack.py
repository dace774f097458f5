"""300 slash commands at once, acknowledged by the real server, beside bare bolt: `-m benchmarks slack`.

Each of 300 people in 30 channels types `/meet @guest 30`; the bot asks Slack who they are, records the
command and acknowledges it: Slack gives three seconds. The same burst comes again when everybody is known,
and both go to the smallest app on the unmodified library (`benchmarks.bare_bolt`), which records nothing.
Over HTTP and in Socket Mode. Slack's side, its Web API and the 300 callers alike, is played by this process
on the same machine, so each figure holds its own waiting too: trust the ratios.
"""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

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
from tests.adapters.slack.delivering import Ack
from tests.adapters.slack.harness import Slack, Someone, playing_slack
from tests.ports import free_port

OK, SOCKETS = 200, 2
MODES = ("http", "socket")


def main() -> None:
    """Both modes."""
    compare(MODES, "bare bolt", bursts)


async def bursts(mode: str, who: str) -> list[Timing]:
    """Two bursts to a fresh process.

    Raises:
        RuntimeError: a command was not acknowledged at all.
    """
    with tempfile.TemporaryDirectory() as folder:
        async with playing_slack() as slack:
            hosts = _populate(slack)
            port = free_port()
            command = ["bot", "serve"] if who == "bot" else ["benchmarks.bare_bolt", mode, str(port)]
            told = _told_bot(Path(folder), slack, mode, port) if who == "bot" else _told_bolt(slack)
            with running(Path(folder), command, told):
                await _reached(slack, mode, port)
                return [await _burst(slack, hosts, who) for _ in range(2)]


def _populate(slack: Slack) -> list[tuple[Someone, str]]:
    """Everybody who types, with their channel."""
    guest, found = slack.guest, []
    for number in range(CHANNELS):
        inside = [
            slack.add_person(slack.team, f"U{number:03}H{one:03}", f"host{number}x{one}")
            for one in range(COMMANDS // CHANNELS)
        ]
        channel = slack.add_channel(slack.team, f"C{number:08}", f"room{number}", [*inside, guest])
        found += [(host, channel.id) for host in inside]
    return found


async def _reached(slack: Slack, mode: str, port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        if mode == "socket":
            slack.over_sockets()
            await slack.until(lambda: len(slack.sockets.connections) == SOCKETS, START_SECONDS)
            return
        slack.over_http(f"http://127.0.0.1:{port}/slack/events")
        await listens(port)


async def _burst(slack: Slack, hosts: Sequence[tuple[Someone, str]], who: str) -> Timing:
    loop = asyncio.get_running_loop()
    began = loop.time()
    acks: list[Ack] = await asyncio.gather(*(host.command("@guest 30", room) for host, room in hosts))
    seconds = loop.time() - began
    await settled(lambda: len(slack.world.calls))
    if lost := [ack for ack in acks if ack.status != OK]:
        raise RuntimeError(f"{who}: {len(lost)} were not acknowledged, such as {lost[0]}")
    return Timing(seconds, tuple(ack.seconds for ack in acks))


def _told_bot(folder: Path, slack: Slack, mode: str, port: int) -> dict[str, str]:
    secret = "APP_TOKEN" if mode == "socket" else "SIGNING_SECRET"
    keys = {
        "BOT_TOKEN": slack.team.token,
        secret: slack.app.app_token if mode == "socket" else slack.app.signing_secret,
        "MODE": mode,
        "API_BASE_URL": slack.api_base_url,
    }
    return told_bot(folder, port, "SLACK", keys)


def _told_bolt(slack: Slack) -> dict[str, str]:
    told = {
        "api_base_url": slack.api_base_url,
        "token": slack.team.token,
        "signing_secret": slack.app.signing_secret,
        "app_token": slack.app.app_token,
    }
    return {"BARE_BOLT": json.dumps(told)}


if __name__ == "__main__":
    main()
