"""The form of one's own rules: good values are kept, mistakes are named together, typed text is kept."""

from dataclasses import replace
from datetime import timedelta
from typing import TypeGuard

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import rules_form
from bot.office import default_rules
from bot.settings import Settings
from bot.views import setup
from scheduling_core.availability import parse_windows
from scheduling_core.cards import Block, TextField
from scheduling_core.people import Person, Rules
from scheduling_core.refs import PersonRef, WorkspaceRef
from tests.bot.beginnings import invited, offers, said, set_up
from tests.bot.town import Town

RULES = default_rules(Settings().defaults, "Europe/Berlin")
HOST = Person(
    "p1",
    PersonRef(WorkspaceRef("webhook", "demo"), "u-1"),
    "host",
    "Europe/Berlin",
    join_template="https://x.example/j",
)


def read(**typed: str) -> rules_form.Filled | rules_form.Problems:
    return rules_form.read(typed, RULES, HOST)


def rules(**typed: str) -> Rules:
    filled = read(**typed)
    assert isinstance(filled, rules_form.Filled), filled
    return filled.rules


def problems(**typed: str) -> dict[str, str]:
    found = read(**typed)
    assert isinstance(found, rules_form.Problems), found
    return dict(found.by_field)


def test_what_the_form_shows_reads_back_as_it_was() -> None:
    assert rules_form.read(rules_form.fill(RULES, HOST), RULES, HOST) == rules_form.Filled(
        RULES, HOST.join_template, ""
    )


def test_fields_that_do_not_come_back_keep_their_value() -> None:
    assert read() == rules_form.Filled(RULES, HOST.join_template, "")


def test_monday_is_copied_where_the_form_says() -> None:
    days = rules(mon="8-12", tue="nonsense", copy="workdays").availability.weekly.days
    assert len(set(days[:5])) == 1
    assert days[5] == ()
    assert len(set(rules(mon="8-12", copy="week").availability.weekly.days)) == 1


@pytest.mark.parametrize("typed", ["berlin", " Europe/berlin", "EUROPE/BERLIN"])
def test_a_city_alone_is_a_zone(typed: str) -> None:
    assert rules(zone=typed).availability.zone == "Europe/Berlin"


def test_a_mistake_on_monday_is_named_once() -> None:
    assert set(problems(mon="25:00", copy="week")) == {"mon"}


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("mon", "25:00-26:00", "not a time of day"),
        ("tue", "17-9", "end before the start"),
        ("wed", "9-12, 11-14", "overlap"),
        ("thu", "9", "no end"),
        ("fri", "lunch", "can't read"),
        ("zone", "Europe/Berlim", "did you mean Europe/Berlin"),
        ("zone", "", "not the name of a time zone"),
        ("length", "0", "5 minutes to 8 hours"),
        ("length", "10000", "5 minutes to 8 hours"),
        ("length", "", "write it like"),
        ("step", "1", "5 minutes to 24 hours apart"),
        ("notice", "soon", "write it like"),
        ("notice", "9999 days", "at most 90 days"),
        ("window", "-1", "0 (today only) to 365"),
        ("window", "400", "0 (today only) to 365"),
        ("buffer_before", "13 h", "at most 12 hours"),
        ("buffer_after", "x", "write it like"),
        ("cap", "many", "number of meetings"),
        ("join", "javascript:alert(1)", "begins with https://"),
        ("join", "https://[::1", "begins with https://"),
        ("join", "https://", "begins with https://"),
        ("join", "https://rooms.example/" + "x" * 300, "322 characters long; please keep it to 300"),
        ("line", "x" * 301, "301 characters long; please keep it to 300"),
    ],
)
def test_a_mistake_says_what_to_type(field: str, typed: str, says: str) -> None:
    found = problems(**{field: typed})
    assert set(found) == {field}
    assert says.lower() in found[field].lower()


def test_hours_of_two_days_that_overlap_across_midnight_are_a_mistake() -> None:
    found = problems(mon="22-2", tue="1-5")
    assert set(found) == {"mon"}
    assert "Monday 22:00–2:00 and Tuesday 1:00–5:00 overlap" in found["mon"]
    assert "Sunday 22:00–2:00 and Monday 1:00–5:00" in problems(sun="22-2", mon="1-5")["sun"]
    assert rules(sat="22-2", sun="2-5").availability.weekly.sun
    assert "Wednesday 23:00–1:00" in problems(wed="9-12, 23-1", thu="9-10, 0-2")["wed"]


def test_a_line_of_exactly_the_limit_is_kept_whole() -> None:
    filled = read(line="x" * 300)
    assert isinstance(filled, rules_form.Filled)
    assert filled.line == "x" * 300


def test_many_hours_come_back_whole_from_the_form() -> None:
    hours = ", ".join(f"{hour}:00–{hour}:30" for hour in range(24))
    assert rules(mon=hours).availability.weekly.mon == parse_windows(hours)
    field = next(
        f for f in setup.form({**rules_form.fill(RULES, HOST), "mon": hours}, "-", {}).blocks if is_monday(f)
    )
    assert field == replace(field, value=hours, max_length=len(hours))


