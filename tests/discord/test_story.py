"""The whole life of a meeting against the shipped process."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.views.agenda import ELSEWHERE
from bot.views.menus import SAID_TO_ME
from bot.views.setup import WITHOUT_A_FORM
from tests.adapters.discord import faults
from tests.discord.people import Crew, Human, crew_of, starts
from tests.discord.site import open_site
from tests.discord.story import (
    added_to_calendar,
    asked_again,
    booked,
    booked_another_day,
    cancelled,
    cancelled_by_host,
    invited,
    invited_at_once,
    moved_and_back,
    set_own_hours,
    tell,
    wished,
    wished_in_words,
)

WHOLE = (
    *(invited, booked, added_to_calendar, moved_and_back, cancelled),
    *(asked_again, booked_another_day, cancelled_by_host),
    *(asked_again, wished),
)
GROUP, SECOND_SERVER, SECOND_ROOM = (f"12000000000000000{number}" for number in (77, 78, 79))
OFFERS = 5


async def _nothing() -> None:
    """Nothing happens between the steps."""


async def test_the_whole_life_of_a_meeting_killed_between_all_steps_then_in_other_places_as_the_same_people(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path / "site") as site:
        crew = crew_of(site.discord)
        await tell(crew, site, *WHOLE, between=site.restart)
        assert len(crew.cards()) == 1
        await tell(directly(crew), site, set_own_hours, between=site.restart)
        other = in_another_server(crew)
        await tell(other, site, invited_at_once, booked, between=_nothing)
        group = brought_along(crew)
        await tell(group, site, invited_at_once, between=_nothing)
        await is_free_of(other, group)
        site.discord.pass_time(timedelta(minutes=16))
        await tell(group, site, booked, between=_nothing)


async def is_free_of(booked_in: Crew, invited_in: Crew) -> None:
    """What is booked in one place is offered in no other; there it is listed, and changed where it is."""
    (card,), (invitation,) = booked_in.cards(), invited_in.cards()
    (taken, *_), offers = starts(card), starts(invitation)
    assert len(offers) == OFFERS
    assert [start for start in offers if abs(start - taken) < timedelta(minutes=35)] == []
    host = invited_in.host
    await host.types(command="meet-list")
    listed = await host.is_told("Your meetings")
    assert host.at(taken) in listed.words
    assert ELSEWHERE in listed.words
    await host.types(command="meet-settings")
    form = await host.is_told("Your time, in every room")
    assert "3 h" in form.words, form
    assert WITHOUT_A_FORM not in form.words
    await host.types(command="meet-help")
    told = await host.is_told("What I can do")
    assert "/meet with:@name text:30 — ask" in told.words
    assert "/meet-list — your meetings" in told.words
    assert SAID_TO_ME not in told.words, "by HTTP no words are heard"


def directly(crew: Crew) -> Crew:
    """The host looks at their direct messages with the bot."""
    return replace(crew, host=Human(crew.host.someone, crew.host.someone.dm.id))


def in_another_server(crew: Crew) -> Crew:
    """The same people in a second server that has the bot."""
    people = [human.someone for human in crew.everybody]
    crew.discord.add_guild(SECOND_SERVER, "Second", people)
    crew.discord.add_channel(SECOND_ROOM, "there", SECOND_SERVER)
    return Crew(*(Human(one, SECOND_ROOM) for one in people))


def brought_along(crew: Crew) -> Crew:
    """The same people in a group of their own, who installed the bot for themselves."""
    people = [human.someone for human in crew.everybody]
    for one in people:
        one.person.has_app = True
    crew.discord.add_group(GROUP, "us", people)
    return Crew(*(Human(one, GROUP) for one in people))


LOST = (
    *(faults.CALLBACK, faults.SEND, faults.FOLLOWUP),
    *(faults.EDIT, faults.EDIT_ORIGINAL, faults.OPEN_DM),
)


async def test_over_the_gateway_killed_cut_off_and_with_every_answer_lost_once_nothing_is_there_twice(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path / "site", "gateway") as site:
        crew = crew_of(site.discord)
        for number, route in enumerate(LOST):
            is_cut = number % 2 == 0
            fault: faults.Fault = (
                faults.Cut(is_processed=True) if is_cut else faults.ServerError(500, is_processed=True)
            )
            site.discord.faults.add(route, fault)
        await tell(crew, site, invited, between=_nothing)
        await site.restart()

        async def broken() -> None:
            # What is pressed before it is back waits for it.
            site.discord.gateway.reset()

        await tell(crew, site, booked, cancelled, between=broken)
        assert site.discord.gateway.resumed
        assert {name for name, _ in site.discord.faults.met} == set(LOST)
        await tell(crew, site, asked_again, wished_in_words, between=_nothing)
        assert len(crew.cards()) == 1
