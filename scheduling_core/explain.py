"""`explain`: why one start is offered or not, in one sentence, with the rule that decides.

The rules are asked in the order of their numbers and the first that refuses the start is named, so that
a start which is closed *and* busy is called closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from scheduling_core.availability import Unreadable
from scheduling_core.hours_text import format_windows
from scheduling_core.intervals import Span, ceil_epoch, from_epoch
from scheduling_core.slot_query import Host, SlotQuery
from scheduling_core.slot_rules import (
    Piece,
    booked_starts,
    busy_starts,
    fitting_starts,
    full_days,
    host_open,
    last_offered_day,
    local_dates,
    window_pieces,
    zone_offsets,
)
from scheduling_core.zones import FIRST_YEAR, LAST_YEAR, Offsets, to_wall

_EPOCH_DATE = date(1970, 1, 1)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a start is offered; if not, the rule (`R1` … `R14`) that excludes it.

    `because` is one sentence for a person.
    """

    offered: bool
    rule: str | None
    because: str


class _Case(NamedTuple):
    """One start under question, with what several rules need to know about it."""

    query: SlotQuery
    start: int
    table: Offsets
    pieces: list[Piece]

    @property
    def day(self) -> int:
        return self.table.day(self.start)

    def clock(self, epoch: int) -> str:
        """What the organiser's clock shows, for a sentence."""
        return _shown(epoch, self.query.hosts[0])


def explain(query: SlotQuery, instant: datetime) -> Explanation:
    """Whether `find_slots(query)` offers *instant* (aware), and which rule excludes it when it does not.

    Raises:
        ValueError: if *instant* carries no zone or leaves the years 1900 to 2200.
    """
    if instant.utcoffset() is None:
        raise ValueError("the instant must carry a time zone")
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"the instant must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    if instant.microsecond:
        return Explanation(
            False, "R6", "Starts lie on whole minutes, and this instant has a fraction of a second."
        )
    case = _case(query, ceil_epoch(instant))
    for rule, because in _refusals(case):
        return Explanation(False, rule, because)
    return Explanation(True, None, f"{case.clock(case.start)} is offered: no rule excludes it.")


def _case(query: SlotQuery, start: int) -> _Case:
    availability = query.hosts[0].availability
    table = zone_offsets(availability, start, start + query.epochs.duration)
    return _Case(
        query, start, table, window_pieces(availability, table, local_dates(table, start, start + 1))
    )


def _refusals(case: _Case) -> Iterator[tuple[str, str]]:
    """Every rule that excludes the start, in the order of the rules, with its sentence."""
    yield from _closed(case)
    yield from _off_grid(case)
    yield from _does_not_fit(case)
    yield from _busy(case)
    yield from _booked(case)
    yield from _too_soon(case)
    yield from _too_late(case)
    yield from _full(case)
    yield from _outside_period(case)


def _closed(case: _Case) -> Iterator[tuple[str, str]]:
    """R1–R3: the organiser has no window at that instant."""
    if any(start <= case.start < end for _, start, end in case.pieces):
        return
    availability = case.query.hosts[0].availability
    today = _EPOCH_DATE + timedelta(days=case.day)
    at = case.clock(case.start)
    own = availability.overrides.get(today)
    if own is None:
        yield "R1", f"The organiser has no open window at {at}."
        return
    minute = (case.start + case.table.at(case.start)) % 86_400 // 60
    yesterday = availability.wall.on(case.day - 1)
    usually = any(w.minutes[0] <= minute < w.minutes[1] for w in availability.weekly.days[today.weekday()])
    spilled = any(start <= 60 * minute + 86_400 < end for start, end in yesterday)
    if spilled and not usually:
        yield (
            "R3",
            f"The overnight hours of the day before end at midnight, because {today} has hours of its own.",
        )
    else:
        yield "R2", f"{today} has hours of its own ({format_windows(own)}), and {at} is outside them."


def _off_grid(case: _Case) -> Iterator[tuple[str, str]]:
    step = case.query.epochs.step
    windows = [piece for piece in case.pieces if piece[1] <= case.start < piece[2]]
    if windows and not any((case.start - anchor) % step == 0 for anchor, _, _ in windows):
        yield (
            "R6",
            f"Starts come every {case.query.increment_min} minutes from {case.clock(windows[0][0])}, "
            f"and {case.clock(case.start)} is not one of them.",
        )


