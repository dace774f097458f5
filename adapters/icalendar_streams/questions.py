"""What is asked about a stream, and what comes back; plain enough to cross to another process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from scheduling_core.intervals import Interval, Span

Form = Literal["ics", "multistatus"]
"""One iCalendar stream, or a WebDAV answer that holds many."""


class CannotRead(Exception):
    """Something that was sent cannot be understood; the text is one plain sentence without contents."""


@dataclass(frozen=True, slots=True)
class Question:
    """How much time is taken.

    Attributes:
        form: of the body that goes with the question.
        window: what only reaches into it counts.
        zone: the owner's IANA name, for all-day and floating events.
        all_day: all-day events take time.
        tentative: tentative and unanswered events take time.
        ours: time that is left out, in epoch seconds, by the iCalendar UID of the event it is left out of.
        owner: calendar user addresses of the owner in lower case, to know what was declined.
    """

    form: Form
    window: Interval
    zone: str
    all_day: bool = True
    tentative: bool = True
    ours: Mapping[str, Span] = field(default_factory=dict, hash=False)
    owner: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Event:
    """A single event, as it stands in a stream.

    Attributes:
        span: its time in UTC; None when it was cancelled, or declined by its owner.
        sequence: 0 where it says none.
    """

    uid: str
    span: Interval | None
    sequence: int


def span_of(start: datetime, end: datetime) -> Span:
    """The same in whole epoch seconds, widened."""
    return Interval(start, end).span()
