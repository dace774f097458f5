"""A card survives being kept as JSON."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling_core.actions import Action
from scheduling_core.card_json import from_json, to_json
from scheduling_core.cards import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Card,
    Choice,
    ChoiceField,
    DateField,
    DayOption,
    DayTimes,
    Emphasis,
    Link,
    Mention,
    Text,
    TextField,
    TimePicker,
    When,
    WhenStyle,
)

# Hypothesis takes its bounds without a zone.
NAIVE_BOUNDS = (datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2100-01-01"))

words = st.text(max_size=12)
instants = st.datetimes(
    *NAIVE_BOUNDS,
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
whens = st.builds(When, instants, st.sampled_from(get_args(WhenStyle)))
mentions = st.builds(Mention, words, words)
texts = st.builds(
    Text, st.lists(words | whens | mentions, max_size=3).map(tuple), st.sampled_from(get_args(Emphasis))
)
actions = st.builds(
    Action,
    st.from_regex(r"[a-z]{1,6}", fullmatch=True),
    st.lists(st.from_regex(r"[A-Za-z0-9_-]{0,4}", fullmatch=True), max_size=2).map(tuple),
)
buttons = st.builds(
    Button, words, actions, st.sampled_from(get_args(ButtonStyle)), st.none() | words, st.booleans()
)
rows = st.builds(Buttons, st.lists(buttons | st.builds(Link, words, words), max_size=3).map(tuple))
choices = st.lists(st.builds(Choice, words, words), max_size=2).map(tuple)
fields: st.SearchStrategy[Block] = (
    st.builds(TextField, words, words, words, words, st.integers(1, 500), st.booleans(), words)
    | st.builds(ChoiceField, words, words, choices, words, st.booleans(), words)
    | st.builds(DateField, words, words, words, words)
)
days = st.builds(DayTimes, words, words, st.lists(buttons, max_size=2).map(tuple)) | st.builds(
    DayTimes, words, words, buttons.map(lambda one: (one,)), whens.map(lambda one: (one,))
)
pickers: st.SearchStrategy[Block] = st.builds(
    TimePicker,
    st.lists(st.builds(DayOption, words, words, st.integers(1, 96)), max_size=2).map(tuple),
    st.lists(days, min_size=1, max_size=2).map(tuple),
    actions,
    st.none() | buttons,
    st.none() | buttons,
    words,
)
cards = st.builds(
    Card,
    st.lists(texts | rows | fields | pickers, max_size=4).map(tuple),
    st.lists(words, max_size=2).map(tuple),
)


@given(cards)
def test_a_card_comes_back_equal(card: Card) -> None:
    assert from_json(json.loads(json.dumps(to_json(card)))) == card


def test_defaults_are_not_written() -> None:
    card = Card((Text(("at ", When(datetime(2026, 3, 2, 15, tzinfo=UTC)))),))

    assert to_json(card) == {
        "v": 1,
        "is": "card",
        "blocks": [
            {"is": "text", "spans": ["at ", {"is": "when", "at": "2026-03-02T15:00:00+00:00"}]},
        ],
    }


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"v": 2, "is": "card", "blocks": []},
        {"v": 1, "is": "link", "label": "", "url": ""},
        {"v": 1, "is": "poster"},
        {"v": 1, "is": "card", "colour": "red"},
    ],
)
def test_anything_else_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        from_json(data)
