"""A feed of 5,000 events read by the bot, beside the libraries alone: `python -m benchmarks.feeds`.

The floor is what a plain program would do in its own process: `Calendar.from_ical`, `of(...).between(...)`,
and merge. The bot's way is one question to the pool: octets to a worker, a fork, scanning, expanding, the
answer back, while another task looks how long the event loop was ever held; for comparison, how long the
machine alone held an idle loop. Both ways must give the same busy time. One event in ten repeats weekly for
years; the rest lie anywhere in two years; the window is three weeks.
"""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Final
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from adapters.icalendar_streams import Question
from adapters.icalendar_streams.pool import Pool
from scheduling_core.availability import Busy, FreeBusy
from scheduling_core.intervals import Interval, clip
from scheduling_core.zones import use_bundled_tzdata

EVENTS: Final = 5000
ROUNDS: Final = 5
OWNER: Final = "Europe/Berlin"
WINDOW: Final = Interval(datetime(2030, 3, 18, tzinfo=UTC), datetime(2030, 4, 8, tzinfo=UTC))
_LOOK_SECONDS: Final = 0.001


def a_feed() -> bytes:
    """About as large for its events as those of big providers are; the same in every run."""
    draw = random.Random(5)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//benchmark//EN"]
    for number in range(EVENTS):
        start = datetime(2029, 3, 1) + timedelta(minutes=15 * draw.randrange(70_000))  # noqa: DTZ001  wall clock
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number}@benchmark.example",
            "DTSTAMP:20290101T000000Z",
            f"DTSTART;TZID={OWNER}:{start:%Y%m%dT%H%M%S}",
            f"DTEND;TZID={OWNER}:{start + timedelta(minutes=30):%Y%m%dT%H%M%S}",
            "SUMMARY:Planning of what is to be planned",
            "DESCRIPTION:Some words about it\\, on one line.",
            *(["RRULE:FREQ=WEEKLY"] if number % 10 == 0 else []),
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def floor(body: bytes) -> FreeBusy:
    """The libraries alone."""
    found = recurring_ical_events.of(Calendar.from_ical(body)).between(WINDOW.start, WINDOW.end)
    return Busy(clip((Interval(_moment(each.start), _moment(each.end)) for each in found), WINDOW))


def _moment(moment: date) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day, tzinfo=ZoneInfo(OWNER))


class Watch:
    """How long the loop was held, seen by a task that wants to run every millisecond.

    Attributes:
        longest_seconds: the longest delay so far.
    """

    def __init__(self) -> None:
        self.longest_seconds = 0.0

    async def look(self) -> None:
        """Until cancelled."""
        while True:
            before = perf_counter()
            await asyncio.sleep(_LOOK_SECONDS)
            self.longest_seconds = max(self.longest_seconds, perf_counter() - before - _LOOK_SECONDS)


async def measure(body: bytes) -> tuple[list[float], float, float, FreeBusy]:
    """Seconds of each question, the longest block then and of an idle loop in seconds, and the answer."""
    question, pool, watch, idle = Question("ics", WINDOW, OWNER), Pool(), Watch(), Watch()
    try:
        answer = await pool.busy(question, body)
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(watch.look())
            taken = []
            for _ in range(ROUNDS):
                begun = perf_counter()
                answer = await pool.busy(question, body)
                taken.append(perf_counter() - begun)
            looking.cancel()
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(idle.look())
            await asyncio.sleep(sum(taken))
            looking.cancel()
        return taken, watch.longest_seconds, idle.longest_seconds, answer
    finally:
        await pool.close()


def timed(work: Callable[[], FreeBusy]) -> tuple[list[float], FreeBusy]:
    """Seconds of each round and the last result."""
    taken = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        result = work()
        taken.append(perf_counter() - begun)
    return taken, result


def main() -> None:
    """Print the table."""
    use_bundled_tzdata()
    body = a_feed()
    alone, expected = timed(lambda: floor(body))
    asked, longest, idle, found = asyncio.run(measure(body))
    if found != expected:
        raise SystemExit("the bot and the libraries differ")
    floor_ms, ours_ms = (1000 * statistics.median(each) for each in (alone, asked))
    print(f"{EVENTS:,} events, {len(body) / 1000:,.0f} kB, three weeks; medians of {ROUNDS}")
    print(f"  icalendar + recurring-ical-events, in process   {floor_ms:8.1f} ms")
    print(f"  a question to the pool                          {ours_ms:8.1f} ms   {ours_ms / floor_ms:.2f}")
    print(f"  longest block of the event loop                 {1000 * longest:8.1f} ms")
    print(f"  the same of an idle loop, as long               {1000 * idle:8.1f} ms")


if __name__ == "__main__":
    main()
