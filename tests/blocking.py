"""The event loop never waits: a call of ours that blocks inside it fails the test in which it was made.

Such a call raises where it is made; since that may be caught there like any other error, the test also fails
at its end. Threads and other processes may block.
"""

import traceback
from collections.abc import Iterator
from typing import Final

import blockbuster.blockbuster as watching
import pytest
from blockbuster import BlockBuster, BlockingError

OURS: Final = ("scheduling_core", "adapters", "bot")

ALLOWED: Final = (
    # What the tests themselves look up between two steps, most often of all.
    ("tests/fakes/jobs.py", {"next_job", "mark_done"}),
    # Before anything is listened to: settings, keys, the name of the process, the database's file, templates.
    ("bot/setting_values.py", {"<lambda>"}),
    ("bot/keys.py", {"_kept"}),
    ("bot/app/workers.py", {"name"}),
    ("adapters/storage/store.py", {"connect"}),
    ("bot/pages/__init__.py", {"add_to"}),
    ("adapters/chat/slack/listeners.py", {"app"}),
    # Small files that come with the packages, read once: a zone takes less than 1 ms, a locale about 5.
    ("zoneinfo/_common.py", {"load_data"}),
    ("scheduling_core/time_words.py", {"_counts_twelve"}),
    # /proc is memory.
    ("adapters/chat/discord/holders.py", {"_machine", "_stat"}),
    # A bug is shown with its source on a terminal.
    ("rich/traceback.py", {"__rich_console__"}),
)
"""Where our code may block: file and functions."""

_noticed: Final[list[str]] = []


class Noticed(BlockingError):
    """A blocking call; remembers where it was made."""

    def __init__(self, func: str) -> None:
        super().__init__(func)
        _noticed.append(f"{func}, called from\n{''.join(traceback.format_stack(limit=14)[:-2])}")


@pytest.fixture(scope="module")
def watched() -> Iterator[None]:
    """Calls that would block are watched in this process, not in those that it starts."""
    watch = BlockBuster(list(OURS))
    for function in watch.functions.values():
        for file, functions in ALLOWED:
            function.can_block_in(file, functions)
    was, watching.BlockingError = watching.BlockingError, Noticed  # type: ignore[misc]  # tells what was caught
    watch.activate()
    yield
    watch.deactivate()
    watching.BlockingError = was  # type: ignore[misc]  # as it was


def noticed() -> list[str]:
    """What was noticed since this was asked last."""
    found = list(_noticed)
    _noticed.clear()
    return found


@pytest.fixture(autouse=True)
def nothing_blocks(watched: None) -> Iterator[None]:
    """Nothing blocks in a test of this folder."""
    del watched
    noticed()
    yield
    if calls := noticed():
        pytest.fail(f"{len(calls)} calls block the event loop, the first: {calls[0]}", pytrace=False)
