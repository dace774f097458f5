"""A person and the rules they set for their own time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from scheduling_core.availability import Availability
from scheduling_core.refs import PersonRef

WhenUnreadable = Literal["ask", "close", "ignore"]
"""What to do while a calendar that counts cannot be read: ask the host before booking, offer nothing, or go
by the others alone."""

MIN_LENGTH = timedelta(minutes=5)
MAX_LENGTH = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Rules:
    """When a person can be met. They belong to the person and hold across all rooms.

    Attributes:
        availability: zone, weekly hours and date overrides.
        length: of a meeting when none is named; 5 minutes to 8 hours.
        step: between two offered starts.
        notice: least time between now and a start.
        window_days: how many days ahead (in the person's zone) can be booked; 0 is today only.
        buffer_before: free time kept before each meeting.
        buffer_after: free time kept after each meeting.
        max_per_day: most meetings on a local date, or None.
        when_unreadable: what happens to meetings of this host while a calendar cannot be read.
    """

    availability: Availability
    length: timedelta
    step: timedelta
    notice: timedelta
    window_days: int
    buffer_before: timedelta
    buffer_after: timedelta
    max_per_day: int | None
    when_unreadable: WhenUnreadable = "ask"

    def __post_init__(self) -> None:
        if not MIN_LENGTH <= self.length <= MAX_LENGTH:
            raise ValueError("A meeting lasts 5 minutes to 8 hours.")
        if self.step < timedelta(minutes=5):
            raise ValueError("Times are offered at least 5 minutes apart.")
        if min(self.notice, self.buffer_before, self.buffer_after) < timedelta(0) or self.window_days < 0:
            raise ValueError("Notice, window and buffers cannot be negative.")
        if self.max_per_day is not None and self.max_per_day < 1:
            raise ValueError("A daily cap is at least 1; leave it empty for none.")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody we have met, the same in all rooms of their realm (`PersonRef`).

    Attributes:
        id: ours, short, stable, unguessable.
        name: as the platform shows it.
        zone: the zone the platform reports now, or None; for showing times.
        locale: BCP 47 tag, or None.
        email: where invites go, or None; never shown to anybody else.
        rules: None until the person has set up.
        join_template: the person's own meeting link, or None for the configured one.
        line: a sentence of their own that stands in every invite they host.
        is_linked: has linked a calendar account; told by the store, not to be saved.
    """

    id: str
    ref: PersonRef
    name: str
    zone: str | None = None
    locale: str | None = None
    email: str | None = None
    rules: Rules | None = None
    join_template: str | None = None
    line: str = ""
    is_linked: bool = False

    @property
    def shown_zone(self) -> str | None:
        """The zone to show this person times in: where they are now, else where they work."""
        return self.zone or (self.rules.availability.zone if self.rules else None)
