"""Many events gone from a calendar at once are a question to their owner, never a wave of cancellations."""

from datetime import timedelta

import pytest

from bot import calendar_changes
from bot.desk import Desk
from scheduling_core.linked_calendars import LinkedAccount
from tests.bot.beginnings import invited, said
from tests.bot.linking import link
from tests.bot.test_changes_there import having
from tests.bot.town import Member, Seen, Town

MINUTE = timedelta(minutes=1)
WORDS = "Several of your meetings are gone from your calendar"


async def four(town: Town) -> tuple[Member, LinkedAccount]:
    """Four meetings that stand in the host's calendar."""
    host, guest = await invited(town)
    account = await link(town, host, "main", target="main")
    for number in range(4):
        if number:
            await host.types(f"/meet @guest 30 number {number}")
        await guest.presses("1", town.public()[-1])
        await guest.presses("Confirm")
    assert len(town.calendars.events["main"]) == 4
    return host, account


async def told(town: Town, account: LinkedAccount) -> None:
    """Something in the calendar has changed; what is gone stays so."""
    async with town.office.store.write() as tx:
        await calendar_changes.promise(Desk(town.office, tx, town.now), account, {"main"})
    await town.settle()
    await town.passes(2 * MINUTE)


def stands(town: Town) -> int:
    """How many meetings are not cancelled."""
    return len([seen for seen in town.public() if seen.text.startswith("✅")])


def the_question(host: Member) -> Seen:
    """The only one."""
    (question,) = having(host, WORDS)
    return question


@pytest.mark.parametrize("answer", ["Cancel these meetings", "Put them back"])
async def test_an_emptied_calendar_is_asked_about_once_and_the_answer_counts(town: Town, answer: str) -> None:
    host, account = await four(town)
    town.calendars.events["main"].clear()
    mails = len(town.mail.sent)
    for _ in range(2):
        await told(town, account)
        question = the_question(host)
        assert question.text.count("with @guest") == 4
        assert (stands(town), len(town.mail.sent)) == (4, mails)
    replied = said(await host.presses(answer, question))
    await town.settle()
    if answer == "Put them back":
        assert "I put 4 meetings back into your calendar." in replied
        assert (stands(town), len(town.calendars.events["main"])) == (4, 4)
        await told(town, account)
        assert stands(town) == 4
        assert not having(host, WORDS)
    else:
        assert "I cancelled 4 meetings and told everybody." in replied
        assert stands(town) == 0
    assert "no longer open" in said(await host.presses(answer, question))


async def test_what_goes_one_after_the_other_is_counted_together(town: Town) -> None:
    host, account = await four(town)
    there = town.calendars.events["main"]
    kept = dict(there)
    for _ in range(3):
        there.pop(next(iter(there)))
        async with town.office.store.write() as tx:
            await calendar_changes.promise(Desk(town.office, tx, town.now), account, {"main"})
        await town.settle()
        town.now += timedelta(seconds=25)
    await town.passes(2 * MINUTE)
    first = the_question(host)
    assert stands(town) == 4
    # The rest joins the question, and what is there again is left out of it.
    there.clear()
    await told(town, account)
    assert the_question(host).text.count("with @guest") == 4
    assert "no longer open" in said(await host.presses("Cancel these meetings", first))
    there.update(kept)
    await told(town, account)
    assert not having(host, WORDS)
    assert stands(town) == 4


async def test_choosing_calendars_answers_no_question(town: Town) -> None:
    host, account = await four(town)
    town.calendars.events["main"].clear()
    await told(town, account)
    form = await host.presses("Choose calendars", await host.types("/meet calendars"))
    await host.presses("Save", form)
    await town.passes(2 * MINUTE)
    assert town.calendars.events["main"] == {}
    assert the_question(host).text.count("with @guest") == 4


async def test_what_was_agreed_anew_meanwhile_is_not_cancelled_with_the_others(town: Town) -> None:
    host, account = await four(town)
    town.calendars.events["main"].clear()
    await told(town, account)
    offered = await host.presses("Reschedule", town.public()[0])
    assert offered is not None
    await host.presses_at(0, offered)
    await host.presses("Cancel these meetings", the_question(host))
    assert (stands(town), len(town.calendars.events["main"])) == (1, 1)
