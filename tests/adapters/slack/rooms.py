"""The whole Slack adapter between a recording inbox and the Slack that is played."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from adapters.chat.slack import SlackRooms, SlackSettings, build
from adapters.chat.slack.names import read_block_id
from scheduling_core.chat_ports import Request
from scheduling_core.ports import Store
from scheduling_core.refs import PersonRef, RoomRef
from tests.adapters.slack.calling import CHANNEL, CODEC, FIRST
from tests.adapters.slack.delivering import Ack, HttpWay, Posted, Poster
from tests.adapters.slack.faults import EVERYWHERE, RateLimited, ServerError
from tests.adapters.slack.harness import ROOM, Shown, Slack, Someone, playing_slack
from tests.adapters.slack.payloads import Incoming
from tests.contracts.chat import OnScreen, Outcome, RecordingInbox, Side, Trouble

HOST = PersonRef(FIRST, "U0HOST")


@dataclass(slots=True)
class Clock:
    """The real time, which signatures are over, and more when told to."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(slots=True)
class SlackSide(Side):
    """`Side` for Slack: the host acts in the channel."""

    platform: SlackRooms
    inbox: RecordingInbox
    slack: Slack
    way: HttpWay
    clock: Clock
    room: RoomRef = CHANNEL
    actor: PersonRef = HOST
    _sent: dict[str, Incoming] = field(default_factory=dict)

    @property
    def host(self) -> Someone:
        """Who acts."""
        return self.slack.host

    async def command(self, text: str, delivery_id: str = "d-1", *, signed: bool = True) -> Outcome:
        """See `Side`; the same id again is the same payload again."""
        if not signed:
            await self.host.command("", ROOM)
            self.inbox.deliveries.clear()
            return Outcome((await self.way.forge(self.slack.sent[-1][0], "unsigned")).is_accepted)
        before = self._seen()
        if delivery_id in self._sent:
            ack = await self.way.send(self._sent[delivery_id])
        else:
            word, _, rest = text.partition(" ")
            ack = await self.host.command(rest, ROOM, word)
            self._sent[delivery_id] = self.slack.sent[-1][0]
        return self._outcome(ack, before)

    async def say(self, text: str, reply_to: str | None = None, delivery_id: str = "d-1") -> Outcome:
        """See `Side`: by mention, in the thread of the message."""
        before, root = self._seen(), self._on(reply_to) if reply_to else None
        if root and reply_to:
            self.inbox.shown_as[FIRST, f"{ROOM}:{root.id}"] = reply_to
        return self._outcome(await self.host.mention(text, ROOM, root.id if root else None), before)

    async def press(
        self, message_id: str, label: str, inputs: dict[str, str], delivery_id: str = "d-1"
    ) -> Outcome:
        """See `Side`."""
        before, shown = self._seen(), self._on(message_id)
        assert shown
        return self._outcome(await self.host.press(shown.id, label, inputs), before)

    async def press_forged(self, message_id: str, delivery_id: str = "d-1") -> Outcome:
        """See `Side`."""
        before, shown = self._seen(), self._on(message_id)
        assert shown
        for block in shown.blocks:
            for element in block.get("elements", ()):
                element["value"] = "1.pick.mAb3.5.AAAAAAAAAAAAAAAA"
        return self._outcome(await self.host.press(shown.id, "2"), before)

    def screen(self, message_id: str) -> OnScreen | None:
        """See `Side`."""
        shown = self._on(message_id)
        reader = self.actor if shown and shown.is_private else None
        return OnScreen(reader, shown.words, shown.buttons) if shown else None

    def trouble(self, kind: Trouble | None) -> None:
        """See `Side`."""
        self.slack.faults.clear()
        match kind:
            case "unavailable":
                self.slack.faults.add(EVERYWHERE, ServerError(503), None)
            case "busy":
                self.slack.faults.add(EVERYWHERE, RateLimited(7), None)
            case "gone":
                self.slack.team.token_error = "account_inactive"
            case _:
                self.clock.ahead += timedelta(minutes=1)

    def _on(self, message_id: str) -> Shown | None:
        return next((one for one in self.host.sees(ROOM) if _our_id(one) == message_id), None)

    def _seen(self) -> set[str]:
        return {one.id for one in self.host.sees(ROOM)}

    def _outcome(self, ack: Ack, before: set[str]) -> Outcome:
        fresh = [one for one in self.host.sees(ROOM) if one.is_private and one.id not in before]
        return Outcome(ack.is_accepted, tuple(one.words for one in fresh))


def _our_id(shown: Shown) -> str | None:
    blocks = [read_block_id(block.get("block_id", "")) for block in shown.blocks]
    return next((block.message for block in blocks if block), None)


@asynccontextmanager
async def slack_side(
    store: Store, settings: SlackSettings | None = None, inbox: RecordingInbox | None = None
) -> AsyncIterator[SlackSide]:
    """One workspace by its token, over HTTP; nothing that Slack refuses may have been sent."""
    async with playing_slack() as slack:
        known = settings or SlackSettings(slack.team.token, None, slack.app.signing_secret)
        inbox, clock = inbox or RecordingInbox(), Clock()
        rooms = build(replace(known, api_base_url=slack.api_base_url), inbox, store, CODEC, clock)
        way = slack.straight_into(_into(rooms))
        yield SlackSide(rooms, inbox, slack, way, clock)
        await rooms.stop()
        await rooms.close()
        assert slack.violations == []


def _into(rooms: SlackRooms) -> Poster:
    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        route = rooms.routes()[0]
        lower = {name.lower(): value for name, value in headers.items()}
        answer = await route.handle(Request(route.method, route.path, lower, body, {}))
        return answer.status, {"Content-Type": answer.content_type, **answer.headers}, answer.body

    return post
