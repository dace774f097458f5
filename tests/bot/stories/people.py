"""Who lives in the town, and a database in which all of them are known and have saved their rules."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bot.settings import Settings
from tests.bot.stories.inline_sqlite import InlineSqlite
from tests.bot.stories.world import Json, Life, World

FIRST_ID = 1000
"""Ids of stories begin here; those below were used up while everybody moved in."""

PEOPLE: dict[str, Json] = {
    "u-1": {"name": "host", "zone": "Europe/Berlin", "locale": "de-DE", "email": "host@example.org"},
    "u-2": {"name": "guest", "zone": "America/Sao_Paulo", "locale": "pt-BR", "email": "guest@example.net"},
    "u-3": {"name": "second", "zone": "Europe/London", "locale": "en-GB", "email": "second@example.com"},
    "u-4": {"name": "third"},
}
ROOMS: dict[str, list[str]] = {"room-1": ["u-1", "u-2", "u-3", "u-4"], "room-2": ["u-1", "u-2", "u-3"]}
STRANGER = "u-9"


Forms = Mapping[str, Mapping[str, str]]
"""What somebody changes in the form of their rules before saving it."""


def move_in(
    sqlite: InlineSqlite,
    database: Path,
    people: Mapping[str, Json],
    rooms: Mapping[str, list[str]],
    forms: Forms = MappingProxyType({}),
) -> None:
    """Everybody is known in their rooms and has saved the usual rules."""
    asyncio.run(_move_in(sqlite, database, people, rooms, forms))


async def _move_in(
    sqlite: InlineSqlite,
    database: Path,
    people: Mapping[str, Json],
    rooms: Mapping[str, list[str]],
    forms: Forms,
) -> None:
    world = World(sqlite, database, people)
    life = Life(world, Settings())
    await life.begin()
    for room, members in rooms.items():
        told = world.body(members[0], room, {"type": "members"}, members)
        await world.deliver(world.next_delivery(), told)
    for person in people:
        room = next(room for room, members in rooms.items() if person in members)
        await _save_rules(world, person, room, forms.get(person, {}))
    await world.settle()
    await life.end()
    world.close()


async def _save_rules(world: World, person: str, room: str, changed: Mapping[str, str]) -> None:
    opened = world.body(person, room, {"type": "command", "text": "/meet settings"})
    await world.deliver(world.next_delivery(), opened)
    form = world.screen(person, room)[-1]
    press: Json = {"type": "action", "message_id": form.id, "data": {}}
    press["data"] = {**form.data("Save"), **form.values(), **changed}
    await world.deliver(world.next_delivery(), world.body(person, room, press))


def copied(template: Path, folder: Path, number: int) -> Path:
    """A database of its own for one story."""
    return Path(shutil.copy(template, folder / f"story-{number}.db"))
