"""Messages: made, edited, deleted, and the routes of channels for it.

Source: "Message Resource" of Discord's documentation (snapshot of 2026-08-06).
"""

from dataclasses import dataclass
from typing import Any, Final

from tests.adapters.discord import objects
from tests.adapters.discord.asking import Asked, checked
from tests.adapters.discord.limits import EPHEMERAL, LOADING, is_empty, message_breaches
from tests.adapters.discord.refusals import Refusal, invalid
from tests.adapters.discord.world import DM, THREADS, Channel, Json, Message, Person, World

KEPT: Final = ("content", "embeds", "components", "flags", "poll")
NONCES_REMEMBERED: Final = 100


def need(world: World, channel: Channel, *permissions: str) -> None:
    """Have the bot's permissions.

    Raises:
        Refusal: 50013.
    """
    if not set(permissions) <= world.permissions(channel):
        raise Refusal(50013)


@dataclass(frozen=True, slots=True)
class Messages:
    """All messages there are."""

    world: World

    def put(
        self,
        where: str,
        kind: str,
        channel: Channel,
        body: Json,
        files: dict[str, bytes],
        **about: Any,
    ) -> Message:
        """Check and add a message of the bot.

        Args:
            where: names the request in `violations`.
            kind: a key of `limits.BODIES`.
            about: further attributes of `Message`.

        Raises:
            Refusal: 50035 or 50006.
        """
        at = ("data",) if kind == "answer" else ()
        checked(self.world, where, message_breaches(body, kind, at=at))
        if is_empty({**body, "attachments": files}):
            raise Refusal(50006)
        kept = _kept(body)
        if kind == "send":
            kept["flags"] = int(kept.get("flags") or 0) & ~(EPHEMERAL | LOADING)
        return self.add(channel, kept, body, files=dict(files), **about)

    def add(self, channel: Channel, kept: Json, body: Json, **about: Any) -> Message:
        """Add what is known to be right (or is still loading)."""
        world = self.world
        replied = channel.messages.get(about.get("reply_to") or "")
        made = Message(world.mint(), channel.id, about.pop("author_id", world.app.bot_id), kept, **about)
        if made.is_ephemeral:
            self._whisper(made)
        else:
            made.reader = None
            made.mentions = objects.mentioned(world, body, replied.author_id if replied else None)
            channel.messages[made.id] = made
            self.tell("MESSAGE_CREATE", channel, made)
        return made

    def _whisper(self, made: Message) -> None:
        assert made.reader, "an ephemeral has a reader"
        self.world.people[made.reader].ephemerals.append(made)

    def change(self, where: str, kind: str, one: Message, body: Json, files: dict[str, bytes]) -> None:
        """Check and edit a message; what is not named stays.

        Raises:
            Refusal: 50035 or 50006.
        """
        before = {"flags": one.flags, **{name: one.body.get(name) for name in KEPT[:3]}}
        at = ("data",) if kind == "answer" else ()
        checked(self.world, where, message_breaches(body, kind, before, at))
        merged = {**one.body, **_kept(body)}
        stays = one.flags & ~LOADING
        merged["flags"] = stays | (int(body.get("flags") or 0) & ~(EPHEMERAL | LOADING))
        kept = one.files if body.get("attachments") is None else self._kept_files(one, body["attachments"])
        if is_empty({**merged, "attachments": {**kept, **files}}):
            raise Refusal(50006)
        was_loading = bool(one.flags & LOADING)
        one.body, one.files = merged, {**kept, **files}
        one.edited += 0 if was_loading else 1
        one.edited_at = one.edited_at if was_loading else self.world.clock.iso()
        if not one.is_ephemeral:
            self.tell("MESSAGE_UPDATE", self.world.channels[one.channel_id], one)

    def _kept_files(self, one: Message, listed: list[Json]) -> dict[str, bytes]:
        ids = {str(each["id"]) for each in listed}
        shown = objects.attachments(self.world, one)
        return {each["filename"]: one.files[each["filename"]] for each in shown if each["id"] in ids}

    def remove(self, one: Message) -> None:
        """Take a message away."""
        if one.reader:
            person = self.world.people[one.reader]
            person.ephemerals[:] = [each for each in person.ephemerals if each is not one]
            return
        channel = self.world.channels[one.channel_id]
        channel.messages.pop(one.id, None)
        gone = {"id": one.id, "channel_id": channel.id}
        gone |= {"guild_id": channel.guild_id} if channel.guild_id else {}
        self.world.announce("MESSAGE_DELETE", channel, None, gone)

    def tell(self, event: str, channel: Channel, one: Message) -> None:
        """Let the gateway know."""
        data = objects.message(self.world, one)
        if channel.guild_id:
            guild = self.world.guilds[channel.guild_id]
            data["guild_id"] = guild.id
            if one.author_id in guild.members:
                data["member"] = objects.member(self.world, guild, one.author_id, with_user=False)
        data["channel_type"] = channel.kind
        self.world.announce(event, channel, None, data)

    def is_there(self, one: Message) -> bool:
        """Whether a message was neither deleted nor dismissed."""
        if one.reader:
            return one in self.world.people[one.reader].ephemerals
        return one.id in self.world.channels[one.channel_id].messages

    def in_channel(self, asked: Asked) -> tuple[Channel, Message]:
        """The channel and the message of a path; ephemerals are in no channel.

        Raises:
            Refusal: 10003, 50001 or 10008.
        """
        channel = self.world.channel(asked.at["channel_id"])
        one = channel.messages.get(asked.at["message_id"])
        if one is None:
            raise Refusal(10008)
        return channel, one

    def send(self, asked: Asked) -> Json:
        """`POST /channels/{channel_id}/messages`."""
        channel = self.world.channel(asked.at["channel_id"])
        body = asked.body
        self._may_send(channel, body if isinstance(body, dict) else {}, asked.files)
        if isinstance(body, dict) and (known := self._sent_before(channel, body)):
            return objects.message(self.world, known)
        reply_to = self._replied(channel, body) if isinstance(body, dict) else None
        nonce = body.get("nonce") if isinstance(body, dict) else None
        made = self.put(asked.route, "send", channel, body, asked.files, reply_to=reply_to, nonce=nonce)
        return objects.message(self.world, made)

    def _may_send(self, channel: Channel, body: Json, files: dict[str, bytes]) -> None:
        is_thread = channel.kind in THREADS
        need(self.world, channel, "SEND_MESSAGES_IN_THREADS" if is_thread else "SEND_MESSAGES")
        if body.get("embeds"):
            need(self.world, channel, "EMBED_LINKS")
        if files:
            need(self.world, channel, "ATTACH_FILES")
        if channel.is_archived:
            channel.is_archived = False
        if channel.kind == DM:
            self._may_write_to(self.world.people[_other(self.world, channel)])

    def _may_write_to(self, person: Person) -> None:
        if person.is_closed_to_dms:
            raise Refusal(50007)
        mutual = any(self.world.app.bot_id in one.members for one in self.world.guilds_of(person.id))
        if not mutual and not person.has_app:
            raise Refusal(50278)

    def _sent_before(self, channel: Channel, body: Json) -> Message | None:
        nonce = body.get("nonce")
        if nonce is None or not body.get("enforce_nonce"):
            return None
        # "created by the same author with the same nonce"
        ours = [one for one in channel.messages.values() if one.author_id == self.world.app.bot_id]
        recent = ours[-NONCES_REMEMBERED:]
        return next((one for one in recent if one.nonce is not None and str(one.nonce) == str(nonce)), None)

    def _replied(self, channel: Channel, body: Json) -> str | None:
        reference = body.get("message_reference")
        if not isinstance(reference, dict):
            return None
        known = str(reference.get("message_id"))
        if known in channel.messages:
            return known
        if reference.get("fail_if_not_exists", True):
            raise invalid("message_reference", "Unknown message", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE")
        return None

    def edit(self, asked: Asked) -> Json:
        """`PATCH /channels/{channel_id}/messages/{message_id}`."""
        channel, one = self.in_channel(asked)
        if one.author_id != self.world.app.bot_id:
            raise Refusal(50005)
        if channel.is_archived:
            raise Refusal(50083)
        self.change(asked.route, "edit", one, asked.body, asked.files)
        return objects.message(self.world, one)

    def delete(self, asked: Asked) -> None:
        """`DELETE /channels/{channel_id}/messages/{message_id}`."""
        channel, one = self.in_channel(asked)
        if one.author_id != self.world.app.bot_id:
            need(self.world, channel, "MANAGE_MESSAGES")
        self.remove(one)

    def get(self, asked: Asked) -> Json:
        """`GET /channels/{channel_id}/messages/{message_id}`."""
        channel, one = self.in_channel(asked)
        need(self.world, channel, "READ_MESSAGE_HISTORY")
        return objects.message(self.world, one, hides_content=self._is_hidden(one))

    def history(self, asked: Asked) -> list[Json]:
        """`GET /channels/{channel_id}/messages`, newest first; before, after, limit."""
        channel = self.world.channel(asked.at["channel_id"])
        need(self.world, channel, "READ_MESSAGE_HISTORY")
        before, after = asked.query.get("before"), asked.query.get("after")
        found = [
            one
            for one in reversed(channel.messages.values())
            if (not before or int(one.id) < int(before)) and (not after or int(one.id) > int(after))
        ]
        limit = int(asked.query.get("limit", 50))
        kept = found[-limit:] if after else found[:limit]
        return [objects.message(self.world, one, hides_content=self._is_hidden(one)) for one in kept]

    def _is_hidden(self, one: Message) -> bool:
        return is_hidden(self.world, one.author_id, one.channel_id, one.mentions)


def is_hidden(world: World, author_id: str, channel_id: str, mentions: tuple[str, ...]) -> bool:
    """Whether the app may not read a message: not its own, not to it, and no message content intent."""
    is_ours = world.app.bot_id in (author_id, *mentions)
    is_direct = world.channels[channel_id].guild_id is None
    return not (is_ours or is_direct or world.app.intents & 1 << 15)


def _kept(body: Json) -> Json:
    kept: Json = {name: body[name] for name in KEPT if name in body and name != "components"}
    if "components" in body:
        kept["components"] = objects.with_ids(body["components"] or [])
    return kept


def _other(world: World, channel: Channel) -> str:
    return next(who for who in channel.members or () if who != world.app.bot_id)
