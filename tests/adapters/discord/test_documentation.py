"""docs/discord.md is true."""

import json
import re
import runpy
from pathlib import Path

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
