"""Who the app is, and which commands it registers.

Source: "Application Commands" of Discord's documentation (snapshot of 2026-08-06).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.adapters.discord import objects
from tests.adapters.discord.asking import Asked, checked
from tests.adapters.discord.commands import CHAT_INPUT, MOST, command_breaches, registration_breaches
from tests.adapters.discord.refusals import Refusal
from tests.adapters.discord.world import DM, Channel, Json, Person, World

GUILD_INSTALL, USER_INSTALL = 0, 1
IN_GUILD, IN_BOT_DM, IN_PRIVATE = 0, 1, 2
GIVEN: Final = (
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "contexts",
    "integration_types",
    "nsfw",
)


@dataclass(frozen=True, slots=True)
class Applications:
    """The app's own routes."""

    world: World

    def me(self, asked: Asked) -> Json:
        """`GET /oauth2/applications/@me` and `GET /applications/@me`."""
        return objects.application(self.world)

    def user(self, asked: Asked) -> Json:
        """`GET /users/@me`."""
        return objects.myself(self.world)

    def _known(self, asked: Asked) -> list[Json]:
        if asked.at["application_id"] != self.world.app.id:
            raise Refusal(50001)
        guild_id = asked.at.get("guild_id", "")
        if guild_id:
            self.world.guild(guild_id)
        return self.world.app.commands.setdefault(guild_id, [])

    def commands(self, asked: Asked) -> list[Json]:
        """`GET …/commands`."""
        return self._known(asked)

    def replace(self, asked: Asked) -> list[Json]:
        """`PUT …/commands`: all of them at once; ids of names that stay are kept."""
        known = self._known(asked)
        checked(self.world, asked.route, registration_breaches(asked.body))
        made = [self._made(one, known, asked.at.get("guild_id")) for one in asked.body]
        known[:] = made
        self.world.app.commands_version += 1
        return made

    def add(self, asked: Asked) -> Json:
        """`POST …/commands`: one more, or another one of the same name."""
        known = self._known(asked)
        checked(self.world, asked.route, command_breaches(asked.body))
        made = self._made(asked.body, known, asked.at.get("guild_id"))
        rest = [one for one in known if one["id"] != made["id"]]
        if sum(1 for one in rest if one["type"] == made["type"]) >= MOST[made["type"]]:
            raise Refusal(30032)
        known[:] = [*rest, made]
        self.world.app.commands_version += 1
        return made

    def remove(self, asked: Asked) -> None:
        """`DELETE …/commands/{command_id}`."""
        known = self._known(asked)
        rest = [one for one in known if one["id"] != asked.at["command_id"]]
        if len(rest) == len(known):
            raise Refusal(10063)
        known[:] = rest

    def _made(self, given: Json, known: list[Json], guild_id: str | None) -> Json:
        kind = given.get("type") or CHAT_INPUT
        before = [one for one in known if (one["type"], one["name"]) == (kind, given["name"])]
        made: dict[str, Any] = {name: given.get(name) for name in GIVEN}
        made |= {"id": before[0]["id"] if before else self.world.mint(), "type": kind}
        made |= {"application_id": self.world.app.id, "version": self.world.mint()}
        made |= {"description": given.get("description") or "", "options": given.get("options") or []}
        made |= {"integration_types": given.get("integration_types") or [GUILD_INSTALL]}
        made |= {"dm_permission": given.get("dm_permission", True), "nsfw": bool(given.get("nsfw"))}
        return {**made, "guild_id": guild_id} if guild_id else made


def context_of(world: World, channel: Channel) -> int:
    """Which of the three contexts a channel is."""
    if channel.guild_id:
        return IN_GUILD
    is_ours = channel.kind == DM and world.app.bot_id in (channel.members or ())
    return IN_BOT_DM if is_ours else IN_PRIVATE


def owners(world: World, person: Person, channel: Channel) -> dict[str, str]:
    """`authorizing_integration_owners`: by which installs the app is here; {} when it is not."""
    found: dict[str, str] = {}
    if channel.guild_id:
        if world.app.bot_id in world.guilds[channel.guild_id].members:
            found["0"] = channel.guild_id
    elif context_of(world, channel) == IN_BOT_DM:
        found["0"] = "0"
    if person.has_app:
        found["1"] = person.id
    return found


def available(world: World, person: Person, channel: Channel) -> Iterator[Json]:
    """The commands somebody is offered in a channel."""
    context, installs = context_of(world, channel), {int(key) for key in owners(world, person, channel)}
    everywhere = world.app.commands.get("", [])
    for one in [*world.app.commands.get(channel.guild_id or "-", []), *everywhere]:
        kinds = set(one["integration_types"])
        contexts = one["contexts"]
        if contexts is None:
            contexts = [IN_GUILD, *([IN_BOT_DM] if one["dm_permission"] else [])]
            contexts += [IN_PRIVATE] if USER_INSTALL in kinds else []
        if context in contexts and kinds & installs:
            yield one
