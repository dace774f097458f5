"""Picking: a number, the private Confirm with its hold, a slot lost meanwhile, any other time."""

import asyncio
from datetime import timedelta

import pytest

from scheduling_core.actions import Action
from scheduling_core.refs import RoomRef, WorkspaceRef
from tests.bot.beginnings import booked, invited, said, set_up
from tests.bot.town import CODEC, Seen, Town


async def test_the_question_says_the_time_in_both_zones(town: Town) -> None:
    _, guest = await invited(town)
    text = said(await guest.presses("1"))
    assert "Tue 24 Nov, 09:00–09:30 your time (13:00 for @host in Berlin)" in text
    assert "30 min with @host · logo review" in text
    assert "Held for you for 5 minutes." in text
    assert town.card().text.startswith("@host would like to meet")


async def test_the_question_says_the_hosts_date_where_it_is_another(town: Town) -> None:
    town.people["u-2"]["zone"] = "Pacific/Honolulu"
    _, guest = await invited(town)
    picker = await guest.presses("More times")
    assert picker is not None
    text = said(await guest.presses_at(0, picker))
    assert "Tue 24 Nov, 01:00–01:30 your time (12:00 for @host in Berlin)" in text
    picker = await guest.presses("Other time")
    assert picker is not None
    text = said(await guest.presses_at(-1, picker))
    assert "Tue 1 Dec, 05:30–06:00 your time (16:30 for @host in Berlin)" in text
    town.people["u-2"]["zone"] = "Pacific/Auckland"
    await guest.presses("Other time")
    text = said(await guest.says("1"))
    assert "Wed 25 Nov, 00:00–00:30 your time (Tue 24 Nov, 12:00 for @host in Berlin)" in text


async def test_people_of_one_zone_read_one_time(town: Town) -> None:
    town.people["u-2"]["zone"] = "Europe/Paris"
    _, guest = await invited(town)
    first = said(await guest.presses("1")).splitlines()[0]
    assert first.endswith("your time")


async def test_a_guest_without_a_zone_reads_the_hosts(town: Town) -> None:
    del town.people["u-2"]["zone"]
    _, guest = await invited(town)
    first = said(await guest.presses("1")).splitlines()[0]
    assert first == "Tue 24 Nov, 13:00–13:30 Berlin (13:00 for @host in Berlin)"


async def test_confirming_tells_everybody_privately_and_edits_the_card(town: Town) -> None:
    host, guest = await invited(town)
    before = town.card()
    await guest.presses("1")
    told = said(await guest.presses("Confirm"))
    card = town.card()
    assert "✅ Booked with @host\nTue 24 Nov, 09:00–09:30 your time" in told
    assert (card.id, len(town.public())) == (before.id, 1)
    assert card.revision > before.revision
    assert card.text.startswith("✅ @host & @guest · Tue 24 Nov, 13:00–13:30 Berlin (09:00–09:30 São Paulo)")
    assert "Each of you gets a separate invite; contact details stay private." in card.text
    assert card.titles == ["Add to calendar", "Join", "Reschedule", "Cancel", "⋯"]
    assert any("✅ Booked with @guest\nTue 24 Nov, 13:00–13:30 your time" in s.text for s in host.screen())


async def test_confirm_pressed_twice_shows_the_same_booking(town: Town) -> None:
    _, guest = await invited(town)
    question = await guest.presses("1")
    first = await guest.presses("Confirm", question)
    second = await guest.presses("Confirm", question)
    assert said(first) == said(second)
    assert len(town.mail.to(guest.email)) == 1


