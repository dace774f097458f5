"""Discord's limits on messages, embeds and answers to autocomplete: a payload in, broken rules out. Pure.

Source: "Message Resource", "Interactions" of Discord's documentation (snapshot of 2026-08-06).
"""

from collections.abc import Iterator
from typing import Any, Final

from tests.adapters.discord.components import component_breaches
from tests.adapters.discord.shapes import (
    Breach,
    Check,
    Json,
    Path,
    Shape,
    anything,
    boolean,
    integer,
    items,
    matching,
    moment,
    one_of,
    snowflake,
    string,
)

CONTENT: Final = 2_000
EMBEDS: Final = 10
EMBED_CHARACTERS: Final = 6_000
CHOICES: Final = 25

SUPPRESS_EMBEDS, EPHEMERAL, LOADING, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 6, 1 << 7, 1 << 12
IS_COMPONENTS_V2: Final = 1 << 15
_SENDABLE: Final = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | IS_COMPONENTS_V2

_WEB = matching(r"(https?|attachment)://\S+", code="URL_TYPE_INVALID_URL")
_PICTURE = Shape({"url": _WEB, "proxy_url": anything, "height": anything, "width": anything}, ("url",))
_EMBED_WORDS: Final = ("title", "description", "fields", "image", "thumbnail", "author", "footer", "video")


def _says_something(embed: Json, at: Path) -> Iterator[Breach]:
    if not any(embed.get(name) for name in _EMBED_WORDS):
        yield Breach((*at, "description"), "BASE_TYPE_REQUIRED", "This field is required")


EMBED: Final = Shape(
    {
        "type": one_of("rich"),
        "title": string(256, 0),
        "description": string(4096, 0),
        "url": _WEB,
        "timestamp": moment,
        "color": integer(0, 0xFFFFFF),
        "flags": anything,
        "footer": Shape({"text": string(2048), "icon_url": _WEB, "proxy_icon_url": anything}, ("text",)),
        "image": _PICTURE,
        "thumbnail": _PICTURE,
        "author": Shape(
            {"name": string(256), "url": _WEB, "icon_url": _WEB, "proxy_icon_url": anything}, ("name",)
        ),
        "fields": items(
            Shape({"name": string(256), "value": string(1024), "inline": boolean}, ("name", "value")),
            25,
        ),
    },
    (),
    (_says_something,),
)


def embed_characters(embeds: Any) -> int:
    """What counts towards the 6,000: title, description, fields, footer, author, of all embeds together."""
    total = 0
    for embed in (one for one in embeds if isinstance(one, dict)):
        texts = [embed.get("title"), embed.get("description")]
        texts += [(embed.get(key) or {}).get(name) for key, name in (("footer", "text"), ("author", "name"))]
        texts += [field.get(key) for field in embed.get("fields") or [] for key in ("name", "value")]
        total += sum(len(text) for text in texts if isinstance(text, str))
    return total


def _parse_or_list(mentions: Json, at: Path) -> Iterator[Breach]:
    for kind in ("users", "roles"):
        if mentions.get(kind) and kind in (mentions.get("parse") or []):
            rule = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            yield Breach((*at, kind), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", rule)


MENTIONS: Final = Shape(
    {
        "parse": items(one_of("users", "roles", "everyone"), 3),
        "users": items(snowflake, 100),
        "roles": items(snowflake, 100),
        "replied_user": boolean,
    },
    (),
    (_parse_or_list,),
)
_REFERENCE = {"type": one_of(0), "message_id": snowflake, "channel_id": snowflake, "guild_id": snowflake}
_BODY: Final[dict[str, Check]] = {
    "content": string(CONTENT, 0),
    "embeds": items(EMBED, EMBEDS),
    "allowed_mentions": MENTIONS,
    "components": anything,
    "flags": integer(0, 2**31 - 1),
    "attachments": items(
        Shape(
            {"id": snowflake, "filename": string(1024), "description": string(1024, 0), "title": anything},
            ("id",),
        ),
        10,
    ),
    "poll": anything,
    "tts": boolean,
}


def _nonce(value: object, at: Path) -> Iterator[Breach]:
    yield from () if isinstance(value, int) and not isinstance(value, bool) else string(25)(value, at)


BODIES: Final[dict[str, Shape]] = {
    "send": Shape(
        {
            **_BODY,
            "nonce": _nonce,
            "enforce_nonce": boolean,
            "sticker_ids": items(snowflake, 3),
            "message_reference": Shape({**_REFERENCE, "fail_if_not_exists": boolean}, ("message_id",)),
        }
    ),
    "edit": Shape({key: check for key, check in _BODY.items() if key not in ("tts", "poll")}),
    # discord.py says `tts` in updates too; the documentation does not know it there.
    "answer": Shape(_BODY),
    "followup": Shape({**_BODY, "username": string(80), "avatar_url": _WEB, "thread_name": anything}),
}


def message_breaches(body: Any, kind: str, before: Json | None = None, at: Path = ()) -> list[Breach]:
    """What is wrong with a message that is sent or edited.

    Args:
        kind: a key of `BODIES`.
        before: `flags`, `content` and `embeds` of the message that is edited; its v2 flag stays.
    """
    found = list(BODIES[kind](body, at))
    if not isinstance(body, dict):
        return found
    old = before or {}
    given = body.get("flags")
    flags = given if isinstance(given, int) else 0
    is_v2 = bool((flags | old.get("flags", 0)) & IS_COMPONENTS_V2)
    if is_v2:
        found += _no_legacy({**old, **body}, at)
    if body.get("components") is not None and (body["components"] or not is_v2):
        found += component_breaches(body["components"], (*at, "components"), is_v2=is_v2)
    elif is_v2 and ("components" in body or not old.get("components")):
        found.append(Breach((*at, "components"), "BASE_TYPE_REQUIRED", "This field is required"))
    embeds = body.get("embeds")
    if isinstance(embeds, list) and embed_characters(embeds) > EMBED_CHARACTERS:
        rule = f"Embed size exceeds maximum size of {EMBED_CHARACTERS}"
        found.append(Breach((*at, "embeds"), "MAX_EMBED_SIZE_EXCEEDED", rule))
    useless = flags & ~(_SENDABLE if kind in ("send", "edit") else _SENDABLE | EPHEMERAL)
    if useless and not old:
        rule = f"Flags {useless} cannot be set here"
        found.append(Breach((*at, "flags"), "UNKNOWN_FIELD", rule, is_ignored=True))
    return found


def _no_legacy(body: Json, at: Path) -> Iterator[Breach]:
    for name in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(name):
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            rule = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            yield Breach((*at, name), code, rule)


def is_empty(message: Json) -> bool:
    """Whether nothing at all would be shown (50006)."""
    parts = ("content", "embeds", "components", "attachments", "poll", "sticker_ids")
    return not any(message.get(name) for name in parts)


def autocomplete_breaches(data: Any, kind: int, at: Path = ("data",)) -> list[Breach]:
    """What is wrong with the choices for an option of type *kind* (3 string, 4 integer, 10 number)."""
    return list(Shape({"choices": items(choice(kind), CHOICES)}, ("choices",))(data, at))


def choice(kind: int) -> Shape:
    """One choice of an option."""

    def number(value: object, at: Path) -> Iterator[Breach]:
        if isinstance(value, bool) or not isinstance(value, int if kind == 4 else int | float):
            yield Breach(at, "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number of this type.')

    fields: dict[str, Check] = {
        "name": string(100),
        "name_localizations": anything,
        "value": string(100, 0) if kind == 3 else number,
    }
    return Shape(fields, ("name", "value"))
