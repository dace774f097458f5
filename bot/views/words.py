"""The words that all cards share: names, spans of time, buttons that stand on many of them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling_core import time_words
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, Text, When, line
from scheduling_core.mail import single_line
from scheduling_core.people import Person

# Also with blanks around the sign, and its full-width and small forms (Unicode FF20, FE6B).
_DOMAIN = re.compile(r"\s*[@\uff20\ufe6b]\s*\S*")
MAX_NAME = 60


def shown_name(person: Person) -> str:
    """The person's name as others may read it: one line, and an address used as a name loses its domain."""
    return _DOMAIN.sub("", single_line(person.name).lstrip("@ "))[:MAX_NAME].strip() or "somebody"


def at(person: Person) -> str:
    """`@name`."""
    return f"@{shown_name(person)}"


def listed(names: list[str]) -> str:
    """`a`, `a & b`, `a, b & c`."""
    return " & ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


@dataclass(frozen=True, slots=True)
class Eyes:
    """How times are written for one reader.

    Attributes:
        zone: IANA zone.
        locale: BCP 47 tag or None.
        own: False when the reader's zone is not known and *zone* is somebody else's.
    """

    zone: str
    locale: str | None
    own: bool = True

    @classmethod
    def of(cls, person: Person, otherwise: str) -> "Eyes":
        """The person's own zone, else *otherwise*."""
        return cls(person.shown_zone or otherwise, person.locale, person.shown_zone is not None)

    def clock(self, moment: datetime) -> str:
        """`15:00` or `3:00 PM`."""
        return time_words.clock(moment, self.zone, self.locale)

    def day(self, moment: datetime) -> str:
        """`Thu 26 Nov`."""
        return time_words.day(moment, self.zone)

    def moment(self, moment: datetime) -> str:
        """`Thu 26 Nov, 15:00`."""
        return f"{self.day(moment)}, {self.clock(moment)}"

    def near(self, moment: datetime, other: datetime) -> str:
        """As short as it is clear beside *other*: `11:30`, `Fri 10:00`, or the whole moment."""
        if self.day(moment) == self.day(other):
            return self.clock(moment)
        if abs(moment - other) < timedelta(days=5):
            return f"{self.day(moment)[:3]} {self.clock(moment)}"
        return self.moment(moment)

    def span(self, start: datetime, length: timedelta) -> str:
        """`Thu 26 Nov, 15:00–15:30`."""
        return time_words.span(start, start + length, self.zone, self.locale)

    @property
    def whose(self) -> str:
        """`your time`, or the city when it is not the reader's own zone."""
        return "your time" if self.own else f"{time_words.zone_city(self.zone)} time"

    @property
    def in_whose(self) -> str:
        """`in your own time zone`, or `in Berlin time`."""
        return "in your own time zone" if self.own else f"in {self.whose}"


def subtitle(length: timedelta, title: str) -> Text:
    """`30 min · Logo review`."""
    return line(" · ".join(filter(None, [time_words.duration(length), title])), emphasis="subtle")


def span_line(prefix: str, start: datetime, length: timedelta, suffix: str = "") -> Text:
    """A strong line with a day, start and end in the reader's own zone."""
    return line(prefix, When(start), "–", When(start + length, "time"), suffix, emphasis="strong")


def epoch_minutes(moment: datetime) -> str:
    """A start as it stands in an action."""
    return str(int(moment.timestamp()) // 60)


HELP = Button("Help", Action("help"), reply="help")
MY_MEETINGS = Button("My meetings", Action("list"), reply="list")
SETTINGS = Button("Settings", Action("settings"), reply="settings")


def more_times(meeting_id: str) -> Button:
    """The button to every free time of an invitation."""
    return Button("More times", Action("more", (meeting_id,)), reply="more")


def none_fit(meeting_id: str) -> Button:
    """The button to the form that asks when the guest could."""
    return Button("None fit", Action("none", (meeting_id,)), reply="none")


def note(text: str, *items: Button, zones: tuple[str, ...] = ()) -> Card:
    """One sentence and, where there is one, the next thing to do."""
    blocks = (line(text), Buttons(items)) if items else (line(text),)
    return Card(blocks, zones)


def refusal(because: str, *items: Button) -> Card:
    """A no that says why in one sentence and carries the next action."""
    return note(because, *(items or (MY_MEETINGS, HELP)))
