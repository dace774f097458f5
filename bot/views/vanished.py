"""What is said where several events are gone from a calendar at once: to its owner alone."""

from collections.abc import Sequence
from typing import Final

from bot.views.words import MY_MEETINGS, Eyes, all_of, note
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, line
from scheduling_core.meeting import Meeting
from scheduling_core.people import Person

_MOST_LISTED: Final = 10


def question(listed: Sequence[tuple[Meeting, Sequence[Person]]], mark: str, eyes: Eyes) -> Card:
    """Were they meant to be cancelled?

    Args:
        listed: each with the others in it, the next one first.
        mark: what is asked; an answer to another question changes nothing.
    """
    lines = [
        line(*eyes.shown_span(meeting.span.start, meeting.length), " with ", *all_of(others))
        for meeting, others in listed[:_MOST_LISTED]
    ]
    if len(listed) > _MOST_LISTED:
        lines.append(line(f"And {len(listed) - _MOST_LISTED} more."))
    buttons = (
        Button("Cancel these meetings", Action("letgo", (mark,)), reply="cancel"),
        Button("Put them back", Action("bringback", (mark,)), "primary", "put back"),
    )
    return Card(
        (
            line("⚠️ Several of your meetings are gone from your calendar", emphasis="strong"),
            *lines,
            line("They still stand, and nobody was told. Nothing changes until you answer."),
            Buttons(buttons),
        ),
        (eyes.zone,),
    )


def cancelled(count: int) -> Card:
    """To the owner: done."""
    return note(f"I cancelled {_meetings(count)} and told everybody.", MY_MEETINGS)


def put_back(count: int, out_of_reach: int = 0) -> Card:
    """To the owner: nothing changed for anybody.

    Args:
        count: how many are written again.
        out_of_reach: how many cannot be: their calendar is not linked any more.
    """
    said = [f"I put {_meetings(count)} back into your calendar."] if count else []
    if out_of_reach:
        stands = "stands" if out_of_reach == 1 else "stand"
        said.append(
            f"{_meetings(out_of_reach)} still {stands}, but I can no longer write into that calendar."
        )
    return note(" ".join(said or ["None of them is still to come."]), MY_MEETINGS)


def _meetings(count: int) -> str:
    return "1 meeting" if count == 1 else f"{count} meetings"
