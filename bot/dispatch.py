"""From a delivery to its answer: record it, drop repeats, run the handler, survive being killed.

A delivery is recorded before anything is done; its effects, the answer and the mark "done" are one
transaction. A process that dies in between leaves the delivery pending: the room's retry, or the next
start, does it then, once.
"""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Literal

import structlog

from bot import conversation, leaving, steps, unshown
from bot.handlers import say
from bot.limits import Limits
from bot.metrics import Metrics
from bot.office import Office
from bot.receipts import Outcome, Receipts
from bot.rush import Rush
from bot.turn import Deadline, Turn
from bot.views.words import refusal
from scheduling_core.deliveries import Answer, Delivery, Message
from scheduling_core.errors import Conflict, DoneElsewhere, RateLimited
from scheduling_core.ports import Known, Mismatch, Repeat
from scheduling_core.refs import PersonRef, WorkspaceRef

log = structlog.get_logger()

RECOVER_AFTER = timedelta(seconds=10)
"""A delivery this old and not done belongs to a process that died."""
LOOK_AGAIN_SECONDS = 0.1

APOLOGY = "Something went wrong on my side and nothing was changed. Please try again."

Key = tuple[WorkspaceRef, str]


class Dispatch:
    """Implements `Inbox` for all platforms; tasks belong to the given group."""

    def __init__(self, office: Office, tasks: asyncio.TaskGroup, limits: Limits, metrics: Metrics) -> None:
        self._office = office
        self._tasks = tasks
        self._limits = limits
        self._metrics = metrics
        self._receipts = Receipts(metrics)
        self._rush = Rush()
        self._running: dict[Key, asyncio.Task[Answer | None]] = {}

    async def put(self, delivery: Delivery, within_seconds: float) -> Answer | None:
        """See `Inbox.put`."""
        self._receipts.take()
        began = _now()
        outcome: Outcome | None = None
        try:
            answer, outcome = await self._put(delivery, within_seconds)
        except Exception as error:
            outcome = _outcome_of(error)
            raise
        finally:
            self._metrics.acknowledged(_now() - began)
            if outcome is not None:
                self._receipts.write(delivery, outcome, _now() - began)
        return answer

    async def _put(
        self, delivery: Delivery, within_seconds: float
    ) -> tuple[Answer | None, Literal["repeated"] | None]:
        """The answer; and the outcome, unless it is reported when the work is done."""
        self._limits.check(delivery)
        running = self._running.get(_key(delivery))
        with self._rush.recording():
            acceptance = await self._office.store.accept(delivery, unshown.catching_up(delivery))
        match acceptance:
            case Mismatch():
                raise Conflict("the same delivery id came before with another content")
            case Known() as known:
                deadline = Deadline()
                task = self._start(delivery, known, deadline, is_awaited=within_seconds > 0)
                return await _in_time(task, within_seconds, deadline), None
            case Repeat() if within_seconds <= 0:
                return None, "repeated"
            case Repeat(None):
                return await self._repeated(delivery, running, within_seconds), "repeated"
            case Repeat(answer):
                return answer, "repeated"

    async def _repeated(
        self, delivery: Delivery, running: asyncio.Task[Answer | None] | None, within_seconds: float
    ) -> Answer | None:
        """A repeat of what is being worked on, here or in another process."""
        try:
            async with asyncio.timeout(within_seconds):
                return await (asyncio.shield(running) if running else self._answered_elsewhere(delivery))
        except TimeoutError:
            return None

    async def _answered_elsewhere(self, delivery: Delivery) -> Answer:
        while True:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            acceptance = await self._office.store.accept(delivery)
            if isinstance(acceptance, Repeat) and acceptance.answer is not None:
                return acceptance.answer

    def _start(
        self, delivery: Delivery, known: Known, deadline: Deadline, *, is_awaited: bool = False
    ) -> asyncio.Task[Answer | None]:
        key = _key(delivery)
        work = self._work(delivery, known, deadline, is_awaited=is_awaited)
        task = self._tasks.create_task(work, name=f"delivery {delivery.id}")
        self._running[key] = task
        task.add_done_callback(lambda _: self._running.pop(key, None))
        return task

    async def _work(
        self, delivery: Delivery, known: Known, deadline: Deadline, *, is_awaited: bool
    ) -> Answer | None:
        if not is_awaited:
            await self._rush.over()
        began = _now()
        turn = Turn(self._office, delivery, known, deadline)
        outcome: Outcome = "failed"
        try:
            answer = partial(conversation.answer, turn, is_member=known.is_member)
            outcome = await steps.begin(self._office, answer)
        except DoneElsewhere:
            # This process was so slow that another took it for dead.
            outcome = "repeated"
        except Exception:
            # A bug of ours takes neither the process down nor the person's patience.
            log.exception("delivery.failed", delivery=delivery.id)
            await self._apologise(turn)
        finally:
            self._receipts.write(delivery, outcome, _now() - began)
        return turn.answer

    async def _apologise(self, turn: Turn) -> None:
        """The transaction was rolled back: say so. Where even that fails, the next start tries again."""
        turn.answered = None  # the question still waits
        try:
            await turn.reply(refusal(APOLOGY))
        except Exception:
            log.exception("delivery.left_pending", delivery=turn.delivery.id)

    async def message(self, message_id: str) -> Message | None:
        """See `Inbox.message`."""
        async with self._office.store.read() as reading:
            shown = await reading.message(message_id)
        return shown.message if shown else None

    async def message_shown_as(self, workspace: WorkspaceRef, shown_as: str) -> str | None:
        """See `Inbox.message_shown_as`."""
        async with self._office.store.read() as reading:
            return await reading.message_shown_as(workspace, shown_as)

    async def answered(self, reader: PersonRef, shown_in: str, words: str) -> Message | None:
        """See `Inbox.answered`."""
        async with self._office.store.read() as reading:
            shown = await reading.shown_privately(reader, shown_in, say.LOOK_BACK)
        return next((one for one in shown if one.card and say.is_answer_to(one.card, words)), None)

    async def leave(self, workspace: WorkspaceRef) -> None:
        """See `Inbox.leave`."""
        await leaving.leave(self._office, workspace)

    async def keep_recovering(self, every: timedelta = RECOVER_AFTER) -> None:
        """Now and then, until cancelled: another process on the same database may have died.

        A database that is away is reported once, and once when it is back.
        """
        is_lost = False
        while True:
            await asyncio.sleep(every.total_seconds())
            try:
                await self.recover(everything=False)
            except Exception as error:
                if not is_lost:
                    log.error("recovery.lost", error=type(error).__name__)
                is_lost = True
            else:
                if is_lost:
                    log.info("recovery.back")
                is_lost = False

    async def recover(self, *, everything: bool) -> None:
        """Do what a process that died left behind.

        Args:
            everything: at the start of a lone process nobody else can be working on anything.
        """
        before = self._office.clock() - (timedelta() if everything else RECOVER_AFTER)
        async with self._office.store.read() as reading:
            pending = [(d, await reading.known(d)) for d in await reading.pending_deliveries(before)]
        for delivery, known in pending:
            if _key(delivery) not in self._running:
                late = Deadline()
                late.pass_by()
                self._start(delivery, known, late)


async def _in_time(
    task: asyncio.Task[Answer | None], within_seconds: float, deadline: Deadline
) -> Answer | None:
    """The task's answer, or None when it must come by itself; the task goes on either way."""
    try:
        async with asyncio.timeout(within_seconds):
            return await asyncio.shield(task)
    except TimeoutError:
        return None if deadline.pass_by() else await asyncio.shield(task)


def _outcome_of(error: Exception) -> Outcome:
    match error:
        case RateLimited():
            return "limited"
        case Conflict():
            return "conflict"
    return "failed"


def _now() -> float:
    return asyncio.get_running_loop().time()


def _key(delivery: Delivery) -> Key:
    return (delivery.room.ref.workspace, delivery.id)
