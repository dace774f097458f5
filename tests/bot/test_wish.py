"""*None fit*: within the host's rules at once, outside with one private question; each path to its end."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.bot.beginnings import invited, offers, said, set_up
from tests.bot.town import Member, Seen, Town

SATURDAY = {"days": "2026-11-28", "part": "morning"}


async def asked(town: Town, note: str = "after the market") -> tuple[Member, Member, Seen]:
    """The guest asked for a Saturday, and the host has the question."""
    host, guest = await invited(town)
    await guest.presses("None fit")
    answer = said(await guest.presses("Find times", None, **SATURDAY, note=note))
    assert "outside what @host offers, so I asked" in answer
    return host, guest, host.find("Offer other times")


async def test_times_within_the_rules_are_offered_at_once(town: Town) -> None:
    _, guest = await invited(town)
    form = await guest.presses("None fit")
    assert "When could you?" in said(form)
    found = await guest.presses("Find times", None, days="2026-11-26,2026-11-27", part="morning")
    assert found is not None
    assert "These suit you both" in found.text
    assert all("Thu 26 Nov, " in title or "Fri 27 Nov, " in title for title in found.titles[:-1])
    await guest.presses_at(0, found)
    await guest.presses("Confirm")
    assert town.card().text.startswith("✅ @host & @guest · Thu 26 Nov")


async def test_a_day_other_than_the_one_named_can_be_found_and_booked(town: Town) -> None:
    _, guest = await invited(town, "/meet @guest 30 thu")
    await guest.presses("None fit")
    found = await guest.presses("Find times", None, days="2026-11-27", part="any")
    assert found is not None
    assert "Held for you" in said(await guest.presses_at(0, found))
    assert "✅ Booked" in said(await guest.presses("Confirm"))


async def test_nothing_chosen_keeps_what_was_typed(town: Town) -> None:
    _, guest = await invited(town)
    await guest.presses("None fit")
    again = await guest.presses("Find times", None, part="evening", note="after work")
    assert again is not None
    assert "Choose at least one day." in again.text
    assert again.values() == {"days": "", "part": "evening", "note": "after work"}


async def test_each_mistake_stands_at_its_field_and_nothing_typed_is_lost(town: Town) -> None:
    _, guest = await invited(town)
    await guest.presses("None fit")
    typed = {"days": "2026-11-28", "part": "midnight", "note": "after the market " * 20}
    again = await guest.presses("Find times", None, **typed)
    assert again is not None
    assert "Choose one of these parts of the day." in again.text
    assert "That is 339 characters long; please keep it to 200." in again.text
    assert "Choose at least one day." not in again.text
    assert again.values() == {**typed, "part": "any"}
    asked = await guest.presses("Find times", again, note="after the market " * 11)
    assert "so I asked" in said(asked)


async def test_the_host_is_asked_privately_with_the_guests_word(town: Town) -> None:
    _, guest, question = await asked(town)
    assert "@guest could meet only outside your hours" in question.text
    assert "@guest writes: after the market" in question.text
    assert question.titles[0] == "Accept Sat 28 Nov, 12:00"
    assert question.titles[-2:] == ["Offer other times", "No"]
    assert not any("Accept" in " ".join(seen.titles) for seen in guest.screen())
    assert town.card().text.startswith("@host would like to meet")


async def test_accepting_books_it_this_once(town: Town) -> None:
    host, guest, question = await asked(town)
    assert "✅ Booked with @guest" in said(await host.presses_at(0, question))
    assert town.card().text.startswith("✅ @host & @guest · Sat 28 Nov, 12:00")
    assert any("✅ Booked with @host" in seen.text for seen in guest.screen())
    assert len(town.mail.to(guest.email)) == len(town.mail.to(host.email)) == 1
    assert "no longer open" in said(await host.presses_at(0, question))


async def test_a_question_that_never_arrived_is_answered_from_the_list(town: Town) -> None:
    host, guest, question = await asked(town)
    agenda = await host.types("/meet list")
    assert agenda is not None
    assert "1 · @guest asks for a time that needs your word" in agenda.text
    assert "@guest writes: after the market" in agenda.text
    assert "2 · Open invitation with @guest" in agenda.text
    assert agenda.titles[-3:] == ["Offer other times", "No", "Withdraw"]
    assert "“accept 1” for Accept Sat 28 Nov, 12:00" in agenda.text
    assert not any("Accept" in title for title in (await guest.types("/meet list") or question).titles)
    assert "✅ Booked with @guest" in said(await host.says("accept 1"))
    assert town.card().text.startswith("✅ @host & @guest · Sat 28 Nov, 12:00")
    assert host.message(question.id) is None


async def test_accepting_a_time_that_was_taken_tells_both(town: Town) -> None:
    host, guest, question = await asked(town)
    await host.types("/meet settings")
    await host.presses("Save", sat="9-17")
    await host.types("/meet @second 30 2026-11-28")
    second = town.member("u-3")
    picker = await second.presses("More times", town.public()[-1])
    assert picker is not None
    await second.presses("12:00", picker)
    await second.presses("Confirm")
    assert "taken meanwhile. I told @guest" in said(await host.presses_at(0, question))
    told = guest.find("None fit")
    assert "@host agreed, but the time was taken meanwhile." in [
        seen.text.splitlines()[0] for seen in guest.screen()
    ]
    assert "More times" in told.titles


async def test_offering_other_times_adds_new_numbers(town: Town) -> None:
    host, guest, question = await asked(town)
    before = offers(town.card())
    assert "@guest sees new numbers" in said(await host.presses("Offer other times", question))
    after = offers(town.card())
    assert after[: len(before)] == before
    assert len(after) > len(before)
    assert any("offers other times: see the new numbers" in seen.text for seen in guest.screen())
    await guest.presses(after[-1], town.card())
    assert "✅ Booked" in said(await guest.presses("Confirm"))


async def test_other_times_than_the_day_named_stay_on_the_card(town: Town) -> None:
    host, guest = await invited(town, "/meet @guest 30 thu")
    await guest.presses("None fit")
    await guest.presses("Find times", None, **SATURDAY)
    await host.presses("Offer other times")
    other_days = [row for row in town.card().text.splitlines() if " · " in row and "Thu 26" not in row]
    assert len(other_days) > 3
    await host.types("/meet settings")
    await host.presses("Save")
    assert "(taken)" not in town.card().text


async def test_no_is_told_to_the_guest_with_what_is_left(town: Town) -> None:
    host, guest, question = await asked(town)
    assert "I told @guest" in said(await host.presses("No", question))
    (told,) = [seen for seen in guest.screen() if "@host cannot make those times." in seen.text]
    assert told.titles == ["More times", "None fit"]
    assert "no longer open" in said(await host.presses("No", question))


async def test_asking_again_takes_the_place_of_the_first_question(town: Town) -> None:
    host, guest, question = await asked(town)
    for day in ("2026-11-29", "2026-12-05", "2026-11-29"):
        await guest.presses("None fit", town.card())
        await guest.presses("Find times", None, days=day, part="morning")
    waiting = [seen for seen in host.screen() if "Offer other times" in seen.titles]
    assert len(waiting) == 1
    assert waiting[0].titles[0] == "Accept Sun 29 Nov, 12:00"
    assert "asks for other times now" in said(await host.presses_at(0, question))
    assert town.card().text.startswith("@host would like to meet")


async def test_times_the_host_is_busy_or_that_have_passed_are_not_asked_for(town: Town) -> None:
    town.people["u-2"]["zone"] = "Europe/Berlin"
    host, guest = await invited(town)
    await guest.presses("None fit")
    answer = said(await guest.presses("Find times", None, days="2026-11-24", part="morning"))
    assert "is taken then, or it is too soon" in answer
    assert not any("Offer other times" in seen.titles for seen in host.screen())


async def test_only_the_host_answers(town: Town) -> None:
    _, guest, question = await asked(town)
    before = town.card().text
    for label in ("Accept Sat 28 Nov, 12:00", "Offer other times", "No"):
        for member in (guest, town.member("u-3")):
            answer = said(await member.sends(question.data(label), question.id))
            assert "Only the host can answer that." in answer
    assert town.card().text == before


async def test_a_question_whose_meeting_went_another_way_is_taken_back(town: Town) -> None:
    host, guest, question = await asked(town)
    await guest.presses("1", town.card())
    await guest.presses("Confirm")
    assert host.message(question.id) is None
    assert "no longer open" in said(await host.presses_at(0, question))
    assert host.message(question.id) is None


async def test_a_question_that_outlives_its_invitation_says_so(town: Town) -> None:
    host, _, question = await asked(town)
    await town.passes(timedelta(days=20))
    assert "before the invitation ended" in town.public()[-1].text
    for label in (question.titles[0], "Offer other times", "No"):
        answer = await host.sends(question.data(label), question.id)
        assert "went another way meanwhile" in said(answer)
        assert answer is not None
        assert answer.titles == ["My meetings"]


async def test_a_time_that_has_passed_cannot_be_accepted(town: Town) -> None:
    host, _, question = await asked(town)
    await town.passes(timedelta(days=5))
    assert "That time was taken meanwhile." in said(await host.presses_at(0, question))
    assert not town.card().text.startswith("✅")


async def test_other_times_join_the_ones_of_a_day_beyond_the_window(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet @guest 15 2026-12-08")
    before = offers(town.card())
    guest = town.member("u-2")
    await guest.presses("None fit")
    await guest.presses("Find times", days="2026-11-24", part="evening")
    await host.presses("Offer other times")
    await town.passes(timedelta(minutes=1))
    after = offers(town.card())
    assert after[: len(before)] == before
    assert len(after) > len(before)
    assert "(taken)" not in town.card().text


# A guest whose zone is not known


async def asked_without_a_zone(town: Town, locale: str = "en-US") -> tuple[Member, Member, Seen]:
    """Host, guest, and the guest's form; the platform does not tell their zone, and they set up nothing."""
    del town.people["u-2"]["zone"]
    town.people["u-2"]["locale"] = locale
    host, guest = await invited(town)
    form = await guest.presses("None fit")
    assert form is not None
    return host, guest, form


