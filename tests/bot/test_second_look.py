"""What calendars say when a time is taken by somebody's word: Accept, Undo, and the host's own Reschedule."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.bot.beginnings import booked, invited, offers, said
from tests.bot.linking import busy, link
from tests.bot.test_calendars import AWAY, chooses
from tests.bot.town import Member, Seen, Town

SATURDAY = datetime(2026, 11, 28, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)


async def asked(town: Town, *linked: str) -> tuple[Member, Member, Seen]:
    """The host has the question about a Saturday; linked are calendars `host` and `guest`."""
    host, guest = await invited(town)
    for member, name in ((host, "host"), (guest, "guest")):
        if name in linked:
            await link(town, member, name)
    await guest.presses("None fit", town.card())
    await guest.presses("Find times", None, days="2026-11-28", part="morning")
    return host, guest, host.find("Offer other times")


def fills(town: Town, calendar: str, day: datetime) -> None:
    """Something of its owner's takes the whole day; what was read of it before is older."""
    town.now += timedelta(seconds=10)
    busy(town, calendar, (day, 24))


def falls_silent(town: Town, calendar: str) -> None:
    """From now on it does not answer."""
    town.now += timedelta(seconds=10)
    town.calendars.silent[calendar] = AWAY


def speaks_again(town: Town, calendar: str) -> None:
    """From now on it answers."""
    town.now += timedelta(seconds=10)
    del town.calendars.silent[calendar]


async def moves(member: Member, card: Seen) -> Seen:
    """To the first time that is offered; returns the answer."""
    offered = await member.presses("Reschedule", card)
    assert offered is not None
    answer = await member.presses_at(0, offered, reason="the dentist")
    assert answer is not None
    return answer


def is_booked(town: Town) -> bool:
    return town.card().text.startswith("✅")


# Accept


@pytest.mark.parametrize("pressed_in", ["question", "list"])
async def test_a_host_s_own_time_is_taken_over_by_a_second_press_alone(town: Town, pressed_in: str) -> None:
    host, guest, question = await asked(town, "host")
    fills(town, "host", SATURDAY)
    if pressed_in == "list":
        question = await host.types("/meet list") or question
    answer = await host.presses_at(0, question)
    assert "Sat 28 Nov, 12:00: your calendar has something then." in said(answer)
    assert answer is not None
    assert answer.titles == ["Book it anyway", "Offer other times", "No"]
    assert not is_booked(town)
    assert not any("agreed" in seen.text for seen in guest.screen())
    assert len([seen for seen in host.screen() if "Offer other times" in seen.titles]) == 1
    assert "✅ Booked with @guest" in said(await host.says("yes"))
    assert "✅ @host & @guest · Sat 28 Nov, 12:00" in town.card().text


async def test_another_s_time_is_never_taken_over(town: Town) -> None:
    host, guest, question = await asked(town, "host", "guest")
    fills(town, "guest", SATURDAY)
    for _ in range(2):  # a double tap tells nobody twice
        answer = await host.presses_at(0, question)
        assert said(answer).startswith("That time was taken meanwhile. I told @guest.")
        assert "calendar" not in said(answer)
    assert not is_booked(town)
    (told,) = [seen for seen in guest.screen() if "@host agreed, but the time was taken" in seen.text]
    assert told.titles == ["More times", "None fit"]
    before = offers(town.card())
    await host.presses("Offer other times", answer)
    assert len(offers(town.card())) > len(before)


async def test_a_yes_in_vain_is_listed_as_such_and_put_aside_in_silence(town: Town) -> None:
    host, guest, question = await asked(town, "host", "guest")
    fills(town, "guest", SATURDAY)
    await host.presses_at(0, question)
    told = [seen.text for seen in guest.screen()]
    listed = await host.types("/meet list")
    assert "1 · @guest asked for a time; you accepted, but it was taken" in said(listed)
    assert listed is not None
    assert listed.titles[:2] == ["Offer other times", "Dismiss"]
    assert "No" not in listed.titles
    assert "Dismissed. @guest knows that the time was taken." in said(await host.says("dismiss 1"))
    assert [seen.text for seen in guest.screen()] == told
    assert not any("Offer other times" in seen.titles for seen in host.screen())
    assert "you accepted" not in said(await host.types("/meet list"))


async def test_nor_by_the_second_press(town: Town) -> None:
    host, _, question = await asked(town, "host", "guest")
    fills(town, "host", SATURDAY)
    again = await host.presses_at(0, question)
    fills(town, "guest", SATURDAY)
    assert "That time was taken meanwhile." in said(await host.presses("Book it anyway", again))
    assert not is_booked(town)


