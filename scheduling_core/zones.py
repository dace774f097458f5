"""Wall clock and instant: the gap and fold rules, zone names, offset tables for fast arithmetic.

Zone data is the `tzdata` package's: an operating system's own copy may be years old and then is an hour
wrong. The process entry calls `use_bundled_tzdata()` once, before anything else, and logs `tzdata_version()`.
"""

from __future__ import annotations

import difflib
import unicodedata
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]  # the package holds data and ships no types

from scheduling_core.intervals import Span, merge_spans

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Instants whose offsets can be asked for lie in these years, both included."""

# The shortest time between two changes of offset in tzdata is 167 hours; a test measures it.
_PROBE_SECONDS = 3 * 86_400
_DAY = 86_400


def use_bundled_tzdata() -> str:
    """Read zones from the `tzdata` package only, from now on, in the whole process; returns its version.

    Source: https://docs.python.org/3/library/zoneinfo.html#zoneinfo.reset_tzpath
    """
    zoneinfo.reset_tzpath(())
    ZoneInfo.clear_cache()
    for cached in (_known_zone, zone_names, _spellings, _year_changes, _offsets):
        cached.cache_clear()
    return tzdata_version()


def tzdata_version() -> str:
    """The IANA release of the bundled zone data, such as `2026f`."""
    return str(tzdata.IANA_VERSION)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """All IANA names this process can load."""
    return frozenset(zoneinfo.available_timezones())


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name such as `Europe/Berlin`.

    Raises:
        ValueError: if there is no such zone; the message names it and close names, when there are any.
    """
    if not isinstance(name, str):
        raise ValueError(f"a time zone is a name such as Europe/Berlin, not {name!r}")
    return _known_zone(name)


@lru_cache(maxsize=1024)
def _known_zone(name: str) -> ZoneInfo:
    if name in zone_names():
        return ZoneInfo(name)
    close = suggest_zones(name)
    hint = f"; did you mean {' or '.join(close)}?" if close else "; use a name such as Europe/Berlin"
    raise ValueError(f"“{name[:60]}” is not the name of a time zone{hint}")


def zone_named(text: str) -> str | None:
    """The zone somebody means: its name in any case, or the only one whose city is this; None for neither."""
    plain = _folded(" ".join(_without_marks(text).split()))
    wanted = plain.replace("/", "_")
    found = [name for name in _spellings().get(plain, ()) if "/" in name]
    # The signs of these names are inverted: whoever types GMT-5 means another zone than Etc/GMT-5.
    by_city = [name for name in found if not name.startswith("Etc/")]
    by_name = next((name for name in sorted(zone_names()) if _folded(name).replace("/", "_") == wanted), None)
    return by_name or (by_city[0] if len(by_city) == 1 else None)


def _without_marks(text: str) -> str:
    """`São` as `Sao`, which is how the names are written."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def suggest_zones(text: str, limit: int = 3) -> tuple[str, ...]:
    """IANA names that look like *text*, best first: same letters, the city alone, or a near miss."""
    wanted = _folded(text[:60])
    spellings = _spellings()
    found = [*spellings.get(wanted, ()), *spellings.get(wanted.rsplit("/", 1)[-1], ())]
    if not found:
        near = difflib.get_close_matches(wanted, spellings, n=limit, cutoff=0.75)
        found = [name for spelling in near for name in spellings[spelling]]
    return tuple(dict.fromkeys(found))[:limit]


@lru_cache(maxsize=1)
def _spellings() -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for name in sorted(zone_names()):
        folded = _folded(name)
        for spelling in {folded, folded.rsplit("/", 1)[-1]}:
            names[spelling] = (*names.get(spelling, ()), name)
    return names


def _folded(text: str) -> str:
    return text.strip().casefold().replace(" ", "_").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The instant meant by a wall-clock time, and whether the clock was unambiguous then.

    `was` is `gap` when the clock skipped that time (the instant lies after the gap by as much as the
    time lay inside it) and `fold` when the clock showed it twice (the instant is the earlier one).
    """

    instant: datetime
    was: Literal["exact", "gap", "fold"]


def resolve(name: str, wall: datetime) -> Resolved:
    """The UTC instant at which the clock of zone *name* shows *wall* (naive).

    A skipped time moves forward, a repeated time is the earlier one. Source: RFC 5545 section 3.3.5.

    Raises:
        ValueError: if *wall* carries a zone or *name* is not a zone.
    """
    if wall.tzinfo is not None:
        raise ValueError("a wall-clock time carries no zone of its own")
    local_zone = zone(name)
    local = wall.replace(tzinfo=local_zone, fold=0)
    instant = local.astimezone(UTC)
    if instant.astimezone(local_zone).replace(tzinfo=None) != wall.replace(fold=0):
        return Resolved(instant, "gap")
    repeated = local.utcoffset() != local.replace(fold=1).utcoffset()
    return Resolved(instant, "fold" if repeated else "exact")


