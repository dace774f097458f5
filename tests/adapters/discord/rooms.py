"""Channels, direct messages, threads, servers and their members, as the REST API answers about them.

Source: "Channel Resource", "Guild Resource", "User Resource" of Discord's documentation (snapshot of
2026-08-06).
"""

from dataclasses import dataclass
from typing import Final

from tests.adapters.discord import objects
from tests.adapters.discord.asking import Asked, checked
from tests.adapters.discord.messages import need
from tests.adapters.discord.refusals import Refusal, invalid
from tests.adapters.discord.shapes import Shape, anything, boolean, integer, one_of, snowflake, string
from tests.adapters.discord.world import PUBLIC_THREAD, THREADS, Channel, Json, World

THREAD: Final = Shape(
    {
        "name": string(100),
        "auto_archive_duration": one_of(60, 1440, 4320, 10080),
        "rate_limit_per_user": integer(0, 21600),
        "type": one_of(10, 11, 12),
        "invitable": boolean,
    },
    ("name",),
)


@dataclass(frozen=True, slots=True)
class Rooms:
    """The places people talk in."""

    world: World

    def channel(self, asked: Asked) -> Json:
        """`GET /channels/{channel_id}`."""
        return objects.channel(self.world, self.world.channel(asked.at["channel_id"]))

    def edit_channel(self, asked: Asked) -> Json:
        """`PATCH /channels/{channel_id}`: name, and whether a thread is archived."""
        channel = self.world.channel(asked.at["channel_id"])
        fields = {"name": string(100), "archived": boolean, "locked": boolean, "topic": anything}
        checked(self.world, asked.route, Shape({**fields, "auto_archive_duration": anything})(asked.body, ()))
        channel.name = asked.body.get("name") or channel.name
        if channel.kind in THREADS:
            channel.is_archived = bool(asked.body.get("archived", channel.is_archived))
        kind = "THREAD_UPDATE" if channel.kind in THREADS else "CHANNEL_UPDATE"
        self.world.announce(kind, channel, None, objects.channel(self.world, channel))
        return objects.channel(self.world, channel)

    def open_dm(self, asked: Asked) -> Json:
        """`POST /users/@me/channels`."""
        shape = Shape({"recipient_id": snowflake}, ("recipient_id",))
        checked(self.world, asked.route, shape(asked.body, ()))
        person = self.world.people.get(str(asked.body["recipient_id"]))
        if person is None:
            raise invalid("recipient_id", "Invalid user", "INVALID_RECIPIENT")
        if person.is_bot:
            raise Refusal(50007)
        return objects.channel(self.world, self.world.direct_message(person.id))

    def thread_of_message(self, asked: Asked) -> Json:
        """`POST /channels/{channel_id}/messages/{message_id}/threads`: its id is the message's."""
        parent = self.world.channel(asked.at["channel_id"])
        if asked.at["message_id"] not in parent.messages:
            raise Refusal(10008)
        if asked.at["message_id"] in self.world.channels:
            raise Refusal(160004)
        return self._thread(asked, parent, asked.at["message_id"])

    def thread(self, asked: Asked) -> Json:
        """`POST /channels/{channel_id}/threads`."""
        return self._thread(asked, self.world.channel(asked.at["channel_id"]), self.world.mint())

    def _thread(self, asked: Asked, parent: Channel, thread_id: str) -> Json:
        checked(self.world, asked.route, THREAD(asked.body, ()))
        need(self.world, parent, "CREATE_PUBLIC_THREADS")
        kind = int(asked.body.get("type") or PUBLIC_THREAD)
        made = Channel(thread_id, asked.body["name"], kind, parent.guild_id, [self.world.app.bot_id])
        made.parent_id = parent.id
        made.archived_after_minutes = asked.body.get("auto_archive_duration") or 1440
        self.world.channels[made.id] = made
        whole = objects.channel(self.world, made)
        self.world.announce("THREAD_CREATE", made, None, {**whole, "newly_created": True})
        return whole

    def guild(self, asked: Asked) -> Json:
        """`GET /guilds/{guild_id}`."""
        guild = self.world.guild(asked.at["guild_id"])
        counts = {"approximate_member_count": len(guild.members)}
        return objects.guild(guild) | (counts if asked.query.get("with_counts") else {})

    def channels(self, asked: Asked) -> list[Json]:
        """`GET /guilds/{guild_id}/channels`, threads left out, and what the bot cannot see."""
        guild = self.world.guild(asked.at["guild_id"])
        bot = self.world.app.bot_id
        found = [one for one in self.world.channels.values() if one.guild_id == guild.id]
        seen = [one for one in found if one.kind not in THREADS and self.world.sees(bot, one)]
        return [objects.channel(self.world, one) for one in seen]

    def thread_member(self, asked: Asked) -> Json:
        """`GET /channels/{channel_id}/thread-members/{user_id}`."""
        thread = self.world.channel(asked.at["channel_id"])
        if thread.kind not in THREADS:
            raise Refusal(50024)
        if asked.at["user_id"] not in (thread.members or ()):
            raise Refusal(10007)
        return objects.thread_member(thread, asked.at["user_id"])

    def member(self, asked: Asked) -> Json:
        """`GET /guilds/{guild_id}/members/{user_id}`."""
        guild = self.world.guild(asked.at["guild_id"])
        if asked.at["user_id"] not in self.world.people:
            raise Refusal(10013)
        if asked.at["user_id"] not in guild.members:
            raise Refusal(10007)
        return objects.member(self.world, guild, asked.at["user_id"])

    def user(self, asked: Asked) -> Json:
        """`GET /users/{user_id}`."""
        if asked.at["user_id"] not in self.world.people:
            raise Refusal(10013)
        return objects.user(self.world.people[asked.at["user_id"]])

    def my_guilds(self, asked: Asked) -> list[Json]:
        """`GET /users/@me/guilds`."""
        found = self.world.guilds_of(self.world.app.bot_id)
        after = int(asked.query.get("after", 0))
        shown = [objects.guild(one) for one in found if int(one.id) > after]
        names = ("id", "name", "icon", "banner", "features")
        return [{**{name: one[name] for name in names}, "owner": False, "permissions": "0"} for one in shown]
