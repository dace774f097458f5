"""Writes the payloads of the main cards into docs/discord.md: `python docs/discord_cards.py`."""

import json
import re
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("discord.md")
sys.path.insert(0, str(PAGE.parents[1]))

from adapters.chat.discord import render  # noqa: E402  after the path is set
from adapters.chat.discord.names import USERS  # noqa: E402
from bot.views.samples import samples  # noqa: E402
from scheduling_core.actions import ActionCodec  # noqa: E402
from scheduling_core.deliveries import Message  # noqa: E402
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef  # noqa: E402

BEGIN, END = "<!-- cards: written by docs/discord_cards.py -->", "<!-- end of cards -->"
CODEC = ActionCodec(b"the key of the documentation")
SERVER = WorkspaceRef("discord", "1200000000000000001")
ROOM = RoomRef(SERVER, "1200000000000000002")
GUEST = PersonRef(USERS, "1100000000000000002")
CARDS = {
    "setup asking for the clock": "Setup: private, the first time somebody types the command.",
    "invitation": "Invitation: for the whole room.",
    "confirm": "Confirm: private, after a number was pressed.",
    "confirmation": "Confirmation: takes the invitation's place.",
    "more times": "Picker: private, behind *More times*; a day, then a time, in the same message.",
}
"""Name among the samples → what it is."""


def payload(name: str) -> dict[str, object]:
    """A card as it is posted; a private one is ephemeral besides."""
    is_public = name in ("invitation", "confirmation")
    return render.message(
        Message("m0123456789ab", 1, ROOM, None if is_public else GUEST, samples()[name]), CODEC
    )


def form() -> dict[str, object]:
    """The modal behind *Fill in…* of the question before a cancellation."""
    return render.modal(Message("m0123456789ab", 1, ROOM, GUEST, samples()["cancel"]), 0, CODEC)


def part() -> str:
    """The part of the page between the two marks."""
    shown = [(words, payload(name)) for name, words in CARDS.items()]
    shown.append(("Form: the modal behind *Fill in…*, here before a cancellation.", form()))
    return "\n".join(
        f"{words}\n\n```json\n{json.dumps(one, ensure_ascii=False)}\n```\n" for words, one in shown
    )


def current(page: str) -> str:
    """The page with the payloads as they are now."""
    marked = re.compile(f"(?<={re.escape(BEGIN)}\n\n).*(?={re.escape(END)})", re.DOTALL)
    if not marked.search(page):
        raise SystemExit(f"docs/discord.md has no place for the cards: {BEGIN}")
    return marked.sub(lambda _: part() + "\n", page)


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text()))