async def test_a_second_guest_meanwhile_gets_the_nearest_three(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet 30")
    guest, second = town.member("u-2"), town.member("u-3")
    await guest.presses("1")
    lost = await second.presses("1")
    assert "Someone just took it. Nearest:" in said(lost)
    assert lost is not None
    assert lost.titles == ["12:00", "14:00", "14:30", "More times"]
    assert "Tue 24 Nov, 14:30–15:00 your time" in said(await second.presses("14:30", lost))


async def test_the_nearest_name_their_zone_where_the_readers_is_not_known(town: Town) -> None:
    del town.people["u-3"]["zone"]
    host = await set_up(town)
    await host.types("/meet 30")
    await town.member("u-2").presses("1")
    lost = await town.member("u-3").presses("1")
    assert lost is not None
    assert lost.text.splitlines()[:2] == [
        "Someone just took it. Nearest, in Berlin time:",
        "1 · Tue 24 Nov, 12:00 Berlin",
    ]
    assert lost.titles == ["1: 12:00", "2: 14:00", "3: 14:30", "More times"]


async def test_the_nearest_are_named_as_short_as_they_are_clear(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet 30 2026-11-27")
    guest, second = town.member("u-2"), town.member("u-3")
    pickers = [await member.presses("More times") for member in (guest, second)]
    assert pickers[0] is not None
    assert pickers[1] is not None
    await guest.presses_at(-1, pickers[0])
    again = await second.presses_at(-1, pickers[1])
    assert again is not None
    assert again.titles[:3] == ["14:30", "15:00", "15:30"]


async def test_a_hold_ends_after_five_minutes_and_the_question_says_so(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet 30")
    guest, second = town.member("u-2"), town.member("u-3")
    question = await guest.presses("1")
    assert question is not None
    await town.passes(timedelta(minutes=5, seconds=1))
    ended = guest.message(question.id)
    assert ended is not None
    assert "No longer held for you" in ended.text
    assert "09:00–09:30 your time (13:00 for @host in Berlin)" in ended.text
    await second.presses("1")
    await second.presses("Confirm")
    assert town.card().text.startswith("✅ @host & @second")
    assert "already confirmed" in said(await guest.presses("Confirm", ended))


@pytest.mark.parametrize("minutes", [6, 60])
async def test_confirming_after_the_hold_still_books_while_the_time_is_free(town: Town, minutes: int) -> None:
    _, guest = await invited(town)
    question = await guest.presses("2")
    await town.passes(timedelta(minutes=minutes))
    assert "✅ Booked" in said(await guest.presses("Confirm", question))
    assert "Tue 24 Nov, 16:00–16:30 Berlin" in town.card().text


async def test_confirming_after_the_hold_names_the_nearest_when_the_time_is_gone(town: Town) -> None:
    host, guest = await invited(town)
    question = await guest.presses("1")
    await town.passes(timedelta(minutes=6))
    await host.types("/meet @second 30")
    second = town.member("u-3")
    await second.presses("1", town.card())
    await second.presses("Confirm")
    lost = await guest.presses("Confirm", question)
    assert "Someone just took it. Nearest:" in said(lost)
    assert lost is not None
    await guest.presses_at(0, lost)
    await guest.presses("Confirm")
    assert town.public()[0].text.startswith("✅ @host & @guest")


async def test_a_time_that_came_too_close_says_so(town: Town) -> None:
    _, guest = await invited(town)
    question = await guest.presses("1")
    await town.passes(timedelta(hours=1, minutes=30))
    assert "too close now. Nearest:" in said(await guest.presses("Confirm", question))


async def test_another_number_lets_go_of_the_first(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet 30")
    guest, second = town.member("u-2"), town.member("u-3")
    first = await guest.presses("1", town.card())
    await guest.presses("2", town.card())
    assert first is not None
    assert guest.message(first.id) is None
    assert "Held for you" in said(await second.presses("1", town.card()))


async def test_other_time_gives_the_time_back_and_shows_the_rest(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet 30")
    guest, second = town.member("u-2"), town.member("u-3")
    await guest.presses("1")
    picker = await guest.presses("Other time")
    assert picker is not None
    assert "Pick a time" in picker.text
    assert "08:00" in picker.titles
    assert "Held for you" in said(await second.presses("1", town.card()))


async def test_every_free_time_can_be_reached(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet settings")
    await host.presses("Save", step="5 min", notice="0", tue="0-24", copy="week", mon="0-24", window="2")
    await host.types("/meet @guest 30")
    guest = town.member("u-2")
    page = await guest.presses("More times")
    seen: list[int] = []
    while page is not None:
        times = [a for a in page.actions() if ":" in a["title"]]
        assert len(times) <= 120
        seen += [int(action["data"]["parley"].split(".")[3]) for action in times]
        page = await guest.presses("Later days", page) if "Later days" in page.titles else None
    assert seen == list(range(seen[0], seen[-1] + 5, 5))
    assert len(seen) > 2 * 288
    assert "Earlier days" in guest.screen()[-1].titles


async def far_picker(town: Town) -> Seen:
    """The picker of a window so long that its times do not fit on a page."""
    host = await set_up(town)
    await host.types("/meet settings")
    await host.presses("Save", window="60")
    await host.types("/meet @guest 30")
    picker = await town.member("u-2").presses("More times")
    assert picker is not None
    return picker


async def test_another_day_is_shown_with_those_around_it_a_press_away(town: Town) -> None:
    guest, picker = town.member("u-2"), await far_picker(town)
    shown = await guest.presses("Show this day", picker, day="2026-12-17")
    assert said(shown).index("Thu 17 Dec") < said(shown).index("Fri 18 Dec")
    assert "Wed 16 Dec" not in said(shown)
    assert "Wed 16 Dec" in said(await guest.presses("Earlier days"))
    assert "Thu 17 Dec" in said(await guest.presses("Later days"))


@pytest.mark.parametrize("day", ["", "2026-12-19", "soon"])
async def test_a_day_that_is_missing_or_has_no_time_is_asked_for_again(town: Town, day: str) -> None:
    guest, picker = town.member("u-2"), await far_picker(town)
    again = await guest.presses("Show this day", picker, day=day)
    assert ("That day has no free time left." if day else "Choose a day first.") in said(again)
    assert again is not None
    assert again.titles == picker.titles


def signed(action: Action) -> dict[str, str]:
    """What a select menu of days sends: the turn of the picker with a date appended."""
    return {"parley": CODEC.encode(action, RoomRef(WorkspaceRef("webhook", "demo"), "room-1"))}


async def test_a_day_of_a_select_menu_is_shown_like_one_of_the_list(town: Town) -> None:
    guest, picker = town.member("u-2"), await far_picker(town)
    meeting = picker.data("Later days")["parley"].split(".")[2]
    shown = await guest.sends(signed(Action("more", (meeting, "2026-12-17"))), picker.id)
    assert shown is not None
    assert shown.id == picker.id
    assert shown.text == said(await guest.presses("Show this day", picker, day="2026-12-17"))


@pytest.mark.parametrize("day", ["2026-12-19", "soon", "-"])
async def test_a_day_of_a_select_menu_that_has_no_time_left_says_so(town: Town, day: str) -> None:
    guest, picker = town.member("u-2"), await far_picker(town)
    meeting = picker.data("Later days")["parley"].split(".")[2]
    again = await guest.sends(signed(Action("more", (meeting, day))), picker.id)
    assert "That day has no free time left." in said(again)
    assert again is not None
    assert again.titles == picker.titles


async def test_a_day_to_move_to_is_shown_too_and_the_reason_is_kept(town: Town) -> None:
    _, guest = await booked(town)
    await guest.presses("Reschedule")
    picker = await guest.presses("More times", reason="the dentist")
    assert picker is not None
    meeting = picker.actions()[0]["data"]["parley"].split(".")[2]
    data = {**signed(Action("moremoves", (meeting, "2026-11-26"))), **picker.values()}
    shown = await guest.sends(data, picker.id)
    assert shown is not None
    assert said(shown).splitlines()[2] == "Thu 26 Nov"
    assert shown.values()["reason"] == "the dentist"


async def test_a_meeting_of_the_guest_stands_in_the_way(town: Town) -> None:
    _, guest = await booked(town)
    second = await set_up(town, "u-3")
    await second.types("/meet 30 tue")
    picker = await guest.presses("More times", town.card())
    assert picker is not None
    assert "08:00" in picker.titles
    assert "09:00" not in picker.titles


async def test_ones_own_other_meeting_is_named_as_the_reason(town: Town) -> None:
    host, guest = await invited(town)
    second = await set_up(town, "u-3")
    await second.types("/meet 30")
    stale = town.card()
    await guest.presses("1", town.public()[0])
    await guest.presses("Confirm")
    number = next(a for a in stale.actions() if a["title"] == "1")
    lost = await guest.sends(number["data"], stale.id)
    assert "You have another meeting at that time. Nearest:" in said(lost)
    assert host.clicks == 0


async def test_the_host_is_told_who_picks(town: Town) -> None:
    host, _ = await invited(town)
    assert "your own invitation" in said(await host.presses("1"))


async def test_nobody_else_picks_when_somebody_was_named(town: Town) -> None:
    await invited(town)
    for label in ("1", "More times", "None fit"):
        answer = await town.member("u-3").presses(label, town.card())
        assert "for somebody else" in said(answer)


async def test_a_number_of_an_earlier_card_still_works_while_the_time_is_free(town: Town) -> None:
    _, guest = await invited(town)
    stale = town.card()
    await town.passes(timedelta(hours=1, minutes=30))
    assert "1" not in town.card().titles
    assert "too close now" in said(await guest.presses("1", stale))
    assert "Held for you" in said(await guest.presses("2", stale))


async def test_stale_buttons_of_a_booked_and_of_a_cancelled_meeting_help_on(town: Town) -> None:
    _, guest = await invited(town)
    open_card = town.card()
    await guest.presses("1")
    await guest.presses("Confirm")
    answer = await guest.presses("2", open_card)
    assert "already confirmed" in said(answer)
    assert answer is not None
    assert "Reschedule" in answer.titles
    booked_card = town.card()
    await guest.presses("Cancel", booked_card)
    await guest.presses("Cancel meeting")
    for stale, label in ((open_card, "2"), (booked_card, "Reschedule"), (booked_card, "Cancel")):
        answer = await guest.presses(label, stale)
        assert "was cancelled" in said(answer)
        assert answer is not None
        assert "Find a new time" in answer.titles
    others = said(await town.member("u-3").presses("2", open_card))
    assert "was cancelled" in others


async def test_the_notice_that_runs_on_does_not_take_a_held_time_away(town: Town) -> None:
    host, guest = await invited(town)
    picker = await guest.presses("More times")
    assert picker is not None
    assert "08:00" in said(await guest.presses_at(0, picker))
    await town.passes(timedelta(minutes=4))
    assert "✅ Booked" in said(await guest.presses("Confirm"))
    assert "12:00–12:30 Berlin" in town.card().text
    assert host.clicks == 0


async def test_once_it_is_no_longer_held_the_notice_takes_a_time_away(town: Town) -> None:
    town.now -= timedelta(minutes=3)
    _, guest = await invited(town)
    picker = await guest.presses("More times")
    assert picker is not None
    assert "08:00" in said(await guest.presses_at(0, picker))
    await town.passes(timedelta(minutes=4))
    question = guest.find("Confirm")
    town.now += timedelta(minutes=2)  # nothing has told the question yet
    assert "too close now" in said(await guest.presses("Confirm", question))
    assert not town.card().text.startswith("✅")


async def test_each_of_the_two_sees_one_word_that_it_is_booked(town: Town) -> None:
    host, guest = await booked(town)
    for member in (host, guest):
        assert len([seen for seen in member.screen() if "✅ Booked" in seen.text]) == 1


async def test_a_number_that_is_not_on_the_card_is_said_so(town: Town) -> None:
    _, guest = await invited(town)
    invitation = town.card().data("1")["parley"].split(".")[2]
    room = RoomRef(WorkspaceRef("webhook", "demo"), "room-1")
    answer = await guest.sends({"parley": CODEC.encode(Action("pick", (invitation, "99")), room)})
    assert "no time number 99" in said(answer)
    assert answer is not None
    assert "More times" in answer.titles


async def test_an_offer_lives_for_a_while_when_there_are_enough(town: Town) -> None:
    await invited(town)
    await town.passes(timedelta(minutes=30))
    assert "(taken)" not in town.card().text


async def test_ones_own_question_elsewhere_is_named_as_the_reason(town: Town) -> None:
    _, guest = await invited(town)
    second = await set_up(town, "u-3")
    await second.types("/meet 30")
    mine, theirs = town.public()
    await guest.presses("1", mine)
    assert "about to confirm another meeting at that time. Nearest:" in said(await guest.presses("1", theirs))


async def test_a_double_tap_at_the_same_moment_books_once(town: Town) -> None:
    _, guest = await invited(town)
    question = await guest.presses("1")
    assert question is not None
    press = {"type": "action", "message_id": question.id, "data": question.data("Confirm")}
    answers = await asyncio.gather(*(town.deliver(guest, press) for _ in range(3)))
    await town.settle()
    texts = {reply["text"] for _, answer in answers for reply in answer["replies"]}
    assert len(texts) == 1
    assert "✅ Booked with @host" in texts.pop()
    assert len(town.mail.to(guest.email)) == 1
    assert len(town.public()) == 1


async def test_two_guests_at_the_same_moment_get_the_time_and_the_nearest_three(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet 30")
    number = {"type": "action", "message_id": town.card().id, "data": town.card().data("1")}
    guests = [town.member("u-2"), town.member("u-3")]
    answers = await asyncio.gather(*(town.deliver(guest, number) for guest in guests))
    texts = sorted(answer["replies"][0]["text"].splitlines()[0] for _, answer in answers)
    assert texts[0] == "Someone just took it. Nearest:"
    assert "13:00–13:30" in texts[1] or "(13:00 for @host in Berlin)" in texts[1]
