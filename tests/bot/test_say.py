"""Plain words: every button has one, and a word that could mean two things asks back."""

from datetime import timedelta

import pytest

from bot.handlers import said_numbers
from bot.handlers.say import is_answer_to
from bot.views.agenda import ELSEWHERE
from scheduling_core.cards import Card, Text, line
from scheduling_core.deliveries import Message
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.bot.beginnings import booked, invited, said, set_up
from tests.bot.town import Member, Town


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


@pytest.mark.parametrize(
    ("words", "about"),
    [
        ("@parley find 30 min with @guest", "30 min"),
        ("please book a time with @guest for 45m", "45 min"),
        ("schedule 30 with @guest “Find time for 2”", "30 min · Find time for 2"),
    ],
)
async def test_words_that_only_link_the_others_are_no_title(town: Town, words: str, about: str) -> None:
    host = await set_up(town)
    await host.says(words)
    assert town.card().text.splitlines()[:2] == ["@host would like to meet @guest", about]


async def test_more_shows_every_time_and_its_numbers_pick(town: Town) -> None:
    _, guest = await invited(town)
    picker = said(await guest.says("more"))
    assert "Tue 24 Nov\n1 · 08:00   2 · 08:30   3 · " in picker
    assert picker.splitlines()[-1].startswith("Reply with a number to pick")
    assert "Tue 24 Nov, 08:00–08:30 your time" in said(await guest.says("1"))


async def test_none_opens_the_form(town: Town) -> None:
    _, guest = await invited(town)
    assert "When could you?" in said(await guest.says("none of these"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("thu morning", ["Thu 26 Nov"]),
        ("Fri.", ["Fri 27 Nov"]),
        ("on thu or fri, afternoon please", ["Thu 26 Nov", "Fri 27 Nov"]),
        ("2026-11-26 afternoon", ["Thu 26 Nov"]),
    ],
)
async def test_days_in_words_fill_in_the_form(town: Town, words: str, found: list[str]) -> None:
    _, guest = await invited(town)
    form = await guest.says("none")
    assert form is not None
    assert "reply in words: “thu or fri afternoon”" in form.text
    answer = await guest.says(words)
    assert answer is not None
    assert "These suit you both" in answer.text
    assert {title.split(",")[0] for title in answer.titles[:-1]} == set(found)


async def test_days_in_reply_to_the_form_fill_it_in_whatever_came_after_it(town: Town) -> None:
    _, guest = await invited(town)
    form = await guest.says("none")
    assert form is not None
    await guest.says("help")
    assert "These suit you both" in said(await guest.says("thu", form.id))


async def test_days_in_words_that_the_host_does_not_offer_are_asked_for(town: Town) -> None:
    host, guest = await invited(town)
    await guest.says("none")
    assert "so I asked" in said(await guest.says("sat morning"))
    assert "Offer other times" in host.find("Offer other times").titles


@pytest.mark.parametrize(
    "words", ["some day soon", "thu morning or fri evening", "2027-11-26", "not thu", "next thu"]
)
async def test_days_nobody_can_read_bring_the_form_back_with_its_example(town: Town, words: str) -> None:
    _, guest = await invited(town)
    form = await guest.says("none")
    again = await guest.says(words)
    assert form is not None
    assert again is not None
    assert again.id != form.id
    assert "Choose at least one day." in again.text
    assert "“thu or fri afternoon”" in again.text


async def test_a_part_of_the_day_is_kept_until_the_day_is_said(town: Town) -> None:
    _, guest = await invited(town)
    await guest.says("none")
    assert "Part of the day: Afternoon" in said(await guest.says("afternoon"))
    assert "These suit you both" in said(await guest.says("thu"))


async def test_the_form_takes_no_words_that_mean_something_else(town: Town) -> None:
    _, guest = await invited(town)
    await guest.says("none")
    assert "Set up in one tap" in said(await guest.says("@second 30 planning"))
    await guest.says("none")
    assert "What I can do" in said(await guest.says("help"))
    assert "I did not understand that." in said(await guest.says("some day soon"))


