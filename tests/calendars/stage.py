"""A host with two calendars of one kind, linked through the room and the pages; and a guest beside them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bot import calendars
from scheduling_core.linked_calendars import LinkedAccount
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import WhenUnreadable
from tests.bot.beginnings import set_up
from tests.bot.linking import person
from tests.bot.test_linking import Browser, code_on, leaves
from tests.bot.test_pages import serving
from tests.bot.town import Member, Seen, Town, open_town
from tests.calendars.kinds import Consent, Owned

WEDNESDAY = datetime(2026, 11, 25, tzinfo=UTC)
SIX_MINUTES = timedelta(minutes=6)
"""After so long what was read is too old to offer times by."""
TOKEN_LIFE = timedelta(minutes=70)
"""Longer than access tokens last, so that new ones are asked for."""


def berlin(hour: float) -> datetime:
    """An hour of the Wednesday on the host's wall."""
    return WEDNESDAY + timedelta(hours=hour - 1)


@dataclass(slots=True)
class Stage:
    """See the module.

    Attributes:
        guest: lives in the host's zone, so that both read the same times.
    """

    town: Town
    browser: Browser
    owned: Owned
    host: Member
    guest: Member

    async def links_all(self) -> None:
        """Every account is signed in to; all calendars are to count, and the first to be written into."""
        for way in self.owned.ways:
            ways = await self.host.types("/meet link")
            card = await self.signs_in(ways, way)
            ids = [each.calendar.id for each in (await self.accounts())[-1].calendars]
            chosen = {f"c{place}": "yes" for place in range(len(ids))}
            if "target" in card.values() and self.owned.first.id in ids:
                chosen["target"] = str(ids.index(self.owned.first.id))
            await self.host.presses("Save", card, **chosen)

    async def signs_in(self, ways: Seen | None, way: Mapping[str, str] | Consent) -> Seen:
        """From the private card over the pages back to the room; returns what can be chosen now."""
        assert ways is not None
        address = ways.links()[self.owned.provider.title]
        writing = {"writing": "yes"} if self.owned.writes else {}
        if isinstance(way, Mapping):
            page = await self.browser.opens(address, "POST", **writing, **way)
        else:
            back = await way(await leaves(self.browser, address, **writing))
            page = await self.browser.opens(f"/link/back/{self.owned.provider.name}?{urlencode(back)}")
        await self.town.settle()
        chosen = await self.host.presses("Link it", None, code=code_on(page))
        assert chosen is not None
        assert "is linked" in chosen.text
        return chosen

    async def times(self) -> list[str]:
        """Every start that can be picked, on the host's wall."""
        seen = await self.guest.presses("More times", self.town.card())
        assert seen is not None
        return [title.rpartition(", ")[2] for title in seen.titles if ":" in title]

    def breaks(self, fault: str) -> None:
        """From now on what the provider is asked meets this fault."""
        if fault in self.owned.faults:
            self.town.now += TOKEN_LIFE
            self.owned.fails(fault)
            return
        for world in self.owned.worlds:
            world.fault(fault, None)

    def mends(self) -> None:
        """All is well again."""
        for world in self.owned.worlds:
            world.mend()

    async def time_passes(self) -> None:
        """Six minutes, and every calendar is asked by itself whose time has come."""
        await self.town.passes(SIX_MINUTES)
        await calendars.look(self.town.office)
        await self.town.settle()

    async def accounts(self) -> list[LinkedAccount]:
        """The host's."""
        async with self.town.office.store.read() as reading:
            owner = await person(self.town, self.host)
            return (await reading.accounts([owner.id])).get(owner.id, [])

    async def meetings(self) -> list[Meeting]:
        """What the host has booked."""
        owner = await person(self.town, self.host)
        async with self.town.office.store.read() as reading:
            agenda = await reading.agenda(owner.id, self.town.now)
        return [each for each in agenda if each.phase is Phase.CONFIRMED]

    async def chooses(self, mode: WhenUnreadable) -> None:
        """What the host wants while a calendar cannot be read."""
        form = await self.host.presses("Choose calendars", await self.host.types("/meet calendars"))
        await self.host.presses("Save", form, mode=mode)

    def told_the_host(self, words: str) -> list[Seen]:
        """Messages to the host alone, with these words."""
        return [seen for seen in self.host.screen() if words in seen.text and seen not in self.town.public()]


async def on_stage(town: Town, browser: Browser, owned: Owned) -> Stage:
    """A host who has set up and may link what they have."""
    town.providers.clear()
    town.providers[owned.provider.name] = owned.provider
    return Stage(town, browser, owned, await set_up(town), town.member("u-3"))


@asynccontextmanager
async def open_house(database: Path, **settings: Any) -> AsyncIterator[tuple[Town, Browser]]:
    """A town, and a browser at the bot's pages."""
    async with open_town(database, **settings) as town, serving(town) as pages:
        yield town, Browser(pages.client)
