"""Scheduled events of a server: what people see under Events, with a link of its own.

Source: "Guild Scheduled Event Resource" of Discord's documentation (snapshot of 2026-08-06). Since February
2026 making one needs CREATE_EVENTS, which is enough for changing and deleting one's own; all here are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tests.adapters.discord import objects
from tests.adapters.discord.asking import Asked, checked
from tests.adapters.discord.refusals import Refusal
from tests.adapters.discord.shapes import (
    Breach,
    Check,
    Path,
    Shape,
    anything,
    moment,
    one_of,
    snowflake,
    string,
)
from tests.adapters.discord.world import Guild, Json, World

EXTERNAL: Final = 3
SCHEDULED, ACTIVE, COMPLETED, CANCELED = 1, 2, 3, 4
MOST: Final = 100
_FIELDS: Final[dict[str, Check]] = {
    "name": string(100),
    "description": string(1000, 0),
    "scheduled_start_time": moment,
    "scheduled_end_time": moment,
    "privacy_level": one_of(2),
    "entity_type": one_of(1, 2, EXTERNAL),
    "entity_metadata": Shape({"location": string(100)}),
    "channel_id": snowflake,
    "image": anything,
    "recurrence_rule": anything,
}
_NEW: Final = Shape(_FIELDS, ("name", "scheduled_start_time", "privacy_level", "entity_type"))
_CHANGED: Final = Shape({**_FIELDS, "status": one_of(SCHEDULED, ACTIVE, COMPLETED, CANCELED)})


def _sense(event: Json, now: datetime) -> Iterator[Breach]:
    needed = ["scheduled_end_time"] if event.get("entity_type") == EXTERNAL else ["channel_id"]
    for name in needed:
        if event.get(name) is None:
            yield Breach((name,), "BASE_TYPE_REQUIRED", "This field is required")
    if event.get("entity_type") == EXTERNAL and not (event.get("entity_metadata") or {}).get("location"):
        yield Breach(("entity_metadata", "location"), "BASE_TYPE_REQUIRED", "This field is required")
    begin, end = _instant(event, "scheduled_start_time"), _instant(event, "scheduled_end_time")
    if begin and begin <= now and event.get("status", SCHEDULED) == SCHEDULED:
        at: Path = ("scheduled_start_time",)
        yield Breach(at, "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", "Cannot schedule event in the past.")
    if begin and end and end <= begin:
        rule = "Cannot schedule event to end before it begins."
        yield Breach(("scheduled_end_time",), "GUILD_SCHEDULED_EVENT_END_BEFORE_BEGIN", rule)


def _instant(event: Json, name: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(event.get(name) or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ScheduledEvents:
    """Those of all servers."""

    world: World

    def _guild(self, asked: Asked, permission: str | None = None) -> Guild:
        guild = self.world.guild(asked.at["guild_id"])
        if permission and permission not in self.world.permissions_in(guild, self.world.app.bot_id):
            raise Refusal(50013)
        return guild

    def _one(self, asked: Asked, guild: Guild) -> Json:
        if asked.at["event_id"] not in guild.scheduled_events:
            raise Refusal(10070)
        return guild.scheduled_events[asked.at["event_id"]]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.world.clock.seconds(), UTC)

    def create(self, asked: Asked) -> Json:
        """`POST /guilds/{guild_id}/scheduled-events`."""
        guild = self._guild(asked, "CREATE_EVENTS")
        checked(self.world, asked.route, _NEW(asked.body, ()))
        checked(self.world, asked.route, _sense(asked.body, self._now()))
        open_ones = [one for one in guild.scheduled_events.values() if one["status"] <= ACTIVE]
        if len(open_ones) >= MOST:
            raise Refusal(30038)
        unset = dict.fromkeys((*_FIELDS, "entity_id"))
        made: dict[str, Any] = {**unset, **asked.body, "id": self.world.mint(), "guild_id": guild.id}
        made |= {"creator_id": self.world.app.bot_id, "creator": objects.user(self.world.bot)}
        made |= {"status": SCHEDULED, "user_count": 0, "guild_scheduled_event_exceptions": []}
        guild.scheduled_events[made["id"]] = made
        self.world.announce("GUILD_SCHEDULED_EVENT_CREATE", None, guild, made)
        return made

    def change(self, asked: Asked) -> Json:
        """`PATCH /guilds/{guild_id}/scheduled-events/{event_id}`."""
        guild = self._guild(asked, "CREATE_EVENTS")
        one = self._one(asked, guild)
        if one["status"] in (COMPLETED, CANCELED):
            raise Refusal(180000)
        checked(self.world, asked.route, _CHANGED(asked.body, ()))
        checked(self.world, asked.route, _sense({**one, **asked.body}, self._now()))
        one.update(asked.body)
        self.world.announce("GUILD_SCHEDULED_EVENT_UPDATE", None, guild, one)
        return one

    def delete(self, asked: Asked) -> None:
        """`DELETE /guilds/{guild_id}/scheduled-events/{event_id}`."""
        guild = self._guild(asked, "CREATE_EVENTS")
        one = self._one(asked, guild)
        del guild.scheduled_events[one["id"]]
        self.world.announce("GUILD_SCHEDULED_EVENT_DELETE", None, guild, one)

    def get(self, asked: Asked) -> Json:
        """`GET /guilds/{guild_id}/scheduled-events/{event_id}`."""
        return self._one(asked, self._guild(asked))

    def all(self, asked: Asked) -> list[Json]:
        """`GET /guilds/{guild_id}/scheduled-events`."""
        return list(self._guild(asked).scheduled_events.values())
