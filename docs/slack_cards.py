"""Writes the payloads of the main cards into docs/slack.md: `python docs/slack_cards.py`."""

import json
import re
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("slack.md")
sys.path.insert(0, str(PAGE.parents[1]))

from adapters.chat.slack import render  # noqa: E402  after the path is set
from bot.views.samples import samples  # noqa: E402
from scheduling_core.actions import ActionCodec  # noqa: E402
from scheduling_core.deliveries import Message  # noqa: E402
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef  # noqa: E402

BEGIN, END = "<!-- cards: written by docs/slack_cards.py -->", "<!-- end of cards -->"
CODEC = ActionCodec(b"the key of the documentation")
TEAM = WorkspaceRef("slack", "T0FIRST01")
ROOM = RoomRef(TEAM, "C0DESIGN1")
GUEST = PersonRef(TEAM, "U0GUEST01")
CARDS = {
    "setup": "Setup: private, the first time somebody types the command.",
    "invitation": "Invitation: for the whole room.",
    "confirm": "Confirm: private, after a number was pressed.",
    "confirmation": "Confirmation: takes the invitation's place.",
    "more times": "Picker: a window, behind *More times*.",
}
"""Name among the samples → what it is."""


def payload(name: str) -> dict[str, object]:
    """A card as Slack's Block Kit Builder takes it: a message, or a window."""
    is_public = name in ("invitation", "confirmation")
    message = Message("m0123456789ab", 1, ROOM, None if is_public else GUEST, samples()[name])
    if name == "more times":
        return render.modal(message, CODEC)
    return {"blocks": render.message_blocks(message, CODEC)}


def part() -> str:
    """The part of the page between the two marks."""
    shown = (
        f"{words}\n\n```json\n{json.dumps(payload(name), ensure_ascii=False)}\n```\n"
        for name, words in CARDS.items()
    )
    return "\n".join(shown)


def current(page: str) -> str:
    """The page with the payloads as they are now."""
    marked = re.compile(f"(?<={re.escape(BEGIN)}\n\n).*(?={re.escape(END)})", re.DOTALL)
    if not marked.search(page):
        raise SystemExit(f"docs/slack.md has no place for the cards: {BEGIN}")
    return marked.sub(lambda _: part() + "\n", page)


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text()))
