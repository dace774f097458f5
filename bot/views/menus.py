"""Help, the bot's own page, the ⋯ menu, and answers to what could not be read."""

from collections.abc import Sequence
from dataclasses import replace

from bot.usage import Usage
from bot.views import agenda, words
from bot.views.words import HELP, INVITE, MY_CALENDARS, MY_MEETINGS, SETTINGS, Eyes, limits
from scheduling_core.actions import Action
from scheduling_core.availability import summarise
from scheduling_core.cards import Block, Button, Buttons, Card, Text, line
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person, Rules

SAID_TO_ME = "2, more, none, yes or no — said to me, they do what the buttons do"
CONTINUE = Button("Continue", Action("continue"), reply="continue")


def help_card(usage: Usage) -> Card:
    """A line for each thing, with the button that does it; nothing that this platform does not hear."""
    lines: tuple[tuple[str, Button | None], ...] = (
        (f"{usage.invite('30')} — ask somebody to meet for 30 minutes", INVITE),
        (f"{usage.invite('thu “Logo review”')} — with a day and a title", None),
        (f"{usage.word} — go on where you left off, or see a preview before you send", CONTINUE),
        (f"{usage.verb('list')} — your meetings in all rooms, to move or cancel", MY_MEETINGS),
        (f"{usage.verb('settings')} — your hours, zone, notice and buffers", SETTINGS),
        (f"{usage.verb('link')} — let me see when your calendars are busy", MY_CALENDARS),
        *([(SAID_TO_ME, None)] if usage.hears_words else []),
    )
    blocks: list[Block] = [line("What I can do", emphasis="strong")]
    for text, button in lines:
        blocks.append(line(text))
        blocks += [Buttons((button,))] if button else []
    return Card(tuple(blocks))


def unread(because: str, usage: Usage, with_preview: bool = True) -> Card:
    """A helpful private answer to a line that could not be read."""
    example = line(f"For example: {usage.invite('30 thu “Logo review”')}", emphasis="subtle")
    items = (INVITE, HELP) if with_preview else (HELP,)
    return Card((line(because), example, Buttons(items)))


def nobody_here(usage: Usage) -> Card:
    """An invitation from a room that has nobody to invite."""
    how = line(f"Type {usage.invite('30')} in a room that you share with them.", emphasis="subtle")
    return Card((line("There is nobody else here to meet."), how, Buttons((MY_MEETINGS, HELP))))


def home(meetings: agenda.Rows, eyes: Eyes, reader: Person, rules: Rules, usage: Usage) -> Card:
    """The bot's own page: what is coming up, one's hours, and how to begin.

    Args:
        rules: of the reader, or the defaults until they are set up.
    """
    listed = agenda.entries(meetings, eyes, reader.id) if meetings else [line(agenda.NO_MEETINGS)]
    return Card(
        (
            line("Your meetings", emphasis="strong"),
            *listed,
            line("Your hours", emphasis="strong"),
            line(_hours(reader, rules)),
            Buttons((SETTINGS, HELP)),
            line(f"To ask somebody to meet, type {usage.invite('30')} in a room.", emphasis="subtle"),
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
