"""A card as plain text."""

from datetime import UTC, datetime, timedelta

from scheduling_core.actions import Action
from scheduling_core.card_text import column, plain_text, reply_hint
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
    TextField,
    TimePicker,
    When,
    line,
)

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
BOTH = ("Europe/Berlin", "America/Sao_Paulo")


def button(label: str, reply: str | None) -> Button:
    return Button(label, Action("do"), reply=reply)


def text_of(*blocks: Block, zones: tuple[str, ...] = ()) -> str:
    return plain_text(Card(blocks, zones))


def test_times_are_in_the_first_zone_with_the_second_in_brackets() -> None:
    assert text_of(line("1 · ", When(AT)), zones=BOTH) == "1 · Thu 26 Nov, 13:00 Berlin (09:00 São Paulo)"
    assert text_of(line(When(AT, "time")), zones=BOTH) == "13:00 Berlin (09:00 São Paulo)"
    assert text_of(line(When(AT, "date")), zones=BOTH) == "Thu 26 Nov"


def test_a_second_zone_with_the_same_clock_is_left_out() -> None:
    assert text_of(line(When(AT)), zones=("Europe/Berlin", "Europe/Paris")) == "Thu 26 Nov, 13:00 Berlin"


def test_a_second_zone_on_another_date_says_so() -> None:
    expected = "Thu 26 Nov, 13:00 Berlin (Fri 27 Nov, 01:00 Auckland)"
    assert text_of(line(When(AT)), zones=("Europe/Berlin", "Pacific/Auckland")) == expected


def test_without_zones_times_are_in_utc() -> None:
    assert text_of(line(When(AT))) == "Thu 26 Nov, 12:00 UTC"


def test_from_and_to_are_written_as_one_span_with_each_zone_named_once() -> None:
    end = When(AT + timedelta(minutes=30), "time")
    expected = "Thu 26 Nov, 13:00–13:30 Berlin (09:00–09:30 São Paulo)"
    assert text_of(line(When(AT), "–", end), zones=BOTH) == expected
    assert text_of(line(When(AT, "time"), " – ", end), zones=BOTH[:1]) == "13:00–13:30 Berlin"


def test_a_date_of_another_year_says_the_year_when_now_is_known() -> None:
    card = Card((line(When(AT)),))
    assert plain_text(card, AT - timedelta(days=400)) == "Thu 26 Nov 2026, 12:00 UTC"


def test_a_struck_line_says_that_it_is_taken() -> None:
    assert text_of(line("2 · ", When(AT), emphasis="struck")) == "2 · Thu 26 Nov, 12:00 UTC (taken)"


def test_fields_are_listed_with_their_values() -> None:
    zones = (Choice("Berlin", "Europe/Berlin"), Choice("Lisbon", "Europe/Lisbon"))
    assert text_of(
        TextField("mon", "Hours on Monday", "9:00–17:00"),
        TextField("sun", "Hours on Sunday"),
        ChoiceField("zone", "Time zone", zones, "Europe/Lisbon"),
        ChoiceField("all", "Zones", zones, "Europe/Berlin,Europe/Lisbon", several=True),
        DateField("day", "Day", "2026-11-26"),
    ).splitlines() == [
        "Hours on Monday: 9:00–17:00",
        "Hours on Sunday: —",
        "Time zone: Lisbon",
        "Zones: Berlin, Lisbon",
        "Day: 2026-11-26",
    ]


def test_links_are_written_with_their_address() -> None:
    link = Buttons((Link("Add to calendar", "https://example.test/a?b=c"),))
    assert text_of(link) == "Add to calendar: https://example.test/a?b=c"


def test_the_last_line_says_what_to_reply() -> None:
    offers = Buttons(tuple(button(str(n), str(n)) for n in range(1, 6)))
    more = Buttons((button("More times", "more"), button("None fit", "none")))
    assert text_of(line("When?"), offers, more).splitlines() == [
        "When?",
        "Reply 1, 2, 3, 4 or 5 to pick, “more” for More times, “none” for None fit.",
    ]


def test_a_number_beside_other_words_names_what_it_stands_for() -> None:
    nearest = Card((Buttons((button("11:30", "1"), button("12:00", "2"), button("More times", "more"))),))
    assert reply_hint(nearest) == "Reply 1 for 11:30, 2 for 12:00, “more” for More times."


