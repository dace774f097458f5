"""`Card` → blocks of a message, a modal, a home page. Pure; nothing here fails on a card that is too big.

Sources: https://docs.slack.dev/reference/block-kit and https://docs.slack.dev/surfaces/modals.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from adapters.chat.slack import inputs, mrkdwn
from adapters.chat.slack.inputs import plain
from adapters.chat.slack.names import (
    BUTTON,
    CARD,
    DAY,
    FORM,
    LINK,
    LOADING,
    TIME,
    Json,
    Where,
    block_id,
    input_part,
)
from scheduling_core.actions import Action, ActionCodec
from scheduling_core.card_text import plain_text
from scheduling_core.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Choice,
    ChoiceField,
    DateField,
    Link,
    Text,
    TextField,
    TimePicker,
    line,
)
from scheduling_core.deliveries import Message

MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_ACTIONS = 25
"""Elements in one `actions` block."""

MAX_LABEL = 75
MAX_URL = 3000
MAX_TITLE = 24
"""Of a modal's title, and of its two buttons."""

TITLE = "Scheduling"
"""Of a window whose card has no short heading."""

CLOSE, DONE = "Close", "Done"
WAIT = "One moment…"
GONE = "This is settled. You can close this window."
MORE = "There is more than fits here."
NOTHING_TO_CHOOSE = "nothing to choose from"


def message_blocks(message: Message, codec: ActionCodec) -> list[Json]:
    """The blocks of a message; none when it is taken away."""
    if message.card is None:
        return []
    # Slack may show a private message in the reader's own conversation with us: its blocks say whose it is.
    paper = _Paper(message, codec, names_room=message.audience is not None)
    return _fitting(paper, message.card.blocks, MAX_MESSAGE_BLOCKS)


def fallback_text(card: Card) -> str:
    """The `text` beside the blocks: for notifications, screen readers and clients that show no blocks."""
    return mrkdwn.cut(mrkdwn.literal_but_addresses(plain_text(card)), mrkdwn.MAX_TEXT)


def modal(message: Message, codec: ActionCodec) -> Json:
    """The card as a window; its main button becomes the window's own."""
    card = message.card or Card((line(GONE),))
    title, blocks = _titled(card.blocks)
    submit = main if (main := card.main()) and len(main.label) <= MAX_TITLE else None
    if submit and not _is_one_of_many(submit, card):
        blocks = [kept for block in blocks if (kept := _without(block, submit))]
    where = Where(message.id, message.room, codec.encode(submit.action, message.room) if submit else None)
    made = _fitting(_Paper(message, codec), blocks, MAX_VIEW_BLOCKS) or [_section(WAIT)]
    view = {**_window(title, made, CARD), "private_metadata": str(where)}
    if submit:
        view["submit"] = plain(submit.label, MAX_TITLE)
    elif any(block["type"] == "input" for block in made):
        # Slack opens no window with an input and without a submit button.
        view["submit"] = plain(DONE, MAX_TITLE)
    return view


def loading_modal() -> Json:
    """What stands in a window until its card is there."""
    return _window(TITLE, [_section(WAIT)], LOADING)


def note_modal(sentence: str) -> Json:
    """A window with one sentence and nothing to do."""
    return _window(TITLE, [_section(mrkdwn.literal(sentence))], LOADING)


def home(message: Message, codec: ActionCodec) -> Json:
    """The card as somebody's page of the bot."""
    blocks = message.card.blocks if message.card else ()
    return {
        "type": "home",
        "callback_id": CARD,
        "private_metadata": str(Where(message.id, message.room)),
        "blocks": _fitting(_Paper(message, codec), blocks, MAX_VIEW_BLOCKS) or [_section(WAIT)],
    }


def field_errors(card: Card, blocks: Mapping[str, str]) -> dict[str, str]:
    """Block id → sentence, for `response_action: errors`.

    Args:
        blocks: field id → block id in the window that was submitted, see `inbound.Draft.blocks`: the window
            stays as it is, so its ids count and not those the card would get now.
    """
    return {
        blocks[block.id]: block.problem
        for block in card.blocks
        if isinstance(block, TextField | ChoiceField | DateField) and block.problem and block.id in blocks
    }


def options(message: Message, action_id: str, typed: str, codec: ActionCodec) -> Json:
    """The answer to a `block_suggestion`: what one select of the message offers for what is typed so far."""
    return {"options": inputs.matching(_options_of(message, action_id, codec), typed)}


def _options_of(message: Message, action_id: str, codec: ActionCodec) -> list[Json]:
    paper = _Paper(message, codec)
    for block in message.card.blocks if message.card else ():
        match block:
            case ChoiceField() if block.id == action_id:
                return inputs.options(block.choices)
            case TimePicker() if action_id == DAY:
                return paper.days(block)
            case TimePicker() if action_id == TIME:
                return paper.times(block)
    return []


def _window(title: str, blocks: list[Json], callback_id: str) -> Json:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, MAX_TITLE),
        "close": plain(CLOSE, MAX_TITLE),
        "blocks": blocks,
    }


def _titled(blocks: Sequence[Block]) -> tuple[str, list[Block]]:
    """A short heading is the title of the window and stands there only."""
    match blocks:
        case [Text(spans=(str() as words,), emphasis="strong"), _, *_] if len(words.strip()) <= MAX_TITLE:
            return words, list(blocks[1:])
    return TITLE, list(blocks)


def _is_one_of_many(button: Button, card: Card) -> bool:
    """Whether it belongs in a row with its like, as the first of several times does."""
    return sum(other.action.verb == button.action.verb for other in card.buttons()) > 1


def _without(block: Block, button: Button) -> Block | None:
    if not isinstance(block, Buttons):
        return block
    rest = tuple(item for item in block.items if item is not button)
    return Buttons(rest) if rest else None


