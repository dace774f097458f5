"""An invitation that is not sent yet: its private card, and who may go on with it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot import calendar_trouble, times
from bot.turn import AnswerDesk, Sorry
from bot.views import calendars, setup
from bot.views.words import CHANGE_HOURS, INVITE, Eyes, refusal
from scheduling_core.cards import Block, Button, Card
from scheduling_core.meeting import Draft
from scheduling_core.people import Person
from scheduling_core.zones import to_wall

INSTANT: Final = "draft.instant"
"""Kind of the record that keeps, by draft, an instant whose day waits for its host's zone."""


async def card(desk: AnswerDesk, draft: Draft, problem: str = "") -> Card:
    """The setup card for somebody new, else the private preview.

    Args:
        problem: why the chosen clock cannot be taken.
    """
    actor = desk.turn.actor
    own = desk.office.rules_of(actor)
    need = need_of(desk, draft, actor)
    if actor.rules is None:
        chosen = desk.turn.inputs.get("zone", "")
        known = actor.zone is not None
        return setup.setup(
            draft,
            own,
            need.guests,
            zone_known=known,
            now=desk.now,
            problem=problem,
            chosen_zone=chosen,
            locale=actor.locale,
            can_link=bool(desk.office.providers),
            instant=await _kept_instant(desk, draft),
        )
    free = times.lasting(need, await times.free_starts(desk.tx, need, desk.now), desk.now)
    eyes = Eyes.of(actor, own.availability.zone)
    unread = None if free else await calendar_trouble.that_closes(desk, actor)
    because = calendars.closed_because(unread, desk.office.title_of(unread.provider)) if unread else ""
    starts = times.offered(desk.office, need, free)
    return setup.preview(draft, own, need.guests, starts, eyes, because=because)


async def no_time(desk: AnswerDesk, because: str, *items: Button) -> Card:
    """No free time of the actor's was found: *because*, unless a calendar cannot be read."""
    unread = await calendar_trouble.that_closes(desk, desk.turn.actor)
    if unread is not None:
        return calendars.closed(unread, desk.office.title_of(unread.provider))
    return refusal(because, CHANGE_HOURS, *items)


def sending(desk: AnswerDesk, draft: Draft) -> tuple[Block, ...]:
    """What sending the invitation from another card needs of this one; what was chosen stays chosen."""
    actor, chosen = desk.turn.actor, desk.turn.inputs.get("zone", "")
    if actor.rules is not None or actor.zone is not None:
        return setup.sending(draft, None)
    return setup.sending(draft, setup.clock_question("zone", actor.locale, desk.now, chosen))


def guests(desk: AnswerDesk, draft: Draft) -> list[Person]:
    """The people named.

    Raises:
        Sorry: somebody left the room meanwhile.
    """
    missing = [g for g in draft.guests if g not in desk.turn.members]
    if missing:
        raise Sorry(refusal("Somebody you named is no longer in this room; please type the command again."))
    return [desk.turn.members[g] for g in draft.guests]


def need_of(desk: AnswerDesk, draft: Draft, host: Person) -> times.Need:
    """What the invitation would look for."""
    return times.need_of_draft(desk.office, draft, host, guests(desk, draft))


async def keep_instant(desk: AnswerDesk, draft: Draft, instant: datetime) -> None:
    """Remember the instant on whose day the host wants to meet, until their zone is known; see `placed`."""
    until = desk.now + timedelta(days=desk.office.settings.retention.days)
    await desk.tx.save_record(INSTANT, draft.id, instant.isoformat(), until)


async def _kept_instant(desk: AnswerDesk, draft: Draft) -> datetime | None:
    kept = None if draft.days else await desk.tx.record(INSTANT, draft.id)
    return datetime.fromisoformat(kept) if kept else None


async def placed(desk: AnswerDesk, draft: Draft, host: Person) -> Draft:
    """The draft on the day of the instant that was kept for it, now that the host's zone is known."""
    kept = None if draft.days else await desk.tx.take_record(INSTANT, draft.id, desk.now)
    if kept is None:
        return draft
    zone = desk.office.rules_of(host).availability.zone
    whole = replace(draft, days=(to_wall(zone, datetime.fromisoformat(kept)).date(),))
    await desk.tx.save_draft(whole)
    return whole


async def own_draft(desk: AnswerDesk, draft_id: str) -> Draft:
    """The pending step behind a button.

    Raises:
        Sorry: it was sent already or belongs to somebody else.
    """
    draft = await desk.tx.draft_by_id(draft_id)
    if draft is None or draft.host != desk.turn.actor.id:
        raise Sorry(refusal("That invitation was already sent or replaced.", INVITE))
    return draft
