"""The private cards of somebody who picks a time: confirm, slot lost, more times, booked."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, count, groupby
from typing import Literal

from bot.views import words
from bot.views.words import Eyes, all_of, epoch_minutes, form_button, more_moves, note, who
from scheduling_core import time_words
from scheduling_core.actions import Action
from scheduling_core.cards import (
    Block,
    Button,
    Buttons,
    Card,
    DayOption,
    DayTimes,
    Link,
    Span,
    Text,
    TimePicker,
    When,
    line,
)
from scheduling_core.meeting import Hold, Meeting
from scheduling_core.people import Person
from scheduling_core.zones import to_wall

TIMES_A_GROUP = 40
TIMES_A_PAGE = 120
DAYS_A_PAGE = 7
"""How much of the picker is shown at once; the rest is a press away."""


def slot_button(verb: str, subject: str, start: datetime, eyes: Eyes, number: int | None = None) -> Button:
    """A private button that names its time in the reader's zone."""
    return Button(
        eyes.moment(start),
        Action(verb, (subject, epoch_minutes(start))),
        reply=None if number is None else str(number),
    )


def confirm(hold: Hold, meeting: Meeting, host: Person, eyes: Eyes, minutes: int) -> Card:
    """The private question before a booking: the time in both zones."""
    kept = f"Held for you for {minutes} minute{'' if minutes == 1 else 's'}."
    return _question(hold, meeting, host, eyes, kept)


def hold_ended(hold: Hold, meeting: Meeting, host: Person, eyes: Eyes) -> Card:
    """The hold ran out; the same press still books while nobody else has taken the time."""
    return _question(hold, meeting, host, eyes, "No longer held for you; you can still try to confirm it.")


def _question(hold: Hold, meeting: Meeting, host: Person, eyes: Eyes, kept: str) -> Card:
    subject = (hold.id, meeting.id, epoch_minutes(hold.start))
    when = eyes.shown_span(hold.start, meeting.length)
    return Card(
        (
            line(*when, *_there(hold.start, host, eyes), emphasis="strong"),
            line(*_about(meeting, host), emphasis="subtle"),
            Buttons(
                (
                    Button("Confirm", Action("confirm", subject), "primary", "yes"),
                    form_button("Other time", "other", hold.id, meeting.id, reply="no"),
                )
            ),
            line(kept, emphasis="subtle"),
        ),
        (eyes.zone,),
    )


def _there(start: datetime, host: Person, eyes: Eyes) -> tuple[Span, ...]:
    """The same time as the host's clock shows it: ` (15:00 for @host in Berlin)`; empty where it is equal."""
    theirs = Eyes.of(host, eyes.zone)
    walls = {to_wall(one.zone, start).replace(tzinfo=None) for one in (eyes, theirs)}
    if eyes.own and len(walls) == 1:
        return ()
    there = theirs.clock(start) if theirs.day(start) == eyes.day(start) else theirs.moment(start)
    return f" ({there} for ", who(host), f" in {time_words.zone_city(theirs.zone)})"


def _about(meeting: Meeting, host: Person) -> tuple[Span, ...]:
    title = (f" · {meeting.title}",) if meeting.title else ()
    return f"{time_words.duration(meeting.length)} with ", who(host), *title


def nothing_free(meeting: Meeting, verb: str) -> Card:
    """No start at all is left."""
    return _nothing_left(meeting, "Everything in the host's window is taken.", verb)


def lost(
    meeting: Meeting,
    wanted: datetime,
    nearest: Sequence[datetime],
    eyes: Eyes,
    because: str,
    verb: str,
    *more_blocks: Block,
) -> Card:
    """The slot at *wanted* is gone; the nearest that are free, each a button for *verb*.

    Args:
        more_blocks: fields; a card with fields has one button that stands out.
    """
    if not nearest:
        return _nothing_left(meeting, because, verb)
    buttons = tuple(
        Button(
            eyes.near(start, wanted) if eyes.own else f"{number}: {eyes.near(start, wanted)}",
            Action(verb, (meeting.id, epoch_minutes(start))),
            "primary" if number == 1 and more_blocks else "plain",
            str(number),
        )
        for number, start in enumerate(nearest, start=1)
    )
    more = words.more_times(meeting.id) if verb == "slot" else more_moves(meeting.id)
    head = _nearest(because, nearest, eyes)
    return Card((*head, Buttons((*buttons, more)), *more_blocks), (eyes.zone,))


def _nearest(because: str, nearest: Sequence[datetime], eyes: Eyes) -> list[Text]:
    """What stands above the buttons; where these are in another zone, which it is and when each time is."""
    if eyes.own:
        return [line(f"{because} Nearest:")]
    moments = (line(f"{number} · ", eyes.shown_moment(at)) for number, at in enumerate(nearest, start=1))
    return [line(f"{because} Nearest, in {eyes.whose}:"), *moments]


def _nothing_left(meeting: Meeting, because: str, verb: str) -> Card:
    if verb != "slot":
        stay = Button("Keep", Action("keep"), reply="no")
        return note(f"{because} No other time is free; the meeting stays where it is.", stay)
    none = words.none_fit(meeting.id)
    return note(f"{because} No other time is free; tell me when you could.", none)


