"""What people read: literal text, times in their own zone, mentions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.slack import render
from adapters.chat.slack.mrkdwn import cut, line, literal, when
from scheduling_core.cards import (
    Card,
    Mention,
    When,
)
from scheduling_core.cards import line as text_line
from tests.adapters.slack.cards import AT, BERLIN, blocks_of, markup, read_by_guest


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


def test_addresses_beside_the_blocks_can_be_copied() -> None:
    address = "https://join.example/a_b~c?x=1&y=*"
    card = Card((text_line(f"Join *here*: {address}"),))
    assert render.fallback_text(card) == f"Join ∗here∗: {address.replace('&', '&amp;')}"
