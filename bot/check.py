"""`python -m bot check`: what is configured, what answers, what is missing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scheduling_core.errors import Rejected

_LONGEST_REASON = 500

State = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        subject: what was looked at.
        state: `note` is worth knowing, `fault` has to be mended before serving.
        words: what was found; never a secret or an address of a person.
    """

    subject: str
    state: State
    words: str


@dataclass(frozen=True, slots=True)
class Probe:
    """Something that can be looked at.

    Attributes:
        look: says what it found; raising is a fault in the exception's words.
    """

    subject: str
    look: Callable[[], Awaitable[Finding | str]]


async def examine(probes: Sequence[Probe]) -> list[Finding]:
    """Look at everything, one after the other; nothing is changed."""
    return [await _looked_at(probe) for probe in probes]


async def _looked_at(probe: Probe) -> Finding:
    try:
        found = await probe.look()
    except Exception as problem:
        return Finding(probe.subject, "fault", _words(problem))
    return (
        replace(found, subject=probe.subject)
        if isinstance(found, Finding)
        else Finding(probe.subject, "ok", found)
    )


def _words(problem: Exception) -> str:
    """All of it as one line: the reason often stands on the second."""
    words = problem.reason if isinstance(problem, Rejected) else str(problem)
    return " ".join(words.split())[:_LONGEST_REASON] or type(problem).__name__


def report(findings: Sequence[Finding]) -> str:
    """The findings as text, one a line, faults last so that they are seen."""
    width = max(len(finding.subject) for finding in findings)
    order: dict[State, int] = {"ok": 0, "note": 1, "fault": 2}
    ranked = sorted(findings, key=lambda finding: order[finding.state])
    return "\n".join(f"{f.state:<5}  {f.subject:<{width}}  {f.words}" for f in ranked)


def exit_code(findings: Sequence[Finding]) -> int:
    """1 when anything has to be mended."""
    return int(any(finding.state == "fault" for finding in findings))
