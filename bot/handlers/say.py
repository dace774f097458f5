"""Plain words to the bot: every button has a word that does the same."""

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.handlers import said_numbers, wish_words
from bot.handlers.pick import instant
from bot.turn import Turn
from bot.views import changes, menus
from scheduling_core.actions import Action
from scheduling_core.cards import Card, TimePicker
from scheduling_core.deliveries import Command, Message, Said
from scheduling_core.meet_syntax import VERBS, Invite, Problem, Verb, parse
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.ports import Reading
from scheduling_core.refs import RoomRef

LOOK_BACK = 20
"""How many of the latest messages a word can answer."""

_MENTION = re.compile(r"^\s*@(?:parley|bot)\b[\s,:]*", re.IGNORECASE)
_NUMBER = re.compile(r"(?:number |no\. ?|#)?(\d{1,3})(?: please)?")
_QUOTE = re.compile('["“”]')
_ASKING = re.compile(
    r"^\s*(?:please\s+)?(?:find|book|schedule|arrange)\s+(?:(?:me|us)\s+)?(?:(?:a\s+)?time\s+)?",
    re.IGNORECASE,
)
_LINKING = re.compile(r"\b(?:with|for)\s+(?=[@\d])", re.IGNORECASE)
_SAME = {
    **dict.fromkeys(("ok", "okay", "confirm", "yes please", "y", "ja", "sim"), "yes"),
    **dict.fromkeys(("none fit", "none of these", "doesn't work", "doesn’t work", "doesnt work"), "none"),
    **dict.fromkeys(("more times", "other"), "more"),
    **dict.fromkeys(("n", "keep", "other time", "no thanks"), "no"),
}
_ANSWERS = ("yes", "no", "more", "none")


async def meaning(turn: Turn, said: Said) -> Action | Command | Card:
    """What the words mean: a button's action, a whole command, or a private answer that helps.

    A word that is a button's text twin counts for the message it replies to, else for the latest message
    the actor can see that has it; see `_nearest`. `yes` asks back when more than one question waits for it;
    for numbers see `said_numbers`. Days in words fill in the form of *None fit* while it is the latest card.
    """
    text = _MENTION.sub("", said.text)
    words = _words(text)
    turn.answered = None
    async with turn.office.store.read() as reading:
        nearest = await _nearest(turn, reading, said.reply_to)
        for messages, word in itertools.product(nearest, words):
            if having := _having(messages, word):
                return await _answered(turn, reading, having, word)
    if words[0] in VERBS:
        return Command(words[0])
    form = next((m for messages in nearest for m in messages if m.card), None)
    if form and (wish := _wish(turn, form, text)):
        return wish
    if _is_answer(words[-1]):
        return menus.nothing_waits(words[-1])
    return _other_words(turn, text)


def _having(messages: Sequence[Message], word: str) -> list[Message]:
    """Those whose card the word can answer, the latest first."""
    if word.isdecimal():
        meant = said_numbers.meant(messages, word)
        return [meant] if meant else []
    return [m for m in messages if m.card and m.card.reply(word)]


def is_answer_to(card: Card, text: str) -> bool:
    """Whether the words do what a button of the card does, or fill it in. A command does neither.

    A number is meant for the latest card that has any.
    """
    if any(map(str.isdecimal, _words(text))):
        return said_numbers.has_numbers(card)
    actions = filter(None, map(card.reply, _words(text)))
    if any(action.args or action.verb not in VERBS for action in actions):
        return True
    return wish_words.submission(card) is not None and wish_words.read(text, card) is not None


def _words(text: str) -> list[str]:
    """What was typed as a button's word: literally first, then what it is another way to say."""
    word = " ".join(text.lower().strip(" .!?").split())
    number = _NUMBER.fullmatch(word)
    return list(dict.fromkeys((word, number[1] if number else _SAME.get(word, word))))


async def _nearest(turn: Turn, reading: Reading, reply_to: str | None) -> list[list[Message]]:
    """What the words can answer, the nearest first.

    In the thread below a message, which a platform may call a reply to it, what was asked there last is meant
    rather than the message above, as it is in a room. Only the many numbers of a picker, which are hardly
    ever seen there, stand behind those above.
    """
    if reply_to is None:
        return [await _recent(turn, reading, turn.room)]
    shown = await reading.message(reply_to)
    if shown is None or not _may_see(turn, shown.message):
        return []
    asked = await _private(turn, reading, turn.room)
    if shown.message.room == turn.room:
        return [[shown.message], asked]
    questions = [message for message in asked if not _is_picker(message)]
    return [questions, [shown.message], asked, await _private(turn, reading, shown.message.room)]


def _is_picker(message: Message) -> bool:
    return message.card is not None and any(isinstance(block, TimePicker) for block in message.card.blocks)


async def _recent(turn: Turn, reading: Reading, room: RoomRef) -> list[Message]:
    return await reading.recent_messages(room, turn.actor.ref, LOOK_BACK)


async def _private(turn: Turn, reading: Reading, room: RoomRef) -> list[Message]:
    """What only the actor sees there, the latest first."""
    return [m for m in await _recent(turn, reading, room) if m.audience == turn.actor.ref]