def to_instant(name: str, wall: datetime) -> datetime:
    """Shorthand for `resolve(name, wall).instant`."""
    return resolve(name, wall).instant


def to_wall(name: str, instant: datetime) -> datetime:
    """What the clock of zone *name* shows at *instant* (aware); the result is aware in that zone."""
    return instant.astimezone(zone(name))


class Offsets:
    """The offsets of one zone over a range of years, for arithmetic on epoch seconds.

    `segments` are `(start, end, offset)` in epoch seconds, touching and sorted. `plain` are
    `(start, end, offset)` in **wall-clock** seconds (seconds since 1970-01-01T00:00 on the local clock):
    stretches where every wall-clock second happens exactly once.
    """

    __slots__ = ("largest", "plain", "segments", "smallest")

    def __init__(self, segments: tuple[tuple[int, int, int], ...]) -> None:
        self.segments = segments
        self.plain = tuple(_plain_stretches(segments))
        self.smallest = min(offset for _, _, offset in segments)
        self.largest = max(offset for _, _, offset in segments)

    def at(self, instant: int) -> int:
        """Seconds east of UTC at an epoch second."""
        for _, end, offset in self.segments:
            if instant < end:
                return offset
        return self.segments[-1][2]

    def day(self, instant: int) -> int:
        """The local date at an epoch second, as days since 1970-01-01."""
        return (instant + self.at(instant)) // _DAY

    def instants(self, wall: Span) -> list[Span]:
        """The epoch spans during which the local clock shows a time in the wall-clock span *wall*.

        Skipped times are in none of them, repeated ones in two.
        """
        pieces = (
            (max(start, wall[0] - offset), min(end, wall[1] - offset)) for start, end, offset in self.segments
        )
        return merge_spans(pieces)


def _plain_stretches(segments: tuple[tuple[int, int, int], ...]) -> Iterator[tuple[int, int, int]]:
    for index, (start, end, offset) in enumerate(segments):
        shown_before = (e + o for _, e, o in segments[:index])
        shown_after = (s + o for s, _, o in segments[index + 1 :])
        first = max(start + offset, max(shown_before, default=start + offset))
        last = min(end + offset, min(shown_after, default=end + offset))
        if first < last:
            yield first, last, offset


def offsets(name: str, start: int, end: int) -> Offsets:
    """The offset table of zone *name* for the whole years around the epoch seconds *start* to *end*.

    Tables are built once per zone and pair of years. Source of the data: `tzdata`.

    Raises:
        ValueError: if the range leaves the years `FIRST_YEAR` to `LAST_YEAR`, or *name* is no zone.
    """
    # Wide enough that no window or meeting of the range stands at the edge of its table.
    first, last = _year_of(start - 20 * _DAY), _year_of(end + 20 * _DAY)
    if first < FIRST_YEAR - 1 or last > LAST_YEAR + 2:
        raise ValueError(f"times must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    return _offsets(name, first, last)


def _year_of(epoch: int) -> int:
    try:
        return datetime.fromtimestamp(epoch, UTC).year
    except (ValueError, OverflowError, OSError):
        return 0 if epoch < 0 else 10_000


@lru_cache(maxsize=1024)
def _offsets(name: str, first: int, last: int) -> Offsets:
    changes: list[tuple[int, int]] = []
    for year in range(first, last + 1):
        for instant, offset in _year_changes(name, year):
            if not changes or changes[-1][1] != offset:
                changes.append((instant, offset))
    ends = [instant for instant, _ in changes[1:]] + [_new_year(last + 1)]
    return Offsets(tuple((start, end, offset) for (start, offset), end in zip(changes, ends, strict=True)))


@lru_cache(maxsize=4096)
def _year_changes(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """`(epoch second, offset from then on)` for the first second of *year* and every change in it."""
    local_zone = zone(name)
    left, end = _new_year(year), _new_year(year + 1)
    offset = _probe(local_zone, left)
    changes = [(left, offset)]
    while left < end:
        right = min(left + _PROBE_SECONDS, end)
        if _probe(local_zone, right) != offset:
            right = _first_change(local_zone, left, right)
            offset = _probe(local_zone, right)
            if right < end:
                changes.append((right, offset))
        left = right
    return tuple(changes)


def _first_change(local_zone: ZoneInfo, left: int, right: int) -> int:
    before = _probe(local_zone, left)
    while right - left > 1:
        middle = (left + right) // 2
        if _probe(local_zone, middle) == before:
            left = middle
        else:
            right = middle
    return right


def _probe(local_zone: ZoneInfo, epoch: int) -> int:
    offset = datetime.fromtimestamp(epoch, local_zone).utcoffset() or timedelta()
    return int(offset.total_seconds())


def _new_year(year: int) -> int:
    return (date(year, 1, 1) - date(1970, 1, 1)).days * _DAY
