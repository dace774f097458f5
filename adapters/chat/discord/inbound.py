"""What people type, press, choose and send → `Taken`: the first response and the delivery. Pure.

The signature was checked before, or it came over our own gateway connection. An interaction is answered at
once, by a table that looks at nothing else. Source: "Receiving and Responding" of Discord's documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from adapters.chat.discord import absence, inputs, names, payloads, suggestions, typed
from adapters.chat.discord.drafts import Draft, Way, digest
from adapters.chat.discord.names import CustomId, Json
from adapters.chat.discord.payloads import App, listed, snowflake
from adapters.chat.discord.responses import (
    EPHEMERAL,
    First,
    OpenForm,
    Pong,
    Redraw,
    Suggest,
    Tell,
    Thinking,
    Working,
)
from adapters.payload import Malformed, find, maybe, storable, text
from scheduling_core.actions import ActionCodec, ForgedAction
from scheduling_core.deliveries import Act, Command, ForgedPress, Press, Profile, Said
from scheduling_core.meet_syntax import Invite, Verb, parse
from scheduling_core.refs import RoomRef

ONLY_US = (
    "Nobody but you and me can see this. Please type it in a channel with the people you would like to meet."
)

_TYPED_MESSAGES = (0, 19)


@dataclass(frozen=True, slots=True)
class Taken:
    """An interaction, read.

    Attributes:
        id, token: of the interaction, for the first response.
        draft: what is delivered once the first response was taken; None where it is all there is.
    """

    id: str
    token: str = field(repr=False)
    first: First
    draft: Draft | None = None


def elsewhere(body: Json, codec: ActionCodec, room: RoomRef) -> Draft | None:
    """A press on a private message of *room* that stands in the direct messages with us.

    Raises:
        Malformed: not the form of a press.
    """
    handle = _modal if body.get("type") == names.MODAL_SUBMIT else _component
    _, draft = handle(body, codec, room)
    if draft is None or not isinstance(draft.act, Press | ForgedPress):
        return None
    return draft.moved(room)


def interaction(body: Json, codec: ActionCodec, app: App) -> Taken:
    """An interaction, from the gateway or by HTTP.

    Raises:
        Malformed: not the form of one that we know.
    """
    about = snowflake(body, "id"), text(body, "token")
    match body.get("type"):
        case names.PING:
            return Taken(*about, Pong())
        case names.COMMAND:
            return Taken(*about, *_command(body, app))
        case names.COMPONENT:
            return Taken(*about, *_component(body, codec, payloads.room(body)))
        case names.AUTOCOMPLETE:
            return Taken(*about, _asked(body))
        case names.MODAL_SUBMIT:
            return Taken(*about, *_modal(body, codec, payloads.room(body)))
    raise Malformed("no type of interaction we know")


def said(body: Json, app: App, parent: str = "") -> Draft | None:
    """A MESSAGE_CREATE; None for one that is not addressed to us: rooms are not read along.

    Args:
        parent: the channel of the thread it stands in, where the gateway told; "" for none.

    Raises:
        Malformed: not the form of a message.
    """
    if body.get("type", 0) not in _TYPED_MESSAGES or body.get("webhook_id") or find(body, "author", "bot"):
        return None
    if maybe(body, "guild_id") and not _is_to_us(body, app):
        return None
    message_id, room, actor = snowflake(body, "id"), payloads.room(body, parent), payloads.actor(body)
    words = payloads.words(maybe(body, "content"), app.bot_id)
    labels = payloads.labels(listed(body, "mentions"))
    # Whoever is named in direct messages with us does not see them.
    absent = labels if room.workspace == names.DIRECT else {}
    answered = maybe(body, "message_reference", "message_id")
    where = maybe(body, "message_reference", "channel_id") or names.channel_of(room)
    return Draft(
        f"m{message_id}",
        digest("said", room, actor, words.text),
        room,
        actor,
        Said(typed.days_of(_by_name(words.text, {} if answered else absent))),
        mentions=_untold(words.mentions, actor),
        labels=labels,
        said_as=message_id if maybe(body, "guild_id") else "",
        replied_to=f"{where}:{answered}" if answered else "",
    )


def _by_name(text: str, labels: Mapping[str, str]) -> str:
    """With the names of those who can only be told not to be here."""
    for account, name in labels.items():
        text = text.replace(f"@{account}", f"@{name}")
    return text


def card_replied_to(body: Json) -> str:
    """Our id of the card that a message replies to, as its buttons tell; "" for none."""
    components = find(body, "referenced_message", "components")
    named = (names.read_custom_id(str(one.get("custom_id"))) for one in inputs.walk(components))
    return next((one.message for one in named if one and one.message), "")


def _is_to_us(body: Json, app: App) -> bool:
    # Of a reply that does not ping us Discord may withhold the words: "Message Content Intent".
    replied = maybe(body, "referenced_message", "author", "id") if maybe(body, "content") else ""
    called = {maybe(one, "id") for one in listed(body, "mentions")}
    return bool(app.bot_id) and app.bot_id in {replied, *called}


def _untold(mentions: tuple[str, ...], *told: Profile) -> tuple[str, ...]:
    known = {one.ref.person for one in told}
    return tuple(one for one in mentions if one not in known)


def _command(body: Json, app: App) -> tuple[First, Draft | None]:
    read = typed.line(body, app)
    if isinstance(read, typed.Unread):
        return Tell(read.because), None
    draft = _draft(body, Command(read.text, read.zone is not None), "command", read.text, read.zone or "")
    if because := _out_of_reach(body, read.mentions, draft.actor) or _for_nobody(draft, body, app):
        return Tell(because), None
    people = payloads.resolved(body) if payloads.tells_who_is_here(body) else ()
    people += payloads.recipients(body, _untold(read.mentions, *people))
    actor = replace(draft.actor, zone=read.zone)
    mentions = _untold(read.mentions, actor, *people)
    labels = payloads.labels(payloads.named(body).values())
    return Thinking(), replace(draft, actor=actor, people=people, mentions=mentions, labels=labels)


def _out_of_reach(body: Json, mentions: tuple[str, ...], actor: Profile) -> str:
    """Why somebody who is named would never see what is posted here, in a sentence; "" where all would."""
    if machines := payloads.machines(body):
        return " ".join(absence.why_not(absence.Machine(), name) for name in machines)
    if payloads.is_with_us_alone(body):
        return ONLY_US if _untold(mentions, actor) else ""
    sentence = absence.not_here if maybe(body, "guild_id") else absence.not_in_group
    return " ".join(map(sentence, payloads.absent(body)))


def _for_nobody(draft: Draft, body: Json, app: App) -> str:
    return ONLY_US if payloads.is_with_us_alone(body) and invites(draft.act, app.command) else ""


def may_be_repeated(act: Act, command: str) -> bool:
    """Whether it does no harm to count although its actor, told that it failed, does the same again."""
    match act:
        case Press() | ForgedPress():
            return True
        case Command(text):
            return isinstance(parse(text, command, {}), Verb)
    return False


def invites(act: Act, command: str) -> bool:
    """Whether a line asks for a meeting; of what was merely said it has to say so."""
    match act:
        case Command(text):
            return isinstance(parse(text, command, {}), Invite)
        case Said(text):
            found = parse(text, command, {})
            return isinstance(found, Invite) and bool(found.length or found.day)
    return False


def _asked(body: Json) -> First:
    focused = next((one for one in typed.options(body) if one.get("focused") is True), {})
    so_far = str(focused.get("value", "")).strip()
    now = datetime.fromtimestamp(names.epoch_seconds(snowflake(body, "id")), UTC)
    return Suggest(suggestions.choices(maybe(focused, "name"), so_far, now, maybe(body, "locale")))


def _component(body: Json, codec: ActionCodec, room: RoomRef) -> tuple[First, Draft | None]:
    name, message = text(body, "data", "custom_id"), _message(body)
    read, values = names.read_custom_id(name), _values(body)
    match read:
        case CustomId(kind=names.CHOICE):
            return Redraw(inputs.chosen(message, name, values)), None
        case CustomId(kind=names.FORM) if read.first.isdecimal():
            return OpenForm(read.message, int(read.first)), None
        case CustomId(kind=names.PRESS):
            return _answered(body), _press(body, codec, room, read, read.first, {})
        case CustomId(kind=names.SELECT) if values:
            return _answered(body), _press(body, codec, room, read, values[0], {})
    return Working(), None


def _modal(body: Json, codec: ActionCodec, room: RoomRef) -> tuple[First, Draft | None]:
    read = names.read_custom_id(text(body, "data", "custom_id"))
    entered = inputs.entered(find(body, "data", "components"))
    then = entered.pop(names.THEN, "")
    first: First = Working() if find(body, "message") else Thinking()
    carried = (read.parts[1] if len(read.parts) > 1 else "") or then if read else ""
    if read is None or read.kind != names.MODAL or not carried:
        return first, None
    return first, replace(_press(body, codec, room, read, carried, entered), needs_card=True)


def _answered(body: Json) -> First:
    return Working() if _is_ours_to_edit(body) else Thinking()


def is_answer_to_all(body: Json) -> bool:
    """Whether it came from a message that another interaction posted for everybody."""
    return not _is_private(body) and bool(maybe(body, "message", "interaction_metadata", "id"))


def _is_ours_to_edit(body: Json) -> bool:
    """Whether this interaction is a way to edit the message it came from.

    A card that an earlier interaction posted for everybody has no other: the bot may not be in the room.
    """
    return _is_private(body) or is_answer_to_all(body)


def _is_private(body: Json) -> bool:
    """Whether the actor alone sees the message: so it is in the direct messages with us."""
    flags = find(body, "message", "flags")
    return bool(isinstance(flags, int) and flags & EPHEMERAL) or payloads.is_with_us_alone(body)


def _message(body: Json) -> Json:
    message = find(body, "message")
    return message if isinstance(message, dict) else {}


def _values(body: Json) -> list[str]:
    found = find(body, "data", "values")
    return [storable(one) for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _press(
    body: Json,
    codec: ActionCodec,
    room: RoomRef,
    read: CustomId,
    carried: str,
    entered: Mapping[str, str],
) -> Draft:
    components = _message(body).get("components")
    held = {**inputs.held(components), **entered}
    act = _meant(read.message, carried, room, held, codec)
    draft = _draft(body, act, "press", read.message, carried, held)
    way = replace(draft.way, message_id=read.message) if draft.way and _is_ours_to_edit(body) else draft.way
    return replace(draft, way=way, needs_card=inputs.has_form(components))


def _meant(
    message_id: str, carried: str, room: RoomRef, held: Mapping[str, str], codec: ActionCodec
) -> Press | ForgedPress:
    try:
        return Press(message_id, codec.decode(carried, room), held)
    except ForgedAction:
        return ForgedPress(message_id)


def _draft(body: Json, act: Act, kind: str, *content: str | Mapping[str, str]) -> Draft:
    room, actor = payloads.room(body), payloads.actor(body)
    return Draft(
        f"i{snowflake(body, 'id')}",
        digest(kind, room, actor, *content),
        room,
        actor,
        act,
        maybe(body, "channel", "name") if maybe(body, "guild_id") else "",
        way=Way(snowflake(body, "application_id"), text(body, "token"), channel=maybe(body, "channel_id")),
        is_alone=payloads.is_with_us_alone(body),
    )
