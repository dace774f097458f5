"""Gateway sessions: which shard they are for, which events they get, and what they missed. No I/O here.

Source: "Gateway" and "Gateway Events" of Discord's documentation (snapshot of 2026-08-06).
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.adapters.discord import objects
from tests.adapters.discord.messages import is_hidden
from tests.adapters.discord.world import Channel, Guild, Json, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT = 0, 1, 2, 3, 4, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11
GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 1, 1 << 9, 1 << 12
MESSAGE_CONTENT, SCHEDULED_EVENTS = 1 << 15, 1 << 16
PRIVILEGED: Final = GUILD_MEMBERS | 1 << 8 | MESSAGE_CONTENT
KNOWN_INTENTS: Final = (1 << 26) - 1
REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Close:
    """End a connection with this code, after all that was said before."""

    code: int


@dataclass(slots=True, eq=False)
class Session:
    """What READY began.

    Attributes:
        shard: (number, of how many).
        outbox: of the connection it has now; None while there is none: it may be resumed.
        log: what was sent, for a replay.
    """

    id: str
    shard: tuple[int, int]
    intents: int
    outbox: "asyncio.Queue[Json | Close] | None"
    sequence: int = 0
    log: "deque[Json]" = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def is_for(self, guild_id: str | None) -> bool:
        """Whether events of a server (None: direct messages) come to this shard."""
        number, count = self.shard
        return (int(guild_id) >> 22) % count == number if guild_id else number == 0

    def say(self, event: str, data: Json) -> None:
        """Send an event, or keep it until the session is resumed."""
        self.sequence += 1
        message = {"op": DISPATCH, "t": event, "s": self.sequence, "d": data}
        self.log.append(message)
        if self.outbox is not None:
            self.outbox.put_nowait(message)

    def missed(self, sequence: int) -> Iterator[Json]:
        """What was sent after *sequence*."""
        return (message for message in self.log if message["s"] > sequence)


def intent_of(event: str, guild_id: str | None) -> int:
    """The intent an event needs; 0 for those that always come."""
    if event.startswith("MESSAGE_"):
        return GUILD_MESSAGES if guild_id else DIRECT_MESSAGES
    for prefix, intent in (
        ("GUILD_MEMBER_", GUILD_MEMBERS),
        ("GUILD_SCHEDULED_EVENT_", SCHEDULED_EVENTS),
        ("GUILD_", GUILDS),
        ("CHANNEL_", GUILDS),
        ("THREAD_", GUILDS),
    ):
        if event.startswith(prefix):
            return intent
    return 0


@dataclass(slots=True)
class Sessions:
    """All sessions of the bot, those without a connection too.

    Attributes:
        known: in order of their IDENTIFY; several may have the same shard.
    """

    world: World
    known: list[Session] = field(default_factory=list)

    def ready(self, session: Session, resume_url: str) -> None:
        """READY, and the servers of the shard."""
        world = self.world
        guilds = [one for one in world.guilds_of(world.app.bot_id) if session.is_for(one.id)]
        session.say(
            "READY",
            {
                "v": 10,
                "user": objects.myself(world),
                "user_settings": {},
                "session_type": "normal",
                "session_id": session.id,
                "resume_gateway_url": resume_url,
                "shard": list(session.shard),
                "private_channels": [],
                "relationships": [],
                "presences": [],
                "guilds": [{"id": one.id, "unavailable": True} for one in guilds],
                "application": {"id": world.app.id, "flags": 0},
            },
        )
        if session.intents & GUILDS:
            for one in guilds:
                session.say("GUILD_CREATE", objects.guild_create(world, one))

    def announce(self, event: str, channel: Channel | None, guild: Guild | None, data: Json) -> None:
        """Send an event to whom it concerns and who asked for it."""
        if channel and not self.world.sees(self.world.app.bot_id, channel):
            return
        guild_id = guild.id if guild else channel.guild_id if channel else None
        needed = intent_of(event, guild_id)
        for session in self.known:
            if session.is_for(guild_id) and session.intents & needed == needed:
                session.say(event, self._readable(session, event, data))

    def _readable(self, session: Session, event: str, data: Json) -> Json:
        if event not in ("MESSAGE_CREATE", "MESSAGE_UPDATE") or session.intents & MESSAGE_CONTENT:
            return data
        mentions = tuple(one["id"] for one in data["mentions"])
        if not is_hidden(self.world, data["author"]["id"], data["channel_id"], mentions):
            return data
        return {**data, "content": "", "embeds": [], "components": [], "attachments": []}

    def interact(self, payload: Json) -> int:
        """INTERACTION_CREATE to every session of the shard; returns to how many.

        Two processes with one token and the same shard both get it: so come double answers (40060).
        """
        guild = self.world.guilds.get(payload.get("guild_id") or "")
        is_inside = guild is not None and self.world.app.bot_id in guild.members
        guild_id = guild.id if guild and is_inside else None
        told = [session for session in self.known if session.is_for(guild_id)]
        for session in told:
            session.say("INTERACTION_CREATE", payload)
        return len(told)

    def members_chunk(self, session: Session, asked: Json) -> None:
        """GUILD_MEMBERS_CHUNK, in one chunk."""
        guild = self.world.guilds[str(asked["guild_id"])]
        wanted: Any = asked.get("user_ids") or guild.members
        ids = {str(one) for one in (wanted if isinstance(wanted, list) else [wanted])}
        found = [objects.member(self.world, guild, who) for who in guild.members if who in ids]
        data = {"guild_id": guild.id, "members": found, "chunk_index": 0, "chunk_count": 1}
        session.say("GUILD_MEMBERS_CHUNK", {**data, "nonce": asked.get("nonce")})
