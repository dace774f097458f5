"""For every test: the time-zone data of the lock file, Hypothesis without a stopwatch, slow files first."""

import zoneinfo

import pytest
from hypothesis import settings

# The operating system's zones may be old; the program uses the pinned package, and so do its tests.
zoneinfo.reset_tzpath(())

# A busy machine is not a failure; the benchmarks measure speed.
settings.register_profile("parley", deadline=None)
settings.load_profile("parley")

LONGEST_FIRST = ("processes", "slack", "bot/stories", "browser", "bot", "room", "core")
"""Folders whose files take long: begun last, one of them would keep a single worker busy at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hand out the slow files first; inside a file the order stays."""

    def rank(item: pytest.Item) -> int:
        places = (place for place, folder in enumerate(LONGEST_FIRST) if f"tests/{folder}/" in item.nodeid)
        return next(places, len(LONGEST_FIRST))

    items.sort(key=rank)
