"""Which handler answers what: the whole conversation as one table."""

from collections.abc import Awaitable, Callable
from inspect import signature
from typing import Literal

from bot import invites
from bot.handlers import answer_change, answer_vanished, change, invite, link, look, pick, rules, say, wish
from bot.turn import Sorry, Turn
from bot.views.words import HELP, MY_MEETINGS, note, refusal
from scheduling_core.actions import Action
from scheduling_core.deliveries import Command, ForgedPress, HomeOpened, MembersTold, Press, Said
from scheduling_core.errors import Refused

Handler = Callable[..., Awaitable[None]]

HANDLERS: dict[str, Handler] = {
    # asking
    "invite": invite.blank,
    "continue": invite.resume,
    "send": invite.send,
    "length": invite.length,
    "change": rules.change,
    "settings": rules.settings,
    "save": rules.save,
    "keepclock": rules.keep_clock,
    # picking
    "pick": pick.pick,
    "slot": pick.slot,
    "more": pick.more,
    "confirm": pick.confirm,
    "other": pick.other,
    "none": wish.none,
    "wish": wish.wish,
    "accept": wish.accept,
    "others": wish.others,
    "decline": wish.decline,
    # changing
    "reschedule": change.reschedule,
    "moremoves": change.more,
    "move": change.to,
    "undo": change.undo,
    "cancel": change.ask_cancel,
    "drop": change.drop,
    "keep": change.keep,
    "withdraw": change.withdraw,
    "again": change.again,
    "agree": answer_change.agree,
    "disagree": answer_change.disagree,
    "letgo": answer_vanished.let_go,
    "bringback": answer_vanished.bring_back,
    # calendars
    "link": link.link,
    "connect": link.connect,
    "entercode": link.enter_code,
    "linkcode": link.code,
    "calendars": link.mine,
    "choose": link.choose,
    "chosen": link.chosen,
    "unlink": link.unlink,
    "unlinked": link.unlinked,
    # looking
    "add": look.add,
    "menu": look.menu,
    "list": look.agenda,
    "help": look.help_,
}
"""Verb of an `Action` → who answers; the action's arguments follow the turn."""

FORGED = "That button was not made by me for this room, so nothing was changed."
NOT_A_MEMBER = "Only members of this room can do that; somebody in it can add you."


async def answer(turn: Turn, *, is_member: bool) -> Literal["done", "refused"]:
    """Act on one delivery; every refusal becomes a private answer that says why and what to do."""
    try:
        if isinstance(turn.delivery.act, MembersTold):
            # Who left may well be the one the room tells it by.
            async with turn.desk() as desk:
                await invites.mail_missing(desk, turn.actor)
            return "done"
        if not is_member:
            # Every button would only be refused again.
            raise Sorry(note(NOT_A_MEMBER))
        await _answer(turn)
    except Sorry as sorry:
        await turn.reply(sorry.card)
    except Refused as refused:
        await turn.reply(refusal(str(refused)))
    else:
        return "done"
    return "refused"


async def _answer(turn: Turn) -> None:
    match turn.delivery.act:
        case Command(text):
            await invite.command(turn, text)
        case Press(_, action, _):
            await act(turn, action)
        case ForgedPress():
            raise Sorry(refusal(FORGED, MY_MEETINGS, HELP))
        case Said() as said:
            await _say(turn, said)
        case HomeOpened():
            await look.home(turn)


async def _say(turn: Turn, said: Said) -> None:
    meant = await say.meaning(turn, said)
    if isinstance(meant, Action):
        await act(turn, meant)
    elif isinstance(meant, Command):
        await invite.command(turn, meant.text)
    else:
        await turn.reply(meant)


def _fits(handler: Handler, action: Action) -> bool:
    """Whether the button carries what this version's handler is called with."""
    try:
        signature(handler).bind(None, *action.args)
    except TypeError:
        return False
    return True


async def act(turn: Turn, action: Action) -> None:
    """Do what a button means."""
    handler = HANDLERS.get(action.verb)
    if handler is None or not _fits(handler, action):
        raise Sorry(refusal("That button is from another version of me; please start anew.", HELP))
    await handler(turn, *action.args)
