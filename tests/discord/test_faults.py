"""Impatient people, tokens that are over, and a Discord that fails now and then."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.adapters.discord import faults
from tests.adapters.discord.harness import Shown
from tests.discord.people import Human, crew_of
from tests.discord.site import open_site
from tests.discord.story import booked, cancelled, invited, tell

SIXTEEN_MINUTES = timedelta(minutes=16)
TROUBLES: tuple[tuple[str, faults.Fault], ...] = (
    (faults.EDIT_ORIGINAL, faults.RateLimited(0.2)),
    (faults.FOLLOWUP, faults.ServerError(500, is_processed=True)),
    (faults.SEND, faults.RateLimited(0.2)),
    (faults.EDIT, faults.ServerError(500, is_processed=True)),
)
"""What the next call of that kind meets; one more between each two steps, until all of them were there."""


class Impatient(Human):
    """Clicks twice on what answers slowest, and means it once."""

    async def presses(self, label: str, on: Shown) -> None:
        """Both at the same moment; each is answered."""
        before, clicks = self.clicks, 2 if label in ("1", "Confirm") else 1
        await asyncio.gather(*(Human.presses(self, label, on) for _ in range(clicks)))
        self.clicks = before + 1
        await self.someone.discord.until(lambda: not [one for one in self.screen if one.is_loading])


async def test_double_clicks_late_tokens_and_troubles_at_all_steps_leave_one_meeting(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path / "site") as site:
        crew, coming = crew_of(site.discord), iter(TROUBLES)
        crew = replace(crew, guest=Impatient(crew.guest.someone, crew.guest.room))

        async def between() -> None:
            if trouble := next(coming, None):
                # No token of an earlier step is good any more.
                site.discord.pass_time(SIXTEEN_MINUTES)
                site.discord.faults.add(*trouble)

        await tell(crew, site, invited, booked, cancelled, between=between)
        assert len(crew.cards()) == 1
        assert tuple(site.discord.faults.met) == TROUBLES
