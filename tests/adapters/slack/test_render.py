"""Cards as blocks, windows and home pages of Slack."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.slack import render
from adapters.chat.slack.mrkdwn import cut, line, literal, when
from adapters.chat.slack.names import EMPTY, Json, home_room, read_block_id, read_where
from bot.views.samples import samples
from scheduling_core.actions import Action, ActionCodec
from scheduling_core.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Choice,
    ChoiceField,
    DateField,
    DayOption,
    DayTimes,
    Link,
    Mention,
    Text,
    TextField,
    TimePicker,
    When,
)
from scheduling_core.cards import line as text_line
from scheduling_core.deliveries import Message
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.slack.limits import message_breaches, options_breaches, view_breaches
from tests.adapters.slack.rendering import Reader, mrkdwn
from tests.adapters.slack.workspace import Person

AT = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
TEAM = WorkspaceRef("slack", "T0FIRST01")
ROOM = RoomRef(TEAM, "C0DESIGN1", "1732438800.000100")
GUEST = PersonRef(TEAM, "U0GUEST01")
CODEC = ActionCodec(b"a key of the tests")
PICK = Action("pick", ("iAb3", "1"))
BERLIN = ("Europe/Berlin",)
CARDS = samples()
marks = st.sampled_from([*"*_`~<>&!@#|:/^{}()[]-•.ab1 \n\t", "here", "http", "&lt;"])
markup = st.lists(marks, max_size=25).map("".join)


def message(*blocks: Block, zones: tuple[str, ...] = BERLIN, private: bool = False) -> Message:
    return Message("m1", 1, ROOM, GUEST if private else None, Card(blocks, zones))


def blocks_of(*blocks: Block, private: bool = False) -> list[Json]:
    made = render.message_blocks(message(*blocks, private=private), CODEC)
    assert message_breaches(made) == []
    return made


def modal_of(*blocks: Block) -> Json:
    made = render.modal(message(*blocks), CODEC)
    assert view_breaches(made) == []
    return made


def read_by_guest(text: str) -> str:
    person = Person("U0GUEST01", "guest", TEAM.workspace, "America/Sao_Paulo", "en-GB")
    return mrkdwn(text, Reader(person, AT - timedelta(days=2, hours=5), {"U0HOST001": "host"}))


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


# Text.


def test_a_time_is_shown_in_the_readers_zone_with_its_weekday() -> None:
    assert when(When(AT), "Europe/Berlin") == (
        "<!date^1795701600^{date_long_pretty}, {time}|Thu 26 Nov, 15:00 Berlin>"
    )
    assert when(When(AT, "time"), "Asia/Kathmandu") == "<!date^1795701600^{time}|19:45 Kathmandu>"
    assert when(When(AT, "date"), "Europe/Berlin") == "<!date^1795701600^{date_long_pretty}|Thu 26 Nov>"
    assert read_by_guest(when(When(AT), "Europe/Berlin")) == "Thursday, November 26th, 11:00"


def test_a_card_without_a_zone_falls_back_to_utc() -> None:
    assert line(text_line(When(AT)), ()).endswith("|Thu 26 Nov, 14:00 UTC>")


def test_a_person_is_called_by_id_where_it_is_one() -> None:
    assert line(text_line(Mention("U0HOST001", "host"), " would like to meet"), ()) == (
        "<@U0HOST001> would like to meet"
    )
    assert line(text_line(Mention("u-1", "here")), ()) == "@\u2060here"
    assert line(text_line(Mention("U0HOST001> <!here", "host")), ()) == "@host"


def test_emphasis_is_slacks() -> None:
    assert line(text_line("Logo review ", emphasis="strong"), ()) == "*Logo review*"
    assert line(text_line("2 · ", "x", emphasis="struck"), ()) == "~2 · x~ (taken)"
    assert line(text_line("30 min", emphasis="subtle"), ()) == "30 min"


@pytest.mark.parametrize(
    "hostile",
    [
        "<!channel>",
        "<@U0HOST001>",
        "<https://example.org|your bank>",
        "@here",
        "https://example.org",
        "*all* _of_ `it` ~now~",
        ":rotating_light:",
        "> quoted",
        "first\n> second",
        "&lt;!here&gt;",
        "<!date^0^{date}|x>",
    ],
)
def test_what_people_typed_is_shown_and_never_obeyed(hostile: str) -> None:
    shown = line(text_line(hostile), BERLIN)
    assert "<" not in shown
    assert ">" not in shown
    assert not [mark for mark in ("*", "`", "~", "@here", "://", ":rotating_light:") if mark in shown]
    assert not shown.startswith("&gt;")
    (section,) = blocks_of(text_line(hostile))
    assert section["text"] == {"type": "mrkdwn", "text": shown, "verbatim": True}
    assert "<" not in render.fallback_text(Card((text_line(hostile),)))


@given(markup)
def test_literal_text_reads_as_it_was_typed(typed: str) -> None:
    alike = str.maketrans({"∗": "*", "ˋ": "`", "∼": "~", "ˍ": "_", "\u2060": None})
    assert read_by_guest(literal(typed)).translate(alike) == typed


@pytest.mark.parametrize("plain", ["Logo review", "R-2 (my_file_name) #4", "9:00–17:00", "1 · Thu", "a-b/c"])
def test_what_is_no_markup_stays_as_it_is(plain: str) -> None:
    assert literal(plain) == plain


@given(st.text(st.sampled_from("&<>a*"), min_size=1, max_size=60), st.integers(2, 40))
def test_a_cut_never_ends_inside_an_entity(typed: str, most: int) -> None:
    kept = cut(literal(typed), most)
    assert len(kept) <= most
    whole = kept.removesuffix("…").replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in whole


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


# Fields.

ZONES = tuple(Choice(f"City {n}", f"zone-{n}") for n in range(150))


def test_fields_become_optional_inputs() -> None:
    text, zone, days, day = blocks_of(
        TextField("mon", "Monday", "9-17", "9-12, 13-17", multiline=True),
        ChoiceField("zone", "Zone", ZONES[:3], "zone-1"),
        ChoiceField("days", "Days", ZONES[:3], "zone-0,zone-2", several=True),
        DateField("day", "Day", "2026-11-26"),
    )
    assert all(block["optional"] for block in (text, zone, days, day))
    assert text["element"]["initial_value"] == "9-17"
    assert (text["element"]["max_length"], text["element"]["multiline"]) == (200, True)
    assert text["element"]["placeholder"]["text"] == "9-12, 13-17"
    assert zone["element"]["type"] == "static_select"
    assert zone["element"]["initial_option"]["value"] == "zone-1"
    assert [one["value"] for one in days["element"]["initial_options"]] == ["zone-0", "zone-2"]
    assert day["element"] == {"type": "datepicker", "initial_date": "2026-11-26", "action_id": "day"}


def test_an_input_with_another_value_or_problem_is_another_block() -> None:
    def id_of(value: str = "", problem: str = "") -> str:
        made: str = blocks_of(TextField("mon", "Monday", value, problem=problem))[0]["block_id"]
        return made

    assert id_of() == id_of()
    assert len({id_of(), id_of(value="9-17"), id_of(value="9-17", problem="No.")}) == 3
    read = read_block_id(id_of())
    assert read is not None
    assert (read.message, read.field) == ("m1", "mon")


def test_values_that_cannot_stand_are_not_chosen() -> None:
    zone, day, long = blocks_of(
        ChoiceField("zone", "Zone", ZONES[:2], "elsewhere"),
        DateField("day", "Day", "2026-02-30"),
        TextField("note", "Note", "x" * 50, max_length=20),
    )
    assert "initial_option" not in zone["element"]
    assert "initial_date" not in day["element"]
    assert long["element"]["initial_value"] == "x" * 20


def test_a_choice_of_nothing_is_said_and_one_without_value_has_a_stand_in() -> None:
    nothing, one = blocks_of(ChoiceField("a", "Days", ()), ChoiceField("b", "Copy", (Choice("nowhere", ""),)))
    assert nothing["elements"][0]["text"] == "Days: nothing to choose from"
    assert one["element"]["options"][0]["value"] == EMPTY


def test_a_problem_stands_under_its_field() -> None:
    blocks = (
        TextField("mon", "Monday", "25:00", problem="25:00 is <not> a time."),
        TextField("tue", "Tuesday"),
    )
    field, problem, _other = blocks_of(*blocks)
    assert field["type"] == "input"
    assert problem["elements"][0]["text"] == "⚠ 25:00 is &lt;not&gt; a time."
    assert [block["type"] for block in modal_of(*blocks)["blocks"]] == ["input", "context", "input"]


def test_problems_are_errors_of_the_window_that_was_submitted() -> None:
    card = Card(
        (
            TextField("mon", "Monday", problem="No."),
            TextField("tue", "Tuesday"),
            DateField("d", "D", problem="x"),
        )
    )
    assert render.field_errors(card, {"mon": "m1|mon|old", "tue": "m1|tue|old"}) == {"m1|mon|old": "No."}


def test_many_choices_are_asked_for_when_the_menu_opens() -> None:
    one = ChoiceField("zone", "Zone", ZONES, "zone-120")
    many = ChoiceField("days", "Days", ZONES, "zone-1,zone-120", several=True)
    single, several = (block["element"] for block in blocks_of(one, many))
    assert (single["type"], single["min_query_length"]) == ("external_select", 0)
    assert single["initial_option"]["value"] == "zone-120"
    assert several["type"] == "multi_external_select"
    shown = message(one, many)
    everything = render.options(shown, "zone", "", CODEC)
    assert options_breaches(everything) == []
    assert len(everything["options"]) == 100
    found = render.options(shown, "zone", " CITY 14", CODEC)["options"]
    labels = ["City 14", "City 114", *(f"City 14{n}" for n in range(10))]
    assert [option["text"]["text"] for option in found] == labels
    assert render.options(shown, "unknown", "", CODEC) == {"options": []}


# Day, then time.


def picker(days: int = 3, times: int = 12, *, count: int | None = None, problem: str = "") -> TimePicker:
    dates = [AT + timedelta(days=n) for n in range(days)]
    slots = tuple(Button(f"{n // 60:02}:{n % 60:02}", Action("slot", ("i1", str(n)))) for n in range(times))
    return TimePicker(
        tuple(DayOption(f"{d:%Y-%m-%d}", f"{d:%a %d %b}", times if count is None else count) for d in dates),
        (DayTimes("2026-11-26", "Thu 26 Nov", slots), DayTimes("2026-11-27", "Fri 27 Nov", slots[:1])),
        Action("more", ("i1",)),
        later=Button("Later", Action("more", ("i1", "2"))),
        problem=problem,
    )


def test_a_day_and_then_a_time_is_chosen() -> None:
    day, time = blocks_of(picker(), private=True)
    assert day["accessory"]["action_id"] == "day"
    assert [one["text"]["text"] for one in day["accessory"]["options"]][:2] == [
        "Thu 26 Nov (12)",
        "Fri 27 Nov (12)",
    ]
    assert day["accessory"]["initial_option"] == day["accessory"]["options"][0]
    assert CODEC.decode(day["accessory"]["options"][1]["value"], ROOM) == Action("more", ("i1", "2026-11-27"))
    assert time["text"]["text"] == "Time on Thu 26 Nov"
    assert CODEC.decode(time["accessory"]["options"][1]["value"], ROOM) == Action("slot", ("i1", "1"))
    assert time["block_id"].startswith("m1|time.2026-11-26@")


def test_a_picker_in_a_window_needs_no_submit_button() -> None:
    assert "submit" not in modal_of(picker())
    assert modal_of(picker(), TextField("reason", "Reason"))["submit"]["text"] == "Done"


def test_more_days_or_times_than_a_menu_holds_are_asked_for() -> None:
    big = picker(days=120, times=130)
    day, time = blocks_of(big)
    assert [one["accessory"]["type"] for one in (day, time)] == ["external_select"] * 2
    assert len(render.options(message(big), "day", "", CODEC)["options"]) == 100
    (nine,) = render.options(message(big), "time", "01:09", CODEC)["options"]
    assert CODEC.decode(nine["value"], ROOM) == Action("slot", ("i1", "69"))


def test_the_rest_of_a_day_that_does_not_fit_is_a_press_away() -> None:
    assert len(blocks_of(picker())) == 2
    ways = blocks_of(picker(count=40))[-1]
    assert [one["text"]["text"] for one in ways["elements"]] == ["Later"]


def test_a_picker_says_why_the_wanted_day_is_not_there() -> None:
    assert blocks_of(picker(problem="That day is full."))[0]["text"]["text"] == "That day is full."


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
