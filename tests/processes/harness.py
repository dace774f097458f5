"""`python -m bot …` as processes of their own, told what to do by their environment alone."""

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from tests.processes.nursery import Child
from tests.processes.waiting import Board

REPOSITORY = Path(__file__).parents[2]
READY = {"serve": "listening", "work": "working"}
EXIT_SECONDS = 60
_PR_SET_PDEATHSIG = 1  # prctl(2)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.example")

Json = dict[str, Any]


class Bot:
    """One process. Nothing of the caller's environment reaches it but the path.

    Args:
        module: run instead of `bot`.

    Attributes:
        begins_anew: as a fresh interpreter; else as a fork of one that has imported everything.
        log: the lines it wrote to standard error.
    """

    begins_anew: ClassVar[bool] = False

    def __init__(
        self, environment: Mapping[str, str], folder: Path, *command: str, module: str = "bot"
    ) -> None:
        self.log: list[str] = []
        self._board = Board()
        self._ready = READY.get(command[0], "") if command else ""
        # An empty folder, so that no bot.toml is found there.
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **environment}
        self._process: Child | subprocess.Popen[str]
        if Bot.begins_anew:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *command],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                preexec_fn=_die_with_parent,
            )
        else:
            self._process = Child(environment, folder, module, *command)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def text(self) -> str:
        """Everything it wrote."""
        return "\n".join(self.log)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._board.changed:
                self.log.append(line.rstrip("\n"))
                self._board.changed.notify_all()
        with self._board.changed:
            self.log.append("")
            self._board.changed.notify_all()

    def ready(self) -> "Bot":
        """Wait until it listens (or works)."""
        self._board.until(lambda: self.has_logged(self._ready) or self._has_ended(), lambda: self.text)
        assert self.has_logged(self._ready), self.text
        return self

    def until_logged(self, event: str) -> None:
        """Wait until it reports this event."""
        self._board.until(lambda: self.has_logged(event), lambda: self.text)

    def events(self, named: str = "") -> list[Json]:
        """What it reported, as far as it is an event; those of one name, or all."""
        found = [json.loads(line) for line in list(self.log) if line.startswith("{")]
        return [event for event in found if named in ("", event["event"])]

    def has_logged(self, event: str) -> bool:
        """Whether it reported this event, in either format."""
        as_json, as_text = f'"event": "{event}"', f"] {event} "
        return any(as_json in line or as_text in line for line in list(self.log))

    def _has_ended(self) -> bool:
        return bool(self.log) and self.log[-1] == ""

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self._process.wait(EXIT_SECONDS)
        self._reader.join(EXIT_SECONDS)

    def terminate(self) -> None:
        """Ask it to end, and do not wait."""
        self._process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """Wait for its end."""
        code = self._process.wait(EXIT_SECONDS)
        self._reader.join(EXIT_SECONDS)
        return code

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        if self._process.poll() is None:
            self.terminate()
        return self.exit_code()

    def faults(self) -> list[str]:
        """Lines that tell of a bug of ours, or that hold somebody's address."""
        failed = ('"level": "error"', '"level": "critical"', "Traceback", "Exception ignored")
        return [line for line in self.log if _ADDRESS.search(line) or any(word in line for word in failed)]

    def resident_kilobytes(self) -> int:
        """Its memory (RSS), on Linux."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])


def _die_with_parent() -> None:
    # Also when the tests are killed with SIGKILL no bot stays behind (Linux only).
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
