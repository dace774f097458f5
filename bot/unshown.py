"""What a room did not take: its host is told why, and it is shown again when the room is next heard from."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.desk import Desk
from bot.office import Office
from bot.views.words import note
from scheduling_core.deliveries import Delivery, Message
from scheduling_core.errors import Rejected
from scheduling_core.meeting import Meeting
from scheduling_core.ports import Job
from scheduling_core.refs import WorkspaceRef

log = structlog.get_logger()

# A platform's own name for a refusal, such as `restricted_action`; everything else may be anybody's words.
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_NOT_FOR_PEOPLE = ("{", "[", "<")


def catching_up(delivery: Delivery) -> Job:
    """What a delivery sets going in a room that has missed something; see `Transaction.accept`."""
    workspace = delivery.room.ref.workspace
    args = {"platform": workspace.platform, "workspace": workspace.workspace, "delivery": delivery.id}
    return Job(f"catch_up:{workspace}:{delivery.id}", "catch_up", args)


async def catch_up(office: Office, args: Mapping[str, str]) -> None:
    """Promise everything once more that the workspace does not have at its present revision."""
    async with office.store.write() as tx:
        desk = Desk(office, tx, office.clock())
        for message in await tx.unshown(WorkspaceRef(args["platform"], args["workspace"])):
            await desk.promise(message, after=args["delivery"])


async def refused(office: Office, message: Message, refusal: Rejected) -> None:
    """The room takes this message never; of a meeting's card the host is told, once for each revision."""
    word = refusal.reason if _WORD.fullmatch(refusal.reason) else None
    log.warning("message.rejected", message=message.id, code=refusal.code, word=word)
    if message.audience is None:
        await _missed(office, message, _why(refusal, word))


async def given_up(office: Office, args: Mapping[str, str]) -> None:
    """The room could not be reached for a day."""
    async with office.store.read() as reading:
        shown = await reading.message(args["message"])
    if shown is not None and shown.revision_shown < shown.message.revision:
        await _missed(office, shown.message, "")


async def _missed(office: Office, message: Message, why: str) -> None:
    now = office.clock()
    async with office.store.write() as tx:
        await tx.note_missed(message.room, now + timedelta(days=office.settings.retention.days))
        meeting = await tx.meeting_of_card(message.id)
        if meeting is not None and why:
            await _tell_host(Desk(office, tx, now), meeting, message, why)


async def _tell_host(desk: Desk, meeting: Meeting, message: Message, why: str) -> None:
    told = f"{message.id}-refused-{message.revision}"
    if await desk.tx.message(told) is not None:
        return
    host = (await desk.tx.people([meeting.host]))[meeting.host].ref
    title = f" “{meeting.title}”" if meeting.title else ""
    card = note(f"The card of your meeting{title} could not be shown in the room: {why}.")
    await desk.show(replace(message, id=told, revision=1, audience=host, card=card))


def _why(refusal: Rejected, word: str | None) -> str:
    reason = refusal.reason.strip().rstrip(".")
    if word is not None or not reason or reason.startswith(_NOT_FOR_PEOPLE):
        return f"it was refused ({word or refusal.code})"
    return reason
