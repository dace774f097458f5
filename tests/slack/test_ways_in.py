"""Where people can speak to the bot: channels of every kind, threads, mentions, its own conversation."""

import pytest

from tests.adapters.slack.harness import Shown
from tests.adapters.slack.workspace import Kind
from tests.slack.beginnings import booked, invited, set_up
from tests.slack.people import MODAL, Crew, Human, starts


def thread_of(human: Human, root: str) -> list[Shown]:
    """What they see in a thread, its first message left out."""
    return [one for one in human.screen if one.thread_ts == root and one.id != root]


async def test_once_set_up_a_command_needs_no_press(crew: Crew) -> None:
    await set_up(crew.host)
    await crew.host.types("@guest 30 logo review")
    await crew.guest.reads("@host would like to meet @guest")
    assert crew.host.spent() == 0


async def test_the_bare_command_shows_a_preview_and_one_press_sends_it(crew: Crew) -> None:
    await set_up(crew.host)
    await crew.host.types("")
    preview = await crew.host.is_told("Ask everybody in this room to meet?")
    await crew.host.presses("Send invitation", preview)
    await crew.second.reads("@host would like to meet")
    assert crew.host.spent() == 1


async def test_connecting_a_calendar_while_setting_up_does_not_keep_from_sending(crew: Crew) -> None:
    host = crew.host
    await host.types("@guest 30 logo review")
    setup = await host.is_told("Set up in one tap")
    await host.presses("Connect calendar", setup)
    ways = await host.is_told("Which calendar shall I look at?", instead_of=setup)
    await host.presses("Send invitation", ways)
    await crew.guest.reads("@host would like to meet @guest")


@pytest.mark.parametrize("kind", ["private", "mpim"])
async def test_a_meeting_is_made_where_only_few_can_look(crew: Crew, kind: Kind) -> None:
    people = [crew.host.someone, crew.guest.someone]
    room = crew.slack.add_channel(crew.team, "C0FEW", "few", people, kind=kind)
    host, guest = Human(crew.host.someone, room.id), Human(crew.guest.someone, room.id)
    await booked(Crew(crew.team, host, guest, guest))
    assert crew.second.screen == []


async def test_a_number_said_in_the_thread_of_the_card_picks(crew: Crew) -> None:
    card, guest = await invited(crew), crew.guest
    await guest.calls_bot("2", thread=card.id)
    question = await guest.is_told("Held for you")
    assert guest.at(starts(card)[1]) in question.words
    assert question.thread_ts == card.id
    await guest.presses("Confirm", question)
    done = await guest.is_told("✅ Booked with @host")
    assert (done.id, done.thread_ts) == (question.id, card.id)
    assert starts(await crew.second.reads("✅ @host & @guest"))[0] == starts(card)[1]


async def test_words_in_the_thread_of_the_card_answer_the_questions_that_stand_there(crew: Crew) -> None:
    card, guest = await invited(crew), crew.guest

    async def answer(word: str, having: str) -> Shown:
        before = {one.id for one in guest.screen}
        await guest.calls_bot(word, thread=card.id)
        told = await guest.is_told(having)
        assert (told.id in before, told.thread_ts) == (False, card.id)
        return told

    await answer("2", "Held for you")
    await answer("no", "Pick a time")
    assert guest.at(starts(card)[2]) in (await answer("3", guest.at(starts(card)[2]))).words
    await answer("yes", "✅ Booked with @host")
    await answer("list", "Your meetings")
    await answer("cancel", "Cancel the meeting")
    await answer("keep", "Nothing changed")
    await answer("settings", "Your time, in every room")
    await answer("save", "Saved")


async def test_each_word_in_the_channel_is_answered_below_it(crew: Crew) -> None:
    def is_answered() -> bool:
        return crew.guest.screen[-1].is_private

    for word, having in (
        ("help", "What I can do"),
        ("list", "You have no meetings"),
        ("help", "What I can do"),
    ):
        await crew.guest.calls_bot(word)
        await crew.slack.until(is_answered)
        assert having in crew.guest.screen[-1].words


