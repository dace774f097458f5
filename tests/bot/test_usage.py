"""Help, refusals and forms name what can be typed on the platform where they are read, and nothing else."""

import pytest

from bot.settings import Settings
from bot.usage import Usage
from bot.views import menus
from scheduling_core.card_text import plain_text

TOKENS = {"token": "t", "application_id": "1" * 18, "public_key": "a" * 64}


def usage(platform: str, mode: str = "gateway") -> Usage:
    discord = {**TOKENS, "mode": mode, "command": "/termin"}
    return Settings.model_validate({"chat": {"discord": discord}}).usage_on(platform)


@pytest.mark.parametrize(
    ("platform", "mode", "invite", "listing", "hears_words", "shows_forms"),
    [
        ("discord", "gateway", "/termin with:@name text:30 —", "/termin-list —", True, True),
        ("discord", "http", "/termin with:@name text:30 —", "/termin-list —", False, True),
        ("slack", "gateway", "/meet @name 30 —", "/meet list —", True, True),
        ("webhook", "gateway", "/meet @name 30 —", "/meet list —", True, False),
    ],
)
def test_commands_are_named_as_they_are_typed(
    platform: str, mode: str, invite: str, listing: str, hears_words: bool, shows_forms: bool
) -> None:
    here = usage(platform, mode)
    told = plain_text(menus.help_card(here))
    assert invite in told
    assert listing in told
    assert (menus.SAID_TO_ME in told) == hears_words
    assert here.shows_forms == shows_forms
    assert f"For example: {here.invite('30 thu “Logo review”')}" in plain_text(menus.unread("No.", here))
