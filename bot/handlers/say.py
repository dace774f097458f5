"""Plain words to the bot: every button has a word that does the same."""

import re
from collections.abc import Sequence

from bot.turn import Turn
from bot.views import menus
from scheduling_core.actions import Action
from scheduling_core.cards import Card
from scheduling_core.deliveries import Command, Message, Said
from scheduling_core.meet_syntax import VERBS, Invite, parse
from scheduling_core.ports import Reading

LOOK_BACK = 20
"""How many of the latest messages a word can answer."""

_MENTION = re.compile(r"^\s*@(?:parley|bot)\b[\s,:]*", re.IGNORECASE)
_SAME = {
    **dict.fromkeys(("ok", "okay", "confirm", "yes please", "y"), "yes"),
    **dict.fromkeys(("none fit", "none of these", "doesn't work", "doesnt work"), "none"),
    **dict.fromkeys(("more times", "other"), "more"),
    **dict.fromkeys(("n", "keep"), "no"),
}


async def meaning(turn: Turn, said: Said) -> Action | Command | Card:
    """What the words mean: a button's action, a whole command, or a private answer that helps.

    A word that is a button's text twin counts for the message it replies to, else for the latest message
    the actor can see that has it. `yes` never confirms when two confirmations are waiting.
    """
    word = _word(said.text)
    async with turn.office.store.read() as reading:
        having = await _messages_with(turn, reading, word, said.reply_to)
    if having:
        return _answered(turn, having, word)
    if word in VERBS:
        return Command(word)
    return _other_words(turn, _MENTION.sub("", said.text))


def _word(text: str) -> str:
    word = " ".join(_MENTION.sub("", text).lower().strip(" .!?").split())
    return _SAME.get(word, word)


async def _messages_with(turn: Turn, reading: Reading, word: str, reply_to: str | None) -> list[Message]:
    if reply_to is not None:
        shown = await reading.message(reply_to)
        messages = [shown.message] if shown and _may_see(turn, shown.message) else []
    else:
        messages = await reading.recent_messages(turn.room, turn.actor.ref, LOOK_BACK)
    return [m for m in messages if m.card is not None and m.card.reply(word) is not None]


def _may_see(turn: Turn, message: Message) -> bool:
    same_room = (message.room.workspace, message.room.room) == (turn.room.workspace, turn.room.room)
    return same_room and message.audience in (None, turn.actor.ref)


def _answered(turn: Turn, having: Sequence[Message], word: str) -> Action | Card:
    waiting = [m for m in having if _action(m, word).verb == "confirm"]
    if len(waiting) > 1:
        return menus.which([m.card for m in waiting if m.card])
    turn.pressed = having[0].id
    return _action(having[0], word)


def _action(message: Message, word: str) -> Action:
    action = message.card.reply(word) if message.card else None
    if action is None:
        raise LookupError(word)
    return action


def _other_words(turn: Turn, text: str) -> Command | Card:
    word = turn.office.settings.conversation.command
    if text.strip().lower().startswith(word):
        return Command(text.strip())
    parsed = parse(text, word, turn.names())
    if isinstance(parsed, Invite) and (parsed.people or parsed.length):
        return Command(text)
    return menus.unread("I did not understand that.", word)
