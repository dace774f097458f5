"""Finds and launches the Chromium that browser tests drive.

A machine without Chromium skips these tests and says so; `PARLEY_REQUIRE_BROWSER=1` makes that a failure.
"""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Root has no sandbox in a container, and nothing here may talk to the outside.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium for all tests, which run in the session's loop.

    Each opens contexts with the zone and locale of the person it plays, and closes them.
    """
    executable = find_chromium()
    if executable is None:
        message = "no Chromium on this machine"
        if os.environ.get("PARLEY_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    expect.set_options(timeout=15_000)  # milliseconds; the machine may be busy with other tests
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield chromium
        await chromium.close()
