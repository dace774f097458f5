"""A command and a press through the real server, beside a bare endpoint: `python -m benchmarks interactions`.

For SQLite and, where it is installed, PostgreSQL: how fast the server starts and how much memory it holds,
then `/meet @guest 30` (command to answer) and a press on a number of its card (to the private question), at
50 requests a second and as fast as eight connections go. Every delivery tells the ten members of the room.
The jobs are done meanwhile: each card goes to a room that runs here; on PostgreSQL once more by a process
of their own (`serve --no-jobs` and `work`). The floor is `benchmarks.bare_endpoint`, by the same client, in
turns with the bot; it has no jobs and no room to tell. Trust ratios, and above all the processor time of a
request (its jobs included; with two processes, of the server + of the worker): client, server and database
share the machine.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from adapters import storage
from benchmarks.load import Timing, closed_loop, open_loop
from benchmarks.traffic import PEOPLE, SECRET, TENANT, Json, Rooms, Traffic, fill, invitation, press
from bot import app, config, keys, logs
from bot.settings import Log, Settings
from scheduling_core.chat_ports import Request
from scheduling_core.ports import Job
from tests.ports import free_port
from tests.postgres import binaries, running_server

CONNECTIONS = 8
PER_SECOND, OPEN_LOOP_REQUESTS, CLOSED_LOOP_SECONDS = 50.0, 200, 2.0
WARM_UP = 20
START_SECONDS, SETTLE_SECONDS = 30.0, 8.0
LAST_PAIR = PEOPLE // 2 - 1
OK = 200


def main() -> None:
    """Measure each database there is."""
    logs.set_up(Log(level="warning"))
    print(f"{PEOPLE:,} people; {CONNECTIONS} connections; {PER_SECOND:.0f} a second in the open loop")
    with tempfile.TemporaryDirectory() as folder:
        print("SQLite")
        asyncio.run(measure(Path(folder), f"sqlite:///{folder}/parley.db"))
    if binaries() is None:
        print("PostgreSQL: not installed")
        return
    with running_server() as server:
        for words, has_worker in (("", False), (", the jobs by a process of their own", True)):
            with tempfile.TemporaryDirectory() as folder, server.database() as database:
                print(f"PostgreSQL (which syncs nothing to its disk here){words}")
                asyncio.run(measure(Path(folder), database, has_worker=has_worker))


async def measure(folder: Path, database: str, *, has_worker: bool = False) -> None:
    """Print all figures of one database."""
    rooms = Rooms()
    async with rooms.serve() as callback_url:
        settings = _settings(folder, database, callback_url)
        await app.migrate(settings)
        store = _store(settings)
        await fill(store)
        await store.close()
        began = time.perf_counter()
        configured = ("--config", str(folder / "bench.toml"))
        with (
            _process(folder, "bot", "serve", *configured, "--no-jobs" if has_worker else "--jobs") as bot,
            _process(folder, "bot", "work", *configured) if has_worker else nullcontext() as worker,
            _process(folder, "benchmarks.bare_endpoint", database, str(bare_port := free_port()), SECRET),
        ):
            await _listening(settings.server.port)
            print(f"  start     {time.perf_counter() - began:6.2f} s until it listens")
            memory = _megabytes(bot)
            await Run(settings.server.port, bare_port, rooms, [p for p in (bot, worker) if p]).all()
            print(f"  memory    {memory:6.0f} MB at the start, {_megabytes(bot):.0f} MB in the end")
    for name, statements in (await costs(settings, rooms.first)).items():
        print(f"  {name:8}  {statements:6} statements, COMMIT included")


class Run:
    """All requests to one server."""

    def __init__(
        self, port: int, bare_port: int, rooms: Rooms, processes: Sequence["subprocess.Popen[bytes]"]
    ) -> None:
        self._port = port
        self._processes = processes
        self._bare_port = bare_port
        self._rooms = rooms
        self._traffic = Traffic("timed")
        self._floors: list[float] = []

    async def all(self) -> None:
        """Command and press, the floor before, between and after."""
        await _listening(self._bare_port)
        commands = self._traffic.commands(iter(range(PEOPLE // 2)))
        await closed_loop(self._port, islice(commands, WARM_UP), connections=1, seconds=60)
        await self._floor()
        meet = await self._both("/meet", commands)
        await self._floor()
        presses = self._traffic.presses(self._rooms.cards)
        pressed = await self._both("press", presses)
        await self._floor()
        floor = statistics.mean(self._floors)
        print(f"  floor     {floor:6.0f} a second by the bare endpoint")
        for name, timing in (("/meet", meet), ("press", pressed)):
            print(
                f"  {name:8}  {timing.per_second:6.0f} a second, {timing.per_second / floor:.2f} of the floor"
            )

    async def _floor(self) -> None:
        lookups = self._traffic.lookups()
        done = await closed_loop(self._bare_port, lookups, connections=CONNECTIONS, seconds=1)
        self._floors.append(done.per_second)

    async def _both(self, name: str, requests: Iterator[bytes]) -> Timing:
        """The open loop, whose figures are printed, then the closed one, which is returned."""
        paced = await open_loop(self._port, list(islice(requests, OPEN_LOOP_REQUESTS)), per_second=PER_SECOND)
        print(f"  {name:8}  p50 {paced.percentile(50):5.1f} ms, p99 {paced.percentile(99):5.1f} ms")
        await self._settle()
        before = self._processor_seconds()
        timing = await closed_loop(self._port, requests, connections=CONNECTIONS, seconds=CLOSED_LOOP_SECONDS)
        await self._settle()
        each = [
            (now - then) / len(timing.latencies)
            for now, then in zip(self._processor_seconds(), before, strict=True)
        ]
        print(f"  {name:8}  {' + '.join(f'{1000 * seconds:.1f}' for seconds in each)} ms of processor time")
        return timing

    def _processor_seconds(self) -> list[float]:
        return [_processor_seconds(process) for process in self._processes]

    async def _settle(self) -> None:
        """Wait until no card comes any more, so that one figure does not pay for another's jobs."""
        known, until = -1, time.monotonic() + SETTLE_SECONDS
        while known != len(self._rooms.cards) and time.monotonic() < until:
            known = len(self._rooms.cards)
            await asyncio.sleep(0.5)


