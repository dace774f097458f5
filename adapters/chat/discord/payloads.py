"""Reading Discord's JSON: texts, people, rooms, and the words people type in it. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.chat.discord.names import DIRECT, PLATFORM, USERS, Json, is_person
from adapters.payload import Malformed, find, maybe, storable, text
from scheduling_core.deliveries import Profile
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef

MAX_TEXT_CHARS = 4000

PUBLIC_THREADS = (10, 11)
"""Types of channels that stand in another one and are seen by all of its people."""
PRIVATE_THREAD = 12
THREADS = (*PUBLIC_THREADS, PRIVATE_THREAD)
"""Types of channels that stand in another one."""

_BOT_DM = 1
"""A context of an interaction. Source: "Interaction Context Types"."""
VIEW_CHANNEL = 1 << 10
"""A permission."""

_SPECIAL = re.compile(
    r"<(?:@!?(?P<person>\d+)|@&(?P<role>\d+)|#(?P<channel>\d+)|/(?P<command>[^:<>]+):\d+|a?(?P<emoji>:\w+:)\d+)>"
)


@dataclass(frozen=True, slots=True)
class App:
    """Who we are.

    Attributes:
        id: of the application.
        bot_id: of its user; the same id but for old applications. "" where it is not known yet.
        command: the word every line begins with, `/meet`, whatever the command is called in Discord.
    """

    id: str
    bot_id: str
    command: str


def listed(holder: object, *names: str) -> list[Any]:
    """The objects of a list; [] where there is none."""
    found = find(holder, *names)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def snowflake(holder: object, *names: str) -> str:
    """An id that must be there.

    Raises:
        Malformed: it is not, or is no number.
    """
    found = text(holder, *names)
    if not is_person(found):
        raise Malformed(f"no id at {'.'.join(names)}")
    return found


def workspace(body: Json) -> WorkspaceRef:
    """The server, or what stands for it in direct and group messages."""
    guild = maybe(body, "guild_id")
    return WorkspaceRef(PLATFORM, guild) if guild else DIRECT


def room(body: Json, parent: str = "") -> RoomRef:
    """The channel; a public thread stands in its channel wherever the payload, or the caller, tells it.

    A private thread is a room of its own: the channel's other people may know nothing of what is there.

    Raises:
        Malformed: the payload names no channel.
    """
    channel = snowflake(body, "channel_id")
    if find(body, "channel", "type") in PUBLIC_THREADS:
        parent = maybe(body, "channel", "parent_id") or parent
    where = workspace(body)
    return RoomRef(where, parent, channel) if parent else RoomRef(where, channel)


def actor(body: Json) -> Profile:
    """Who did it: a member of the server, or a user in a direct message.

    Raises:
        Malformed: the payload names nobody.
    """
    user = find(body, "member", "user") or find(body, "user") or find(body, "author")
    found = profile(user, maybe(body, "locale"))
    if found is None:
        raise Malformed("no user")
    return found


def profile(user: object, locale: str = "") -> Profile | None:
    """A person under the name of their account; None for bots and for what is no user.

    What they are called in one server is left to Discord, which shows it there wherever it is they who are
    mentioned; elsewhere it would tell of that server.
    """
    account = maybe(user, "id")
    if not is_person(account) or find(user, "bot") is True:
        return None
    return Profile(PersonRef(USERS, account), _name(user) or account, locale=locale or None)


def _name(user: object) -> str:
    return maybe(user, "global_name") or maybe(user, "username")


def resolved(body: Json) -> tuple[Profile, ...]:
    """The people whom options and context menus name and whom Discord tells to be in the room."""
    found = (profile(user) for account, user in named(body).items() if _is_here(body, account))
    return tuple(one for one in found if one)


def absent(body: Json) -> tuple[str, ...]:
    """The names of those whom Discord tells not to be in the room: what is posted there they never see."""
    found = (profile(user) for account, user in named(body).items() if _is_here(body, account) is False)
    return tuple(one.name for one in found if one)


def labels(users: Iterable[object]) -> dict[str, str]:
    """What users are called, by id: apps, too."""
    return {maybe(one, "id"): name for one in users if (name := _name(one))}


def named(body: Json) -> Mapping[str, object]:
    """The users whom options and context menus name, by id."""
    users = find(body, "data", "resolved", "users")
    return users if isinstance(users, Mapping) else {}


def machines(body: Json) -> tuple[str, ...]:
    """The names of the apps that options and context menus name."""
    return tuple(_name(user) for user in named(body).values() if find(user, "bot") is True)


def recipients(body: Json, accounts: Iterable[str]) -> tuple[Profile, ...]:
    """Those of these people whom Discord tells to be in a direct or group message."""
    wanted = set(accounts)
    found = map(profile, listed(body, "channel", "recipients"))
    return tuple(one for one in found if one and one.ref.person in wanted)


def places(body: Json) -> dict[str, str]:
    """The names of channels and roles that Discord tells, by id."""
    resolved = [find(body, "data", "resolved", kind) for kind in ("channels", "roles")]
    told = [one for kind in resolved if isinstance(kind, Mapping) for one in kind.values()]
    named = {maybe(one, "id"): maybe(one, "name") for one in [find(body, "channel"), *told]}
    return {place: name for place, name in named.items() if place and name}


def is_visit(body: Json) -> bool:
    """Whether somebody brought the bot into a server it is not in.

    Source: "Authorizing Integration Owners Object".
    """
    owners = find(body, "authorizing_integration_owners")
    return bool(maybe(body, "guild_id")) and isinstance(owners, Mapping) and "0" not in owners


def tells_who_is_here(body: Json) -> bool:
    """Whether the permissions of those who are named say all there is to learn.

    They do not say who is in a private thread; but a server the bot is not in answers no questions.
    Source: "Threads": one has to be in a private one to see it.
    """
    return find(body, "channel", "type") != PRIVATE_THREAD or is_visit(body)


def is_with_us_alone(body: Json) -> bool:
    """Whether it stands in somebody's direct messages with us, where nobody else is."""
    return body.get("context") == _BOT_DM


