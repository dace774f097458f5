"""What Discord knows: the app, servers, people, channels and messages. No I/O here.

Ids are snowflakes: numbers in strings, later ones larger, with the time of their making inside.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.adapters.discord.limits import EPHEMERAL, IS_COMPONENTS_V2
from tests.adapters.discord.permissions import ALL_PERMISSIONS, NONE, ORDINARY, Overwrite, in_channel
from tests.adapters.discord.refusals import Refusal

Json = dict[str, Any]
EPOCH_MILLISECONDS: Final = 1_420_070_400_000
TEXT, DM, VOICE, GROUP_DM, NEWS, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 2, 3, 5, 11, 12
THREADS: Final = frozenset({10, PUBLIC_THREAD, PRIVATE_THREAD})
PRIVATE: Final = frozenset({DM, GROUP_DM})


@dataclass(slots=True)
class Clock:
    """Discord's own time.

    Attributes:
        now: the aware instant the tests live in; requests are signed with it.
        ahead: how much older everything Discord has minted became since (`Discord.pass_time`).
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ahead: timedelta = timedelta()

    def seconds(self) -> float:
        """Unix time, *ahead* included."""
        return (self.now() + self.ahead).timestamp()

    def running(self) -> float:
        """Seconds that really pass, *ahead* included: what three seconds are counted by."""
        return time.monotonic() + self.ahead.total_seconds()

    def iso(self) -> str:
        """Now as Discord writes it."""
        return datetime.fromtimestamp(self.seconds(), UTC).isoformat(timespec="microseconds")


@dataclass(slots=True)
class App:
    """The app as the developer portal has it.

    Attributes:
        intents: the privileged ones that are switched on (bits of `GUILD_MEMBERS` 1, `MESSAGE_CONTENT` 15).
        interactions_url: where the portal says interactions go, or None: over the gateway.
        commands: registered ones by guild id, "" for everywhere; each as Discord answers it.
    """

    id: str = "1300000000000000001"
    name: str = "Parley"
    bot_id: str = "1300000000000000001"
    signing_seed: bytes = b"the seed of a key, 32 bytes long"
    token: str = "the bot token of the tests"
    intents: int = 0
    interactions_url: str | None = None
    commands: dict[str, list[Json]] = field(default_factory=dict)
    commands_version: int = 0

    def key(self, seed: bytes | None = None) -> Ed25519PrivateKey:
        """What signs HTTP interactions; of another *seed*, somebody else's."""
        return Ed25519PrivateKey.from_private_bytes(seed or self.signing_seed)

    @property
    def public_key(self) -> str:
        """What the portal shows: 64 hexadecimal digits."""
        return self.key().public_key().public_bytes_raw().hex()


@dataclass(slots=True)
class Modal:
    """A modal as somebody has it open.

    Attributes:
        body: what the app sent, ids filled in.
        message: the message whose button opened it, if one did.
        entered: custom_id → what was typed (a string), chosen (a list of values) or ticked (a boolean).
    """

    body: Json
    channel_id: str
    message: "Message | None"
    entered: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Person:
    """An account.

    Attributes:
        tz: decides how times look to them; Discord never tells it to anyone.
        locale: a Discord locale (`de`, `en-US`), told in every interaction.
        has_app: installed the app for themselves (user install).
        is_closed_to_dms: the bot's direct messages are refused (50007).
        ephemerals: those still on their screen.
        modal: the one that is open.
    """

    id: str
    name: str
    tz: str = "Europe/Berlin"
    locale: str = "en-US"
    is_bot: bool = False
    has_app: bool = False
    is_closed_to_dms: bool = False
    ephemerals: "list[Message]" = field(default_factory=list)
    modal: Modal | None = None


@dataclass(slots=True)
class Message:
    """A message.

    Attributes:
        body: `content`, `embeds`, `components` (ids filled in), `flags` and what else was sent.
        reader: the one person who sees it (an ephemeral), or None for the whole channel.
        edited: how often it was.
        mentions: ids of the people who are notified.
        files: name → content of its attachments.
    """

    id: str
    channel_id: str
    author_id: str
    body: Json
    reader: str | None = None
    reply_to: str | None = None
    edited: int = 0
    edited_at: str | None = None
    nonce: str | int | None = None
    interaction: Json | None = None
    mentions: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def flags(self) -> int:
        """Its bits."""
        return int(self.body.get("flags") or 0)

    @property
    def is_v2(self) -> bool:
        """Made of components alone."""
        return bool(self.flags & IS_COMPONENTS_V2)

    @property
    def is_ephemeral(self) -> bool:
        """Seen by one person."""
        return bool(self.flags & EPHEMERAL)


@dataclass(slots=True)
class Channel:
    """A text channel, a thread, a direct message or a group.

    Attributes:
        members: who sees it; None in a server: all of its people. Of a thread: who joined it, which matters
            in a private one only.
        denied: permissions the bot does not have here.
        overwrites: more of them than *members* and *denied* make; a thread has none of its own.
        parent_id: the channel of a thread.
    """

    id: str
    name: str
    kind: int = TEXT
    guild_id: str | None = None
    members: list[str] | None = None
    denied: frozenset[str] = NONE
    overwrites: list[Overwrite] = field(default_factory=list)
    parent_id: str | None = None
    is_archived: bool = False
    archived_after_minutes: int = 1440
    messages: dict[str, Message] = field(default_factory=dict)


