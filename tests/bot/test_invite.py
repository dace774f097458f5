"""Asking somebody to meet: the setup in one tap, the preview, Send, and what cannot be sent."""

import asyncio
from datetime import timedelta

import pytest

from tests.bot.beginnings import offers, said, set_up
from tests.bot.town import Town


async def test_the_setup_says_every_default_and_what_was_typed(town: Town) -> None:
    text = said(await town.member("u-1").types("/meet @guest 45 logo review"))
    for words in (
        "Set up in one tap",
        "Europe/Berlin",
        "Mon–Fri 9:00–17:00 · 45 min · Next 7 days",
        "I share only free start times, never your calendar.",
        "@guest",
        "logo review",
    ):
        assert words in text
    assert not town.public()


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("@guest thu logo review", "To meet @guest · Thu 26 Nov · logo review"),
        ("2027-01-07", "Thu 7 Jan 2027"),
        ("@guest day:2026-11-26T23:30Z", "To meet @guest · Fri 27 Nov"),
    ],
)
async def test_the_setup_says_the_day_it_would_be_sent_for(town: Town, typed: str, asked: str) -> None:
    text = said(await town.member("u-1").types(f"/meet {typed}"))
    assert asked in text.splitlines()
    assert "Next 7 days" not in text


async def test_where_the_zone_is_not_known_the_setup_says_the_moment_that_was_named(town: Town) -> None:
    del town.people["u-1"]["zone"]
    text = said(await town.member("u-1").types("/meet @guest day:2026-11-26T10:00Z"))
    assert "To meet @guest · Thu 26 Nov" in text.splitlines()
    assert "Next 7 days" not in text


async def test_a_length_chosen_on_the_setup_is_sent(town: Town) -> None:
    host = town.member("u-1")
    asked = await host.types("/meet @guest")
    assert asked is not None
    assert {"15", "30 ✓", "45", "60"} <= set(asked.titles)
    assert asked.text.splitlines()[-1].startswith("Reply 15, 30, 45 or 60 to pick, “yes” for Send invitation")
    chosen = await host.presses("60")
    assert chosen is not None
    assert chosen.id == asked.id
    assert "60 ✓" in chosen.titles
    await host.presses("Send invitation")
    assert "1 h" in town.card().text


async def test_an_unknown_zone_is_asked_for_as_a_clock_and_kept_on_the_way(town: Town) -> None:
    del town.people["u-1"]["zone"]
    host = town.member("u-1")
    assert "What time is it for you now?" in said(await host.types("/meet @guest"))
    again = said(await host.presses("Send invitation"))
    assert "Please choose the time it is for you now" in again
    assert not town.public()
    chosen = await host.presses("45", zone="Asia/Kolkata")
    assert chosen is not None
    assert chosen.values()["zone"] == "Asia/Kolkata"
    form = await host.presses("Change…")
    assert form is not None
    assert form.values()["clock"] == "Asia/Kolkata"
    await host.presses("Save and go on")
    await host.presses("Send invitation")
    assert "Kolkata" in town.card().text


async def test_a_zone_nobody_offered_is_asked_for_again(town: Town) -> None:
    del town.people["u-1"]["zone"]
    host = town.member("u-1")
    await host.types("/meet @guest")
    assert "Please choose" in said(await host.presses("Send invitation", zone="Mars/Base"))


async def test_a_bare_command_shows_a_private_preview(town: Town) -> None:
    host = await set_up(town)
    preview = said(await host.types("/meet"))
    assert "Ask everybody in this room to meet?" in preview
    assert not town.public()
    await host.presses("Send invitation")
    assert offers(town.card()) == ["1", "2", "3", "4", "5"]


async def test_a_title_alone_is_only_a_preview(town: Town) -> None:
    host = await set_up(town)
    assert "logo review" in said(await host.types("/meet logo review"))
    assert not town.public()


async def test_the_bare_command_goes_on_where_it_was_left(town: Town) -> None:
    host = town.member("u-1")
    await host.types("/meet @guest 45 logo review")
    text = said(await host.types("/meet"))
    assert "@guest" in text
    assert "45 min" in text
    await host.types("/meet help")
    await host.presses("Continue")
    await host.presses("Send invitation")
    assert "45 min · logo review" in town.card().text


