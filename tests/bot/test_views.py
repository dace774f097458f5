"""What holds for every card the bot can show, and the words of the cards that no story reaches."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.chat.webhook.render import adaptive_card
from bot.views.meetings import LOST_SHOWN, card
from bot.views.samples import CAST, INVITING, NOW, PUBLIC, samples
from bot.views.words import Eyes, listed, shown_name
from scheduling_core import card_json
from scheduling_core.actions import ActionCodec
from scheduling_core.card_text import plain_text
from scheduling_core.cards import Button, Buttons, Card, ChoiceField, DateField, Link, Text, TextField
from scheduling_core.meeting import Offer
from scheduling_core.people import Person
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.webhook.adaptive_cards import faults

ROOM = RoomRef(WorkspaceRef("webhook", "demo"), "room-1")
CODEC = ActionCodec(b"a key of the tests")
CLOCK = re.compile(r"\d{1,2}[:.]\d\d|\b\d{1,2} ?[ap]m\b", re.IGNORECASE)
SAMPLES = samples()
every_card = pytest.mark.parametrize("name", SAMPLES)


def is_form(sample: Card) -> bool:
    return any(isinstance(block, TextField | ChoiceField | DateField) for block in sample.blocks)


def is_public(name: str) -> bool:
    return any(name.startswith(beginning) for beginning in PUBLIC) and name != "cancelled by you"


@every_card
def test_a_card_is_one_that_every_room_can_show(name: str) -> None:
    assert faults(adaptive_card(SAMPLES[name], ROOM, CODEC)) == []


@every_card
def test_a_card_is_kept_and_read_back_as_it_was(name: str) -> None:
    assert card_json.from_json(card_json.to_json(SAMPLES[name])) == SAMPLES[name]


@every_card
def test_a_label_fits_on_a_button(name: str) -> None:
    items = [item for block in SAMPLES[name].blocks if isinstance(block, Buttons) for item in block.items]
    assert all(0 < len(item.label) <= 40 for item in items)


@every_card
def test_every_button_has_a_word_of_its_own(name: str) -> None:
    buttons = list(SAMPLES[name].buttons())
    words = [button.reply for button in buttons if button.reply]
    assert len(words) == len(set(words))
    assert all(word == word.lower().strip() for word in words)
    without = [button.label for button in buttons if not button.reply]
    assert not without or is_form(SAMPLES[name])


def says_what_to_reply(text: str, button: Button) -> bool:
    """In the last line, or with its number in place; of `cancel 1`, `cancel 2` … the first is enough."""
    *lines, hint = text.splitlines()
    word = button.reply or ""
    kind = word.rstrip("0123456789")
    in_place = (f"{word} · {button.label}", f"{word}: ")
    return (kind or word) in hint or ("number" in hint and any(way in "\n".join(lines) for way in in_place))


@every_card
def test_plain_text_carries_every_word_every_link_and_what_to_reply(name: str) -> None:
    text = plain_text(SAMPLES[name], NOW)
    for block in SAMPLES[name].blocks:
        match block:
            case Text(spans):
                assert all(span in text for span in spans if isinstance(span, str))
            case Buttons(items):
                assert all(item.url in text for item in items if isinstance(item, Link))
                buttons = [item for item in items if isinstance(item, Button) and item.reply]
                assert all(says_what_to_reply(text, button) for button in buttons)
            case TextField() | ChoiceField() | DateField():
                assert block.label in text


@pytest.mark.parametrize("name", [name for name in SAMPLES if is_public(name)])
def test_no_clock_time_stands_on_a_public_button_or_written_out_on_a_public_card(name: str) -> None:
    assert not [button.label for button in SAMPLES[name].buttons() if CLOCK.search(button.label)]
    texts = [span for block in SAMPLES[name].blocks if isinstance(block, Text) for span in block.spans]
    assert not [span for span in texts if isinstance(span, str) and CLOCK.search(span)]


@every_card
def test_a_private_card_leads_on(name: str) -> None:
    has_items = any(isinstance(block, Buttons) for block in SAMPLES[name].blocks)
    assert has_items or is_public(name)


def test_a_long_lived_card_shows_only_the_latest_lost_offers() -> None:
    lost = tuple(Offer(n, NOW + timedelta(hours=n), open=False) for n in range(1, 20))
    shown = card(replace(INVITING, offers=(*lost, Offer(20, NOW))), CAST)
    struck = [block for block in shown.blocks if isinstance(block, Text) and block.emphasis == "struck"]
    assert len(struck) == LOST_SHOWN
    assert struck[-1].spans[0] == "19 · "


def test_a_long_list_says_how_many_more_there_are() -> None:
    assert "And 5 more, later than these." in plain_text(SAMPLES["list, long"])


def a_person(name: str) -> Person:
    return Person("p1", PersonRef(WorkspaceRef("webhook", "demo"), "u-1"), name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("guest", "guest"),
        ("  Guest \n of honour ", "Guest of honour"),
        ("guest@example.net", "guest"),
        ("Guest (guest@example.net)", "Guest (guest"),
        ("guest@intranet", "guest"),
        ("a@b@c.org", "a"),
        ("guest @ example.net (away)", "guest (away)"),
        ("guest＠example.net", "guest"),
        ("@guest", "guest"),
        ("guest\u202etxt", "guest txt"),
        ("@", "somebody"),
        ("<b>guest</b>", "<b>guest</b>"),
        ("x" * 500, "x" * 60),
        ("אורח 🎉", "אורח 🎉"),
    ],
)
def test_a_name_is_shown_without_an_address_and_on_one_line(name: str, shown: str) -> None:
    assert shown_name(a_person(name)) == shown


def test_a_list_of_names() -> None:
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a & b",
        "a, b & c",
    ]


@pytest.mark.parametrize(
    ("hours", "shown"), [(0.5, "11:30"), (23, "Fri 10:00"), (-3, "08:00"), (24 * 9, "Sat 5 Dec, 11:00")]
)
def test_a_nearby_time_is_as_short_as_it_is_clear(hours: float, shown: str) -> None:
    wanted = datetime(2026, 11, 26, 14, tzinfo=UTC)
    assert Eyes("America/Sao_Paulo", None).near(wanted + timedelta(hours=hours), wanted) == shown


def test_twelve_hour_clocks_are_read_by_those_who_use_them() -> None:
    assert (
        Eyes("America/New_York", "en-US").moment(datetime(2026, 11, 26, 20, tzinfo=UTC))
        == "Thu 26 Nov, 3:00 PM"
    )


def test_the_samples_are_more_than_the_kinds_of_cards() -> None:
    assert len(SAMPLES) > 50
