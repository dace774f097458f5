"""Reads the parts of a slot query from JSON values; every error names the field it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from scheduling_core.availability import DAY_NAMES, Availability, Busy, WeeklyHours, Window
from scheduling_core.intervals import Interval

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HOST_FIELDS = frozenset({"zone", "weekly", "overrides", "busy"})
_T = TypeVar("_T")


def instant(mapping: Mapping[str, Any], name: str) -> datetime:
    """An aware UTC instant from an ISO 8601 text with `Z` or an offset."""
    return _instant(_required(mapping, name), name)


def whole(mapping: Mapping[str, Any], name: str) -> int:
    """A whole number; `true` and `1.0` are none."""
    value = _required(mapping, name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(name, "must be a whole number", value)
    return value


def whole_or_null(mapping: Mapping[str, Any], name: str) -> int | None:
    """A whole number or `null`; the field itself must be there."""
    return None if _required(mapping, name) is None else whole(mapping, name)


def intervals(mapping: Mapping[str, Any], name: str) -> tuple[Interval, ...]:
    """A list of `[from, to]` instants, in the order given."""
    return _intervals(_required(mapping, name), name)


def hosts(mapping: Mapping[str, Any], name: str) -> list[tuple[Availability, Busy]]:
    """A list of hosts, as their availability and busy time."""
    values = _list(_required(mapping, name), name)
    return [_host(value, f"{name}[{index}]") for index, value in enumerate(values)]


def _host(value: object, path: str) -> tuple[Availability, Busy]:
    fields = _object(value, path)
    for unknown in fields.keys() - _HOST_FIELDS:
        raise ValueError(f"{path}.{unknown} is not a field of a host")
    zone_name, weekly, overrides = (
        _required(fields, part, f"{path}.{part}") for part in ("zone", "weekly", "overrides")
    )
    busy = _intervals(_required(fields, "busy", f"{path}.busy"), f"{path}.busy")
    hours = _weekly(weekly, f"{path}.weekly")
    dates = _overrides(overrides, f"{path}.overrides")
    return _named(f"{path}.zone", lambda: Availability(zone_name, hours, dates)), Busy(busy)


def _weekly(value: object, path: str) -> WeeklyHours:
    days = _object(value, path)
    for unknown in days.keys() - set(DAY_NAMES):
        raise ValueError(f"{path}.{unknown} is not a day; days are {' '.join(DAY_NAMES)}")
    return WeeklyHours.of(_windows(days.get(day, []), f"{path}.{day}") for day in DAY_NAMES)


def _overrides(value: object, path: str) -> dict[date, tuple[Window, ...]]:
    dates = _object(value, path)
    return {_date(day, path): _windows(windows, f"{path}.{day}") for day, windows in dates.items()}


def _date(value: object, path: str) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise _wrong(path, "must have dates such as 2026-11-24 as keys", value)
    return _named(f"{path}.{value}", lambda: date.fromisoformat(value))


def _windows(value: object, path: str) -> tuple[Window, ...]:
    return tuple(
        _window(_pair(pair, f"{path}[{index}]"), f"{path}[{index}]")
        for index, pair in enumerate(_list(value, path))
    )


def _window(pair: tuple[object, object], path: str) -> Window:
    return Window(_minute(pair[0], path, 24 * 60 - 1), _minute(pair[1], path, 24 * 60))


def _minute(value: object, path: str, last: int) -> int:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match else -1
    if match is None or int(match[2]) > 59 or minute > last:
        allowed = "0:00 to 24:00" if last == 24 * 60 else "0:00 to 23:59"
        raise _wrong(path, f"must be a time of day, {allowed}", value)
    return minute


def _intervals(value: object, path: str) -> tuple[Interval, ...]:
    pairs = _list(value, path)
    try:
        return tuple(_interval(pair) for pair in pairs)
    except (TypeError, ValueError, OverflowError):
        # Which one is wrong is looked up only now: naming each of thousands costs more than reading them.
        return tuple(_named_interval(pair, f"{path}[{index}]") for index, pair in enumerate(pairs))


def _interval(pair: Any) -> Interval:
    if isinstance(pair, dict):
        raise TypeError("an object would unpack into its keys")
    start, end = pair
    return Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))


def _named_interval(value: object, path: str) -> Interval:
    start, end = _pair(value, path)
    return Interval(_instant(start, path), _instant(end, path))


def _instant(value: object, path: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(value)  # type: ignore[arg-type]  # a wrong type is caught below
    except (ValueError, TypeError):
        raise _wrong(path, "must be an instant such as 2026-11-24T09:00:00Z", value) from None
    if parsed.tzinfo is None:
        raise _wrong(path, "must end in Z or an offset", value)
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        raise _wrong(path, "lies outside the calendar", value) from None


def _pair(value: object, path: str) -> tuple[object, object]:
    parts = _list(value, path)
    if len(parts) != 2:
        raise _wrong(path, "must be a list of two, start and end", value)
    return parts[0], parts[1]


def _list(value: object, path: str) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(path, "must be a list", value)
    return value


def _object(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(path, "must be an object", value)
    return value


def _required(mapping: Mapping[str, Any], name: str, path: str = "") -> Any:
    if name not in mapping:
        raise ValueError(f"{path or name} is missing")
    return mapping[name]


def _named(path: str, build: Callable[[], _T]) -> _T:
    try:
        return build()
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from None


def _wrong(path: str, rule: str, value: object) -> ValueError:
    shown = repr(value)
    return ValueError(f"{path} {rule}, not {shown if len(shown) <= 60 else shown[:59] + '…'}")
