"""Slack on one loopback port: several workspaces, their people, and an app that is under test.

async with playing_slack() as slack:
    slack.over_http("http://127.0.0.1:8080/slack/events")     # or slack.over_sockets()
    ack = await slack.host.command("@guest 30 logo design", ROOM)
    card = await slack.until(lambda: slack.guest.sees(ROOM))
    await slack.guest.press(card[0].id, "2")
    assert slack.violations == []
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
from aiohttp.test_utils import TestServer

from tests.adapters.slack import payloads
from tests.adapters.slack.browsing import Visit, visit
from tests.adapters.slack.delivering import NOT_SENT, Ack, HttpWay, Poster, SocketWay, Way, over_network
from tests.adapters.slack.faults import Faults
from tests.adapters.slack.oauth import OAuth
from tests.adapters.slack.payloads import Incoming
from tests.adapters.slack.people import HOME, MODAL, Shown, Someone
from tests.adapters.slack.response_urls import ResponseUrls
from tests.adapters.slack.sockets import Sockets
from tests.adapters.slack.web_api import WebApi
from tests.adapters.slack.workspace import App, Call, Channel, Clock, Kind, Person, Team, World

Json = dict[str, Any]
Found = TypeVar("Found")
TEAM, ROOM = "T0FIRST", "C0DESIGN"
PATIENCE_SECONDS = 10.0
RETRIES = 3


@dataclass(slots=True, repr=False)
class Slack:
    """The whole of it.

    Attributes:
        way: how payloads reach the app; set it with `over_http`, `straight_into` or `over_sockets`.
        event_times: how often each event is delivered (the same event_id), once by default.
        retries_events: deliver an event again, up to three times at once, when it is not accepted.
        sent: every payload with how it was acknowledged, repeats included.
    """

    world: World
    faults: Faults
    urls: ResponseUrls
    oauth: OAuth
    sockets: Sockets
    session: aiohttp.ClientSession
    way: Way | None = None
    event_times: int = 1
    retries_events: bool = False
    sent: list[tuple[Incoming, Ack]] = field(default_factory=list)
    _someone: dict[tuple[str, str], Someone] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def api_base_url(self) -> str:
        """What replaces `https://slack.com/api/`."""
        return f"{self.world.address}/api/"

    @property
    def app(self) -> App:
        """The app's configuration: secrets, scopes, subscribed events, commands."""
        return self.world.app

    @property
    def violations(self) -> list[str]:
        """What was wrong with payloads of the app, in order."""
        return self.world.violations

    def calls(self, method: str | None = None, team: Team | None = None) -> list[Call]:
        """Calls so far, of one method or for one workspace."""
        wanted = (method or "", team.id if team else "")
        return [
            one
            for one in self.world.calls
            if wanted[0] in ("", one.method) and wanted[1] in ("", one.team_id)
        ]

    def over_http(self, url: str) -> HttpWay:
        """From now on send signed requests to *url*."""
        return self.straight_into(over_network(self.session, url))

    def straight_into(self, post: Poster) -> HttpWay:
        """From now on hand signed requests (body, headers) to *post*."""
        self.way = way = HttpWay(self.world, post)
        return way

    def over_sockets(self) -> None:
        """From now on use Socket Mode."""
        self.way = SocketWay(self.sockets)

    def add_team(self, team_id: str, domain: str, *, is_installed: bool = True) -> Team:
        """One more workspace, empty but for the bot."""
        team = Team(team_id, domain, f"U{team_id[1:]}BOT", f"B{team_id[1:]}")
        team.people[team.bot_user_id] = Person(team.bot_user_id, "parley", team_id, tz="UTC", is_bot=True)
        if is_installed:
            team.token, team.scopes = f"xoxb-{team_id}-token", self.app.scopes
        self.world.teams[team_id] = team
        return team

    def add_person(self, team: Team, user_id: str, name: str, **about: Any) -> Someone:
        """A person; *about* are attributes of `Person`, another `team_id` makes a stranger."""
        person = Person(user_id, name, **{"team_id": team.id, **about})
        team.people[user_id] = person
        self._someone[team.id, user_id] = made = Someone(self, team, person)
        return made

    def add_channel(
        self,
        team: Team,
        channel_id: str,
        name: str,
        members: Iterable[Someone],
        *,
        kind: Kind = "public",
        has_bot: bool = True,
    ) -> Channel:
        """A channel with these people, and with the bot."""
        inside = [*([team.bot_user_id] if has_bot else []), *(one.id for one in members)]
        team.channels[channel_id] = Channel(channel_id, name, kind, inside, team_ids=[team.id])
        return team.channels[channel_id]

    def share(self, channel: Channel, team: Team, other: Team) -> None:
        """Slack Connect: *channel* of *team* is in *other* too, and so are its people (as strangers)."""
        other.channels[channel.id] = channel
        channel.team_ids.append(other.id)
        channel.members.append(other.bot_user_id)
        for person in [one for one in team.people.values() if one.id in channel.members]:
            other.people.setdefault(person.id, person)
            self._someone.setdefault((other.id, person.id), Someone(self, other, person))

    def someone(self, user_id: str, team_id: str = TEAM) -> Someone:
        """A person by id, as one workspace of the app meets them."""
        return self._someone[team_id, user_id]

    @property
    def team(self) -> Team:
        """The first workspace."""
        return self.world.teams[TEAM]

    @property
    def host(self) -> Someone:
        """Berlin, German."""
        return self.someone("U0HOST")

    @property
    def guest(self) -> Someone:
        """New York, American English."""
        return self.someone("U0GUEST")

    @property
    def second_guest(self) -> Someone:
        """Kolkata, a guest account."""
        return self.someone("U0SECOND")

    async def send(self, team: Team, incoming: Incoming) -> Ack:
        """Deliver; returns the first acknowledgement (the last, where one was needed again)."""
        if not team.token or team.token_error == "account_inactive":
            return NOT_SENT
        return await self._repeatedly(incoming)

    async def _repeatedly(self, incoming: Incoming) -> Ack:
        ack = await self._once(incoming, 0)
        is_event = incoming.kind == "events_api"
        for retry in range(1, self.event_times if is_event else 1):
            await self._once(incoming, retry)
        if is_event and self.retries_events:
            for retry in range(1, RETRIES + 1):
                if ack.is_accepted or "x-slack-no-retry" in ack.headers:
                    break
                ack = await self._once(incoming, retry)
        return ack

    async def _once(self, incoming: Incoming, retry: int) -> Ack:
        assert self.way, "say over_http, straight_into or over_sockets first"
        ack = await self.way.send(incoming, retry)
        self.sent.append((incoming, ack))
        self.touch()
        return ack

    async def again(self, times: int = 1) -> list[Ack]:
        """Deliver the last payload again, as a retry of the same event."""
        assert self.way
        incoming, _ = self.sent[-1]
        return [await self._once(incoming, retry) for retry in range(1, times + 1)]

    async def uninstall(self, team: Team) -> Ack:
        """Remove the app: the token dies, tokens_revoked and app_uninstalled are sent."""
        team.token_error = "account_inactive"
        tokens = {"oauth": [], "bot": [team.bot_user_id]}
        events: list[Json] = [{"type": "tokens_revoked", "tokens": tokens}, {"type": "app_uninstalled"}]
        ack = NOT_SENT
        for event in events:
            if event["type"] in self.app.events:
                ack = await self._repeatedly(payloads.event(self.world, team, None, None, event))
        return ack

    async def install(self, team: Team, person: Someone, start_url: str, *, denies: bool = False) -> Visit:
        """Walk from the app's install page through the authorize page back to the app."""
        self.oauth.visitor = None if denies else (team, person.person)
        return await visit(self.session, start_url, self.world.address)

    def pass_time(self, by: timedelta) -> None:
        """Let everything Slack minted so far (triggers, response_urls) grow older."""
        self.world.clock.ahead += by

    def touch(self) -> None:
        """Let those who wait look again."""
        self._changed.set()

    async def until(self, found: Callable[[], Found], seconds: float = PATIENCE_SECONDS) -> Found:
        """The first truthy value of *found*, asked again after each call and acknowledgement."""
        try:
            async with asyncio.timeout(seconds):
                while not (result := found()):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            last = [(one.method, one.error) for one in self.world.calls[-8:]]
            raise AssertionError(f"did not happen within {seconds} s; last calls: {last}") from None
        return result