def is_monday(block: Block) -> TypeGuard[TextField]:
    return isinstance(block, TextField) and block.id == "mon"


def test_a_week_without_any_hours_is_a_mistake() -> None:
    assert "open at least one day" in problems(**dict.fromkeys(rules_form.DAYS, ""))["mon"]


def test_all_mistakes_are_listed_at_once() -> None:
    assert set(problems(mon="25:00", zone="Nowhere", length="0", cap="x")) == {"mon", "zone", "length", "cap"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("90", timedelta(minutes=90)),
        ("30 min", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("1 h 30 min", timedelta(minutes=90)),
        ("1.5 h", timedelta(minutes=90)),
        ("1 day", timedelta(days=1)),
        ("0", timedelta()),
    ],
)
def test_a_duration_is_read(typed: str, meant: timedelta) -> None:
    assert rules_form.duration(typed) == meant


@given(st.dictionaries(st.sampled_from([*rules_form.FIELDS, "copy", "other"]), st.text(max_size=20)))
def test_whatever_is_typed_becomes_rules_or_sentences(typed: dict[str, str]) -> None:
    match rules_form.read(typed, RULES, HOST):
        case rules_form.Filled(rules, _, line):
            again = rules_form.read(rules_form.fill(rules, HOST), rules, HOST)
            assert isinstance(again, rules_form.Filled)
            assert again.rules == rules
            assert "\n" not in line
        case rules_form.Problems(by_field):
            assert by_field
            assert set(by_field) <= set(rules_form.FIELDS)
            assert all(len(because) < 250 for because in by_field.values())


async def test_change_opens_every_field_with_its_sentence_and_goes_back_to_the_invitation(town: Town) -> None:
    host = town.member("u-1")
    await host.types("/meet @guest logo review")
    form = await host.presses("Change…")
    assert form is not None
    assert set(form.values()) == {*rules_form.FIELDS, "copy"}
    assert "Notice — nobody can book sooner than this" in form.text
    preview = await host.presses("Save and go on", mon="9-12, 13-17", copy="workdays", length="45")
    assert "45 min" in said(preview)
    await host.presses("Send invitation")
    assert "logo review" in town.card().text


async def test_nothing_typed_is_lost_on_a_mistake(town: Town) -> None:
    host = town.member("u-1")
    await host.types("/meet settings")
    typed = {"mon": "25:00", "fri": "9-11", "zone": "Berlim", "line": "Bring coffee.", "copy": "workdays"}
    again = await host.presses("Save", None, **typed)
    assert again is not None
    assert "Nothing is saved yet" in again.text
    assert "25:00 is not a time of day" in again.text
    assert "Europe/Berlin" in again.text
    assert typed.items() <= again.values().items()
    saved = said(await host.presses("Save", mon="9-11", zone="Europe/Berlin"))
    assert "Saved" in saved
    assert "Mon–Fri 9:00–11:00" in saved


async def test_a_line_that_is_too_long_stays_in_the_form_whole(town: Town) -> None:
    host = town.member("u-1")
    await host.types("/meet settings")
    typed = "Bring coffee. " * 30
    again = await host.presses("Save", None, line=typed)
    assert again is not None
    assert "That is 419 characters long; please keep it to 300." in again.text
    assert again.values()["line"] == typed
    await host.presses("Save", again, line=typed[:300])
    form = await host.types("/meet settings")
    assert form is not None
    assert form.values()["line"] == typed[:300].strip()


async def test_a_form_saved_after_its_invitation_was_sent_is_still_saved(town: Town) -> None:
    host = town.member("u-1")
    asked = await host.types("/meet @guest")
    form = await host.presses("Change…", asked)
    assert form is not None
    await host.says("/meet settings")
    await host.presses("Save")
    await host.types("/meet @guest")
    assert town.public()
    await host.presses("Save and go on", form, length="1 h")
    await host.types("/meet @second")
    assert "1 h" in town.card().text


async def test_new_rules_hold_at_once_on_every_open_card(town: Town) -> None:
    host, _ = await invited(town)
    assert "Tue 24 Nov" in town.card().text
    await host.types("/meet settings")
    await host.presses("Save", tue="")
    card = town.card()
    assert all(
        "(taken)" in row for row in card.text.splitlines() if "Tue 24 Nov" in row or "Tue 1 Dec" in row
    )
    assert len(offers(card)) == 5


async def test_a_longer_notice_kills_the_offers_that_are_now_too_soon(town: Town) -> None:
    host, _ = await invited(town)
    await host.types("/meet settings")
    await host.presses("Save", notice="4 h")
    await town.passes(timedelta(hours=1, minutes=1))
    for row in town.card().text.splitlines():
        if "Tue 24 Nov, 1" in row and "(taken)" not in row:
            assert row.partition(" · ")[2] >= "Tue 24 Nov, 15:30"


async def test_the_cap_and_the_buffers_are_kept(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet settings")
    await host.presses("Save", cap="1", buffer_before="1 h")
    await host.types("/meet @guest 30 2026-11-26")
    guest = town.member("u-2")
    await guest.presses("1")
    await guest.presses("Confirm")
    assert "no free time on Thursday" in said(await host.types("/meet @second 30 2026-11-26"))
