"""For every test: the time-zone data of the lock file, Hypothesis without a stopwatch, slow files first."""

import gc
import zoneinfo

import pytest
from hypothesis import settings

# The operating system's zones may be old; the program uses the pinned package, and so do its tests.
zoneinfo.reset_tzpath(())

# A busy machine is not a failure; the benchmarks measure speed.
settings.register_profile("parley", deadline=None)
settings.load_profile("parley")

# Thousands of collected tests stay until the end; looking through them again and again takes time.
gc.set_threshold(50_000, 20, 50)

LONGEST_FIRST = (
    "processes",
    "slack",
    "bot/stories",
    "discord",
    "browser",
    "adapters/caldav",
    "adapters/storage",
    "bot",
    "room",
    "core",
)
"""Folders whose files take long: begun last, one of them would keep a single worker busy at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hand out the slow files first; inside a file the order stays."""

    def rank(item: pytest.Item) -> int:
        places = (place for place, folder in enumerate(LONGEST_FIRST) if f"tests/{folder}/" in item.nodeid)
        return next(places, len(LONGEST_FIRST))

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """What is there now stays."""
    gc.collect()
    gc.freeze()
