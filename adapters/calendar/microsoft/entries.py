"""A meeting's copy ⇄ an event of Graph's. Pure.

An event has no id of our choosing. Its `transactionId` is made of the copy's key, so that Exchange answers
a repeat with what it made; and for repeats that come later, the event carries the key in an extended
property, by which it is found. A second property keeps what we last wrote, to tell whether somebody has
changed it since.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from adapters.calendar.microsoft.wire import Json, Unread, answer_of, span_of
from adapters.payload import find, maybe
from scheduling_core.calendar_ports import EventCopy, Found, Written
from scheduling_core.errors import Unavailable
from scheduling_core.mail import single_line

TEAMS: Final = "teamsForBusiness"
LONGEST_SUBJECT: Final = 255
KEY: Final = "String {6b4f6c1e-2d0a-4f7e-9c57-0f6a3a1b8d42} Name parleyKey"
STATE: Final = "String {6b4f6c1e-2d0a-4f7e-9c57-0f6a3a1b8d42} Name parleyState"
EXPANDED: Final = f"singleValueExtendedProperties($filter=id eq '{STATE}')"
FIELDS: Final = (
    "id,iCalUId,subject,start,end,location,isAllDay,isCancelled,responseStatus,createdDateTime,"
    "isOnlineMeeting,onlineMeeting"
)


def key_of(calendar: str, copy: EventCopy) -> str:
    """What an event of ours is found by; another in each calendar."""
    return sha256(f"parley event {calendar} {copy.key}".encode()).hexdigest()


def transaction(calendar: str, copy: EventCopy, life: int) -> str:
    """The `transactionId` of a creation.

    Args:
        life: how many events of this key were deleted, whose ids Exchange still remembers.
    """
    digest = sha256(f"parley transaction {life} {key_of(calendar, copy)}".encode()).hexdigest()
    return str(UUID(digest[:32], version=4))


def finder(calendar: str, copy: EventCopy) -> str:
    """The `$filter` that finds it."""
    value = key_of(calendar, copy)
    return f"singleValueExtendedProperties/Any(ep: ep/id eq '{KEY}' and ep/value eq '{value}')"


def new_event(calendar: str, copy: EventCopy, life: int, *, online: bool) -> Json:
    """The body of a creation, in UTC and with nobody in it."""
    event = {**_plain(copy), "body": _body(copy), **(_meeting() if online else {})}
    return {
        **event,
        "transactionId": transaction(calendar, copy, life),
        "singleValueExtendedProperties": [
            {"id": KEY, "value": key_of(calendar, copy)},
            _state(copy, event),
        ],
    }


def patch_of(copy: EventCopy, found: Json, *, online: bool) -> Json:
    """The body of a change; also makes a timed event of an all-day one.

    The text of an online meeting holds how to join it, and the text may be the owner's by now: it is only
    replaced where ours has changed, and never in an online meeting.
    """
    event = {**_plain(copy), "isAllDay": False, **(_meeting() if online else {})}
    if _note(copy) != state_of(found)[2] and not (online or _is_online(found)):
        event["body"] = _body(copy)
    merged = {**found, **event}
    return {**event, "singleValueExtendedProperties": [_state(copy, merged)]}


def _plain(copy: EventCopy) -> Json:
    entry = copy.entry
    return {
        "subject": single_line(entry.summary)[:LONGEST_SUBJECT],
        "start": _utc(entry.start),
        "end": _utc(entry.end),
        "location": {"displayName": single_line(entry.location)[:LONGEST_SUBJECT]},
    }


def _utc(instant: datetime) -> Json:
    return {"dateTime": instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}


def _meeting() -> Json:
    return {"isOnlineMeeting": True, "onlineMeetingProvider": TEAMS}


def _body(copy: EventCopy) -> Json:
    return {"contentType": "text", "content": _text(copy)}


def _text(copy: EventCopy) -> str:
    text = "\n".join(map(single_line, copy.entry.description.splitlines())).strip()
    url = copy.entry.url
    return text if not url or url in text else f"{text}\n\n{url}".strip()


def _note(copy: EventCopy) -> str:
    return sha256(_text(copy).encode()).hexdigest()[:32]


def _state(copy: EventCopy, event: Json) -> Json:
    return {"id": STATE, "value": f"{copy.entry.sequence} {mark_of(event)} {_note(copy)}"}


def state_of(event: Json) -> tuple[int, str, str]:
    """What we last wrote: its sequence, the mark of it, and that of its text; (-1, "", "") for none."""
    properties = find(event, "singleValueExtendedProperties")
    for each in properties if isinstance(properties, list) else ():
        # The GUID in an id comes back in whatever case.
        if maybe(each, "id").casefold() == STATE.casefold():
            sequence, _, marks = maybe(each, "value").partition(" ")
            mark, _, note = marks.partition(" ")
            return (int(sequence), mark, note) if sequence.isdecimal() else (-1, "", "")
    return -1, "", ""


def mark_of(event: Json) -> str:
    """What of an event is ours to write, but its text, as a short text; white space does not matter.

    The location of an online meeting is Exchange's to fill in.
    """
    location = "" if _is_online(event) else maybe(event, "location", "displayName")
    texts = [" ".join(text.split()) for text in (maybe(event, "subject"), location)]
    return sha256("\n".join([_times(event), *texts]).encode()).hexdigest()[:32]


def _times(event: Json) -> str:
    try:
        span = span_of(event, "UTC")
    except Unread:
        return "?"
    return f"{span.start.timestamp():.0f} {span.end.timestamp():.0f} {find(event, 'isAllDay') is True}"


def _is_online(event: Mapping[str, object]) -> bool:
    return find(event, "isOnlineMeeting") is True


def is_done(event: Json, copy: EventCopy) -> bool:
    """The event is what *copy* wants it to be."""
    return mark_of(event) == mark_of({**event, **_plain(copy), "isAllDay": False}) and (
        state_of(event)[2] == _note(copy)
    )


def is_untouched(event: Json, copy: EventCopy) -> bool:
    """Nobody has changed what we last wrote, and that was not newer than *copy*."""
    return state_of(event)[1] == mark_of(event) and not is_newer(event, copy)


def is_newer(event: Json, copy: EventCopy) -> bool:
    """A later state of the meeting has been written already."""
    return state_of(event)[0] > copy.entry.sequence


def makes_video(copy: EventCopy, found: Json) -> bool:
    """Whether a link is still to be asked for."""
    return copy.wants_video and not _is_online(found)


def version_of(event: Json) -> str:
    """Its ETag, which changes with every change."""
    return maybe(event, "@odata.etag")


def written(event: Json) -> Written:
    """An event of ours as Graph answers it.

    Raises:
        Unavailable: the answer is no event.
    """
    found, version, uid = maybe(event, "id"), version_of(event), maybe(event, "iCalUId")
    if not found or not version or not uid:
        raise Unavailable("Microsoft answered without an event")
    video = maybe(event, "onlineMeeting", "joinUrl")
    return Written(found, version, uid, video, video_pending=not video and _is_online(event))


def found_in(event: Json) -> Found:
    """An event of ours as it now is; one that became all-day takes its days in UTC.

    Raises:
        Unavailable: the answer is no event.
    """
    try:
        is_off = find(event, "isCancelled") is True or answer_of(event) == "declined"
        return Found(written(event), None if is_off else span_of(event, "UTC"))
    except Unread as error:
        raise Unavailable(str(error)) from None