async def costs(settings: Settings, message: Json) -> dict[str, int]:
    """The statements of a command and of a press on *message*, jobs enqueued included; same database."""
    statements: list[str] = []
    traffic, counts = Traffic("counted"), {}
    async with app.open_house(settings) as house:
        route = house.platforms[0].routes()[0]
        _note(statements)
        for name, delivery in (("/meet", invitation(LAST_PAIR)), ("press", press(0, message))):
            body = delivery.body()
            statements.clear()
            answer = await route.handle(Request("POST", "/", traffic.headers(body), body, {"tenant": TENANT}))
            counts[name] = len(statements)
            if answer.status != OK:
                raise RuntimeError(f"{name} was answered with {answer.status}")
    return counts


def _note(statements: list[str]) -> None:
    def execute(_conn: object, _cursor: object, sql: str, *_: object) -> None:
        statements.append(sql)

    def commit(_conn: object) -> None:
        statements.append("COMMIT")

    sa.event.listen(sa.Engine, "before_cursor_execute", execute)
    sa.event.listen(sa.Engine, "commit", commit)


def _settings(folder: Path, database: str, callback_url: str) -> Settings:
    path = folder / "bench.toml"
    path.write_text(f"""
data_dir = "{folder / "data"}"
log.format = "json"
server.port = {free_port()}
database.url = "{database}"
network.allow_private_addresses = true
limits = {{ person_per_minute = 1_000_000, workspace_per_minute = 1_000_000 }}
chat.webhook.tenants.{TENANT} = {{ secret = ["{SECRET}"], callback_url = "{callback_url}" }}
""")
    return config.load(path, {})


def _store(settings: Settings) -> storage.SqlStore:
    vault = storage.Vault(keys.load_or_create(settings.data_dir, settings.secrets).data)
    return storage.open_store(settings.database_url, vault=vault, enqueue=_no_jobs)


def _no_jobs(_conn: sa.Connection, job: Job) -> None:
    raise AssertionError(f"filling enqueues nothing, not even {job.kind}")


@contextmanager
def _process(folder: Path, module: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / f"{module}.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            with suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.02)


def _megabytes(process: "subprocess.Popen[bytes]") -> float:
    """Resident memory; Linux only."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _processor_seconds(process: "subprocess.Popen[bytes]") -> float:
    """Spent so far, by all its threads, in the kernel too (proc(5)); Linux only."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