def picker(
    title: str,
    verb: str,
    subject: str,
    starts: Sequence[datetime],
    eyes: Eyes,
    first: int,
    turn: Action,
    *more_blocks: Block,
    problem: str = "",
) -> Card:
    """Every free time, day by day.

    Args:
        verb: of the time buttons, with (*subject*, epoch minutes).
        first: the group (a day, or a part of a full one) the page begins with; see `group_of`.
        turn: the action that shows another page: with the number of a group, a day, or `cards.THIS_DAY`.
        problem: what was wrong with the day that was asked for.
    """
    groups = _groups(starts, eyes)
    first = max(0, min(first, len(groups) - 1))
    until = first + _page_length(groups[first:])
    page = TimePicker(
        _days(groups, eyes),
        _shown(verb, subject, groups[first:until], eyes),
        turn,
        _turned(turn, "Earlier days", first - _page_length(groups[:first][::-1]), "earlier")
        if first
        else None,
        _turned(turn, "Later days", until, "more") if until < len(groups) else None,
        problem,
    )
    # Labels are in one zone, whichever the platform shows the rest in.
    whose = "Times are in your own time zone." if eyes.own else f"Choices are labelled in {eyes.whose}."
    about = line(whose, emphasis="subtle")
    return Card((line(title, emphasis="strong"), about, page, *more_blocks), (eyes.zone,))


def _shown(verb: str, subject: str, groups: Sequence[Sequence[datetime]], eyes: Eyes) -> tuple[DayTimes, ...]:
    """The page; its times are numbered through."""
    number = count(1)

    def button(start: datetime) -> Button:
        return Button(
            eyes.clock(start), Action(verb, (subject, epoch_minutes(start))), reply=str(next(number))
        )

    def part(group: Sequence[datetime]) -> DayTimes:
        moments = tuple(When(start, "time" if eyes.own else "datetime") for start in group)
        return DayTimes(
            _iso_day(group[0], eyes), _day_label(group[0], eyes), tuple(map(button, group)), moments
        )

    return tuple(map(part, groups))


def _day_label(start: datetime, eyes: Eyes) -> str:
    """Where the reader's date may be another, with the place where it is this one."""
    return eyes.day(start) if eyes.own else f"{eyes.day(start)} in {time_words.zone_city(eyes.zone)}"


def _days(groups: Sequence[Sequence[datetime]], eyes: Eyes) -> tuple[DayOption, ...]:
    """Every day once, with the number of its times."""
    counts: dict[str, DayOption] = {}
    for group in groups:
        day = _iso_day(group[0], eyes)
        before = counts[day].count if day in counts else 0
        counts[day] = DayOption(day, eyes.day(group[0]), before + len(group))
    return tuple(counts.values())


def _turned(turn: Action, label: str, group: int, reply: str) -> Button:
    # No window is opened for it: the picker that it turns is open already.
    return Button(label, Action(turn.verb, (*turn.args, str(group))), reply=reply)


def group_of(day: str, starts: Sequence[datetime], eyes: Eyes) -> int | None:
    """The first group of *day* (an ISO date in the reader's zone); None when it has no free time."""
    days = [_iso_day(group[0], eyes) for group in _groups(starts, eyes)]
    return days.index(day) if day in days else None


def _iso_day(start: datetime, eyes: Eyes) -> str:
    return to_wall(eyes.zone, start).date().isoformat()


def _groups(starts: Sequence[datetime], eyes: Eyes) -> list[list[datetime]]:
    """The starts in groups, each of one local date and not too long for one row of buttons."""
    return [group for _, day in groupby(starts, key=eyes.day) for group in _chunks(list(day))]


def _chunks(day: list[datetime]) -> list[list[datetime]]:
    return [day[first : first + TIMES_A_GROUP] for first in range(0, len(day), TIMES_A_GROUP)]


def _page_length(groups: Sequence[Sequence[datetime]]) -> int:
    """How many of the groups fit on one page, from the first; at least one."""
    sums = accumulate(map(len, groups[:DAYS_A_PAGE]))
    return max(1, sum(times <= TIMES_A_PAGE for times in sums))


def booked(
    meeting: Meeting,
    others: Sequence[Person],
    eyes: Eyes,
    links: Sequence[tuple[str, str]],
    told_by: Literal["calendar", "mail", "nothing"],
) -> Card:
    """What the person who confirmed sees: done, and one click to their calendar, where it is not there yet.

    Args:
        told_by: how the event comes into the reader's calendar.
    """
    sent = {
        "calendar": "I write it into your calendar.",
        "mail": "Your invite is on its way by mail.",
        "nothing": "I know no mail address of yours, so add it yourself:",
    }[told_by]
    return Card(
        (
            line("✅ Booked with ", *all_of(others), emphasis="strong"),
            line(*eyes.shown_span(meeting.span.start, meeting.length)),
            line(sent, emphasis="subtle"),
            Buttons(
                (words.MY_MEETINGS,)
                if told_by == "calendar"
                else tuple(Link(label, url) for label, url in links)
            ),
        ),
        (eyes.zone,),
    )


def in_calendar() -> Card:
    """Whose linked calendar has the meeting needs no link to add it: that would be a second one."""
    return note("It stands in your calendar already: I write your meetings into it.", words.MY_CALENDARS)


def add_to_calendar(links: Sequence[tuple[str, str]]) -> Card:
    """One link per calendar."""
    return Card(
        (
            line("Add it to your calendar", emphasis="strong"),
            Buttons(tuple(Link(label, url) for label, url in links)),
            line("These links are yours alone.", emphasis="subtle"),
        )
    )