def _may_see(turn: Turn, message: Message) -> bool:
    same_room = (message.room.workspace, message.room.room) == (turn.room.workspace, turn.room.room)
    return same_room and message.audience in (None, turn.actor.ref)


async def _answered(turn: Turn, reading: Reading, having: Sequence[Message], word: str) -> Action | Card:
    if word == "yes":
        having = await _still_asked(reading, having, turn.now)
        if len(having) > 1:
            return menus.which([m.card for m in having if m.card])
    if not having:
        return menus.nothing_waits(word)
    message, card = having[0], having[0].card
    if card and (entry := said_numbers.entry(card, word)):
        return entry
    action = _action(message, word)
    if card and said_numbers.needs_asking(card, word):
        return changes.move_to(action, instant(action.args[1]), turn.eyes(*card.zones[:1]), _reason(message))
    return _press(turn, message, action)


def _reason(message: Message) -> str:
    return wish_words.standing(message.card).get("reason", "") if message.card else ""


def _press(turn: Turn, message: Message, action: Action, inputs: Mapping[str, str] | None = None) -> Action:
    """As if the button had been pressed, with what stands in the card's fields.

    A word that is a whole command anywhere answers nothing: the card stays.
    """
    is_command = action.verb in VERBS and not action.args
    turn.answered = None if is_command else message.id
    turn.inputs = inputs or (wish_words.standing(message.card) if message.card else {})
    return action


def _wish(turn: Turn, message: Message, text: str) -> Action | None:
    """The days somebody could meet, said to the small form; without any day it comes back with an example."""
    submit = wish_words.submission(message.card) if message.card else None
    if submit is None or message.card is None:
        return None
    inputs = wish_words.read(text, message.card)
    if inputs is None and _is_another_matter(turn, text):
        return None
    return _press(turn, message, submit, inputs or {**wish_words.standing(message.card), "days": ""})


def _is_another_matter(turn: Turn, text: str) -> bool:
    """Whether the words are a command or an answer rather than a try at the form."""
    word = turn.office.settings.conversation.command
    if text.strip().lower().startswith(word) or _is_answer(_words(text)[-1]):
        return True
    match parse(text, word, turn.names()):
        case Verb():
            # "next thu" is about days here, not about one's meetings.
            return not text.strip().lower().startswith("next")
        case Invite(people):
            return bool(people)
    return False


def _is_answer(word: str) -> bool:
    return word in _ANSWERS or word.isdecimal()


async def _still_asked(reading: Reading, having: Sequence[Message], now: datetime) -> list[Message]:
    """Each question once, and none whose meeting went another way."""
    asked: dict[Action, Message] = {}
    for message in having:
        action = _action(message, "yes")
        if await _is_open(reading, action, now):
            asked.setdefault(action, message)
    return list(asked.values())


async def _is_open(reading: Reading, action: Action, now: datetime) -> bool:
    match action:
        case Action("confirm", (_, meeting_id, _)):
            meeting = await reading.meeting(meeting_id)
            return meeting is not None and meeting.phase is Phase.INVITING
        case Action("drop", (meeting_id, _)):
            meeting = await reading.meeting(meeting_id)
            return meeting is not None and meeting.phase is Phase.CONFIRMED
        case Action("agree", (meeting_id, sequence, _)):
            meeting = await reading.meeting(meeting_id)
            return meeting is not None and str(meeting.sequence) == sequence
        case Action("send", (draft_id,)):
            return await reading.draft_by_id(draft_id) is not None
        case Action("move", (meeting_id, minutes, *_)):
            meeting = await reading.meeting(meeting_id)
            return (
                meeting is not None and meeting.phase is Phase.CONFIRMED and meeting.start != instant(minutes)
            )
        case Action("undo", (meeting_id, sequence, *_)):
            meeting = await reading.meeting(meeting_id)
            return meeting is not None and str(meeting.sequence) == sequence and _can_be_undone(meeting, now)
        case Action("accept", (wish_id, minutes, *_)):
            wish = await reading.wish(wish_id)
            return wish is not None and instant(minutes) in wish.starts
    return True


def _can_be_undone(meeting: Meeting, now: datetime) -> bool:
    return meeting.undo is not None and now <= meeting.undo.until


def _action(message: Message, word: str) -> Action:
    action = message.card.reply(word) if message.card else None
    if action is None:
        raise LookupError(word)
    return action


def _other_words(turn: Turn, text: str) -> Command | Card:
    word = turn.office.settings.conversation.command
    if text.strip().lower().startswith(word):
        return Command(text.strip())
    text = _plainly(text)
    parsed = parse(text, word, turn.names())
    match parsed:
        case Problem(_, because):
            return menus.unread(because, turn.usage)
        case Verb():
            return Command(text)
        case Invite(people, length) if people or length:
            return Command(text)
    return menus.unread("I did not understand that.", turn.usage)


def _plainly(text: str) -> str:
    """`find 30 min with @guest “for 2”` as `30 min @guest “for 2”`: words that link others are no title."""
    said = _QUOTE.search(text)
    end = said.start() if said else len(text)
    return _LINKING.sub("", _ASKING.sub("", text[:end])) + text[end:]
