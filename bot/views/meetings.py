"""The one public card of a meeting, in each of its phases."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.views import words
from bot.views.words import all_of, at, listed, more_times, none_fit, span_line, subtitle
from scheduling_core.actions import Action
from scheduling_core.cards import Block, Button, Buttons, Card, Link, Span, When, line
from scheduling_core.meeting import Meeting, Offer, Phase
from scheduling_core.people import Person

LOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of a meeting and its join page, for a view.

    Attributes:
        people: host and guests by id.
        join_url: of our own join page, or "" where the meeting has no link.
        event_url: where the platform's own list of what is coming up has it, or "".
    """

    people: Mapping[str, Person]
    join_url: str = ""
    event_url: str = ""

    def names(self, *person_ids: str) -> str:
        """`@a & @b` in plain words, for mails."""
        return listed([at(self.people[p]) for p in person_ids])

    def mentions(self, *person_ids: str) -> tuple[Span, ...]:
        """`@a & @b` on a card."""
        return all_of([self.people[p] for p in person_ids])

    def zones(self, meeting: Meeting) -> tuple[str, ...]:
        """The host's zone, then a guest's: what plain text writes times in."""
        known = (self.people[p].shown_zone for p in meeting.participants)
        return tuple(dict.fromkeys(z for z in known if z))[:2]


def card(meeting: Meeting, cast: Cast) -> Card:
    """The card of *meeting* as the whole room sees it."""
    build = _invitation if meeting.phase is Phase.INVITING else _booking if meeting.start else _closed
    return Card(build(meeting, cast), cast.zones(meeting))


def _invitation(meeting: Meeting, cast: Cast) -> tuple[Block, ...]:
    whom = (" ", *cast.mentions(*meeting.guests)) if meeting.guests else ()
    picks = tuple(
        Button(str(o.number), Action("pick", (meeting.id, str(o.number))), reply=str(o.number))
        for o in meeting.open_offers()
    )
    more = (
        more_times(meeting.id),
        none_fit(meeting.id),
        Button("⋯", Action("menu", (meeting.id,)), reply="menu"),
    )
    foot = "Times are in your own time zone." if picks else "No free time is left just now."
    return (
        line(*cast.mentions(meeting.host), " would like to meet", *whom, emphasis="strong"),
        subtitle(meeting.length, meeting.title),
        *(_offer_line(offer) for offer in _shown(meeting)),
        line(foot, emphasis="subtle"),
        *([Buttons(picks)] if picks else []),
        Buttons(more),
    )


def _shown(meeting: Meeting) -> list[Offer]:
    """Every open offer, and of the lost ones the latest few: a long-lived card stays short."""
    lost = [offer for offer in meeting.offers if not offer.open][-LOST_SHOWN:]
    return [offer for offer in meeting.offers if offer.open or offer in lost]


def _offer_line(offer: Offer) -> Block:
    return line(f"{offer.number} · ", When(offer.start), emphasis="plain" if offer.open else "struck")


def _booking(meeting: Meeting, cast: Cast) -> tuple[Block, ...]:
    everybody = cast.mentions(*meeting.participants)
    title = (subtitle(meeting.length, meeting.title),)
    if meeting.phase is Phase.CANCELLED:
        again = Buttons((words.find_a_new_time(meeting.id),))
        return (_what_and_when("Cancelled: ", everybody, meeting), *title, again)
    if meeting.phase is Phase.ENDED:
        return (_what_and_when("Ended: ", everybody, meeting), *title)
    return (
        _what_and_when("✅ ", everybody, meeting),
        *title,
        line("Each of you gets a separate invite; contact details stay private.", emphasis="subtle"),
        Buttons(_booking_buttons(meeting, cast)),
        *([Buttons((Link("Event", cast.event_url),))] if cast.event_url else []),
    )


def _what_and_when(what: str, everybody: tuple[Span, ...], meeting: Meeting) -> Block:
    return span_line((what, *everybody, " · "), meeting.span.start, meeting.length)


def _booking_buttons(meeting: Meeting, cast: Cast) -> tuple[Button | Link, ...]:
    join = (Link("Join", cast.join_url),) if cast.join_url else ()
    return (
        words.add_to_calendar(meeting.id),
        *join,
        words.reschedule(meeting.id),
        words.cancel(meeting.id),
        Button("⋯", Action("menu", (meeting.id,)), reply="menu"),
    )


_CLOSED = {
    Phase.EXPIRED: "No time was picked before the invitation ended.",
    Phase.WITHDRAWN: "The invitation was withdrawn.",
}


def _closed(meeting: Meeting, cast: Cast) -> tuple[Block, ...]:
    return (
        line(*cast.mentions(meeting.host), " wanted to meet", emphasis="strong"),
        subtitle(meeting.length, meeting.title),
        line(_CLOSED[meeting.phase], emphasis="subtle"),
        Buttons((words.find_a_new_time(meeting.id),)),
    )
