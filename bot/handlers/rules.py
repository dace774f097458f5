"""The form of one's own rules: open it, save it; what was typed is never lost."""

from dataclasses import replace

from bot import clock_question, rules_form
from bot.handlers import drafts
from bot.turn import AnswerDesk, Turn
from bot.views import setup

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
            await _keep(turn, subject, is_moved=rules.availability.zone != before.availability.zone)


async def _keep(turn: Turn, subject: str, *, is_moved: bool) -> None:
    async with turn.desk() as desk:
        if is_moved:
            await _move(desk)
        await desk.save_person(turn.actor)
        await desk.own_time_changed()
        draft = None if subject == NO_DRAFT else await desk.tx.draft_by_id(subject)
        if draft is None or draft.host != turn.actor.id:
            await desk.reply(setup.saved(turn.office.rules_of(turn.actor)))
        else:
            await desk.reply(await drafts.card(desk, await drafts.placed(desk, draft, turn.actor)))


async def _move(desk: AnswerDesk) -> None:
    """The person has named another zone, which counts until the platform tells one, if it ever does."""
    actor = desk.turn.actor
    known = actor.zone and desk.office.rules_of(actor).availability.zone
    desk.turn.actor = replace(actor, zone=known)
    await clock_question.settle(desk, actor.id)


async def keep_clock(turn: Turn) -> None:
    """*Yes, they do*: the zone that was assumed is the person's own."""
    async with turn.desk() as desk:
        await clock_question.settle(desk, turn.actor.id)
        await desk.reply(setup.clock_kept(turn.office.rules_of(turn.actor).availability.zone))
