"""Bringing messages of ours to their newest revision on their platform, also beside a process that is late.

A process that stood still may go on with what it had in hand after another one took that over: what it
shows then is old, or is there already. Whoever finds that out has it put right.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot import leaving, unshown
from bot.office import Office
from scheduling_core.chat_ports import ChatPlatform
from scheduling_core.deliveries import Message
from scheduling_core.errors import Gone, Rejected
from scheduling_core.ports import Job, Shown, Transaction

log = structlog.get_logger()

AGAIN: Final = "show_again"
"""Kind of the job that shows what was shown already."""
SECOND: Final = "take_second"
"""Kind of the job that takes a second copy of a message away."""

Keep = Callable[[Callable[[Transaction], Awaitable[None]]], Awaitable[None]]
"""Writes down what has happened outside, however long the database is away."""


@dataclass(frozen=True, slots=True)
class Showing:
    """Shows messages.

    Attributes:
        platforms: by name.
        make_sure: as `JobEngine.make_sure`.
    """

    office: Office
    platforms: Mapping[str, ChatPlatform]
    keep: Keep
    make_sure: Callable[[], None]

    async def show(self, message_id: str, *, again: bool = False) -> None:
        """Bring one message to its newest revision.

        Args:
            again: also when the platform has accepted that: something older may have come after it.
        """
        async with self.office.store.read() as reading:
            shown = await reading.message(message_id)
            stopped = shown is not None and await reading.is_stopped(shown.message.room.workspace)
        if shown is None or stopped or (shown.revision_shown >= shown.message.revision and not again):
            return
        workspace = shown.message.room.workspace
        try:
            platform = self.platforms[workspace.platform]
            await self._note_attempt(shown, platform)
            self.make_sure()
            shown_as = await platform.show(shown.message, shown.shown_as, shown.path)
        except Gone:
            log.warning("workspace.stopped", workspace=str(workspace))
            await leaving.leave(self.office, workspace)
        except Rejected as refusal:
            await unshown.refused(self.office, shown.message, refusal)
        else:
            await self.keep(lambda tx: self._mark(tx, shown, shown_as))

    async def take_second(self, message_id: str, shown_as: str) -> None:
        """Take a copy away that nobody would ever edit; the message itself is shown as something else."""
        async with self.office.store.read() as reading:
            shown = await reading.message(message_id)
        if shown is None or shown.shown_as == shown_as:
            return
        platform = self.platforms[shown.message.room.workspace.platform]
        try:
            await platform.show(replace(shown.message, card=None), shown_as)
        except (Gone, Rejected) as refused:
            log.warning("message.second_stays", message=message_id, error=type(refused).__name__)
        await self.show(message_id)

    async def _note_attempt(self, shown: Shown, platform: ChatPlatform) -> None:
        """So that whoever shows a new message after a crash or a lost answer looks for it first."""
        if shown.shown_as is None and not platform.knows_repeats:
            await self.keep(lambda tx: tx.mark_shown(shown.message.id, 0, ""))

    async def _mark(self, tx: Transaction, shown: Shown, shown_as: str | None) -> None:
        """Write down that it is shown; put right what another process has shown meanwhile."""
        message = shown.message
        now = await tx.message(message.id)
        if now is not None and shown_as and now.shown_as not in (None, "", shown.shown_as, shown_as):
            await self._put_right(tx, SECOND, message, shown_as)
            return
        await tx.mark_shown(message.id, message.revision, shown_as)
        if now is not None and now.revision_shown > message.revision:
            await self._put_right(tx, AGAIN, message, str(now.revision_shown))

    async def _put_right(self, tx: Transaction, kind: str, message: Message, detail: str) -> None:
        log.warning("message.shown_late", message=message.id)
        job_id = f"{kind}:{message.id}:{message.revision}:{detail}"
        args = {"message": message.id, "shown_as": detail}
        lane = f"room:{replace(message.room, thread=None)}"
        await tx.enqueue(Job(job_id, kind, args, lane=lane))