@pytest.mark.parametrize(
    ("whose", "told"),
    [("host", "I cannot read your calendar"), ("guest", "I cannot read everybody's calendar")],
)
async def test_a_time_that_cannot_be_checked_any_more_is_asked_about_once(
    town: Town, whose: str, told: str
) -> None:
    host, _, question = await asked(town, "host", "guest")
    falls_silent(town, whose)
    assert told in said(await host.presses_at(0, question))
    assert not is_booked(town)
    assert "✅ Booked" in said(await host.presses("Book it anyway"))


@pytest.mark.parametrize(("whose", "is_asked"), [("host", True), ("guest", False)])
async def test_where_the_host_wants_it_closed_only_they_open_it(
    town: Town, whose: str, is_asked: bool
) -> None:
    host, _, question = await asked(town, "host", "guest")
    await chooses(town, host, "close")
    falls_silent(town, whose)
    answer = await host.presses_at(0, question)
    assert not is_booked(town)
    assert answer is not None
    assert ("Book it anyway" in answer.titles) is is_asked


async def test_a_doubt_that_is_over_is_looked_at_anew(town: Town) -> None:
    host, guest = await invited(town)
    await link(town, host, "host")
    falls_silent(town, "host")
    await guest.presses("1", town.card())
    await guest.presses("Confirm")
    question = host.find("Offer other times")
    assert "I cannot read your calendar" in question.text
    speaks_again(town, "host")
    fills(town, "host", TUESDAY)
    assert "your calendar has something then." in said(await host.presses_at(0, question))
    assert not is_booked(town)
    assert "✅ Booked" in said(await host.presses("Book it anyway"))


@pytest.mark.parametrize("spoke_again", [True, False])
async def test_a_yes_past_another_s_silence_is_none_over_one_s_own_time(
    town: Town, spoke_again: bool
) -> None:
    host, _, question = await asked(town, "host", "guest")
    falls_silent(town, "guest")
    question = await host.presses_at(0, question) or question
    assert "I cannot read everybody's calendar" in question.text
    if spoke_again:
        speaks_again(town, "guest")
    fills(town, "host", SATURDAY)
    again = await host.presses("Book it anyway", question)
    assert "your calendar has something then." in said(again)
    assert not is_booked(town)
    assert "✅ Booked" in said(await host.presses("Book it anyway", again))


# Reschedule by the host


@pytest.mark.parametrize(
    ("whose", "told"),
    [("host", "I cannot read your calendar"), ("guest", "I cannot read everybody's calendar")],
)
async def test_the_host_moves_blindly_by_a_second_press_alone(town: Town, whose: str, told: str) -> None:
    host, guest = await booked(town)
    await link(town, host if whose == "host" else guest, whose)
    falls_silent(town, whose)
    before = town.card().text
    question = await moves(host, town.card())
    assert told in question.text
    assert question.titles == ["Move anyway", "Other time", "Keep"]
    assert town.card().text == before
    assert "Moved to" in said(await host.presses("Move anyway", question))
    assert town.card().text != before
    assert any("Reason: the dentist" in seen.text for seen in guest.screen())


async def test_what_can_be_read_by_then_counts_after_all(town: Town) -> None:
    host, _ = await booked(town)
    await link(town, host, "host")
    falls_silent(town, "host")
    before = town.card().text
    question = await moves(host, town.card())
    speaks_again(town, "host")
    fills(town, "host", TUESDAY)
    assert "no longer free. Nearest" in said(await host.presses("Move anyway", question))
    assert town.card().text == before


async def test_a_move_past_another_s_silence_is_not_one_past_one_s_own(town: Town) -> None:
    host, guest = await booked(town)
    await link(town, host, "host")
    await link(town, guest, "guest")
    falls_silent(town, "guest")
    question = await moves(host, town.card())
    speaks_again(town, "guest")
    falls_silent(town, "host")
    again = await host.presses("Move anyway", question)
    assert "I cannot read your calendar" in said(again)
    assert "Moved to" in said(await host.presses("Move anyway", again))


# Undo


async def moved(town: Town, *linked: str) -> tuple[Member, Member, Seen]:
    """The host has moved it from 13:00 to another time of the Tuesday; linked as in `asked`, and written."""
    host, guest = await invited(town)
    for member, name in ((host, "host"), (guest, "guest")):
        if name in linked:
            await link(town, member, name, target=name)
    await guest.presses("1", town.card())
    await guest.presses("Confirm")
    await town.settle()
    answer = await moves(host, town.card())
    await town.settle()
    assert "Undo" in answer.titles
    return host, guest, answer


