"""What holds for every card the bot can show, and the words of the cards that no story reaches."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.chat.webhook.render import adaptive_card
from bot.office import default_rules
from bot.settings import Defaults
from bot.views import agenda, calendars, changes, picking, setup
from bot.views.meetings import LOST_SHOWN, card
from bot.views.samples import BOOKED, CAST, GUEST, HOST, INVITING, NOW, PUBLIC, samples
from bot.views.words import Eyes, listed, shown_name
from scheduling_core import card_json
from scheduling_core.actions import Action, ActionCodec
from scheduling_core.card_text import column, plain_text
from scheduling_core.cards import (
    Button,
    Buttons,
    Card,
    ChoiceField,
    DateField,
    Link,
    Mention,
    Text,
    TextField,
    TimePicker,
    When,
    line,
)
from scheduling_core.meeting import Draft, Hold, Offer, Wish
from scheduling_core.people import Person
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.webhook.adaptive_cards import faults

ROOM = RoomRef(WorkspaceRef("webhook", "demo"), "room-1")
CODEC = ActionCodec(b"a key of the tests")
CLOCK = re.compile(r"\d{1,2}[:.]\d\d|\b\d{1,2} ?[ap]m\b", re.IGNORECASE)
SAMPLES = samples()
RULES = default_rules(Defaults(), "Europe/Berlin")
every_card = pytest.mark.parametrize("name", SAMPLES)


FORMS = {
    "more",
    "moremoves",
    "none",
    "other",
    "reschedule",
    "cancel",
    "settings",
    "change",
    "choose",
    "entercode",
}
"""The verbs that are answered with a form or a picker."""


def is_form(sample: Card) -> bool:
    return any(isinstance(block, TextField | ChoiceField | DateField) for block in column(sample))


def pickers(sample: Card) -> list[TimePicker]:
    return [block for block in sample.blocks if isinstance(block, TimePicker)]


def groups(sample: Card) -> list[Buttons]:
    return [block for block in sample.blocks if isinstance(block, Buttons)]


def is_public(name: str) -> bool:
    return any(name.startswith(beginning) for beginning in PUBLIC) and name != "cancelled by you"


@every_card
def test_a_card_is_one_that_every_room_can_show(name: str) -> None:
    assert faults(adaptive_card(SAMPLES[name], ROOM, CODEC)) == []


@every_card
def test_a_card_is_kept_and_read_back_as_it_was(name: str) -> None:
    assert card_json.from_json(card_json.to_json(SAMPLES[name])) == SAMPLES[name]


@every_card
def test_a_label_fits_on_a_button(name: str) -> None:
    items = [item for block in column(SAMPLES[name]) if isinstance(block, Buttons) for item in block.items]
    assert all(0 < len(item.label) <= 40 for item in items)


@every_card
def test_every_button_has_a_word_of_its_own(name: str) -> None:
    buttons = list(SAMPLES[name].buttons())
    words = [button.reply for button in buttons if button.reply]
    assert len(words) == len(set(words))
    assert all(word == word.lower().strip() for word in words)
    without = [button.label for button in buttons if not button.reply]
    assert not without or is_form(SAMPLES[name])


def says_what_to_reply(text: str, button: Button) -> bool:
    """In the last line, or with its number in place; of `cancel 1`, `cancel 2` … the first is enough."""
    *lines, hint = text.splitlines()
    word = button.reply or ""
    kind = word.rstrip("0123456789")
    in_place = (f"{word} · {button.label}", f"{word}: ")
    return (kind or word) in hint or ("number" in hint and any(way in "\n".join(lines) for way in in_place))


@every_card
def test_plain_text_carries_every_word_every_link_and_what_to_reply(name: str) -> None:
    text = plain_text(SAMPLES[name], NOW)
    for block in column(SAMPLES[name]):
        match block:
            case Text(spans):
                assert all(span in text for span in spans if isinstance(span, str))
                assert all(f"@{span.name}" in text for span in spans if isinstance(span, Mention))
            case Buttons(items):
                assert all(item.url in text for item in items if isinstance(item, Link))
                buttons = [item for item in items if isinstance(item, Button) and item.reply]
                assert all(says_what_to_reply(text, button) for button in buttons)
            case TextField() | ChoiceField() | DateField():
                assert block.label in text
                assert block.problem in text


@pytest.mark.parametrize("name", [name for name in SAMPLES if is_public(name)])
def test_no_clock_time_stands_on_a_public_button_or_written_out_on_a_public_card(name: str) -> None:
    assert not [button.label for button in SAMPLES[name].buttons() if CLOCK.search(button.label)]
    texts = [span for block in SAMPLES[name].blocks if isinstance(block, Text) for span in block.spans]
    assert not [span for span in texts if isinstance(span, str) and CLOCK.search(span)]


@every_card
def test_a_private_card_leads_on(name: str) -> None:
    has_items = any(isinstance(block, Buttons) for block in column(SAMPLES[name]))
    assert has_items or is_public(name)


@every_card
def test_a_private_card_can_stand_in_a_window(name: str) -> None:
    sample = SAMPLES[name]
    if is_public(name):
        return
    assert len([button for button in sample.buttons() if button.style == "primary"]) <= 1
    fields = [block for block in sample.blocks if isinstance(block, TextField | ChoiceField | DateField)]
    assert sample.main() or not fields or pickers(sample)
    ids = [block.id for block in column(sample) if isinstance(block, TextField | ChoiceField | DateField)]
    assert len(ids) == len(set(ids))
    assert all(len(group.items) <= 25 for group in groups(sample))
    assert len(pickers(sample)) <= 1


@every_card
def test_a_picker_fits_into_select_menus(name: str) -> None:
    for picker in pickers(SAMPLES[name]):
        assert len(picker.days) <= 100
        assert all(len(shown.times) <= 100 for shown in picker.shown)
        counts = {option.day: option.count for option in picker.days}
        assert all(len(shown.times) <= counts[shown.day] for shown in picker.shown)


@every_card
def test_a_button_says_whether_a_form_follows(name: str) -> None:
    items = [item for group in groups(SAMPLES[name]) for item in group.items if isinstance(item, Button)]
    assert [i.label for i in items if i.opens_form] == [i.label for i in items if i.action.verb in FORMS]
    turning = [button for picker in pickers(SAMPLES[name]) for button in picker.buttons()]
    assert not any(button.opens_form for button in turning)


@every_card
def test_people_are_called_so_that_the_platform_can_tell_them(name: str) -> None:
    texts = [block for block in SAMPLES[name].blocks if isinstance(block, Text)]
    words = [span for text in texts for span in text.spans if isinstance(span, str)]
    assert not [word for word in words if re.search(r"@(host|guest|second)", word)]
    called = {span.account: span.name for text in texts for span in text.spans if isinstance(span, Mention)}
    assert called.items() <= {p.ref.person: p.name for p in CAST.people.values()}.items()


def test_the_invitation_calls_host_and_guest() -> None:
    first = SAMPLES["invitation"].blocks[0]
    assert isinstance(first, Text)
    assert first.spans == (Mention("u-1", "host"), " would like to meet", " ", Mention("u-2", "guest"))


@pytest.mark.parametrize(
    ("name", "field", "says"),
    [
        ("form with a mistake", "mon", "25:00 is not a time of day"),
        ("none fit without a day", "days", "Choose at least one day."),
        ("setup without a choice", "zone", "Please choose the time"),
        ("more times, that day is gone", "day", "That day has no free time left."),
    ],
)
def test_a_problem_stands_at_its_field(name: str, field: str, says: str) -> None:
    fields = [b for b in column(SAMPLES[name]) if isinstance(b, TextField | ChoiceField | DateField)]
    assert [block.id for block in fields if block.problem] == [field]
    (wrong,) = (block for block in fields if block.problem)
    assert says in wrong.problem
    body = adaptive_card(SAMPLES[name], ROOM, CODEC)["body"]
    place = next(n for n, element in enumerate(body) if element.get("id") == field)
    assert says in body[place - 1]["text"]
    assert says in plain_text(SAMPLES[name]).partition(f"{wrong.label}: ")[2].splitlines()[1]


def test_the_problem_of_a_day_is_said_where_there_is_no_other_day_to_choose() -> None:
    lines = plain_text(SAMPLES["more times, all on one page"]).splitlines()
    assert lines[2] == "That day has no free time left."
    assert "Another day" not in "\n".join(lines)


def test_the_home_page_says_what_is_coming_whose_hours_hold_and_how_to_begin() -> None:
    lines = plain_text(SAMPLES["home of the host"]).splitlines()
    assert lines[0] == "Your meetings"
    assert "1 · Thu 26 Nov, 11:00–11:30 with @guest" in lines
    hours = lines[lines.index("Your hours") + 1]
    assert hours == "Europe/Berlin · Mon–Fri 9:00–17:00 · 30 min, notice 2 h, next 7 days"
    assert "To ask somebody to meet, type /meet @name 30 in a room." in lines
    new = plain_text(SAMPLES["home of somebody new"]).splitlines()
    assert "To begin with: Mon–Fri 9:00–17:00 · 30 min, notice 2 h, next 7 days" in new
    assert "You have no meetings coming up and no open invitations." in new


def test_a_long_lived_card_shows_only_the_latest_lost_offers() -> None:
    lost = tuple(Offer(n, NOW + timedelta(hours=n), open=False) for n in range(1, 20))
    shown = card(replace(INVITING, offers=(*lost, Offer(20, NOW))), CAST)
    struck = [block for block in shown.blocks if isinstance(block, Text) and block.emphasis == "struck"]
    assert len(struck) == LOST_SHOWN
    assert struck[-1].spans[0] == "19 · "


def test_a_long_list_says_how_many_more_there_are_and_leads_there() -> None:
    first, second = SAMPLES["list, long"], SAMPLES["list, its second page"]
    shown = sum(f"{number} · " in plain_text(first) for number in range(1, 26))
    assert f"And {25 - shown} more, later than these." in plain_text(first)
    assert [one.label for one in first.buttons()][-1] == "More"
    assert "\n13 · " in plain_text(second)
    assert [one.label for one in second.buttons()][-1] == "From the start"


def test_what_is_in_another_workspace_is_listed_without_a_button_that_would_be_refused() -> None:
    here, elsewhere = SAMPLES["list"], SAMPLES["list of what is elsewhere"]
    assert [one.label for one in elsewhere.buttons()] == []
    assert plain_text(elsewhere).count("1 · ") == plain_text(here).count("1 · ") == 1
    assert agenda.ELSEWHERE in plain_text(elsewhere)
    assert agenda.ELSEWHERE not in plain_text(here)


def a_person(name: str) -> Person:
    return Person("p1", PersonRef(WorkspaceRef("webhook", "demo"), "u-1"), name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("guest", "guest"),
        ("  Guest \n of honour ", "Guest of honour"),
        ("guest@example.net", "guest"),
        ("Guest (guest@example.net)", "Guest (guest"),
        ("guest@intranet", "guest"),
        ("a@b@c.org", "a"),
        ("guest @ example.net (away)", "guest (away)"),
        ("guest＠example.net", "guest"),
        ("@guest", "guest"),
        ("guest\u202etxt", "guest txt"),
        ("@", "somebody"),
        ("<b>guest</b>", "<b>guest</b>"),
        ("x" * 500, "x" * 60),
        ("אורח 🎉", "אורח 🎉"),
    ],
)
def test_a_name_is_shown_without_an_address_and_on_one_line(name: str, shown: str) -> None:
    assert shown_name(a_person(name)) == shown


def test_a_list_of_names() -> None:
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a & b",
        "a, b & c",
    ]


@pytest.mark.parametrize(
    ("hours", "shown"), [(0.5, "11:30"), (23, "Fri 10:00"), (-3, "08:00"), (24 * 9, "Sat 5 Dec, 11:00")]
)
def test_a_nearby_time_is_as_short_as_it_is_clear(hours: float, shown: str) -> None:
    wanted = datetime(2026, 11, 26, 14, tzinfo=UTC)
    assert Eyes("America/Sao_Paulo", None).near(wanted + timedelta(hours=hours), wanted) == shown


def test_twelve_hour_clocks_are_read_by_those_who_use_them() -> None:
    assert (
        Eyes("America/New_York", "en-US").moment(datetime(2026, 11, 26, 20, tzinfo=UTC))
        == "Thu 26 Nov, 3:00 PM"
    )


UNKNOWN = Eyes("Europe/Berlin", "en-US", own=False)
"""Of somebody whose zone we do not know: their platform may."""
_HELD = Hold("h1", INVITING.id, GUEST.id, BOOKED.span.start, NOW, "m1", INVITING.room)
_ASKED = Wish("w1", INVITING.id, GUEST.id, (BOOKED.span.start,), "", "m1")


@pytest.mark.parametrize(
    "shown",
    [
        picking.confirm(_HELD, INVITING, HOST, UNKNOWN, 5),
        picking.booked(BOOKED, [HOST], UNKNOWN, (), "calendar"),
        changes.reschedule(BOOKED, (NOW,), UNKNOWN),
        changes.moved(BOOKED, UNKNOWN, 60),
        changes.cancel(BOOKED, CAST, GUEST, UNKNOWN),
        changes.told(BOOKED, HOST, "moved your meeting to", "", UNKNOWN),
        agenda.agenda([agenda.Listed(BOOKED, CAST, True)], UNKNOWN, GUEST.id),
        setup.preview(Draft("d1", HOST.id, INVITING.room, (), None, "", ()), RULES, [], (NOW,), UNKNOWN),
        calendars.doubt_question(_ASKED, INVITING, GUEST, UNKNOWN, is_own=True),
    ],
)
def test_where_the_zone_is_not_known_a_time_is_an_instant_and_no_sentence_names_its_zone(shown: Card) -> None:
    spans = [span for block in shown.blocks if isinstance(block, Text) for span in block.spans]
    assert [span for span in spans if isinstance(span, When)]
    said = [span for span in spans if isinstance(span, str) and not span.endswith(" for ")]
    assert not [one for one in said if CLOCK.search(one) or one.startswith("Times are") or "UTC" in one]


def test_the_time_of_the_host_stands_beside_an_instant_but_not_beside_the_same_time() -> None:
    (first, *_) = picking.confirm(_HELD, INVITING, HOST, UNKNOWN, 5).blocks
    assert isinstance(first, Text)
    assert first.spans[3] == " (11:00 for "
    assert first.spans[5] == " in Berlin)"
    (same, *_) = picking.confirm(_HELD, INVITING, HOST, replace(UNKNOWN, own=True), 5).blocks
    assert same == line("Thu 26 Nov, 11:00 AM–11:30 AM your time", emphasis="strong")


@pytest.mark.parametrize(
    ("eyes", "says"),
    [
        (UNKNOWN, "Choices are labelled in Berlin time."),
        (replace(UNKNOWN, own=True), "Times are in your own time zone."),
    ],
)
def test_a_picker_says_what_its_labels_are_in(eyes: Eyes, says: str) -> None:
    more = Action("more", (INVITING.id,))
    assert line(says, emphasis="subtle") in picking.picker("t", "slot", "x", [NOW], eyes, 0, more).blocks


def test_the_night_the_clocks_go_back_no_two_times_of_a_picker_are_the_same() -> None:
    starts = [datetime(2027, 10, 31, 0, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(5)]
    shown = picking.picker("Pick", "slot", "i1", starts, Eyes("Europe/Berlin", None), 0, Action("more"))
    (day,) = pickers(shown)[0].shown
    assert [button.label for button in day.times] == [
        *("02:00 (UTC+2)", "02:30 (UTC+2)", "02:00 (UTC+1)", "02:30 (UTC+1)", "03:00")
    ]
    assert [moment.at for moment in day.moments] == starts
    near = picking.lost(INVITING, starts[0], starts[1:3], Eyes("Europe/Berlin", None), "Taken.", "slot")
    assert [button.label for button in near.buttons()][:2] == ["02:30 (UTC+2)", "02:00 (UTC+1)"]


def test_a_picker_in_the_zone_of_somebody_else_says_whose_day_it_is_and_dates_each_moment() -> None:
    starts = [datetime(2026, 11, 23, 3, tzinfo=UTC), datetime(2026, 11, 23, 4, tzinfo=UTC)]
    theirs = Eyes("Asia/Kolkata", None, own=False)
    (day,) = pickers(picking.picker("Pick", "move", "i1", starts, theirs, 0, Action("moremoves")))[0].shown
    assert day.label == "Mon 23 Nov in Kolkata"
    assert day.moments == tuple(map(When, starts))


def test_the_samples_are_more_than_the_kinds_of_cards() -> None:
    assert len(SAMPLES) > 50