async def test_hours_and_days_are_those_of_the_clock_a_guest_names(town: Town) -> None:
    host, guest, form = await asked_without_a_zone(town)
    assert "What time is it for you now?" in form.text
    again = await guest.presses("Find times", form, days="2026-11-26", part="evening")
    assert again is not None
    assert "Please choose the time it is for you now" in again.text
    assert again.values()["days"] == "2026-11-26"
    assert not any("Accept" in " ".join(seen.titles) for seen in host.screen())
    told = said(await guest.presses("Find times", again, zone="America/New_York"))
    assert "so I asked" in told
    assert "I take New York’s clock for yours; Settings has every other one." in told
    question = host.find("Offer other times")
    assert question.titles[0] == "Accept Fri 27 Nov, 00:00"
    await host.presses_at(0, question)
    assert any("Thu 26 Nov, 6:00 PM–6:30 PM your time" in seen.text for seen in guest.screen())


async def test_who_named_their_clock_once_is_not_asked_again(town: Town) -> None:
    _, guest, form = await asked_without_a_zone(town)
    found = await guest.presses(
        "Find times", form, days="2026-11-26", part="morning", zone="America/New_York"
    )
    assert "These suit you both (your time)" in said(found)
    assert "I take New York’s clock for yours" in said(found)
    assert found is not None
    assert found.titles[0] == "Thu 26 Nov, 8:00 AM"
    assert "What time is it" not in said(await guest.presses("Other days", found))
    assert "clock for yours" not in said(await guest.presses("Find times", None, days="2026-11-26"))


