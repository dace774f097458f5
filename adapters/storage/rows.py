"""Rows into values and values into rows; the only place that knows how a value is spread over columns."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from adapters.storage import payloads
from adapters.storage.secrets import Vault
from scheduling_core.deliveries import Message
from scheduling_core.meeting import Draft, Hold, Meeting, Offer, Phase, Undo, Wish
from scheduling_core.people import Person
from scheduling_core.ports import QueuedMail, Shown
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef

Columns = dict[str, Any]

_SECOND = timedelta(seconds=1)


def room_key(room: RoomRef) -> Columns:
    """The columns that name a room, whatever its thread."""
    return {
        "platform": room.workspace.platform,
        "workspace": room.workspace.workspace,
        "room": room.room,
    }


def workspace_key(workspace: WorkspaceRef) -> Columns:
    """The columns that name a workspace."""
    return {"platform": workspace.platform, "workspace": workspace.workspace}


def _room_columns(room: RoomRef) -> Columns:
    return {**room_key(room), "thread": room.thread}


def _room(row: Row[Any]) -> RoomRef:
    return RoomRef(WorkspaceRef(row.platform, row.workspace), row.room, row.thread)


def ref_columns(ref: PersonRef) -> Columns:
    """The columns that name a person by the platform's id."""
    return {
        "platform": ref.realm.platform,
        "realm": ref.realm.workspace,
        "account": ref.person,
    }


def person_columns(person: Person, vault: Vault) -> Columns:
    """A person as columns of `persons`."""
    return {
        "id": person.id,
        **ref_columns(person.ref),
        "name": person.name,
        "zone": person.zone,
        "locale": person.locale,
        "email": vault.seal_optional(person.email),
        "rules": None if person.rules is None else payloads.rules_text(person.rules),
        "join_template": vault.seal_optional(person.join_template),
        "line": person.line,
    }


def person(row: Row[Any], vault: Vault) -> Person:
    """A row of `persons` as a value."""
    return Person(
        id=row.id,
        ref=PersonRef(WorkspaceRef(row.platform, row.realm), row.account),
        name=row.name,
        zone=row.zone,
        locale=row.locale,
        email=vault.open_optional(row.email),
        rules=None if row.rules is None else payloads.rules_from_text(row.rules),
        join_template=vault.open_optional(row.join_template),
        line=row.line,
        is_linked=row.linked,
    )


def meeting_columns(meeting: Meeting, vault: Vault) -> Columns:
    """A meeting as columns of `meetings`."""
    return {
        "id": meeting.id,
        **_room_columns(meeting.room),
        "message": meeting.message_id,
        "host": meeting.host,
        "guests": list(meeting.guests),
        "anyone": meeting.anyone,
        "length_seconds": _seconds(meeting.length),
        "title": meeting.title,
        "days": _dates(meeting.days),
        "offers": [[offer.number, _instant(offer.start), offer.open] for offer in meeting.offers],
        "expires_at": meeting.expires_at,
        "secret": vault.seal(meeting.secret),
        "phase": meeting.phase.value,
        "starts": meeting.start,
        "ends": None if meeting.start is None else meeting.start + meeting.length,
        "sequence": meeting.sequence,
        "round": meeting.round,
        "revision": meeting.revision,
        "undo": None if meeting.undo is None else _undo_columns(meeting.undo),
    }


def meeting(row: Row[Any], vault: Vault) -> Meeting:
    """A row of `meetings` as a value."""
    return Meeting(
        id=row.id,
        room=_room(row),
        message_id=row.message,
        host=row.host,
        guests=tuple(row.guests),
        anyone=row.anyone,
        length=timedelta(seconds=row.length_seconds),
        title=row.title,
        days=tuple(map(date.fromisoformat, row.days)),
        offers=tuple(Offer(number, _at(start), is_open) for number, start, is_open in row.offers),
        expires_at=row.expires_at,
        secret=vault.open(row.secret),
        phase=Phase(row.phase),
        start=row.starts,
        sequence=row.sequence,
        round=row.round,
        revision=row.revision,
        undo=None if row.undo is None else _undo(row.undo),
    )


