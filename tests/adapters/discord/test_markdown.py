"""What people read: literal text, times in their own zone, mentions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.discord.markdown import cut, cut_plain, line, link, literal, when
from scheduling_core.cards import Mention, When
from scheduling_core.cards import line as text_line
from tests.adapters.discord.cards import AT, HOST_ID, markup, read_by_guest


def test_a_time_is_shown_in_the_readers_zone() -> None:
    assert [when(When(AT, style)) for style in ("datetime", "time", "date")] == [
        "<t:1795701600:F>",
        "<t:1795701600:t>",
        "<t:1795701600:D>",
    ]
    assert read_by_guest(when(When(AT))) == "Thursday, 26 November 2026 11:00"


def test_a_person_is_called_by_id_where_it_is_one() -> None:
    assert line(text_line(Mention(HOST_ID, "host"), " would like to meet")) == (
        f"<@{HOST_ID}> would like to meet"
    )
    assert line(text_line(Mention("u-1", "everyone"))) == r"\@everyone"
    assert line(text_line(Mention(f"{HOST_ID}> @here", "host"))) == r"\@host"


def test_emphasis_is_discords() -> None:
    assert line(text_line("Logo review ", emphasis="strong")) == "**Logo review**"
    assert line(text_line("2 · ", "x", emphasis="struck")) == "~~2 · x~~ (taken)"
    assert line(text_line("30 min", emphasis="subtle")) == "-# 30 min"
    assert line(text_line(" \n ")) == ""


@pytest.mark.parametrize(
    "hostile",
    [
        "@everyone and @here",
        f"<@{HOST_ID}> <@&1200000000000000005> <#1200000000000000002>",
        "[your bank](https://example.org)",
        "https://example.org/a_b_c",
        "**all** __of__ it ~~now~~ ||hidden||",
        ":rotating_light: <a:wave:1200000000000000005>",
        "> quoted",
        "# heading",
        "-# small",
        "- a list",
        "1. a list",
        "<t:0:F> </meet:1200000000000000005> <id:guide>",
        "\\*not\\*",
    ],
)
def test_what_people_type_is_shown_as_it_is(hostile: str) -> None:
    shown = line(text_line(hostile))
    assert read_by_guest(shown) == hostile
    assert "<@" not in shown.replace("\\<", "")


def test_backticks_begin_no_code() -> None:
    assert literal("`it` ```all```") == r"\`it\` \`\`\`all\`\`\`"


# The reader of these tests takes backticks for code even behind a backslash; Discord does not.
@given(markup.map(lambda text: text.replace("`", "'")))
def test_any_text_is_read_back(text: str) -> None:
    assert read_by_guest(literal(text)) == text


def test_no_address_is_a_link_unless_it_is_ours() -> None:
    assert literal("https://example.org") == r"https\://example.org"
    made = link("Google [work]", "https://example.org/a(b)?c=d e")
    assert made == r"[Google \[work\]](https://example.org/a%28b%29?c=d%20e)"


@given(st.lists(st.sampled_from(["a", r"\*", "<t:1795701600:F>", f"<@{HOST_ID}>"]), max_size=12).map("".join))
def test_cutting_never_ends_inside_a_time_a_mention_or_an_escape(made: str) -> None:
    for most in range(1, len(made) + 1):
        kept = cut(made, most)
        assert len(kept) <= most
        assert kept.count("<") == kept.count(">")
        assert not kept.endswith("\\…")


def test_nothing_is_not_an_empty_label() -> None:
    assert (cut_plain("  ", 80), cut_plain("a  b", 80), cut_plain("x" * 90, 80)) == (
        "…",
        "a b",
        "x" * 79 + "…",
    )
