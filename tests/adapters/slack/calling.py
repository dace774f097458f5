"""What calls Slack, wired to the Slack that is played: for tests of one module without the rest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.chat.slack.client import SlackClient
from adapters.chat.slack.names import PLATFORM
from adapters.chat.slack.people import People
from adapters.chat.slack.web import WebApi, WorkspaceApi
from scheduling_core.actions import Action, ActionCodec
from scheduling_core.cards import Button, Buttons, Card, line
from scheduling_core.deliveries import Message
from scheduling_core.errors import Gone
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.slack.harness import ROOM, TEAM, Slack, playing_slack
from tests.adapters.slack.workspace import Team

BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)
FIRST = WorkspaceRef(PLATFORM, TEAM)
CODEC = ActionCodec(b"a key for tests")
CHANNEL = RoomRef(FIRST, ROOM)
GUEST = PersonRef(FIRST, "U0GUEST")


@dataclass(slots=True)
class Watch:
    """A clock that goes when it is told to."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def go(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


@dataclass(slots=True)
class Keys:
    """The tokens of the workspaces as Slack knows them.

    Attributes:
        old: a token to hand out until it is invalidated.
    """

    slack: Slack
    old: dict[WorkspaceRef, str] = field(default_factory=dict)

    async def token(self, workspace: WorkspaceRef) -> str:
        """See `Tokens.token`."""
        team = self.slack.world.teams.get(workspace.workspace)
        if team is None or not team.token:
            raise Gone("not installed")
        return self.old.get(workspace, team.token)

    def invalidate(self, workspace: WorkspaceRef) -> None:
        """See `Tokens.invalidate`."""
        self.old.pop(workspace, None)

    async def bot_user(self, workspace: WorkspaceRef) -> str:
        """What `People` wants to know."""
        return self.slack.world.teams[workspace.workspace].bot_user_id


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything of one test."""

    slack: Slack
    watch: Watch
    keys: Keys
    web: WebApi
    client: SlackClient
    people: People

    def calls(self, method: str, team: Team | None = None) -> int:
        """How often Slack was asked."""
        return len(self.slack.calls(method, team))


@asynccontextmanager
async def calling_slack() -> AsyncIterator[Desk]:
    """Slack with a client and people beside it; nothing the client sent may be wrong."""
    watch = Watch()
    async with playing_slack(now=watch) as slack:
        web = WebApi(watch, base_url=slack.api_base_url)
        keys = Keys(slack)
        api = WorkspaceApi(web, keys)
        people = People(api, keys.bot_user, watch)
        client = SlackClient(api, CODEC, watch, is_out=people.forget_channel)
        yield Desk(slack, watch, keys, web, client, people)
        await web.close()
        assert slack.violations == []


def card(*words: str) -> Card:
    """Lines, and one button."""
    button = Button("Confirm", Action("confirm", ("h1",)), reply="yes")
    return Card((*map(line, words), Buttons((button,))))


def public(words: str | None = "Pick a time", revision: int = 1, room: RoomRef = CHANNEL) -> Message:
    """A message for the whole room; None takes it away."""
    return Message("m_public", revision, room, None, card(words) if words else None)


def private(
    words: str | None = "Is this right?",
    revision: int = 1,
    room: RoomRef = CHANNEL,
    reader: PersonRef = GUEST,
    message_id: str = "m_private",
) -> Message:
    """A message for the guest alone; None takes it away."""
    return Message(message_id, revision, room, reader, card(words) if words else None)
