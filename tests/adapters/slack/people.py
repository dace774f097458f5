"""What somebody does in Slack and what they see. Every act returns how the app acknowledged it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.adapters.slack import payloads
from tests.adapters.slack.conversations import direct_message, user_object
from tests.adapters.slack.delivering import NOT_SENT, Ack
from tests.adapters.slack.rendering import Reader, buttons, mrkdwn, option_labels, plain
from tests.adapters.slack.response_urls import ResponseUrl
from tests.adapters.slack.surfaces import HOME, MODAL, Surfaces
from tests.adapters.slack.views import view_object
from tests.adapters.slack.workspace import CHANNEL_TYPES, Channel, Message, Person, Refusal, Team, View

if TYPE_CHECKING:
    from tests.adapters.slack.harness import Slack

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """Something on a screen, as its reader sees it.

    Attributes:
        id: ts of a message, id of a view.
        text: the `text` of a message (notifications), the title of a modal.
        words: everything on it as plain text, dates in the reader's zone; without blocks the `text`.
        buttons: labels, in order.
        is_private: an ephemeral.
    """

    id: str
    text: str
    words: str
    buttons: tuple[str, ...]
    blocks: list[Json]
    thread_ts: str | None = None
    metadata: Json | None = None
    is_private: bool = False

    def options(self, name: str) -> tuple[str, ...]:
        """Labels of the options of a select, by its label, placeholder or id."""
        return option_labels(self.blocks, name)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person at their client, in one workspace of the app.

    Attributes:
        surfaces: pressing, choosing, submitting; its methods are also this class's.
    """

    slack: "Slack"
    team: Team
    person: Person

    @property
    def id(self) -> str:
        """The user id."""
        return self.person.id

    @property
    def surfaces(self) -> Surfaces:
        """Hands on messages, modals and the Home tab."""
        return Surfaces(self.slack, self.team, self.person)

    def _channel(self, channel_id: str) -> Channel:
        channel = self.team.channels[channel_id]
        assert self.id in channel.members or channel.kind == "public", f"{self.id} is not in {channel_id}"
        return channel

    async def command(self, text: str, channel_id: str, word: str = "/meet") -> Ack:
        """Type a slash command; what it is acknowledged with appears privately, or in the channel."""
        world, urls = self.slack.world, self.slack.urls
        assert word in world.app.commands, f"{word} is not a valid command"
        assert self.person.team_id == self.team.id, "strangers have no commands of other workspaces' apps"
        address = urls.mint("commands", self.team, self.person, channel_id, None)
        channel = self._channel(channel_id)
        sent = payloads.slash_command(world, self.team, self.person, channel, word, text, address)
        ack = await self.slack.send(self.team, sent)
        if ack.is_accepted and ack.body:
            given = {"text": ack.body} if isinstance(ack.body, str) else ack.body
            self._respond(urls.known[address.removeprefix(world.address)], given)
        return ack

    def _respond(self, url: ResponseUrl, given: Json) -> None:
        try:
            self.slack.urls.respond(url, given)
        except Refusal as refusal:
            self.slack.world.blame("slash command answer", [refusal.error])

    async def press(self, on: str, name: str, inputs: Json | None = None) -> Ack:
        """Press a button (or a link button) by label or action_id; *on* is a ts, MODAL or HOME."""
        return await self.surfaces.press(on, name, inputs)

    async def choose(self, on: str, name: str, value: Any) -> Ack:
        """Choose in a select, or enter something; NOT_SENT where Slack waits for the form."""
        return await self.surfaces.choose(on, name, value)

    async def options(self, on: str, name: str, typed: str = "") -> list[Json]:
        """Open an external select and type into it."""
        return await self.surfaces.options(on, name, typed)

    async def submit(self, inputs: Json | None = None) -> Ack:
        """Fill in and submit the top modal."""
        return await self.surfaces.submit(inputs)

    async def close(self, *, is_cleared: bool = False) -> Ack:
        """Close the top modal, or all of them."""
        return await self.surfaces.close(is_cleared)

    def _member(self, channel_id: str) -> Channel:
        channel = self.team.channels[channel_id]
        assert self.id in channel.members, f"only who is in {channel_id} can write there"
        return channel

    async def mention(self, text: str, channel_id: str, thread_ts: str | None = None) -> Ack:
        """Say something to the bot in a channel; it hears it where it is a member."""
        channel = self._member(channel_id)
        said = f"<@{self.team.bot_user_id}> {payloads.escaped(text, self.team, with_names=False)}"
        return await self._say(channel, said, thread_ts, mentions=True)

    async def say(self, text: str, channel_id: str, thread_ts: str | None = None) -> Ack:
        """Say something in a channel or a thread."""
        said = payloads.escaped(text, self.team, with_names=False)
        return await self._say(self._member(channel_id), said, thread_ts, mentions=False)

    async def direct(self, text: str, thread_ts: str | None = None, subtype: str = "") -> Ack:
        """Say something to the bot in the direct message.

        Args:
            subtype: `file_share` for a message with a file, `thread_broadcast` for one also sent to the
                channel, `me_message` for `/me`.
        """
        channel = direct_message(self.slack.world, self.team, self.id)
        said = payloads.escaped(text, self.team, with_names=False)
        return await self._say(channel, said, thread_ts, mentions=False, subtype=subtype)

    async def edit(self, ts: str, text: str, channel_id: str) -> Ack:
        """Edit a message of one's own; where it mentions the bot it is told of once more, as a new event.

        Source: bolt-js issue 960.
        """
        world, channel, ours = self.slack.world, self._member(channel_id), f"<@{self.team.bot_user_id}>"
        message = channel.messages[ts]
        message.text = f"{ours} {payloads.escaped(text, self.team, with_names=False)}"
        message.edited = {"user": self.id, "ts": world.ts()}
        said = payloads.said(world, self.person, channel, message.text, ts, message.thread_ts)
        return await self._event(
            "app_mention", channel, {"type": "app_mention", **said, "edited": message.edited}
        )

    async def _say(
        self, channel: Channel, text: str, thread_ts: str | None, *, mentions: bool, subtype: str = ""
    ) -> Ack:
        world = self.slack.world
        message = Message(world.ts(), channel.id, self.id, text, thread_ts=thread_ts)
        channel.messages[message.ts] = message
        if self.team.bot_user_id not in channel.members:
            return NOT_SENT
        said = payloads.said(world, self.person, channel, text, message.ts, thread_ts)
        said |= {"subtype": subtype} if subtype else {}
        ack = NOT_SENT
        if mentions:
            ack = await self._event("app_mention", channel, {"type": "app_mention", **said})
        name = payloads.message_event_name(channel)
        kind = CHANNEL_TYPES[channel.kind]
        heard = await self._event(name, channel, {"type": "message", "channel_type": kind, **said})
        return ack if ack.was_sent else heard

    async def open_home(self) -> Ack:
        """Look at the app's Home tab."""
        world, view = self.slack.world, self.person.home.get(self.team.id)
        channel = direct_message(world, self.team, self.id)
        more = {"view": view_object(world, self.team, view, self.person)} if view else {}
        about = {"user": self.id, "channel": channel.id, "tab": "home", **more}
        return await self._event("app_home_opened", None, {"type": "app_home_opened", **about})

    async def join(self, channel_id: str) -> Ack:
        """Become a member of a channel."""
        return await self._membership("member_joined_channel", channel_id, self.id)

    async def leave(self, channel_id: str) -> Ack:
        """Leave a channel."""
        return await self._membership("member_left_channel", channel_id, self.id)

    async def invite_bot(self, channel_id: str) -> Ack:
        """Bring the bot into a channel."""
        return await self._membership("member_joined_channel", channel_id, self.team.bot_user_id)

    async def remove_bot(self, channel_id: str) -> Ack:
        """Take the bot out of a channel."""
        return await self._membership("member_left_channel", channel_id, self.team.bot_user_id)

    async def _membership(self, name: str, channel_id: str, who: str) -> Ack:
        channel = self.team.channels[channel_id]
        has_bot = self.team.bot_user_id in channel.members
        channel.members[:] = [one for one in channel.members if one != who]
        if name == "member_joined_channel":
            channel.members.append(who)
        if not has_bot and who != self.team.bot_user_id:
            return NOT_SENT
        about = {"user": who, "channel": channel.id, "team": self.team.id}
        about |= {"channel_type": "C" if channel.kind == "public" else "G"}
        about |= {"inviter": self.id} if who != self.id and name == "member_joined_channel" else {}
        return await self._event(name, channel, {"type": name, **about})

    async def move_to(self, tz: str) -> Ack:
        """Change the time zone in the profile."""
        self.person.tz = tz
        user = user_object(self.slack.world, self.team, self.person)
        return await self._event("user_change", None, {"type": "user_change", "user": user})

    async def _event(self, name: str, channel: Channel | None, event: Json) -> Ack:
        if name not in self.slack.world.app.events:
            return NOT_SENT
        sent = payloads.event(self.slack.world, self.team, self.person, channel, event)
        return await self.slack.send(self.team, sent)

    def reload(self) -> None:
        """Start the client anew: ephemerals and modals are gone."""
        self.person.ephemerals.clear()
        self.person.stack.clear()

    def sees(self, channel_id: str) -> list[Shown]:
        """The messages of a channel with one's own ephemerals, oldest first, threads included."""
        everyone = list(self._channel(channel_id).messages.values())
        own = [one for one in self.person.ephemerals if one.channel == channel_id]
        return [self._shown(one) for one in sorted([*everyone, *own], key=lambda one: one.ts)]

    def sees_directly(self) -> list[Shown]:
        """The direct message with the bot."""
        return self.sees(direct_message(self.slack.world, self.team, self.id).id)

    @property
    def modal(self) -> Shown | None:
        """The modal on top."""
        return self._view(self.person.stack[-1]) if self.person.stack else None

    @property
    def home(self) -> Shown | None:
        """The Home tab."""
        return self._view(self.person.home[self.team.id]) if self.team.id in self.person.home else None

    @property
    def reader(self) -> Reader:
        """With whose eyes texts are rendered."""
        names = {one.id: one.name for one in self.team.people.values()}
        return Reader(self.person, datetime.fromtimestamp(self.slack.world.clock.seconds(), UTC), names)

    def _shown(self, message: Message) -> Shown:
        blocks, reader = message.blocks, self.reader
        words = plain(blocks, reader) if blocks else mrkdwn(message.text, reader)
        more = (message.thread_ts, message.metadata, message.reader is not None)
        return Shown(message.ts, message.text, words, buttons(blocks), blocks, *more)

    def _view(self, view: View) -> Shown:
        blocks, title = view.body["blocks"], (view.body.get("title") or {}).get("text", "")
        return Shown(view.id, title, plain(blocks, self.reader), buttons(blocks), blocks)


__all__ = ["HOME", "MODAL", "Shown", "Someone"]
