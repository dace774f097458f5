"""Help, the list of one's meetings, the ⋯ menu, and answers to what could not be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.views import words
from bot.views.meetings import Cast
from bot.views.words import HELP, MY_CALENDARS, MY_MEETINGS, SETTINGS, Eyes, limits, subtitle
from scheduling_core.actions import Action
from scheduling_core.availability import summarise
from scheduling_core.cards import Block, Button, Buttons, Card, Link, Text, line
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person, Rules

INVITE = Button("New invitation", Action("invite"), reply="invite")
CONTINUE = Button("Continue", Action("continue"), reply="continue")
MEETINGS_SHOWN = 20
NO_MEETINGS = "You have no meetings coming up and no open invitations."

ELSEWHERE = "To change it, please ask me where it was arranged."
"""Of a meeting of another workspace: its people may be the same, but nothing of it is changed from here."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A meeting as it stands in somebody's list.

    Attributes:
        may_withdraw: the reader invited to it.
        is_elsewhere: it belongs to a room of another workspace than the one the list is read in.
    """

    meeting: Meeting
    cast: Cast
    may_withdraw: bool
    is_elsewhere: bool = False


Rows = Sequence[Listed]


def help_card(command: str) -> Card:
    """Seven lines, each with the button that does the thing."""
    lines: tuple[tuple[str, Button | None], ...] = (
        (f"{command} @name 30 — ask somebody to meet for 30 minutes", INVITE),
        (f"{command} @name thu “Logo review” — with a day and a title", None),
        (f"{command} — go on where you left off, or see a preview before you send", CONTINUE),
        (f"{command} list — your meetings in all rooms, to move or cancel", MY_MEETINGS),
        (f"{command} settings — your hours, zone, notice and buffers", SETTINGS),
        (f"{command} link — let me see when your calendars are busy", MY_CALENDARS),
        ("2, more, none, yes or no — typed here, they do what the buttons do", None),
    )
    blocks: list[Block] = [line("What I can do", emphasis="strong")]
    for text, button in lines:
        blocks.append(line(text))
        blocks += [Buttons((button,))] if button else []
    return Card(tuple(blocks))


def unread(because: str, command: str, with_preview: bool = True) -> Card:
    """A helpful private answer to a line that could not be read."""
    example = line(f"For example: {command} @name 30 thu “Logo review”", emphasis="subtle")
    items = (INVITE, HELP) if with_preview else (HELP,)
    return Card((line(because), example, Buttons(items)))


def agenda(meetings: Rows, eyes: Eyes, reader: str) -> Card:
    """My meetings in all rooms, each with its buttons.

    Args:
        reader: person id of who asks.
    """
    if not meetings:
        return Card((line(NO_MEETINGS), Buttons((INVITE, HELP))))
    return Card((line("Your meetings", emphasis="strong"), *entries(meetings, eyes, reader)), (eyes.zone,))


def entries(meetings: Rows, eyes: Eyes, reader: str) -> Iterator[Block]:
    """The list itself, for at least one meeting; arguments as in `agenda`."""
    if eyes.own:
        yield line("Times are in your own time zone.", emphasis="subtle")
    for number, listed in enumerate(meetings[:MEETINGS_SHOWN], start=1):
        yield from _entry(number, listed.meeting, listed.cast, eyes, reader)
        if listed.is_elsewhere:
            yield line(ELSEWHERE, emphasis="subtle")
        if items := _items(listed):
            yield Buttons(tuple(_numbered(item, number) for item in items))
    if rest := len(meetings[MEETINGS_SHOWN:]):
        yield line(f"And {rest} more, later than these.", emphasis="subtle")


def _entry(number: int, meeting: Meeting, cast: Cast, eyes: Eyes, reader: str) -> Iterator[Block]:
    others = cast.mentions(*(p for p in meeting.participants if p != reader)) or ("everybody in the room",)
    if meeting.phase is Phase.INVITING:
        yield line(f"{number} · Open invitation with ", *others, emphasis="strong")
        yield subtitle(meeting.length, meeting.title)
        return
    start, length = meeting.span.start, meeting.length
    when = (eyes.span(start, length),) if eyes.own else eyes.shown_span(start, length)
    yield line(f"{number} · ", *when, " with ", *others, emphasis="strong")
    if meeting.title:
        yield line(meeting.title, emphasis="subtle")


def _items(listed: Listed) -> tuple[Button | Link, ...]:
    meeting, url = listed.meeting, listed.cast.join_url
    join = (Link("Join", url),) if url and meeting.phase is not Phase.INVITING else ()
    if listed.is_elsewhere:
        return join
    if meeting.phase is not Phase.INVITING:
        add = words.add_to_calendar(meeting.id)
        return add, *join, words.reschedule(meeting.id), words.cancel(meeting.id)
    return (words.withdraw(meeting.id, "Withdraw") if listed.may_withdraw else words.more_times(meeting.id),)


def _numbered(item: Button | Link, number: int) -> Button | Link:
    """The word of an entry's button carries its number: `cancel 1`."""
    return replace(item, reply=f"{item.reply} {number}") if isinstance(item, Button) else item


def home(meetings: Rows, eyes: Eyes, reader: Person, rules: Rules, command: str) -> Card:
    """The bot's own page: what is coming up, one's hours, and how to begin.

    Args:
        rules: of the reader, or the defaults until they are set up.
    """
    listed = entries(meetings, eyes, reader.id) if meetings else [line(NO_MEETINGS)]
    return Card(
        (
            line("Your meetings", emphasis="strong"),
            *listed,
            line("Your hours", emphasis="strong"),
            line(_hours(reader, rules)),
            Buttons((SETTINGS, HELP)),
            line(f"To ask somebody to meet, type {command} @name 30 in a room.", emphasis="subtle"),
        ),
        (eyes.zone,),
    )


def _hours(reader: Person, rules: Rules) -> str:
    """In one line; of somebody whose zone is not known, without one."""
    zone = rules.availability.zone if reader.rules or reader.zone else ""
    hours = summarise(rules.availability.weekly) or "no hours open"
    return ("" if reader.rules else "To begin with: ") + " · ".join(
        filter(None, [zone, hours, limits(rules)])
    )


def menu(meeting: Meeting, *, is_host: bool) -> Card:
    """What stands behind ⋯."""
    items: list[Button] = []
    if meeting.phase is Phase.INVITING and is_host:
        items.append(words.withdraw(meeting.id, "Withdraw invitation"))
    return Card((line("More"), Buttons((*items, MY_MEETINGS, SETTINGS, HELP))))


def which(cards: Sequence[Card]) -> Card:
    """More than one confirmation waits: each with its own button, so that none is meant by mistake."""
    blocks: list[Block] = [line("Which one do you mean?", emphasis="strong")]
    for number, card in enumerate(cards, start=1):
        first = next(block for block in card.blocks if isinstance(block, Text))
        blocks.append(replace(first, spans=(f"{number} · ", *first.spans), emphasis="plain"))
        (yes,) = (button for button in card.buttons() if button.reply == "yes")
        blocks.append(Buttons((replace(yes, label=f"{number}: {yes.label}", reply=str(number)),)))
    return Card(tuple(blocks), cards[0].zones)


def nothing_waits(word: str) -> Card:
    """An answer to a question that nobody asked."""
    return Card((line(f"Nothing here waits for “{word}” from you."), Buttons((INVITE, MY_MEETINGS, HELP))))
