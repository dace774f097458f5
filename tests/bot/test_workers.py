"""What processes that do jobs are called."""

import shutil
from contextlib import AsyncExitStack
from pathlib import Path

from bot.app import workers


async def test_two_data_directories_on_one_host_give_two_names(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        assert workers.name(tmp_path / "a", stack) != workers.name(tmp_path / "b", stack)


async def test_two_processes_on_one_data_directory_have_two_names(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        assert workers.name(tmp_path, stack) != workers.name(tmp_path, stack)


async def test_a_process_keeps_its_name_over_restarts(tmp_path: Path) -> None:
    names = set()
    for _ in range(3):
        async with AsyncExitStack() as stack:
            names.add(workers.name(tmp_path, stack))
    assert len(names) == 1


async def test_a_copied_data_directory_gets_a_name_of_its_own(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        first = workers.name(tmp_path / "a", stack)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    async with AsyncExitStack() as stack:
        assert workers.name(tmp_path / "b", stack) != first
    async with AsyncExitStack() as stack:
        assert workers.name(tmp_path / "a", stack) == first