def _fitting(paper: "_Paper", blocks: Sequence[Block], most: int) -> list[Json]:
    """All of it; where that is too much, first the small print joins its section, then the end is cut."""
    made = list(paper.blocks(blocks))
    if len(made) > most:
        made = list(paper.blocks([_normal_print(block) for block in blocks]))
    if len(made) > most:
        return [*made[: most - 1], _context(MORE)]
    return made


def _normal_print(block: Block) -> Block:
    if isinstance(block, Text) and block.emphasis == "subtle":
        return replace(block, emphasis="plain")
    return block


def _is_subtle(block: Block) -> bool | None:
    return block.emphasis == "subtle" if isinstance(block, Text) else None


def _mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _section(text: str) -> Json:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(text: str) -> Json:
    return {"type": "context", "elements": [_mrkdwn(text)]}


@dataclass(frozen=True, slots=True)
class _Paper:
    """What blocks are written on: whose ids they carry, and whose signature their buttons."""

    message: Message
    codec: ActionCodec
    names_room: bool = False

    @property
    def zones(self) -> tuple[str, ...]:
        return self.message.card.zones if self.message.card else ()

    def blocks(self, blocks: Sequence[Block]) -> Iterator[Json]:
        pressed = 0
        for count, (part, made) in enumerate(self._parts(blocks)):
            for element in made.get("elements", ()):
                if element["type"] == "button":
                    element["action_id"] += str(pressed)
                    pressed += 1
            room = self.message.room if self.names_room else None
            yield {**made, "block_id": block_id(self.message.id, part or str(count), room)}

    def _parts(self, blocks: Sequence[Block]) -> Iterator[tuple[str, Json]]:
        """Each block with what names it in its id, "" where its place does."""
        for is_subtle, run in groupby(blocks, key=_is_subtle):
            if is_subtle is None:
                for block in run:
                    yield from self._part(block)
                continue
            written = (mrkdwn.line(text, self.zones) for text in run if isinstance(text, Text))
            for text in mrkdwn.joined([one for one in written if one]):
                yield "", _context(text) if is_subtle else _section(text)

    def _part(self, block: Block) -> Iterator[tuple[str, Json]]:
        match block:
            case Buttons(items):
                made = [one for item in items if (one := self._button(item))]
                for first in range(0, len(made), MAX_ACTIONS):
                    yield "", {"type": "actions", "elements": made[first : first + MAX_ACTIONS]}
            case TimePicker():
                yield from self._picker(block)
            case TextField() | ChoiceField() | DateField():
                yield from self._field(block)

    def _button(self, item: Button | Link) -> Json | None:
        """Its action_id still lacks its number; None where Slack could not take it."""
        label = plain(item.label, MAX_LABEL)
        if isinstance(item, Link):
            made = {"type": "button", "text": label, "url": item.url, "action_id": LINK}
            return made if len(item.url) <= MAX_URL else None
        style = {} if item.style == "plain" else {"style": item.style}
        kind = FORM if item.opens_form else BUTTON
        value = self._encoded(item.action)
        return {"type": "button", "text": label, "value": value, "action_id": kind, **style}

    def _encoded(self, action: Action) -> str:
        return self.codec.encode(action, self.message.room)

    def _field(self, field: TextField | ChoiceField | DateField) -> Iterator[tuple[str, Json]]:
        made = inputs.input_block(field)
        if made is None:
            yield "", _context(mrkdwn.literal(f"{field.label}: {NOTHING_TO_CHOOSE}"))
            return
        yield input_part(field.id, inputs.tag(field)), made
        if field.problem:
            yield "", _context(mrkdwn.line(line(f"⚠ {field.problem}"), ()))

    def _picker(self, picker: TimePicker) -> Iterator[tuple[str, Json]]:
        """Two selects; their block ids carry the day, so that Slack forgets what was chosen on another."""
        if picker.problem:
            yield "", _section(mrkdwn.line(line(picker.problem), ()))
        first = picker.shown[0]
        days, times = self.days(picker), self.times(picker)
        turned = self._encoded(picker.day_button(first.label, first.day).action)
        chosen = next((one for one in days if one["value"] == turned), None)
        initial = {"initial_option": chosen} if chosen else {}
        if days:
            yield f"{DAY}.{first.day}", _menu("Day", DAY, "Pick a day", {**inputs.select(days), **initial})
        if times:
            where = mrkdwn.literal(f"Time on {first.label}")
            yield f"{TIME}.{first.day}", _menu(where, TIME, "Pick a time", inputs.select(times))
        count = next((day.count for day in picker.days if day.day == first.day), len(times))
        ways = [way for way in (picker.earlier, picker.later) if way] if count > len(times) else []
        yield from self._part(Buttons(tuple(ways)))

    def days(self, picker: TimePicker) -> list[Json]:
        """One option per day, with how much is free."""
        return inputs.options(
            Choice(f"{day.label} ({day.count})", self._encoded(picker.day_button(day.label, day.day).action))
            for day in picker.days
        )

    def times(self, picker: TimePicker) -> list[Json]:
        """The times of the chosen day, all its parts that are on the page."""
        same_day = [part for part in picker.shown if part.day == picker.shown[0].day]
        return inputs.options(
            Choice(button.label, self._encoded(button.action)) for part in same_day for button in part.times
        )


def _menu(words: str, action_id: str, placeholder: str, select: Json) -> Json:
    """A select beside its words: choosing in it is sent at once, and needs no submit button."""
    element = {**select, "action_id": action_id, "placeholder": plain(placeholder, inputs.MAX_PLACEHOLDER)}
    return {**_section(words), "accessory": element}
