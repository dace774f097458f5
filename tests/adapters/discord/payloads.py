"""What Discord sends to an app when somebody does something. Pure but for the ids it mints.

Source: "Receiving and Responding", the interaction object, of Discord's documentation (snapshot of
2026-08-06).
"""

from typing import Any, Final

from tests.adapters.discord import objects
from tests.adapters.discord.applications import context_of, owners
from tests.adapters.discord.interactions import PING, Interaction
from tests.adapters.discord.permissions import bits
from tests.adapters.discord.world import Channel, Json, Message, Person, World

ATTACHMENT_BYTES: Final = 10 * 2**20


def interaction(
    world: World,
    person: Person,
    channel: Channel,
    kind: int,
    data: Json,
    message: Message | None = None,
    option_kind: int = 0,
) -> Interaction:
    """Somebody's act, with what an app is told about them and the place."""
    whole: Json = {
        **_head(world, kind),
        "data": data,
        "channel_id": channel.id,
        "channel": objects.channel(world, channel),
        "context": context_of(world, channel),
        "authorizing_integration_owners": owners(world, person, channel),
        "locale": person.locale,
        "app_permissions": bits(world.permissions(channel)),
        **_who(world, person, channel),
    }
    if message is not None:
        whole["message"] = objects.message(world, message)
    born = (world.clock.running(), world.clock.seconds())
    about: dict[str, Any] = {"message": message, "option_kind": option_kind}
    return Interaction(whole["id"], whole["token"], kind, person, channel, whole, *born, **about)


def _head(world: World, kind: int) -> Json:
    minted = world.mint()
    return {
        "id": minted,
        "application_id": world.app.id,
        "type": kind,
        "token": f"aW50ZXJhY3Rpb246{minted}",
        "version": 1,
        "entitlements": [],
        "attachment_size_limit": ATTACHMENT_BYTES,
    }


def _who(world: World, person: Person, channel: Channel) -> Json:
    if channel.guild_id is None:
        return {"user": objects.user(person)}
    guild = world.guilds[channel.guild_id]
    granted = bits(world.permissions_of(person.id, channel))
    member = objects.member(world, guild, person.id) | {"permissions": granted}
    about = {"guild_id": guild.id, "guild": objects.partial_guild(guild), "guild_locale": guild.locale}
    return {**about, "member": member}


def ping(world: World) -> Json:
    """What an interactions endpoint is tried with."""
    whole = _head(world, PING)
    return {**whole, "user": objects.user(world.bot), "authorizing_integration_owners": {}}


def resolved(world: World, channel: Channel, people: list[str], channels: list[str]) -> Json:
    """The people and channels that options or selects name."""
    found: Json = {}
    if people:
        found["users"] = {who: objects.user(world.people[who]) for who in people}
    guild = world.guilds.get(channel.guild_id or "")
    inside = [who for who in people if guild and who in guild.members]
    if guild and inside:
        found["members"] = {
            who: objects.member(world, guild, who, with_user=False)
            | {"permissions": bits(world.permissions_of(who, channel))}
            for who in inside
        }
    if channels:
        found["channels"] = {one: objects.channel(world, world.channels[one]) for one in channels}
    return found
