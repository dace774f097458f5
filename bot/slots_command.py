"""`python -m bot slots`: answers slot queries, one JSON object per line, in and out.

Operators use it to ask why a start is not offered. Nothing here reads a clock or a setting: a query says
what time it is. The zone data is the bundled one, so that the answers are those of the running bot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from scheduling_core.slots import SlotQuery, explain, find_slots
from scheduling_core.zones import use_bundled_tzdata

_EVERYTHING_ANSWERED, _SOME_BAD, _CANNOT_START = 0, 1, 2


def run(lines: Iterable[str], out: Callable[[str], object], explain_at: str | None = None) -> int:
    """Answer every query of *lines* with one line of JSON, as soon as it is read; blank lines are skipped.

    An answer is `{"id", "starts"}`, or with *explain_at* (an ISO 8601 instant with `Z` or an offset)
    `{"id", "offered", "rule", "because"}`. A bad line is answered by `{"id", "error"}` and the rest goes
    on; its id is null when the line is not a JSON object or has none.

    Args:
        lines: one JSON query each.
        out: writes one text, which ends in a newline.
        explain_at: the start to explain, or None to list the starts.

    Returns:
        The exit status: 0, or 1 when any line was bad, or 2 when *explain_at* is not an instant.
    """
    use_bundled_tzdata()
    try:
        instant = None if explain_at is None else _instant(explain_at)
    except ValueError as problem:
        out(_line({"id": None, "error": str(problem)}))
        return _CANNOT_START
    status = _EVERYTHING_ANSWERED
    for line in lines:
        text = line.strip().removeprefix("\ufeff")
        if not text:
            continue
        answer = _answer(text, instant)
        if "error" in answer:
            status = _SOME_BAD
        out(_line(answer))
    return status


def _answer(text: str, instant: datetime | None) -> dict[str, Any]:
    fields: Any = None
    try:
        fields = _read(text)
        query = SlotQuery.from_json(fields)
        found = _starts(query) if instant is None else _explained(query, instant)
    except ValueError as problem:
        return {"id": fields.get("id") if isinstance(fields, Mapping) else None, "error": str(problem)}
    return {"id": query.id, **found}


def _read(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("the line is nested too deeply") from None
    except ValueError as problem:
        raise ValueError(f"the line is not JSON: {problem}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _starts(query: SlotQuery) -> dict[str, Any]:
    return {"starts": [start.strftime("%Y-%m-%dT%H:%M:%SZ") for start in find_slots(query)]}


def _explained(query: SlotQuery, instant: datetime) -> dict[str, Any]:
    explanation = explain(query, instant)
    return {"offered": explanation.offered, "rule": explanation.rule, "because": explanation.because}


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError(f"--explain needs an instant such as 2026-11-24T09:00:00Z, not {text!r}")
    return instant


def _line(answer: Mapping[str, Any]) -> str:
    return json.dumps(answer) + "\n"