def _undo_columns(undo: Undo) -> list[str]:
    return [undo.by, _instant(undo.until), _instant(undo.start)]


def _undo(columns: list[str]) -> Undo:
    by, until, start = columns
    return Undo(by, _at(until), _at(start))


def draft_columns(draft: Draft) -> Columns:
    """A draft as columns of `drafts`."""
    return {
        "id": draft.id,
        "host": draft.host,
        **_room_columns(draft.room),
        "guests": list(draft.guests),
        "length_seconds": None if draft.length is None else _seconds(draft.length),
        "title": draft.title,
        "days": _dates(draft.days),
    }


def draft(row: Row[Any]) -> Draft:
    """A row of `drafts` as a value."""
    return Draft(
        id=row.id,
        host=row.host,
        room=_room(row),
        guests=tuple(row.guests),
        length=None if row.length_seconds is None else timedelta(seconds=row.length_seconds),
        title=row.title,
        days=tuple(map(date.fromisoformat, row.days)),
    )


def hold_columns(hold: Hold) -> Columns:
    """A hold as columns of `holds`, without its position."""
    return {
        "id": hold.id,
        "meeting": hold.meeting,
        "guest": hold.guest,
        "starts": hold.start,
        "expires_at": hold.expires_at,
        "message": hold.message_id,
        **_room_columns(hold.room),
    }


def hold(row: Row[Any]) -> Hold:
    """A row of `holds` as a value."""
    return Hold(
        id=row.id,
        meeting=row.meeting,
        guest=row.guest,
        start=row.starts,
        expires_at=row.expires_at,
        message_id=row.message,
        room=_room(row),
    )


def wish_columns(wish: Wish) -> Columns:
    """A wish as columns of `wishes`."""
    return {
        "id": wish.id,
        "meeting": wish.meeting,
        "guest": wish.guest,
        "starts": [_instant(start) for start in wish.starts],
        "note": wish.note,
        "message": wish.message_id,
    }


def wish(row: Row[Any]) -> Wish:
    """A row of `wishes` as a value."""
    return Wish(row.id, row.meeting, row.guest, tuple(map(_at, row.starts)), row.note, row.message)


def message_columns(message: Message, vault: Vault) -> Columns:
    """A message as columns of `messages`, without its position, path, what was shown and what it is about.

    Raises:
        ValueError: the audience is of another platform than the room.
    """
    audience = message.audience
    if audience is not None and audience.realm.platform != message.room.workspace.platform:
        raise ValueError(f"{audience} cannot be reached in {message.room}")
    return {
        "id": message.id,
        **_room_columns(message.room),
        "audience": None if audience is None else audience.person,
        "audience_realm": None if audience is None else audience.realm.workspace,
        "revision": message.revision,
        "card": None if message.card is None else vault.seal(payloads.card_text(message.card)),
    }


def message(row: Row[Any], vault: Vault) -> Message:
    """A row of `messages` as a value."""
    realm = WorkspaceRef(row.platform, row.audience_realm or "")
    return Message(
        id=row.id,
        revision=row.revision,
        room=_room(row),
        audience=None if row.audience is None else PersonRef(realm, row.audience),
        card=None if row.card is None else payloads.card_from_text(vault.open(row.card)),
    )


def shown(row: Row[Any], vault: Vault) -> Shown:
    """A row of `messages` as a value, with what the platform has of it."""
    path = vault.open_optional(row.path) or ""
    return Shown(message(row, vault), row.revision_shown, row.shown_as, path)


def mail_columns(mail: QueuedMail, vault: Vault) -> Columns:
    """A mail as columns of `mails`."""
    return {
        "id": mail.id,
        "meeting": mail.meeting,
        "person": mail.person,
        "content": vault.seal(payloads.mail_text(mail.mail)),
        "outcome": mail.outcome,
    }


def mail(row: Row[Any], vault: Vault) -> QueuedMail:
    """A row of `mails` as a value."""
    content = payloads.mail_from_text(vault.open(row.content))
    return QueuedMail(row.id, row.meeting, row.person, content, row.outcome)


def _seconds(length: timedelta) -> int:
    return length // _SECOND


def _dates(days: tuple[date, ...]) -> list[str]:
    return [day.isoformat() for day in days]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