@dataclass(slots=True, repr=False)
class Guild:
    """A server.

    Attributes:
        members: ids of its people, the bot's too where it is installed.
        permissions: what everybody may do in it, the role @everyone.
        roles: the others, by id.
        roles_of: which of them somebody has, by the member's id.
    """

    id: str
    name: str
    owner_id: str
    locale: str = "en-US"
    members: list[str] = field(default_factory=list)
    permissions: frozenset[str] = ORDINARY
    roles: dict[str, frozenset[str]] = field(default_factory=dict)
    roles_of: dict[str, list[str]] = field(default_factory=dict)
    scheduled_events: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the REST API, in order of arrival.

    Attributes:
        route: as in `faults`.
        code: 0 for a success, else the JSON code (or the status where there is none).
    """

    route: str
    path: str
    body: Any
    status: int
    code: int


Announce = Callable[[str, Channel | None, Guild | None, Json], None]


@dataclass(slots=True, repr=False)
class World:
    """Everything, and what was wrong with what the app sent.

    Attributes:
        address: `http://127.0.0.1:port` of the server.
        violations: `route: path: rule [CODE]`.
        announce: tells the gateway about an event of a channel or a guild.
        changed: called whenever the app did something, so that waiting tests look again.
        invalid_requests: answers with 401, 403 and 429; 10,000 in ten minutes ban an address.
    """

    app: App
    clock: Clock
    address: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    guilds: dict[str, Guild] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    invalid_requests: int = 0
    announce: Announce = lambda *_about: None
    changed: Callable[[], None] = lambda: None
    _last_id: int = 0

    def mint(self) -> str:
        """A new id, larger than all before it."""
        milliseconds = int(self.clock.seconds() * 1000) - EPOCH_MILLISECONDS
        self._last_id = max(self._last_id + 1, milliseconds << 22)
        return str(self._last_id)

    @property
    def bot(self) -> Person:
        """The app's own account."""
        return self.people[self.app.bot_id]

    def guild(self, guild_id: str) -> Guild:
        """A server of the bot.

        Raises:
            Refusal: 10004 when there is none, 50001 when the bot is not in it.
        """
        if guild_id not in self.guilds:
            raise Refusal(10004)
        if self.app.bot_id not in self.guilds[guild_id].members:
            raise Refusal(50001)
        return self.guilds[guild_id]

    def channel(self, channel_id: str) -> Channel:
        """A channel the bot can see.

        Raises:
            Refusal: 10003 when there is none, 50001 when the bot is not in it.
        """
        channel = self.channels.get(channel_id)
        if channel is None:
            raise Refusal(10003)
        if not self.sees(self.app.bot_id, channel):
            raise Refusal(50001)
        return channel

    def permissions(self, channel: Channel) -> frozenset[str]:
        """What the bot may do in a channel."""
        return self.permissions_of(self.app.bot_id, channel)

    def permissions_of(self, person_id: str, channel: Channel) -> frozenset[str]:
        """What somebody may do in a channel; in a private thread they are not in, all but see it.

        Source: "Permission Overwrites", "Permission Hierarchy" and "Threads" of Discord's documentation.
        """
        if channel.guild_id is None:
            return ORDINARY if person_id in (channel.members or ()) else NONE
        where = self.channels.get(channel.parent_id or "", channel) if channel.kind in THREADS else channel
        return self.permissions_in(self.guilds[channel.guild_id], person_id, self.overwrites(where))

    def permissions_in(self, guild: Guild, person_id: str, over: Iterable[Overwrite] = ()) -> frozenset[str]:
        """What somebody may do in a server, with the overwrites of one of its channels."""
        if person_id not in guild.members:
            return NONE
        if person_id == guild.owner_id:
            return ALL_PERMISSIONS
        roles = {one: guild.roles[one] for one in guild.roles_of.get(person_id, ())}
        return in_channel(person_id, {guild.id: guild.permissions}, roles, list(over))

    def overwrites(self, channel: Channel) -> list[Overwrite]:
        """All of a channel's."""
        made: list[Overwrite] = []
        if channel.members is not None:
            everyone = channel.guild_id or ""
            sees = frozenset({"VIEW_CHANNEL"})
            made = [Overwrite(everyone, deny=sees)]
            made += [Overwrite(one, is_member=True, allow=sees) for one in channel.members]
        if channel.denied:
            made = [one for one in made if one.id != self.app.bot_id]
            made += [Overwrite(self.app.bot_id, is_member=True, deny=channel.denied)]
        return [*made, *channel.overwrites]

    def sees(self, person_id: str, channel: Channel) -> bool:
        """Whether somebody of the server can look into the channel, or into the thread."""
        may = self.permissions_of(person_id, channel)
        is_kept_out = channel.kind == PRIVATE_THREAD and person_id not in (channel.members or ())
        return "VIEW_CHANNEL" in may and (not is_kept_out or "MANAGE_THREADS" in may)

    def members(self, channel: Channel) -> list[str]:
        """Who can see a channel."""
        if channel.guild_id is None:
            return list(channel.members or ())
        return [one for one in self.guilds[channel.guild_id].members if self.sees(one, channel)]

    def guilds_of(self, person_id: str) -> Iterator[Guild]:
        """The servers of a person."""
        return (guild for guild in self.guilds.values() if person_id in guild.members)

    def direct_message(self, person_id: str) -> Channel:
        """The one between a person and the bot; made when it is first needed."""
        pair = {person_id, self.app.bot_id}
        for channel in self.channels.values():
            if channel.kind == DM and set(channel.members or ()) == pair:
                return channel
        made = Channel(self.mint(), "", DM, members=sorted(pair))
        self.channels[made.id] = made
        return made

    def blame(self, where: str, rules: Iterable[object]) -> None:
        """Remember what was wrong."""
        self.violations += [f"{where}: {rule}" for rule in rules]
