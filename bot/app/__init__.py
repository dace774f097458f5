"""The composition root: the only importer of adapters, the only clock, the root of all tasks."""

import asyncio
import gc
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from aiohttp import web

from adapters import mail, storage
from adapters.http import Http
from adapters.storage.jobs import DbosJobs
from bot import keys, logs, restoring
from bot.app import calendars, platforms, probes, stopping, workers
from bot.app.platforms import Connections
from bot.app.pulse import Pulse
from bot.calendar_notices import Notices
from bot.check import Finding
from bot.dispatch import RECOVER_AFTER, Dispatch
from bot.jobs import LASTING, Jobs
from bot.limits import Limits
from bot.links import Links
from bot.metrics import Metrics
from bot.office import Office
from bot.pages import Pages
from bot.receipts import Receipts
from bot.server import Watch, application
from bot.settings import Settings
from scheduling_core import zones
from scheduling_core.actions import ActionCodec
from scheduling_core.chat_ports import ChatPlatform

log = structlog.get_logger()

DRAIN_SECONDS = 10.0
"""How long stopping waits for requests that are being answered, half-sent bodies too; jobs have their own."""
_SAME_KEYS = "Every machine on one database needs the same [secrets], or a copy of the key folder."


class CannotStart(Exception):
    """Something the operator has to see to first; the text says what."""


class NotMigrated(CannotStart):
    """The database is not at this version's schema."""


def clock() -> datetime:
    """The present instant; everything else is given it."""
    return datetime.now(UTC)


def new_id(kind: str) -> str:
    """A fresh unguessable id (72 bits) that begins with *kind*; letters, digits, `_`, `-`."""
    return kind + secrets.token_urlsafe(9)


@dataclass(frozen=True, slots=True)
class House:
    """Everything a running process holds."""

    office: Office
    engine: DbosJobs
    jobs: Jobs
    dispatch: Dispatch
    metrics: Metrics
    platforms: tuple[ChatPlatform, ...]


class NoDatabase(CannotStart):
    """The database does not answer, or there is none."""


async def migrate(settings: Settings, url: str = "") -> None:
    """Bring the database (or the one at *url*) up to this version's schema; harmless to repeat.

    Raises:
        NoDatabase: see the text.
    """
    url = url or settings.database_url
    try:
        await storage.migrate(url)
    except storage.NoDatabase as none:
        raise NoDatabase(str(none)) from none
    engine = DbosJobs(url, worker_id="migrate")
    await asyncio.to_thread(engine.prepare)
    await engine.close()


async def _make_ready(settings: Settings) -> None:
    """A file database is migrated at the start; a server's only by `python -m bot migrate`."""
    if await _is_current(settings):
        return
    if not settings.database_url.startswith("sqlite"):
        raise NotMigrated("The database is not up to date. Run: python -m bot migrate")
    await migrate(settings)


async def _is_current(settings: Settings) -> bool:
    try:
        return await storage.schema_is_current(settings.database_url)
    except storage.NoDatabase as none:
        raise NoDatabase(str(none)) from none


@asynccontextmanager
async def open_house(settings: Settings, now: Callable[[], datetime] = clock) -> AsyncIterator[House]:
    """Build everything; close it in the right order at the end.

    Raises:
        CannotStart: see the text.
    """
    log.info("starting", tzdata=zones.use_bundled_tzdata())
    await _make_ready(settings)
    made = keys.load_or_create(settings.data_dir, settings.secrets)
    async with AsyncExitStack() as stack:
        engine = DbosJobs(settings.database_url, worker_id=workers.name(settings.data_dir, stack))
        store = storage.open_store(
            settings.database_url, vault=storage.Vault(made.data), enqueue=engine.enqueue
        )
        stack.push_async_callback(store.close)
        await _try_keys(store)
        http = Http(now, allow_private_addresses=settings.network.allow_private_addresses)
        stack.push_async_callback(http.close)
        rooms: list[ChatPlatform] = []
        stack.push_async_callback(_close_all, rooms)
        kinds = await stack.enter_async_context(calendars.open_providers(settings, http, now))
        # Closed after the last delivery was answered, before what its jobs work with.
        stack.push_async_callback(engine.close)
        links = Links(settings.public_url, settings.join.template, made.actions)
        office = Office(store, settings, links, now, new_id, made.uids, kinds)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        metrics = Metrics()
        limits = Limits(settings.limits.person_per_minute, settings.limits.workspace_per_minute)
        dispatch = Dispatch(office, tasks, limits, metrics)
        shared = Connections(dispatch, store, http, ActionCodec(made.actions), now)
        rooms.extend(platforms.build(settings, shared))
        transport = mail.build(settings.mail_url, data_dir=settings.data_dir)
        by_name = {room.name: room for room in rooms}
        jobs = Jobs(office, transport, by_name, boards=platforms.boards(rooms), make_sure=engine.make_sure)
        yield House(office, engine, jobs, dispatch, metrics, tuple(rooms))


async def _close_all(rooms: list[ChatPlatform]) -> None:
    for room in rooms:
        await room.close()


async def _try_keys(store: storage.SqlStore) -> None:
    try:
        await store.try_keys()
    except storage.WrongKey as wrong:
        raise CannotStart(f"{wrong} {_SAME_KEYS}") from wrong


