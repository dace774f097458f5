"""The private cards around moving and cancelling a meeting, and the short public line after a change."""

from collections.abc import Sequence
from datetime import datetime

from bot.views.meetings import Cast
from bot.views.picking import slot_button
from bot.views.words import Eyes, at, note
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, TextField, When, line
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person

MAX_REASON = 300


def reason_field(typed: str = "") -> TextField:
    """The optional reason; *typed* is kept when a card is drawn again."""
    label = "Reason (optional, only the others in this meeting see it)"
    return TextField("reason", label, typed[:MAX_REASON], max_length=MAX_REASON)


def find_a_new_time(meeting: Meeting) -> Button:
    """The way back from a meeting that is off."""
    return Button("Find a new time", Action("again", (meeting.id,)), reply="again")


def reschedule_button(meeting: Meeting, label: str = "Reschedule") -> Button:
    """Private offers for another time."""
    return Button(label, Action("reschedule", (meeting.id,)), reply="reschedule")


def reschedule(meeting: Meeting, starts: Sequence[datetime], eyes: Eyes) -> Card:
    """Offers that suit both sides; a tap here is final (with Undo)."""
    now_at = line(f"Now: {eyes.span(meeting.span.start, meeting.length)} {eyes.whose}", emphasis="subtle")
    if not starts:
        return Card(
            (
                line("Move the meeting", emphasis="strong"),
                now_at,
                line("I find no other time that suits everybody inside the host's window."),
                Buttons((Button("Cancel meeting instead", Action("cancel", (meeting.id,)), reply="cancel"),)),
            ),
            (eyes.zone,),
        )
    buttons = tuple(
        slot_button("move", meeting.id, start, eyes, number) for number, start in enumerate(starts, start=1)
    )
    return Card(
        (
            line("Move the meeting", emphasis="strong"),
            now_at,
            line(f"These times suit everybody ({eyes.whose}). A tap moves it at once; you can undo."),
            Buttons(buttons),
            reason_field(),
            Buttons((Button("More times", Action("moremoves", (meeting.id,)), reply="more"),)),
        ),
        (eyes.zone,),
    )


def moved(meeting: Meeting, eyes: Eyes, seconds: int) -> Card:
    """Done, with the way back while there is one."""
    undo = Button("Undo", Action("undo", (meeting.id, str(meeting.sequence))), reply="undo")
    done = line(f"Moved to {eyes.span(meeting.span.start, meeting.length)} {eyes.whose}", emphasis="strong")
    if seconds <= 0:
        return Card((done, Buttons((reschedule_button(meeting),))), (eyes.zone,))
    hint = line(f"You can undo this for {seconds} seconds.", emphasis="subtle")
    return Card((done, Buttons((undo,)), hint), (eyes.zone,))


def cancel(meeting: Meeting, cast: Cast, reader: Person, eyes: Eyes) -> Card:
    """The private question before a cancellation."""
    others = cast.names(*(p for p in meeting.participants if p != reader.id))
    return Card(
        (
            line(f"Cancel the meeting with {others}?", emphasis="strong"),
            line(f"{eyes.span(meeting.span.start, meeting.length)} {eyes.whose}", emphasis="subtle"),
            reason_field(),
            Buttons(
                (
                    Button(
                        "Cancel meeting", Action("drop", (meeting.id, str(meeting.sequence))), "danger", "yes"
                    ),
                    Button("Move instead", Action("reschedule", (meeting.id,)), reply="move"),
                    Button("Keep", Action("keep"), reply="no"),
                )
            ),
        ),
        (eyes.zone,),
    )


def cancelled(meeting: Meeting) -> Card:
    """What the person who cancelled sees."""
    words = "Cancelled. Everybody's calendar is told, and the time is free again."
    return note(words, find_a_new_time(meeting))


def told(meeting: Meeting, who: Person, reason: str, eyes: Eyes, *, back: bool = False) -> Card:
    """The private word to the others: who changed it, and why; *back* of a move that was undone."""
    span = eyes.span(meeting.span.start, meeting.length)
    is_moved = meeting.phase is Phase.CONFIRMED
    to = "back to" if back else "to"
    what = f"moved your meeting {to} {span} {eyes.whose}" if is_moved else "cancelled your meeting"
    why = [line(f"Reason: {reason}")] if reason else []
    items = Buttons((reschedule_button(meeting) if is_moved else find_a_new_time(meeting),))
    return Card((line(f"{at(who)} {what}.", emphasis="strong"), *why, items), (eyes.zone,))


def not_undone(meeting: Meeting, because: str) -> Card:
    """The way back is closed; the meeting can still be moved."""
    return note(because, reschedule_button(meeting))


def looking_again(who: Person) -> Card:
    """The short public line when a card offers times again."""
    return Card((line(f"{at(who)} is looking for a new time; the card offers some."),))


def public_line(meeting: Meeting, who: Person, what: str, zones: tuple[str, ...]) -> Card:
    """At most one short line in the room after a change."""
    spans = (
        (f"{at(who)} {what} ", When(meeting.span.start)) if what.endswith("to") else (f"{at(who)} {what}",)
    )
    return Card((line(*spans, "."),), zones)
