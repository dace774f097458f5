"""The private cards around *None fit*: the small form, what it found, and the question to the host."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.typed_text import room_for
from bot.views import words
from bot.views.picking import slot_button
from bot.views.words import NOT_SENT, Eyes, epoch_minutes, who
from scheduling_core import time_words
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, Choice, ChoiceField, Text, TextField, line
from scheduling_core.meeting import Meeting, Wish
from scheduling_core.people import Person

MAX_NOTE = 200
IN_WORDS = "Or reply in words: “thu or fri afternoon”, “2026-11-26 evening”."
WITH_A_CITY = "Or reply in words, with your city for the clock: “thu or fri afternoon, Lisbon”."
NO_CLOCK = "Please choose the time it is for you now, so that I take your days and hours by your clock."
DAY_PARTS = {
    "any": ("Any time of day", 8, 21),
    "morning": ("Morning (8–12)", 8, 12),
    "afternoon": ("Afternoon (12–18)", 12, 18),
    "evening": ("Evening (18–21)", 18, 21),
}


def none_fit(
    meeting: Meeting,
    days: Sequence[date],
    problems: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    clock: ChoiceField | None = None,
    *,
    hears_words: bool = True,
) -> Card:
    """The small form behind *None fit*: days, part of day, a word.

    Args:
        clock: the question by whose clock these are, None where that is known.
        hears_words: days can also be said.
        problems: sentence by field id; each stands at its field.
        typed: by field id; kept when the form comes back.
    """
    problems, typed = problems or {}, typed or {}
    part, word = typed.get("part", "any"), typed.get("note", "")
    askable = tuple(Choice(f"{d:%a} {d.day} {d:%b}", d.isoformat()) for d in days)
    parts = tuple(Choice(label, key) for key, (label, _, _) in DAY_PARTS.items())
    chosen, most = part if part in DAY_PARTS else "any", room_for(word, MAX_NOTE)
    return Card(
        (
            line("When could you?", emphasis="strong"),
            *([line(NOT_SENT)] if problems else []),
            ChoiceField(
                "days", "Days", askable, typed.get("days", ""), several=True, problem=problems.get("days", "")
            ),
            ChoiceField("part", "Part of the day", parts, chosen, problem=problems.get("part", "")),
            *([clock] if clock else []),
            TextField(
                "note", "A word to go with it", word, "optional", most, problem=problems.get("note", "")
            ),
            Buttons((Button("Find times", Action("wish", (meeting.id,)), "primary"),)),
            *([line(WITH_A_CITY if clock else IN_WORDS, emphasis="subtle")] if hears_words else []),
        )
    )


def wish_found(meeting: Meeting, starts: Sequence[datetime], eyes: Eyes, city: str = "") -> Card:
    """Times that suit both, offered at once.

    Args:
        city: whose clock was taken for the reader's just now; "" for none.
    """
    buttons = tuple(
        slot_button("slot", meeting.id, start, eyes, number) for number, start in enumerate(starts, start=1)
    )
    other_days = words.none_fit(meeting.id, "Other days")
    suit = line(f"These suit you both ({eyes.whose}):", emphasis="strong")
    return Card((suit, Buttons(buttons), *_taken(city, other_days)), (eyes.zone,))


def wish_asked(meeting: Meeting, host: Person, city: str = "") -> Card:
    """The guest waits for the host's word; *city* as in `wish_found`."""
    said = line("That is outside what ", who(host), " offers, so I asked. You will hear from me here.")
    return Card((said, *_taken(city, words.none_fit(meeting.id, "Other days"))))


def wish_in_vain(meeting: Meeting, host: Person, city: str = "") -> Card:
    """Not even the host's word would help; *city* as in `wish_found`."""
    said = line(who(host), " is taken then, or it is too soon. Try other days?")
    ways = (words.none_fit(meeting.id, "Other days"), words.more_times(meeting.id))
    return Card((said, *_taken(city, *ways)))


def _taken(city: str, *ways: Button) -> tuple[Text | Buttons, ...]:
    """The ways on; above them, once, which clock was assumed."""
    if not city:
        return (Buttons(ways),)
    said = line(f"I take {city}’s clock for yours; Settings has every other one.", emphasis="subtle")
    return said, Buttons((*ways, words.SETTINGS))


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
    note_line = [line(who(guest), f" writes: {wish.note}")] if wish.note else []
    return Card(
        (
            line(who(guest), " could meet only outside your hours", emphasis="strong"),
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
