"""The whole life of a meeting against the shipped process."""

from datetime import timedelta
from pathlib import Path

from tests.adapters.discord import faults
from tests.discord.people import Crew, Human, crew_of
from tests.discord.site import open_site
from tests.discord.story import (
    added_to_calendar,
    asked_again,
    booked,
    booked_another_day,
    cancelled,
    cancelled_by_host,
    invited,
    moved_and_back,
    set_own_hours,
    tell,
    wished,
)

WHOLE = (
    *(invited, booked, added_to_calendar, moved_and_back, cancelled),
    *(asked_again, booked_another_day, cancelled_by_host),
    *(asked_again, wished, set_own_hours),
)


GROUP = "1200000000000000077"


async def _nothing() -> None:
    """Nothing happens between the steps."""


async def test_the_whole_life_of_a_meeting_killed_between_all_steps_and_one_in_a_group_the_bot_is_not_in(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path / "site") as site:
        crew = crew_of(site.discord)
        await tell(crew, site, *WHOLE, between=site.restart)
        assert len(crew.cards()) == 1
        group = brought_along(crew)
        await tell(group, site, invited, between=_nothing)
        site.discord.pass_time(timedelta(minutes=16))
        await tell(group, site, booked, between=_nothing)


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
        assert len(crew.cards()) == 1
