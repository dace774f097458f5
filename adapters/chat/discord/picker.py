"""A `TimePicker` as a day select and selects of its times, in one private message edited in place. Pure.

Labels of options cannot show a reader's own time, so they name their zone, and the text above has each time
once more as `<t:…>`, under the same number.
"""

from collections.abc import Callable, Iterator
from itertools import accumulate, repeat

from adapters.chat.discord import inputs
from adapters.chat.discord.inputs import MAX_OPTIONS
from adapters.chat.discord.markdown import plain_line, when
from adapters.chat.discord.names import SELECT, Json, custom_id
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Choice, DayOption, TimePicker, When
from scheduling_core.time_words import zone_city

Encode = Callable[[Action], str]

MAX_TIME_SELECTS = 5
MAX_TIMES_TEXT = 2200
"""Ours: characters of the numbered times in the text; the menus have all of them."""

DAY, TIME = "day", "time"
DAY_HINT, TIME_HINT = "Pick a day", "Pick a time"
EARLIER_DAYS, LATER_DAYS = "Earlier days", "Later days"
EARLIER_TIMES, LATER_TIMES = "Earlier times", "Later times"

_GAP = "   "


def times(picker: TimePicker) -> tuple[Button, ...]:
    """The times of the chosen day that are on the page, as many as the selects hold."""
    return tuple(button for button, _ in _moments(picker))


def _moments(picker: TimePicker) -> list[tuple[Button, When | None]]:
    """The same times with when they are, where that is told."""
    parts = (part for part in picker.shown if part.day == picker.shown[0].day)
    shown = (pair for part in parts for pair in zip(part.times, part.moments or repeat(None), strict=False))
    return list(shown)[: MAX_TIME_SELECTS * MAX_OPTIONS]


def heading(picker: TimePicker) -> Iterator[str]:
    """The lines above the selects: what was wrong, the day, and its times in the reader's own zone."""
    if picker.problem:
        yield plain_line(f"⚠ {picker.problem}")
    yield f"**{plain_line(picker.shown[0].label) or '…'}**"
    told = [at for _, at in _moments(picker)]
    numbered = [f"{n} · {when(at)}" for (n, _), at in zip(_numbered(picker), told, strict=True) if at]
    ends = accumulate(len(one) + len(_GAP) for one in numbered)
    kept = (one for one, end in zip(numbered, ends, strict=True) if end <= MAX_TIMES_TEXT)
    yield (_GAP if all(at is None or at.style == "time" for at in told) else "\n").join(kept)


def menus(picker: TimePicker, zones: tuple[str, ...], message_id: str, encode: Encode) -> Iterator[Json]:
    """The select of days, then those of the chosen day's times; none where there is nothing to choose."""
    if days := _days(picker, encode):
        yield inputs.menu(_name(message_id, DAY), days, DAY_HINT)
    made = _times(picker, zones, encode)
    for first in range(0, len(made), MAX_OPTIONS):
        part = made[first : first + MAX_OPTIONS]
        span = f": {part[0]['label']} to {part[-1]['label']}" if len(made) > MAX_OPTIONS else ""
        yield inputs.menu(_name(message_id, f"{TIME}{first // MAX_OPTIONS}"), part, TIME_HINT + span)


def ways(picker: TimePicker) -> tuple[Button, ...]:
    """Buttons to what does not stand in the selects: other days, and other times of a very full day."""
    first, days = _window(picker), picker.days
    found: list[Button] = []
    if first:
        found.append(picker.day_button(EARLIER_DAYS, days[first - MAX_OPTIONS].day))
    if first + MAX_OPTIONS < len(days):
        found.append(picker.day_button(LATER_DAYS, days[first + MAX_OPTIONS].day))
    count = next((day.count for day in days if day.day == picker.shown[0].day), 0)
    if count > len(times(picker)):
        more = ((EARLIER_TIMES, picker.earlier), (LATER_TIMES, picker.later))
        found += [Button(label, way.action) for label, way in more if way]
    return tuple(found)


def _window(picker: TimePicker) -> int:
    """Where the days of the select begin, so that the chosen one is among them."""
    days = [option.day for option in picker.days]
    place = days.index(picker.shown[0].day) if picker.shown[0].day in days else 0
    return place - place % MAX_OPTIONS


def _days(picker: TimePicker, encode: Encode) -> list[Json]:
    first = _window(picker)
    shown = picker.days[first : first + MAX_OPTIONS]
    chosen = encode(picker.day_button("", picker.shown[0].day).action)
    made = inputs.options(_day_choice(picker, option, encode) for option in shown)
    return [{**one, "default": one["value"] == chosen} for one in made]


def _day_choice(picker: TimePicker, option: DayOption, encode: Encode) -> Choice:
    button = picker.day_button(f"{option.label} ({option.count})", option.day)
    return Choice(button.label, encode(button.action))


def _times(picker: TimePicker, zones: tuple[str, ...], encode: Encode) -> list[Json]:
    city = f" {zone_city(zones[0])}" if zones else ""
    numbered = _numbered(picker)
    return inputs.options(Choice(f"{n} · {one.label}{city}", encode(one.action)) for n, one in numbered)


def _numbered(picker: TimePicker) -> Iterator[tuple[str, Button]]:
    """Each time with the number that would be typed in a reply, else its place."""
    for place, button in enumerate(times(picker), start=1):
        is_number = button.reply is not None and button.reply.isdecimal()
        yield (button.reply if is_number and button.reply else str(place)), button


def _name(message_id: str, part: str) -> str:
    return custom_id(SELECT, message_id, part) or f"{SELECT}||{part}"