@asynccontextmanager
async def playing_slack(
    now: Callable[[], datetime] | None = None, app: App | None = None
) -> AsyncIterator[Slack]:
    """Slack with one workspace: host, guest, second guest and the bot in the public channel `ROOM`.

    Args:
        now: the aware instant everybody lives in; the real one by default.
    """
    world = World(app or App(), Clock(now or (lambda: datetime.now(UTC))))
    parts = (Faults(), ResponseUrls(world), OAuth(world), Sockets(world))
    async with aiohttp.ClientSession() as session:
        slack = Slack(world, *parts, session)
        world.changed = slack.touch
        api = WebApi(world, *parts)
        server = TestServer(api.application(), host="127.0.0.1")
        await server.start_server()
        world.address = str(server.make_url("")).rstrip("/")
        _populate(slack)
        try:
            yield slack
        finally:
            await slack.sockets.close()
            await server.close()


def _populate(slack: Slack) -> None:
    team = slack.add_team(TEAM, "first")
    host = slack.add_person(
        team, "U0HOST", "host", tz="Europe/Berlin", locale="de-DE", email="host@example.com"
    )
    guest = slack.add_person(team, "U0GUEST", "guest", tz="America/New_York", email="guest@example.com")
    second = slack.add_person(
        team,
        "U0SECOND",
        "second-guest",
        tz="Asia/Kolkata",
        locale="en-GB",
        email="second@example.com",
        is_restricted=True,
    )
    slack.add_channel(team, ROOM, "logo-design", [host, guest, second])


__all__ = ["HOME", "MODAL", "ROOM", "TEAM", "Shown", "Slack", "Someone", "playing_slack"]