@pytest.mark.parametrize("where", ["New York", "america/new_york", "in New York"])
async def test_in_words_the_clock_is_named_by_its_city(town: Town, where: str) -> None:
    _, guest, form = await asked_without_a_zone(town)
    assert "with your city" in form.text
    assert "Please choose the time it is for you now" in said(await guest.says("thu morning"))
    assert "Thu 26 Nov, 8:00 AM" in " ".join((await guest.says(where) or form).titles)


async def test_days_and_city_are_said_at_once(town: Town) -> None:
    _, guest, form = await asked_without_a_zone(town, "pt-BR")
    found = await guest.says("thu or fri morning, São Paulo")
    assert "These suit you both (your time)" in said(found)
    assert "clock for yours" not in said(found), "their language tells the place"
    assert "Thu 26 Nov, 08:00" in " ".join((found or form).titles)


async def test_behind_the_hosts_clock_the_days_are_those_where_the_guest_is(town: Town) -> None:
    town.people["u-1"]["zone"] = "Pacific/Auckland"
    _, guest, form = await asked_without_a_zone(town)
    town.now = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)  # In Auckland Wednesday, in Los Angeles Tuesday.
    await guest.presses("None fit", town.card())
    found = await guest.says("tue afternoon, Los Angeles") or form
    assert found.titles[0].startswith("Tue 24 Nov")


@pytest.mark.parametrize(("day", "asked_for"), [("tue", "Tue 1 Dec"), ("wed", "Wed 25 Nov")])
async def test_ahead_of_the_hosts_clock_a_weekday_is_the_next_where_the_guest_is(
    town: Town, day: str, asked_for: str
) -> None:
    host, guest, _ = await asked_without_a_zone(town)
    town.now = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # In Auckland it is Wednesday.
    form = await guest.presses("None fit", town.card())
    over = await guest.presses("Find times", form, days="2026-11-24", zone="Pacific/Auckland")
    assert "By your clock that day is over; choose another." in said(over)
    assert "so I asked" in said(await guest.says(f"{day} evening, Auckland"))
    assert host.find("Offer other times").titles[0].startswith(f"Accept {asked_for}")
