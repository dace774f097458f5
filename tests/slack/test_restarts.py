"""`kill -9` between each two steps of a meeting's life, and started again: nothing is lost or doubled."""

from pathlib import Path

import pytest

from tests.slack.people import crew_of
from tests.slack.site import Mode, open_site
from tests.slack.story import Chapter, assert_mailed, booked, cancelled, invited, moved_and_back, tell


@pytest.mark.parametrize(
    ("mode", "chapters", "mails"),
    [
        ("http", (invited, booked, moved_and_back, cancelled), ("Booked", "Moved", "Moved", "Cancelled")),
        ("socket", (invited,), ()),
    ],
)
async def test_it_is_killed_and_started_again_after_every_step(
    mode: Mode, chapters: tuple[Chapter, ...], mails: tuple[str, ...], tmp_path: Path
) -> None:
    async with open_site(tmp_path / "site", mode) as site:
        crew = crew_of(site.slack, await site.workspace())
        await tell(crew, site, *chapters, between=site.restart)
        await assert_mailed(site, crew, *mails)
        assert len(crew.cards()) == 1
