"""What the worker process answers. Pure, and as slow as its input makes it."""

from collections.abc import Iterable

from adapters.icalendar_streams.expand import sequence, taken
from adapters.icalendar_streams.moments import Zones, times
from adapters.icalendar_streams.multistatus import calendar_data
from adapters.icalendar_streams.questions import CannotRead, Event, Question
from adapters.icalendar_streams.scan import Component, Property, Stream, scan
from adapters.icalendar_streams.taking import Taking, taking
from scheduling_core.intervals import Interval, Span, from_epoch, intersect_spans, merge_spans
from scheduling_core.zones import zone

MAX_SPANS = 5_000
"""Apart from each other, inside the window; the event loop makes values of them, a few µs for each."""
_BATCH = 10_000


def busy(question: Question, body: bytes) -> list[Span]:
    """The time taken inside the window, merged, in epoch seconds.

    Raises:
        CannotRead: some of it cannot be understood.
    """
    streams = [body] if question.form == "ics" else calendar_data(body)
    spans = (span for each in streams for stream in scan(each) for span in taken(stream, question))
    found = intersect_spans(_merged(spans), [question.window.span()])
    if len(found) > MAX_SPANS:
        raise CannotRead("It has too many events.")
    return found


def _merged(spans: Iterable[Span]) -> list[Span]:
    kept: list[Span] = []
    fresh: list[Span] = []
    for span in spans:
        fresh.append(span)
        if len(fresh) == _BATCH:
            kept, fresh = merge_spans([*kept, *fresh]), []
    return merge_spans([*kept, *fresh])


def event(uid: str, owner: frozenset[str], body: bytes) -> Event | None:
    """The single event of that UID as it now is, or None.

    Raises:
        CannotRead: the stream cannot be understood.
    """
    for stream in scan(body):
        for found in stream.events:
            if found.text("UID") == uid:
                return _event(uid, owner, stream, found)
    return None


def _event(uid: str, owner: frozenset[str], stream: Stream, found: Component) -> Event:
    zones = Zones(stream.zones, zone("UTC"), stream.head.text("X-WR-TIMEZONE"))
    start, end = (zones.instant(each) for each in times(found, zones))
    is_off = found.text("STATUS").upper() == "CANCELLED" or (
        taking(found, owner) is Taking.FREE and found.text("TRANSP").upper() != "TRANSPARENT"
    )
    return Event(uid, None if is_off else Interval(start, end), sequence(found))


def reduced(body: bytes, max_chars: int) -> tuple[str, str]:
    """The stream with nothing in it but what tells times, and its name; for keeping an uploaded file.

    Raises:
        CannotRead: it is no calendar, or more than *max_chars* are left.
    """
    streams = scan(body)
    names = [each.head.text("X-WR-CALNAME") for each in streams]
    lines = [line for stream in streams for line in _lines(stream)]
    text = "\n".join(lines) + "\n"
    if len(text) > max_chars:
        raise CannotRead("It has too many events.")
    return text, next(filter(None, names), "")


def _lines(stream: Stream) -> Iterable[str]:
    yield "BEGIN:VCALENDAR"
    for found in stream.head.every("X-WR-TIMEZONE"):
        yield _line("X-WR-TIMEZONE", found)
    yield from (text.strip() for text in stream.zones.values())
    for kind, parts in (("VEVENT", stream.events), ("VFREEBUSY", stream.freebusy)):
        for part in parts:
            yield f"BEGIN:{kind}"
            yield from (_line(name, each) for name, every in part.properties.items() for each in every)
            yield f"END:{kind}"
    yield "END:VCALENDAR"


def _line(name: str, found: Property) -> str:
    return f"{name}{found.params}:{found.value}"


def spans_as_intervals(spans: Iterable[Span]) -> tuple[Interval, ...]:
    """Epoch seconds as instants."""
    return tuple(Interval(from_epoch(start), from_epoch(end)) for start, end in spans)
