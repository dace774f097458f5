"""The form of one's own rules: open it, save it; what was typed is never lost."""

from collections.abc import Mapping
from dataclasses import replace

from bot import clock_question, rules_form
from bot.handlers import drafts
from bot.turn import AnswerDesk, Turn
from bot.views import setup
from scheduling_core.cards import Card

NO_DRAFT = "-"


async def settings(turn: Turn) -> None:
    """`/meet settings`: every value with its sentence."""
    await turn.reply(_form(turn, NO_DRAFT))


async def change(turn: Turn, draft_id: str) -> None:
    """*Change…* on an invitation that is not sent yet."""
    async with turn.desk() as desk:
        draft = await drafts.own_draft(desk, draft_id)
        # On the card of the draft the question has another name.
        chosen = turn.inputs.get("zone", "")
        await desk.reply(_form(turn, draft.id, {rules_form.CLOCK: chosen} if chosen else {}))


def _form(
    turn: Turn,
    subject: str,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Card:
    """The form, with what was typed into it and what is wrong with that."""
    filled = rules_form.fill(turn.office.rules_of(turn.actor), turn.actor)
    standing, shows_forms = filled | dict(typed or {}), turn.usage.shows_forms
    return setup.form(standing, subject, problems or {}, _clock(turn), shows_forms=shows_forms)


def _clock(turn: Turn) -> setup.Clock | None:
    if turn.actor.shown_zone is None:
        return setup.UnknownClock(turn.actor.locale, turn.now)
    return turn.actor.zone if _reads_by_another(turn) else None


def _reads_by_another(turn: Turn) -> bool:
    """Whether a zone they once named has the times they read in another zone than their hours.

    Where the platform tells with everything they do, it is not ours to change.
    """
    actor, is_told = turn.actor, turn.delivery.actor.zone is not None
    own = turn.office.rules_of(actor).availability.zone
    return not is_told and actor.rules is not None and actor.zone not in (None, own)


async def save(turn: Turn, subject: str) -> None:
    """*Save*: the rules hold at once, in every room and on every open card."""
    match rules_form.read(turn.inputs, turn.office.rules_of(turn.actor), turn.actor):
        case rules_form.Problems(by_field):
            await turn.reply(_form(turn, subject, turn.inputs, by_field))
        case rules_form.Filled() as filled:
            await _keep(turn, subject, filled)


async def _keep(turn: Turn, subject: str, filled: rules_form.Filled) -> None:
    before, is_astray = turn.office.rules_of(turn.actor), _reads_by_another(turn)
    rules, line = filled.rules, filled.line
    turn.actor = replace(turn.actor, rules=rules, join_template=filled.join_template, line=line)
    async with turn.desk() as desk:
        if filled.is_clock_only:
            await clock_question.take(desk, turn.actor, rules.availability.zone)
        elif is_astray or rules.availability.zone != before.availability.zone:
            await _move(desk)
        await desk.save_person(turn.actor)
        await desk.own_time_changed()
        draft = None if subject == NO_DRAFT else await desk.tx.draft_by_id(subject)
        if draft is None or draft.host != turn.actor.id:
            await desk.reply(setup.saved(rules, _said_of(filled, is_astray=is_astray)))
        else:
            await desk.reply(await drafts.card(desk, await drafts.placed(desk, draft, turn.actor)))


def _said_of(filled: rules_form.Filled, *, is_astray: bool) -> setup.SavedClock:
    if filled.is_clock_only:
        return "assumed"
    return "read by" if is_astray else "as before"


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
