"""Free words that people type into a field: taken whole, or refused with the count; never cut."""

from scheduling_core.mail import single_line

NOT_CHANGED = "Nothing is changed yet."
"""Above a card that comes back; what is wrong stands at its field."""


def too_long(text: str, most: int) -> str:
    """Why *text* cannot be taken as one line of at most *most* characters; "" when it can."""
    length = len(single_line(text))
    return f"That is {length} characters long; please keep it to {most}." if length > most else ""


def room_for(text: str, most: int) -> int:
    """How many characters a field must take so that what was typed comes back in it whole."""
    return max(most, len(text))
