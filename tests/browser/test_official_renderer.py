"""Every card of the bot in the official JavaScript renderer, in Chromium.

Pictures are kept where `PARLEY_PICTURES` names a folder.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from adapters.chat.webhook.render import adaptive_card
from bot.views.samples import samples
from scheduling_core.actions import ActionCodec
from scheduling_core.refs import RoomRef, WorkspaceRef
from tests.browser.official_renderer import open_renderer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ROOM = RoomRef(WorkspaceRef("webhook", "demo"), "room-1")
CODEC = ActionCodec(b"a key of the tests")


async def test_it_shows_every_card_whole_and_without_a_complaint(browser: Browser) -> None:
    renderer = await open_renderer(browser)
    complaints: dict[str, list[str]] = {}
    for name, card in samples().items():
        shown = await renderer.shows(adaptive_card(card, ROOM, CODEC))
        assert shown["text"]
        assert "{{" not in shown["text"]
        if found := shown["events"] + shown["cut"]:
            complaints[name] = found
        if folder := os.environ.get("PARLEY_PICTURES"):
            picture = Path(folder, re.sub(r"\W+", "-", name) + ".png")
            await renderer.page.screenshot(path=picture, full_page=True)
    assert complaints == {}
    assert not renderer.errors
    await renderer.page.context.close()


async def test_public_times_are_the_readers_own(browser: Browser) -> None:
    renderer = await open_renderer(browser)
    shown = await renderer.shows(adaptive_card(samples()["invitation"], ROOM, CODEC))
    # 08:00 UTC in Kolkata, and in English as it is written in Britain.
    assert "1 · Thu, 26 Nov 2026, 13:30" in shown["text"]
    await renderer.page.context.close()
