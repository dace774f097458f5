"""What is said of changes that were made in calendars, and of what came up in one: all of it privately."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from bot.views import words
from bot.views.words import Eyes, Words, all_of, epoch_minutes, find_a_new_time, subtitle, who
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, Span, line
from scheduling_core.meeting import Meeting
from scheduling_core.people import Person

AGREE: Final = "agree"
"""The verb of *Take it*: what a question is known by."""

Doubt = Literal["rules", "taken", "night"]
"""Why somebody is asked before a meeting goes where another has put it."""

_DOUBTS: Final[dict[Doubt, str]] = {
    "rules": "That is outside the times you offer.",
    "taken": "I do not see that time as free for you.",
    "night": "That is early or late in your day.",
}

OVER: Final = "That time is over"
TAKEN: Final = "That time is taken"
NO_TIME: Final = "It has no time of day there"
NOT_EVERYBODY: Final = "I cannot see that it suits everybody"
"""Why it does not stay there; nothing of anybody's calendar."""


def question(meeting: Meeting, mover: Person, start: datetime, doubt: Doubt, eyes: Eyes) -> Card:
    """To the only other participant: take the time the mover gave it?"""
    return Card(
        (
            line(
                who(mover),
                " moved your meeting in their calendar to ",
                *_span(meeting, start, eyes),
                emphasis="strong",
            ),
            subtitle(meeting.length, meeting.title),
            line(_DOUBTS[doubt]),
            line("Until you take it, the meeting stays at ", *_agreed(meeting, eyes), "."),
            Buttons((*answers(meeting, start), words.reschedule(meeting.id, "Other time", "other"))),
        ),
        (eyes.zone,),
    )


def answers(meeting: Meeting, start: datetime) -> tuple[Button, Button]:
    """Yes and no."""
    args = (meeting.id, str(meeting.sequence), epoch_minutes(start))
    return (
        Button("Take it", Action(AGREE, args), "primary", "yes"),
        Button("Keep the old time", Action("disagree", args), reply="no"),
    )


def _span(meeting: Meeting, start: datetime, eyes: Eyes) -> tuple[Span, ...]:
    return eyes.shown_span(start, meeting.length)


def _agreed(meeting: Meeting, eyes: Eyes) -> tuple[Span, ...]:
    return _span(meeting, meeting.span.start, eyes)


def _told(meeting: Meeting, eyes: Eyes, said: tuple[Span, ...], *items: Button) -> Card:
    """One sentence about a meeting, which meeting that is, and the next thing to do."""
    return Card((line(*said), subtitle(meeting.length, meeting.title), Buttons(items)), (eyes.zone,))


def asked(meeting: Meeting, other: Person, start: datetime, eyes: Eyes) -> Card:
    """To the mover, while the other is asked."""
    said = (
        "You moved it in your calendar to ",
        *_span(meeting, start, eyes),
        ". I asked ",
        who(other),
        "; until they take it, the meeting stays at ",
        *_agreed(meeting, eyes),
        ".",
    )
    return _told(meeting, eyes, said, words.reschedule(meeting.id))


_OUT_OF_REACH: Final = "I can no longer change your calendar; please put it right there."


def put_back(meeting: Meeting, because: str, eyes: Eyes, *, is_back: bool) -> Card:
    """To the mover: it cannot be there; where it was unlinked meanwhile, they put it back themselves."""
    then, end = ("so I put it back to ", ".") if is_back else ("so it stays at ", f". {_OUT_OF_REACH}")
    said = (f"You moved it in your calendar. {because}, {then}", *_agreed(meeting, eyes), end)
    return _told(meeting, eyes, said, words.reschedule(meeting.id))


def kept(meeting: Meeting, who_keeps: Person, eyes: Eyes, *, is_back: bool) -> Card:
    """To the mover: the other did not take it; *is_back* as in `put_back`."""
    then = " keeps the old time, so I put it back in your calendar: " if is_back else " keeps the old time: "
    end = "" if is_back else f". {_OUT_OF_REACH}"
    said = (who(who_keeps), then, *_agreed(meeting, eyes), end)
    return _told(meeting, eyes, tuple(filter(None, said)), words.reschedule(meeting.id))


def stays(meeting: Meeting, eyes: Eyes, because: str = "") -> Card:
    """To who was asked: nothing changes."""
    said = (f"{because}The meeting stays at ", *_agreed(meeting, eyes), ".")
    return _told(meeting, eyes, said, words.reschedule(meeting.id))


def moved(meeting: Meeting, eyes: Eyes) -> Card:
    """To the mover: done."""
    said = ("As in your calendar, I moved it to ", *_agreed(meeting, eyes), " for everybody.")
    return _told(meeting, eyes, said, words.reschedule(meeting.id))


def cancelled(meeting: Meeting, eyes: Eyes) -> Card:
    """To who deleted or declined it."""
    said = ("You deleted or declined it in your calendar, so I cancelled it: ", *_agreed(meeting, eyes))
    return _told(meeting, eyes, said, find_a_new_time(meeting.id))


def overlapped(meeting: Meeting, others: Sequence[Person], eyes: Eyes) -> Card:
    """To the owner of a calendar in which something new stands; what it is we do not know."""
    head: Words = ("⚠️ Something new in your calendar overlaps your meeting with ", *all_of(others))
    return Card(
        (
            line(*head, emphasis="strong"),
            line(*_agreed(meeting, eyes)),
            subtitle(meeting.length, meeting.title),
            Buttons(
                (
                    words.reschedule(meeting.id),
                    words.cancel(meeting.id),
                    Button("Keep", Action("keep"), reply="no"),
                )
            ),
        ),
        (eyes.zone,),
    )