async def serve(
    settings: Settings,
    *,
    with_jobs: bool = True,
    started: asyncio.Event | None = None,
    recover_every: timedelta = RECOVER_AFTER,
    ends_within: timedelta = stopping.ENDS_WITHIN,
) -> None:
    """Answer rooms and pages (and do the jobs, unless others do) until SIGTERM or Ctrl-C.

    Args:
        started: set when it listens.
        recover_every: how often deliveries of processes that died are looked for.
        ends_within: how long after the signal it has ended in any case.
    """
    logs.set_up(settings.log)
    stop = stopping.on_signals(ends_within)
    async with open_house(settings) as house:
        if with_jobs:
            await _start_jobs(house)
        await house.dispatch.recover(everything=settings.database_url.startswith("sqlite"))
        runner = await _listen(settings, house)
        for platform in house.platforms:
            await platform.start()
        _keep_what_is_made()
        log.info("listening", url=settings.public_url)
        if started:
            started.set()
        async with _going_on(house.dispatch.keep_recovering(recover_every), _looking(house, with_jobs)):
            await stop.wait()
        log.info("stopping")
        async with asyncio.TaskGroup() as ending:
            ending.create_task(house.engine.drain())
            ending.create_task(_stop_listening(house, runner))


async def _stop_listening(house: House, runner: web.AppRunner) -> None:
    for platform in house.platforms:
        await platform.stop()
    await runner.cleanup()


async def _start_jobs(house: House) -> None:
    await house.jobs.begin()
    await house.engine.start(house.jobs.functions(), LASTING)


async def _listen(settings: Settings, house: House) -> web.AppRunner:
    async def metrics() -> bytes:
        return await house.metrics.page(house.office, house.engine)

    pulse = Pulse(house.office.store)

    async def is_ready() -> bool:
        try:
            return await pulse.beats() and await _is_current(settings)
        except NoDatabase:
            return False

    watch = Watch(pulse.beats, is_ready, metrics, Receipts(house.metrics))
    app = application(house.platforms, Pages(house.office), watch, Notices(house.office).routes())
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=DRAIN_SECONDS,
        handle_signals=False,
        auto_decompress=False,  # signatures are over the bytes as they came
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.server.host, settings.server.port).start()
    except OSError as error:
        where = f"{settings.server.host} port {settings.server.port}"
        raise CannotStart(
            f"Cannot listen on {where}: {error.strerror}. Free it, or set [server] host and port."
        ) from error
    return runner


async def work(settings: Settings) -> None:
    """Do jobs until SIGTERM or Ctrl-C."""
    logs.set_up(settings.log)
    stop = stopping.on_signals(stopping.ENDS_WITHIN)
    async with open_house(settings) as house:
        await _start_jobs(house)
        _keep_what_is_made()
        log.info("working")
        async with _going_on(_looking(house, with_jobs=True)):
            await stop.wait()


async def _looking(house: House, with_jobs: bool) -> None:
    """Calendars are asked by those who do the jobs."""
    if with_jobs:
        await calendars.keep_looking(house.office)


@asynccontextmanager
async def _going_on(*work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """What goes on beside the block, and ends with it."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def _keep_what_is_made() -> None:
    # Modules and tables stay for good; the collector would stop all answers for 0.1 s to look through them.
    gc.freeze()


async def _must_be_current(settings: Settings) -> None:
    if not await _is_current(settings):
        raise NoDatabase("There is no database here yet, or not of this version. Run: python -m bot migrate")


async def backup(settings: Settings, target: Path) -> None:
    """Copy the SQLite file while others serve from it.

    Raises:
        CannotStart: there is no copy; see the text.
    """
    try:
        await storage.backup(settings.database_url, target)
    except storage.CannotCopy as cannot:
        raise CannotStart(str(cannot)) from cannot


async def restore(settings: Settings, copy: Path, *, overwrite: bool) -> int:
    """Bring a copy of the SQLite file back, and rooms and calendars to its state at the next start.

    Returns:
        How many meetings everybody is told of again.

    Raises:
        CannotStart: nothing was changed; see the text.
    """
    try:
        async with storage.restoring(settings.database_url, copy, clock(), overwrite=overwrite) as draft:
            await migrate(settings, draft)
            return await _tell_again(settings, draft)
    except storage.CannotRestore as cannot:
        raise CannotStart(str(cannot)) from cannot


async def after_restore(settings: Settings) -> int:
    """The same for a database that the operator brought back by other means."""
    try:
        await storage.must_be_idle(settings.database_url)
    except storage.CannotRestore as cannot:
        raise CannotStart(str(cannot)) from cannot
    await _must_be_current(settings)
    return await _tell_again(settings, settings.database_url)


async def _tell_again(settings: Settings, url: str) -> int:
    made = keys.load(settings.data_dir, settings.secrets)
    engine = DbosJobs(url, worker_id="restore")
    store = storage.open_store(url, vault=storage.Vault(made.data), enqueue=engine.enqueue)
    links = Links(settings.public_url, settings.join.template, made.actions)
    try:
        await _try_keys(store)
        office = Office(store, settings, links, clock, new_id, made.uids)
        return await restoring.tell_again(office, await store.raise_all())
    finally:
        await store.close()
        await engine.close()


async def rotate_keys(settings: Settings) -> int:
    """Seal everything again under the newest data key; returns how many values were.

    Raises:
        CannotStart: there is no database, or a key is missing.
    """
    await _must_be_current(settings)
    made = keys.load_or_create(settings.data_dir, settings.secrets)
    engine = DbosJobs(settings.database_url, worker_id="rotate")
    store = storage.open_store(settings.database_url, vault=storage.Vault(made.data), enqueue=engine.enqueue)
    try:
        return await store.rotate_all()
    except storage.WrongKey as wrong:
        raise CannotStart(f"{wrong} {_SAME_KEYS}") from wrong
    finally:
        await store.close()
        await engine.close()


async def check(settings: Settings) -> list[Finding]:
    """Look at everything `serve` would need; nothing is made or changed."""
    return await probes.check(settings, clock)
