"""Processes that hold something: which one it is, and whether it is known to have died.

A process of this machine that was killed is known to be dead at once; of one elsewhere nothing is known.
Source: proc(5), pid_namespaces(7).
"""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

_PROC = Path("/proc")
_BOOT_ID = _PROC / "sys/kernel/random/boot_id"
_STATE, _STARTED = 0, 19
"""Of `/proc/{pid}/stat`, counted after the name of the program: fields 3 and 22."""
_DEAD_STATES = {"Z", "X"}


@dataclass(frozen=True, slots=True)
class Holder:
    """One process.

    Attributes:
        machine: this boot and this namespace of process ids; "" where that cannot be known.
        started: in ticks since the boot, which tells apart two processes that had the same id.
        nonce: random; no two holders are equal.
    """

    machine: str
    pid: int
    started: str
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def is_dead(self) -> bool:
        """Whether it is sure that it has ended."""
        if not self.machine or self.machine != _machine():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        stat = _stat(self.pid)
        return bool(stat) and (stat[_STATE] in _DEAD_STATES or stat[_STARTED] != self.started)


def this_process() -> Holder:
    """The process that asks."""
    stat = _stat(os.getpid())
    return Holder(_machine() if stat else "", os.getpid(), stat[_STARTED] if stat else "")


def _machine() -> str:
    try:
        namespace = (_PROC / "self/ns/pid").stat().st_ino
        return f"{_BOOT_ID.read_text().strip()}/{namespace}"
    except OSError:
        return ""


def _stat(pid: int) -> list[str]:
    try:
        # The name may hold anything, spaces and brackets too.
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
