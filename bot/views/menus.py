"""Help, the list of one's meetings, the ⋯ menu, and answers to what could not be read."""

from collections.abc import Sequence
from dataclasses import replace

from bot.views.meetings import Cast
from bot.views.words import HELP, MY_MEETINGS, SETTINGS, Eyes, subtitle
from scheduling_core.actions import Action
from scheduling_core.cards import Block, Button, Buttons, ButtonStyle, Card, Link, Text, line
from scheduling_core.meeting import Meeting, Phase

INVITE = Button("New invitation", Action("invite"), reply="invite")
CONTINUE = Button("Continue", Action("continue"), reply="continue")
MEETINGS_SHOWN = 20


def help_card(command: str) -> Card:
    """Six lines, each with the button that does the thing."""
    lines: tuple[tuple[str, Button | None], ...] = (
        (f"{command} @name 30 — ask somebody to meet for 30 minutes", INVITE),
        (f"{command} @name thu “Logo review” — with a day and a title", None),
        (f"{command} — go on where you left off, or see a preview before you send", CONTINUE),
        (f"{command} list — your meetings in all rooms, to move or cancel", MY_MEETINGS),
        (f"{command} settings — your hours, zone, notice and buffers", SETTINGS),
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


def agenda(meetings: Sequence[tuple[Meeting, Cast, bool]], eyes: Eyes, reader: str) -> Card:
    """My meetings in all rooms, each with its buttons.

    Args:
        meetings: with their people, and whether the reader may withdraw it.
        reader: person id of who asks.
    """
    if not meetings:
        return Card(
            (line("You have no meetings coming up and no open invitations."), Buttons((INVITE, HELP)))
        )
    blocks: list[Block] = [
        line("Your meetings", emphasis="strong"),
        line(f"Times are {eyes.in_whose}.", emphasis="subtle"),
    ]
    for number, (meeting, cast, may_withdraw) in enumerate(meetings[:MEETINGS_SHOWN], start=1):
        blocks += _entry(number, meeting, cast, eyes, reader, may_withdraw)
    if rest := len(meetings[MEETINGS_SHOWN:]):
        blocks.append(line(f"And {rest} more, later than these.", emphasis="subtle"))
    return Card(tuple(blocks), (eyes.zone,))


def _entry(
    number: int, meeting: Meeting, cast: Cast, eyes: Eyes, reader: str, may_withdraw: bool
) -> list[Block]:
    """One meeting; the words of its buttons carry its number, `cancel 1`."""

    def button(label: str, verb: str, style: ButtonStyle = "plain") -> Button:
        return Button(label, Action(verb, (meeting.id,)), style, f"{verb} {number}")

    others = cast.names(*(p for p in meeting.participants if p != reader)) or "everybody in the room"
    if meeting.phase is Phase.INVITING:
        return [
            line(f"{number} · Open invitation with {others}", emphasis="strong"),
            subtitle(meeting.length, meeting.title),
            Buttons(
                (button("Withdraw", "withdraw", "danger") if may_withdraw else button("More times", "more"),)
            ),
        ]
    join = (Link("Join", cast.join_url),) if cast.join_url else ()
    return [
        line(f"{number} · {eyes.span(meeting.span.start, meeting.length)} with {others}", emphasis="strong"),
        *([line(meeting.title, emphasis="subtle")] if meeting.title else []),
        Buttons(
            (
                button("Add to calendar", "add"),
                *join,
                button("Reschedule", "reschedule"),
                button("Cancel", "cancel"),
            )
        ),
    ]


def menu(meeting: Meeting, *, is_host: bool) -> Card:
    """What stands behind ⋯."""
    items: list[Button] = []
    if meeting.phase is Phase.INVITING and is_host:
        items.append(Button("Withdraw invitation", Action("withdraw", (meeting.id,)), "danger", "withdraw"))
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
