"""Reading Slack's JSON, and the words people type in it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from adapters.chat.slack.names import EMPTY, PLATFORM, Json, is_person, read_block_id
from adapters.payload import Malformed, find, storable
from scheduling_core.refs import WorkspaceRef

MAX_TEXT_CHARS = 4000

_SPECIAL = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def workspace(body: Json) -> WorkspaceRef:
    """The workspace the app is installed in, which a person of a shared channel need not be of.

    Raises:
        Malformed: the payload names none.
    """
    view, message, team = find(body, "view"), find(body, "message"), find(body, "team")
    found = (
        find(view, "app_installed_team_id"),
        *(find(one, "team_id") for one in authorizations(body)),
        # Of a message in a shared channel: who posted it, which was us.
        find(message, "team"),
        find(team, "id"),
        find(body, "team_id"),
        find(body, "user", "team_id"),
        find(view, "team_id"),
    )
    for one in found:
        if isinstance(one, str) and one.startswith("T"):
            return WorkspaceRef(PLATFORM, one)
    raise Malformed("no team")


def authorizations(body: Json) -> list[object]:
    """The installation an event was sent for; Slack tells one of them."""
    found = body.get("authorizations")
    return found[:1] if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody typed, as we read it.

    Attributes:
        text: people as `@U012AB3CD`, channels as `#name`, addresses as they are.
        mentions: user ids, in order, each once.
        labels: what Slack called them, by user id; only in commands it does.
    """

    text: str
    mentions: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def words(raw: str, bot: str = "") -> Words:
    """Slack's escaped text as it was typed.

    Args:
        bot: our user id, whose mention is left out.

    Source: https://docs.slack.dev/messaging/formatting-message-text, "Retrieving formatted messages".
    """
    mentions: dict[str, str] = {}

    def typed(found: re.Match[str]) -> str:
        target, label = found[1], found[2] or ""
        if not target.startswith("@"):
            return _typed(target, label)
        if target[1:] == bot:
            return ""
        if is_person(target[1:]):
            mentions[target[1:]] = mentions.get(target[1:]) or storable(label)
        return target

    plain = _SPECIAL.sub(typed, raw)
    for entity, mark in _ENTITIES:
        plain = plain.replace(entity, mark)
    labels = {user: label for user, label in mentions.items() if label}
    return Words(storable(plain).strip()[:MAX_TEXT_CHARS], tuple(mentions), MappingProxyType(labels))


def _typed(target: str, label: str) -> str:
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        # <!subteam^S012AB3CD|@team>, <!here>, <!date^…|fallback>
        return label or f"@{target[1:].partition('^')[0]}"
    return target.removeprefix("mailto:")


def inputs(state: object, message_id: str) -> dict[str, str]:
    """What stands in the fields of one message or window, by field id; "" where nothing does."""
    return {field: _value(held) for field, (_, held) in _held(state, message_id).items()}


def input_blocks(state: object, message_id: str) -> dict[str, str]:
    """Which block each of these fields stands in: field id → block id."""
    return {field: block for field, (block, _) in _held(state, message_id).items()}


def _held(state: object, message_id: str) -> dict[str, tuple[str, object]]:
    values = find(state, "values")
    if not isinstance(values, Mapping):
        return {}
    held: dict[str, tuple[str, object]] = {}
    for block_id, elements in values.items():
        block = read_block_id(block_id)
        if block and block.message == message_id and block.field is not None:
            held[block.field] = (block_id, find(elements, block.field))
    return held


def _value(held: object) -> str:
    match held:
        case {"selected_options": list(options)}:
            return ",".join(filter(None, map(_option, options)))
        case {"selected_option": option}:
            return _option(option)
        case {"selected_date": str(value)} | {"value": str(value)}:
            return storable(value)
    return ""


def _option(option: object) -> str:
    value = find(option, "value")
    return storable(value) if isinstance(value, str) and value != EMPTY else ""
