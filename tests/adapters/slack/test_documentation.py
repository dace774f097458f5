"""docs/slack.md is true."""

import json
import re
import runpy
from pathlib import Path

from adapters.chat.slack.manifest import SCOPES
from bot.chat_settings import Slack
from tests.adapters.slack.limits import message_breaches, view_breaches

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "slack.md").read_text()


def test_the_payloads_of_the_cards_are_the_present_ones() -> None:
    current = runpy.run_path(str(DOCS / "slack_cards.py"))["current"]
    assert current(PAGE) == PAGE, "please run: python docs/slack_cards.py"


def test_every_card_shown_is_one_that_slack_takes() -> None:
    cards = [json.loads(one) for one in re.findall(r"^```json\n(.+)\n```$", PAGE, re.MULTILINE)]
    assert len(cards) == 5
    for card in cards:
        is_window = card.get("type") == "modal"
        assert (view_breaches(card) if is_window else message_breaches(card["blocks"])) == []


def test_every_permission_is_explained_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z_.:]+)` \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(SCOPES)


def test_every_variable_named_is_one_that_the_bot_reads() -> None:
    named = {name.lower() for name in re.findall(r"PARLEY_CHAT__SLACK__(\w+)", PAGE)}
    assert named <= set(Slack.model_fields)
    secrets = {name for name in Slack.model_fields if name.endswith(("token", "secret"))}
    assert secrets <= named
