"""The whole life of a meeting against the shipped process: over HTTP, over sockets, on PostgreSQL."""

from pathlib import Path

import pytest

from tests.processes.databases import Databases
from tests.slack.people import Human, crew_of
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


async def test_on_postgresql_with_a_command_word_of_its_own_which_the_texts_name(
    postgres_databases: Databases, tmp_path: Path
) -> None:
    settings = {"PARLEY_CHAT__SLACK__COMMAND": "/parley"}
    with postgres_databases.fresh() as database:
        async with open_site(tmp_path / "site", database=database, settings=settings) as site:
            site.slack.app.commands = frozenset({"/parley"})
            crew = crew_of(site.slack, await site.workspace())
            await tell(crew, site, *SHORT, between=_nothing)
            await assert_mailed(site, crew, *MAILS[:4])
            await assert_texts_name("/parley", crew.guest)


async def assert_texts_name(word: str, human: Human) -> None:
    """Wherever a command word is said, it is this one."""
    await human.types("help")
    helped = await human.is_told(f"{word} @name 30")
    home = await human.opens_home(f"type {word} @name 30")
    await human.types("@nobody 30")
    unread = await human.is_told(f"For example: {word}")
    assert not [one for one in (helped, home, unread) if "/meet" in one.words]
