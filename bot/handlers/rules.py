"""The form of one's own rules: open it, save it; what was typed is never lost."""

from dataclasses import replace

from bot import rules_form
from bot.handlers import drafts
from bot.turn import Turn
from bot.views import setup
from scheduling_core.ports import Job

NO_DRAFT = "-"


async def settings(turn: Turn) -> None:
    """`/meet settings`: every value with its sentence."""
    typed = rules_form.fill(turn.office.rules_of(turn.actor), turn.actor)
    await turn.reply(setup.form(typed, NO_DRAFT, {}))


async def change(turn: Turn, draft_id: str) -> None:
    """*Change…* on an invitation that is not sent yet."""
    async with turn.desk() as desk:
        draft = await drafts.own_draft(desk, draft_id)
        typed = rules_form.fill(turn.office.rules_of(turn.actor), turn.actor)
        await desk.reply(setup.form(typed | _chosen_zone(turn), draft.id, {}))


def _chosen_zone(turn: Turn) -> dict[str, str]:
    zone = turn.inputs.get("zone", "")
    return {"zone": zone} if zone else {}


async def save(turn: Turn, subject: str) -> None:
    """*Save*: the rules hold at once, in every room and on every open card."""
    before = turn.office.rules_of(turn.actor)
    match rules_form.read(turn.inputs, before, turn.actor):
        case rules_form.Problems(by_field):
            typed = rules_form.fill(before, turn.actor) | dict(turn.inputs)
            await turn.reply(setup.form(typed, subject, by_field))
        case rules_form.Filled(rules, join_template, line):
            turn.actor = replace(turn.actor, rules=rules, join_template=join_template, line=line)
            await _keep(turn, subject)


async def _keep(turn: Turn, subject: str) -> None:
    async with turn.desk() as desk:
        await desk.save_person(turn.actor)
        job_id = f"recheck:{turn.room.workspace}:{turn.delivery.id}"
        await desk.tx.enqueue(Job(job_id, "recheck", {"people": turn.actor.id}))
        draft = None if subject == NO_DRAFT else await desk.tx.draft_by_id(subject)
        if draft is None or draft.host != turn.actor.id:
            await desk.reply(setup.saved(turn.office.rules_of(turn.actor)))
        else:
            await desk.reply(await drafts.card(desk, await drafts.placed(desk, draft, turn.actor)))