async def test_in_its_own_conversation_a_word_is_answered_below_it_and_its_question_goes(crew: Crew) -> None:
    host = crew.host
    await host.writes_bot("settings")
    form = await host.reads_directly("Your time, in every room")
    await host.writes_bot("save")
    await host.reads_directly("Saved")
    await crew.slack.until(lambda: form.id not in [one.id for one in host.someone.sees_directly()])
    assert [one.words.split("\n")[0] for one in host.someone.sees_directly()] == ["settings", "save", "Saved"]


async def test_plain_words_to_the_bot_ask_for_a_time(crew: Crew) -> None:
    await set_up(crew.host)
    await crew.host.calls_bot("find 30 min with @guest")
    card = await crew.guest.reads("@host would like to meet @guest")
    assert card.words.splitlines()[1] == "30 min"


async def test_what_is_asked_in_a_thread_is_answered_there(crew: Crew) -> None:
    host, guest = crew.host, crew.guest
    await set_up(host)
    await host.someone.say("About the logo", host.room)
    root = host.screen[-1].id
    await host.calls_bot("@guest 30 logo review", thread=root)
    card = await guest.reads("@host would like to meet @guest")
    await guest.presses("1", card)
    await guest.presses("Confirm", await guest.is_told("Held for you"))
    await host.is_told("✅ Booked with @guest")
    await guest.presses("Cancel", await guest.reads("✅ @host & @guest"))
    await guest.window("Cancel the meeting")
    await guest.submits()
    await host.is_told("@guest cancelled your meeting")
    await guest.reads("Cancelled: @host & @guest")
    here = thread_of(host, root)
    assert [one.id for one in here if one.buttons == ("Find a new time",) and not one.is_private] == [card.id]
    about_it = ("would like", "✅", "cancelled", "Cancelled")
    assert not [one for one in host.screen if any(w in one.words for w in about_it) and one not in here]


async def test_in_its_own_conversation_the_bot_answers_with_messages_that_change(crew: Crew) -> None:
    guest = crew.guest
    card = await booked(crew)
    await guest.writes_bot("list")
    agenda = await guest.reads_directly("Your meetings")
    assert agenda.buttons == ("Add to calendar", "Join", "Reschedule", "Cancel")
    await guest.presses("Reschedule", agenda)
    offers = await guest.window("Move the meeting")
    await guest.presses(offers.buttons[0], MODAL)
    await guest.window("Moved to")
    await crew.host.reads("@guest moved it to")
    assert starts(await crew.host.reads("✅ @host & @guest")) != starts(card)
    await guest.closes()
    await guest.writes_bot("hello?")
    await guest.reads_directly("I did not understand that.")


async def test_nobody_of_the_room_is_there_in_the_conversation_with_the_bot(crew: Crew) -> None:
    await set_up(crew.host)
    await crew.host.writes_bot("@guest 30")
    await crew.host.reads_directly("@guest is not in this conversation")


async def test_links_are_taken_without_a_word(crew: Crew) -> None:
    await booked(crew)
    await crew.guest.presses("Google", await crew.guest.is_told("✅ Booked with @host"))
    await crew.guest.presses("Join", await crew.guest.reads("✅ @host & @guest"))


async def test_where_the_bot_is_not_it_says_how_to_invite_it(crew: Crew) -> None:
    host = crew.host
    await host.someone.remove_bot(host.room)
    await host.types("@guest 30")
    assert "Type /invite @Parley here" in (await host.is_told("I am not in this conversation")).words.replace(
        "`", ""
    )
    await host.someone.invite_bot(host.room)
    await host.types("@guest 30")
    await host.is_told("Set up in one tap")


async def test_the_page_of_somebody_new_says_how_to_begin(crew: Crew) -> None:
    home = await crew.second.opens_home("You have no meetings coming up")
    assert "To begin with: Asia/Kolkata" in home.words
    assert "type /meet @name 30 in a room" in home.words
