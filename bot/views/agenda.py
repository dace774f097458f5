"""The list of what concerns somebody: questions that wait for them, and their meetings, page by page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.views import changes_there, words
from bot.views.meetings import Cast
from bot.views.words import HELP, INVITE, Eyes, epoch_minutes, subtitle, who
from scheduling_core.actions import Action
from scheduling_core.cards import Block, Button, Buttons, Card, Link, Mention, Span, Text, When, line
from scheduling_core.meeting import Meeting, Phase, Wish
from scheduling_core.people import Person

NO_MEETINGS = "You have no meetings coming up and no open invitations."

ELSEWHERE = "To change it, please ask me where it was arranged."
"""Of a meeting of another workspace: its people may be the same, but nothing of it is changed from here."""

MOST_ENTRIES: Final = 20
MOST_BLOCKS: Final = 40
"""Of a page; a message of Slack's holds 50, with what stands around the list."""
MOST_PARTS: Final = 33
"""A message of Discord's holds 40 components."""
MOST_CHARACTERS: Final = 3300
"""A message of Discord's holds 4000."""
_MENTION_CHARACTERS: Final = 25
_LETTERS = ("", "b", "c")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a guest that waits for the reader's word, as it stands in their list.

    Attributes:
        is_elsewhere: as in `Listed`.
    """

    wish: Wish
    meeting: Meeting
    guest: Person
    is_elsewhere: bool = False

    @property
    def key(self) -> str:
        """Names the entry in a button."""
        return self.wish.id


@dataclass(frozen=True, slots=True)
class MovedThere:
    """Whether the reader takes a time that another gave their meeting in a calendar.

    Attributes:
        question: id of the card that asks it.
        is_elsewhere: as in `Listed`.
    """

    question: str
    meeting: Meeting
    mover: Person
    start: datetime
    is_elsewhere: bool = False

    @property
    def key(self) -> str:
        """Names the entry in a button."""
        return self.question


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

    @property
    def key(self) -> str:
        """Names the entry in a button."""
        return self.meeting.id


Entry = Asked | MovedThere | Listed
Rows = Sequence[Entry]


def agenda(rows: Rows, eyes: Eyes, reader: str, since: str = "") -> Card:
    """My meetings in all rooms, each with its buttons, and above them the questions that wait for me.

    Args:
        reader: person id of who asks.
        since: key of the entry that the page begins with; where that is gone, the first page is shown.
    """
    if not rows:
        return Card((line(NO_MEETINGS), Buttons((INVITE, HELP))))
    return Card((line("Your meetings", emphasis="strong"), *entries(rows, eyes, reader, since)), (eyes.zone,))


def entries(rows: Rows, eyes: Eyes, reader: str, since: str = "") -> Iterator[Block]:
    """A page of the list, for at least one entry; arguments as in `agenda`."""
    if eyes.own:
        yield line("Times are in your own time zone.", emphasis="subtle")
    first = next((place for place, row in enumerate(rows) if row.key == since), 0)
    shown = _page(rows[first:], lambda place, row: tuple(_entry(first + place + 1, row, eyes, reader)))
    for blocks in shown:
        yield from blocks
    rest = rows[first + len(shown) :]
    if rest:
        yield line(f"And {len(rest)} more, later than these.", emphasis="subtle")
    more = (Button("More", Action("list", (rest[0].key,)), reply="more"),) if rest else ()
    back = (Button("From the start", Action("list"), reply="list"),) if first else ()
    if more or back:
        yield Buttons((*more, *back))


def _page(rows: Rows, made: Callable[[int, Entry], tuple[Block, ...]]) -> list[tuple[Block, ...]]:
    """As many as fit, at least one."""
    page: list[tuple[Block, ...]] = []
    for place, row in enumerate(rows[:MOST_ENTRIES]):
        blocks = made(place, row)
        whole = [block for entry in (*page, blocks) for block in entry]
        if page and not _fits(whole):
            break
        page.append(blocks)
    return page


def _fits(blocks: Sequence[Block]) -> bool:
    parts, characters = sum(map(_parts, blocks)), sum(map(_characters, blocks))
    return len(blocks) <= MOST_BLOCKS and parts <= MOST_PARTS and characters <= MOST_CHARACTERS


def _parts(block: Block) -> int:
    """What it is on a platform that counts all that stands inside: lines below each other are one text."""
    if isinstance(block, Text):
        return 1 if block.emphasis == "strong" else 0
    buttons = [one for one in block.items if isinstance(one, Button)] if isinstance(block, Buttons) else []
    # Several stand in one menu there, and links beside them in the text.
    is_menu = len(buttons) > 1 and all(one.style == "plain" for one in buttons)
    return 2 if is_menu else 1 + len(block.items) if isinstance(block, Buttons) else 1


def _characters(block: Block) -> int:
    match block:
        case Text(spans):
            return sum(_MENTION_CHARACTERS if isinstance(s, Mention | When) else len(s) for s in spans) + 4
        case Buttons(items):
            return sum(len(one.url) + len(one.label) + 5 for one in items if isinstance(one, Link))
    return 0


def _entry(number: int, row: Entry, eyes: Eyes, reader: str) -> Iterator[Block]:
    match row:
        case Asked():
            yield from _question(number, row)
            items: tuple[Button | Link, ...] = () if row.is_elsewhere else _answers(row.wish, eyes, number)
        case MovedThere(_, meeting, _, start):
            yield from _moved_there(number, row, eyes)
            items = () if row.is_elsewhere else _numbered_all(changes_there.answers(meeting, start), number)
        case Listed(meeting, cast):
            yield from _meeting(number, meeting, cast, eyes, reader)
            items = _numbered_all(_items(row), number)
    if row.is_elsewhere:
        yield line(ELSEWHERE, emphasis="subtle")
    if items:
        yield Buttons(items)


def _question(number: int, asked: Asked) -> Iterator[Block]:
    meeting, note = asked.meeting, asked.wish.note
    if asked.wish.starts:
        head = (who(asked.guest), " asks for a time that needs your word")
    else:
        head = (who(asked.guest), " asked for a time; you accepted, but it was taken")
    yield line(f"{number} · ", *head, emphasis="strong")
    yield subtitle(meeting.length, meeting.title)
    if note:
        yield line(who(asked.guest), f" writes: {note}")


def _moved_there(number: int, asked: MovedThere, eyes: Eyes) -> Iterator[Block]:
    meeting = asked.meeting
    there = " moved your meeting in their calendar to "
    yield line(f"{number} · ", who(asked.mover), there, *_when(asked.start, meeting, eyes), emphasis="strong")
    yield subtitle(meeting.length, meeting.title)
    yield line("Until you take it, it stays at ", *_when(meeting.span.start, meeting, eyes), ".")


def _when(start: datetime, meeting: Meeting, eyes: Eyes) -> tuple[Span, ...]:
    return (eyes.span(start, meeting.length),) if eyes.own else eyes.shown_span(start, meeting.length)


def _answers(wish: Wish, eyes: Eyes, number: int) -> tuple[Button, ...]:
    accept = tuple(
        Button(
            f"Accept {eyes.moment(start)}",
            Action("accept", (wish.id, epoch_minutes(start))),
            reply=f"accept {number}{letter}",
        )
        for start, letter in zip(wish.starts, _LETTERS, strict=False)
    )
    others = Button("Offer other times", Action("others", (wish.id,)), reply=f"other {number}")
    no = Button("No", Action("decline", (wish.id,)), reply=f"no {number}")
    dismiss = replace(no, label="Dismiss", reply=f"dismiss {number}")
    return *accept, others, no if wish.starts else dismiss


def _meeting(number: int, meeting: Meeting, cast: Cast, eyes: Eyes, reader: str) -> Iterator[Block]:
    others = cast.mentions(*(p for p in meeting.participants if p != reader)) or ("everybody in the room",)
    if meeting.phase is Phase.INVITING:
        yield line(f"{number} · Open invitation with ", *others, emphasis="strong")
        yield subtitle(meeting.length, meeting.title)
        return
    yield line(
        f"{number} · ", *_when(meeting.span.start, meeting, eyes), " with ", *others, emphasis="strong"
    )
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


def _numbered_all(items: Sequence[Button | Link], number: int) -> tuple[Button | Link, ...]:
    return tuple(_numbered(item, number) for item in items)


def _numbered(item: Button | Link, number: int) -> Button | Link:
    """The word of an entry's button carries its number: `cancel 1`."""
    return replace(item, reply=f"{item.reply} {number}") if isinstance(item, Button) else item
