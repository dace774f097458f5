"""Processes that begin with everything imported: forks of one that has, which run as `python -m` would.

A fresh interpreter needs more than a second of processor time before its first line; a hundred of them are
most of what the tests of real processes would cost. What is forked is a process like any other: it is given
its environment, folder and output, can be killed, and ends with its own exit status.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_PR_SET_PDEATHSIG = 1  # prctl(2)
_WHAT_A_SERVER_IMPORTS = (
    "dbos",
    "bot.__main__",
    "bot.app",
    "adapters.calendar.caldav",
    "adapters.calendar.ics",
    "adapters.icalendar_streams.pool",
)


class Child:
    """One forked process; as much of `subprocess.Popen` as is needed. Its output comes out of *stdout*.

    Args:
        errors: an open file for its standard error, which else is part of the output.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        folder: Path,
        module: str,
        *command: str,
        errors: int | None = None,
    ) -> None:
        reading, writing = os.pipe()
        asked = {"env": dict(environment), "cwd": str(folder), "argv": [module, *command]}
        self._nursery = _nursery()
        try:
            self.pid = self._nursery.ask(asked, [writing, writing if errors is None else errors])
        finally:
            os.close(writing)
        self.stdout = os.fdopen(reading, encoding="utf-8", errors="replace")

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._nursery.ended.get(self.pid)

    def wait(self, timeout: float) -> int:
        """Wait for the end."""
        with self._nursery.changed:
            if not self._nursery.changed.wait_for(lambda: self.pid in self._nursery.ended, timeout):
                raise TimeoutError(f"process {self.pid} goes on after {timeout} s")
        return self._nursery.ended[self.pid]

    def send_signal(self, number: int) -> None:
        """Unless it has ended."""
        # It may have ended a moment ago, which the nursery is about to tell.
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """`kill -9`."""
        self.send_signal(signal.SIGKILL)


class _Nursery:
    """The process that is forked, one for each worker of the tests."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.processes.nursery", str(theirs.fileno())],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)},
                pass_fds=[theirs.fileno()],
                cwd=REPOSITORY,
            )
        self._socket = ours
        self.ended: dict[int, int] = {}
        self.changed = threading.Condition()
        self._born: list[int] = []
        self._asking = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, asked: Mapping[str, object], outputs: Sequence[int]) -> int:
        """The pid of a new fork that writes to these two."""
        with self._asking, self.changed:
            socket.send_fds(self._socket, [json.dumps(asked).encode()], list(outputs))
            assert self.changed.wait_for(lambda: bool(self._born), 60), "the nursery does not answer"
            return self._born.pop()

    def _read(self) -> None:
        while news := self._socket.recv(65536):
            told = json.loads(news)
            with self.changed:
                if "born" in told:
                    self._born.append(told["born"])
                else:
                    self.ended[told["ended"]] = told["status"]
                self.changed.notify_all()


@cache
def _nursery() -> _Nursery:
    return _Nursery()


def _die_with_parent() -> None:
    # Also when the tests are killed with SIGKILL no bot stays behind (Linux only).
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _serve(wire: socket.socket) -> None:
    """Fork when asked to, tell who has ended; in a fork, returns to run what was asked for."""
    waking, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([wire.fileno(), waking], [], [])
        if waking in ready:
            os.read(waking, 4096)
            _tell_who_ended(wire)
        if wire.fileno() in ready:
            message, outputs, _, _ = socket.recv_fds(wire, 1 << 20, 2)
            if not message:
                sys.exit()
            asked = json.loads(message)
            _import_what_it_needs(asked["env"])
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                wire.close()
                _become(asked, outputs)
                return
            for output in outputs:
                os.close(output)
            wire.send(json.dumps({"born": pid}).encode())


def _tell_who_ended(wire: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        wire.send(json.dumps({"ended": pid, "status": os.waitstatus_to_exitcode(status)}).encode())


def _import_what_it_needs(environment: Mapping[str, str]) -> None:
    """Packages of chat platforms, which only those import who have settings for them."""
    for platform in ("slack", "discord"):
        if any(name.startswith(f"PARLEY_CHAT__{platform.upper()}__") for name in environment):
            importlib.import_module(f"adapters.chat.{platform}")


def _become(asked: dict[str, object], outputs: Sequence[int]) -> None:
    _die_with_parent()
    for output, number in zip(outputs, (1, 2), strict=True):
        os.dup2(output, number)
        os.close(output)
    os.chdir(str(asked["cwd"]))
    environment, argv = asked["env"], asked["argv"]
    assert isinstance(environment, dict)
    assert isinstance(argv, list)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [f"-m {argv[0]}", *argv[1:]]


def _main() -> None:
    _die_with_parent()
    for needed in _WHAT_A_SERVER_IMPORTS:
        importlib.import_module(needed)
    # No fork looks through, and so copies, what is there already.
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    module = sys.argv[0].removeprefix("-m ")
    sys.modules.pop(f"{module}.__main__", None)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
