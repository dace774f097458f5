"""What roles and overwrites let somebody do, by the names of permissions. Pure.

Source: "Permission Overwrites" of Discord's documentation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

PERMISSIONS: Final = {
    "ADMINISTRATOR": 1 << 3,
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "MANAGE_MESSAGES": 1 << 13,
    "EMBED_LINKS": 1 << 14,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "USE_APPLICATION_COMMANDS": 1 << 31,
    "MANAGE_EVENTS": 1 << 33,
    "MANAGE_THREADS": 1 << 34,
    "CREATE_PUBLIC_THREADS": 1 << 35,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
    "CREATE_EVENTS": 1 << 44,
    "USE_EXTERNAL_APPS": 1 << 50,
}
ALL_PERMISSIONS: Final = frozenset(PERMISSIONS)
ORDINARY: Final = ALL_PERMISSIONS - {"ADMINISTRATOR", "MANAGE_THREADS"}
NONE: Final[frozenset[str]] = frozenset()


def bits(permissions: Iterable[str]) -> str:
    """Permissions as Discord writes them: a number in a string."""
    return str(sum(PERMISSIONS[name] for name in permissions))


@dataclass(slots=True)
class Overwrite:
    """What a channel allows and denies to a role or a member, over what the server says.

    Attributes:
        id: of the role or the member; @everyone has the id of the server.
    """

    id: str
    is_member: bool = False
    allow: frozenset[str] = NONE
    deny: frozenset[str] = NONE


def in_channel(
    person_id: str,
    everyone: Mapping[str, frozenset[str]],
    roles: Mapping[str, frozenset[str]],
    overwrites: list[Overwrite],
) -> frozenset[str]:
    """What a member, who is not the owner, may do: the roles, then the overwrites in three steps.

    Args:
        everyone: the role @everyone, by its id.
        roles: the member's others.
    """
    granted = NONE.union(*everyone.values(), *roles.values())
    if "ADMINISTRATOR" in granted:
        return ALL_PERMISSIONS
    of_roles = [one for one in overwrites if not one.is_member]
    for step in (
        [one for one in of_roles if one.id in everyone],
        [one for one in of_roles if one.id in roles],
        [one for one in overwrites if one.is_member and one.id == person_id],
    ):
        granted = granted.difference(*(one.deny for one in step)).union(*(one.allow for one in step))
    return granted
