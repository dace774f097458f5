"""The private question back where somebody takes a time that their calendar, or none, speaks for."""

from datetime import datetime
from typing import Literal

from bot.views import changes, words
from bot.views.words import Eyes, epoch_minutes, note, who
from scheduling_core.actions import Action
from scheduling_core.cards import Block, Button, Buttons, Card, line
from scheduling_core.meeting import Meeting, Wish
from scheduling_core.people import Person

Unsure = Literal["own_taken", "own_unread", "unread"]
"""The reader's own calendar is taken, cannot be read; another participant's cannot. In a button that goes on
all the same: what its reader was told."""

_BECAUSE: dict[Unsure, str] = {
    "own_taken": "your calendar has something then.",
    "own_unread": "I cannot read your calendar right now, so please look yourself.",
    "unread": "I cannot read everybody's calendar right now, so somebody may be taken then.",
}


def accept_anyway(wish: Wish, start: datetime, why: Unsure, eyes: Eyes) -> Card:
    """The host said yes to a guest's time."""
    book = Action("accept", (wish.id, epoch_minutes(start), why))
    return _question(
        start, why, eyes, Button("Book it anyway", book, "primary", "yes"), *_other_answers(wish)
    )


def _other_answers(wish: Wish) -> tuple[Button, ...]:
    no = Button("No", Action("decline", (wish.id,)), reply="no")
    return _offer_others(wish), no


def _offer_others(wish: Wish) -> Button:
    return Button("Offer other times", Action("others", (wish.id,)), reply="other")


def accepted_in_vain(wish: Wish, guest: Person) -> Card:
    """The time the host said yes to is not free any more, for whomever; the guest was told, too."""
    return note(("That time was taken meanwhile. I told ", who(guest), "."), _offer_others(wish))


def move_anyway(meeting: Meeting, start: datetime, why: Unsure, eyes: Eyes, reason: str) -> Card:
    """The host moves a meeting to a time that cannot be checked.

    Args:
        reason: as typed so far.
    """
    to = Action("move", (meeting.id, epoch_minutes(start), why))
    move = Button("Move anyway", to, "primary", "yes")
    return _question(start, why, eyes, move, *_other_ways(meeting), above=(changes.reason_field(reason),))


def undo_anyway(meeting: Meeting, start: datetime, why: Unsure, eyes: Eyes, seconds: int) -> Card:
    """Somebody takes a move back; *start* is the old time, *seconds* are left to answer."""
    back = Action("undo", (meeting.id, str(meeting.sequence), why))
    undo = Button("Undo anyway", back, "primary", "yes")
    limit = line(f"You can still undo this for {seconds} seconds.", emphasis="subtle")
    return _question(start, why, eyes, undo, *_other_ways(meeting), below=(limit,))


def _other_ways(meeting: Meeting) -> tuple[Button, ...]:
    keep = Button("Keep", Action("keep"), reply="no")
    return words.reschedule(meeting.id, "Other time", "other"), keep


def _question(
    start: datetime,
    why: Unsure,
    eyes: Eyes,
    *answers: Button,
    above: tuple[Block, ...] = (),
    below: tuple[Block, ...] = (),
) -> Card:
    asked = line(eyes.shown_moment(start), f": {_BECAUSE[why]}", emphasis="strong")
    return Card((asked, *above, Buttons(answers), *below), (eyes.zone,))
