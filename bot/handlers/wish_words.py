"""*None fit* in words: "thu or fri afternoon" fills in the small form; a city, the clock it asks for."""

from datetime import date

from scheduling_core.actions import Action
from scheduling_core.cards import Card, ChoiceField, DateField, TextField
from scheduling_core.meet_syntax import Invite, Weekday, parse
from scheduling_core.zones import zone_named

_PARTS = {
    "any": "any",
    "anytime": "any",
    **{word: part for part in ("morning", "afternoon", "evening") for word in (part, f"{part}s")},
}
_LINKING = {"or", "and", "on", "in", "the", "at", "time", "please"}


def standing(card: Card) -> dict[str, str]:
    """What stands in the fields of a card, by id, as a press would bring it."""
    fields = (block for block in card.blocks if isinstance(block, TextField | ChoiceField | DateField))
    return {field.id: field.value for field in fields}


def submission(card: Card) -> Action | None:
    """What the button of the small form does; None for any other card."""
    return next((button.action for button in card.buttons() if button.action.verb == "wish"), None)


def read(text: str, form: Card) -> dict[str, str] | None:
    """The inputs that the words stand for, or None where one of them is not understood.

    Args:
        text: days (a weekday is the next one on the form; where that asks for the clock it stays a weekday,
            `thu`, since the next one depends on it), at most one part of the day, and a city or zone where
            the form asks for the clock. What is not said stays as it is on the form.
        form: the small form, whose days can be named.
    """
    askable, asks_clock = _days(form), "zone" in standing(form)
    days: list[str] = []
    parts: set[str] = set()
    rest: list[str] = []
    for word in text.lower().replace(",", " ").strip(" .!?").split():
        if word in _PARTS:
            parts.add(_PARTS[word])
        elif day := _day(word, askable, asks_clock):
            days.append(day)
        elif word not in _LINKING:
            rest.append(word)
    zone = zone_named(" ".join(rest)) if rest and asks_clock else None
    if len(parts) > 1 or (rest and not zone) or not (days or parts or zone):
        return None
    said = {"days": ",".join(days), "part": "".join(parts), "zone": zone or ""}
    return standing(form) | {field: value for field, value in said.items() if value}


def _days(form: Card) -> list[str]:
    fields = (b for b in form.blocks if isinstance(b, ChoiceField) and b.id == "days")
    return [choice.value for field in fields for choice in field.choices]


def _day(word: str, askable: list[str], asks_clock: bool) -> str | None:
    """The day that the word names, as it stands on the form, or as a weekday."""
    match parse(word, "/", {}):
        case Invite(day=Weekday() as weekday) if asks_clock:
            return weekday.name.lower()
        case Invite(day=Weekday() as weekday):
            return next((day for day in askable if date.fromisoformat(day).weekday() == weekday), None)
        case Invite(day=date() as day):
            return day.isoformat() if day.isoformat() in askable else None
    return None