def test_numbers_that_stand_for_times_are_written_under_their_day() -> None:
    assert text_of(
        line("Thu 26 Nov"),
        Buttons((button("09:00", "1"), button("09:30", "2"))),
        line("Fri 27 Nov"),
        Buttons((button("09:00", "3"),)),
        Buttons((button("Later days", "more"),)),
    ).splitlines() == [
        "Thu 26 Nov",
        "1 · 09:00   2 · 09:30",
        "Fri 27 Nov",
        "3 · 09:00",
        "Reply with a number to pick, “more” for Later days.",
    ]


def test_a_label_that_says_its_number_is_not_numbered_twice() -> None:
    text = text_of(Buttons((button("1: Confirm", "1"),)), Buttons((button("1:00 PM", "2"),)))
    assert text.splitlines() == ["1: Confirm", "2 · 1:00 PM", "Reply with a number to pick."]


def test_the_number_that_is_chosen_already_is_one_of_the_numbers() -> None:
    lengths = Card((Buttons((button("15", "15"), button("30 ✓", "30"), button("Change…", "change"))),))
    assert reply_hint(lengths) == "Reply 15 or 30 to pick, “change” for Change…."


def test_words_with_a_number_are_named_once_each() -> None:
    entries = (Buttons((button("Cancel", f"cancel {n}"), button("Move", f"move {n}"))) for n in (1, 2))
    withdraw = Buttons((button("Withdraw", "withdraw 3"),))
    assert reply_hint(Card((*entries, withdraw))) == (
        "Reply “cancel 1” for Cancel, “move 1” for Move, “withdraw 3” for Withdraw; "
        "the number says which one you mean."
    )


def test_one_number_and_one_word_read_well() -> None:
    card = Card((Buttons((button("7", "7"), button("Confirm", "yes"))),))
    assert reply_hint(card) == "Reply 7 to pick, “yes” for Confirm."


def test_a_word_on_two_buttons_is_named_once_for_the_first() -> None:
    card = Card((Buttons((button("Keep", "no"), button("Leave", "no"))),))
    assert reply_hint(card) == "Reply “no” for Keep."


def test_a_card_whose_buttons_need_a_form_asks_for_no_reply() -> None:
    assert text_of(line("Your hours"), Buttons((button("Save", None),))) == "Your hours"


def test_a_person_is_called_by_name() -> None:
    assert text_of(line(Mention("u-1", "host"), " asks ", Mention("u-2", "guest"))) == "@host asks @guest"


def test_a_problem_follows_its_field() -> None:
    wrong = TextField("mon", "Monday", "25:00", problem="25:00 is not a time of day.")
    assert text_of(wrong, DateField("day", "Day")).splitlines() == [
        "Monday: 25:00",
        "25:00 is not a time of day.",
        "Day: —",
    ]


def picker(*, is_whole: bool = False, problem: str = "") -> TimePicker:
    days = (DayOption("2026-11-26", "Thu 26 Nov", 2), DayOption("2026-11-27", "Fri 27 Nov", 1))
    thursday = DayTimes("2026-11-26", "Thu 26 Nov", (button("09:00", "1"), button("09:30", "2")))
    later = None if is_whole else button("Later days", "more")
    return TimePicker(days, (thursday,), Action("more", ("m1",)), later=later, problem=problem)


def test_a_picker_is_a_column_of_days_with_the_ways_to_the_rest() -> None:
    *_, another, show = column(Card((picker(),)))
    assert text_of(picker()).splitlines() == [
        "Thu 26 Nov",
        "1 · 09:00   2 · 09:30",
        "Another day: —",
        "Reply with a number to pick, “more” for Later days.",
    ]
    assert isinstance(another, ChoiceField)
    assert another.choices == (Choice("Thu 26 Nov", "2026-11-26"), Choice("Fri 27 Nov", "2026-11-27"))
    assert show == Buttons((Button("Show this day", Action("more", ("m1", "day"))),))


def test_a_picker_that_shows_everything_has_no_other_days() -> None:
    assert "Another day" not in text_of(picker(is_whole=True))


def test_what_was_wrong_with_a_day_stands_at_the_list_of_days_or_above_the_only_page() -> None:
    gone = "That day has no free time left."
    lines = text_of(picker(problem=gone)).splitlines()
    assert lines[lines.index("Another day: —") + 1] == gone
    assert text_of(picker(is_whole=True, problem=gone)).splitlines()[0] == gone
