"""One meeting from the question to its end: invitation → hold → booking, as a table of states.

A meeting has one card and one row for its whole life; `revision` counts every change, `sequence` every
change that calendars must learn (RFC 5545 section 3.8.7.4). Functions take a value and return the next one,
or raise `Refused` with the reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from scheduling_core.errors import Refused
from scheduling_core.intervals import Interval
from scheduling_core.refs import RoomRef


class Phase(StrEnum):
    """Where a meeting stands."""

    INVITING = "inviting"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


Step = Literal["book", "move", "cancel", "expire", "withdraw", "end", "reopen"]

STATES: dict[tuple[Phase, Step], Phase] = {
    (Phase.INVITING, "book"): Phase.CONFIRMED,
    (Phase.INVITING, "expire"): Phase.EXPIRED,
    (Phase.INVITING, "withdraw"): Phase.WITHDRAWN,
    (Phase.CONFIRMED, "move"): Phase.CONFIRMED,
    (Phase.CONFIRMED, "cancel"): Phase.CANCELLED,
    (Phase.CONFIRMED, "end"): Phase.ENDED,
    (Phase.CANCELLED, "reopen"): Phase.INVITING,
    (Phase.EXPIRED, "reopen"): Phase.INVITING,
    (Phase.WITHDRAWN, "reopen"): Phase.INVITING,
}
"""Every step there is; what is not in the table is refused."""

_NOT_NOW: dict[Phase, str] = {
    Phase.INVITING: "This meeting has no time yet.",
    Phase.CONFIRMED: "This meeting already has a time.",
    Phase.CANCELLED: "This meeting was cancelled.",
    Phase.EXPIRED: "This invitation has ended.",
    Phase.WITHDRAWN: "This invitation was withdrawn.",
    Phase.ENDED: "This meeting is over.",
}


class WrongPhase(Refused):
    """The step is not possible where the meeting stands.

    Attributes:
        phase: where it stands.
    """

    def __init__(self, phase: Phase) -> None:
        super().__init__(_NOT_NOW[phase])
        self.phase = phase


@dataclass(frozen=True, slots=True)
class Offer:
    """A numbered slot on a card. Numbers are never used twice on one card.

    Attributes:
        open: False once the slot was lost; it stays on the card, struck through.
    """

    number: int
    start: datetime
    open: bool = True


@dataclass(frozen=True, slots=True)
class Undo:
    """The way back after a move: who may take it, until when, and to where."""

    by: str
    until: datetime
    start: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting and all that its card shows.

    Attributes:
        id: ours, unguessable.
        room: where its card stands.
        message_id: its card.
        host: person id of who typed the command.
        guests: person ids; the people named, or (once booked) the people who take part besides the host.
        anyone: True while everybody in the room may pick (nobody was named).
        length: elapsed time.
        days: local dates (organiser's zone) the starts are limited to, empty for the whole window.
        offers: in the order of their numbers.
        expires_at: when an unanswered invitation ends.
        start: of the booking, None before.
        sequence: RFC 5545 SEQUENCE of the last state calendars were told; only rises.
        round: counts the bookings of this card: a new booking after a cancellation gets new UIDs.
        revision: counts every change; the card's revision.
        undo: the open way back, or None.
        secret: names the shared join page; unguessable.
    """

    id: str
    room: RoomRef
    message_id: str
    host: str
    guests: tuple[str, ...]
    anyone: bool
    length: timedelta
    title: str
    days: tuple[date, ...]
    offers: tuple[Offer, ...]
    expires_at: datetime
    secret: str
    phase: Phase = Phase.INVITING
    start: datetime | None = None
    sequence: int = 0
    round: int = 1
    revision: int = 1
    undo: Undo | None = None

    @property
    def participants(self) -> tuple[str, ...]:
        """Host first, then the guests."""
        return (self.host, *self.guests)

    @property
    def booking(self) -> str:
        """Names the booking: a meeting that was opened again is another one."""
        return f"{self.id}:{self.round}"

    @property
    def span(self) -> Interval:
        """The booked time.

        Raises:
            WrongPhase: nothing is booked.
        """
        if self.start is None:
            raise WrongPhase(self.phase)
        return Interval(self.start, self.start + self.length)

    def offer(self, number: int) -> Offer | None:
        """The offer with that number, open or not."""
        return next((o for o in self.offers if o.number == number), None)

    def open_offers(self) -> tuple[Offer, ...]:
        """The offers that can still be picked."""
        return tuple(o for o in self.offers if o.open)


