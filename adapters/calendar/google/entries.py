"""A meeting's copy ⇄ an event of Google's. Pure.

The event's id is made of the copy's key, so that a repeat meets what it made. Besides, the event keeps a
mark of what we last wrote into it: with that it can be told whether somebody else has changed it since.
"""

from base64 import b32hexencode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from html import escape
from typing import Final

from adapters.calendar.google.wire import OUR_UID, Json, Unread, answer_of, rfc3339, span_of
from adapters.payload import find, maybe
from scheduling_core.calendar_ports import EventCopy, Found, Written
from scheduling_core.errors import Unavailable
from scheduling_core.mail import single_line

MARK: Final = "parleyMark"
SEQUENCE: Final = "parleySequence"
_MEET = "hangoutsMeet"


def event_id(key: str, life: int = 0) -> str:
    """52 letters of base32hex in lower case, the alphabet Google allows in ids.

    Args:
        life: how many events of this key were deleted and could not be revived.
    """
    return b32hexencode(sha256(f"parley event {life} {key}".encode()).digest()).decode().rstrip("=").lower()


def body_of(copy: EventCopy) -> Json:
    """The event in UTC, with nobody in it; what is not named stays as it is on a patch."""
    entry = copy.entry
    event: Json = {
        "summary": single_line(entry.summary),
        "description": _description(copy),
        "location": single_line(entry.location),
        "start": {"dateTime": rfc3339(entry.start)},
        "end": {"dateTime": rfc3339(entry.end)},
    }
    private = {OUR_UID: entry.uid, SEQUENCE: str(entry.sequence), MARK: mark_of(event)}
    return {**event, "extendedProperties": {"private": private}}


def new_event(copy: EventCopy, life: int = 0) -> Json:
    """The body of events.insert."""
    meet = {"conferenceData": conference(copy)} if copy.wants_video else {}
    return {"id": event_id(copy.key, life), **body_of(copy), **meet}


def patch_of(copy: EventCopy, *, makes_video: bool) -> Json:
    """The body of events.patch; also makes a timed event of an all-day one, and revives a deleted one."""
    body = body_of(copy)
    for name in ("start", "end"):
        body[name] = {**body[name], "date": None}
    meet = {"conferenceData": conference(copy)} if makes_video else {}
    return {**body, "status": "confirmed", **meet}


def conference(copy: EventCopy) -> Json:
    """A request for a Meet link; Google ignores one whose id it has seen."""
    number = sha256(f"parley meet {copy.key} {copy.entry.sequence}".encode()).hexdigest()[:32]
    return {"createRequest": {"requestId": number, "conferenceSolutionKey": {"type": _MEET}}}


def _description(copy: EventCopy) -> str:
    lines = "\n".join(map(single_line, copy.entry.description.splitlines())).strip()
    # Google shows tags in a description as formatting and links.
    text = escape(lines, quote=False) if "<" in lines else lines
    url = copy.entry.url
    return text if not url or url in text else f"{text}\n\n{url}".strip()


def mark_of(event: Json) -> str:
    """What of an event is ours to write, as a short text; runs of white space do not matter."""
    times = [str(_epoch(event, name)) for name in ("start", "end")]
    texts = [" ".join(maybe(event, name).split()) for name in ("summary", "description", "location")]
    return sha256("\n".join([*times, *texts]).encode()).hexdigest()[:32]


def _epoch(event: Json, name: str) -> object:
    try:
        return int(datetime.fromisoformat(maybe(event, name, "dateTime")).timestamp())
    except ValueError:
        return maybe(event, name, "date")


def is_cancelled(event: Json) -> bool:
    """It was deleted; Google keeps its id."""
    return maybe(event, "status") == "cancelled"


def is_done(event: Json, copy: EventCopy) -> bool:
    """The event is what *copy* wants it to be."""
    return not is_cancelled(event) and mark_of(event) == mark_of(body_of(copy))


def is_untouched(event: Json, copy: EventCopy) -> bool:
    """Nobody has changed what we last wrote, and that was not newer than *copy*."""
    mark = maybe(event, "extendedProperties", "private", MARK)
    return not is_cancelled(event) and mark == mark_of(event) and not is_newer(event, copy)


def is_newer(event: Json, copy: EventCopy) -> bool:
    """A later state of the meeting has been written already."""
    sequence = maybe(event, "extendedProperties", "private", SEQUENCE)
    return sequence.isdecimal() and int(sequence) > copy.entry.sequence


def written(event: Json) -> Written:
    """An event of ours as Google answers it.

    Raises:
        Unavailable: the answer is no event.
    """
    names = ("id", "etag", "iCalUID")
    found, version, uid = (maybe(event, name) for name in names)
    if not found or not version:
        raise Unavailable("Google answered without an event")
    status = maybe(event, "conferenceData", "createRequest", "status", "statusCode")
    video = _video(event)
    return Written(found, version, uid, video, video_pending=not video and status == "pending")


def _video(event: Json) -> str:
    points = find(event, "conferenceData", "entryPoints")
    for point in points if isinstance(points, Sequence) else ():
        if maybe(point, "entryPointType") == "video":
            return maybe(point, "uri")
    return maybe(event, "hangoutLink")


def found_in(event: Json) -> Found:
    """An event of ours as it now is; one that became all-day takes its days in UTC.

    Raises:
        Unavailable: the answer is no event.
    """
    try:
        is_off = is_cancelled(event) or answer_of(event) == "declined"
        return Found(written(event), None if is_off else span_of(event, "UTC"))
    except Unread as error:
        raise Unavailable(str(error)) from None
