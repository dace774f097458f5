"""What calls Discord, wired to the Discord that is played: for tests of one module without the rest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.chat.discord.answers import Answers
from adapters.chat.discord.attempts import Attempts
from adapters.chat.discord.client import DiscordClient
from adapters.chat.discord.commands import commands
from adapters.chat.discord.drafts import Way
from adapters.chat.discord.members import Members
from adapters.chat.discord.names import Path
from adapters.chat.discord.people import People
from adapters.chat.discord.referrals import Referrals
from adapters.chat.discord.rest import Rest
from adapters.chat.discord.visits import Visits
from adapters.chat.discord.ways import Ways
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, line
from scheduling_core.deliveries import Message
from scheduling_core.ports import Store
from scheduling_core.refs import PersonRef, RoomRef
from tests.adapters.discord.by_hand import ByHand, interaction_of
from tests.adapters.discord.cards import CODEC, GUEST, ROOM
from tests.adapters.discord.delivering import Ack
from tests.adapters.discord.harness import ROOM as CHANNEL
from tests.adapters.discord.harness import Discord, Someone, playing_discord

BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)
THINKING = {"type": 5, "data": {"flags": 64}}
WORKING = {"type": 6}


@dataclass(slots=True)
class Watch:
    """A clock that goes when it is told to."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def go(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything of one test."""

    discord: Discord
    app: ByHand
    watch: Watch
    rest: Rest
    client: DiscordClient
    answers: Answers
    people: People
    visits: Visits
    ways: Ways

    async def commands(self, someone: Someone | None = None, channel: str = CHANNEL) -> Path:
        """The guest, or *someone*, types the command; the way back to their screen."""
        self.app.answers = lambda _body: THINKING
        return self.path_of(await (someone or self.discord.guest).command("meet", channel), channel)

    async def presses(self, on: str, message_id: str) -> Path:
        """The guest presses the button of their private message *on*, which is *message_id* for us."""
        self.app.answers = lambda _body: WORKING
        return self.path_of(await self.discord.guest.press(on, "Confirm"), CHANNEL, message_id)

    def path_of(self, ack: Ack, channel: str, message_id: str = "") -> Path:
        """As a delivery carries it."""
        way = Way(self.discord.app.id, interaction_of(ack).token, message_id, channel)
        return way.path(self.watch.now)

    def calls(self, route: str) -> int:
        """How often Discord was asked."""
        return len(self.discord.calls(route))


@asynccontextmanager
async def calling_discord(store: Store) -> AsyncIterator[Desk]:
    """Discord with a client beside it; nothing the client sent may be wrong."""
    watch = Watch()
    async with playing_discord(now=watch) as discord:
        app = ByHand(discord)
        await app.register(*commands("/meet"))
        discord.straight_into(app.post)
        rest = Rest(discord.app.token, watch, base_url=discord.api_base_url)
        visits, ways = Visits(store), Ways(store)
        attempts = Attempts(store)
        referrals = Referrals(rest, attempts, "/meet")
        client = DiscordClient(rest, CODEC, watch, visits, ways, attempts, referrals)
        people = People(Members(rest, watch))
        yield Desk(discord, app, watch, rest, client, Answers(rest, watch), people, visits, ways)
        await rest.close()
        assert discord.violations == []


def card(*words: str) -> Card:
    """Lines, and one button."""
    button = Button("Confirm", Action("confirm", ("h1",)), reply="yes")
    return Card((*map(line, words), Buttons((button,))))


def public(words: str | None = "Pick a time", revision: int = 1, room: RoomRef = ROOM) -> Message:
    """A message for the whole room; None takes it away."""
    return Message("m_public", revision, room, None, card(words) if words else None)


def private(
    words: str | None = "Is this right?",
    revision: int = 1,
    room: RoomRef = ROOM,
    reader: PersonRef = GUEST,
    message_id: str = "m_private",
) -> Message:
    """A message for the guest alone; None takes it away."""
    return Message(message_id, revision, room, reader, card(words) if words else None)
