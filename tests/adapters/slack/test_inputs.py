"""Fields and the day-then-time picker as inputs and menus."""

from datetime import timedelta

from adapters.chat.slack import render
from adapters.chat.slack.names import EMPTY, read_block_id
from scheduling_core.actions import Action
from scheduling_core.cards import (
    Button,
    Card,
    Choice,
    ChoiceField,
    DateField,
    DayOption,
    DayTimes,
    TextField,
    TimePicker,
)
from tests.adapters.slack.cards import AT, CODEC, ROOM, blocks_of, message, modal_of
from tests.adapters.slack.limits import options_breaches

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
