"""Adaptive Cards as a bot sends them, for the room to render."""

from typing import Any

Json = dict[str, Any]
OFFERS = (
    "2026-11-26T12:00:00Z",
    "2026-11-26T14:00:00Z",
    "2026-11-27T13:00:00Z",
    "2026-11-30T12:30:00Z",
    "2026-11-30T15:00:00Z",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def moment(iso: str, style: str = "SHORT") -> str:
    """Day and time in the reader's own zone."""
    return f"{{{{DATE({iso}, {style})}}}}, {{{{TIME({iso})}}}}"


def text(words: str, **looks: Any) -> Json:
    """A wrapping TextBlock."""
    return {"type": "TextBlock", "text": words, "wrap": True, **looks}


def submit(title: str, data: Json, **looks: Any) -> Json:
    """A button."""
    return {"type": "Action.Submit", "title": title, "data": data, **looks}


def actions(*buttons: Json) -> Json:
    """A row of buttons."""
    return {"type": "ActionSet", "actions": list(buttons)}


def card(*body: Json) -> Json:
    """A whole card."""
    return {"type": "AdaptiveCard", "version": "1.5", "fallbackText": "see text", "body": list(body)}


def preview() -> Json:
    """Private: what a bare command shows first."""
    return card(
        text("Set up in one tap", weight="Bolder", size="Medium"),
        {
            "type": "FactSet",
            "facts": [
                {"title": "Time zone", "value": "Europe/Berlin"},
                {"title": "Hours", "value": "Mon–Fri 9:00–17:00"},
                {"title": "Length", "value": "30 min"},
                {"title": "Next", "value": "7 days"},
            ],
        },
        text("I share only free start times, never your calendar.", isSubtle=True, size="Small"),
        actions(submit("Send invitation", {"do": "send"}, style="positive")),
        actions(*(submit(minutes, {"do": "length"}) for minutes in ("15", "30", "45", "60"))),
        actions(submit("Change…", {"do": "form"})),
    )


def invitation(title: str = "Logo review") -> Json:
    """Public: five numbered offers."""
    offers = [text(f"**{n}** · {moment(iso)}") for n, iso in enumerate(OFFERS, 1)]
    picks = [submit(str(n), {"do": "pick", "n": n}) for n in range(1, 6)]
    return card(
        text("@host would like to meet", weight="Bolder", size="Medium"),
        text(f"30 min · {title}", isSubtle=True),
        *offers,
        text("Times are in your own time zone.", isSubtle=True, size="Small"),
        actions(*picks),
        actions(submit("More times", {"do": "more"}), submit("None fit", {"do": "none"})),
    )


def confirm(iso: str) -> Json:
    """Private: says the time again before anything is booked."""
    return card(
        text(f"{moment(iso, 'LONG')} your time", weight="Bolder", size="Medium"),
        text("15:00 for @host in Berlin"),
        text("Held for you for 5 minutes.", isSubtle=True, size="Small"),
        actions(submit("Confirm", {"do": "confirm"}, style="positive"), submit("Other time", {"do": "more"})),
    )


def confirmation(iso: str) -> Json:
    """Public: the meeting."""
    return card(
        text(f"✅ @host & @guest · {moment(iso)}", weight="Bolder", size="Medium"),
        text(
            "Logo review · Each of you gets a separate invite; contact details stay private.", isSubtle=True
        ),
        actions(
            {"type": "Action.OpenUrl", "title": "Add to calendar", "url": "https://example.test/c"},
            {"type": "Action.OpenUrl", "title": "Join", "url": "https://example.test/j"},
            submit("Reschedule", {"do": "move"}),
            submit("Cancel", {"do": "cancel"}, style="destructive"),
        ),
    )


def form() -> Json:
    """Private: every kind of input."""
    choices = [{"title": zone, "value": zone} for zone in ("Europe/Berlin", "America/Sao_Paulo", "UTC")]
    weekdays = [{"title": day, "value": day[:3].lower()} for day in DAYS]
    hours = [
        {
            "type": "Input.Text",
            "id": day.lower(),
            "label": day,
            "value": "9-12, 13-17",
            "placeholder": "closed",
        }
        for day in DAYS
    ]
    choice = {"type": "Input.ChoiceSet", "choices": choices, "value": "Europe/Berlin"}
    return card(
        text("Your hours", weight="Bolder", size="Medium"),
        {**choice, "id": "zone", "label": "Time zone", "style": "filtered"},
        *hours,
        {
            **choice,
            "id": "copy",
            "label": "Copy Monday to",
            "choices": weekdays,
            "isMultiSelect": True,
            "value": "",
        },
        {
            **choice,
            "id": "length",
            "label": "Length",
            "style": "compact",
            "placeholder": "Choose",
            "value": "",
        },
        {
            "type": "Input.Date",
            "id": "until",
            "label": "Until",
            "isRequired": True,
            "errorMessage": "Pick a day.",
        },
        {"type": "Input.Text", "id": "note", "label": "Note", "isMultiline": True, "maxLength": 200},
        {
            "type": "Input.Toggle",
            "id": "weekends",
            "title": "Weekends too",
            "valueOn": "yes",
            "valueOff": "no",
        },
        actions(
            submit("Save", {"do": "save"}, style="positive"),
            submit("Back", {"do": "back"}, associatedInputs="none"),
        ),
    )