async def test_a_new_invitation_forgets_the_pending_one(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet logo review")
    await host.types("/meet help")
    fresh = said(await host.presses("New invitation"))
    assert "logo review" not in fresh


async def test_the_bare_command_repeats_what_waits_to_be_confirmed(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet @guest")
    guest = town.member("u-2")
    first = await guest.presses("1")
    again = await guest.types("/meet")
    assert first is not None
    assert again is not None
    assert "Confirm" in again.titles
    assert guest.message(first.id) is None
    await guest.presses("Confirm")
    assert town.card().text.startswith("✅")


async def test_send_pressed_twice_sends_once(town: Town) -> None:
    host = town.member("u-1")
    asked = await host.types("/meet @guest")
    await host.presses("Send invitation", asked)
    assert "already sent" in said(await host.presses("Send invitation", asked))
    assert len(town.public()) == 1


async def test_a_named_weekday_limits_the_offers(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet @guest thu")
    assert town.card().text.count("Thu 26 Nov") == 5


async def test_a_weekday_without_open_time_is_the_next_one(town: Town) -> None:
    host = await set_up(town)
    await town.passes(timedelta(hours=6))
    await host.types("/meet @guest tue")
    assert town.card().text.count("Tue 1 Dec") == 5


async def test_a_weekday_with_no_time_this_week_or_next_is_not_skipped_silently(town: Town) -> None:
    host = await set_up(town)
    await town.passes(timedelta(days=4))
    answer = await host.types("/meet @guest sunday")
    assert "no free time on Sundays" in said(answer)
    assert answer is not None
    assert answer.titles == ["Change my hours", "New invitation"]
    await host.types("/meet @guest monday")
    assert town.card().text.count("Mon 30 Nov") == 5


async def test_a_day_beyond_the_window_is_offered_but_never_silently(town: Town) -> None:
    host = await set_up(town)
    told = said(await host.types("/meet @guest 2026-12-17"))
    assert town.card().text.count("Thu 17 Dec") == 5
    assert "Thursday 17 December 2026, which lies beyond your usual 7 days" in told


@pytest.mark.parametrize(
    ("typed", "because"),
    [
        ("/meet @guest 2026-11-23", "2026-11-23 has passed"),
        ("/meet @guest 9999-12-31", "more than a year ahead"),
        ("/meet @guest 2026-11-28", "no free time on Saturday 28 November"),
        ("/meet @guest sunday", "You have no free time on Sundays in the next two weeks."),
        ("/meet @guest 2026-02-30", "is not a date"),
        ("/meet @guest at 12", "I cannot read “at 12” here."),
        ("/meet @guest 30 45", "“30” and “45” are two lengths"),
        ("/meetup @guest 30", "“/meetup” is not a command of mine"),
        ("/meet @host", "You cannot invite yourself"),
        ("/meet @stranger", "I know nobody called @stranger"),
        ("/meet @guest 0", "5 minutes to 8 hours"),
        ("/meet @guest 10000", "5 minutes to 8 hours"),
        ("/meet @guest tomorrow at 3pm", "Name a day"),
        ("/meet @guest " + "x" * 3_900, "please keep it to 120"),
    ],
)
async def test_what_cannot_be_sent_says_why_and_what_next(town: Town, typed: str, because: str) -> None:
    host = await set_up(town)
    answer = await host.types(typed)
    assert because in said(answer)
    assert answer is not None
    assert answer.titles
    assert not town.public()


async def test_two_people_of_one_name_are_told_apart(town: Town) -> None:
    town.people["u-3"]["name"] = "Guest"
    host = await set_up(town)
    assert "More than one person" in said(await host.types("/meet @guest 30"))
    await host.types("/meet @u-3 30")
    assert "@Guest" in town.card().text


async def test_nobody_is_invited_in_the_place_of_one_whose_id_they_took_as_a_name(town: Town) -> None:
    town.people["u-2"]["name"] = "u-3"
    host = await set_up(town)
    await host.types("/meet @u-3 30")
    assert "@second" in town.card().text
    await town.member("u-3").presses("1", town.card())
    assert "somebody else" in said(await town.member("u-2").presses("1", town.card()))


async def test_somebody_who_left_the_room_meanwhile_is_not_invited(town: Town) -> None:
    host = town.member("u-1")
    await host.types("/meet @guest")
    town.members["room-1"].remove("u-2")
    assert "no longer in this room" in said(await host.presses("Send invitation"))
    assert not town.public()
    assert "Set up in one tap" in said(await host.types("/meet"))


@pytest.mark.parametrize(
    "title",
    [
        "<b>bold</b> **x** [a](http://example.org)",
        "{{DATE(2026-11-24T09:00:00Z,SHORT)}}",
        "🎉🎉",
        "פגישה חשובה",
    ],
)
async def test_a_title_is_shown_as_it_was_typed(town: Town, title: str) -> None:
    host = await set_up(town)
    await host.types(f'/meet @guest 30 "{title}"')
    assert title in town.card().text


async def test_both_people_named_must_be_free_and_the_first_books_for_all(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet @guest @second 30")
    guest, second = town.member("u-2"), town.member("u-3")
    first = await guest.presses("1")
    lost = await second.presses("1")
    assert first is not None
    assert "Someone just took it. Nearest:" in said(lost)
    await guest.presses("Confirm", first)
    assert town.card().text.startswith("✅ @host, @guest & @second")
    assert {m.recipient.address for m in town.mail.sent} == {host.email, guest.email, second.email}
    assert len(town.mail.sent) == 3


async def test_send_tapped_twice_at_the_same_moment_sends_once(town: Town) -> None:
    host = town.member("u-1")
    asked = await host.types("/meet @guest")
    assert asked is not None
    press = {"type": "action", "message_id": asked.id, "data": asked.data("Send invitation")}
    answers = await asyncio.gather(*(town.deliver(host, press) for _ in range(3)))
    await town.settle()
    texts = sorted(reply["text"].splitlines()[0] for _, answer in answers for reply in answer["replies"])
    assert texts == ["Invitation sent."] + ["That invitation was already sent or replaced."] * 2
    assert len(town.public()) == 1


async def test_where_nobody_else_is_there_is_nobody_to_ask(town: Town) -> None:
    host = town.member("u-1")
    await set_up(town)
    town.members["room-1"] = ["u-1"]
    for line in ("/meet", "/meet 30 fri"):
        assert "There is nobody else here to meet." in said(await host.types(line))
    await host.presses("Help")
    assert "nobody else here" in said(await host.presses("New invitation"))
    assert not town.public()
