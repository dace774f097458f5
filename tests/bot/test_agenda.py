"""The list of what concerns somebody, page by page, on every platform."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from adapters.chat.discord import render as discord
from adapters.chat.slack import render as slack
from bot.views import agenda
from bot.views.samples import BOOKED, CAST, EYES, HOST, NOW, SECOND
from scheduling_core.actions import ActionCodec
from scheduling_core.cards import Card
from scheduling_core.deliveries import Message
from scheduling_core.meet_syntax import MAX_TITLE
from scheduling_core.meeting import Wish

CODEC = ActionCodec(b"a key of the tests")


def pages(rows: agenda.Rows) -> Iterator[Card]:
    """Of a list, one after the other, by *More*."""
    since: str | None = ""
    while since is not None:
        card = agenda.agenda(rows, EYES, HOST.id, since)
        yield card
        since = next((one.action.args[0] for one in card.buttons() if one.label == "More"), None)


def test_every_page_of_a_list_of_long_entries_fits_in_a_message_of_each_platform() -> None:
    meeting = replace(BOOKED, title="t" * MAX_TITLE)
    wish = Wish("w1", meeting.id, SECOND.id, (NOW,) * 3, "n" * 200, "m1")
    asked = [agenda.Asked(replace(wish, id=f"w{n}"), meeting, SECOND) for n in range(20)]
    listed = [agenda.Listed(replace(meeting, id=f"i{n}"), CAST, True) for n in range(40)]
    numbers: list[str] = []
    for card in pages([*asked, *listed]):
        message = Message("m0123456789ab", 1, BOOKED.room, HOST.ref, card)
        shown = json.dumps(discord.message(message, CODEC), ensure_ascii=False)
        assert discord.MORE not in shown
        assert slack.MORE not in json.dumps(slack.message_blocks(message, CODEC))
        numbers += re.findall(r"\*\*(\d+) · ", shown)
    assert numbers == [str(number) for number in range(1, 61)]
