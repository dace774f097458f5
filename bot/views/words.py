"""The words that all cards share: names, spans of time, buttons that stand on many of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling_core import time_words
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, ButtonStyle, Card, Mention, Span, Text, When, line
from scheduling_core.mail import single_line
from scheduling_core.people import Person, Rules

# Also with blanks around the sign, and its full-width and small forms (Unicode FF20, FE6B).
_DOMAIN = re.compile(r"\s*[@\uff20\ufe6b]\s*\S*")
MAX_NAME = 60


def shown_name(person: Person) -> str:
    """The person's name as others may read it: one line, and an address used as a name loses its domain."""
    return _DOMAIN.sub("", single_line(person.name).lstrip("@ "))[:MAX_NAME].strip() or "somebody"


def at(person: Person) -> str:
    """`@name` in plain words, for mails."""
    return f"@{shown_name(person)}"


def who(person: Person) -> Mention:
    """`@name` on a card: the platform may notify the person."""
    return Mention(person.ref.person, shown_name(person))


def listed(names: list[str]) -> str:
    """`a`, `a & b`, `a, b & c`."""
    return " & ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def all_of(people: Sequence[Person]) -> tuple[Span, ...]:
    """`@a`, `@a & @b`, `@a, @b & @c`, on a card."""
    spans: list[Span] = []
    for place, person in enumerate(people, start=1):
        if spans:
            spans.append(" & " if place == len(people) else ", ")
        spans.append(who(person))
    return tuple(spans)


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
        """`15:00` or `3:00 PM`; the night the clocks go back, `02:30 (UTC+1)`."""
        return time_words.clear_clock(moment, self.zone, self.locale)

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
        """`your time`, or the city when that is not the reader's own: what labels and mails are in."""
        return "your time" if self.own else f"{time_words.zone_city(self.zone)} time"

    def shown_span(self, start: datetime, length: timedelta) -> tuple[Span, ...]:
        """On a card: `Thu 26 Nov, 15:00–15:30 your time`; the platform may know a zone that we do not."""
        if self.own:
            return (f"{self.span(start, length)} {self.whose}",)
        return When(start), "–", When(start + length, "time")

    def shown_moment(self, moment: datetime) -> Span:
        """On a card: `Thu 26 Nov, 15:00`; the platform may know a zone that we do not."""
        return self.moment(moment) if self.own else When(moment)


def subtitle(length: timedelta, title: str) -> Text:
    """`30 min · Logo review`."""
    return line(" · ".join(filter(None, [time_words.duration(length), title])), emphasis="subtle")


def limits(rules: Rules) -> str:
    """`30 min, notice 2 h, next 7 days`."""
    cap = f", at most {rules.max_per_day} a day" if rules.max_per_day else ""
    length, notice = time_words.duration(rules.length), time_words.duration(rules.notice)
    return f"{length}, notice {notice}, next {rules.window_days} days{cap}"


def span_line(prefix: Sequence[Span], start: datetime, length: timedelta) -> Text:
    """A strong line with a day, start and end in the reader's own zone."""
    return line(*prefix, When(start), "–", When(start + length, "time"), emphasis="strong")


def epoch_minutes(moment: datetime) -> str:
    """A start as it stands in an action."""
    return str(int(moment.timestamp()) // 60)


def form_button(
    label: str, verb: str, *args: str, reply: str | None = None, style: ButtonStyle = "plain"
) -> Button:
    """A button that is answered with a form or a picker."""
    return Button(label, Action(verb, args), style, reply, opens_form=True)


NOT_SENT = "Nothing is sent yet."
"""Above a form that comes back; what is missing stands at its field."""

HELP = Button("Help", Action("help"), reply="help")
INVITE = Button("New invitation", Action("invite"), reply="invite")
MY_MEETINGS = Button("My meetings", Action("list"), reply="list")
SETTINGS = form_button("Settings", "settings", reply="settings")
MY_CALENDARS = Button("My calendars", Action("calendars"), reply="calendars")
CHANGE_HOURS = form_button("Change my hours", "settings", reply="settings")


def more_times(meeting_id: str) -> Button:
    """The button to every free time of an invitation."""
    return form_button("More times", "more", meeting_id, reply="more")


def more_moves(meeting_id: str) -> Button:
    """The button to every free time a meeting can be moved to."""
    return form_button("More times", "moremoves", meeting_id, reply="more")


def none_fit(meeting_id: str, label: str = "None fit") -> Button:
    """The button to the form that asks when the guest could."""
    return form_button(label, "none", meeting_id, reply="none")


def reschedule(meeting_id: str, label: str = "Reschedule", reply: str = "reschedule") -> Button:
    """The button to private offers for another time."""
    return form_button(label, "reschedule", meeting_id, reply=reply)


def cancel(
    meeting_id: str, label: str = "Cancel", style: ButtonStyle = "plain", reply: str = "cancel"
) -> Button:
    """The button to the private question before a cancellation."""
    return form_button(label, "cancel", meeting_id, reply=reply, style=style)


def add_to_calendar(meeting_id: str) -> Button:
    """The button to the links that are the reader's own."""
    return Button("Add to calendar", Action("add", (meeting_id,)), reply="add")


def withdraw(meeting_id: str, label: str) -> Button:
    """The host's way to take an open invitation back."""
    return Button(label, Action("withdraw", (meeting_id,)), "danger", "withdraw")


def find_a_new_time(meeting_id: str) -> Button:
    """The way back from a meeting that is off."""
    return Button("Find a new time", Action("again", (meeting_id,)), reply="again")


Words = str | tuple[Span, ...]
"""One sentence, with or without people in it."""


def sentence(said: Words) -> Text:
    """One plain line."""
    return line(said) if isinstance(said, str) else line(*said)


def note(said: Words, *items: Button, zones: tuple[str, ...] = ()) -> Card:
    """One sentence and, where there is one, the next thing to do."""
    blocks = (sentence(said), Buttons(items)) if items else (sentence(said),)
    return Card(blocks, zones)


def refusal(because: Words, *items: Button) -> Card:
    """A no that says why in one sentence and carries the next action."""
    return note(because, *(items or (MY_MEETINGS, HELP)))
