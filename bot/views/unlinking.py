"""Unlinking a calendar: the question before, what becomes of it and of our events in it."""

from bot.views.linking import LINK, reconnect
from bot.views.words import MY_CALENDARS, note
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, line
from scheduling_core.linked_calendars import LinkedAccount

GIVEN_BACK = "Access is given back."
NO_ACCESS = "I have no access to it any more."
LINKED_ELSEWHERE = "The same account is linked elsewhere, so access to it stays."


def unlink(account: LinkedAccount, title: str, to_come: int, *, can_reach: bool = True) -> Card:
    """The question before it is forgotten.

    Args:
        to_come: how many events of ours stand in it that are not over.
        can_reach: that kind of calendar is set up, so that they can be taken out if the account lets us.
    """
    items = [Button("Unlink it", Action("unlinked", (account.id,)), "danger", "yes")]
    theirs = ""
    if to_come:
        how = _taking_out(account, can_reach=can_reach)
        theirs = f" {to_come} of your coming meetings stand in it."
        if isinstance(how, Button):
            items.append(how)
        else:
            theirs += f" {how}"
    if account.trouble and account.trouble.needs_owner and can_reach:
        items.append(reconnect(account, "plain"))
    return Card(
        (
            line(f"Unlink {title} ({account.name})?", emphasis="strong"),
            line(f"I forget what I know of it. Events I wrote into it stay as they are.{theirs}"),
            Buttons((*items, MY_CALENDARS)),
        )
    )


def _taking_out(account: LinkedAccount, *, can_reach: bool) -> Button | str:
    """The way to have our events taken out of it, or what its owner does instead."""
    if not can_reach:
        return "I cannot take them out: delete them yourself if you do not want them."
    if account.trouble and account.trouble.needs_owner:
        return "I cannot take them out as it is: reconnect it first, or delete them yourself."
    return Button("Unlink and remove them", Action("unlinked", (account.id, "remove")), reply="remove")


def is_removal_offered(account: LinkedAccount, *, can_reach: bool) -> bool:
    """Whether `unlink` offers to take our events out of it."""
    return isinstance(_taking_out(account, can_reach=can_reach), Button)


def not_taken_out(name: str, title: str, count: int) -> Card:
    """To who unlinked the account *name* and wanted our events out of it: some of them stay."""
    some, them = ("1 meeting", "it") if count == 1 else (f"{count} meetings", "them")
    said = f"I could not take {some} out of your {title} ({name})."
    return note(f"{said} Please look there, and delete {them} yourself.", LINK)


def unlinked(title: str, access: str, *, are_events_kept: bool = True, gone: int = 0) -> Card:
    """It is forgotten.

    Args:
        access: what becomes of it, or what the reader can do about it; "" where nothing can be said.
        gone: meetings whose events were gone from it already, about which the reader was asked.
    """
    kept = (
        "Events I wrote into it stay as they are"
        if are_events_kept
        else "I take your coming meetings out of it"
    )
    stand = f"The {gone} meetings that are gone from it still stand." if gone else ""
    if gone == 1:
        stand = "The meeting that is gone from it still stands."
    return note(" ".join(filter(None, [f"{title} is unlinked.", access, f"{kept}.", stand])), LINK)
