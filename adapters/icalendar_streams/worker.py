"""The process that reads what strangers wrote: `python -m adapters.icalendar_streams.worker`.

It imports everything once and then forks a child for each question. The child has limits of its own on
processor time, memory and time, reads nothing but its question, and ends with its answer, so that no stream
leaves anything behind for the next one. Spoken over stdin and stdout: a line of JSON that ends with the
number of octets of the body, then the body; a line of JSON comes back.
"""

import contextlib
import gc
import json
import os
import resource
import signal
import sys
from datetime import UTC, datetime
from typing import IO, Any, Final

from adapters.icalendar_streams import desk
from adapters.icalendar_streams.questions import CannotRead, Question
from scheduling_core.intervals import Interval
from scheduling_core.zones import use_bundled_tzdata, zone, zone_names

TOO_MUCH: Final = "It takes too long to read."
MEMORY: Final = "It takes too much memory to read."


def main() -> None:
    """Answer until stdin ends."""
    use_bundled_tzdata()
    _warm_up()
    gc.freeze()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        asked = json.loads(line)
        body = source.read(asked["octets"])
        answer = _in_a_child(asked, body)
        sink.write(answer + b"\n")
        sink.flush()


def _warm_up() -> None:
    """What every child needs is built once, before the forks."""
    zone_names()
    zone("Europe/Berlin")
    window = Interval(datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC))
    desk.busy(Question("ics", window, "UTC"), _SAMPLE)


_SAMPLE: Final = b"""BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Berlin:20300101T100000
DURATION:PT1H
RRULE:FREQ=DAILY;COUNT=2
END:VEVENT
END:VCALENDAR
"""


def _in_a_child(asked: dict[str, Any], body: bytes) -> bytes:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _answer_and_end(asked, body, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) == 0 and answer:
        return answer
    return json.dumps({"unreadable": TOO_MUCH}).encode()


def _answer_and_end(asked: dict[str, Any], body: bytes, writing: int) -> None:
    """The child: never returns."""
    code = 1
    try:
        _limit(asked)
        with os.fdopen(writing, "wb") as pipe:
            _write(pipe, asked, body)
        code = 0
    finally:
        os._exit(code)


def _limit(asked: dict[str, Any]) -> None:
    seconds, memory = asked["seconds"], asked["memory_bytes"]
    # A signal that is not handled ends the process, inside a library's loop too.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 2 * seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    # macOS knows no limit of address space.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _write(pipe: IO[bytes], asked: dict[str, Any], body: bytes) -> None:
    try:
        answer = _answer(asked, body)
    except CannotRead as error:
        answer = {"unreadable": str(error)}
    except (MemoryError, RecursionError):
        answer = {"unreadable": MEMORY}
    pipe.write(json.dumps(answer).encode())


def _answer(asked: dict[str, Any], body: bytes) -> dict[str, Any]:
    if asked["kind"] == "reduced":
        text, name = desk.reduced(body, asked["max_chars"])
        return {"text": text, "name": name}
    if asked["kind"] == "event":
        return _event(asked, body)
    return {"spans": desk.busy(_question(asked), body)}


def _event(asked: dict[str, Any], body: bytes) -> dict[str, Any]:
    found = desk.event(asked["uid"], frozenset(asked["owner"]), body)
    if found is None:
        return {"event": None}
    return {"event": [found.span.span() if found.span else None, found.sequence]}


def _question(asked: dict[str, Any]) -> Question:
    window = Interval(*(datetime.fromisoformat(each) for each in asked["window"]))
    return Question(
        asked["form"],
        window,
        asked["zone"],
        asked["all_day"],
        asked["tentative"],
        {uid: (start, end) for uid, (start, end) in asked["ours"].items()},
        frozenset(asked["owner"]),
    )


if __name__ == "__main__":
    # The bot ends its workers itself; a Ctrl-C at the terminal is for the bot.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError, ValueError):
        main()
