"""The side that asks: a few worker processes, started when first needed and replaced when they fail.

The event loop only moves octets; scanning, expanding and waiting happen elsewhere.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from adapters.icalendar_streams.desk import spans_as_intervals
from adapters.icalendar_streams.questions import CannotRead, Event, Question
from adapters.icalendar_streams.turns import NOBODY, Turns, Verdicts, key_of
from adapters.icalendar_streams.worker import TOO_MUCH
from scheduling_core.availability import Busy, FreeBusy, Unreadable

_HOME: Final = Path(__file__).resolve().parents[2]
_STOPPED: Final = "The reader of calendars stopped."
_TOO_LONG: Final = {"unreadable": TOO_MUCH}
_LONGEST_ANSWER: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one stream may cost.

    Attributes:
        seconds: of processor time; on the clock twice as much.
        memory_bytes: of address space, the interpreter's own included.
        workers: how many streams are read at once.
    """

    seconds: float = 5.0
    memory_bytes: int = 512 * 1024 * 1024
    workers: int = 2

    @property
    def moment(self) -> float:
        """Seconds of processor time after which a stream has to wait for others that take long."""
        return self.seconds / 5


class Pool:
    """Answers questions about streams; make it inside the running loop, close it at the end."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._idle: list[Process] = []
        self._now = asyncio.get_running_loop().time
        self._turns = Turns(self._limits.workers, 2 * self._limits.moment, self._now)
        self._verdicts = Verdicts(self._now)
        self._is_closed = False

    async def busy(self, question: Question, body: bytes, account: str = NOBODY) -> FreeBusy:
        """The time taken; `Unreadable` where anything of it cannot be told.

        Args:
            account: whose stream it is; each has one read at a time.
        """
        window = question.window
        asked = {
            "kind": "busy",
            "form": question.form,
            "window": [window.start.isoformat(), window.end.isoformat()],
            "zone": question.zone,
            "all_day": question.all_day,
            "tentative": question.tentative,
            "ours": dict(question.ours),
            "owner": sorted(question.owner),
        }
        try:
            answer = await self._ask(asked, body, account)
        except CannotRead as error:
            return Unreadable(str(error))
        return Busy(spans_as_intervals(answer["spans"]))

    async def event(
        self, uid: str, body: bytes, owner: Sequence[str] = (), account: str = NOBODY
    ) -> Event | None:
        """The single event of that UID in a stream; *account* as in `busy`.

        Raises:
            CannotRead: the stream cannot be understood.
        """
        answer = await self._ask({"kind": "event", "uid": uid, "owner": list(owner)}, body, account)
        if answer["event"] is None:
            return None
        span, sequence = answer["event"]
        return Event(uid, spans_as_intervals([span])[0] if span else None, sequence)

    async def reduced(self, body: bytes, max_chars: int) -> tuple[str, str]:
        """The stream without anything but times, and the name it gives itself.

        Raises:
            CannotRead: it cannot be understood, or more than *max_chars* are left.
        """
        answer = await self._ask({"kind": "reduced", "max_chars": max_chars}, body)
        return answer["text"], answer["name"]

    async def close(self) -> None:
        """End the workers."""
        self._is_closed = True
        while self._idle:
            await _end(self._idle.pop())

    async def _ask(self, asked: dict[str, Any], body: bytes, account: str = NOBODY) -> dict[str, Any]:
        key, answer = await key_of(asked["kind"], body), _TOO_LONG
        if not self._turns.is_dear(account):
            answer = await self._in_turn(asked, body, account, key, self._limits.moment)
        if answer == _TOO_LONG:
            self._turns.took(account, self._limits.seconds)
            answer = await self._in_turn(asked, body, account, key, self._limits.seconds)
        if "unreadable" in answer:
            raise CannotRead(str(answer["unreadable"]))
        return answer

    async def _in_turn(
        self, asked: dict[str, Any], body: bytes, account: str, key: bytes, seconds: float
    ) -> dict[str, Any]:
        if not (known := self._verdicts.on(key)):
            async with self._turns.turn(account, is_long=seconds > self._limits.moment):
                if not (known := self._verdicts.on(key)):
                    return await self._answer({**asked, "seconds": seconds}, body, account, key)
        self._turns.took(account, self._limits.seconds)
        raise CannotRead(known)

    async def _answer(self, asked: dict[str, Any], body: bytes, account: str, key: bytes) -> dict[str, Any]:
        memory = self._limits.memory_bytes
        line = json.dumps({**asked, "memory_bytes": memory, "octets": len(body)}).encode() + b"\n"
        async with self._worker() as worker:
            began, reason = self._now(), None
            try:
                # The child ends by itself; this is for a worker that is itself in trouble.
                async with asyncio.timeout(asked["seconds"] * 2 + 2):
                    answer = await _exchange(worker, line, body)
                is_last = answer != _TOO_LONG or asked["seconds"] >= self._limits.seconds
                reason = str(answer.get("unreadable", "")) if is_last else ""
            except (TimeoutError, OSError, EOFError, ValueError):
                reason = ""
                raise CannotRead(_STOPPED) from None
            finally:
                self._note(account, key, reason, self._now() - began)
            self._keep(worker)
        return answer

    def _note(self, account: str, key: bytes, reason: str | None, seconds: float) -> None:
        """What it cost counts also where nobody waited for the answer, and *reason* is None."""
        if reason is None:
            reason = TOO_MUCH if seconds >= self._limits.seconds else ""
        if self._turns.took(account, seconds) and reason:
            self._verdicts.keep(key, reason)

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[Process]:
        """A worker of one's own; it is ended unless it was kept, so that nobody reads another's answer."""
        worker = self._rested() or await _start()
        try:
            yield worker
        finally:
            if worker not in self._idle:
                await asyncio.shield(_end(worker))

    def _rested(self) -> Process | None:
        while self._idle:
            if (worker := self._idle.pop()).returncode is None:
                return worker
        return None

    def _keep(self, worker: Process) -> None:
        if worker.returncode is None and not self._is_closed:
            self._idle.append(worker)


async def _start() -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "adapters.icalendar_streams.worker"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=_HOME,
        env={"PYTHONPATH": str(_HOME), "PYTHONHASHSEED": "0", "PATH": ""},
        start_new_session=True,
        limit=_LONGEST_ANSWER,
    )


async def _exchange(worker: Process, line: bytes, body: bytes) -> dict[str, Any]:
    if worker.stdin is None or worker.stdout is None:
        raise EOFError
    worker.stdin.write(line)
    worker.stdin.write(body)
    await worker.stdin.drain()
    answer = await worker.stdout.readline()
    if not answer.endswith(b"\n"):
        raise EOFError
    found: dict[str, Any] = json.loads(answer)
    return found


async def _end(worker: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        # Its child too.
        os.killpg(worker.pid, signal.SIGKILL)
    await worker.wait()
