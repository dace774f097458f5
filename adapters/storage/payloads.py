"""Values kept whole in one column, as JSON text: rules, deliveries, cards, answers and mails.

Nothing in the database looks inside them; all but rules are sealed by the caller.
"""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from scheduling_core import card_json
from scheduling_core.availability import Availability, WeeklyHours
from scheduling_core.cards import Card
from scheduling_core.deliveries import (
    Act,
    Answer,
    Command,
    Delivery,
    ForgedPress,
    HomeOpened,
    MembersTold,
    Message,
    Press,
    Profile,
    RoomView,
    Said,
)
from scheduling_core.mail import OutgoingMail
from scheduling_core.people import Rules
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from scheduling_core.windows import Window

_ACTS: dict[str, type[Act]] = {
    "command": Command,
    "press": Press,
    "forged-press": ForgedPress,
    "said": Said,
    "members-told": MembersTold,
    "home-opened": HomeOpened,
}
_ACT_NAMES = {act: name for name, act in _ACTS.items()}
_ACT_FORMS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(act) for name, act in _ACTS.items()}
_PROFILE: TypeAdapter[Profile] = TypeAdapter(Profile)
_ROOM_VIEW: TypeAdapter[RoomView] = TypeAdapter(RoomView)
_MAIL: TypeAdapter[OutgoingMail] = TypeAdapter(OutgoingMail)


def rules_text(rules: Rules) -> str:
    """Rules as JSON text; durations in seconds, windows in minutes of the day."""
    hours = rules.availability
    return _compact(
        {
            "zone": hours.zone,
            "weekly": [_windows(day) for day in hours.weekly.days],
            "overrides": {day.isoformat(): _windows(windows) for day, windows in hours.overrides.items()},
            "length": rules.length.total_seconds(),
            "step": rules.step.total_seconds(),
            "notice": rules.notice.total_seconds(),
            "window_days": rules.window_days,
            "buffer_before": rules.buffer_before.total_seconds(),
            "buffer_after": rules.buffer_after.total_seconds(),
            "max_per_day": rules.max_per_day,
            "when_unreadable": rules.when_unreadable,
        }
    )


@lru_cache(1024)
def rules_from_text(text: str) -> Rules:
    """What `rules_text` wrote."""
    data = json.loads(text)
    return Rules(
        availability=Availability(
            data["zone"],
            WeeklyHours.of(map(_windows_from, data["weekly"])),
            {date.fromisoformat(day): _windows_from(pairs) for day, pairs in data["overrides"].items()},
        ),
        length=timedelta(seconds=data["length"]),
        step=timedelta(seconds=data["step"]),
        notice=timedelta(seconds=data["notice"]),
        window_days=data["window_days"],
        buffer_before=timedelta(seconds=data["buffer_before"]),
        buffer_after=timedelta(seconds=data["buffer_after"]),
        max_per_day=data["max_per_day"],
        when_unreadable=data.get("when_unreadable", "ask"),
    )


def _windows(windows: tuple[Window, ...]) -> list[list[int]]:
    return [[window.start, window.end] for window in windows]


def _windows_from(pairs: list[list[int]]) -> tuple[Window, ...]:
    return tuple(Window(start, end) for start, end in pairs)


def delivery_text(delivery: Delivery) -> str:
    """A delivery as JSON text."""
    kind = _ACT_NAMES[type(delivery.act)]
    return _compact(
        {
            "id": delivery.id,
            "digest": delivery.digest,
            "received_at": delivery.received_at.astimezone(UTC).isoformat(),
            "actor": _PROFILE.dump_python(delivery.actor, mode="json"),
            "room": _ROOM_VIEW.dump_python(delivery.room, mode="json"),
            "kind": kind,
            "act": _ACT_FORMS[kind].dump_python(delivery.act, mode="json"),
            "path": delivery.path,
        }
    )


def delivery_from_text(text: str) -> Delivery:
    """What `delivery_text` wrote."""
    data = json.loads(text)
    return Delivery(
        id=data["id"],
        digest=data["digest"],
        actor=_PROFILE.validate_python(data["actor"]),
        room=_ROOM_VIEW.validate_python(data["room"]),
        act=_ACT_FORMS[data["kind"]].validate_python(data["act"]),
        received_at=datetime.fromisoformat(data["received_at"]),
        path=data.get("path", ""),
    )


def card_text(card: Card) -> str:
    """A card as JSON text."""
    return _compact(card_json.to_json(card))


def card_from_text(text: str) -> Card:
    """What `card_text` wrote."""
    return card_json.from_json(json.loads(text))


def answer_text(answer: Answer) -> str:
    """An answer as JSON text, its cards included."""
    return _compact([_message_json(message) for message in answer.replies])


def answer_from_text(text: str) -> Answer:
    """What `answer_text` wrote."""
    return Answer(tuple(_message_from(data) for data in json.loads(text)))


def _message_json(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "revision": message.revision,
        "room": _room_json(message.room),
        "audience": None if message.audience is None else _person_json(message.audience),
        "card": None if message.card is None else card_json.to_json(message.card),
    }


def _message_from(data: dict[str, Any]) -> Message:
    audience, card = data["audience"], data["card"]
    return Message(
        id=data["id"],
        revision=data["revision"],
        room=_room_from(*data["room"]),
        audience=None if audience is None else _person_from(*audience),
        card=None if card is None else card_json.from_json(card),
    )


def _room_json(room: RoomRef) -> list[str | None]:
    return [room.workspace.platform, room.workspace.workspace, room.room, room.thread]


def _room_from(platform: str, workspace: str, room: str, thread: str | None) -> RoomRef:
    return RoomRef(WorkspaceRef(platform, workspace), room, thread)


def _person_json(ref: PersonRef) -> list[str]:
    return [ref.realm.platform, ref.realm.workspace, ref.person]


def _person_from(platform: str, realm: str, person: str) -> PersonRef:
    return PersonRef(WorkspaceRef(platform, realm), person)


def mail_text(mail: OutgoingMail) -> str:
    """A mail as JSON text."""
    return _MAIL.dump_json(mail).decode()


def mail_from_text(text: str) -> OutgoingMail:
    """What `mail_text` wrote."""
    mail = _MAIL.validate_json(text)
    return replace(mail, sent_at=mail.sent_at.astimezone(UTC))


def envelope(mail: OutgoingMail) -> OutgoingMail:
    """What is kept of a mail that was sent or refused: who, when, and the id later mails thread under."""
    return replace(mail, subject="", text="", html="", invite=None)


def _compact(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))
