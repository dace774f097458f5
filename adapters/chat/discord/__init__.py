"""Discord: servers, threads and direct messages, over the gateway or by HTTP interactions."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

from adapters.chat.discord import endpoint, portal
from adapters.chat.discord.attempts import Attempts
from adapters.chat.discord.client import DiscordClient
from adapters.chat.discord.listeners import Desk, Listeners
from adapters.chat.discord.members import Members
from adapters.chat.discord.names import PLATFORM, is_person
from adapters.chat.discord.payloads import App
from adapters.chat.discord.people import People
from adapters.chat.discord.referrals import Referrals
from adapters.chat.discord.rest import API_BASE_URL, Rest, TokenRefused
from adapters.chat.discord.scheduled_events import ScheduledEvents
from adapters.chat.discord.sync import Sync
from adapters.chat.discord.visits import Visits
from adapters.chat.discord.ways import Ways
from scheduling_core.actions import ActionCodec
from scheduling_core.chat_ports import Inbox, Notice, Posted, Route
from scheduling_core.deliveries import Message
from scheduling_core.errors import ProviderError, Rejected
from scheduling_core.ports import Store
from scheduling_core.refs import RoomRef

OPEN_SECONDS: Final = 3.0

__all__ = ["DiscordRooms", "DiscordSettings", "build", "check"]


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """Everything Discord has to be told, and we of it.

    Attributes:
        token: of the bot.
        application_id: of the app, as the developer portal shows it.
        public_key: of its interactions; needed with mode `http`.
        shards: how many connections share the servers; None: as many as Discord recommends.
        command: the word people type in Discord, `/meet`.
        neutral_command: the word every line that arrives begins with.
        public_url: where people reach this server, without a slash at the end.
        gateway_url: all connections go there; "" is where Discord says.
        scheduled_events: the bot is to have the permission for events of the server.
    """

    token: str = field(repr=False)
    application_id: str
    public_key: str = ""
    mode: Literal["gateway", "http"] = "gateway"
    shards: int | None = None
    command: str = "/meet"
    neutral_command: str = "/meet"
    public_url: str = ""
    api_base_url: str = API_BASE_URL
    gateway_url: str = ""
    scheduled_events: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if not self.token or not is_person(self.application_id):
            raise ValueError("Discord needs a token and the application's id, a number of 15 to 20 digits")
        if self.mode == "http" and not self.public_key:
            raise ValueError("Discord needs the public key with mode http")
        if self.public_key:
            endpoint.read_public_key(self.public_key)
        if self.shards is not None and self.shards < 1:
            raise ValueError("Discord needs one shard at least")


class Connection(Protocol):
    """What listens where Discord does not call us."""

    async def start(self) -> None: ...

    def is_listening(self) -> bool: ...

    async def stop(self) -> None: ...


def build(
    settings: DiscordSettings, inbox: Inbox, store: Store, codec: ActionCodec, clock: Callable[[], datetime]
) -> "DiscordRooms":
    """The platform of all servers of one bot; only inside the running loop.

    Args:
        store: keeps what outlives a process; stays the caller's to close.
    """
    rest = Rest(settings.token, clock, base_url=settings.api_base_url)
    visits, ways, members = Visits(store), Ways(store), Members(rest, clock)
    attempts = Attempts(store)
    referrals = Referrals(rest, attempts, settings.command)
    client = DiscordClient(rest, codec, clock, visits, ways, attempts, referrals)

    def app() -> App:
        bot = rest.bot_id or settings.application_id
        return App(settings.application_id, bot, settings.neutral_command)

    desk = Desk(inbox, client, client.answers, People(members), visits, ways, codec, clock, app)
    events = ScheduledEvents(rest, members, visits, clock)
    return DiscordRooms(settings, rest, client, Listeners(desk), events, store, clock)


async def check(settings: DiscordSettings, clock: Callable[[], datetime]) -> str:
    """Whose token this is, for an operator to read.

    Raises:
        Rejected: Discord refuses the token, the id or the key is another app's, or interactions go elsewhere.
        Unavailable: Discord does not answer.
    """
    address = portal.address(settings.public_url) if settings.mode == "http" else ""
    rest = Rest(settings.token, clock, base_url=settings.api_base_url)
    try:
        about = await rest.call("GET", "/applications/@me", {})
    except TokenRefused:
        raise Rejected(401, "token: Discord refuses it; copy it anew from the developer portal") from None
    finally:
        await rest.close()
    return portal.compared(
        about, settings.application_id, settings.public_key, address, with_events=settings.scheduled_events
    )


class DiscordRooms:
    """`ChatPlatform` and `EventBoard` for Discord."""

    name = PLATFORM
    knows_repeats = False

    def __init__(
        self,
        settings: DiscordSettings,
        rest: Rest,
        client: DiscordClient,
        listeners: Listeners,
        events: ScheduledEvents,
        store: Store,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._rest = rest
        self._client = client
        self._listeners = listeners
        self._events = events
        self._store = store
        self._clock = clock
        self._connection: Connection | None = None
        self._sync = Sync(rest, settings.application_id, settings.command, store)

    def routes(self) -> Sequence[Route]:
        """One address for interactions, unless they come over the gateway."""
        if self._settings.mode == "gateway":
            return ()
        made = endpoint.Endpoint(self._settings.public_key, self._listeners.answered, self._clock)
        return (Route("POST", endpoint.PATH, made.receive, endpoint.MAX_BODY_BYTES),)

    async def start(self) -> None:
        """Connect to the gateway, where interactions come that way; register commands that are new."""
        # So that the first interaction does not wait for it. Discord may be away; then that one asks.
        with suppress(ProviderError):
            await self._rest.call("GET", "/users/@me", {}, deadline_seconds=OPEN_SECONDS)
        self._sync.start()
        if self._settings.mode == "gateway":
            self._connection = self._gateway()
            await self._connection.start()

    def is_listening(self) -> bool:
        """See the port; the web server listens for what comes over HTTP."""
        return self._settings.mode == "http" or (
            self._connection is not None and self._connection.is_listening()
        )

    async def heard(self, event: str, data: Mapping[str, object]) -> None:
        """Take what the gateway told; see `Listeners.heard`."""
        await self._listeners.heard(event, data)

    async def show(self, message: Message, shown_as: str | None, path: str = "") -> str | None:
        """See the port and `DiscordClient.show`."""
        return await self._client.show(message, shown_as, path)

    async def post(self, room: RoomRef, notice: Notice, posted_as: str) -> Posted | None:
        """See `EventBoard.post`; the events of the room's server."""
        return await self._events.post(room, notice, posted_as)

    async def take_down(self, room: RoomRef, key: str, posted_as: str) -> None:
        """See `EventBoard.take_down`."""
        await self._events.take_down(room, key, posted_as)

    async def stop(self) -> None:
        """See the port."""
        await self._sync.stop()
        if self._connection is not None:
            await self._connection.stop()
        await self._listeners.drain()

    async def close(self) -> None:
        """See the port."""
        await self._rest.close()

    def _gateway(self) -> Connection:
        # 0.5 s that only those pay who use it.
        from adapters.chat.discord.gateway import Gateway

        return Gateway(
            token=self._settings.token,
            api_base_url=self._settings.api_base_url,
            gateway_url=self._settings.gateway_url,
            shards=self._settings.shards,
            store=self._store,
            clock=self._clock,
            heard=self.heard,
        )
