"""The `/meet` grammar: what each line means, and that every other line gets a sentence that helps."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling_core.mail import single_line
from scheduling_core.meet_syntax import (
    AMBIGUOUS,
    MAX_TITLE,
    Invite,
    Problem,
    Verb,
    Weekday,
    day_of,
    parse,
)

PEOPLE = {
    "guest": "p2",
    "u-2": "p2",
    "second": "p3",
    "second guest": "p4",
    "İz": "p5",
    "双": "p6",
    "twin": AMBIGUOUS,
}


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/meet", Invite()),
        ("  ", Invite()),
        ("/meet @guest", Invite(("p2",))),
        ("/MEET @GUEST 45", Invite(("p2",), minutes(45))),
        ("/meet 15", Invite((), minutes(15))),
        ("/meet 1h @guest @second", Invite(("p2", "p3"), minutes(60))),
        ("/meet @second guest 30", Invite(("p4",), minutes(30))),
        ("/meet @guest @u-2", Invite(("p2",))),
        ("/meet @guest, 30, logo review", Invite(("p2",), minutes(30), "logo review")),
        ("@guest 1h30 planning", Invite(("p2",), minutes(90), "planning")),
        ("/meet @guest 1.5h", Invite(("p2",), minutes(90))),
        ("/meet @guest 20 min", Invite(("p2",), minutes(20))),
        ("/meet @guest quick", Invite(("p2",), minutes(15))),
        ("/meet @guest 5m", Invite(("p2",), minutes(5))),
        ("/meet @guest 480", Invite(("p2",), minutes(480))),
        ("/meet @guest 30 sprint 42", Invite(("p2",), minutes(30), "sprint 42")),
        ('/meet @guest "at 3pm tomorrow, 30"', Invite(("p2",), None, "at 3pm tomorrow, 30")),
        ("/meet @guest “Logo  review” 30", Invite(("p2",), minutes(30), "Logo review")),
        ('/meet @guest "Logo review 30', Invite(("p2",), None, "Logo review 30")),
        ("/meet @guest thu", Invite(("p2",), day=Weekday.THU)),
        ("/meet @guest Thursday.", Invite(("p2",), day=Weekday.THU)),
        ("/meet @guest mon", Invite(("p2",), day=Weekday.MON)),
        ("/meet @guest 2026-11-26 30", Invite(("p2",), minutes(30), day=date(2026, 11, 26))),
        (
            "/meet @guest day:2026-11-26T23:30Z",
            Invite(("p2",), day=datetime(2026, 11, 26, 23, 30, tzinfo=UTC)),
        ),
        (
            "/meet at day:2026-11-26T23:30Z",
            Invite((), None, "at", datetime(2026, 11, 26, 23, 30, tzinfo=UTC)),
        ),
        ("/meet @İz 30", Invite(("p5",), minutes(30))),
        ("/meet @双 30", Invite(("p6",), minutes(30))),
        ("/meet 🎉 שלום", Invite((), None, "🎉 שלום")),
        ("/meet a\u202eb\x07c", Invite((), None, "a b c")),
        ("/meet @guest ٣٠", Invite(("p2",), minutes(30))),
        ("/meet @guest 2 hrs", Invite(("p2",), minutes(120))),
        ("/meet @guest 1h30min", Invite(("p2",), minutes(90))),
        ("/meet @guest thu?", Invite(("p2",), day=Weekday.THU)),
        ("/meet @guest Q3 review", Invite(("p2",), None, "Q3 review")),
        ("/meet @guest v2 of the logo", Invite(("p2",), None, "v2 of the logo")),
        ("/meet @guest 2nd round", Invite(("p2",), None, "2nd round")),
        ("/meet @guest 1:1", Invite(("p2",), None, "1:1")),
        (
            "/meet @guest 3D logo #42, 90% done - again",
            Invite(("p2",), None, "3D logo #42, 90% done - again"),
        ),
        ("/meet @guest march review", Invite(("p2",), None, "march review")),
        ("/meet @guest march 45 min", Invite(("p2",), minutes(45), "march")),
        ('/meet @guest "-5"', Invite(("p2",), None, "-5")),
        ('/meet @guest 30 "feb 30"', Invite(("p2",), minutes(30), "feb 30")),
    ],
)
def test_an_invitation_is_read(text: str, meant: Invite) -> None:
    assert parse(text, "/meet", PEOPLE) == meant


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("/meet help", "help"),
        ("/meet  LIST ", "list"),
        ("settings", "settings"),
        ("/meet cancel", "list"),
        ("/meet reschedule the review", "list"),
        ("/meet hours Mon-Fri 10-16", "settings"),
        ("/meet settings foo", "settings"),
        ("/meet help x", "help"),
        ("/meet list x", "list"),
    ],
)
def test_a_verb_is_read_and_a_change_leads_to_where_it_is_made(text: str, verb: str) -> None:
    assert parse(text, "/meet", PEOPLE) == Verb(verb)


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("/meet @nobody 30", 6, "nobody called @nobody"),
        ("/meet @", 6, "right after the @"),
        ("/meet @guestx", 6, "nobody called @guestx"),
        ("/meet @twin", 6, "More than one person"),
        ("/meet @guest? 30", 6, "leave out the question mark"),
        ("/meet @guest 0", 13, "5 minutes to 8 hours"),
        ("/meet @guest 10000", 13, "5 minutes to 8 hours"),
        ("/meet @guest 999999999h", 13, "5 minutes to 8 hours"),
        ("/meet @guest 4m", 13, "5 minutes to 8 hours"),
        ("/meet 7", 6, "type 7m"),
        ("/meet @guest 2026-02-30", 13, "is not a date"),
        ("/meet @guest 0000-01-01", 13, "is not a date"),
        ("/meet @guest day:2026-02-30T23:30Z", 13, "no such moment"),
        ("/meet day:9999-12-31T23:59Z", 6, "That moment is too far away"),
        ("/meet day:0001-01-01T00:00Z", 6, "That moment is too far away"),
        ("/meet thu day:2026-11-26T23:30Z", 10, "one day only; that moment is a second one"),
        ("/meet @guest tomorrow", 13, "Name a day"),
        ("/meet @guest 3pm", 13, "Name a day"),
        ("/meet @guest 15:00", 13, "Name a day"),
        ("/meet @guest 25:00", 13, "Name a day"),
        ("/meet @guest 1/12", 13, "Name a day"),
        ("/meet @guest thu fri", 17, "one day only"),
        ("/meet @guest thu 2026-11-27", 17, "one day only"),
        ("/meet @guest at 12", 16, "“at 12”"),
        ("/meet @guest 30 at 12, please", 19, "“at 12”"),
        ("/meet @guest at 9 h", 16, "“at 9 h”"),
        ("/meet @guest 30 45", 16, "“30” and “45” are two lengths"),
        ("/meet @guest 90m quick", 17, "“90m” and “quick” are two lengths"),
        ("/meet sprint 42 @guest 30", 23, "“42” and “30” are two lengths"),
        ("/meet @guest 30 sprint 45m", 23, "“30” and “45m” are two lengths"),
        ('/meet @guest "Logo" "Review"', 20, "one title only"),
        ("/meetup @guest 30", 0, "“/meetup” is not"),
        ("/meet-up @guest 30", 0, "“/meet-up” is not"),
        ("/meetings", 0, "not a command of mine"),
        ("/meet " + "x" * 10_000, 5, f"keep it to {MAX_TITLE}"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_type(text: str, position: int, says: str) -> None:
    problem = parse(text, "/meet", PEOPLE)
    assert isinstance(problem, Problem)
    assert problem.position == position
    assert says in problem.because
    assert len(problem.because) < 250


@pytest.mark.parametrize(
    "text", ["/meet @u-2?", "/meet thu day:2026-11-26T23:30Z", "/meet day:9999-12-31T23:59Z"]
)
def test_no_refusal_repeats_an_id_or_what_only_a_platform_writes(text: str) -> None:
    problem = parse(text, "/meet", PEOPLE)
    assert isinstance(problem, Problem)
    assert "u-2" not in problem.because
    assert "day:" not in problem.because


def test_an_instant_of_any_year_is_read_as_it_is_written() -> None:
    for instant in (datetime(2026, 11, 26, 23, 30, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC)):
        assert parse(f"/meet {day_of(instant)}", "/meet", {}) == Invite(day=instant)
    assert isinstance(parse(f"/meet {day_of(datetime(800, 1, 1, tzinfo=UTC))}", "/meet", {}), Problem)


NO_TITLES = (
    *(
        "-5",
        "−5",
        "--5",
        "+30",
        "~30",
        "(30)",
        "30?",
        "30min.",
        "30'",
        "1e3",
        "0x1e",
        "30.5",
        "1..5",
        "1_000",
    ),
    *(
        "½",
        "½h",
        "1½h",
        "-½h",
        "①",
        "١٫٥h",
        "\u200b30",
        "1.25h",
        "30-45min",
        "1h-2h",
        "2days",
        "90mn",
        "0m",
    ),
    *("feb 30", "Feb. 30", "30 feb", "30th of February", "26. November", "nov 26, 2026", "november 2026"),
    *(
        "feb-30",
        "Feb30",
        "30feb",
        "30-feb-2026",
        "2026/11/26",
        "2026-11-26T10:00Z",
        "26.11.",
        "mon-fri",
        "mon/wed",
    ),
)


@pytest.mark.parametrize("text", NO_TITLES)
@pytest.mark.parametrize("before", ["/meet @guest ", "/meet @guest 30 logo ", "/meet @guest review "])
def test_what_looks_like_a_number_or_a_date_is_never_silently_a_title(before: str, text: str) -> None:
    meant = parse(before + text, "/meet", PEOPLE)
    assert isinstance(meant, Problem)
    assert any(way in meant.because for way in ("45m", "2026-11-26", "5 minutes to 8 hours", "one only"))


@pytest.mark.parametrize("text", ["26th", "the 26th", "on the 26th."])
def test_a_title_that_is_nothing_but_a_day_of_some_month_is_asked_back(text: str) -> None:
    problem = parse(f"/meet @guest {text}", "/meet", PEOPLE)
    assert isinstance(problem, Problem)
    assert "2026-11-26" in problem.because


numbers = st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.integers().map(str)


@given(
    st.sampled_from(["", "+", "-", "−", "~", "("]), numbers, st.sampled_from(["", "h", "min", " h", "?", ")"])
)
def test_no_number_becomes_a_title(sign: str, number: str, unit: str) -> None:
    match parse(f"/meet @guest {sign}{number}{unit}", "/meet", PEOPLE):
        case Invite(length=length, title=title):
            assert length is not None
            assert title == ""


def test_a_word_that_looks_like_markup_is_only_a_title() -> None:
    assert parse("/meet <b>*hi*</b> {{DATE(x)}}", "/meet", {}) == Invite(title="<b>*hi*</b> {{DATE(x)}}")


def test_another_command_word() -> None:
    assert parse("/book @guest 30", "/book", PEOPLE) == Invite(("p2",), minutes(30))


pieces = st.sampled_from(
    [
        "/meet",
        "@guest",
        "@second guest",
        "@x",
        "30",
        "1h",
        "thu",
        "2026-11-26",
        '"',
        "“",
        "help",
        ",",
        "@",
        "7",
        "\x00",
    ]
)
lines = st.lists(pieces | st.text(max_size=6), max_size=12).map(" ".join) | st.text(max_size=60)


@given(lines)
def test_every_line_means_something_and_always_the_same(text: str) -> None:
    meant = parse(text, "/meet", PEOPLE)
    assert parse(text, "/meet", dict(reversed(PEOPLE.items()))) == meant
    match meant:
        case Problem(position, because):
            assert 0 <= position <= len(text)
            assert because
        case Invite(people, length, title, _):
            assert set(people) <= set(PEOPLE.values()) - {AMBIGUOUS}
            assert len(set(people)) == len(people)
            assert length is None or minutes(5) <= length <= minutes(480)
            assert title == single_line(title)


@given(st.text(alphabet=st.characters(blacklist_characters='"“”'), max_size=100))
def test_text_in_quotes_is_never_read_as_anything_else(title: str) -> None:
    meant = parse(f'/meet @guest "{title}" 30', "/meet", PEOPLE)
    assert isinstance(meant, Invite)
    assert (meant.people, meant.length, meant.day) == (("p2",), minutes(30), None)
