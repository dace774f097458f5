"""chat.*: what the app writes into channels.

Source of arguments and errors: docs.slack.dev, chat.* methods.
"""

import json
from typing import Any

from tests.adapters.slack.conversations import a_channel, direct_message, knows, shown
from tests.adapters.slack.forms import with_ids
from tests.adapters.slack.limits import TEXT, message_breaches
from tests.adapters.slack.shapes import Breach
from tests.adapters.slack.workspace import Channel, Message, Refusal, Team, World

Json = dict[str, Any]


def decoded(args: Json, name: str, error: str) -> Any:
    """An argument that is JSON: as an object, or as text in a form."""
    value = args.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refusal(error) from None


def refuse_breaches(world: World, where: str, found: list[Breach], error: str) -> None:
    """Remember and answer what is wrong with a payload.

    Raises:
        Refusal: with `errors` and `response_metadata.messages`, as Slack answers.
    """
    if found:
        world.blame(where, found)
        plainly = [f"{one.rule} [json-pointer:{one.pointer}]" for one in found]
        messages = {"messages": [str(one) for one in found]}
        raise Refusal(error, errors=plainly, response_metadata=messages)


def content(world: World, method: str, args: Json) -> Json:
    """`text`, `blocks` and `metadata` of a message, checked; only what was given."""
    blocks = decoded(args, "blocks", "invalid_blocks_format")
    given: Json = {}
    if blocks is not None:
        if not isinstance(blocks, list):
            raise Refusal("invalid_blocks_format")
        refuse_breaches(world, method, message_breaches(blocks), "invalid_blocks")
        given["blocks"] = with_ids(blocks, world.mint)
    text = args.get("text")
    if blocks and not text:
        # Slack takes it, with a warning: a notification then says nothing.
        world.blame(method, [Breach("/text", "text is missing beside blocks")])
    if isinstance(text, str) and len(text) > TEXT:
        world.blame(method, [Breach("/text", f"must be less than {TEXT + 1} characters")])
        raise Refusal("msg_too_long")
    if args.get("attachments"):
        world.blame(method, [Breach("/attachments", "attachments are not checked here; use blocks")])
    if text is not None:
        given["text"] = text
    return given | _metadata(world, method, args)


def _metadata(world: World, method: str, args: Json) -> Json:
    metadata = decoded(args, "metadata", "invalid_metadata_format")
    if metadata is None:
        return {}
    if metadata == {}:
        return {"metadata": None}
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        world.blame(method, [Breach("/metadata", "is event_type and event_payload")])
        raise Refusal("invalid_metadata_format")
    return {"metadata": metadata}


def post_message(world: World, team: Team, args: Json) -> Json:
    """chat.postMessage."""
    channel = _where(world, team, args)
    given = content(world, "chat.postMessage", args)
    if not given.get("text") and not given.get("blocks"):
        raise Refusal("no_text")
    message = world.post(team, channel, thread_ts=args.get("thread_ts"), **given)
    answer = shown(world, team, message)
    if message.metadata:
        answer["metadata"] = message.metadata
    warned = {} if given.get("text") else {"warning": "missing_text_in_message"}
    return {"channel": channel.id, "ts": message.ts, "message": answer, **warned}


def _where(world: World, team: Team, args: Json) -> Channel:
    target = str(args.get("channel") or "")
    if target[:1] in {"U", "W"} and target in team.people:
        return direct_message(world, team, target)
    channel = a_channel(team, target)
    is_open = channel.kind == "public" and "chat:write.public" in team.scopes
    if team.bot_user_id not in channel.members and not is_open:
        raise Refusal("not_in_channel")
    if channel.is_archived:
        raise Refusal("is_archived")
    return channel


def _own(team: Team, args: Json, error: str) -> tuple[Channel, Message]:
    channel = a_channel(team, str(args.get("channel") or ""))
    message = channel.messages.get(str(args.get("ts") or ""))
    if message is None:
        # Ephemerals too: no method knows them.
        raise Refusal("message_not_found")
    if message.user != team.bot_user_id:
        raise Refusal(error)
    return channel, message


def update(world: World, team: Team, args: Json) -> Json:
    """chat.update: what is not given stays."""
    channel, message = _own(team, args, "cant_update_message")
    if channel.is_archived:
        raise Refusal("is_archived")
    given = content(world, "chat.update", args)
    if not given.get("text") and not given.get("blocks"):
        raise Refusal("no_text")
    for name, value in given.items():
        setattr(message, name, value)
    message.edited = {"user": team.bot_user_id, "ts": world.ts()}
    answer = {"channel": channel.id, "ts": message.ts, "text": message.text}
    return {**answer, "message": shown(world, team, message)}


def delete(world: World, team: Team, args: Json) -> Json:
    """chat.delete."""
    channel, message = _own(team, args, "cant_delete_message")
    del channel.messages[message.ts]
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(world: World, team: Team, args: Json) -> Json:
    """chat.postEphemeral: to one member of a channel, best effort."""
    channel = a_channel(team, str(args.get("channel") or ""))
    if team.bot_user_id not in channel.members:
        raise Refusal("not_in_channel")
    user_id = str(args.get("user") or "")
    if user_id not in channel.members or not knows(team, user_id):
        raise Refusal("user_not_in_channel")
    given = content(world, "chat.postEphemeral", args)
    if not given.get("text") and not given.get("blocks"):
        raise Refusal("no_text")
    given.pop("metadata", None)
    message = world.whisper(team, channel.id, team.person(user_id), thread_ts=args.get("thread_ts"), **given)
    return {"message_ts": message.ts}
