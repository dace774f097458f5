"""Setting up: one tap, a private preview, and the form with every rule of a person's time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from bot.rules_form import CLOCK, COPIES, DAYS, FIELDS, Typed
from bot.typed_text import room_for
from bot.views.menus import CONTINUE
from bot.views.words import MY_MEETINGS, NOT_SENT, SETTINGS, Eyes, all_of, form_button, limits, note
from scheduling_core import time_words
from scheduling_core.actions import Action
from scheduling_core.availability import summarise
from scheduling_core.card_text import CHOSEN
from scheduling_core.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Choice,
    ChoiceField,
    Span,
    TextField,
    When,
    line,
)
from scheduling_core.clocks import clock_zones
from scheduling_core.meeting import Draft
from scheduling_core.people import Person, Rules

WITHOUT_A_FORM = (
    "No fields to type in here? Reply “save” to keep these values; "
    "to change one, press Change… or Settings in a room that shows forms."
)
NOT_SAVED = "Nothing is saved yet; each mistake is explained at its field."
LENGTHS = (15, 30, 45, 60)

_TAKEN_FOR_YOURS = "I take {city}’s clock for yours; Settings has every other one."
_READ_BY = "You read all times by {city}’s clock now."


def setup(
    draft: Draft,
    rules: Rules,
    guests: Sequence[Person],
    *,
    zone_known: bool,
    now: datetime,
    problem: str,
    chosen_zone: str,
    locale: str | None = None,
    can_link: bool = False,
    instant: datetime | None = None,
) -> Card:
    """The first `/meet`: everything has a default, one tap sends.

    Args:
        guests: the people named.
        problem: why the chosen clock cannot be taken, or "".
        chosen_zone: what was chosen on this card before, kept when it is drawn again.
        locale: of whoever reads it: which clocks come first.
        can_link: there is a kind of calendar that the reader can link.
        instant: on whose day they want to meet, while their zone and with it the day is not known; aware.
    """
    zone = rules.availability.zone
    day = _day(draft, now, instant)
    own = (summarise(rules.availability.weekly), time_words.duration(_length(draft, rules)))
    facts: list[Block] = [line(" · ".join((*own, *([] if day else [_window(rules)]))))]
    if zone_known:
        facts.insert(0, line(f"Time zone {zone} (from this room)"))
    else:
        facts.append(clock_question("zone", locale, now, chosen_zone, problem))
    return Card(
        (
            line("Set up in one tap", emphasis="strong"),
            *([line(NOT_SENT)] if problem else []),
            *_asked(draft, guests, day),
            *facts,
            line("I share only free start times, never your calendar.", emphasis="subtle"),
            *_send_buttons(draft, rules),
            *([_connect(draft)] if can_link else []),
        ),
        (zone,),
    )


def _window(rules: Rules) -> str:
    return f"Next {rules.window_days} days" if rules.window_days else "Today only"


def _day(draft: Draft, now: datetime, instant: datetime | None) -> Span | None:
    """The one day the invitation is for: `Thu 26 Nov`."""
    if draft.days:
        return time_words.day(datetime.combine(draft.days[0], time(12), UTC), "UTC", now=now)
    return When(instant, "date") if instant else None


def _asked(draft: Draft, guests: Sequence[Person], day: Span | None) -> list[Block]:
    """What was typed, so that nothing is sent unseen."""
    parts: list[tuple[Span, ...]] = [("To meet ", *all_of(guests))] if guests else []
    parts += [(part,) for part in (day, draft.title) if part]
    spans = [span for place, part in enumerate(parts) for span in ((" · ",) if place else ()) + part]
    return [line(*spans)] if spans else []


def preview(
    draft: Draft,
    rules: Rules,
    guests: Sequence[Person],
    starts: Sequence[datetime],
    eyes: Eyes,
    *,
    because: str = "",
) -> Card:
    """What *Send* would post, for its host alone.

    Args:
        because: why there are no *starts*, if it is not that the window is full.
    """
    whom = all_of(guests) or ("everybody in this room",)
    offers = [line(f"{number} · ", eyes.shown_moment(start)) for number, start in enumerate(starts, start=1)]
    about = " · ".join(filter(None, [time_words.duration(_length(draft, rules)), draft.title]))
    return Card(
        (
            line("Ask ", *whom, " to meet?", emphasis="strong"),
            line(about, emphasis="subtle"),
            *(offers or [line(because or "No free time is left in your window.")]),
            *_send_buttons(draft, rules),
        ),
        (eyes.zone,),
    )


def _length(draft: Draft, rules: Rules) -> timedelta:
    return draft.length or rules.length


def _send_buttons(draft: Draft, rules: Rules) -> tuple[Block, ...]:
    chosen = int(_length(draft, rules).total_seconds()) // 60
    lengths = tuple(
        Button(
            f"{minutes}{CHOSEN if minutes == chosen else ''}",
            Action("length", (draft.id, str(minutes))),
            reply=str(minutes),
        )
        for minutes in LENGTHS
    )
    return (
        Buttons((Button("Send invitation", Action("send", (draft.id,)), "primary", "yes"),)),
        Buttons((*lengths, form_button("Change…", "change", draft.id, reply="change"))),
    )


def sending(draft: Draft, clock: ChoiceField | None) -> tuple[Block, ...]:
    """What stands below the ways to link a calendar: the invitation is ready all the same.

    Args:
        clock: the question that the set-up card asks, None where it asks none.
    """
    send = Button("Send invitation", Action("send", (draft.id,)), "primary", "yes")
    return (*([clock] if clock else []), Buttons((send, CONTINUE)))


def _connect(draft: Draft) -> Buttons:
    return Buttons((Button("Connect calendar", Action("connect", (draft.id,)), reply="connect"),))


def clock_question(
    field: str, locale: str | None, now: datetime, chosen: str = "", problem: str = ""
) -> ChoiceField:
    """What time is it for you now? Those of the reader's country come first."""
    choices = tuple(
        Choice(f"{Eyes(zone, locale).moment(now)} · {time_words.zone_city(zone)}", zone)
        for zone in clock_zones(locale, now)
    )
    return ChoiceField(field, "What time is it for you now?", choices, chosen, problem=problem)


