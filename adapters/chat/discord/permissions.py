"""What a member of a server may do in a channel, as Discord computes it. Pure.

Source: "Permission Overwrites" of Discord's documentation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.chat.discord.names import Json
from adapters.chat.discord.payloads import listed
from adapters.payload import find, maybe

ADMINISTRATOR: Final = 1 << 3
MANAGE_THREADS: Final = 1 << 34
EVERYTHING: Final = -1
"""All bits."""

_OF_A_MEMBER: Final = 1
"""A type of overwrites."""


@dataclass(frozen=True, slots=True)
class Server:
    """Who owns a server, and what its roles grant.

    Attributes:
        id: which is also that of the role everybody has.
        granted: by the role's id.
    """

    id: str
    owner_id: str
    granted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies to a role or to a member."""

    id: str
    is_of_member: bool
    allow: int
    deny: int


def server(body: Json) -> Server:
    """A server, as `GET /guilds/{guild_id}` answers."""
    granted = {maybe(one, "id"): _bits(one, "permissions") for one in listed(body, "roles")}
    return Server(maybe(body, "id"), maybe(body, "owner_id"), granted)


def overwrites(channel: Json) -> tuple[Overwrite, ...]:
    """Those of a channel; a thread has none of its own."""
    return tuple(
        Overwrite(
            maybe(one, "id"), find(one, "type") == _OF_A_MEMBER, _bits(one, "allow"), _bits(one, "deny")
        )
        for one in listed(channel, "permission_overwrites")
    )


def in_channel(where: Server, user: str, roles: Iterable[str], over: Iterable[Overwrite]) -> int:
    """The bits a member has.

    Args:
        roles: ids of those the member has, without the one of everybody.
        over: the channel's; of a thread, those of its channel.
    """
    if user == where.owner_id:
        return EVERYTHING
    own = frozenset(roles)
    may = where.granted.get(where.id, 0)
    for role in own:
        may |= where.granted.get(role, 0)
    if may & ADMINISTRATOR:
        return EVERYTHING
    given = tuple(over)
    for_everybody = [one for one in given if not one.is_of_member and one.id == where.id]
    for_roles = [one for one in given if not one.is_of_member and one.id in own]
    for_them = [one for one in given if one.is_of_member and one.id == user]
    for step in (for_everybody, for_roles, for_them):
        may = _applied(may, step)
    return may


def _applied(may: int, step: Iterable[Overwrite]) -> int:
    """What one of the roles allows, no other takes away."""
    allow = deny = 0
    for one in step:
        allow, deny = allow | one.allow, deny | one.deny
    return may & ~deny | allow


def _bits(holder: Json, name: str) -> int:
    """A number of any length, which Discord writes as a text."""
    found = maybe(holder, name)
    return int(found) if found.isdecimal() else 0
