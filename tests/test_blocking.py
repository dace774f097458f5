"""What watches the event loop notices what blocks it, and nothing else."""

import asyncio
from pathlib import Path

import pytest
from blockbuster import BlockingError

from adapters.storage.store import database_url, prepare_file
from tests.blocking import noticed, watched

__all__ = ["watched"]


@pytest.mark.usefixtures("watched")
async def test_a_call_of_ours_that_blocks_raises_and_is_remembered(tmp_path: Path) -> None:
    url = database_url(f"sqlite:///{tmp_path}/new/parley.db")
    with pytest.raises(BlockingError):
        prepare_file(url)
    (call,) = noticed()
    assert "prepare_file" in call
    await asyncio.to_thread(prepare_file, url)
    assert noticed() == []