async def test_a_move_is_not_undone_into_another_s_time(town: Town) -> None:
    host, _, answer = await moved(town, "host", "guest")
    after = town.card().text
    fills(town, "guest", TUESDAY)
    refused = await host.presses("Undo", answer)
    assert "The old time is no longer free." in said(refused)
    assert refused is not None
    assert "Reschedule" in refused.titles
    assert town.card().text == after


async def test_into_one_s_own_time_it_is_by_a_second_press(town: Town) -> None:
    host, _, answer = await moved(town, "host")
    after = town.card().text
    fills(town, "host", TUESDAY)
    assert "your calendar has something then." in said(await host.presses("Undo", answer))
    assert town.card().text == after
    assert "back at its old time" in said(await host.presses("Undo anyway"))
    assert town.card().text.startswith("✅ @host & @guest · Tue 24 Nov, 13:00")


async def test_an_undo_past_another_s_silence_is_none_into_one_s_own_time(town: Town) -> None:
    host, _, answer = await moved(town, "host", "guest")
    after = town.card().text
    falls_silent(town, "guest")
    question = await host.presses("Undo", answer)
    assert "I cannot read everybody's calendar" in said(question)
    fills(town, "host", TUESDAY)
    again = await host.presses("Undo anyway", question)
    assert "your calendar has something then." in said(again)
    assert town.card().text == after
    assert "back at its old time" in said(await host.presses("Undo anyway", again))


async def test_who_is_asked_before_an_undo_has_as_long_to_answer_as_to_undo(town: Town) -> None:
    host, _, answer = await moved(town, "host")
    town.now += timedelta(seconds=45)
    fills(town, "host", TUESDAY)
    question = await host.presses("Undo", answer)
    assert "You can still undo this for 60 seconds." in said(question)
    town.now += timedelta(seconds=60)
    assert "back at its old time" in said(await host.presses("Undo anyway", question))


async def test_a_yes_is_no_answer_to_an_undo_that_came_too_late(town: Town) -> None:
    host, _, answer = await moved(town, "host")
    fills(town, "host", TUESDAY)
    question = await host.presses("Undo", answer)
    await town.passes(timedelta(seconds=61))
    assert "Nothing here waits for “yes”" in said(await host.says("yes"))
    assert "no longer be undone" in said(await host.presses("Undo anyway", question))
    await host.presses("Cancel", town.card())
    assert said(await host.says("yes")).startswith("Cancelled.")


async def test_an_undo_that_cannot_be_checked_needs_the_host(town: Town) -> None:
    host, guest, _ = await moved(town, "host")
    by_guest = await moves(guest, town.card())
    await town.settle()
    falls_silent(town, "host")
    assert "Only @host can move it right now" in said(await guest.presses("Undo", by_guest))
    speaks_again(town, "host")
    by_host = await moves(host, town.card())
    await town.settle()
    falls_silent(town, "host")
    assert "I cannot read your calendar" in said(await host.presses("Undo", by_host))
    assert "back at its old time" in said(await host.presses("Undo anyway"))


async def test_the_meeting_s_own_event_that_came_by_mail_does_not_hinder_an_undo(town: Town) -> None:
    host, _ = await booked(town)
    await link(town, host, "host")
    answer = await moves(host, town.card())
    busy(town, "host", (datetime(2026, 11, 24, 12, tzinfo=UTC), 0.5))
    assert "back at its old time" in said(await host.presses("Undo", answer))


ALL_DAY = (TUESDAY, 24.0)
AROUND = (datetime(2026, 11, 24, 11, 30, tzinfo=UTC), 3.0)
RIGHT_BEFORE_AND_OVER = (datetime(2026, 11, 24, 11, 30, tzinfo=UTC), 1.0)


@pytest.mark.parametrize("event", [ALL_DAY, AROUND, RIGHT_BEFORE_AND_OVER])
@pytest.mark.parametrize("whose", ["host", "guest"])
async def test_what_is_longer_than_the_meeting_is_not_its_own_event(
    town: Town, whose: str, event: tuple[datetime, float]
) -> None:
    host, guest = await booked(town)
    await link(town, host if whose == "host" else guest, whose)  # read, and not written
    answer = await moves(host, town.card())
    after = town.card().text
    town.now += timedelta(seconds=10)
    busy(town, whose, event)
    told = {"host": "your calendar has something then.", "guest": "The old time is no longer free."}
    assert told[whose] in said(await host.presses("Undo", answer))
    assert town.card().text == after
