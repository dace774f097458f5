"""The whole life of a meeting against the shipped process: over HTTP, over sockets, on PostgreSQL."""

from pathlib import Path

import pytest

from tests.processes.databases import Databases
from tests.slack.people import crew_of
from tests.slack.site import Mode, open_site
from tests.slack.story import (
    added_to_calendar,
    asked_again,
    assert_mailed,
    booked,
    booked_another_day,
    cancelled,
    done_from_home,
    invited,
    moved_and_back,
    set_own_hours,
    tell,
    wished,
)

SHORT = (invited, booked, moved_and_back, cancelled)
WHOLE = (
    *(*SHORT[:2], added_to_calendar, *SHORT[2:]),
    *(asked_again, booked_another_day, done_from_home),
    *(asked_again, wished, set_own_hours),
)
MAILS = ("Booked", "Moved", "Moved", "Cancelled", "Booked", "Moved", "Cancelled", "Booked")


async def _nothing() -> None:
    """Nothing happens between the steps."""


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_the_whole_life_of_a_meeting(mode: Mode, tmp_path: Path) -> None:
    async with open_site(tmp_path / "site", mode, by_token=True) as site:
        crew = crew_of(site.slack, site.slack.team)
        await tell(crew, site, *WHOLE, between=_nothing)
        await assert_mailed(site, crew, *MAILS)
        assert len(crew.cards()) == 1


async def test_on_postgresql(postgres_databases: Databases, tmp_path: Path) -> None:
    with postgres_databases.fresh() as database:
        async with open_site(tmp_path / "site", database=database) as site:
            crew = crew_of(site.slack, await site.workspace())
            await tell(crew, site, *SHORT, between=_nothing)
            await assert_mailed(site, crew, *MAILS[:4])


async def test_with_a_command_word_of_its_own_which_its_texts_name(tmp_path: Path) -> None:
    settings = {"PARLEY_CHAT__SLACK__COMMAND": "/parley"}
    async with open_site(tmp_path / "site", settings=settings) as site:
        site.slack.app.commands = frozenset({"/parley"})
        crew = crew_of(site.slack, await site.workspace())
        await tell(crew, site, invited, between=_nothing)
        await crew.guest.types("help")
        help_ = await crew.guest.is_told("/parley @name 30")
        home = await crew.guest.opens_home("type /parley @name 30")
        await crew.guest.types("@nobody 30")
        unread = await crew.guest.is_told("For example: /parley")
        assert not [one for one in (help_, home, unread) if "/meet" in one.words]
