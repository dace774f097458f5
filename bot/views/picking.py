"""The private cards of somebody who picks a time: confirm, slot lost, more times, none fit, wishes."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby

from bot.views.words import Eyes, at, epoch_minutes, listed, note
from scheduling_core import time_words
from scheduling_core.actions import Action
from scheduling_core.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Choice,
    ChoiceField,
    Link,
    TextField,
    line,
)
from scheduling_core.meeting import Hold, Meeting, Wish
from scheduling_core.people import Person

TIMES_A_DAY = 20
"""Times of one day shown on the picker at once; the rest is a press away."""
DAYS_A_PAGE = 7
DAY_PARTS = {
    "any": ("Any time of day", 8, 21),
    "morning": ("Morning (8–12)", 8, 12),
    "afternoon": ("Afternoon (12–18)", 12, 18),
    "evening": ("Evening (18–21)", 18, 21),
}


def slot_button(verb: str, subject: str, start: datetime, eyes: Eyes, number: int | None = None) -> Button:
    """A private button that names its time in the reader's zone."""
    return Button(
        eyes.moment(start),
        Action(verb, (subject, epoch_minutes(start))),
        reply=None if number is None else str(number),
    )


def confirm(hold: Hold, meeting: Meeting, host: Person, eyes: Eyes, minutes: int) -> Card:
    """The private question before a booking: the time in both zones, in words."""
    theirs = Eyes.of(host, eyes.zone)
    there = f" ({theirs.clock(hold.start)} for {at(host)} in {time_words.zone_city(theirs.zone)})"
    same = theirs.moment(hold.start) == eyes.moment(hold.start)
    return Card(
        (
            line(f"{eyes.span(hold.start, meeting.length)} {eyes.whose}", emphasis="strong"),
            line(f"{time_words.duration(meeting.length)} with {at(host)}{'' if same else there}"),
            Buttons(
                (
                    Button("Confirm", Action("confirm", (hold.id, meeting.id)), "primary", "yes"),
                    Button("Other time", Action("other", (hold.id, meeting.id)), reply="more"),
                )
            ),
            line(f"Held for you for {minutes} minutes.", emphasis="subtle"),
        ),
        (eyes.zone,),
    )


def hold_ended(hold: Hold, eyes: Eyes) -> Card:
    """The hold ran out; one press takes it again if it is still free."""
    again = Button("Hold it again", Action("slot", (hold.meeting, epoch_minutes(hold.start))), reply="yes")
    more = Button("More times", Action("more", (hold.meeting,)), reply="more")
    return note(f"I kept {eyes.moment(hold.start)} for you, but the time to confirm is over.", again, more)


def nothing_free(meeting: Meeting) -> Card:
    """No start at all is left."""
    none = Button("None fit", Action("none", (meeting.id,)), reply="none")
    return note("No free time is left; tell me when you could.", none)


def lost(meeting: Meeting, nearest: Sequence[datetime], eyes: Eyes, because: str, verb: str) -> Card:
    """The slot is gone; the nearest that are free, each a button for *verb*."""
    if not nearest:
        none = Button("None fit", Action("none", (meeting.id,)), reply="none")
        return note(f"{because} No other time is free; tell me when you could.", none)
    buttons = tuple(
        slot_button(verb, meeting.id, start, eyes, number) for number, start in enumerate(nearest, start=1)
    )
    again = "more" if verb == "slot" else "moremoves"
    more = Button("More times", Action(again, (meeting.id,)), reply="more")
    return Card((line(f"{because} Nearest:"), Buttons((*buttons, more))), (eyes.zone,))


def picker(
    title: str, verb: str, subject: str, starts: Sequence[datetime], eyes: Eyes, page: int, more: Action
) -> Card:
    """Every free time, day by day; *more* gets the page number appended.

    Args:
        verb: of the time buttons, with (*subject*, epoch minutes).
        more: the action that shows another page.
    """
    days = [(day, list(group)) for day, group in groupby(starts, key=lambda s: eyes.day(s))]
    shown = days[page * DAYS_A_PAGE : (page + 1) * DAYS_A_PAGE]
    blocks: list[Block] = [
        line(title, emphasis="strong"),
        line(f"All times are {eyes.whose}.", emphasis="subtle"),
    ]
    number = 0
    for day, group in shown:
        buttons = []
        for start in group[:TIMES_A_DAY]:
            number += 1
            buttons.append(
                Button(eyes.clock(start), Action(verb, (subject, epoch_minutes(start))), reply=str(number))
            )
        blocks += [line(day, emphasis="strong"), Buttons(tuple(buttons))]
    pages = _page_buttons(page, len(days), more)
    return Card((*blocks, *([Buttons(pages)] if pages else [])), (eyes.zone,))


