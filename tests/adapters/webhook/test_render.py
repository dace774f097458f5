"""Cards as Adaptive Cards, messages as the room gets them."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.chat.webhook.render import Json, adaptive_card, callback, literal, when, wire
from scheduling_core.actions import Action, ActionCodec
from scheduling_core.card_text import plain_text
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
from scheduling_core.deliveries import Message
from tests.adapters.webhook.adaptive_cards import faults
from tests.adapters.webhook.harness import CODEC, HOST, ROOM

AT = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
PICK = Action("pick", ("mAb3", "1"))
INVISIBLE = "\u2060"
MARKDOWN = MarkdownIt("commonmark").enable(["strikethrough", "table"])
markup = st.text(st.sampled_from(list("*_`~[](){}<>!#-+=|\\&.:;/ab1 \n\t")), max_size=30)


def body_of(*blocks: Block) -> list[Json]:
    card = adaptive_card(Card(blocks), ROOM, CODEC)
    assert faults(card) == []
    body: list[Json] = card["body"]
    return body


def test_times_become_the_functions_of_adaptive_cards() -> None:
    assert when(When(AT, "date")) == "{{DATE(2026-11-26T14:00:00Z,SHORT)}}"
    assert when(When(AT, "time")) == "{{TIME(2026-11-26T14:00:00Z)}}"
    assert when(When(AT)) == "{{DATE(2026-11-26T14:00:00Z,SHORT)}}, {{TIME(2026-11-26T14:00:00Z)}}"


def test_times_are_written_in_utc_whatever_zone_they_came_in() -> None:
    east = AT.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert when(When(east, "time")) == "{{TIME(2026-11-26T14:00:00Z)}}"


def test_the_first_strong_line_is_the_heading() -> None:
    heading, strong = body_of(line("Logo review", emphasis="strong"), line("Thursday", emphasis="strong"))
    assert (heading["weight"], heading["style"]) == ("bolder", "heading")
    assert "style" not in strong


def test_a_struck_line_is_toned_down_and_says_so() -> None:
    (struck,) = body_of(line("2 · ", When(AT, "time"), emphasis="struck"))
    assert struck["isSubtle"]
    assert struck["text"] == "2 · {{TIME(2026-11-26T14:00:00Z)}} (taken)"


def test_more_than_five_buttons_are_set_in_several_rows() -> None:
    rows = body_of(Buttons(tuple(Button(str(n), PICK) for n in range(12))))
    assert [len(row["actions"]) for row in rows] == [5, 5, 2]


def test_rows_are_short_enough_for_whole_labels() -> None:
    labels = ("Add to calendar", "Join", "Reschedule", "Cancel", "⋯")
    rows = body_of(Buttons(tuple(Button(label, PICK) for label in (*labels, "x" * 60))))
    assert [[action["title"] for action in row["actions"]] for row in rows] == [
        ["Add to calendar", "Join", "Reschedule"],
        ["Cancel", "⋯"],
        ["x" * 60],
    ]


def test_a_button_carries_its_signed_action_and_nothing_else() -> None:
    (row,) = body_of(Buttons((Button("1", PICK, "primary"), Button("Cancel", PICK, "danger"))))
    first, second = row["actions"]
    assert CODEC.decode(first["data"].pop("parley"), ROOM) == PICK
    assert first == {"type": "Action.Submit", "title": "1", "data": {}, "style": "positive"}
    assert second["style"] == "destructive"


def test_the_longest_action_fits_into_a_hundred_bytes_of_data() -> None:
    longest = Action("v" * (80 - len("1.") - len(".") - 16))
    (row,) = body_of(Buttons((Button("1", longest),)))
    assert len(json.dumps(row["actions"][0]["data"], separators=(",", ":"))) <= 100


def test_a_longer_action_is_refused_rather_than_sent() -> None:
    class Talkative(ActionCodec):
        def encode(self, action: Action, room: object) -> str:
            return "x" * 90

    with pytest.raises(ValueError, match="100 bytes"):
        adaptive_card(Card((Buttons((Button("1", PICK),)),)), ROOM, Talkative(b"k"))


def test_a_link_opens_its_address() -> None:
    (row,) = body_of(Buttons((Link("Join", "https://example.test/a_b*c?d={{e}}"),)))
    url = "https://example.test/a_b*c?d={{e}}"
    assert row["actions"] == [{"type": "Action.OpenUrl", "title": "Join", "url": url}]


def test_fields_become_inputs_with_their_labels() -> None:
    zones = (Choice("Berlin", "Europe/Berlin"), Choice("Lisbon", "Europe/Lisbon"))
    text, notes, zone, days, date = body_of(
        TextField("mon", "Monday", "9-17", "9-12, 13-17"),
        TextField("note", "Notes", max_length=500, multiline=True),
        ChoiceField("zone", "Zone", zones, "Europe/Berlin"),
        ChoiceField("days", "Days", zones, several=True),
        DateField("day", "Day", "2026-11-26"),
    )
    assert text == {
        "type": "Input.Text",
        "id": "mon",
        "label": "Monday",
        "value": "9-17",
        "maxLength": 200,
        "placeholder": "9-12, 13-17",
    }
    assert (notes["maxLength"], notes["isMultiline"]) == (500, True)
    assert (zone["style"], zone["value"]) == ("compact", "Europe/Berlin")
    assert zone["choices"][1] == {"title": "Lisbon", "value": "Europe/Lisbon"}
    assert days["isMultiSelect"]
    assert date == {"type": "Input.Date", "id": "day", "label": "Day", "value": "2026-11-26"}


def test_a_person_is_called_by_name_and_a_name_is_no_markup() -> None:
    (called,) = body_of(line(Mention("u-1", "**host**"), " asks ", Mention("u-2", "{{guest")))
    assert called["text"] == f"@∗∗host∗∗ asks @{{{INVISIBLE}{{guest"


def test_a_problem_stands_above_its_input() -> None:
    wrong = TextField("mon", "Monday", "25:00", problem="*25:00* is not a time of day.")
    _, problem, field, other = body_of(line("Your time"), wrong, TextField("tue", "Tuesday"))
    assert problem["text"] == "∗25:00∗ is not a time of day."
    assert (field["id"], other["id"]) == ("mon", "tue")


def test_a_picker_is_shown_day_by_day() -> None:
    days = (DayOption("2026-11-26", "Thu 26 Nov", 1), DayOption("2026-11-27", "Fri 27 Nov", 1))
    thursday = DayTimes("2026-11-26", "Thu 26 Nov", (Button("09:00", PICK, reply="1"),))
    later = Button("Later days", PICK, reply="more")
    day, times, ways, other, show = body_of(TimePicker(days, (thursday,), PICK, later=later))
    assert (day["text"], day["weight"]) == ("Thu 26 Nov", "bolder")
    assert [row["actions"][0]["title"] for row in (times, ways, show)] == [
        "09:00",
        "Later days",
        "Show this day",
    ]
    assert [choice["value"] for choice in other["choices"]] == ["2026-11-26", "2026-11-27"]
    assert CODEC.decode(show["actions"][0]["data"]["parley"], ROOM) == Action("pick", (*PICK.args, "day"))


def test_a_card_says_all_in_plain_text_too() -> None:
    card = Card((line("Pick"), Buttons((Button("1", PICK, reply="1"),))), ("Europe/Berlin",))
    made = adaptive_card(card, ROOM, CODEC)
    assert made["fallbackText"] == "Pick\nReply 1 to pick."
    assert (made["type"], made["version"]) == ("AdaptiveCard", "1.5")


@pytest.mark.parametrize(
    "text",
    [
        "Logo review",
        "30 min · Berlin",
        "1 · Thu",
        "Mon–Fri 9:00–17:00",
        "snake_case",
        "R&D",
        "5 < 6",
        "a/b",
        "-5?"[1:],
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert literal(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "**bold**",
        "_leaning_",
        "`code`",
        "~~gone~~",
        "[x](javascript:alert(1))",
        "![x](https://example.test/x.png)",
        "[x]: https://example.test",
        "<b>",
        "<https://example.test>",
        "<!-- x -->",
        "&lt;",
        "&#42;",
        "# big",
        "> quoted",
        "1. one",
        "- item",
        "+ item",
        "---",
        "___",
        "    code",
        "\tcode",
        "a\n===",
        "a\\*b",
    ],
)
def test_markup_is_shown_as_it_was_typed(text: str) -> None:
    rendered = MARKDOWN.parse(literal(text))
    assert {token.type for token in _leaves(rendered)} <= {"text", "softbreak"}
    shown = _shown(rendered).replace("∗", "*").replace("ˍ", "_").replace("ˋ", "`").replace(INVISIBLE, "")
    assert shown.split() == text.split()


@given(markup)
def test_no_text_ever_becomes_markup(text: str) -> None:
    rendered = MARKDOWN.parse(literal(text))
    assert {token.type for token in _leaves(rendered)} <= {"text", "softbreak", "hardbreak"}
    assert {token.type for token in rendered} <= {"paragraph_open", "inline", "paragraph_close"}


@given(markup, markup)
def test_text_around_a_time_neither_becomes_a_function_nor_breaks_one(before: str, after: str) -> None:
    (block,) = body_of(line(before, When(AT, "time"), after))
    assert block["text"].count("{{") == 1
    rendered = MARKDOWN.parse(block["text"].replace("{{TIME(2026-11-26T14:00:00Z)}}", "15:00"))
    assert {token.type for token in _leaves(rendered)} <= {"text", "softbreak", "hardbreak"}


def test_no_function_hides_in_a_label_either() -> None:
    evil = "{{DATE(2026-11-26T14:00:00Z)}}"
    body = body_of(TextField("a", evil), Buttons((Button(evil, PICK),)))
    assert "{{" not in json.dumps(body)


def test_a_message_on_the_wire_names_its_reader() -> None:
    card = Card((line("Hello"),))
    public = wire(Message("m_1", 3, ROOM, None, card), CODEC)
    private = wire(Message("m_1", 3, ROOM, HOST, card), CODEC)
    assert public == {
        "id": "m_1",
        "revision": 3,
        "audience": "room",
        "actor": None,
        "text": plain_text(card),
        "card": adaptive_card(card, ROOM, CODEC),
    }
    assert (private["audience"], private["actor"]) == ("actor", "u-1")


def test_callbacks_say_what_happened_to_the_message() -> None:
    message = Message("m_1", 1, ROOM, None, Card((line("Hello"),)))
    gone = Message("m_1", 2, ROOM, None, None)
    assert callback(message, was_shown=False, codec=CODEC)["type"] == "message.created"
    assert callback(message, was_shown=True, codec=CODEC)["type"] == "message.updated"
    deleted = callback(gone, was_shown=True, codec=CODEC)
    assert deleted["type"] == "message.deleted"
    assert deleted["room"] == {"id": "room-1", "thread": None}
    assert (deleted["message"]["card"], deleted["message"]["text"]) == (None, "")


def _leaves(tokens: list[Token]) -> list[Token]:
    return [leaf for token in tokens for leaf in token.children or []]


def _shown(tokens: list[Token]) -> str:
    return "".join(leaf.content or " " for leaf in _leaves(tokens))
