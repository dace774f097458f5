"""`Card` → the components of a message and of a modal. Pure; nothing here fails on a card that is too big.

Messages are made of components v2: text stands between the buttons it belongs to, mentions in it notify, and
40 components hold more than five rows do. Sources: "Component Reference" and "Using Message Components" of
Discord's documentation.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adapters.chat.discord import inputs, markdown, picker
from adapters.chat.discord.inputs import ROW
from adapters.chat.discord.markdown import cut_plain
from adapters.chat.discord.names import (
    FORM,
    MODAL,
    PRESS,
    SELECT,
    THEN,
    Json,
    custom_id,
    is_person,
)
from scheduling_core.actions import Action, ActionCodec
from scheduling_core.card_text import NOT_SET, plain_text
from scheduling_core.cards import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Card,
    Choice,
    ChoiceField,
    DateField,
    Link,
    Mention,
    Text,
    TextField,
    TimePicker,
    line,
)
from scheduling_core.deliveries import Message

BUTTON, TEXT, CONTAINER = 2, 10, 17
"""Types of components; see also `inputs`."""

IS_COMPONENTS_V2 = 1 << 15
"""A flag of a message; it can be added to one that is edited, and never be taken away."""

MAX_COMPONENTS = 40
"""Of a message, those inside others counted."""
MAX_CHARACTERS = 4000
"""Of all texts of a message together."""
MAX_CONTENT = 2000
MAX_ROW = 5
MAX_LABEL = 80
MAX_URL = 512
MAX_LINK = 2000
"""Ours: of an address in the text."""
MAX_MENTIONS = 100
MAX_FIELDS = 5
"""Components of a modal."""
MAX_TITLE = 45

TITLE = "Scheduling"
GONE = "This is settled."
MORE = "There is more than fits here."
NOTHING_TO_CHOOSE = "nothing to choose from"
FILL_IN = "Fill in…"
THEN_LABEL, CHOOSE = "And then", "Choose…"

_STYLES: dict[ButtonStyle, int] = {"primary": 1, "plain": 2, "danger": 4}
_LINK = 5
_WEB = re.compile(r"https?://\S+")

Part = str | tuple[Json, ...]
"""A line of text, or what stands side by side."""


def message(message: Message, codec: ActionCodec) -> Json:
    """The body of a message that is sent or edited; for one that is taken away, a word in its place."""
    blocks = message.card.blocks if message.card else (line(GONE, emphasis="subtle"),)
    is_public = message.audience is None
    made = _fitting(message, codec, blocks, MAX_COMPONENTS - is_public)
    return {
        "flags": IS_COMPONENTS_V2,
        "components": [{"type": CONTAINER, "components": made}] if is_public else made,
        "allowed_mentions": {"parse": [], "users": _notified(blocks) if is_public else []},
    }


def note(sentence: str) -> Json:
    """A message with one sentence and nothing to do."""
    words = markdown.plain_line(sentence) or GONE
    return {"flags": IS_COMPONENTS_V2, "components": [_text(words)], "allowed_mentions": {"parse": []}}


def fallback(card: Card) -> str:
    """The card as the `content` of an ordinary message, where no components are shown."""
    return markdown.cut(markdown.literal(plain_text(card)), MAX_CONTENT) or GONE


def groups(card: Card) -> list[tuple[TextField | DateField, ...]]:
    """The fields that are typed, as many together as one modal holds; each group has a button."""
    typed = [block for block in card.blocks if isinstance(block, TextField | DateField)]
    size = MAX_FIELDS - 1 if len(_submits(card)) > 1 else MAX_FIELDS
    return [tuple(typed[first : first + size]) for first in range(0, len(typed), size)]


def modal(message: Message, group: int, codec: ActionCodec) -> Json:
    """The `data` of a modal with one group of fields of the card.

    Sending it presses the card's main button; where the card has several of its kind (times, say), the modal
    asks which.

    Raises:
        LookupError: the card is taken away or has no such group any more.
    """
    card = message.card or Card(())
    fields = groups(card)[group]
    submits = _submits(card)
    encoded = [codec.encode(button.action, message.room) for button in submits]
    action = encoded[0] if len(encoded) == 1 else ""
    made = [inputs.labelled_input(one) for one in _each_once(fields)]
    if len(encoded) > 1:
        choices = map(Choice, (button.label for button in submits), encoded)
        made.append(inputs.labelled_menu(THEN_LABEL, THEN, inputs.options(choices)))
    name = custom_id(MODAL, message.id, str(group), action) or f"{MODAL}|{message.id}|{group}|"
    title = submits[0].label if action else _heading(card)
    return {"custom_id": name, "title": cut_plain(title, MAX_TITLE), "components": made}


def _submits(card: Card) -> tuple[Button, ...]:
    """What sending a modal can press: the main button, or one of its kind."""
    main = card.main()
    if main:
        return tuple(one for one in card.buttons() if one.action.verb == main.action.verb)
    pickers = (block for block in card.blocks if isinstance(block, TimePicker))
    shown = next((picker.times(one) for one in pickers), ())
    return (shown or tuple(card.buttons()))[: inputs.MAX_OPTIONS]


def _each_once(fields: Sequence[TextField | DateField]) -> list[TextField | DateField]:
    return list({one.id: one for one in fields}.values())


def _heading(card: Card) -> str:
    """The first line of the card, if it is plain words."""
    match card.blocks:
        case [Text(spans=(str() as words,)), *_]:
            return words if words.strip() else TITLE
    return TITLE


def _notified(blocks: Sequence[Block]) -> list[str]:
    spans = (span for block in blocks if isinstance(block, Text) for span in block.spans)
    people = (span.account for span in spans if isinstance(span, Mention) and is_person(span.account))
    return list(dict.fromkeys(people))[:MAX_MENTIONS]


def _text(words: str) -> Json:
    return {"type": TEXT, "content": words}


def _fitting(message: Message, codec: ActionCodec, blocks: Sequence[Block], most: int) -> list[Json]:
    """All of it; where that is too much, first rows of buttons become menus, then the end is cut."""
    for is_dense in (False, True):
        parts = list(_Paper(message, codec, is_dense).parts(blocks))
        page = _Page(most, MAX_CHARACTERS)
        if all(map(page.take, parts)):
            return page.components or [_text(markdown.ELLIPSIS)]
    # The last line may need a text of its own.
    page = _Page(most - 1, MAX_CHARACTERS - len(MORE) - 4)
    all(map(page.take, parts))
    return [*page.components, _text(f"-# {MORE}")]


@dataclass(slots=True)
class _Page:
    """What stands on a message so far, and how much room is left."""

    most_components: int
    most_characters: int
    components: list[Json] = field(default_factory=list)

    def take(self, part: Part) -> bool:
        """Put it below the rest; False, and nothing done, where there is no room for it."""
        if not isinstance(part, str):
            return self._place({"type": ROW, "components": list(part)}, 1 + len(part), 0)
        last = self.components[-1] if self.components else {}
        if last.get("type") != TEXT:
            return self._place(_text(part), 1, len(part))
        if not self._spend(0, 1 + len(part)):
            return False
        last["content"] += f"\n{part}"
        return True

    def _place(self, component: Json, components: int, characters: int) -> bool:
        has_room = self._spend(components, characters)
        if has_room:
            self.components.append(component)
        return has_room

    def _spend(self, components: int, characters: int) -> bool:
        has_room = components <= self.most_components and characters <= self.most_characters
        if has_room:
            self.most_components -= components
            self.most_characters -= characters
        return has_room


@dataclass(slots=True)
class _Paper:
    """What parts are written on: whose ids they carry, and whose signature their buttons.

    Attributes:
        is_dense: rows of plain buttons are menus.
    """

    message: Message
    codec: ActionCodec
    is_dense: bool = False
    _used: Counter[str] = field(default_factory=Counter)
    _typed: int = 0

    def parts(self, blocks: Sequence[Block]) -> Iterator[Part]:
        """All blocks, top to bottom; empty lines left out."""
        filled = groups(Card(tuple(blocks)))
        for block in blocks:
            for part in self._part(block, filled):
                if part:
                    yield part

    def _part(self, block: Block, filled: list[tuple[TextField | DateField, ...]]) -> Iterator[Part]:
        match block:
            case Text():
                yield markdown.line(block)
            case Buttons(items):
                yield from self._row(items)
            case TimePicker():
                yield from self._picker(block)
            case ChoiceField():
                yield from self._choice(block)
            case TextField() | DateField():
                yield from _said(block)
                yield from self._fill_button(filled)

    def _row(self, items: Sequence[Button | Link]) -> Iterator[Part]:
        """Rows of five; an address that no button can hold stands in the text."""
        links = [one for one in items if isinstance(one, Link)]
        buttons = [one for one in items if isinstance(one, Button)]
        if self.is_dense and len(buttons) > 1 and all(one.style == "plain" for one in buttons):
            yield from map(_link_line, links)
            yield from self._menus(buttons)
            return
        yield from (_link_line(one) for one in links if not _fits_a_button(one))
        made = [self._button(one) for one in items if isinstance(one, Button) or _fits_a_button(one)]
        for first in range(0, len(made), MAX_ROW):
            yield tuple(made[first : first + MAX_ROW])

    def _menus(self, buttons: Sequence[Button]) -> Iterator[Part]:
        made = inputs.options(Choice(one.label, self._encoded(one.action)) for one in buttons)
        for first in range(0, len(made), inputs.MAX_OPTIONS):
            part = made[first : first + inputs.MAX_OPTIONS]
            yield (inputs.menu(self._named(SELECT, "row"), part, CHOOSE),)

    def _button(self, item: Button | Link) -> Json:
        label = cut_plain(item.label, MAX_LABEL)
        if isinstance(item, Link):
            return {"type": BUTTON, "style": _LINK, "label": label, "url": item.url}
        name = self._named(PRESS, self._encoded(item.action))
        return {"type": BUTTON, "style": _STYLES[item.style], "label": label, "custom_id": name}

    def _named(self, kind: str, part: str) -> str:
        """A custom id that no other component of the message has."""
        count = self._used[kind + part]
        self._used[kind + part] += 1
        parts = (part, str(count)) if count else (part,)
        return custom_id(kind, self.message.id, *parts) or "|".join((kind, "", *parts))

    def _encoded(self, action: Action) -> str:
        return self.codec.encode(action, self.message.room)

    def _picker(self, block: TimePicker) -> Iterator[Part]:
        zones = self.message.card.zones if self.message.card else ()
        yield from picker.heading(block)
        for one in picker.menus(block, zones, self.message.id, self._encoded):
            yield (one,)
        yield from self._row(picker.ways(block))

    def _choice(self, block: ChoiceField) -> Iterator[Part]:
        made = list(inputs.selects(block, self.message.id))
        yield markdown.plain_line(block.label if made else f"{block.label}: {NOTHING_TO_CHOOSE}")
        yield from _problem(block.problem)
        for one in made:
            yield (one,)

    def _fill_button(self, filled: list[tuple[TextField | DateField, ...]]) -> Iterator[Part]:
        """Below the last field of each group."""
        self._typed += 1
        ends = [sum(map(len, filled[: number + 1])) for number in range(len(filled))]
        if self._typed not in ends:
            return
        number = ends.index(self._typed)
        label = FILL_IN if len(filled) == 1 else _from_to(filled[number])
        name = self._named(FORM, str(number))
        yield ({"type": BUTTON, "style": 2, "label": cut_plain(label, MAX_LABEL), "custom_id": name},)


def _said(field: TextField | DateField) -> Iterator[str]:
    yield markdown.plain_line(f"{field.label}: {field.value or NOT_SET}")
    yield from _problem(field.problem)


def _problem(sentence: str) -> Iterator[str]:
    if sentence:
        yield markdown.plain_line(f"⚠ {sentence}")


def _from_to(fields: Sequence[TextField | DateField]) -> str:
    """`Fill in Monday – Friday…`: the short names of the first and the last."""
    first, last = (one.label.partition(" — ")[0] for one in (fields[0], fields[-1]))
    return f"Fill in {first} – {last}…" if first != last else f"Fill in {first}…"


def _fits_a_button(link: Link) -> bool:
    return len(link.url) <= MAX_URL and bool(_WEB.fullmatch(link.url))


def _link_line(link: Link) -> str:
    is_web = _WEB.fullmatch(link.url) is not None
    made = markdown.link(link.label, link.url) if is_web else markdown.plain_line(f"{link.label}: {link.url}")
    return made if len(made) <= MAX_LINK else ""
