"""Unlinking says what becomes of events and of open questions, and that is what becomes of them."""

from datetime import timedelta
from typing import Literal

import pytest

from bot import calendars
from scheduling_core.errors import Unavailable
from tests.bot.beginnings import said
from tests.bot.linking import link
from tests.bot.test_changes_there import at, having, of_guest
from tests.bot.test_copies import ACCOUNT, books, events, methods, writing
from tests.bot.test_vanished import WORDS, four, stands, the_question, told
from tests.bot.town import Member, Seen, Town

REMOVE = "Unlink and remove them"


async def asks(host: Member) -> Seen:
    """The question before."""
    question = await host.presses("Unlink", await host.types("/meet unlink"))
    assert question is not None
    return question


async def links_again(town: Town, host: Member) -> None:
    """The same account, with meetings written into it."""
    town.calendars.revoked.clear()
    town.calendars.trouble.clear()
    await link(town, host, "main")
    form = await host.presses("Choose calendars", await host.types("/meet calendars"))
    await host.presses("Save", form, target="0")


async def test_nothing_is_promised_of_an_account_that_only_its_owner_can_mend(town: Town) -> None:
    host, guest = await writing(town)
    await books(guest)
    offered = await asks(host)
    town.calendars.revoked.add(ACCOUNT)
    town.now += timedelta(minutes=10)
    await calendars.look(town.office)
    await town.settle()

    for question in (await host.presses(REMOVE, offered), await asks(host)):
        assert "I cannot take them out as it is: reconnect it first" in said(question)
        assert question is not None
        assert REMOVE not in question.titles
        assert "Reconnect" in question.titles
    answer = said(await host.presses("Unlink it", await asks(host)))
    assert "I have no access to it any more. Events I wrote into it stay as they are." in answer


@pytest.mark.parametrize("why", ["refused", "silent for a day"])
async def test_what_cannot_be_taken_out_is_said_and_found_again(
    town: Town, why: Literal["refused", "silent for a day"]
) -> None:
    host, guest = await writing(town)
    await books(guest)
    question = await asks(host)
    if why == "refused":
        town.calendars.revoked.add(ACCOUNT)
    else:
        town.calendars.trouble[ACCOUNT] = Unavailable("busy")
    await host.presses(REMOVE, question)
    if why == "silent for a day":
        assert not having(host, "I could not take")
        await town.jobs.functions["revoke.given_up"]({"account": "a-main"})
        await town.settle()
    assert len(events(town)) == 1
    assert len(having(host, f"I could not take 1 meeting out of your Fake calendar ({ACCOUNT}).")) == 1

    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")
    assert len(events(town)) == 1
    await links_again(town, host)
    assert events(town) == []


async def test_meetings_that_were_asked_about_come_by_mail_once_their_calendar_is_unlinked(
    town: Town,
) -> None:
    host, account = await four(town)
    before = dict(town.calendars.events["main"])
    town.calendars.events["main"].clear()
    await told(town, account)
    open_question = the_question(host)

    question = await asks(host)
    assert "of your coming meetings" not in question.text
    answer = said(await host.presses("Unlink it", question))
    assert "The 4 meetings that are gone from it still stand." in answer
    await town.settle()
    assert not having(host, WORDS)
    assert (stands(town), methods(town, host)) == (4, [""] * 4 + ["REQUEST"] * 4)
    assert "no longer open" in said(await host.presses("Put them back", open_question))

    town.calendars.events["main"].update(before)
    await links_again(town, host)
    assert stands(town) == 4


async def test_who_unlinked_is_not_told_that_their_event_was_put_back(town: Town) -> None:
    story = await of_guest(town)
    await story.moves(at(19))
    await story.guest.presses("Unlink it", await asks(story.guest))
    await story.host.presses("Keep the old time", having(story.host, "Keep the old time")[0])
    (kept,) = having(story.guest, "@host keeps the old time")
    assert "I can no longer change your calendar; please put it right there." in kept.text
    assert "put it back" not in kept.text
    story.stands(19)

    await links_again(town, story.guest)
    story.stands(13)
    story.unchanged()


@pytest.mark.parametrize("was_written", [True, False], ids=["written", "answer lost"])
async def test_an_event_of_a_booking_that_was_opened_again_is_taken_out_all_the_same(
    town: Town, *, was_written: bool
) -> None:
    host, guest = await writing(town)
    town.calendars.loses_answers = 0 if was_written else 1
    await books(guest)
    town.calendars.trouble[ACCOUNT] = Unavailable("busy")
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    await host.presses("Find a new time", town.card())
    await host.presses("Unlink it", await asks(host))
    assert len(events(town)) == 1
    town.calendars.trouble.clear()
    await town.passes(timedelta(minutes=10))
    assert events(town) == []
