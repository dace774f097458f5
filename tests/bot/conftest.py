"""A town for every test of the conversation."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.blocking import nothing_blocks, watched
from tests.bot.town import Town, open_town
from tests.stores import sqlite_template

__all__ = ["nothing_blocks", "sqlite_template", "watched"]


@pytest.fixture
async def town(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Town]:
    """People in a room with a bot; see `tests.bot.town`."""
    async with open_town(Path(shutil.copy(sqlite_template, tmp_path / "parley.db"))) as town:
        yield town