def sent(city: str = "") -> Card:
    """The invitation is in the room.

    Args:
        city: whose clock was taken for the reader's, who chose a time and named no place; "" for none.
    """
    if not city:
        return note("Invitation sent.", MY_MEETINGS)
    return note(f"Invitation sent. {_TAKEN_FOR_YOURS.format(city=city)}", MY_MEETINGS, SETTINGS)


def zone_noted(shown: str, own: str) -> Card:
    """Somebody who is set up named a zone with the command.

    Args:
        shown: the zone they named.
        own: the zone of their hours.
    """
    said = _READ_BY.format(city=time_words.zone_city(shown))
    if shown == own:
        return note(said, SETTINGS)
    hours = f"Your hours stay by {time_words.zone_city(own)}’s."
    return note(f"{said} {hours} Settings changes both.", SETTINGS)


def clock_again(zone: str, change: datetime) -> Card:
    """Somebody's clock is known and not their place: does it change as the one that was taken for it?

    Args:
        change: the instant at which the zone's clock changes; aware.
    """
    city, day = time_words.zone_city(zone), time_words.day(change, zone)
    return Card(
        (
            line(f"In {city} the clocks change on {day}. Do yours, too?", emphasis="strong"),
            line(f"You told me your time and not your city, so I count your hours by {city}’s clock."),
            Buttons(
                (
                    Button("Yes, they do", Action("keepclock"), "primary", "yes"),
                    form_button("No, set my city", "settings", reply="settings"),
                )
            ),
        )
    )


def clock_kept(zone: str) -> Card:
    """The answer to it was yes."""
    return note(f"Good: your hours stay by {time_words.zone_city(zone)}’s clock.", SETTINGS)


def beyond_window(draft: Draft, rules: Rules) -> Card:
    """A named day may lie beyond the host's own window, but never silently."""
    day = f"{draft.days[0]:%A} {draft.days[0].day} {draft.days[0]:%B %Y}"
    return note(f"Sent for {day}, which lies beyond your usual {rules.window_days} days.", MY_MEETINGS)


@dataclass(frozen=True, slots=True)
class UnknownClock:
    """Whoever opens the form has to be asked what time it is.

    Attributes:
        locale: theirs, or None.
        now: aware.
    """

    locale: str | None
    now: datetime


Clock = UnknownClock | str
"""A text is a zone in which they read times, while their hours are in another."""


def form(
    typed: Typed,
    subject: str,
    problems: Mapping[str, str],
    clock: Clock | None = None,
    *,
    shows_forms: bool = False,
) -> Card:
    """The one form of a person's rules, each value with its sentence; what was typed is never lost.

    Args:
        subject: the draft that waits behind the form, or `-`.
        problems: sentence by field id; each stands at its field.
        clock: by which the person lives, as far as there is something to say or to ask about it.
        shows_forms: the fields can surely be filled in.
    """
    blocks: list[Block] = [line("Your time, in every room", emphasis="strong")]
    if problems:
        blocks.append(line(NOT_SAVED))
    match clock:
        case UnknownClock(locale, now):
            chosen, problem = typed.get(CLOCK, ""), problems.get(CLOCK, "")
            blocks.append(clock_question(CLOCK, locale, now, chosen, problem))
        case str():
            city = time_words.zone_city(clock)
            blocks.append(line(f"You named {city}: you read all times by its clock until you save this."))
    for field, about in FIELDS.items():
        value, problem = typed[field], problems.get(field, "")
        most = room_for(value, about.max_length)
        blocks.append(TextField(field, about.label, value, about.example, most, problem=problem))
        if field == DAYS[-1]:
            blocks.append(_copy_choice(typed.get("copy", "")))
    save = "Save and go on" if subject != "-" else "Save"
    blocks.append(Buttons((Button(save, Action("save", (subject,)), "primary", "save"),)))
    if not shows_forms:
        blocks.append(line(WITHOUT_A_FORM, emphasis="subtle"))
    return Card(tuple(blocks))


def _copy_choice(chosen: str) -> ChoiceField:
    choices = (
        Choice("nowhere", "nowhere"),
        Choice("Tuesday to Friday", "workdays"),
        Choice("every day", "week"),
    )
    return ChoiceField("copy", "Copy Monday’s hours to", choices, chosen if chosen in COPIES else "nowhere")


SavedClock = Literal["as before", "assumed", "read by"]
"""What saving did to the clock of the person: it was taken for theirs, or they read times by it again."""

_CLOCK_SAVED: dict[SavedClock, str] = {
    "assumed": _TAKEN_FOR_YOURS,
    "read by": _READ_BY,
}


def saved(rules: Rules, clock: SavedClock = "as before") -> Card:
    """The rules as they hold now, with the way back to the form."""
    zone = rules.availability.zone
    return Card(
        (
            line("Saved", emphasis="strong"),
            line(f"{zone} · {summarise(rules.availability.weekly) or 'no hours open'}"),
            line(limits(rules), emphasis="subtle"),
            *(
                [line(_CLOCK_SAVED[clock].format(city=time_words.zone_city(zone)))]
                if clock != "as before"
                else []
            ),
            Buttons((form_button("Change…", "settings", reply="settings"),)),
        )
    )
