"""The whole Discord adapter, by HTTP, between a recording inbox and the Discord that is played."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.chat.discord import DiscordRooms, DiscordSettings, build
from adapters.chat.discord.commands import commands
from adapters.chat.discord.names import PRESS, USERS, custom_id, mark_of
from adapters.chat.discord.render import FILL_IN, THEN_LABEL
from scheduling_core.chat_ports import Request
from scheduling_core.deliveries import Message
from scheduling_core.ports import Store
from scheduling_core.refs import PersonRef, RoomRef
from tests.adapters.discord.by_hand import ByHand
from tests.adapters.discord.cards import CODEC, GUILD
from tests.adapters.discord.cards import ROOM as CHANNEL
from tests.adapters.discord.delivering import Ack, HttpWay, Posted, Poster
from tests.adapters.discord.faults import EVERYWHERE, RateLimited, ServerError
from tests.adapters.discord.harness import HOST, ROOM, Discord, Shown, Someone, playing_discord
from tests.adapters.discord.interactions import Interaction
from tests.contracts.chat import OnScreen, Outcome, RecordingInbox, Side, Trouble

FORGED = custom_id(PRESS, "m_1", "1.pick.mAb3.5.AAAAAAAAAAAAAAAA") or ""


@dataclass(slots=True)
class Clock:
    """The real time, which signatures are over, and more when told to."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Kept:
    """A platform whose messages the inbox knows, as the bot keeps them: forms are made from them."""

    def __init__(self, rooms: DiscordRooms, inbox: RecordingInbox) -> None:
        self._inbox = inbox
        self._show = rooms.show
        self.name, self.knows_repeats = rooms.name, rooms.knows_repeats
        self.routes, self.is_listening, self.heard = rooms.routes, rooms.is_listening, rooms.heard
        self.start, self.stop, self.close = rooms.start, rooms.stop, rooms.close

    async def show(self, message: Message, shown_as: str | None, path: str = "") -> str | None:
        """As the platform."""
        self._inbox.messages[message.id] = message
        return await self._show(message, shown_as, path)