def _page_buttons(page: int, days: int, more: Action) -> tuple[Button, ...]:
    def to(label: str, number: int, reply: str) -> Button:
        return Button(label, Action(more.verb, (*more.args, str(number))), reply=reply)

    earlier = (to("Earlier days", page - 1, "earlier"),) if page else ()
    later = (to("Later days", page + 1, "more"),) if (page + 1) * DAYS_A_PAGE < days else ()
    return earlier + later


def none_fit(meeting: Meeting, days: Sequence[date], problem: str = "") -> Card:
    """The small form behind *None fit*: days, part of day, a word."""
    return Card(
        (
            line("When could you?", emphasis="strong"),
            *([line(problem)] if problem else []),
            ChoiceField(
                "days",
                "Days",
                tuple(Choice(f"{d:%a} {d.day} {d:%b}", d.isoformat()) for d in days),
                several=True,
            ),
            ChoiceField(
                "part",
                "Part of the day",
                tuple(Choice(label, key) for key, (label, _, _) in DAY_PARTS.items()),
                "any",
            ),
            TextField("note", "A word to go with it", placeholder="optional"),
            Buttons((Button("Find times", Action("wish", (meeting.id,)), "primary"),)),
        )
    )


def wish_found(meeting: Meeting, starts: Sequence[datetime], eyes: Eyes) -> Card:
    """Times that suit both, offered at once."""
    buttons = tuple(
        slot_button("slot", meeting.id, start, eyes, number) for number, start in enumerate(starts, start=1)
    )
    return Card(
        (line(f"These suit you both ({eyes.whose}):", emphasis="strong"), Buttons(buttons)), (eyes.zone,)
    )


def wish_asked(host: Person) -> Card:
    """The guest waits for the host's word."""
    return note(f"That is outside what {at(host)} offers, so I asked. You will hear from me here.")


def wish_question(wish: Wish, meeting: Meeting, guest: Person, eyes: Eyes) -> Card:
    """The host's private one-tap question."""
    accept = tuple(
        Button(
            f"Accept {eyes.moment(start)}",
            Action("accept", (wish.id, epoch_minutes(start))),
            "primary" if number == 1 else "plain",
            str(number),
        )
        for number, start in enumerate(wish.starts, start=1)
    )
    note_line = [line(f"{at(guest)} writes: {wish.note}")] if wish.note else []
    return Card(
        (
            line(f"{at(guest)} could meet only outside your hours", emphasis="strong"),
            line(
                " · ".join(filter(None, [time_words.duration(meeting.length), meeting.title])),
                emphasis="subtle",
            ),
            *note_line,
            Buttons(accept),
            Buttons(
                (
                    Button("Offer other times", Action("others", (wish.id,)), reply="other"),
                    Button("No", Action("decline", (wish.id,)), reply="no"),
                )
            ),
            line("Accepting books it this once; your hours stay as they are.", emphasis="subtle"),
        ),
        (eyes.zone,),
    )


def booked(
    meeting: Meeting, others: Sequence[Person], eyes: Eyes, links: Sequence[tuple[str, str]], mailed: bool
) -> Card:
    """What the person who confirmed sees: done, and one click to their calendar."""
    sent = (
        "Your invite is on its way by mail."
        if mailed
        else "I know no mail address of yours, so add it yourself:"
    )
    return Card(
        (
            line(f"✅ Booked with {listed([at(p) for p in others])}", emphasis="strong"),
            line(f"{eyes.span(meeting.span.start, meeting.length)} {eyes.whose}"),
            line(sent, emphasis="subtle"),
            Buttons(tuple(Link(label, url) for label, url in links)),
        ),
        (eyes.zone,),
    )


def add_to_calendar(links: Sequence[tuple[str, str]]) -> Card:
    """One link per calendar."""
    return Card(
        (
            line("Add it to your calendar", emphasis="strong"),
            Buttons(tuple(Link(label, url) for label, url in links)),
            line("These links are yours alone.", emphasis="subtle"),
        )
    )
