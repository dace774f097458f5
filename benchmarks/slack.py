"""300 slash commands at once, acknowledged by the real server, beside bare bolt: `-m benchmarks slack`.

Each of 300 people in 30 channels types `/meet @guest 30`; the bot asks Slack who they are, records the
command and acknowledges it: Slack gives three seconds. The same burst comes again when everybody is known,
and both go to the smallest app on the unmodified library (`benchmarks.bare_bolt`), which records nothing.
Over HTTP and in Socket Mode. Slack's side, its Web API and the 300 callers alike, is played by this process
on the same machine, so each figure holds its own waiting too: trust the ratios.
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

from benchmarks.load import Timing
from tests.adapters.slack.delivering import ACK_SECONDS, Ack
from tests.adapters.slack.harness import Slack, Someone, playing_slack
from tests.processes.harness import free_port

COMMANDS, CHANNELS = 300, 30
START_SECONDS, SETTLE_SECONDS = 30.0, 120.0
OK, SOCKETS = 200, 2
NAMES = ("p50", "p99", "maximum")
MODES = ("http", "socket")


def main() -> None:
    """Both modes."""
    print(f"{COMMANDS} commands at once, in {CHANNELS} channels; acknowledged within, in milliseconds")
    for mode in MODES:
        ours = asyncio.run(bursts(mode, "bot"))
        bare = asyncio.run(bursts(mode, "bolt"))
        for name, timing, floor in zip(("first burst", "again"), ours, bare, strict=True):
            print(f"{mode:6}  {name:11}  {figures(timing)}")
            print(f"{'':6}  {'bare bolt':11}  {figures(floor)}")
            ratios = [mine / its for mine, its in zip(_three(timing), _three(floor), strict=True)]
            print(
                f"{'':6}  {'ratio':11}  p50 {ratios[0]:6.2f}  p99 {ratios[1]:6.2f}  maximum {ratios[2]:6.2f}"
            )


def figures(timing: Timing) -> str:
    """p50, p99 and the maximum."""
    late = sum(seconds > ACK_SECONDS for seconds in timing.latencies)
    inside = f"{late} LATER than {ACK_SECONDS:.0f} s" if late else f"all inside {ACK_SECONDS:.0f} s"
    parts = (
        f"{name} {value:6.0f}" for name, value in zip(("p50", "p99", "maximum"), _three(timing), strict=True)
    )
    return f"{'  '.join(parts)}  {inside}"


def _three(timing: Timing) -> tuple[float, float, float]:
    return timing.percentile(50), timing.percentile(99), max(timing.latencies) * 1000


async def bursts(mode: str, who: str) -> list[Timing]:
    """Two bursts to a fresh process.

    Raises:
        RuntimeError: a command was not acknowledged at all.
    """
    with tempfile.TemporaryDirectory() as folder:
        async with playing_slack() as slack:
            hosts = _populate(slack)
            port = free_port()
            with _process(Path(folder), slack, mode, who, port):
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
        while True:
            with suppress(OSError):
                await asyncio.open_connection("127.0.0.1", port)
                return
            await asyncio.sleep(0.05)


async def _burst(slack: Slack, hosts: Sequence[tuple[Someone, str]], who: str) -> Timing:
    loop = asyncio.get_running_loop()
    began = loop.time()
    acks: list[Ack] = await asyncio.gather(*(host.command("@guest 30", room) for host, room in hosts))
    seconds = loop.time() - began
    await _settled(slack)
    if lost := [ack for ack in acks if ack.status != OK]:
        raise RuntimeError(f"{who}: {len(lost)} were not acknowledged, such as {lost[0]}")
    return Timing(seconds, tuple(ack.seconds for ack in acks))


async def _settled(slack: Slack) -> None:
    """Wait until nothing was asked of Slack for a second, so that one burst does not pay for another."""
    async with asyncio.timeout(SETTLE_SECONDS):
        known = -1
        while known != len(slack.world.calls):
            known = len(slack.world.calls)
            await asyncio.sleep(1)


@contextmanager
def _process(
    folder: Path, slack: Slack, mode: str, who: str, port: int
) -> Iterator["subprocess.Popen[bytes]"]:
    command = ["bot", "serve"] if who == "bot" else ["benchmarks.bare_bolt", mode, str(port)]
    environment = _told_bot(folder, slack, mode, port) if who == "bot" else _told_bolt(slack)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env={**os.environ, **environment}, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _told_bot(folder: Path, slack: Slack, mode: str, port: int) -> dict[str, str]:
    secret = "APP_TOKEN" if mode == "socket" else "SIGNING_SECRET"
    keys = {
        "BOT_TOKEN": slack.team.token,
        secret: slack.app.app_token if mode == "socket" else slack.app.signing_secret,
        "MODE": mode,
        "API_BASE_URL": slack.api_base_url,
    }
    return {
        "PARLEY_DATA_DIR": str(folder / "data"),
        "PARLEY_SERVER__PORT": str(port),
        "PARLEY_LOG__FORMAT": "json",
        **{f"PARLEY_CHAT__SLACK__{name}": value for name, value in keys.items()},
    }


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
