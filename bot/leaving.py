"""When a workspace takes the bot away: silence at once, and after a while everything of it is forgotten.

It may come back: whoever speaks to us again keeps what was stored, and a later leaving counts anew.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import structlog

from bot.office import Office
from scheduling_core.ports import Job
from scheduling_core.refs import WorkspaceRef

log = structlog.get_logger()

LEFT = "workspace.left"
"""Kind of the record that tells on which day (UTC) a workspace left last."""


async def leave(office: Office, workspace: WorkspaceRef) -> None:
    """See `Inbox.leave`; saying it again is harmless. A platform that answers "gone" says the same."""
    now = office.clock()
    due = now + timedelta(days=office.settings.retention.workspace_days)
    async with office.store.write() as tx:
        await tx.stop_workspace(workspace)
        await tx.save_record(LEFT, str(workspace), now.date().isoformat())
        await tx.enqueue(_forgetting(workspace, now.date(), due))
    log.info("workspace.left", workspace=str(workspace), forgotten_from=due.isoformat())


def _forgetting(workspace: WorkspaceRef, day: date, due: datetime) -> Job:
    args = {"platform": workspace.platform, "workspace": workspace.workspace, "left": day.isoformat()}
    return Job(f"forget_workspace:{workspace}:{day.isoformat()}", "forget_workspace", args, due=due)


async def forget(office: Office, args: Mapping[str, str]) -> None:
    """Forget a workspace, unless it came back or left once more since the job was made."""
    workspace = WorkspaceRef(args["platform"], args["workspace"])
    async with office.store.write() as tx:
        if await tx.record(LEFT, str(workspace)) != args["left"]:
            return
        gone = await tx.forget_workspace(workspace)
    if gone:
        log.info("workspace.forgotten", workspace=str(workspace), rows=gone)
