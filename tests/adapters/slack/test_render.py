"""Cards as blocks, windows and home pages of Slack."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.slack import render
from adapters.chat.slack.names import home_room, read_block_id, read_where
from scheduling_core.actions import Action
from scheduling_core.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Link,
    Text,
    TextField,
    When,
)
from scheduling_core.cards import line as text_line
from scheduling_core.deliveries import Message
from tests.adapters.slack.cards import (
    AT,
    CARDS,
    CODEC,
    GUEST,
    PICK,
    ROOM,
    TEAM,
    blocks_of,
    markup,
    message,
    modal_of,
)
from tests.adapters.slack.limits import message_breaches, view_breaches

# Every card there is.


@pytest.mark.parametrize("name", CARDS)
def test_every_card_is_a_message_a_window_and_a_page(name: str) -> None:
    for audience in (None, GUEST):
        sample = Message("m0123456789ab", 1, ROOM, audience, CARDS[name])
        assert message_breaches(render.message_blocks(sample, CODEC)) == []
        assert view_breaches(render.modal(sample, CODEC)) == []
        assert view_breaches(render.home(replace(sample, room=home_room(TEAM, "U0GUEST01")), CODEC)) == []
        assert 0 < len(render.fallback_text(CARDS[name])) <= 3000


@pytest.mark.parametrize("name", CARDS)
def test_every_button_of_every_card_comes_back_as_its_action(name: str) -> None:
    made = render.message_blocks(Message("m1", 1, ROOM, None, CARDS[name]), CODEC)
    sent = {
        CODEC.decode(element["value"], ROOM)
        for block in made
        for element in block.get("elements", ())
        if "value" in element
    }
    assert sent == {
        item.action
        for block in CARDS[name].blocks
        if isinstance(block, Buttons)
        for item in block.items
        if isinstance(item, Button)
    }


def test_equal_messages_give_equal_blocks() -> None:
    assert blocks_of(*CARDS["setup"].blocks) == blocks_of(*CARDS["setup"].blocks)


def test_lines_of_one_kind_share_a_block() -> None:
    made = blocks_of(
        text_line("Meet?", emphasis="strong"),
        text_line("30 min", emphasis="subtle"),
        *(text_line(f"{n} · ", When(AT)) for n in range(1, 6)),
        text_line("Times are in your own time zone.", emphasis="subtle"),
        text_line("  "),
    )
    assert [block["type"] for block in made] == ["section", "context", "section", "context"]
    assert made[2]["text"]["text"].count("\n") == 4


def test_long_lines_are_cut_and_many_share_several_blocks() -> None:
    made = blocks_of(text_line("&" * 4000, emphasis="strong"), *(text_line("x" * 900) for _ in range(5)))
    assert [len(block["text"]["text"]) <= 3000 for block in made] == [True] * 3
    assert made[0]["text"]["text"].endswith("&amp;…*")


# Buttons.


def test_a_button_carries_its_action_for_the_room_of_its_message() -> None:
    (row,) = blocks_of(
        Buttons((Button("1", PICK, "primary"), Button("Cancel", PICK, "danger"), Button("2", PICK)))
    )
    assert [CODEC.decode(one["value"], ROOM) for one in row["elements"]] == [PICK] * 3
    assert [one.get("style") for one in row["elements"]] == ["primary", "danger", None]
    assert [one["action_id"] for one in row["elements"]] == ["b0", "b1", "b2"]


def test_ids_say_what_a_button_does() -> None:
    (row,) = blocks_of(
        Buttons(
            (Button("1", PICK), Button("More", PICK, opens_form=True), Link("Join", "https://example.org"))
        )
    )
    assert [one["action_id"] for one in row["elements"]] == ["b0", "form1", "url2"]
    assert row["elements"][2]["url"] == "https://example.org"


def test_five_numbers_stay_in_one_row_and_thirty_take_two() -> None:
    five, rest = (Buttons(tuple(Button(str(n), PICK) for n in range(count))) for count in (5, 30))
    made = blocks_of(five, rest)
    assert [len(block["elements"]) for block in made] == [5, 25, 5]


def test_what_slack_cannot_take_is_shortened_or_left_out() -> None:
    (row,) = blocks_of(
        Buttons((Button("x" * 90, PICK), Button(" ", PICK), Link("a", "https://example.org/" + "x" * 3000))),
        Buttons(()),
    )
    assert [one["text"]["text"] for one in row["elements"]] == ["x" * 74 + "…", "…"]


def test_blocks_say_whose_they_are_and_private_ones_of_which_room() -> None:
    (public,), (private,) = blocks_of(text_line("x")), blocks_of(text_line("x"), private=True)
    assert public["block_id"] == "m1|0"
    read = read_block_id(private["block_id"])
    assert read is not None
    assert (read.message, read.field, read.room) == ("m1", None, ROOM)


# Windows and pages.


def test_the_main_button_and_a_short_heading_move_into_the_frame_of_a_window() -> None:
    save = Button("Save", Action("save", ("-",)), "primary")
    made = modal_of(
        text_line("Your time", emphasis="strong"),
        TextField("mon", "Monday"),
        Buttons((save, Button("Help", Action("help")))),
    )
    assert (made["title"]["text"], made["submit"]["text"], made["close"]["text"]) == (
        "Your time",
        "Save",
        "Close",
    )
    assert [block["type"] for block in made["blocks"]] == ["input", "actions"]
    where = read_where(made["private_metadata"])
    assert where is not None
    assert (where.message_id, where.room, made["callback_id"]) == ("m1", ROOM, "card")
    assert CODEC.decode(where.submit or "", ROOM) == save.action


def test_a_long_heading_stays_on_the_card_and_a_long_button_in_it() -> None:
    made = modal_of(
        text_line("You both are free at these times", emphasis="strong"),
        Buttons((Button("Accept Thursday, 26 November", PICK, "primary"),)),
    )
    assert made["title"]["text"] == render.TITLE
    assert "submit" not in made
    assert [block["type"] for block in made["blocks"]] == ["section", "actions"]


def test_the_first_of_several_times_stays_in_its_row() -> None:
    row = Buttons(
        tuple(
            Button(f"1{n}:00", Action("move", ("i1", str(n))), "plain" if n else "primary") for n in range(3)
        )
    )
    made = modal_of(row, TextField("reason", "Reason"))
    assert made["submit"]["text"] == "10:00"
    assert len(made["blocks"][0]["elements"]) == 3


def test_windows_without_a_card_say_what_is_going_on() -> None:
    gone = render.modal(Message("m1", 2, ROOM, GUEST, None), CODEC)
    for view in (gone, render.loading_modal()):
        assert view_breaches(view) == []
        assert "submit" not in view
    assert render.loading_modal()["callback_id"] == "loading"
    assert render.message_blocks(Message("m1", 2, ROOM, GUEST, None), CODEC) == []
    assert view_breaches(render.home(Message("home-1", 2, ROOM, GUEST, None), CODEC)) == []


def test_the_bots_page_keeps_all_its_buttons() -> None:
    save = Button("Save", Action("save"), "primary")
    room = home_room(TEAM, "U0GUEST01")
    made = render.home(Message("home-1", 1, room, GUEST, Card((text_line("Hours"), Buttons((save,))))), CODEC)
    assert CODEC.decode(made["blocks"][1]["elements"][0]["value"], room) == save.action
    where = read_where(made["private_metadata"])
    assert where is not None
    assert (where.room, where.submit) == (room, None)


# Too much.


def test_small_print_gives_way_before_anything_is_cut() -> None:
    entry = (
        text_line("Thu", emphasis="strong"),
        text_line("30 min", emphasis="subtle"),
        Buttons((Button("1", PICK),)),
    )
    made = blocks_of(*entry * 20)
    assert len(made) == 40
    assert render.MORE not in json.dumps(made)


@pytest.mark.parametrize("count", [51, 400])
def test_a_card_that_is_too_long_ends_with_a_line_that_says_so(count: int) -> None:
    rows = [Buttons((Button(str(n), PICK),)) for n in range(count)]
    made, view = blocks_of(*rows), modal_of(*rows)
    assert (len(made), len(view["blocks"])) == (50, min(count, 100))
    assert made[-1]["elements"][0]["text"] == render.MORE


blocks = st.one_of(
    st.builds(Text, st.tuples(markup), st.sampled_from(["plain", "strong", "subtle", "struck"])),
    st.builds(lambda label: Buttons((Button(label, PICK),)), markup),
    st.builds(lambda url: Buttons((Link("x", f"https://example.org/{url}"),)), st.just("a")),
)


@given(st.lists(blocks, min_size=1, max_size=70), st.booleans())
def test_whatever_people_type_slack_takes_it(made: list[Block], private: bool) -> None:
    some = message(*made, private=private)
    assert message_breaches(render.message_blocks(some, CODEC)) == []
    assert view_breaches(render.modal(some, CODEC)) == []