@dataclass(slots=True)
class DiscordSide(Side):
    """`Side` for Discord: the host acts in the channel.

    Attributes:
        told: messages as the gateway would tell them.
    """

    platform: Kept
    inbox: RecordingInbox
    discord: Discord
    way: HttpWay
    clock: Clock
    told: list[dict[str, Any]]
    room: RoomRef = CHANNEL
    actor: PersonRef = field(default_factory=lambda: PersonRef(USERS, HOST))
    _sent: dict[str, Interaction] = field(default_factory=dict)

    @property
    def host(self) -> Someone:
        """Who acts."""
        return self.discord.host

    async def command(self, text: str, delivery_id: str = "d-1", *, signed: bool = True) -> Outcome:
        """See `Side`; the same id again is the same payload again."""
        if not signed:
            await self.host.command("meet", ROOM)
            await self.platform.stop()
            self.inbox.deliveries.clear()
            return Outcome(
                (await self.way.forge(self.discord.interactions.all[-1], "unsigned")).status == 200
            )
        before = self._seen()
        if delivery_id in self._sent:
            ack = await self.way.send(self._sent[delivery_id])
        else:
            _, _, rest = text.partition(" ")
            ack = await self.host.command("meet", ROOM, {"text": rest} if rest else {})
            assert ack.interaction
            self._sent[delivery_id] = ack.interaction
        return await self._outcome(ack, before)

    async def say(self, text: str, reply_to: str | None = None, delivery_id: str = "d-1") -> Outcome:
        """See `Side`: by mention, as the gateway tells it."""
        before, root = self._seen(), self.shown(reply_to) if reply_to else None
        if root and reply_to:
            self.inbox.shown_as[GUILD, f"{ROOM}:{root.id}"] = reply_to
        await self.host.mention(text, ROOM, root.id if root else None)
        await self.platform.heard("MESSAGE_CREATE", self.told[-1])
        return await self._outcome(Ack(200), before)

    async def press(
        self, message_id: str, label: str, inputs: dict[str, str], delivery_id: str = "d-1"
    ) -> Outcome:
        """See `Side`; what is typed goes through the form, in which the button is chosen."""
        before, shown = self._seen(), self.shown(message_id)
        assert shown
        if not inputs:
            return await self._outcome(await self.host.press(shown.id, label), before)
        await self.host.press(shown.id, FILL_IN)
        typed = {name.capitalize(): value for name, value in inputs.items()}
        return await self._outcome(await self.host.submit({**typed, THEN_LABEL: label}), before)

    async def press_forged(self, message_id: str, delivery_id: str = "d-1") -> Outcome:
        """See `Side`."""
        before, shown = self._seen(), self.shown(message_id)
        assert shown
        return await self._outcome(await self.host.forge_press(shown.id, FORGED), before)

    def screen(self, message_id: str) -> OnScreen | None:
        """See `Side`."""
        shown = self.shown(message_id)
        is_everybodys = shown in self.discord.guest.sees(ROOM)
        reader = None if is_everybodys else self.actor
        return OnScreen(reader, shown.words, shown.buttons) if shown else None

    def trouble(self, kind: Trouble | None) -> None:
        """See `Side`."""
        self.discord.faults.clear()
        match kind:
            case "unavailable":
                self.discord.faults.add(EVERYWHERE, ServerError(503), None)
            case "busy":
                self.discord.faults.add(EVERYWHERE, RateLimited(7), None)
            case "gone":
                self.discord.uninstall(self.discord.guild)
            case _:
                self.clock.ahead += timedelta(minutes=1)

    def shown(self, message_id: str) -> Shown | None:
        """The message with our id, wherever the host sees it."""
        seen = [*self.host.sees(ROOM), *self.host.sees_directly()]
        return next((one for one in seen if is_marked(one, message_id)), None)

    def _seen(self) -> set[str]:
        return {one.id for one in self.host.sees(ROOM) if not one.is_loading}

    async def _outcome(self, ack: Ack, before: set[str]) -> Outcome:
        await self.platform.stop()
        seen = [one for one in self.host.sees_privately(ROOM) if not one.is_loading]
        return Outcome(ack.is_accepted, tuple(one.words for one in seen if one.id not in before))


def is_marked(shown: Shown, message_id: str) -> bool:
    """Whether it is this message of ours."""
    return any(one.get("id") == mark_of(message_id) for one in shown.components[:1])


def settings_for(discord: Discord, **about: Any) -> DiscordSettings:
    """The app as it is configured; HTTP unless said otherwise."""
    app = discord.app
    known = {"token": app.token, "application_id": app.id, "public_key": app.public_key}
    return DiscordSettings(**{**known, "mode": "http", "api_base_url": discord.api_base_url, **about})


def into(rooms: DiscordRooms) -> Poster:
    """Straight into its address."""
    route = rooms.routes()[0]

    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        lower = {name.lower(): value for name, value in headers.items()}
        answer = await route.handle(Request(route.method, route.path, lower, body, {}))
        return answer.status, {"Content-Type": answer.content_type, **answer.headers}, answer.body

    return post


@asynccontextmanager
async def discord_side(store: Store, inbox: RecordingInbox | None = None) -> AsyncIterator[DiscordSide]:
    """One server with the bot; nothing that Discord refuses may have been sent."""
    async with playing_discord() as discord:
        inbox, clock = inbox or RecordingInbox(), Clock()
        await ByHand(discord).register(*commands("/meet"))
        rooms = build(settings_for(discord), inbox, store, CODEC, clock)
        told: list[dict[str, Any]] = []
        announce = discord.world.announce

        def heard(event: str, *about: Any) -> None:
            announce(event, *about)
            if event == "MESSAGE_CREATE":
                told.append(about[-1])

        discord.world.announce = heard
        way = discord.straight_into(into(rooms))
        yield DiscordSide(Kept(rooms, inbox), inbox, discord, way, clock, told)
        await rooms.stop()
        await rooms.close()
        assert discord.violations == []
