"""How Discord writes what it knows: users, members, channels, servers, messages. Pure.

Source: the resource pages of Discord's documentation (snapshot of 2026-08-06); required members after the
response schemas of the published OpenAPI document.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

from tests.adapters.discord.components import walk
from tests.adapters.discord.elements import CONTAINER, SELECTS, SEPARATOR, THUMBNAIL
from tests.adapters.discord.permissions import Overwrite, bits
from tests.adapters.discord.world import (
    DM,
    EPOCH_MILLISECONDS,
    GROUP_DM,
    THREADS,
    Channel,
    Guild,
    Json,
    Message,
    Person,
    World,
)

JOINED: Final = "2026-01-05T09:00:00.000000+00:00"
_NULLS: Final = (
    "icon",
    "home_header",
    "splash",
    "discovery_splash",
    "banner",
    "application_id",
    "afk_channel_id",
    "system_channel_id",
    "widget_channel_id",
    "max_presences",
    "vanity_url_code",
    "rules_channel_id",
    "safety_alerts_channel_id",
    "public_updates_channel_id",
    "incidents_data",
    "description",
)
_ZEROS: Final = (
    "system_channel_flags",
    "verification_level",
    "default_message_notifications",
    "mfa_level",
    "explicit_content_filter",
    "premium_tier",
    "premium_subscription_count",
    "nsfw_level",
)
_ONE: Final = {"min_values": 1, "max_values": 1}
_DEFAULTS: Final[dict[int, Json]] = {
    **dict.fromkeys(SELECTS, _ONE),
    CONTAINER: {"accent_color": None, "spoiler": False},
    SEPARATOR: {"divider": True, "spacing": 1},
    THUMBNAIL: {"description": None, "spoiler": False},
}
_MENTION: Final = re.compile(r"<@!?(\d+)>")


def made_at(snowflake: str) -> str:
    """When an id was made, as Discord writes it."""
    milliseconds = (int(snowflake) >> 22) + EPOCH_MILLISECONDS
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="microseconds")


def user(person: Person) -> Json:
    """A user, seen by an app: no zone, no locale, no address."""
    return {
        "id": person.id,
        "username": person.name,
        "discriminator": "0000" if person.is_bot else "0",
        "global_name": None if person.is_bot else person.name.title(),
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "accent_color": None,
        "primary_guild": None,
        "collectibles": None,
        "bot": person.is_bot,
        "public_flags": 0,
        "flags": 0,
    }


def myself(world: World) -> Json:
    """`/users/@me`."""
    about = {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}
    return {**user(world.bot), **about}


def application(world: World) -> Json:
    """`/oauth2/applications/@me`."""
    owner = next(iter(guild.owner_id for guild in world.guilds.values()), world.app.bot_id)
    return {
        "id": world.app.id,
        "name": world.app.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": world.app.public_key,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": world.app.interactions_url,
        "role_connections_verification_url": None,
        "owner": user(world.people[owner]),
        "team": None,
        "tags": [],
        "approximate_guild_count": sum(1 for _ in world.guilds_of(world.app.bot_id)),
        "approximate_user_install_count": sum(1 for one in world.people.values() if one.has_app),
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
        "integration_types_config": {"0": {}, "1": {}},
    }


def member(world: World, guild: Guild, person_id: str, *, with_user: bool = True) -> Json:
    """A member of a server."""
    whole: Json = {
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": list(guild.roles_of.get(person_id, [])),
        "joined_at": JOINED,
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "flags": 0,
        "mute": False,
        "deaf": False,
    }
    return {**whole, "user": user(world.people[person_id])} if with_user else whole


def thread_member(thread: Channel, person_id: str) -> Json:
    """Somebody in a thread."""
    return {"id": thread.id, "user_id": person_id, "join_timestamp": JOINED, "flags": 0}


def channel(world: World, one: Channel) -> Json:
    """A channel or a thread."""
    shared: Json = {"id": one.id, "type": one.kind, "flags": 0, "last_message_id": None}
    if one.kind == DM:
        others = [who for who in one.members or () if who != world.app.bot_id]
        return {**shared, "recipients": [user(world.people[who]) for who in others]}
    if one.kind == GROUP_DM:
        people = [user(world.people[who]) for who in one.members or ()]
        owner = (one.members or [""])[0]
        return {**shared, "recipients": people, "name": one.name, "icon": None, "owner_id": owner}
    shared |= {"guild_id": one.guild_id, "name": one.name, "parent_id": one.parent_id}
    shared |= {"rate_limit_per_user": 0, "permissions": bits(world.permissions(one))}
    if one.kind not in THREADS:
        overwrites = [_overwrite(each) for each in world.overwrites(one)]
        return {**shared, "position": 0, "topic": None, "nsfw": False, "permission_overwrites": overwrites}
    state = {
        "archived": one.is_archived,
        "archive_timestamp": made_at(one.id),
        "auto_archive_duration": one.archived_after_minutes,
        "locked": False,
        "create_timestamp": made_at(one.id),
    }
    counts = {"message_count": len(one.messages), "member_count": 1, "total_message_sent": len(one.messages)}
    return {**shared, **counts, "owner_id": world.app.bot_id, "thread_metadata": state}


def _overwrite(one: Overwrite) -> Json:
    return {"id": one.id, "type": int(one.is_member), "allow": bits(one.allow), "deny": bits(one.deny)}


def _role(role_id: str, name: str, granted: frozenset[str]) -> Json:
    return {
        "id": role_id,
        "name": name,
        "description": None,
        "permissions": bits(granted),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def guild(one: Guild) -> Json:
    """A server, as `/guilds/{id}` answers."""
    others = [(id_, "role", granted) for id_, granted in one.roles.items()]
    nothing: Json = dict.fromkeys(_NULLS)
    zeros: Json = dict.fromkeys(_ZEROS, 0)
    return {
        **nothing,
        **zeros,
        "id": one.id,
        "name": one.name,
        "owner_id": one.owner_id,
        "preferred_locale": one.locale,
        "features": [],
        "roles": [_role(*role) for role in ((one.id, "@everyone", one.permissions), *others)],
        "emojis": [],
        "stickers": [],
        "region": "deprecated",
        "afk_timeout": 300,
        "widget_enabled": False,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
    }


def guild_create(world: World, one: Guild) -> Json:
    """The `GUILD_CREATE` of a server: of its people only the bot, as without the presence intent."""
    own = [known for known in world.channels.values() if known.guild_id == one.id]
    return {
        **guild(one),
        "joined_at": JOINED,
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "members": [member(world, one, world.app.bot_id)],
        "channels": [channel(world, known) for known in own if known.kind not in THREADS],
        "threads": [channel(world, known) for known in own if known.kind in THREADS],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def with_ids(components: list[Json]) -> list[Json]:
    """The components with the numbers and defaults Discord gives where the app gave none."""
    made: list[Json] = json.loads(json.dumps(components))
    taken = {one.get("id") for one, _ in walk(made)}
    number = 0
    for one, _ in walk(made):
        for name, default in _DEFAULTS.get(one["type"], {}).items():
            one.setdefault(name, default)
        if not one.get("id"):
            number += 1
            while number in taken:
                number += 1
            one["id"] = number
    return made


def mentioned(world: World, body: Json, replied_to: str | None) -> tuple[str, ...]:
    """Who is notified: people named in the text, as far as `allowed_mentions` lets them be."""
    texts = [str(body.get("content") or "")]
    texts += [str(one["content"]) for one, _ in walk(body.get("components")) if one.get("content")]
    named = [who for text in texts for who in _MENTION.findall(text) if who in world.people]
    allowed = body.get("allowed_mentions")
    if allowed is not None and "users" not in (allowed.get("parse") or ()):
        listed = {str(one) for one in allowed.get("users") or ()}
        named = [who for who in named if who in listed]
    if replied_to and (allowed is None or allowed.get("replied_user")):
        named.append(replied_to)
    return tuple(dict.fromkeys(named))


def message(world: World, one: Message, *, hides_content: bool = False) -> Json:
    """A message; *hides_content* as for an app without the message content intent."""
    body = one.body
    shown: Json = {
        "content": body.get("content") or "",
        "embeds": [_embed(one) for one in body.get("embeds") or []],
        "components": body.get("components") or [],
        "attachments": attachments(world, one),
    }
    if hides_content:
        shown = {"content": "", "embeds": [], "components": [], "attachments": []}
    whole: Json = {
        **shown,
        "id": one.id,
        "channel_id": one.channel_id,
        "author": user(world.people[one.author_id]),
        "timestamp": made_at(one.id),
        "edited_timestamp": one.edited_at,
        "tts": False,
        "mention_everyone": False,
        "mentions": [_mention(world, one, who) for who in one.mentions],
        "mention_roles": [],
        "pinned": False,
        "type": 0,
        "flags": one.flags,
    }
    if one.nonce is not None:
        whole["nonce"] = one.nonce
    return {**whole, **_reply(world, one), **_of_interaction(world, one)}


def _mention(world: World, one: Message, who: str) -> Json:
    """A user, with what they are in the server where they are of it."""
    server = world.guilds.get(world.channels[one.channel_id].guild_id or "")
    told = user(world.people[who])
    if server is None or who not in server.members:
        return told
    return {**told, "member": member(world, server, who, with_user=False)}


def _embed(given: Json) -> Json:
    fields = [{"inline": False, **field} for field in given.get("fields") or []]
    return {"type": "rich", **given, **({"fields": fields} if fields else {})}


def _reply(world: World, one: Message) -> Json:
    if one.reply_to is None:
        return {}
    room = world.channels[one.channel_id]
    original = room.messages.get(one.reply_to)
    reference = {"type": 0, "message_id": one.reply_to, "channel_id": room.id}
    reference |= {"guild_id": room.guild_id} if room.guild_id else {}
    answered = message(world, original) if original else None
    return {"type": 19, "message_reference": reference, "referenced_message": answered}


def _of_interaction(world: World, one: Message) -> Json:
    if one.interaction is None:
        return {}
    kind = 20 if one.interaction["type"] == 2 else 0
    ids = {"webhook_id": world.app.id, "application_id": world.app.id}
    return {"type": kind, **ids, "interaction_metadata": one.interaction}


def attachments(world: World, one: Message) -> list[Json]:
    """The files of a message."""
    return [
        {
            "id": str(int(one.id) + number + 1),
            "filename": name,
            "size": len(content),
            "url": f"{world.address}/attachments/{one.id}/{name}",
            "proxy_url": f"{world.address}/attachments/{one.id}/{name}",
            "content_type": "text/calendar" if name.endswith(".ics") else "application/octet-stream",
        }
        for number, (name, content) in enumerate(one.files.items())
    ]


def partial_guild(one: Guild) -> dict[str, Any]:
    """The server in an interaction."""
    return {"id": one.id, "locale": one.locale, "features": []}
