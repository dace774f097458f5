"""The private cards around moving and cancelling a meeting, and the short public line after a change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.typed_text import NOT_CHANGED, room_for, too_long
from bot.views import words
from bot.views.meetings import Cast
from bot.views.picking import slot_button
from bot.views.words import Eyes, find_a_new_time, more_moves, note
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, Text, TextField, When, line
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person

MAX_REASON = 300


def reason_field(typed: str = "") -> TextField:
    """The optional reason; *typed* is kept, whole, when a card is drawn again."""
    label = "Reason (optional, only the others in this meeting see it)"
    problem = too_long(typed, MAX_REASON)
    return TextField("reason", label, typed, max_length=room_for(typed, MAX_REASON), problem=problem)


def _not_changed(reason: str) -> tuple[Text, ...]:
    return (line(NOT_CHANGED),) if too_long(reason, MAX_REASON) else ()


def reschedule(meeting: Meeting, starts: Sequence[datetime], eyes: Eyes, reason: str = "") -> Card:
    """Offers that suit both sides; a tap here is final (with Undo).

    Args:
        reason: as typed so far.
    """
    now_at = line("Now: ", *eyes.shown_span(meeting.span.start, meeting.length), emphasis="subtle")
    if not starts:
        return Card(
            (
                line("Move the meeting", emphasis="strong"),
                now_at,
                line("I find no other time that suits everybody inside the host's window."),
                Buttons((words.cancel(meeting.id, "Cancel meeting instead"),)),
            ),
            (eyes.zone,),
        )
    first, *others = (
        slot_button("move", meeting.id, start, eyes, number) for number, start in enumerate(starts, start=1)
    )
    return Card(
        (
            line("Move the meeting", emphasis="strong"),
            *_not_changed(reason),
            now_at,
            line(f"These times suit everybody ({eyes.whose}). A tap moves it at once; you can undo."),
            Buttons((replace(first, style="primary"), *others)),
            reason_field(reason),
            Buttons((more_moves(meeting.id),)),
        ),
        (eyes.zone,),
    )


def moved(meeting: Meeting, eyes: Eyes, seconds: int) -> Card:
    """Done, with the way back while there is one."""
    undo = Button("Undo", Action("undo", (meeting.id, str(meeting.sequence))), reply="undo")
    done = line("Moved to ", *eyes.shown_span(meeting.span.start, meeting.length), emphasis="strong")
    if seconds <= 0:
        return Card((done, Buttons((words.reschedule(meeting.id),))), (eyes.zone,))
    hint = line(f"You can undo this for {seconds} seconds.", emphasis="subtle")
    return Card((done, Buttons((undo,)), hint), (eyes.zone,))


def cancel(meeting: Meeting, cast: Cast, reader: Person, eyes: Eyes, reason: str = "") -> Card:
    """The private question before a cancellation; *reason* as typed so far."""
    others = cast.mentions(*(p for p in meeting.participants if p != reader.id))
    return Card(
        (
            line("Cancel the meeting with ", *others, "?", emphasis="strong"),
            *_not_changed(reason),
            line(*eyes.shown_span(meeting.span.start, meeting.length), emphasis="subtle"),
            reason_field(reason),
            Buttons(
                (
                    Button(
                        "Cancel meeting", Action("drop", (meeting.id, str(meeting.sequence))), "danger", "yes"
                    ),
                    words.reschedule(meeting.id, "Move instead", "move"),
                    Button("Keep", Action("keep"), reply="no"),
                )
            ),
        ),
        (eyes.zone,),
    )


def cancelled(meeting: Meeting) -> Card:
    """What the person who cancelled sees."""
    done = "Cancelled. Everybody's calendar is told, and the time is free again."
    return note(done, find_a_new_time(meeting.id))


def told(meeting: Meeting, who: Person, what: str, reason: str, eyes: Eyes) -> Card:
    """The private word to the others: who changed it, and why.

    Args:
        what: they did, such as `moved your meeting to`; the time follows while the meeting has one.
    """
    is_moved = meeting.phase is Phase.CONFIRMED
    when = (" ", *eyes.shown_span(meeting.span.start, meeting.length)) if is_moved else ()
    why = [line(f"Reason: {reason}")] if reason else []
    items = Buttons((words.reschedule(meeting.id) if is_moved else find_a_new_time(meeting.id),))
    return Card((line(words.who(who), f" {what}", *when, ".", emphasis="strong"), *why, items), (eyes.zone,))


def not_undone(meeting: Meeting, because: str) -> Card:
    """The way back is closed; the meeting can still be moved."""
    return note(because, words.reschedule(meeting.id))


def looking_again(who: Person) -> Card:
    """The short public line when a card offers times again."""
    return Card((line(words.who(who), " is looking for a new time; the card offers some."),))


def public_line(meeting: Meeting, who: Person, what: str, zones: tuple[str, ...]) -> Card:
    """At most one short line in the room after a change."""
    when = (" ", When(meeting.span.start)) if what.endswith("to") else ()
    return Card((line(words.who(who), f" {what}", *when, "."),), zones)
