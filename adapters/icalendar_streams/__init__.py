"""iCalendar streams that strangers wrote → the time they take, worked out where they can do no harm.

What the calendars that speak iCalendar share: `scan` reads the text, `moments` its times and zones, `taking`
says what takes time, `expand` repeats what repeats; `desk` answers one question, `worker` is the process that
does it under limits, `pool` the side that asks. Everything but the last two is pure.
"""

from adapters.icalendar_streams.questions import CannotRead, Event, Form, Question

__all__ = ["CannotRead", "Event", "Form", "Question"]
