"""For every test: the time-zone data of the lock file, Hypothesis without a stopwatch, the order of files."""

import gc
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent

# The operating system's zones may be old; the program uses the pinned package, and so do its tests.
zoneinfo.reset_tzpath(())

# A busy machine is not a failure; the benchmarks measure speed.
settings.register_profile("parley", deadline=None)
settings.load_profile("parley")

# Thousands of collected tests stay until the end; looking through them again and again takes time.
gc.set_threshold(200_000, 20, 50)

WAITING = ("adapters/slack", "processes", "slack", "discord")
"""Folders whose files mostly wait for other processes, the slowest first."""
COMPUTING = ("bot/stories", "browser", "adapters/caldav", "adapters/storage", "bot", "room", "core")
"""Folders whose files keep a processor busy, the slowest first; files elsewhere are quick."""
WAITING_ENDS = 0.4
"""After this part of the files that compute: the others are quick, and none is left to wait for at last."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hand out files that wait among files that compute; inside a file the order stays."""
    files = list(dict.fromkeys(item.path for item in items))
    waiting = sorted((file for file in files if _place(file, WAITING) < len(WAITING)), key=_among(WAITING))
    computing = sorted((file for file in files if file not in waiting), key=_among(COMPUTING))
    turn = {file: WAITING_ENDS * place / len(waiting) for place, file in enumerate(waiting)}
    turn |= {file: place / len(computing) for place, file in enumerate(computing)}
    items.sort(key=lambda item: turn[item.path])


def _among(folders: tuple[str, ...]) -> Callable[[Path], int]:
    return lambda file: _place(file, folders)


def _place(file: Path, folders: tuple[str, ...]) -> int:
    path = file.relative_to(TESTS).as_posix()
    return next(
        (place for place, folder in enumerate(folders) if path.startswith(f"{folder}/")), len(folders)
    )


def pytest_collection_finish() -> None:
    """What is there now stays."""
    gc.collect()
    gc.freeze()
