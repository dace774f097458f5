"""docs/discord.md is true."""

import json
import re
import runpy
from pathlib import Path

from adapters.chat.discord.portal import PERMISSIONS, invite_url
from bot.chat_settings import Discord
from tests.adapters.discord.components import modal_breaches
from tests.adapters.discord.limits import message_breaches

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "discord.md").read_text()


def test_the_payloads_of_the_cards_are_the_present_ones() -> None:
    current = runpy.run_path(str(DOCS / "discord_cards.py"))["current"]
    assert current(PAGE) == PAGE, "please run: python docs/discord_cards.py"


def test_every_card_shown_is_one_that_discord_takes() -> None:
    bodies = [json.loads(one) for one in re.findall(r"^```json\n(.+)\n```$", PAGE, re.MULTILINE)]
    *cards, form = bodies
    assert len(cards) == 5
    assert [message_breaches(card, "send") for card in cards] == [[]] * 5
    assert list(modal_breaches(form)) == []


def test_every_permission_is_explained_and_the_link_asks_for_no_other() -> None:
    assert sorted(re.findall(r"^\| `([A-Z]+(?:_[A-Z]+)*)` \|", PAGE, re.MULTILINE)) == sorted(PERMISSIONS)
    assert f"`{invite_url('APPLICATION_ID')}`" in PAGE


def test_every_setting_is_named_as_the_bot_reads_it() -> None:
    assert {name.lower() for name in re.findall(r"PARLEY_CHAT__DISCORD__(\w+)", PAGE)} == set(
        Discord.model_fields
    )
