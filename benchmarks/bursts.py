"""Bursts of commands to a server beside a floor: what the platforms' benchmarks share."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.load import Timing

COMMANDS, CHANNELS = 300, 30
ACK_SECONDS = 3.0
"""How long Slack and Discord wait for an acknowledgement."""
START_SECONDS, SETTLE_SECONDS = 30.0, 120.0
NAMES = ("p50", "p99", "maximum")

Bursts = Callable[[str, str], Coroutine[Any, Any, list[Timing]]]
"""Two bursts to a fresh process, by mode and by who answers: `bot` or the floor's name.

Raises:
    RuntimeError: a command was not acknowledged at all.
"""


def compare(modes: Sequence[str], floor: str, bursts: Bursts) -> None:
    """Print each mode's figures, the floor's, and their ratios."""
    print(f"{COMMANDS} commands at once, in {CHANNELS} channels; acknowledged within, in milliseconds")
    for mode in modes:
        ours = asyncio.run(bursts(mode, "bot"))
        bare = asyncio.run(bursts(mode, floor))
        for name, timing, below in zip(("first burst", "again"), ours, bare, strict=True):
            print(f"{mode:8}{name:13}{figures(timing)}")
            print(f"{'':8}{floor:13}{figures(below)}")
            ratios = [mine / its for mine, its in zip(_three(timing), _three(below), strict=True)]
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


async def listens(port: int) -> None:
    """Returns when something does; to be bounded by the caller."""
    while True:
        with suppress(OSError):
            await asyncio.open_connection("127.0.0.1", port)
            return
        await asyncio.sleep(0.05)


async def settled(calls: Callable[[], int]) -> None:
    """Wait until the platform was asked nothing for a second: no burst pays for another."""
    async with asyncio.timeout(SETTLE_SECONDS):
        known = -1
        while known != calls():
            known = calls()
            await asyncio.sleep(1)


@contextmanager
def running(folder: Path, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    """A module as a process of its own, its log in *folder*."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env={**os.environ, **environment}, stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def told_bot(folder: Path, port: int, platform: str, keys: Mapping[str, str]) -> dict[str, str]:
    """What the real server is told of one platform."""
    return {
        "PARLEY_DATA_DIR": str(folder / "data"),
        "PARLEY_SERVER__PORT": str(port),
        "PARLEY_LOG__FORMAT": "json",
        **{f"PARLEY_CHAT__{platform}__{name}": value for name, value in keys.items()},
    }