def _step(meeting: Meeting, step: Step) -> Phase:
    phase = STATES.get((meeting.phase, step))
    if phase is None:
        raise WrongPhase(meeting.phase)
    return phase


def book(meeting: Meeting, start: datetime, guest: str) -> Meeting:
    """The guest confirmed: the invitation becomes a booking of everybody named (or of this guest)."""
    guests = meeting.guests if guest in meeting.guests else (*meeting.guests, guest)
    return replace(
        meeting,
        phase=_step(meeting, "book"),
        start=start,
        guests=guests,
        anyone=False,
        undo=None,
        revision=meeting.revision + 1,
    )


def move(meeting: Meeting, start: datetime, undo: Undo | None) -> Meeting:
    """The booking gets another start; same UIDs, next SEQUENCE."""
    return replace(
        meeting,
        phase=_step(meeting, "move"),
        start=start,
        undo=undo,
        sequence=meeting.sequence + 1,
        revision=meeting.revision + 1,
    )


def undo_move(meeting: Meeting, by: str, now: datetime) -> Meeting:
    """Back to where the last move came from.

    Raises:
        Refused: somebody else moved it, the time to undo is over, or nothing can be undone.
    """
    undo = meeting.undo
    if undo is None or undo.by != by or now > undo.until:
        raise Refused("That can no longer be undone; you can still reschedule.")
    return move(meeting, undo.start, None)


def cancel(meeting: Meeting) -> Meeting:
    """The booking is off; calendars get CANCEL with the next SEQUENCE."""
    return replace(
        meeting,
        phase=_step(meeting, "cancel"),
        undo=None,
        sequence=meeting.sequence + 1,
        revision=meeting.revision + 1,
    )


def close(meeting: Meeting, step: Literal["expire", "withdraw", "end"]) -> Meeting:
    """The invitation or the booking has run its course; calendars need not be told."""
    return replace(meeting, phase=_step(meeting, step), undo=None, revision=meeting.revision + 1)


def reopen(meeting: Meeting, offers: tuple[Offer, ...], expires_at: datetime) -> Meeting:
    """The same people look for a new time on the same card; numbers go on from the old ones."""
    return replace(
        meeting,
        phase=_step(meeting, "reopen"),
        days=(),
        offers=offers,
        expires_at=expires_at,
        start=None,
        round=meeting.round + 1,
        revision=meeting.revision + 1,
    )


def replace_lost(meeting: Meeting, free: frozenset[datetime], fresh: Iterable[datetime]) -> Meeting:
    """Strike the open offers that are no longer *free*; append *fresh* starts under new numbers.

    Returns the same value when nothing changed, so that the card is left alone.
    """
    kept = tuple(replace(o, open=o.open and o.start in free) for o in meeting.offers)
    number = max((o.number for o in kept), default=0)
    offers = kept + tuple(Offer(number + i, start) for i, start in enumerate(fresh, start=1))
    if offers == meeting.offers:
        return meeting
    return replace(meeting, offers=offers, revision=meeting.revision + 1)


@dataclass(frozen=True, slots=True)
class Hold:
    """A slot reserved for one guest for a few minutes while they confirm.

    Attributes:
        message_id: the private card that asks for the confirmation.
    """

    id: str
    meeting: str
    guest: str
    start: datetime
    expires_at: datetime
    message_id: str
    room: RoomRef


@dataclass(frozen=True, slots=True)
class Draft:
    """An invitation that is not sent yet: a pending step of its host, at most one per room.

    Attributes:
        length: None until the host's usual length is known.
    """

    id: str
    host: str
    room: RoomRef
    guests: tuple[str, ...]
    length: timedelta | None
    title: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """Times a guest asked for that lie outside the host's rules, waiting for the host's word.

    Attributes:
        starts: a few concrete starts, best first.
        note: the guest's own words.
        message_id: the private card that asks the host.
    """

    id: str
    meeting: str
    guest: str
    starts: tuple[datetime, ...]
    note: str
    message_id: str
