"""What Slack knows: the app, workspaces with their people, channels and messages. No I/O here.

One `World` may hold several workspaces; the app is installed in each with a token of its own.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["public", "private", "im", "mpim"]
CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}

SCOPES = frozenset(
    [
        "commands",
        "chat:write",
        "im:write",
        "app_mentions:read",
        "users:read",
        "users:read.email",
        "channels:read",
        "groups:read",
        "im:read",
        "mpim:read",
        "channels:history",
        "groups:history",
        "im:history",
        "mpim:history",
    ]
)
EVENTS = frozenset(
    [
        "app_mention",
        "message.im",
        "message.mpim",
        "message.channels",
        "message.groups",
        "app_home_opened",
        "member_joined_channel",
        "member_left_channel",
        "user_change",
        "app_uninstalled",
        "tokens_revoked",
    ]
)


class Refusal(Exception):
    """Slack says no.

    Attributes:
        error: the code in the answer.
        more: further members of the answer.
    """

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


@dataclass(slots=True)
class Clock:
    """Slack's own time.

    Attributes:
        now: the aware instant the tests live in; requests are signed with it.
        ahead: how much older everything Slack has minted became since (`Slack.pass_time`).
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ahead: timedelta = timedelta()

    def seconds(self) -> float:
        """Unix time, *ahead* included."""
        return (self.now() + self.ahead).timestamp()


@dataclass(slots=True)
class App:
    """The app as its configuration page has it.

    Attributes:
        events: which it is subscribed to, `message.im` style.
        commands: its slash commands, each with "/".
        redirect_uri: where the authorize page sends people when the app names no address itself.
        most_listed: messages in a page of history or replies; 15 for an app sold outside the marketplace.
        lists_once_a_minute: such an app may ask for one page a minute.
    """

    id: str = "A0PARLEY1"
    signing_secret: str = "8f742231b10e8888abcd99yyyzzz85a5"
    verification_token: str = "verification-token"
    client_id: str = "111.222"
    client_secret: str = "the-client-secret"
    app_token: str = "xapp-1-A0PARLEY1-1-abc"
    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = EVENTS
    commands: frozenset[str] = frozenset({"/meet"})
    has_home_tab: bool = True
    redirect_uri: str = ""
    most_listed: int = 999
    lists_once_a_minute: bool = False

    def take_manifest(self, manifest: Json) -> None:
        """Have exactly the scopes, events, commands and Home tab of a manifest.

        Source: manifest schema v2 of slackapi/manifest-schema.
        """
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        self.scopes = frozenset(manifest["oauth_config"]["scopes"]["bot"])
        self.events = frozenset(settings.get("event_subscriptions", {}).get("bot_events", ()))
        self.commands = frozenset(one["command"] for one in features.get("slash_commands", ()))
        self.has_home_tab = bool(features.get("app_home", {}).get("home_tab_enabled"))


@dataclass(slots=True)
class View:
    """A modal or a Home tab as somebody has it open.

    Attributes:
        body: what the app sent, ids filled in.
        entered: block_id → action_id → state value.
    """

    id: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    entered: dict[str, dict[str, Json]] = field(default_factory=dict)


@dataclass(slots=True)
class Message:
    """A message in a channel.

    Attributes:
        user: who wrote it.
        reader: the one person who sees it (an ephemeral), or None for the whole channel.
        metadata: `event_type` and `event_payload`, or None.
        entered: person → block_id → action_id → state value.
    """

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    edited: Json | None = None
    reader: str | None = None
    entered: dict[str, dict[str, dict[str, Json]]] = field(default_factory=dict)


@dataclass(slots=True)
class Person:
    """A member, a guest, or somebody of another workspace.

    Attributes:
        team_id: where the account lives; elsewhere the person is a stranger (Slack Connect).
        is_restricted: a guest; is_ultra_restricted, one of a single channel.
        is_away: ephemerals do not reach them.
        ephemerals: those still on their screen.
        stack: open modals, the top one last.
        home: the Home tab per workspace of the app.
    """

    id: str
    name: str
    team_id: str
    tz: str = "Europe/Berlin"
    locale: str = "en-US"
    email: str | None = None
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    is_away: bool = False
    ephemerals: list[Message] = field(default_factory=list)
    stack: list[View] = field(default_factory=list)
    home: dict[str, View] = field(default_factory=dict)


@dataclass(slots=True)
class Channel:
    """A conversation; one object also where two workspaces share it."""

    id: str
    name: str
    kind: Kind
    members: list[str] = field(default_factory=list)
    is_archived: bool = False
    team_ids: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)


@dataclass(slots=True, repr=False)
class Team:
    """A workspace with the app installed.

    Attributes:
        token: the bot's, or "" where the app is not installed.
        token_error: answered to every call with the token, when set.
    """

    id: str
    domain: str
    bot_user_id: str
    bot_id: str
    token: str = ""
    scopes: frozenset[str] = frozenset()
    token_error: str | None = None
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)

    def person(self, user_id: str) -> Person:
        """One of its people; strangers are known here too."""
        return self.people[user_id]


@dataclass(slots=True)
class Trigger:
    """What opens a modal: once, within three seconds."""

    team: Team
    person: Person
    minted_at: float
    is_used: bool = False
    in_modal: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Web API or of a response_url (method `response_url`), in order of arrival."""

    method: str
    team_id: str
    args: Json
    error: str | None


@dataclass(slots=True, repr=False)
class World:
    """Everything, and what was wrong with what the app sent.

    Attributes:
        address: `http://127.0.0.1:port` of the server.
        violations: `method: [ERROR] rule [json-pointer:…]`.
        changed: called whenever the app did something, so that waiting tests look again.
    """

    app: App
    clock: Clock
    address: str = ""
    teams: dict[str, Team] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    changed: Callable[[], None] = lambda: None
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def mint(self, prefix: str) -> str:
        """A new id such as `V00000007`."""
        return f"{prefix}{next(self._numbers):08d}"

    def ts(self) -> str:
        """A new message timestamp, later than all before it."""
        return f"{int(self.clock.seconds())}.{next(self._numbers):06d}"

    def trigger(self, team: Team, person: Person, *, in_modal: bool = False) -> str:
        """Mint a trigger_id."""
        minted = f"{next(self._numbers)}.{team.id}.{person.id}"
        self.triggers[minted] = Trigger(team, person, self.clock.seconds(), in_modal=in_modal)
        return minted

    def team_of_token(self, token: str) -> Team:
        """Whose bot token this is.

        Raises:
            Refusal: not_authed, invalid_auth, or what the token is in trouble with.
        """
        if not token:
            raise Refusal("not_authed")
        for team in self.teams.values():
            if team.token == token:
                if team.token_error:
                    raise Refusal(team.token_error)
                return team
        raise Refusal("invalid_auth")

    def blame(self, where: str, rules: Iterable[object]) -> None:
        """Remember what was wrong."""
        self.violations += [f"{where}: {rule}" for rule in rules]

    def post(self, team: Team, channel: Channel, **content: Any) -> Message:
        """A message of the bot for everybody in the channel."""
        message = Message(self.ts(), channel.id, team.bot_user_id, **content)
        channel.messages[message.ts] = message
        return message

    def whisper(self, team: Team, channel_id: str, person: Person, **content: Any) -> Message:
        """An ephemeral of the bot; somebody who is away never gets it."""
        message = Message(self.ts(), channel_id, team.bot_user_id, reader=person.id, **content)
        if not person.is_away:
            person.ephemerals.append(message)
        return message
