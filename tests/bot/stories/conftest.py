"""Thousands of steps over a database that is asked in the event loop itself, on purpose."""

import pytest


@pytest.fixture
def nothing_blocks() -> None:
    """Not watched."""
