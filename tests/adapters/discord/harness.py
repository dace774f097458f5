"""Discord on one loopback port: servers, their people, and an app that is under test.

async with playing_discord() as discord:            # start the app with discord.api_base_url and .gateway_url
    discord.over_http("http://127.0.0.1:8080/discord/interactions")      # or nothing: over the gateway
    ack = await discord.host.command("meet", ROOM, {"with": discord.guest, "length": 30})
    card = await discord.until(lambda: discord.guest.sees(ROOM))
    await discord.guest.press(card[0].id, "2")
    assert discord.violations == []
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import aiohttp
from aiohttp.test_utils import TestServer

from tests.adapters.discord import objects, payloads
from tests.adapters.discord.applications import owners
from tests.adapters.discord.delivering import NOT_SENT, Ack, GatewayWay, HttpWay, Poster, Way, over_network
from tests.adapters.discord.faults import Buckets, Faults
from tests.adapters.discord.gateway import Gateway
from tests.adapters.discord.interactions import Interaction, Interactions
from tests.adapters.discord.messages import Messages
from tests.adapters.discord.people import MODAL, Shown, Someone
from tests.adapters.discord.permissions import NONE
from tests.adapters.discord.rest import PREFIX, Rest
from tests.adapters.discord.sessions import Session, Sessions, intent_of
from tests.adapters.discord.world import (
    GROUP_DM,
    PUBLIC_THREAD,
    TEXT,
    App,
    Call,
    Channel,
    Clock,
    Guild,
    Message,
    Person,
    World,
)

Found = TypeVar("Found")
GUILD: Final = "1200000000000000001"
ROOM: Final = "1200000000000000002"
HOST, GUEST, SECOND = "1100000000000000001", "1100000000000000002", "1100000000000000003"
PATIENCE_SECONDS: Final = 10.0


@dataclass(slots=True, repr=False)
class Discord:
    """The whole of it.

    Attributes:
        way: how interactions reach the app: the gateway unless `over_http` or `straight_into` said otherwise.
        sent: every interaction with how it was answered.
    """

    world: World
    faults: Faults
    buckets: Buckets
    interactions: Interactions
    gateway: Gateway
    session: aiohttp.ClientSession
    way: Way
    sent: list[Ack] = field(default_factory=list)
    _someone: dict[str, Someone] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def api_base_url(self) -> str:
        """What replaces `https://discord.com/api/v10`."""
        return f"{self.world.address}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        """What replaces `wss://gateway.discord.gg/`."""
        return self.gateway.url

    @property
    def app(self) -> App:
        """The app: ids, token, public key, privileged intents, registered commands."""
        return self.world.app

    @property
    def violations(self) -> list[str]:
        """What was wrong with payloads of the app, in order."""
        return self.world.violations

    @property
    def sessions(self) -> list[Session]:
        """The gateway sessions, those that wait to be resumed too."""
        return self.gateway.sessions.known

    def calls(self, route: str | None = None) -> list[Call]:
        """Calls of the REST API so far; of one route (see `faults`)."""
        return [one for one in self.world.calls if route in (None, one.route)]

    def over_http(self, url: str) -> HttpWay:
        """From now on send signed requests to *url*."""
        return self.straight_into(over_network(self.session, url))

    def straight_into(self, post: Poster) -> HttpWay:
        """From now on hand signed requests (body, headers) to *post*."""
        self.way = way = HttpWay(self.interactions, post)
        return way

    def over_gateway(self) -> None:
        """From now on send INTERACTION_CREATE."""
        self.way = GatewayWay(self.interactions, self.gateway.sessions)

    def add_person(self, user_id: str, name: str, **about: Any) -> Someone:
        """An account; *about* are attributes of `Person`."""
        self.world.people[user_id] = person = Person(user_id, name, **about)
        self._someone[user_id] = made = Someone(self, person)
        return made

    def add_guild(
        self, guild_id: str, name: str, members: Iterable[Someone], *, has_bot: bool = True
    ) -> Guild:
        """A server of these people (the first one owns it), with the bot."""
        inside = [one.id for one in members]
        self.world.guilds[guild_id] = made = Guild(guild_id, name, inside[0], members=inside)
        if has_bot:
            self.install(made)
        return made

    def add_channel(
        self,
        channel_id: str,
        name: str,
        guild_id: str = GUILD,
        members: Iterable[Someone] | None = None,
        *,
        kind: int = TEXT,
        parent_id: str | None = None,
    ) -> Channel:
        """A channel of a server, for *members* and the bot only (and the owner), or for everybody."""
        inside = None if members is None else [self.app.bot_id, *(one.id for one in members)]
        made = Channel(channel_id, name, kind, guild_id, inside, parent_id=parent_id)
        self.world.channels[channel_id] = made
        event = "CHANNEL_CREATE" if parent_id is None else "THREAD_CREATE"
        self.world.announce(event, made, None, objects.channel(self.world, made))
        return made

    def add_thread(self, channel_id: str, name: str, parent_id: str) -> Channel:
        """A public thread of a channel."""
        guild_id = self.world.channels[parent_id].guild_id or GUILD
        return self.add_channel(channel_id, name, guild_id, kind=PUBLIC_THREAD, parent_id=parent_id)

    def add_role(
        self,
        role_id: str,
        members: Iterable[Someone],
        permissions: frozenset[str] = NONE,
        guild_id: str = GUILD,
    ) -> str:
        """A role of a server, given to *members*; its id."""
        guild = self.world.guilds[guild_id]
        guild.roles[role_id] = permissions
        for one in members:
            guild.roles_of.setdefault(one.id, []).append(role_id)
        return role_id

    def add_group(self, channel_id: str, name: str, members: Iterable[Someone]) -> Channel:
        """A group DM; bots are never in one: the app is there by user installs alone."""
        made = Channel(channel_id, name, GROUP_DM, members=[one.id for one in members])
        self.world.channels[channel_id] = made
        return made

    def install(self, guild: Guild) -> None:
        """Bring the bot into a server: GUILD_CREATE."""
        guild.members.append(self.app.bot_id)
        self.world.announce("GUILD_CREATE", None, guild, objects.guild_create(self.world, guild))

    def uninstall(self, guild: Guild) -> None:
        """Take the bot out of a server: GUILD_DELETE, and 50001 from then on."""
        guild.members.remove(self.app.bot_id)
        self.world.announce("GUILD_DELETE", None, guild, {"id": guild.id})

    def someone(self, user_id: str) -> Someone:
        """A person by id."""
        return self._someone[user_id]

    @property
    def guild(self) -> Guild:
        """The first server."""
        return self.world.guilds[GUILD]

    @property
    def room(self) -> Channel:
        """Its channel `ROOM`."""
        return self.world.channels[ROOM]

    @property
    def host(self) -> Someone:
        """Berlin, German."""
        return self.someone(HOST)

    @property
    def guest(self) -> Someone:
        """New York, American English."""
        return self.someone(GUEST)

    @property
    def second_guest(self) -> Someone:
        """Kolkata, British English."""
        return self.someone(SECOND)

    async def act(
        self,
        person: Person,
        channel: Channel,
        kind: int,
        data: dict[str, Any],
        message: Message | None = None,
        **about: Any,
    ) -> Ack:
        """Deliver what somebody did, and wait for the first answer."""
        if not owners(self.world, person, channel):
            return NOT_SENT
        return await self.deliver(
            payloads.interaction(self.world, person, channel, kind, data, message, **about)
        )

    async def deliver(self, interaction: Interaction) -> Ack:
        """Deliver an interaction that was made up."""
        self.interactions.begin(interaction)
        self.touch()
        ack = await self.way.send(interaction)
        self.sent.append(ack)
        self.touch()
        return ack

    async def again(self) -> Ack:
        """Deliver the last interaction once more, the same in every byte."""
        return await self.way.send(self.interactions.all[-1])

    def hearers(self, channel: Channel) -> int:
        """How many sessions hear what is said in a channel."""
        if not self.world.sees(self.app.bot_id, channel):
            return 0
        needed = intent_of("MESSAGE_CREATE", channel.guild_id)
        return sum(1 for one in self.sessions if one.is_for(channel.guild_id) and one.intents & needed)

    def pass_time(self, by: timedelta) -> None:
        """Let everything Discord minted so far (interactions, their tokens) grow older."""
        self.world.clock.ahead += by
        self.interactions.look_at_the_clock()

    def touch(self) -> None:
        """Let those who wait look again."""
        self._changed.set()

    async def until(self, found: Callable[[], Found], seconds: float = PATIENCE_SECONDS) -> Found:
        """The first truthy value of *found*, asked again after each call, answer and gateway message."""
        try:
            async with asyncio.timeout(seconds):
                while not (result := found()):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            last = [(one.route, one.code) for one in self.world.calls[-8:]]
            raise AssertionError(f"did not happen within {seconds} s; last calls: {last}") from None
        return result


@asynccontextmanager
async def playing_discord(
    now: Callable[[], datetime] | None = None, app: App | None = None
) -> AsyncIterator[Discord]:
    """Discord with one server: host, guest, second guest and the bot, and the channel `ROOM`.

    Args:
        now: the aware instant everybody lives in; the real one by default.
    """
    world = World(app or App(), Clock(now or (lambda: datetime.now(UTC))))
    world.people[world.app.bot_id] = Person(world.app.bot_id, "parley", is_bot=True)
    interactions, sessions = Interactions(world, Messages(world)), Sessions(world)
    gateway = Gateway(world, sessions)
    parts = (Faults(), Buckets(), interactions, gateway)
    async with aiohttp.ClientSession() as session:
        discord = Discord(world, *parts, session, GatewayWay(interactions, sessions))
        world.changed, world.announce = discord.touch, sessions.announce
        rest = Rest(world, interactions, gateway, discord.faults, discord.buckets)
        server = TestServer(rest.application(), host="127.0.0.1")
        await server.start_server()
        world.address = str(server.make_url("")).rstrip("/")
        _populate(discord)
        try:
            yield discord
        finally:
            await gateway.close()
            await server.close()


def _populate(discord: Discord) -> None:
    people = [
        discord.add_person(HOST, "host", tz="Europe/Berlin", locale="de"),
        discord.add_person(GUEST, "guest", tz="America/New_York"),
        discord.add_person(SECOND, "second-guest", tz="Asia/Kolkata", locale="en-GB"),
    ]
    discord.add_guild(GUILD, "First", people)
    discord.add_channel(ROOM, "logo-design")


__all__ = ["GUILD", "MODAL", "ROOM", "Discord", "Shown", "Someone", "playing_discord"]