def _is_here(body: Json, account: str) -> bool | None:
    """Whether somebody is in the room; None where Discord does not tell, which of a server can be asked.

    Of a group it mostly tells nothing: who is named there is taken to be in it, as its client offers nobody
    else.
    Source: "Guild Member Structure": the permissions are those in the channel, overwrites included.
    """
    if workspace(body) == DIRECT:
        inside = {maybe(one, "id") for one in listed(body, "channel", "recipients")}
        is_told = is_with_us_alone(body) or bool(inside)
        return not is_told or account in {*inside, maybe(body, "user", "id")}
    member = find(body, "data", "resolved", "members", account)
    if member is None:
        return None
    granted = maybe(member, "permissions")
    return not granted.isdecimal() or bool(int(granted) & VIEW_CHANNEL)


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody typed, as we read it.

    Attributes:
        text: people as `@1100…`, channels and roles by name, emoji as `:name:`; times stay `<t:…>`.
        mentions: user ids, in order, each once.
    """

    text: str
    mentions: tuple[str, ...]


def words(raw: str, bot: str = "", places: Mapping[str, str] | None = None) -> Words:
    """Discord's marked-up text as it was typed.

    Args:
        bot: our user id, whose mention is left out.
        places: the names of channels and roles, as far as Discord told them, by id.

    Source: "Message Formatting" of Discord's API reference.
    """
    mentions: dict[str, None] = {}

    def typed(found: re.Match[str]) -> str:
        person = found["person"]
        if person is None:
            return _typed(found, places or {})
        if person == bot:
            return ""
        mentions[person] = None
        return f"@{person}"

    plain = _SPECIAL.sub(typed, raw)
    return Words(storable(plain).strip()[:MAX_TEXT_CHARS], tuple(mentions))


def _typed(found: re.Match[str], places: Mapping[str, str]) -> str:
    """What is no person; an id would tell nobody anything."""
    if found["command"]:
        return f"/{found['command']}"
    if found["channel"]:
        return f"#{places.get(found['channel'], 'channel')}"
    # Nobody can be called so: a role is no person of its name.
    return found["emoji"] or f"@&{places.get(found['role'], 'role')}"
