"""A meeting as an event of its server, from the confirmation to the end, against the shipped process."""

from datetime import datetime
from pathlib import Path

from tests.adapters.discord import faults
from tests.adapters.discord.world import Json
from tests.discord.people import Crew, crew_of, starts
from tests.discord.site import Site, open_site
from tests.discord.story import booked, cancelled, invited, moved_and_back, tell

EVENTS = "/guilds/{guild_id}/scheduled-events"
CREATE, CHANGE = f"POST {EVENTS}", f"PATCH {EVENTS}/{{event_id}}"


async def test_an_event_of_the_server_follows_its_meeting_also_where_answers_are_lost(tmp_path: Path) -> None:
    settings = {
        "CHAT__DISCORD__SCHEDULED_EVENTS": "true",
        "JOIN__TEMPLATE": "https://meet.example.org/{secret}",
    }
    async with open_site(tmp_path / "site", more=settings) as site:
        crew, seen = crew_of(site.discord), [0]

        async def between() -> None:
            seen[0] += await _is_as_the_card_says(crew, site)

        await tell(crew, site, invited, between=between)
        site.discord.faults.add(CREATE, faults.ServerError(500, is_processed=True))
        site.discord.faults.add(CHANGE, faults.ServerError(500, is_processed=True))
        await tell(crew, site, booked, moved_and_back, between=between)
        assert {name for name, _ in site.discord.faults.met} == {CREATE, CHANGE}
        assert (len(site.discord.calls(CREATE)), seen[0]) == (1, 4)
        await tell(crew, site, cancelled, between=between)
        assert site.discord.guild.scheduled_events == {}


async def _is_as_the_card_says(crew: Crew, site: Site) -> bool:
    """Whether there is an event; of a confirmed meeting, for the same time, and the card leads there."""
    events: list[Json] = list(site.discord.guild.scheduled_events.values())
    confirmed = [one for one in crew.cards() if "✅" in one.words]
    assert len(events) == len(confirmed)
    for event, card in zip(events, confirmed, strict=True):
        assert card.link("Event") == f"https://discord.com/events/{event['guild_id']}/{event['id']}"
        assert card.link("Join") == event["entity_metadata"]["location"]
        assert datetime.fromisoformat(event["scheduled_start_time"]) == starts(card)[0]
        assert event["name"] == "logo review"
    return bool(events)
