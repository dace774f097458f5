"""Calendars of one's own: link, choose which count and which is written into, unlink."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from bot import calendar_channels, calendar_lists, copies, joining, link_codes, linking, unlinking
from bot.handlers import drafts
from bot.link_codes import Linked, Pending
from bot.turn import AnswerDesk, Sorry, Turn
from bot.views import linking as views
from bot.views import unlinking as questions
from bot.views.words import MY_CALENDARS, listed, refusal
from scheduling_core.calendar_ports import CalendarProvider
from scheduling_core.cards import Block
from scheduling_core.linked_calendars import LinkedAccount, LinkedCalendar
from scheduling_core.people import WhenUnreadable


async def link(turn: Turn, provider: str = "", account_id: str = "") -> None:
    """`/meet link`: the ways in, or only the one that this broken account needs."""
    known = turn.office.providers
    offered = [known[provider]] if provider in known else list(known.values())
    if not offered:
        raise Sorry(views.nothing_to_link())
    async with turn.desk() as desk:
        await _show_ways_in(desk, offered, account_id)


async def connect(turn: Turn, draft_id: str) -> None:
    """*Connect calendar* while setting up: the ways in, and the invitation can be sent meanwhile as well."""
    async with turn.desk() as desk:
        sending = drafts.sending(desk, await drafts.own_draft(desk, draft_id))
        await _show_ways_in(desk, list(turn.office.providers.values()), sending=sending)


async def _show_ways_in(
    desk: AnswerDesk,
    offered: Sequence[CalendarProvider],
    account_id: str = "",
    sending: Sequence[Block] = (),
) -> None:
    known = (await desk.tx.accounts([desk.turn.actor.id])).get(desk.turn.actor.id, [])
    if not account_id and len(known) >= link_codes.MOST_LINKED:
        raise Sorry(refusal(link_codes.FULL, MY_CALENDARS))
    token = await linking.give_ticket(desk, desk.turn.actor, desk.turn.room, account_id)
    kinds = [(each.name, each.title) for each in offered]
    await desk.reply(views.ways_in(kinds, desk.office.links.link(token), sending))


async def enter_code(turn: Turn) -> None:
    """*Type the code*: the same question again, for whom it did not reach."""
    async with turn.desk() as desk:
        waiting = await link_codes.all_waiting(desk.tx, turn.actor.id, desk.now)
        await desk.reply(views.code(_titles(turn, waiting)) if waiting else views.no_code())


def _titles(turn: Turn, waiting: Sequence[Pending]) -> str:
    return listed(list(dict.fromkeys(turn.office.title_of(each.provider) for each in waiting)))


async def code(turn: Turn) -> None:
    """The code that the browser shows."""
    async with turn.desk() as desk:
        match await link_codes.try_code(desk, turn.actor, turn.inputs.get(views.CODE_FIELD, "")):
            case Linked() as linked:
                await _linked(desk, linked)
            case [*waiting] if waiting:
                wrong = "That is not the code the page shows. Look again."
                await desk.reply(views.code(_titles(turn, waiting), wrong))
            case _:
                # A refusal would take back that the last try is used up.
                await desk.reply(views.code_over())


async def _linked(desk: AnswerDesk, linked: Linked) -> None:
    turn, account = desk.turn, linked.account
    await _put_to_use(desk, account)
    await calendar_channels.promise(desk, account, is_new=True)
    title = turn.office.title_of(account.provider)
    elsewhere = linked.elsewhere.name if linked.elsewhere else ""
    card = views.linked(
        account,
        title,
        _choosable(turn, account),
        elsewhere=elsewhere,
        is_written_no_more=linked.is_written_no_more,
    )
    await desk.reply(card)
    if linked.other is not None:
        title = turn.office.title_of(linked.other.provider)
        is_moved = bool(linked.other.target and account.target)
        await desk.tell(
            turn.actor.ref, turn.room, views.another(linked.other, title, account, is_moved=is_moved)
        )


async def mine(turn: Turn) -> None:
    """What is linked."""
    async with turn.desk() as desk:
        accounts = (await desk.tx.accounts([turn.actor.id])).get(turn.actor.id, [])
        await desk.reply(views.mine([(each, turn.office.title_of(each.provider)) for each in accounts]))


async def choose(turn: Turn, account_id: str) -> None:
    """The form of one account, with what it has by now."""
    now = await calendar_lists.ask(turn.office, account_id, turn.actor.id)
    async with turn.desk() as desk:
        before = await _own(desk, account_id)
        account = await calendar_lists.keep(desk, before, now)
        if account.counted != before.counted:
            await desk.own_time_changed()
        title = turn.office.title_of(account.provider)
        await desk.reply(views.choosing(account, title, _choosable(turn, account)))


async def chosen(turn: Turn, account_id: str, then: str = "") -> None:
    """*Save*: counts at once, on every open card.

    Args:
        then: number of the page to go on with, "" for none.
    """
    async with turn.desk() as desk:
        account = await _own(desk, account_id)
        for place, each in enumerate(account.calendars):
            way = turn.inputs.get(f"c{place}", views.way_of(each))
            account = account.choosing(each.calendar.id, views.by_way(each, way))
        account = _with_video(turn, _with_target(turn, account))
        await desk.tx.save_account(account)
        mode = await _keep_mode(desk)
        if account.target:
            await _write_nowhere_else(desk, account)
        await _put_to_use(desk, account)
        await calendar_channels.promise(desk, account)
        title = turn.office.title_of(account.provider)
        if then:
            choosable = replace(_choosable(turn, account, int(then)), mode=mode)
            await desk.reply(views.choosing(account, title, choosable))
            return
        made = joining.wants_video(turn.office, account)
        video = joining.video_title(turn.office, account) if made else ""
        waits = await desk.tx.draft(turn.actor.id, turn.room) is not None
        await desk.reply(views.chosen(account, title, video, has_draft=waits))


async def unlink(turn: Turn, account_id: str = "") -> None:
    """*Unlink*: a question first; without an account, the list to choose from."""
    if not account_id:
        await mine(turn)
        return
    async with turn.desk() as desk:
        await _ask_before(desk, await _own(desk, account_id))


async def _ask_before(desk: AnswerDesk, account: LinkedAccount) -> None:
    to_come, title = await unlinking.standing(desk, account), desk.office.title_of(account.provider)
    can_reach = account.provider in desk.office.providers
    await desk.reply(questions.unlink(account, title, len(to_come), can_reach=can_reach))


async def unlinked(turn: Turn, account_id: str, events: Literal["keep", "remove"] = "keep") -> None:
    """It is forgotten at once; the provider is told by a job."""
    async with turn.desk() as desk:
        account, with_events = await _own(desk, account_id), events == "remove"
        can_reach = account.provider in turn.office.providers
        if with_events and not questions.is_removal_offered(account, can_reach=can_reach):
            # It could be done when that was offered.
            await _ask_before(desk, account)
            return
        gone = await unlinking.forget(desk, account, turn.actor, with_events=with_events)
        await desk.own_time_changed()
        title, access = turn.office.title_of(account.provider), await _access(desk, account)
        await desk.reply(questions.unlinked(title, access, are_events_kept=not with_events, gone=gone))


async def _access(desk: AnswerDesk, account: LinkedAccount) -> str:
    """What becomes of it now that the account is unlinked."""
    provider = desk.office.providers.get(account.provider)
    if provider is None:
        return ""
    if await desk.tx.is_granted(account.grant):
        return questions.LINKED_ELSEWHERE
    is_dead = account.trouble is not None and account.trouble.needs_owner
    return provider.left_to_do or (questions.NO_ACCESS if is_dead else questions.GIVEN_BACK)


async def _own(desk: AnswerDesk, account_id: str) -> LinkedAccount:
    account = await desk.tx.account(account_id)
    if account is None or account.person != desk.turn.actor.id:
        raise Sorry(refusal("That calendar is not linked any more.", MY_CALENDARS))
    return account


def _choosable(turn: Turn, account: LinkedAccount, page: int = 1) -> views.Choosable:
    mode = turn.actor.rules.when_unreadable if turn.actor.rules else None
    return views.Choosable(_writable(turn, account), joining.video_title(turn.office, account), mode, page)


async def _keep_mode(desk: AnswerDesk) -> WhenUnreadable | None:
    """What was chosen, or as it was."""
    actor, chosen = desk.turn.actor, desk.turn.inputs.get(views.MODE_FIELD, "")
    mode = next((each for each in views.MODES if each == chosen), None)
    if actor.rules is None or mode is None:
        return actor.rules.when_unreadable if actor.rules else None
    if mode != actor.rules.when_unreadable:
        await desk.save_person(replace(actor, rules=replace(actor.rules, when_unreadable=mode)))
    return mode


def _writable(turn: Turn, account: LinkedAccount) -> list[LinkedCalendar]:
    provider = turn.office.providers.get(account.provider)
    if provider is None or not provider.can_write:
        return []
    return [each for each in account.calendars if each.calendar.can_write]


def _with_target(turn: Turn, account: LinkedAccount) -> LinkedAccount:
    place = turn.inputs.get(views.TARGET_FIELD, "")
    by_place = {str(n): each.calendar.id for n, each in enumerate(account.calendars)}
    allowed = {each.calendar.id for each in _writable(turn, account)}
    if place == "-":
        return account.writing_into("")
    target = by_place.get(place, "")
    return account.writing_into(target) if target in allowed else account


def _with_video(turn: Turn, account: LinkedAccount) -> LinkedAccount:
    """The link chosen for its meetings; whoever saves wants to hear again that there is none."""
    link = turn.inputs.get(views.VIDEO_FIELD, "")
    if not link or not joining.video_title(turn.office, account):
        return account
    return replace(account, video="wanted" if link == views.WITH_VIDEO else "")


async def _write_nowhere_else(desk: AnswerDesk, account: LinkedAccount) -> None:
    """One place for a person's meetings: the one chosen last."""
    for other in (await desk.tx.accounts([account.person])).get(account.person, []):
        if other.id != account.id and other.target:
            await desk.tx.save_account(other.writing_into(""))
            await calendar_channels.promise(desk, other.writing_into(""))


async def _put_to_use(desk: AnswerDesk, account: LinkedAccount) -> None:
    """What it says counts on every open card, and what is booked is written into it."""
    owner = await desk.tx.person(account.person)
    if owner is not None:
        if any(each.calendar.can_write for each in account.calendars):
            await unlinking.undo(desk, account)
        await copies.write_again(desk, account, owner)
        await copies.add_missing(desk, owner)
    await desk.own_time_changed()
