"""Streams made to hurt: whoever sends them has an unreadable calendar, and nobody else notices."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter
from typing import Final

import pytest
import pytest_asyncio

from adapters.icalendar_streams import CannotRead, Question
from adapters.icalendar_streams.pool import Limits, Pool
from scheduling_core.availability import Busy, Unreadable
from scheduling_core.intervals import Interval
from tests.adapters.icalendar_streams.test_reading import BERLIN_ZONE, HOUR_LINES, a_stream
from tests.contracts.calendar_world import OWNER_ZONE, WINDOW, utc

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION: Final = Question("ics", WINDOW, OWNER_ZONE)
PLAIN: Final = a_stream(HOUR_LINES)
PLAIN_BUSY: Final = Busy((Interval(utc(3, 6, 12), utc(3, 6, 13)),))


def endless(name: str) -> bytes:
    """30 February never comes, and the library looks for it until the year 9999."""
    rule = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    return a_stream(f"UID:{name}|DTSTART:20200306T120000Z|DURATION:PT1S|{rule}")


EVERY: Final = ["20300307T120000Z"] * 400_000
HOSTILE: Final = {
    "a day that never comes": endless("hostile"),
    "hundreds of thousands of exceptions": a_stream(
        HOUR_LINES + "|RRULE:FREQ=DAILY|EXDATE:" + ",".join(EVERY)
    ),
    "a hundred thousand series": a_stream(*[HOUR_LINES + "|RRULE:FREQ=DAILY"] * 100_000),
    "a zone that changes every second": a_stream(
        "DTSTART;TZID=Ours:20300306T120000|DURATION:PT1H",
        head=BERLIN_ZONE.format("Ours").replace("YEARLY;BYDAY=-1SU;BYMONTH=10", "SECONDLY"),
    ),
    "thousands of moments apart": a_stream(
        *[
            f"DTSTART:203003{6 + n // 1440:02}T{n // 60 % 24:02}{n % 60:02}00Z|DURATION:PT1S"
            for n in range(6_000)
        ]
    ),
    "more parts than anybody has": b"BEGIN:VCALENDAR\n" + b"BEGIN:VTODO\nEND:VTODO\n" * 300_000,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    """One for all: what makes it dear are its processes. No two tests share an owner or a dear stream."""
    pool = Pool(Limits(seconds=0.25))
    yield pool
    await pool.close()


async def test_hostile_streams_are_unreadable_while_others_are_read(pool: Pool) -> None:
    finished: list[str] = []

    async def ask(name: str, body: bytes) -> None:
        answer = await pool.busy(QUESTION, body, name)
        assert isinstance(answer, Unreadable), name
        assert "http" not in answer.reason
        finished.append(name)

    async with asyncio.TaskGroup() as tasks:
        for name, body in HOSTILE.items():
            tasks.create_task(ask(name, body))
            assert await pool.busy(QUESTION, PLAIN, "honest") == PLAIN_BUSY

    assert sorted(finished) == sorted(HOSTILE)


async def test_what_was_too_dear_is_not_read_again_while_it_stays_the_same(pool: Pool) -> None:
    body = endless("dear")
    first = await pool.busy(QUESTION, body, "dear")
    began = perf_counter()

    assert [await pool.busy(QUESTION, body, "dear") for _ in range(20)] == [first] * 20

    assert isinstance(first, Unreadable)
    assert perf_counter() - began < 0.25


@pytest.mark.parametrize("owners", [["one"] * 4, [f"u-{number}" for number in range(4)]])
async def test_owners_of_dear_streams_wait_for_each_other_and_nobody_for_them(
    pool: Pool, owners: list[str]
) -> None:
    """What they send differs each time, so that nothing of it is known."""
    finished: list[str] = []

    async def ask(owner: str, number: int) -> None:
        answer = await pool.busy(QUESTION, endless(f"{owner}-{number}"), owner)
        assert isinstance(answer, Unreadable)
        finished.append(owner)

    async with asyncio.TaskGroup() as tasks:
        for number, owner in enumerate(owners):
            tasks.create_task(ask(owner, number))
        await asyncio.sleep(0)
        for number in range(3):
            assert await pool.busy(QUESTION, PLAIN, f"honest-{number}") == PLAIN_BUSY
        assert len(finished) <= 2


async def test_memory_has_an_end() -> None:
    pool = Pool(Limits(memory_bytes=110 * 1024 * 1024))
    try:
        answer = await pool.busy(QUESTION, a_stream(HOUR_LINES + "|SUMMARY:😀" + "a" * 40_000_000))
        assert isinstance(answer, Unreadable)
        assert await pool.busy(QUESTION, PLAIN) == PLAIN_BUSY
    finally:
        await pool.close()


async def test_a_worker_that_dies_is_replaced_and_its_question_is_unreadable() -> None:
    others, pool = _children(), Pool()
    assert await pool.busy(QUESTION, PLAIN) == PLAIN_BUSY
    for worker in _children() - others:
        os.kill(worker, signal.SIGKILL)

    first = await pool.busy(QUESTION, PLAIN)

    assert first == PLAIN_BUSY or isinstance(first, Unreadable)
    assert await pool.busy(QUESTION, PLAIN) == PLAIN_BUSY
    await pool.close()


async def test_who_does_not_wait_leaves_no_answer_for_the_next(pool: Pool) -> None:
    for number in (1, 2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await pool.busy(QUESTION, endless(f"left-{number}"))

    assert await pool.busy(QUESTION, PLAIN) == PLAIN_BUSY


async def test_no_stream_defines_a_zone_for_another(pool: Pool) -> None:
    told = "DTSTART;TZID=Ours:20300306T120000|DURATION:PT1H"

    assert isinstance(await pool.busy(QUESTION, a_stream(told, head=BERLIN_ZONE.format("Ours"))), Busy)
    for _ in range(2):
        assert isinstance(await pool.busy(QUESTION, a_stream(told)), Unreadable)


async def test_other_questions(pool: Pool) -> None:
    body = a_stream("UID:1|SEQUENCE:2|" + HOUR_LINES)

    event = await pool.event("1", body)

    assert event is not None
    assert (event.span, event.sequence) == (PLAIN_BUSY.intervals[0], 2)
    assert await pool.event("2", body) is None
    with pytest.raises(CannotRead):
        await pool.event("1", b"<html>")


async def test_closing_leaves_no_process() -> None:
    before = _children()
    pool = Pool()
    await pool.busy(QUESTION, PLAIN)

    await pool.close()

    assert _children() == before


def _children() -> set[int]:
    told = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for each in told for pid in each.read_text().split()}
