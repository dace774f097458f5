"""Asking somebody to meet: the command, the one-tap setup, the private preview, and Send."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from bot import clock_question, times
from bot.handlers import drafts, link, look, pick, rules
from bot.turn import AnswerDesk, Sorry, Turn
from bot.views import menus, setup
from bot.views.words import INVITE
from scheduling_core import time_words
from scheduling_core.deliveries import Command
from scheduling_core.meet_syntax import Invite, Problem, Verb, Weekday, parse
from scheduling_core.meeting import Draft, Meeting, Offer
from scheduling_core.people import Person
from scheduling_core.zones import to_wall, zone_names

FURTHEST = timedelta(days=365)
"""How far ahead a date can be named."""


async def command(turn: Turn, text: str) -> None:
    """`/meet …`: enough words act at once, fewer get a private preview."""
    word = turn.office.settings.conversation.command
    match parse(text, word, turn.names()):
        case Verb("help"):
            await look.help_(turn)
        case Verb("list"):
            await look.agenda(turn)
        case Verb("settings"):
            await rules.settings(turn)
        case Verb("link"):
            await link.link(turn)
        case Verb("unlink" | "calendars"):
            await link.mine(turn)
        case Problem(_, because):
            await turn.reply(menus.unread(because, turn.usage))
        case Invite() as invite:
            await _invite(turn, invite)


async def blank(turn: Turn) -> None:
    """*New invitation*: a fresh preview, whatever else is pending."""
    async with turn.desk() as desk:
        await _propose(desk, await _new_draft(desk, Invite()))


async def resume(turn: Turn) -> None:
    """*Continue*, or the bare command: the pending step of this person in this room, else a fresh preview."""
    async with turn.desk() as desk:
        if not await pick.repeat_question(desk):
            waiting = await desk.tx.draft(turn.actor.id, turn.room)
            if waiting is None or not _is_whole(desk, waiting):
                waiting = await _new_draft(desk, Invite())
            await _propose(desk, waiting)
        await _note_zone(desk)


async def _note_zone(desk: AnswerDesk) -> None:
    """What it does that somebody who is set up named a zone."""
    act, actor = desk.turn.delivery.act, desk.turn.actor
    if isinstance(act, Command) and act.names_zone and actor.zone and actor.rules:
        await desk.reply(setup.zone_noted(actor.zone, actor.rules.availability.zone))


def _is_whole(desk: AnswerDesk, draft: Draft) -> bool:
    """Everybody named is still here, and no named day has passed."""
    here = all(guest in desk.turn.members for guest in draft.guests)
    return here and all(day >= _today(desk) for day in draft.days)


async def _propose(desk: AnswerDesk, draft: Draft) -> None:
    await desk.tx.save_draft(draft)
    await desk.reply(await drafts.card(desk, draft))


async def _invite(turn: Turn, invite: Invite) -> None:
    if turn.actor.id in invite.people:
        raise Sorry(menus.unread("You cannot invite yourself; name the other person.", turn.usage))
    if invite.is_bare:
        await resume(turn)
        return
    async with turn.desk() as desk:
        draft = await _new_draft(desk, invite)
        if turn.actor.rules and (invite.people or invite.length or invite.day is not None):
            await _send(desk, draft, turn.actor)
            if _is_beyond_window(desk, draft):
                await desk.reply(setup.beyond_window(draft, turn.office.rules_of(turn.actor)))
        else:
            await _propose(desk, draft)
        await _note_zone(desk)


def _is_beyond_window(desk: AnswerDesk, draft: Draft) -> bool:
    window = timedelta(days=desk.office.rules_of(desk.turn.actor).window_days)
    return any(day > _today(desk) + window for day in draft.days)


async def _new_draft(desk: AnswerDesk, invite: Invite) -> Draft:
    turn = desk.turn
    if turn.is_alone and not invite.people:
        raise Sorry(menus.nobody_here(turn.usage))
    draft = Draft(
        id=desk.office.new_id("d"),
        host=turn.actor.id,
        room=turn.room,
        guests=invite.people,
        length=invite.length,
        title=invite.title,
        days=(),
    )
    if invite.day is None:
        return draft
    if isinstance(invite.day, datetime) and turn.actor.shown_zone is None:
        await drafts.keep_instant(desk, draft, invite.day)
        return draft
    return replace(draft, days=(await _resolve_day(desk, draft, invite.day),))


async def _resolve_day(desk: AnswerDesk, draft: Draft, day: date | datetime | Weekday) -> date:
    """A date as it is, an instant as the day it lies on where the host works; a weekday as the next one, or
    the one after that where only that has open time."""
    today = _today(desk)
    if isinstance(day, datetime):
        day = to_wall(desk.office.rules_of(desk.turn.actor).availability.zone, day).date()
    if not isinstance(day, Weekday):
        if not today <= day <= today + FURTHEST:
            wrong = "has passed" if day < today else "is more than a year ahead"
            raise Sorry(menus.unread(f"{day.isoformat()} {wrong}.", desk.turn.usage))
        return day
    first = today + timedelta(days=(day - today.weekday()) % 7)
    for candidate in (first, first + timedelta(days=7)):
        need = drafts.need_of(desk, replace(draft, days=(candidate,)), desk.turn.actor)
        if await times.free_starts(desk.tx, need, desk.now):
            return candidate
    because = f"You have no free time on {first:%A}s in the next two weeks."
    raise Sorry(await drafts.no_time(desk, because, INVITE))


def _today(desk: AnswerDesk) -> date:
    """The date where the actor works."""
    return to_wall(desk.office.rules_of(desk.turn.actor).availability.zone, desk.now).date()


async def length(turn: Turn, draft_id: str, minutes: str) -> None:
    """One of the length buttons."""
    async with turn.desk() as desk:
        draft = replace(await drafts.own_draft(desk, draft_id), length=timedelta(minutes=int(minutes)))
        await desk.tx.save_draft(draft)
        await desk.reply(await drafts.card(desk, draft))


async def send(turn: Turn, draft_id: str) -> None:
    """*Send invitation*: keeps the shown rules if there were none, and posts the card."""
    async with turn.desk() as desk:
        # Whoever presses twice at once waits here, and then finds the draft gone.
        await desk.tx.lock([turn.actor.id])
        draft = await drafts.own_draft(desk, draft_id)
        host, city = turn.actor, ""
        if host.rules is None:
            chosen = host.zone or turn.inputs.get("zone", "")
            if chosen not in zone_names():
                problem = "Please choose the time it is for you now, so that I get your hours right."
                await desk.reply(await drafts.card(desk, draft, problem))
                return
            host = await _set_up(desk, host, chosen)
            city = "" if turn.actor.zone else time_words.zone_city(chosen)
        await _send(desk, await drafts.placed(desk, draft, host), host)
        await desk.reply(setup.sent(city))


async def _set_up(desk: AnswerDesk, host: Person, known: str) -> Person:
    host_now = replace(host, rules=desk.office.rules_of(replace(host, zone=host.zone or known)))
    await desk.save_person(host_now)
    if host.zone is None:
        await clock_question.take(desk, host, known)
    return host_now


async def _send(desk: AnswerDesk, draft: Draft, host: Person) -> None:
    need = drafts.need_of(desk, draft, host)
    await desk.tx.lock([host.id])
    free = await times.free_starts(desk.tx, need, desk.now)
    starts = times.offered(desk.office, need, times.lasting(need, free, desk.now))
    if not starts:
        raise Sorry(await drafts.no_time(desk, _nothing_free(draft, need), INVITE))
    meeting = _meeting(desk, draft, need, tuple(Offer(n, start) for n, start in enumerate(starts, start=1)))
    await desk.publish(meeting)
    await desk.tx.drop_draft(draft.host, draft.room)


def _nothing_free(draft: Draft, need: times.Need) -> str:
    if draft.days:
        day = f"{draft.days[0]:%A} {draft.days[0].day} {draft.days[0]:%B}"
        return f"You have no free time on {day}."
    return f"You have no free time in the next {need.rules.window_days} days."


def _meeting(desk: AnswerDesk, draft: Draft, need: times.Need, offers: tuple[Offer, ...]) -> Meeting:
    return Meeting(
        id=desk.office.new_id("i"),
        room=draft.room,
        message_id=desk.office.new_id("m"),
        host=draft.host,
        guests=draft.guests,
        anyone=not draft.guests,
        length=need.length,
        title=draft.title,
        days=draft.days,
        offers=offers,
        expires_at=times.invitation_end(desk.office, need, desk.now),
        secret=desk.office.new_id("j"),
    )
