"""What every handler and job works with, made once by the composition root."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.links import Links
from bot.settings import Defaults, Settings
from scheduling_core.availability import Availability, WeeklyHours
from scheduling_core.calendar_ports import CalendarProvider
from scheduling_core.people import Person, Rules
from scheduling_core.ports import Store

FALLBACK_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Office:
    """The tools of the conversation.

    Attributes:
        clock: the present instant, aware UTC.
        new_id: a fresh unguessable id that begins with the given letter; letters, digits, `_`, `-`.
        uid_key: keys the calendar UIDs (`ics.uid_for`).
        providers: the kinds of calendars that can be linked, by name.
    """

    store: Store
    settings: Settings
    links: Links
    clock: Callable[[], datetime]
    new_id: Callable[[str], str]
    uid_key: bytes
    providers: Mapping[str, CalendarProvider] = field(default_factory=dict)

    def title_of(self, provider: str) -> str:
        """A kind of calendar as people know it; also one that is not configured any more."""
        known = self.providers.get(provider)
        return known.title if known else "calendar"

    def rules_of(self, person: Person) -> Rules:
        """The person's rules, or the defaults in the zone they are known to be in."""
        return person.rules or default_rules(self.settings.defaults, person.zone or FALLBACK_ZONE)


def default_rules(defaults: Defaults, zone: str) -> Rules:
    """The rules of somebody who has set nothing, in *zone*."""
    return Rules(
        Availability(zone, WeeklyHours.of(defaults.weekly_windows)),
        length=timedelta(minutes=defaults.length_minutes),
        step=timedelta(minutes=defaults.step_minutes),
        notice=timedelta(minutes=defaults.notice_minutes),
        window_days=defaults.window_days,
        buffer_before=timedelta(minutes=defaults.buffer_before_minutes),
        buffer_after=timedelta(minutes=defaults.buffer_after_minutes),
        max_per_day=defaults.max_per_day or None,
    )
