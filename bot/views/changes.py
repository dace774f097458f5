"""The private cards around moving and cancelling a meeting, and the short public line after a change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from bot.typed_text import NOT_CHANGED, room_for, too_long
from bot.views import words
from bot.views.meetings import Cast
from bot.views.picking import slot_button
from bot.views.words import Eyes, all_of, find_a_new_time, more_moves, note, refusal
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


def _not_reached(gone: Sequence[Person]) -> tuple[Text, ...]:
    """Who left the room sees nothing there; whether a mail reaches them is not the reader's to know."""
    if not gone:
        return ()
    are = "are" if len(gone) > 1 else "is"
    return (line(*all_of(gone), f" {are} no longer in the room and may not hear of it; please tell them."),)


def reschedule(
    meeting: Meeting,
    starts: Sequence[datetime],
    eyes: Eyes,
    reason: str = "",
    gone: Sequence[Person] = (),
) -> Card:
    """Offers that suit both sides; a tap here is final (with Undo).

    Args:
        reason: as typed so far.
        gone: participants who left the room.
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
        _numbered(slot_button("move", meeting.id, start, eyes, number))
        for number, start in enumerate(starts, start=1)
    )
    return Card(
        (
            line("Move the meeting", emphasis="strong"),
            *_not_changed(reason),
            now_at,
            line(f"These times suit everybody ({eyes.whose}). A tap moves it at once; you can undo."),
            *_not_reached(gone),
            Buttons((replace(first, style="primary"), *others)),
            reason_field(reason),
            Buttons((more_moves(meeting.id),)),
        ),
        (eyes.zone,),
    )


def _numbered(button: Button) -> Button:
    """Its number, said, moves the meeting as a tap does: it has to be seen."""
    return replace(button, label=f"{button.reply}: {button.label}")


def move_to(move: Action, start: datetime, eyes: Eyes, reason: str) -> Card:
    """The question back when a number was said that no button showed.

    Args:
        reason: as typed so far.
    """
    items = (Button("Move it", move, "primary", "yes"), Button("Keep", Action("keep"), reply="no"))
    asked = line("Move the meeting to ", eyes.shown_moment(start), "?", emphasis="strong")
    return Card((asked, reason_field(reason), Buttons(items)), (eyes.zone,))


def moved(meeting: Meeting, eyes: Eyes, seconds: int, gone: Sequence[Person] = ()) -> Card:
    """Done, with the way back while there is one; *gone* left the room."""
    undo = Button("Undo", Action("undo", (meeting.id, str(meeting.sequence))), reply="undo")
    done = line("Moved to ", *eyes.shown_span(meeting.span.start, meeting.length), emphasis="strong")
    head = (done, *_not_reached(gone))
    if seconds <= 0:
        return Card((*head, Buttons((words.reschedule(meeting.id),))), (eyes.zone,))
    hint = line(f"You can undo this for {seconds} seconds.", emphasis="subtle")
    return Card((*head, Buttons((undo,)), hint), (eyes.zone,))


def cancel(
    meeting: Meeting, cast: Cast, reader: Person, eyes: Eyes, reason: str = "", gone: Sequence[Person] = ()
) -> Card:
    """The private question before a cancellation; *reason* as typed so far, *gone* left the room."""
    others = cast.mentions(*(p for p in meeting.participants if p != reader.id))
    return Card(
        (
            line("Cancel the meeting with ", *others, "?", emphasis="strong"),
            *_not_changed(reason),
            line(*eyes.shown_span(meeting.span.start, meeting.length), emphasis="subtle"),
            *_not_reached(gone),
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


TakenOutBy = Literal["calendar", "mail", "nothing"]
"""What takes a cancelled meeting out of its reader's calendar: we do, a mail does, or nothing."""

_TAKEN_OUT: dict[TakenOutBy, str] = {
    "calendar": "I take it out of your calendar.",
    "mail": "A mail that takes it out of your calendar is on its way.",
    "nothing": "If you added it to a calendar yourself, please delete it there.",
}


def cancelled(meeting: Meeting, taken_out: TakenOutBy = "nothing", gone: Sequence[Person] = ()) -> Card:
    """What the person who cancelled sees; of other people's calendars it says nothing.

    Args:
        gone: participants who left the room.
    """
    done = line(f"Cancelled. The time is free again. {_TAKEN_OUT[taken_out]}")
    # Whoever left cannot be asked again.
    items = (words.INVITE, words.MY_MEETINGS) if gone else (find_a_new_time(meeting.id),)
    return Card((done, *_not_reached(gone), Buttons(items)))


def not_here_to_ask(gone: Sequence[Person]) -> Card:
    """New times are offered to nobody who cannot see them."""
    are = "are" if len(gone) > 1 else "is"
    because = f" {are} no longer in the room, so new times would not reach them. Add them, then ask anew."
    return refusal((*all_of(gone), because), words.INVITE)


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