def _does_not_fit(case: _Case) -> Iterator[tuple[str, str]]:
    duration = case.query.epochs.duration
    for index, host in enumerate(case.query.hosts):
        opened = host_open(host, case.start, case.start + duration)
        if _covered(fitting_starts(opened, case.start, case.start + 1, duration), case.start):
            continue
        begins = any(start <= case.start < end for start, end in opened)
        fault = f"is not open for all {case.query.duration_min} minutes from" if begins else "is not open at"
        yield "R7", f"{_named(index)} {fault} {_shown(case.start, host)}."


def _busy(case: _Case) -> Iterator[tuple[str, str]]:
    for index, host in enumerate(case.query.hosts):
        if isinstance(host.busy, Unreadable):
            yield (
                "R8",
                f"{_named(index)}'s calendar cannot be read, and unknown is not free: {host.busy.reason}",
            )
    epochs = case.query.epochs
    for index, host in enumerate(case.query.hosts):
        refused = busy_starts(case.query, [host], case.start, case.start + 1)
        hit = _first_covering(refused, case.start)
        if hit is not None:
            taken = hit[0] + epochs.duration + epochs.after - 1, hit[1] - epochs.before
            yield "R8", f"{_named(index)} is busy {_from_to(taken, host)}{_buffer_note(case, taken)}."


def _booked(case: _Case) -> Iterator[tuple[str, str]]:
    epochs = case.query.epochs
    hit = _first_covering(booked_starts(case.query), case.start)
    if hit is None:
        return
    around = epochs.before + epochs.after
    taken = hit[0] + epochs.duration + around - 1, hit[1] - around
    yield (
        "R10",
        f"Another meeting is booked {_from_to(taken, case.query.hosts[0])}{_buffer_note(case, taken)}.",
    )


def _too_soon(case: _Case) -> Iterator[tuple[str, str]]:
    if case.start >= case.query.epochs.notice:
        return
    if case.start <= case.query.epochs.now:
        yield "R11", f"{case.clock(case.start)} is not later than now."
    else:
        yield "R11", f"Meetings need {case.query.min_notice_min} minutes' notice, and that start is sooner."


def _too_late(case: _Case) -> Iterator[tuple[str, str]]:
    last = last_offered_day(case.query)
    if last is not None and case.day > last:
        yield (
            "R12",
            f"Starts are offered {case.query.horizon_days} days ahead, and this date lies further away.",
        )


def _full(case: _Case) -> Iterator[tuple[str, str]]:
    if case.query.max_per_day == 0 or case.day in full_days(case.query, case.table):
        today = _EPOCH_DATE + timedelta(days=case.day)
        yield "R13", f"{today} already has as many meetings as a day may have ({case.query.max_per_day})."


def _outside_period(case: _Case) -> Iterator[tuple[str, str]]:
    if not case.query.epochs.start <= case.start < case.query.epochs.end:
        yield "R14", f"{case.clock(case.start)} lies outside the period that was asked for."


def _covered(spans: Iterable[Span], epoch: int) -> bool:
    return _first_covering(spans, epoch) is not None


def _first_covering(spans: Iterable[Span], epoch: int) -> Span | None:
    return next((span for span in spans if span[0] <= epoch < span[1]), None)


def _named(index: int) -> str:
    if index == 0:
        return "The organiser"
    return f"The {_ORDINALS[index]} host" if index < len(_ORDINALS) else f"Host {index + 1}"


def _shown(epoch: int, host: Host) -> str:
    zone = host.availability.zone
    local = to_wall(zone, from_epoch(epoch))
    seconds = f":{local.second:02d}" if local.second else ""
    return f"{local:%Y-%m-%d} {local.hour}:{local.minute:02d}{seconds} ({zone})"


def _from_to(taken: Span, host: Host) -> str:
    try:
        return f"from {_shown(taken[0], host)} to {_shown(taken[1], host)}"
    except (ValueError, OverflowError):
        return "all through that time"


def _buffer_note(case: _Case, taken: Span) -> str:
    """Says so when only the time kept free around the meeting is hit (R9)."""
    touches_meeting = taken[0] < case.start + case.query.epochs.duration and case.start < taken[1]
    if touches_meeting:
        return ""
    return ", which is too near for the time kept free around meetings"
