"""Cards as messages and modals of Discord."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.discord import inputs, render
from adapters.chat.discord.names import read_custom_id
from scheduling_core.actions import Action
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
from tests.adapters.discord.cards import (
    CARDS,
    CODEC,
    GUEST,
    HOST_ID,
    PICK,
    ROOM,
    every,
    markup,
    message,
    modal,
    of_kind,
    private,
    read_by_guest,
    sent,
    texts,
)

BUTTON, SELECT = 2, 3
SAVE = Button("Save", Action("save", ("-",)), "primary")
DAYS = ChoiceField("days", "Days", tuple(Choice(f"day {n}", str(n)) for n in range(30)), several=True)


def many_times(days: int, times: int, number: int = 1, earlier: Button | None = None) -> TimePicker:
    """The page of day *number*, which has *times* times."""
    all_days = [date(2026, 11, 24) + timedelta(days=n) for n in range(days)]
    options = tuple(DayOption(day.isoformat(), f"{day:%a} {day.day} {day:%b}", times) for day in all_days)
    chosen = options[number - 1]
    buttons = tuple(
        Button(f"{n // 12:02}:{n % 12 * 5:02}", Action("slot", ("i1", str(n))), reply=str(n + 1))
        for n in range(min(times, 120))
    )
    midnight = datetime.combine(all_days[number - 1], time(), ZoneInfo("Europe/Berlin"))
    moments = tuple(When(midnight + timedelta(minutes=5 * n), "time") for n in range(len(buttons)))
    shown = (DayTimes(chosen.day, chosen.label, buttons, moments),)
    return TimePicker(options, shown, Action("more", ("i1",)), earlier=earlier)


# Every card there is.


@pytest.mark.parametrize("name", CARDS)
def test_every_card_is_a_message_and_its_fields_are_modals(name: str) -> None:
    for audience in (None, GUEST):
        some = Message("m0123456789ab", 1, ROOM, audience, CARDS[name])
        sent(some)
        for group in range(len(render.groups(CARDS[name]))):
            modal(some, group)
    assert 0 < len(render.fallback(CARDS[name])) <= 2000


@pytest.mark.parametrize("name", [name for name in CARDS if name != "list, long"])
def test_every_button_of_every_card_comes_back_as_its_action(name: str) -> None:
    made = every(sent(Message("m1", 1, ROOM, GUEST, CARDS[name])))
    read = [read_custom_id(one["custom_id"]) for one in made if one["type"] == BUTTON and "custom_id" in one]
    pressed = {CODEC.decode(one.first, ROOM) for one in read if one and one.kind == "p"}
    pressed |= {
        CODEC.decode(option["value"], ROOM)
        for one in made
        if one["type"] == SELECT and one["custom_id"].startswith("s|")
        for option in one["options"]
    }
    on_days = [block for block in CARDS[name].blocks if isinstance(block, TimePicker)]
    wanted = {
        item.action
        for block in CARDS[name].blocks
        if isinstance(block, Buttons)
        for item in block.items
        if isinstance(item, Button)
    }
    wanted |= {button.action for one in on_days for part in one.shown[:1] for button in part.times}
    wanted |= {one.day_button("", day.day).action for one in on_days for day in one.days}
    assert pressed >= wanted


def test_equal_messages_give_equal_bodies() -> None:
    some = message(*CARDS["setup"].blocks)
    assert sent(some) == sent(some)


# Text and buttons.


def test_a_public_card_stands_in_a_frame_and_notifies_whom_it_names() -> None:
    made = sent(message(text_line(Mention(HOST_ID, "host"), " & ", Mention("u-1", "guest"), " meet")))
    assert [one["type"] for one in made["components"]] == [17]
    assert made["allowed_mentions"] == {"parse": [], "users": [HOST_ID]}
    assert texts(made) == [rf"<@{HOST_ID}> & \@guest meet"]


def test_a_private_card_notifies_nobody() -> None:
    made = sent(message(text_line(Mention(HOST_ID, "host")), private=True))
    assert made["allowed_mentions"] == {"parse": [], "users": []}
    assert [one["type"] for one in made["components"]] == [10]


def test_offers_are_numbered_in_the_text_and_on_the_buttons() -> None:
    made = sent(Message("m1", 1, ROOM, None, CARDS["invitation"]))
    assert "\n1 · <t:1795680000:F>\n2 · <t:" in texts(made)[0]
    assert "1 · Thursday, 26 November 2026 05:00" in read_by_guest(texts(made)[0])
    labels = [one["label"] for one in every(made) if one["type"] == BUTTON]
    assert labels == ["1", "2", "3", "4", "5", "More times", "None fit", "⋯"]


def test_buttons_stand_in_rows_of_five_in_their_colours() -> None:
    made = private(
        Buttons((SAVE, Button("Cancel", PICK, "danger"), *[Button(str(n), PICK) for n in range(5)]))
    )
    assert [len(row["components"]) for row in made] == [5, 2]
    assert [one["style"] for one in of_kind(made, BUTTON)] == [1, 4, 2, 2, 2, 2, 2]


def test_the_same_button_twice_has_two_ids_and_one_meaning() -> None:
    first, second = of_kind(private(Buttons((Button("a", PICK), Button("b", PICK)))), BUTTON)
    read = [read_custom_id(one["custom_id"]) for one in (first, second)]
    assert first["custom_id"] != second["custom_id"]
    assert [CODEC.decode(one.first, ROOM) if one else None for one in read] == [PICK, PICK]


def test_an_address_too_long_for_a_button_stands_in_the_text() -> None:
    long, short = f"https://example.org/{'x' * 600}", "https://example.org"
    made = private(Buttons((Link("Google", long), Link("Join", short), Link("Lost", long * 4))))
    assert [one["url"] for one in of_kind(made, BUTTON)] == [short]
    assert [one["content"] for one in of_kind(made, 10)] == [f"[Google]({long})"]


def test_an_address_discord_opens_nowhere_is_words() -> None:
    made = private(Buttons((Link("Call", "tel:+4930"), Link("Join", "https://example.org/a b"))))
    assert made[0]["content"] == "Call: tel:+4930\nJoin: https\\://example.org/a b"


def test_what_is_taken_away_leaves_a_word() -> None:
    made = sent(Message("m1", 2, ROOM, None, None))
    assert texts(made) == ["-# This is settled."]
    assert sent(message(text_line(" ")))["components"][0]["components"][0]["content"] == "…"


# Choices.


def test_a_choice_keeps_what_is_chosen_and_says_what_is_wrong() -> None:
    choices = (Choice("Morning", "morning"), Choice("Nothing", ""))
    made = private(ChoiceField("part", "Part of the day", choices, "morning", problem="Choose one."))
    assert made[0]["content"] == "Part of the day\n⚠ Choose one."
    (menu,) = of_kind(made, SELECT)
    assert [one["default"] for one in menu["options"]] == [True, False]
    assert inputs.held(made) == {"part": "morning"}


def test_more_choices_than_one_menu_holds_stand_in_two() -> None:
    first, second = of_kind(private(DAYS), SELECT)
    assert [len(one["options"]) for one in (first, second)] == [25, 5]
    assert [one["max_values"] for one in (first, second)] == [25, 5]
    assert first["placeholder"] == "Days (day 0 to day 24)"


def test_the_clocks_of_the_first_question_fit_one_menu() -> None:
    made = every(sent(Message("m1", 1, ROOM, GUEST, CARDS["setup asking for the clock"])))
    assert [len(one["options"]) for one in made if one["type"] == SELECT] == [24]


def test_of_one_value_the_last_choice_counts_in_whichever_menu() -> None:
    components = private(replace(DAYS, several=False, value="3"))
    first, second = of_kind(components, SELECT)
    body = inputs.chosen({"components": components}, second["custom_id"], ["27"])
    assert inputs.held(body["components"]) == {"days": "27"}
    assert inputs.held(components) == {"days": "3"}, "the payload is left as it was"
    again = inputs.chosen(body, first["custom_id"], ["1"])
    assert inputs.held(again["components"]) == {"days": "1"}


def test_of_several_values_the_menus_add_up() -> None:
    components = private(DAYS)
    first, second = of_kind(components, SELECT)
    body = inputs.chosen({"components": components}, first["custom_id"], ["3", "7"])
    body = inputs.chosen(body, second["custom_id"], ["27"])
    assert inputs.held(body["components"]) == {"days": "3,7,27"}
    body = inputs.chosen(body, first["custom_id"], [])
    assert inputs.held(body["components"]) == {"days": "27"}


def test_nothing_to_choose_from_is_said() -> None:
    assert private(ChoiceField("days", "Days", ()))[0]["content"] == "Days: nothing to choose from"


# Fields.


def test_fields_are_lines_with_a_button_to_fill_them_in() -> None:
    made = private(TextField("reason", "Reason", "the *dentist*", problem="Too long."), Buttons((SAVE,)))
    assert made[0]["content"] == "Reason: the \\*dentist\\*\n⚠ Too long."
    fill, save = of_kind(made, BUTTON)
    assert (fill["label"], fill["custom_id"], save["label"]) == ("Fill in…", "f|m1|0", "Save")


def test_many_fields_have_a_button_for_each_modal() -> None:
    fields = [TextField(f"f{n}", f"Field {n} — what it is for", str(n)) for n in range(7)]
    some = message(*fields, Buttons((SAVE,)), private=True)
    labels = [one["label"] for one in of_kind(sent(some)["components"], BUTTON)]
    assert labels == ["Fill in Field 0 – Field 4…", "Fill in Field 5 – Field 6…", "Save"]
    assert [len(modal(some, group)["components"]) for group in (0, 1)] == [5, 2]


def test_a_modal_is_named_for_the_button_it_presses() -> None:
    some = message(
        text_line("Your time"),
        TextField("mon", "Monday", "9-17", "9-12, 13-17", 100, problem="No."),
        DateField("day", "Day", "2026-11-26"),
        Buttons((SAVE, Button("Keep", PICK))),
    )
    made = modal(some)
    read = read_custom_id(made["custom_id"])
    assert made["title"] == "Save"
    assert read is not None
    assert (read.kind, read.message, read.first) == ("m", "m1", "0")
    assert CODEC.decode(read.parts[1], ROOM) == SAVE.action
    first, second = made["components"]
    assert (first["label"], first["description"]) == ("Monday", "⚠ No.")
    assert (first["component"]["value"], first["component"]["placeholder"]) == ("9-17", "9-12, 13-17")
    assert (second["component"]["value"], second["component"]["max_length"]) == ("2026-11-26", 10)


def test_a_long_label_stands_whole_below_its_beginning() -> None:
    label = "Reason (optional, only the others in this meeting see it)"
    (field,) = modal(message(TextField("reason", label), Buttons((SAVE,))))["components"]
    assert (len(field["label"]), field["description"]) == (45, label)


def test_with_one_of_many_times_to_press_the_modal_asks_which() -> None:
    times = tuple(
        Button(f"1{n}:00", Action("move", ("i1", str(n))), "plain" if n else "primary") for n in range(3)
    )
    some = message(text_line("Move"), Buttons(times), TextField("reason", "Reason"), private=True)
    made = modal(some)
    assert (made["custom_id"], made["title"]) == ("m|m1|0|", "Move")
    options = made["components"][1]["component"]["options"]
    assert [CODEC.decode(one["value"], ROOM) for one in options] == [one.action for one in times]


def test_a_picker_with_a_field_asks_which_of_its_times() -> None:
    some = message(many_times(3, 40), TextField("reason", "Reason"), private=True)
    options = modal(some)["components"][1]["component"]["options"]
    assert CODEC.decode(options[0]["value"], ROOM) == Action("slot", ("i1", "0"))
    assert len(options) == 25


@pytest.mark.parametrize("card", [Card((Buttons((SAVE,)),)), None])
def test_a_form_that_is_gone_cannot_be_opened(card: Card | None) -> None:
    with pytest.raises(LookupError):
        render.modal(Message("m1", 2, ROOM, GUEST, card), 0, CODEC)


# Day and time.


def test_a_picker_is_a_day_then_a_time_with_each_time_in_the_text() -> None:
    made = private(many_times(3, 4))
    assert made[0]["content"].startswith("**Tue 24 Nov**\n1 · <t:1795474800:t>   2 · <t:1795475100:t>")
    assert read_by_guest(made[0]["content"]).startswith("Tue 24 Nov\n1 · 20:00   2 · 20:05")
    day, time = of_kind(made, SELECT)
    assert (day["placeholder"], time["placeholder"]) == ("Pick a day", "Pick a time")
    assert [one["label"] for one in day["options"]] == ["Tue 24 Nov (4)", "Wed 25 Nov (4)", "Thu 26 Nov (4)"]
    assert [one["default"] for one in day["options"]] == [True, False, False]
    assert [one["label"] for one in time["options"]][:2] == ["1 · 00:00 Berlin", "2 · 00:05 Berlin"]


def test_times_whose_moment_is_not_told_stand_in_the_menu_only() -> None:
    part = DayTimes("2026-11-24", "Tue 24 Nov", (Button("00:00", PICK),))
    made = private(TimePicker((), (part,), Action("more")), zones=())
    assert made[0]["content"] == "**Tue 24 Nov**"
    assert next(of_kind(made, SELECT))["options"][0]["label"] == "1 · 00:00"


def test_times_in_the_zone_of_somebody_else_have_their_date_each() -> None:
    moments = tuple(When(datetime(2026, 11, 23, hour, tzinfo=UTC)) for hour in (3, 4))
    times = (Button("08:30", PICK), Button("09:30", SAVE.action))
    part = DayTimes("2026-11-23", "Mon 23 Nov in Kolkata", times, moments)
    made = private(TimePicker((), (part,), Action("more")), zones=("Asia/Kolkata",))
    assert made[0]["content"] == "**Mon 23 Nov in Kolkata**\n1 · <t:1795402800:F>\n2 · <t:1795406400:F>"


def test_a_full_day_stands_in_several_menus() -> None:
    made = private(many_times(1, 60))
    menus = list(of_kind(made, SELECT))[1:]
    assert [len(one["options"]) for one in menus] == [25, 25, 10]
    assert menus[1]["placeholder"] == "Pick a time: 26 · 02:05 Berlin to 50 · 04:05 Berlin"


@pytest.mark.parametrize(
    ("number", "ways"),
    [
        (1, [("Later days", "2026-12-19")]),
        (30, [("Earlier days", "2026-11-24"), ("Later days", "2027-01-13")]),
        (60, [("Earlier days", "2026-12-19")]),
    ],
)
def test_further_days_are_a_button_away(number: int, ways: list[tuple[str, str]]) -> None:
    made = private(many_times(60, 2, number))
    found = [(one["label"], read_custom_id(one["custom_id"])) for one in of_kind(made, BUTTON)]
    turned = [(label, CODEC.decode(read.first, ROOM)) for label, read in found if read]
    assert turned == [(label, Action("more", ("i1", day))) for label, day in ways]
    (chosen,) = (one for one in next(of_kind(made, SELECT))["options"] if one["default"])
    assert chosen["label"].endswith("(2)")


def test_the_rest_of_a_very_full_day_is_a_button_away() -> None:
    back = Button("Earlier days", Action("more", ("i1", "0")))
    made = private(many_times(2, 130, earlier=back))
    assert [one["label"] for one in of_kind(made, BUTTON)] == ["Earlier times"]


# Too much.


def test_a_long_list_has_menus_before_anything_is_cut() -> None:
    entry = (text_line("Thu", emphasis="strong"), Buttons((Button("Move", PICK), Button("Add", SAVE.action))))
    made = sent(message(*entry * 12))
    assert render.MORE not in "".join(texts(made))
    assert [one["type"] for one in every(made)].count(SELECT) == 12
    assert len(list(of_kind(sent(message(*entry * 5))["components"], BUTTON))) == 10


@pytest.mark.parametrize("count", [40, 400])
def test_a_card_that_is_too_long_ends_with_a_line_that_says_so(count: int) -> None:
    rows: list[Block] = [Buttons((SAVE,)) for _ in range(count)]
    words: list[Block] = [text_line(f"{n} {'x' * 300}") for n in range(count)]
    for blocks in (rows, words):
        assert texts(sent(message(*blocks)))[-1] == f"-# {render.MORE}"
        assert texts(sent(message(*blocks, private=True)))[-1] == f"-# {render.MORE}"


def test_a_long_line_is_cut_and_keeps_its_emphasis() -> None:
    (made,) = texts(sent(message(text_line("&*" * 3000, emphasis="strong"))))
    assert re.fullmatch(r"\*\*(?:&\\\*)+&?…\*\*", made)
    assert len(made) <= 2000


blocks = st.one_of(
    st.builds(Text, st.tuples(markup), st.sampled_from(["plain", "strong", "subtle", "struck"])),
    st.builds(lambda label: Buttons((Button(label, PICK), Link(label, "https://example.org"))), markup),
    st.builds(lambda words: TextField("f", words, words, words, 30, problem=words), markup),
    st.builds(lambda words: ChoiceField("c", words, (Choice(words, words),), words, problem=words), markup),
)
once = st.lists(blocks, min_size=1, max_size=60).map(
    lambda found: [
        replace(one, id=f"f{n}") if isinstance(one, TextField | ChoiceField) else one
        for n, one in enumerate(found)
    ]
)


@given(once, st.booleans())
def test_whatever_people_type_discord_takes_it(made: list[Block], is_private: bool) -> None:
    some = message(*made, private=is_private)
    sent(some)
    if render.groups(Card(tuple(made))):
        modal(some)
