"""What is said about linked calendars, always to their owner alone."""

from typing import Literal

from bot.views.second_look import Unsure
from bot.views.words import MY_CALENDARS, SETTINGS, Eyes, epoch_minutes, note, subtitle, who
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, line
from scheduling_core.linked_calendars import LinkedAccount, Trouble
from scheduling_core.meeting import Meeting, Wish
from scheduling_core.people import Person, WhenUnreadable

Stands = Literal["not", "before", "perhaps"]
"""Whether an event that cannot be written is in the calendar: as it was before, if so."""

_MEANWHILE: dict[WhenUnreadable, str] = {
    "ask": "Until it works again I ask you before I book anything.",
    "close": "Until it works again I offer none of your time.",
    "ignore": "Until it works again I go by your other calendars alone.",
}


def unreadable(account: LinkedAccount, title: str, trouble: Trouble, mode: WhenUnreadable) -> Card:
    """One alert, with the way to mend it."""
    return Card(
        (
            line(f"⚠️ I cannot read your {title} ({account.name})", emphasis="strong"),
            line(f"{trouble.reason} {_MEANWHILE[mode]}"),
            Buttons(_ways_to_mend(account, trouble)),
        )
    )


def _ways_to_mend(account: LinkedAccount, trouble: Trouble | None) -> tuple[Button, ...]:
    again = Action("link", (account.provider, account.id))
    mend = Button("Reconnect", again, "primary", "reconnect")
    return (mend, MY_CALENDARS) if trouble and trouble.needs_owner else (MY_CALENDARS,)


def closed(account: LinkedAccount, title: str) -> Card:
    """Why none of the host's time is offered, as they wanted it, and where that is mended."""
    return note(closed_because(account, title), *_ways_to_mend(account, account.trouble))


def closed_because(account: LinkedAccount, title: str) -> str:
    """The sentence of it."""
    return f"I cannot read your {title} ({account.name}), so none of your time is offered."


def readable_again(account: LinkedAccount, title: str) -> Card:
    """The end of the alert."""
    return note(f"I can read your {title} ({account.name}) again.", MY_CALENDARS)


def not_written(account: LinkedAccount, title: str, meeting: Meeting, why: str, stands: Stands) -> Card:
    """The owner's event is missing, or stands as it was before, or nobody knows."""
    what = meeting.title or "your meeting"
    done = {
        "not": "I could not write it there; the meeting itself stands.",
        "before": "The event there is not as we agreed here; please change it yourself.",
        "perhaps": "I cannot tell whether it stands there; please look.",
    }[stands]
    head = line(f"⚠️ {what} is not right in your {title} ({account.name})", emphasis="strong")
    mend = Button("Reconnect", Action("link", (account.provider, account.id)), "plain", "reconnect")
    return Card((head, line(f"{why} {done}"), Buttons((mend, MY_CALENDARS))))


def no_video(account: LinkedAccount, title: str, video_title: str, *, has_own_link: bool) -> Card:
    """Said once: meetings of this account do not get the link that was chosen for them.

    Args:
        video_title: what the provider calls its links.
        has_own_link: there is another one for them.
    """
    made = f"Your {title} ({account.name}) made no {video_title} link."
    if has_own_link:
        return note(f"{made} Your usual link stays.", MY_CALENDARS)
    return note(f"{made} You can set a link of your own in Settings.", SETTINGS, MY_CALENDARS)


def doubt_question(wish: Wish, meeting: Meeting, guest: Person, eyes: Eyes, *, is_own: bool) -> Card:
    """The host decides on a time that no calendar could confirm.

    Args:
        is_own: the calendar that could not be read is the host's; otherwise it is another participant's.
    """
    whose = "your calendar" if is_own else "everybody's calendar"
    told: Unsure = "own_unread" if is_own else "unread"
    start = wish.starts[0]
    accept = Button(
        f"Accept {eyes.moment(start)}",
        Action("accept", (wish.id, epoch_minutes(start), told)),
        "primary",
        "1",
    )
    more = (
        Button("Offer other times", Action("others", (wish.id,)), reply="other"),
        Button("No", Action("decline", (wish.id,)), reply="no"),
    )
    return Card(
        (
            line(
                who(guest),
                " picked ",
                eyes.shown_moment(start),
                f", but I cannot read {whose}",
                emphasis="strong",
            ),
            subtitle(meeting.length, meeting.title),
            line("Please look yourself: accepting books it."),
            Buttons((accept, *more)),
        ),
        (eyes.zone,),
    )


def waits_for_host(host: Person, more: Button) -> Card:
    """What the guest reads meanwhile; it tells nothing of anybody's calendar."""
    return note((who(host), " confirms this time personally. You will hear from me here."), more)
