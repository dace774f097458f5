"""conversations.* and users.info. Source of the members: official samples in java-slack-sdk, json-logs."""

import base64
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name

from tests.adapters.slack.workspace import Channel, Message, Person, Refusal, Team, World

Json = dict[str, Any]
CREATED = 1_600_000_000
PAGE = 100
READ_SCOPES = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}


def need(team: Team, scope: str) -> None:
    """Refuse with `missing_scope`, as Slack says which."""
    if scope not in team.scopes:
        raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(team.scopes)))


def knows(team: Team, user_id: str) -> bool:
    """Whether the workspace can see this account."""
    return user_id in team.people


def a_channel(team: Team, channel_id: str) -> Channel:
    """A channel the bot can know of: others' private ones do not exist for it."""
    channel = team.channels.get(channel_id)
    if channel is None or (channel.kind != "public" and team.bot_user_id not in channel.members):
        raise Refusal("channel_not_found")
    return channel


def _read(team: Team, args: Json, right: str) -> Channel:
    channel = a_channel(team, str(args.get("channel") or ""))
    need(team, f"{READ_SCOPES[channel.kind]}:{right}")
    return channel


def _page(args: Json, whole: list[Any], most: int = 1000) -> tuple[list[Any], str]:
    try:
        start = int(base64.b64decode(str(args.get("cursor") or "")).decode() or 0)
    except ValueError:
        raise Refusal("invalid_cursor") from None
    limit = int(args.get("limit") or PAGE)
    if not 0 < limit <= 1000:
        raise Refusal("invalid_limit")
    end = start + min(limit, most)
    return whole[start:end], base64.b64encode(str(end).encode()).decode() if end < len(whole) else ""


def members(world: World, team: Team, args: Json) -> Json:
    """conversations.members, page by page."""
    channel = _read(team, args, "read")
    page, cursor = _page(args, channel.members)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def info(world: World, team: Team, args: Json) -> Json:
    """conversations.info."""
    channel = _read(team, args, "read")
    whole = _channel_object(team, channel)
    if truth(args.get("include_num_members")):
        whole["num_members"] = len(channel.members)
    return {"channel": whole}


def truth(value: object) -> bool:
    """Booleans as slack_sdk puts them into forms and queries."""
    return value is True or str(value).lower() in {"1", "true"}


def _channel_object(team: Team, channel: Channel) -> Json:
    shared = len(channel.team_ids) > 1
    common = {"id": channel.id, "created": CREATED, "is_archived": channel.is_archived}
    if channel.kind == "im":
        (person,) = (one for one in channel.members if one != team.bot_user_id)
        return {**common, "is_im": True, "is_org_shared": False, "user": person, "context_team_id": team.id}
    return {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_im": False,
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_member": team.bot_user_id in channel.members,
        "is_general": False,
        "is_shared": shared,
        "is_ext_shared": shared,
        "is_org_shared": False,
        "shared_team_ids": channel.team_ids,
        "context_team_id": team.id,
    }


def direct_message(world: World, team: Team, user_id: str) -> Channel:
    """The direct message between the bot and one person, made when it is first needed."""
    wanted = {team.bot_user_id, user_id}
    for channel in team.channels.values():
        if channel.kind == "im" and set(channel.members) == wanted:
            return channel
    made = Channel(world.mint("D"), "directmessage", "im", [team.bot_user_id, user_id], team_ids=[team.id])
    team.channels[made.id] = made
    return made


def open_conversation(world: World, team: Team, args: Json) -> Json:
    """conversations.open with one person or several."""
    if args.get("channel"):
        return {"channel": {"id": a_channel(team, str(args["channel"])).id}, "no_op": True}
    people = [one for one in str(args.get("users") or "").split(",") if one]
    if not people or any(not knows(team, one) for one in people):
        raise Refusal("user_not_found")
    need(team, "im:write" if len(people) == 1 else "mpim:write")
    channel = direct_message(world, team, people[0]) if len(people) == 1 else _group(world, team, people)
    return {"channel": _channel_object(team, channel) if truth(args.get("return_im")) else {"id": channel.id}}


def _group(world: World, team: Team, people: list[str]) -> Channel:
    together = [team.bot_user_id, *people]
    for channel in team.channels.values():
        if channel.kind == "mpim" and set(channel.members) == set(together):
            return channel
    made = Channel(world.mint("C"), "mpdm-1", "mpim", together, team_ids=[team.id])
    team.channels[made.id] = made
    return made


