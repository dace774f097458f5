"""The whole life of a meeting against the shipped process."""

from pathlib import Path

from tests.discord.people import crew_of
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


async def _nothing() -> None:
    """Nothing happens between the steps."""


async def test_the_whole_life_of_a_meeting(tmp_path: Path) -> None:
    async with open_site(tmp_path / "site") as site:
        crew = crew_of(site.discord)
        await tell(crew, site, *WHOLE, between=_nothing)
        assert len(crew.cards()) == 1
