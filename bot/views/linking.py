"""Linking calendars in the room: the ways in, the code, what is linked, and which calendars count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.views.menus import CONTINUE
from bot.views.words import MY_CALENDARS, SETTINGS, form_button, note, refusal
from scheduling_core.actions import Action
from scheduling_core.cards import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Card,
    Choice,
    ChoiceField,
    Link,
    TextField,
    line,
)
from scheduling_core.linked_calendars import LinkedAccount, LinkedCalendar
from scheduling_core.people import WhenUnreadable

LINK = Button("Link a calendar", Action("link"), reply="link")
CODE_FIELD = "code"
TARGET_FIELD = "target"
MODE_FIELD = "mode"
VIDEO_FIELD = "video"
WITH_VIDEO = "yes"
MOST_CALENDARS = 9
"""So many stand on a page: a message of Discord holds no more. The primary one comes first."""


def ways_in(kinds: Sequence[tuple[str, str]], address: str, sending: Sequence[Block] = ()) -> Card:
    """One link for each kind of calendar, by name and title; *address* is the reader's own.

    Args:
        sending: below it, of the invitation during whose set-up this was asked for.
    """
    links = tuple(Link(title, f"{address}/{name}") for name, title in kinds)
    return Card(
        (
            line("Which calendar shall I look at?", emphasis="strong"),
            line("I read when you are busy, nothing else, and show nobody your calendar."),
            Buttons(links),
            line("These links are yours alone and work for ten minutes. Then the page shows a code."),
            Buttons((form_button("Type the code", "entercode", reply="code"),)),
            *sending,
        )
    )


def nothing_to_link() -> Card:
    """Nobody has set this up."""
    return refusal("No kind of calendar can be linked here yet; whoever runs me can set one up.")


def code(title: str, problem: str = "") -> Card:
    """Only who signed in sees the code in their browser; only the reader can type it here.

    The account is not named: it may be somebody else's, to whom the reader passed the link on.
    """
    return Card(
        (
            line(f"Somebody signed in by your link ({title})", emphasis="strong"),
            line("If that was you, type the code that the page shows."),
            TextField(CODE_FIELD, "Code", "", "6 digits", 12, problem=problem),
            Buttons((Button("Link it", Action("linkcode"), "primary"),)),
        )
    )


def no_code() -> Card:
    """Nobody has signed in yet."""
    return note("No sign-in waits for a code. Open one of the links first.", LINK)


def code_over() -> Card:
    """Too late, or too many wrong ones."""
    return refusal("That sign-in is over, and nothing was linked. Start anew.", LINK)


@dataclass(frozen=True, slots=True)
class Choosable:
    """What can be chosen of an account besides what counts.

    Attributes:
        writable: calendars that meetings can be written into.
        video_title: what the provider's own video links are called, "" where there can be none.
        mode: what happens while nothing can be read, as it is now; None of somebody who has not set up.
        page: which calendars are shown, counted from 1.
    """

    writable: Sequence[LinkedCalendar]
    video_title: str
    mode: WhenUnreadable | None
    page: int = 1

    def shown(self, account: LinkedAccount) -> Sequence[tuple[int, LinkedCalendar]]:
        """The calendars of this page, with their places in the account."""
        first = (self.page - 1) * MOST_CALENDARS
        return list(enumerate(account.calendars))[first : first + MOST_CALENDARS]

    def next_page(self, account: LinkedAccount) -> int:
        """The number of the one after it; after the last comes the first."""
        return self.page + 1 if self.page * MOST_CALENDARS < len(account.calendars) else 1

    def part(self, account: LinkedAccount) -> str:
        """`: calendars 1–9 of 11`, or nothing where all are shown."""
        shown, all_of_them = self.shown(account), len(account.calendars)
        if len(shown) == all_of_them or not shown:
            return ""
        return f": calendars {shown[0][0] + 1}–{shown[-1][0] + 1} of {all_of_them}"


def linked(
    account: LinkedAccount,
    title: str,
    choosable: Choosable,
    *,
    elsewhere: str = "",
    is_written_no_more: bool = False,
) -> Card:
    """Done, and what can be chosen.

    Args:
        elsewhere: name of the account that the owner's meetings stay written into, wanted here as they are.
        is_written_no_more: they were written into this one until now.
    """
    head = line(f"✅ {title} is linked ({account.name}){choosable.part(account)}", emphasis="strong")
    said: list[Block] = []
    if elsewhere:
        said = [line(f"Your meetings stay written into {elsewhere}. Choose below if you want them here.")]
    elif is_written_no_more:
        way = (
            "Choose below if you want that."
            if choosable.writable
            else "To change that, link it once more and tick the box for it."
        )
        said = [line(f"I do not write your meetings into it any more. {way}")]
    return Card((head, *said, *_choices(account, choosable)))


def another(meant: LinkedAccount, title: str, linked: LinkedAccount, *, is_moved: bool) -> Card:
    """The account that was to be reconnected was not: its owner signed in to another one.

    Args:
        is_moved: the owner's meetings, written into *meant* before, are written into *linked* now.
    """
    then = f" Your next meetings are written into {linked.name}." if is_moved else ""
    again = reconnect(meant, "primary")
    leave = Button("Unlink", Action("unlink", (meant.id,)), reply="unlink")
    said = f"You signed in to another account: {title} ({meant.name}) is as it was.{then}"
    return note(said, again, leave, MY_CALENDARS)


def reconnect(account: LinkedAccount, style: ButtonStyle) -> Button:
    """Sign in to it anew."""
    return Button("Reconnect", Action("link", (account.provider, account.id)), style, "reconnect")


def choosing(account: LinkedAccount, title: str, choosable: Choosable) -> Card:
    """Which calendars count, where meetings are written, and what happens while nothing can be read."""
    head = line(f"{title} ({account.name}){choosable.part(account)}", emphasis="strong")
    return Card((head, *_choices(account, choosable)))


def chosen(account: LinkedAccount, title: str, video_title: str, *, has_draft: bool = False) -> Card:
    """What holds now.

    Args:
        video_title: of the links that meetings get from the account's provider, "" for none.
        has_draft: an invitation of the reader's waits to be sent.
    """
    counted = ", ".join(each.calendar.name for each in account.counted) or "none"
    written = next(
        (each.calendar.name for each in account.calendars if each.calendar.id == account.target), ""
    )
    link = f", with a {video_title} link where you are the host" if video_title else ""
    more = (CONTINUE, MY_CALENDARS) if has_draft else (MY_CALENDARS,)
    where = f" Your meetings are written into {written}{link}." if written else ""
    return note(f"Saved. In {title} these count: {counted}.{where}", *more)


def mine(accounts: Sequence[tuple[LinkedAccount, str]]) -> Card:
    """Every linked account with its title, and what to do with it."""
    if not accounts:
        return note(
            "You have linked no calendar. I go by your hours and the meetings I booked.", LINK, SETTINGS
        )
    blocks: list[Block] = [line("Your calendars", emphasis="strong")]
    for number, (account, title) in enumerate(accounts, start=1):
        blocks.append(line(f"{number} · {title} ({account.name}): {_state(account)}"))
        blocks.append(Buttons(tuple(_of_account(account, number))))
    return Card((*blocks, Buttons((LINK, SETTINGS))))


def _state(account: LinkedAccount) -> str:
    if account.trouble:
        return f"cannot be read. {account.trouble.reason}"
    counted = len(account.counted)
    return f"{counted} of {len(account.calendars)} calendars count"


def _of_account(account: LinkedAccount, number: int) -> list[Button]:
    items = [
        Button(
            "Choose calendars", Action("choose", (account.id,)), reply=f"choose {number}", opens_form=True
        ),
        Button("Unlink", Action("unlink", (account.id,)), reply=f"unlink {number}"),
    ]
    if account.trouble and account.trouble.needs_owner:
        again = Action("link", (account.provider, account.id))
        items.insert(0, Button("Reconnect", again, "primary", f"reconnect {number}"))
    return items


MODES: Mapping[WhenUnreadable, str] = {
    "ask": "Ask me before booking",
    "close": "Offer none of my time",
    "ignore": "Go by the other calendars alone",
}
"""What a host can want meanwhile."""

WAYS: Mapping[str, str] = {
    "yes": "Counts",
    "no all-day": "Counts, all-day events do not",
    "no tentative": "Counts, tentative events do not",
    "firm": "Counts, neither all-day nor tentative events do",
    "no": "Does not count",
}
"""How one calendar can count, by what comes back."""


def way_of(linked: LinkedCalendar) -> str:
    """The key of `WAYS` that says how a calendar counts."""
    if not linked.counts:
        return "no"
    if not linked.all_day:
        return "no all-day" if linked.tentative else "firm"
    return "yes" if linked.tentative else "no tentative"


def by_way(linked: LinkedCalendar, way: str) -> LinkedCalendar:
    """The same calendar counting another way; an unknown one changes nothing."""
    if way not in WAYS:
        return linked
    return replace(
        linked,
        counts=way != "no",
        all_day=way not in ("no all-day", "firm"),
        tentative=way not in ("no tentative", "firm"),
    )


def _choices(account: LinkedAccount, choosable: Choosable) -> tuple[Block, ...]:
    ways = tuple(Choice(label, way) for way, label in WAYS.items())
    fields: list[Block] = [
        ChoiceField(f"c{place}", each.calendar.name[:80] or "Calendar", ways, way_of(each))
        for place, each in choosable.shown(account)
    ]
    if choosable.writable or account.target:
        fields += _writing(account, choosable)
    if choosable.mode is not None:
        modes = tuple(Choice(label, each) for each, label in MODES.items())
        label = "While a calendar of my meetings cannot be read"
        fields.append(ChoiceField(MODE_FIELD, label, modes, choosable.mode))
    items = [Button("Save", Action("chosen", (account.id,)), "primary", "save")]
    if choosable.part(account):
        then = str(choosable.next_page(account))
        items.append(Button("Save and see more", Action("chosen", (account.id, then)), reply="more"))
    return (*fields, Buttons((*items, MY_CALENDARS)))


def _writing(account: LinkedAccount, choosable: Choosable) -> Iterator[Block]:
    target = next((n for n, each in enumerate(account.calendars) if each.calendar.id == account.target), None)
    shown = {place for place, each in choosable.shown(account) if each in choosable.writable}
    places = tuple(
        Choice(each.calendar.name[:80] or "Calendar", str(place))
        for place, each in enumerate(account.calendars)
        if place in shown or place == target
    )
    if not places:
        return
    now = "-" if target is None else str(target)
    yield ChoiceField(TARGET_FIELD, "Write my meetings into", (Choice("No calendar", "-"), *places), now)
    if choosable.video_title:
        links = (Choice("My usual link", "-"), Choice(choosable.video_title, WITH_VIDEO))
        now = WITH_VIDEO if account.video else "-"
        yield ChoiceField(VIDEO_FIELD, "Join link of meetings I host", links, now)
