"""Plain words: every button has one, and a word that could mean two things asks back."""

from datetime import timedelta

import pytest

from tests.bot.beginnings import booked, invited, said, set_up
from tests.bot.town import Town


@pytest.mark.parametrize("word", ["2", " 2. ", "2 please", "number 2", "#2", "@parley 2", "@bot, 2"])
async def test_a_number_picks_with_or_without_naming_the_card(town: Town, word: str) -> None:
    _, guest = await invited(town)
    assert "Tue 24 Nov, 12:00–12:30 your time" in said(await guest.says(word))
    assert "Tue 24 Nov, 12:00–12:30 your time" in said(await guest.says(word, town.card().id))


async def test_a_whole_meeting_without_a_button(town: Town) -> None:
    host, guest = town.member("u-1"), town.member("u-2")
    assert "“yes” for Send invitation" in said(await host.says("@parley @guest 30 logo review"))
    await host.says("yes")
    assert "Reply 1, 2, 3, 4 or 5 to pick, “more” for More times, “none” for None fit" in town.card().text
    await guest.says("1")
    await guest.says("yes")
    assert town.card().text.startswith("✅ @host & @guest")
    assert "Reply" in said(await guest.says("reschedule"))
    assert "Moved to" in said(await guest.says("2"))
    assert "Undone" in said(await guest.says("undo"))
    assert "Cancel the meeting" in said(await host.says("cancel"))
    assert "Nothing changed" in said(await host.says("no"))
    await host.says("cancel")
    assert "Cancelled." in said(await host.says("yes"))
    assert "offers new times" in said(await guest.says("again"))
    assert town.card().text.startswith("@host would like to meet @guest")
    assert (host.clicks, guest.clicks) == (0, 0)


async def test_more_shows_every_time_and_its_numbers_pick(town: Town) -> None:
    _, guest = await invited(town)
    picker = said(await guest.says("more"))
    assert "Tue 24 Nov\n1 · 08:00   2 · 08:30   3 · " in picker
    assert picker.splitlines()[-1].startswith("Reply with a number to pick")
    assert "Tue 24 Nov, 08:00–08:30 your time" in said(await guest.says("1"))


async def test_none_opens_the_form(town: Town) -> None:
    _, guest = await invited(town)
    assert "When could you?" in said(await guest.says("none of these"))


async def test_no_to_the_question_shows_other_times(town: Town) -> None:
    _, guest = await invited(town)
    await guest.says("1")
    assert "Pick a time" in said(await guest.says("no"))


async def test_yes_after_the_hold_has_ended_still_books(town: Town) -> None:
    _, guest = await invited(town)
    await guest.says("2")
    await town.passes(timedelta(minutes=6))
    assert "✅ Booked" in said(await guest.says("Yes!"))


async def test_yes_with_two_questions_waiting_asks_which(town: Town) -> None:
    _, guest = await invited(town)
    second = await set_up(town, "u-3")
    await second.types("/meet @guest 45")
    await guest.presses("1", town.public()[0])
    await guest.presses("2", town.public()[1])
    which = await guest.says("yes")
    assert which is not None
    assert which.text.startswith("Which one do you mean?")
    assert which.titles == ["1: Confirm", "2: Confirm"]
    assert not any(seen.text.startswith("✅") for seen in town.public())
    assert "✅ Booked with @host" in said(await guest.says("2"))
    assert "✅ Booked with @second" in said(await guest.says("yes"))


async def test_yes_never_cancels_what_could_also_be_confirmed(town: Town) -> None:
    _, guest = await booked(town)
    second = await set_up(town, "u-3")
    await second.types("/meet @guest 45")
    await guest.presses("1", town.public()[-1])
    await guest.presses("Cancel", town.public()[0])
    which = await guest.says("yes")
    assert which is not None
    assert which.titles == ["1: Cancel meeting", "2: Confirm"]


async def test_a_reply_to_the_question_needs_no_asking_back(town: Town) -> None:
    _, guest = await invited(town)
    second = await set_up(town, "u-3")
    await second.types("/meet @guest 45")
    first = await guest.presses("1", town.public()[0])
    await guest.presses("2", town.public()[1])
    assert first is not None
    assert "✅ Booked with @host" in said(await guest.says("ok", first.id))


@pytest.mark.parametrize("word", ["yes", "no", "7", "more", "none"])
async def test_an_answer_to_nothing_says_so_and_helps_on(town: Town, word: str) -> None:
    answer = await town.member("u-2").says(word)
    assert f"Nothing here waits for “{word}” from you." in said(answer)
    assert answer is not None
    assert answer.titles == ["New invitation", "My meetings", "Help"]


async def test_other_means_the_button_that_says_so(town: Town) -> None:
    host, guest = await invited(town)
    await guest.presses("None fit")
    await guest.presses("Find times", None, days="2026-11-28", part="morning")
    assert "new numbers on the card" in said(await host.says("other"))


async def test_words_nobody_knows_get_an_example(town: Town) -> None:
    answer = said(await town.member("u-2").says("what is this?"))
    assert "I did not understand that." in answer
    assert "For example: /meet @name 30" in answer


async def test_a_word_cannot_answer_somebody_elses_private_message(town: Town) -> None:
    host, guest = await invited(town)
    question = await guest.presses("1")
    assert question is not None
    assert "Nothing here waits" in said(await host.says("yes", question.id))
    assert town.card().text.startswith("@host would like")


async def test_verbs_work_as_words(town: Town) -> None:
    member = town.member("u-2")
    assert "What I can do" in said(await member.says("help"))
    assert "You have no meetings" in said(await member.says("@parley list"))
    assert "Time zone" in said(await member.says("/meet settings"))