async def test_settings_are_kept_with_a_word(town: Town) -> None:
    host = town.member("u-1")
    form = said(await host.says("settings"))
    assert "Reply “save” to keep these values" in form
    assert form.endswith("Reply “save” for Save.")
    assert "Saved" in said(await host.says("save"))
    assert "Ask everybody in this room to meet?" in said(await host.types("/meet"))


async def test_save_in_words_keeps_what_stands_in_the_form(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet settings")
    await host.presses("Save", mon="25:00", cap="3")
    assert "Nothing is saved yet" in said(await host.says("save"))


@pytest.mark.parametrize(
    ("words", "because"),
    [
        ("@parley @guest 30 45", "“30” and “45” are two lengths"),
        ("@parley @guest at 12", "I cannot read “at 12” here."),
        ("/meetup @guest 30", "“/meetup” is not a command of mine"),
    ],
)
async def test_words_that_are_nearly_an_invitation_say_what_is_wrong(
    town: Town, words: str, because: str
) -> None:
    assert because in said(await town.member("u-1").says(words))
    assert not town.public()


@pytest.mark.parametrize(
    ("first", "word", "answer"),
    [
        ("2", "yes", "✅ Booked with @host"),
        ("2", "3", "Held for you"),
        ("2", "no", "Pick a time"),
        ("more", "1", "Held for you"),
        ("none", "thu", "These suit you both"),
        ("settings", "save", "Saved"),
    ],
)
async def test_a_word_is_answered_below_it_and_the_card_it_answers_goes(
    town: Town, first: str, word: str, answer: str
) -> None:
    _, guest = await invited(town)
    asked = await guest.says(first)
    told = await guest.says(word)
    await town.settle()
    assert asked is not None
    assert told is not None
    assert answer in told.text
    assert told.id != asked.id
    (gone,) = (message for message in town.callbacks_for(guest) if message["id"] == asked.id)
    assert gone["card"] is None


async def test_a_word_that_is_a_command_anywhere_leaves_the_card_that_has_it(town: Town) -> None:
    member = town.member("u-2")
    asked = await member.says("help")
    told = await member.says("list")
    assert asked is not None
    assert told is not None
    assert told.id != asked.id
    assert "You have no meetings" in told.text
    assert not [message for message in town.callbacks_for(member) if message["id"] == asked.id]


async def test_a_button_is_answered_in_place(town: Town) -> None:
    member = town.member("u-2")
    asked = await member.says("help")
    told = await member.presses("My meetings", asked)
    assert asked is not None
    assert told is not None
    assert told.id == asked.id


async def test_an_answer_in_reply_to_the_card_is_one_to_the_question_it_brought(town: Town) -> None:
    _, guest = await invited(town)
    card = town.card().id
    await guest.says("2", card)
    assert "Pick a time" in said(await guest.says("no", card))
    await guest.says("3", card)
    assert "✅ Booked with @host" in said(await guest.says("yes", card))
    assert "Cancel the meeting" in said(await guest.says("cancel", card))
    assert "Nothing changed" in said(await guest.says("keep", card))
    await guest.says("settings", card)
    assert "Saved" in said(await guest.says("save", card))


async def test_a_reply_means_the_message_it_is_for_before_any_question(town: Town) -> None:
    _, guest = await invited(town)
    card = town.card().id
    picker = await guest.says("more")
    assert picker is not None
    assert "Tue 24 Nov, 12:00" in said(await guest.says("2", card))


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


async def two_booked(town: Town) -> Member:
    """The guest of two meetings, with times to move the first one to on the screen."""
    host, guest = await booked(town, "/meet @guest 30 alpha")
    await host.types("/meet @guest 30 beta")
    await guest.presses("1", town.card())
    await guest.presses("Confirm")
    await guest.presses("Reschedule", town.public()[0])
    return guest


async def test_a_number_is_one_of_the_newest_list_and_moves_no_meeting_above_it(town: Town) -> None:
    guest = await two_booked(town)
    await guest.says("list")
    before = town.public()
    named = await guest.says("2")
    assert named is not None
    assert "beta" in named.text
    assert "alpha" not in named.text
    assert named.titles == ["Add to calendar", "Join", "Reschedule", "Cancel"]
    assert "Nothing here waits for “3”" in said(await guest.says("3"))
    assert town.public() == before
    assert "Cancel the meeting with @host?" in said(await guest.says("cancel 2"))


async def test_a_number_the_list_lacks_picks_from_the_invitation_which_asks_back(town: Town) -> None:
    _, guest = await invited(town)
    await guest.says("list")
    assert "Open invitation with @host" in said(await guest.says("1"))
    assert "Held for you" in said(await guest.says("2"))


async def test_a_card_that_changed_where_it_stands_takes_no_number_from_a_newer_one(town: Town) -> None:
    _, guest = await invited(town)
    before = town.card()
    await guest.presses("None fit", before)
    found = await guest.presses("Find times", None, days="2026-11-27", part="any")
    await town.passes(timedelta(hours=3, minutes=1))  # the first offer is over
    assert town.card().revision > before.revision
    assert "Fri 27 Nov" in said(found)
    assert "Fri 27 Nov" in said(await guest.says("2"))


async def test_an_invitation_above_that_changed_takes_no_number_from_a_list(town: Town) -> None:
    _, guest = await invited(town)
    await guest.says("list")
    await town.passes(timedelta(hours=3, minutes=1))
    assert "Open invitation with @host" in said(await guest.says("1"))


async def test_a_private_answer_redrawn_by_its_own_readers_press_is_what_a_number_is_said_to(
    town: Town,
) -> None:
    guest = await two_booked(town)
    times = guest.screen()[-1]
    await guest.says("list")
    more = await guest.presses("More times", times)
    assert more is not None
    assert more.id == times.id
    assert "Move the meeting to" in said(await guest.says("1"))


async def test_a_list_answers_a_number_wherever_it_is_read(town: Town) -> None:
    guest = await two_booked(town)
    listed = await guest.says("list")
    assert listed is not None
    assert "beta" in said(await guest.says("2", listed.id))
    (card,) = [m.card for m in await kept(town, guest) if m.id == listed.id]
    assert card is not None
    assert is_answer_to(card, "2 please")
    assert is_answer_to(card, "9")
    assert not is_answer_to(card, "list")


def test_an_entry_that_nothing_can_be_done_with_is_one_of_its_list_all_the_same() -> None:
    def entry(first: str) -> tuple[Text, ...]:
        return line(first, emphasis="strong"), line("3 · a title", emphasis="subtle"), line(ELSEWHERE)

    listed = Card((line("Your meetings"), *entry("1 · Tue 24 Nov"), *entry("2 · Wed 25 Nov")))
    assert is_answer_to(listed, "2")
    assert said_numbers.entry(listed, "2") == Card(entry("2 · Wed 25 Nov"))
    assert said_numbers.entry(listed, "3") is None
    lost = Card((line("3 · Tue 24 Nov", emphasis="struck"),))
    assert not is_answer_to(lost, "3")


async def kept(town: Town, member: Member) -> list[Message]:
    """What somebody may see in their room, as it is stored."""
    workspace = WorkspaceRef("webhook", member.tenant)
    async with town.office.store.read() as reading:
        here, reader = RoomRef(workspace, member.room), PersonRef(workspace, member.id)
        return await reading.recent_messages(here, reader, 20)


async def test_the_buttons_that_a_number_presses_for_good_show_it(town: Town) -> None:
    _, guest = await booked(town)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    assert [title[:3] for title in offered.titles[:5]] == ["1: ", "2: ", "3: ", "4: ", "5: "]
    assert "\n1: Tue 24 Nov, " in offered.text
    assert "Moved to" in said(await guest.says("1"))


async def test_a_number_that_no_button_shows_moves_a_meeting_only_after_a_yes(town: Town) -> None:
    host, guest = await booked(town)
    before = town.card()
    await guest.presses("Reschedule", before)
    await guest.presses("More times", None, reason="the dentist")
    asked = await guest.says("1")
    assert asked is not None
    assert asked.text.startswith("Move the meeting to Tue 24 Nov, 08:00?")
    assert asked.titles == ["Move it", "Keep"]
    assert town.card() == before
    assert "Moved to Tue 24 Nov, 08:00" in said(await guest.says("yes"))
    assert any("Reason: the dentist" in seen.text for seen in host.screen())