def history(world: World, team: Team, args: Json) -> Json:
    """conversations.history: replies left out, each page newest first.

    The pages go back from the latest; with `oldest` and no `latest` they go forward from there.
    Source: docs.slack.dev, "Pagination by time": "the messages returned are those closest to oldest".
    """
    channel = _readable(team, args)
    found = [one for one in channel.messages.values() if one.thread_ts in (None, one.ts)]
    goes_back = not args.get("oldest") or bool(args.get("latest"))
    return _listed(world, team, args, sorted(found, key=lambda one: one.ts, reverse=goes_back), reverse=True)


def replies(world: World, team: Team, args: Json) -> Json:
    """conversations.replies: the parent first, then its replies in order."""
    channel = _readable(team, args)
    parent = str(args.get("ts") or "")
    found = [one for one in channel.messages.values() if parent in (one.ts, one.thread_ts)]
    if not found:
        raise Refusal("thread_not_found")
    return _listed(world, team, args, sorted(found, key=lambda one: one.ts), reverse=False)


def _readable(team: Team, args: Json) -> Channel:
    channel = _read(team, args, "history")
    if team.bot_user_id not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def _listed(world: World, team: Team, args: Json, found: list[Message], *, reverse: bool) -> Json:
    oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "9")
    ends_count = truth(args.get("inclusive"))
    within = [one for one in found if oldest < one.ts < latest or (ends_count and one.ts in (oldest, latest))]
    page, cursor = _page(args, within, world.app.most_listed)
    page.sort(key=lambda one: one.ts, reverse=reverse)
    with_metadata = truth(args.get("include_all_metadata"))
    answer = {"messages": [_listed_message(world, team, one, with_metadata) for one in page]}
    more = {"response_metadata": {"next_cursor": cursor}} if cursor else {}
    return {**answer, "has_more": bool(cursor), **more}


def _listed_message(world: World, team: Team, message: Message, with_metadata: bool) -> Json:
    whole = shown(world, team, message)
    return whole | ({"metadata": message.metadata} if with_metadata and message.metadata else {})


def shown(world: World, team: Team, message: Message) -> Json:
    """The message object of answers and events."""
    whole = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": team.id,
        "thread_ts": message.thread_ts,
        "edited": message.edited,
    }
    if message.user == team.bot_user_id:
        profile = {"id": team.bot_id, "name": "Parley", "app_id": world.app.id, "team_id": team.id}
        whole |= {"bot_id": team.bot_id, "app_id": world.app.id, "bot_profile": profile}
    whole = {name: value for name, value in whole.items() if value is not None}
    return whole | ({"blocks": message.blocks} if message.blocks else {})


def user_info(world: World, team: Team, args: Json) -> Json:
    """users.info."""
    if not knows(team, str(args.get("user") or "")):
        raise Refusal("user_not_found")
    person = team.person(str(args["user"]))
    whole = user_object(world, team, person)
    return {"user": whole | ({"locale": person.locale} if truth(args.get("include_locale")) else {})}


def user_object(world: World, team: Team, person: Person) -> Json:
    """A user as `users.info` and `user_change` show it.

    The address needs its scope, and then stands there for guests and for people of other workspaces too.
    `is_stranger` is only who is in no channel that the app can see: docs.slack.dev, "User object".
    """
    now = datetime.fromtimestamp(world.clock.seconds(), UTC).astimezone(ZoneInfo(person.tz))
    offset = now.utcoffset()
    is_stranger = person.team_id != team.id and not _meets(team, person)
    profile: Json = {"real_name": person.name, "display_name": person.name, "team": person.team_id}
    if person.email and "users:read.email" in team.scopes:
        profile["email"] = person.email
    whole = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "real_name": person.name,
        "deleted": person.deleted,
        "color": "9f69e7",
        "tz": person.tz,
        "tz_label": get_timezone_name(now, "long", locale="en_US"),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted or person.is_ultra_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": CREATED,
    }
    return whole | ({"is_stranger": True} if is_stranger else {})


def _meets(team: Team, person: Person) -> bool:
    """Whether a channel brings somebody of another workspace together with the app."""
    return any({person.id, team.bot_user_id} <= set(channel.members) for channel in team.channels.values())
