"""What somebody does in Discord and what they see. Every act returns how the app took it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.adapters.discord import objects, payloads
from tests.adapters.discord.commands import USER
from tests.adapters.discord.delivering import NOT_SENT, Ack
from tests.adapters.discord.forms import field_named
from tests.adapters.discord.interactions import AUTOCOMPLETE, COMMAND
from tests.adapters.discord.limits import LOADING
from tests.adapters.discord.rendering import Reader, buttons, plain
from tests.adapters.discord.slash import Typing, mentions
from tests.adapters.discord.surfaces import MODAL, Surfaces
from tests.adapters.discord.world import PRIVATE_THREAD, Channel, Json, Message, Person

if TYPE_CHECKING:
    from tests.adapters.discord.harness import Discord


@dataclass(frozen=True, slots=True)
class Shown:
    """Something on a screen, as its reader sees it.

    Attributes:
        id: of the message; the custom id of a modal.
        text: the `content` as it was sent; the title of a modal.
        words: everything on it as plain text, times in the reader's zone; buttons and options left out.
        buttons: labels, in order, disabled ones too.
        is_private: an ephemeral.
        is_loading: "… is thinking".
        mentions: ids of who was notified.
        edited: how often it was.
    """

    id: str
    text: str
    words: str
    buttons: tuple[str, ...]
    components: list[Json]
    body: Json
    author_id: str = ""
    is_private: bool = False
    is_loading: bool = False
    mentions: tuple[str, ...] = ()
    edited: int = 0
    reply_to: str | None = None
    files: Mapping[str, bytes] | None = None

    def options(self, name: str) -> tuple[str, ...]:
        """Labels of the options of a select, radio group or checkbox group."""
        element = field_named(self.components, name).component
        return tuple(str(option["label"]) for option in element.get("options") or [])

    def link(self, name: str) -> str:
        """Where a link button leads."""
        return str(field_named(self.components, name).component["url"])

    def is_disabled(self, name: str) -> bool:
        """Whether a button or select is grey."""
        return bool(field_named(self.components, name).component.get("disabled"))


@dataclass(frozen=True, slots=True)
class Someone:
    """A person at their client, in all servers at once as Discord has it."""

    discord: "Discord"
    person: Person

    @property
    def id(self) -> str:
        """The user id."""
        return self.person.id

    @property
    def surfaces(self) -> Surfaces:
        """Hands on messages and the modal."""
        return Surfaces(self.discord, self.person)

    def _channel(self, channel_id: str) -> Channel:
        channel = self.discord.world.channels[channel_id]
        assert self.id in self.discord.world.members(channel), f"{self.id} is not in {channel_id}"
        return channel

    @property
    def dm(self) -> Channel:
        """The direct message with the bot."""
        return self.discord.world.direct_message(self.id)

    def _typing(self, channel_id: str) -> Typing:
        return Typing(self.discord.world, self.person, self._channel(channel_id))

    async def command(self, path: str, channel_id: str, options: Mapping[str, Any] | None = None) -> Ack:
        """Send a slash command: `meet`, or `meet settings` for a subcommand.

        Args:
            options: by name: text (`@guest` becomes a mention), numbers, booleans, people (a `Someone`, an id
                or a name) and channel ids. What the client would refuse is an AssertionError.
        """
        typed = self._typing(channel_id).typed(path, options or {})
        return await self.discord.act(self.person, self._channel(channel_id), COMMAND, typed.data)

    async def complete(
        self, path: str, channel_id: str, option: str, typed: str, others: Mapping[str, Any] | None = None
    ) -> list[Json]:
        """Type into an option with autocomplete; returns the choices that are offered, [] for none."""
        line = self._typing(channel_id).typed(path, {**(others or {}), option: typed}, option)
        channel = self._channel(channel_id)
        about = {"option_kind": line.option_kind}
        ack = await self.discord.act(self.person, channel, AUTOCOMPLETE, line.data, None, **about)
        return list(ack.body.get("choices") or []) if ack.is_accepted else []

    async def user_command(self, name: str, channel_id: str, target: "Someone") -> Ack:
        """Choose an app command from another person's context menu."""
        command = self._typing(channel_id).command(name, USER)
        channel = self._channel(channel_id)
        found = payloads.resolved(self.discord.world, channel, [target.id], [])
        data = {"id": command["id"], "name": name, "type": USER, "target_id": target.id, "resolved": found}
        return await self.discord.act(self.person, channel, COMMAND, data)

    async def press(self, on: str, name: str) -> Ack:
        """Press a button of a message, by its label or custom id."""
        return await self.surfaces.press(on, name)

    async def forge_press(self, on: str, custom_id: str) -> Ack:
        """Send, from a client of one's own making, the press of a button that the message does not have."""
        return await self.surfaces.forge(on, custom_id)

    async def choose(self, on: str, name: str, value: Any) -> Ack:
        """Choose in a select of a message, or enter something in the modal (`MODAL`).

        Args:
            name: label, placeholder or custom id.
            value: label or value of an option, a person, a list of them; text in a modal.
        """
        return await self.surfaces.choose(on, name, value)

    async def submit(self, inputs: Mapping[str, Any] | None = None) -> Ack:
        """Fill in the modal and send it."""
        return await self.surfaces.submit(inputs or {})

    def close(self) -> None:
        """Dismiss the modal."""
        self.surfaces.close()

    async def say(
        self, text: str, channel_id: str, reply_to: str | None = None, *, pings: bool = True
    ) -> Ack:
        """Say something; *reply_to* is a message id, and *pings* whether its author is notified."""
        world, channel = self.discord.world, self._channel(channel_id)
        content = mentions(world, channel, text)
        allowed = {"parse": ["users"], "replied_user": pings}
        about = {"author_id": self.id, "reply_to": reply_to}
        body = {"content": content, "allowed_mentions": allowed}
        self._bring_along(channel, content)
        heard = self.discord.hearers(channel)
        self.discord.interactions.messages.add(channel, {"content": content}, body, **about)
        self.discord.touch()
        return Ack(200) if heard else NOT_SENT

    def _bring_along(self, channel: Channel, content: str) -> None:
        """Whoever is mentioned in a private thread is in it from then on, where they see its channel."""
        world, inside = self.discord.world, channel.members
        if channel.kind == PRIVATE_THREAD and inside is not None:
            named = objects.mentioned(world, {"content": content}, None)
            parent = world.channels[channel.parent_id or ""]
            inside += [who for who in named if who not in inside and world.sees(who, parent)]

    async def mention(self, text: str, channel_id: str, reply_to: str | None = None) -> Ack:
        """Say something to the bot in a channel: `@parley …`."""
        return await self.say(f"<@{self.discord.app.bot_id}> {text}", channel_id, reply_to)

    async def direct(self, text: str, reply_to: str | None = None) -> Ack:
        """Say something to the bot in the direct message."""
        return await self.say(text, self.dm.id, reply_to)

    def join(self, guild_id: str) -> None:
        """Become a member of a server."""
        world = self.discord.world
        guild = world.guilds[guild_id]
        guild.members.append(self.id)
        data = {**objects.member(world, guild, self.id), "guild_id": guild.id}
        world.announce("GUILD_MEMBER_ADD", None, guild, data)

    def leave(self, guild_id: str) -> None:
        """Leave a server."""
        guild = self.discord.world.guilds[guild_id]
        guild.members.remove(self.id)
        data = {"guild_id": guild.id, "user": objects.user(self.person)}
        self.discord.world.announce("GUILD_MEMBER_REMOVE", None, guild, data)

    def move_to(self, tz: str) -> None:
        """Travel to another zone; Discord tells nobody."""
        self.person.tz = tz

    def reload(self) -> None:
        """Start the client anew: ephemerals and the modal are gone."""
        self.person.ephemerals.clear()
        self.person.modal = None

    def sees(self, channel_id: str) -> list[Shown]:
        """The messages of a channel or thread with one's own ephemerals, oldest first."""
        everyone = list(self._channel(channel_id).messages.values())
        own = [one for one in self.person.ephemerals if one.channel_id == channel_id]
        return [self._shown(one) for one in sorted([*everyone, *own], key=lambda one: int(one.id))]

    def sees_privately(self, channel_id: str) -> list[Shown]:
        """One's own ephemerals in a channel, oldest first."""
        return [one for one in self.sees(channel_id) if one.is_private]

    def sees_directly(self) -> list[Shown]:
        """The direct message with the bot."""
        return self.sees(self.dm.id)

    @property
    def modal(self) -> Shown | None:
        """The modal that is open."""
        modal = self.person.modal
        if modal is None:
            return None
        body, components = modal.body, modal.body["components"]
        return Shown(body["custom_id"], body["title"], plain(body, self.reader), (), components, body)

    @property
    def reader(self) -> Reader:
        """With whose eyes texts are rendered."""
        world = self.discord.world
        names = {one.id: one.name for one in world.people.values()}
        names |= {one.id: one.name for one in world.channels.values()}
        return Reader(self.person, datetime.fromtimestamp(world.clock.seconds(), UTC), names)

    def _shown(self, message: Message) -> Shown:
        components = message.body.get("components") or []
        return Shown(
            message.id,
            str(message.body.get("content") or ""),
            plain(message.body, self.reader),
            buttons(components),
            components,
            message.body,
            message.author_id,
            message.is_ephemeral,
            bool(message.flags & LOADING),
            message.mentions,
            message.edited,
            message.reply_to,
            message.files,
        )


__all__ = ["MODAL", "Shown", "Someone"]
