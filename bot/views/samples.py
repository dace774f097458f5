"""Every card the bot can show, by name: what renderers are tested with and pictures are taken of."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.office import default_rules
from bot.rules_form import fill
from bot.settings import Defaults
from bot.usage import Usage
from bot.views import (
    agenda,
    calendars,
    changes,
    changes_there,
    linking,
    meetings,
    menus,
    picking,
    second_look,
    setup,
    unlinking,
    vanished,
    wishing,
)
from bot.views.meetings import Cast
from bot.views.words import HELP, MY_MEETINGS, Eyes, epoch_minutes, more_times, note, refusal
from scheduling_core.actions import Action
from scheduling_core.calendar_ports import Calendar
from scheduling_core.cards import Card
from scheduling_core.linked_calendars import LinkedAccount, LinkedCalendar, Trouble
from scheduling_core.meeting import Draft, Hold, Meeting, Offer, Phase, Wish
from scheduling_core.people import Person
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""Tue 24 Nov 2026, 10:00 in Berlin."""

_WORKSPACE = WorkspaceRef("webhook", "demo")
_ROOM = RoomRef(_WORKSPACE, "room-1")
_RULES = default_rules(Defaults(), "Europe/Berlin")
_USAGE = Usage("/meet")
_HALF_HOUR = timedelta(minutes=30)
# As long as real ids are, so that a button's data is as long as it gets.
_ID = "0123456789ab"


def _person(number: int, name: str, zone: str) -> Person:
    ref = PersonRef(_WORKSPACE, f"u-{number}")
    return Person(f"p{number}{_ID}", ref, name, zone, "en-GB", rules=_RULES if number == 1 else None)


HOST = _person(1, "host", "Europe/Berlin")
GUEST = _person(2, "guest", "America/Sao_Paulo")
SECOND = _person(3, "second guest", "Asia/Kathmandu")
EYES = Eyes.of(GUEST, "UTC")
_UNKNOWN = Eyes("Europe/Berlin", None, own=False)
_STARTS = tuple(NOW + timedelta(hours=hours) for hours in (47, 49, 72, 143, 145))
_LINKS = (("Google", "https://calendar.example.org/add"), (".ics file", "https://parley.example.org/c.ics"))

INVITING = Meeting(
    id=f"i{_ID}",
    room=_ROOM,
    message_id=f"m{_ID}",
    host=HOST.id,
    guests=(GUEST.id,),
    anyone=False,
    length=_HALF_HOUR,
    title="Logo review",
    days=(),
    offers=tuple(Offer(number, start) for number, start in enumerate(_STARTS, start=1)),
    expires_at=NOW + timedelta(days=7),
    secret=f"j{_ID}",
)
BOOKED = replace(INVITING, phase=Phase.CONFIRMED, start=_STARTS[1])
_STRUCK = replace(INVITING, offers=(replace(INVITING.offers[0], open=False), *INVITING.offers[1:]))
CAST = Cast({p.id: p for p in (HOST, GUEST, SECOND)}, "https://parley.example.org/join/x")
_DRAFT = Draft(f"d{_ID}", HOST.id, _ROOM, (GUEST.id,), None, "Logo review", ())
_HOLD = Hold(f"h{_ID}", INVITING.id, GUEST.id, _STARTS[1], NOW, f"m{_ID}", _ROOM)
_WISH = Wish(f"w{_ID}", INVITING.id, GUEST.id, _STARTS[:3], "after the market", f"m{_ID}")

_ACCOUNT = LinkedAccount(
    f"a{_ID}",
    HOST.id,
    "google",
    "host@example.org",
    "1",
    _ROOM,
    (
        LinkedCalendar(Calendar("main", "Main", is_primary=True, can_write=True), counts=True),
        LinkedCalendar(Calendar("holidays", "Holidays"), counts=True, all_day=False, tentative=False),
        LinkedCalendar(Calendar("club", "Club", can_write=True), counts=False),
    ),
    "main",
)
_FULL = replace(
    _ACCOUNT,
    calendars=tuple(
        LinkedCalendar(Calendar(f"c{n}", f"Calendar {n}", can_write=True), counts=True)
        for n in range(linking.MOST_CALENDARS + 2)
    ),
)
_REVOKED = Trouble(NOW, "Access was withdrawn.", needs_owner=True)
_BROKEN = replace(_ACCOUNT, trouble=_REVOKED)

PUBLIC = ("invitation", "confirmation", "cancelled", "ended", "expired", "withdrawn", "moved line")
"""The beginnings of the names of the cards that everybody in the room sees."""


def samples() -> dict[str, Card]:
    """Name → card; each card is one that the bot shows somewhere."""
    return {
        **_public(),
        **_setting_up(),
        **_picking(),
        **_changing(),
        **_looking(),
        **_linking(),
        **_in_calendars(),
    }


def _public() -> dict[str, Card]:
    def card(meeting: Meeting, **changed: object) -> Card:
        return meetings.card(replace(meeting, **changed), CAST)  # type: ignore[arg-type]  # named fields below

    return {
        "invitation": card(INVITING),
        "invitation to everybody": card(INVITING, guests=(), anyone=True, title=""),
        "invitation with a lost offer": card(_STRUCK),
        "invitation with nothing left": card(INVITING, offers=(replace(INVITING.offers[0], open=False),)),
        "confirmation": card(BOOKED),
        "confirmation of three": card(BOOKED, guests=(GUEST.id, SECOND.id)),
        "confirmation without a join link": meetings.card(BOOKED, replace(CAST, join_url="")),
        "cancelled": card(BOOKED, phase=Phase.CANCELLED),
        "ended": card(BOOKED, phase=Phase.ENDED),
        "expired": card(INVITING, phase=Phase.EXPIRED),
        "withdrawn": card(INVITING, phase=Phase.WITHDRAWN),
        "moved line": changes.public_line(BOOKED, GUEST, "moved it to", CAST.zones(BOOKED)),
        "moved line, cancelled": changes.public_line(BOOKED, GUEST, "cancelled the meeting", ()),
        "moved line, looking again": changes.looking_again(GUEST),
    }


def _setting_up() -> dict[str, Card]:
    typed = fill(_RULES, HOST)
    wrong = {"mon": "25:00 is not a time of day; use 0:00 to 24:00."}

    def first(*, zone_known: bool, problem: str = "", can_link: bool = True) -> Card:
        return setup.setup(
            _DRAFT,
            _RULES,
            [GUEST],
            zone_known=zone_known,
            now=NOW,
            problem=problem,
            chosen_zone="",
            can_link=can_link,
        )

    return {
        "setup": first(zone_known=True),
        "setup without calendars": first(zone_known=True, can_link=False),
        "setup asking for the clock": first(zone_known=False),
        "setup without a choice": first(
            zone_known=False, problem="Please choose the time it is for you now."
        ),
        "preview": setup.preview(_DRAFT, _RULES, [GUEST], _STARTS, EYES),
        "preview with nothing free": setup.preview(_DRAFT, _RULES, [], (), EYES),
        "form": setup.form(typed, "-", {}),
        "form behind an invitation": setup.form(typed, _DRAFT.id, {}),
        "form with a mistake": setup.form(typed | {"mon": "25:00"}, "-", wrong),
        "form of somebody new": setup.form(typed | {"zone": ""}, "-", {}, setup.UnknownClock("de-DE", NOW)),
        "form of somebody who named a zone": setup.form(typed, "-", {}, "Asia/Tokyo"),
        "zone noted": setup.zone_noted("Asia/Tokyo", "Europe/Berlin"),
        "saved by the clock": setup.saved(_RULES, "assumed"),
        "saved": setup.saved(replace(_RULES, max_per_day=3)),
        "sent": setup.sent(),
        "sent by an assumed clock": setup.sent("Berlin"),
        "clock again": setup.clock_again("Europe/Berlin", datetime(2027, 3, 28, 1, tzinfo=UTC)),
        "clock kept": setup.clock_kept("Europe/Berlin"),
        "sent beyond the window": setup.beyond_window(replace(_DRAFT, days=(date(2026, 12, 17),)), _RULES),
    }


def _picking() -> dict[str, Card]:
    near = _STARTS[:3]
    days = [date(2026, 11, 24) + timedelta(days=n) for n in range(14)]
    week = [NOW + timedelta(days=d, minutes=30 * n) for d in range(8) for n in range(16)]
    more = Action("more", (INVITING.id,))
    taken, gone = "Someone just took it.", "That day has no free time left."
    reason = changes.reason_field("the dentist")
    return {
        "confirm": picking.confirm(_HOLD, INVITING, HOST, EYES, 5),
        "confirm in one zone": picking.confirm(_HOLD, INVITING, HOST, Eyes.of(HOST, "UTC"), 1),
        "hold ended": picking.hold_ended(_HOLD, INVITING, HOST, EYES),
        "lost": picking.lost(INVITING, _STARTS[1], near, EYES, taken, "slot"),
        "lost, in another zone": picking.lost(INVITING, _STARTS[1], near, _UNKNOWN, taken, "slot"),
        "lost while moving": picking.lost(BOOKED, _STARTS[1], near, EYES, taken, "move", reason),
        "lost with nothing left": picking.lost(INVITING, _STARTS[1], (), EYES, taken, "slot"),
        "more times": picking.picker("Pick a time", "slot", INVITING.id, week, EYES, 0, more),
        "more times, second page": picking.picker("Pick a time", "slot", INVITING.id, week, EYES, 1, more),
        "more times, that day is gone": picking.picker(
            "Pick a time", "slot", INVITING.id, week, EYES, 0, more, problem=gone
        ),
        "more times, all on one page": picking.picker(
            "Pick a time", "slot", INVITING.id, week[:16], EYES, 0, more, problem=gone
        ),
        "more times to move to": picking.picker(
            "Move the meeting", "move", BOOKED.id, week, EYES, 0, Action("moremoves", (BOOKED.id,)), reason
        ),
        "more times, in another zone": picking.picker(
            "Pick a time", "slot", INVITING.id, week, _UNKNOWN, 0, more
        ),
        "nothing free": picking.nothing_free(INVITING, "slot"),
        "nothing free to move to": picking.nothing_free(BOOKED, "move"),
        "none fit": wishing.none_fit(INVITING, days),
        "none fit without a day": wishing.none_fit(
            INVITING, days, {"days": "Choose at least one day."}, {"part": "evening"}
        ),
        "none fit, by whose clock": wishing.none_fit(
            INVITING, days, clock=setup.clock_question("zone", None, NOW, problem=wishing.NO_CLOCK)
        ),
        "wish found": wishing.wish_found(INVITING, near, EYES),
        "wish asked": wishing.wish_asked(INVITING, HOST),
        "wish in vain": wishing.wish_in_vain(INVITING, HOST),
        "wish question": wishing.wish_question(_WISH, INVITING, GUEST, Eyes.of(HOST, "UTC")),
        "booked": picking.booked(BOOKED, [HOST], EYES, _LINKS, "mail"),
        "booked without a mail": picking.booked(BOOKED, [HOST, SECOND], EYES, _LINKS, "nothing"),
        "booked into a calendar": picking.booked(BOOKED, [HOST], EYES, _LINKS, "calendar"),
        "add to calendar": picking.add_to_calendar(_LINKS),
        "in the calendar already": picking.in_calendar(),
    }


def _changing() -> dict[str, Card]:
    return {
        "reschedule": changes.reschedule(BOOKED, _STARTS, EYES),
        "reschedule with nothing free": changes.reschedule(BOOKED, (), EYES),
        "reschedule with a long reason": changes.reschedule(BOOKED, _STARTS, EYES, "the dentist " * 30),
        "moved": changes.moved(BOOKED, EYES, 60),
        "moved for good": changes.moved(BOOKED, EYES, 0),
        "moved, somebody left": changes.moved(BOOKED, EYES, 60, [HOST]),
        "move to a number": changes.move_to(
            Action("move", (BOOKED.id, epoch_minutes(_STARTS[0]))), _STARTS[0], EYES, ""
        ),
        "not undone": changes.not_undone(BOOKED, "The old time was taken meanwhile."),
        "cancel": changes.cancel(BOOKED, CAST, GUEST, EYES),
        "cancelled by you": changes.cancelled(BOOKED, "mail"),
        "cancelled by you, somebody left": changes.cancelled(BOOKED, "calendar", [HOST]),
        "not here to ask": changes.not_here_to_ask([HOST]),
        "told why": changes.told(BOOKED, HOST, "moved your meeting to", "the dentist", EYES),
        "told why, cancelled": changes.told(
            replace(BOOKED, phase=Phase.CANCELLED), HOST, "cancelled your meeting", "the dentist", EYES
        ),
        "kept": note("Nothing changed; the meeting stays.", MY_MEETINGS),
    }


def _looking() -> dict[str, Card]:
    question = agenda.Asked(_WISH, INVITING, GUEST)
    in_vain = replace(question, wish=replace(_WISH, starts=()))
    moved = agenda.MovedThere("m1", BOOKED, GUEST, _STARTS[2])
    rows = [
        agenda.Listed(BOOKED, CAST, True),
        agenda.Listed(INVITING, CAST, True),
        agenda.Listed(replace(INVITING, title=""), CAST, False),
    ]
    many = rows[:1] * 25
    numbered = [replace(one, meeting=replace(BOOKED, id=f"i{n}")) for n, one in enumerate(many)]
    elsewhere = [replace(one, is_elsewhere=True) for one in rows]
    asked = [picking.confirm(_HOLD, INVITING, HOST, EYES, 5), changes.cancel(BOOKED, CAST, GUEST, EYES)]
    return {
        "help": menus.help_card(_USAGE),
        "list": agenda.agenda(rows, EYES, GUEST.id),
        "list with a question": agenda.agenda([question, *rows], EYES, HOST.id),
        "list after a yes in vain": agenda.agenda([in_vain, *rows], EYES, HOST.id),
        "list with a moved meeting": agenda.agenda([moved, *rows], EYES, HOST.id),
        "list of what is elsewhere": agenda.agenda(elsewhere, EYES, GUEST.id),
        "list, long": agenda.agenda(numbered, EYES, GUEST.id),
        "list, its second page": agenda.agenda(numbered, EYES, GUEST.id, numbered[12].key),
        "list of nothing": agenda.agenda([], EYES, GUEST.id),
        "help by options": menus.help_card(Usage("/meet", has_options=True, hears_words=False)),
        "home": menus.home(rows, EYES, GUEST, _RULES, _USAGE),
        "home of the host": menus.home(rows[:1], Eyes.of(HOST, "UTC"), HOST, _RULES, _USAGE),
        "home of somebody new": menus.home([], EYES, replace(GUEST, zone=None), _RULES, _USAGE),
        "menu of the host": menus.menu(INVITING, is_host=True),
        "menu": menus.menu(BOOKED, is_host=False),
        "which": menus.which(asked),
        "nothing waits": menus.nothing_waits("yes"),
        "unread": menus.unread("I know nobody called @x in this room.", _USAGE),
        "refusal": refusal("Only the host can answer that.", HELP),
    }


def _linking() -> dict[str, Card]:
    title, eyes = "Google Calendar", Eyes.of(HOST, "UTC")
    writable = [_ACCOUNT.calendars[0], _ACCOUNT.calendars[2]]
    choosable = linking.Choosable(writable, "Google Meet", "ask")
    full = linking.Choosable(_FULL.calendars, "Google Meet", "ask")
    address = "https://parley.example.org/link/l0123456789ab"
    silent = Trouble(NOW, "It does not answer.", needs_owner=False)
    return {
        "ways to link": linking.ways_in([("google", title), ("ics", "Calendar address (ICS)")], address),
        "ways to link while setting up": linking.ways_in(
            [("google", title), ("ics", "Calendar address (ICS)")],
            address,
            setup.sending(_DRAFT, setup.clock_question("zone", None, NOW)),
        ),
        "nothing to link": linking.nothing_to_link(),
        "code": linking.code(title),
        "wrong code": linking.code(title, "That is not the code the page shows. Look again."),
        "no code": linking.no_code(),
        "code over": linking.code_over(),
        "linked": linking.linked(_ACCOUNT, title, choosable),
        "linked with many calendars": linking.linked(_FULL, title, full),
        "linked, written elsewhere": linking.linked(_FULL, title, full, elsewhere=_ACCOUNT.name),
        "linked, written no more": linking.linked(_ACCOUNT, title, choosable, is_written_no_more=True),
        "more calendars": linking.choosing(_FULL, title, replace(full, page=2)),
        "another account linked": linking.another(_BROKEN, title, _ACCOUNT, is_moved=True),
        "choosing calendars": linking.choosing(_ACCOUNT, title, linking.Choosable([], "", None)),
        "calendars chosen": linking.chosen(_ACCOUNT, title, ""),
        "calendars chosen, with video": linking.chosen(_ACCOUNT, title, "Google Meet", has_draft=True),
        "my calendars": linking.mine([(_ACCOUNT, title), (_BROKEN, title)]),
        "no calendars": linking.mine([]),
        "unlink": unlinking.unlink(_ACCOUNT, title, 0),
        "unlink with events": unlinking.unlink(_ACCOUNT, title, 2),
        "unlink without access": unlinking.unlink(_BROKEN, title, 2),
        "unlinked": unlinking.unlinked(title, unlinking.GIVEN_BACK, gone=3),
        "unlinked with events": unlinking.unlinked(title, "", are_events_kept=False),
        "not taken out": unlinking.not_taken_out(_ACCOUNT.name, title, 2),
        "calendar unreadable": calendars.unreadable(_BROKEN, title, _REVOKED, "ask"),
        "calendar silent": calendars.unreadable(_ACCOUNT, title, silent, "close"),
        "calendar closes": calendars.closed(_BROKEN, title),
        "not written": calendars.not_written(_BROKEN, title, BOOKED, "It refused it.", "not"),
        "not changed": calendars.not_written(_BROKEN, title, BOOKED, "It refused it.", "before"),
        "written perhaps": calendars.not_written(_BROKEN, title, BOOKED, "It refused it.", "perhaps"),
        "no video": calendars.no_video(_ACCOUNT, title, "Google Meet", has_own_link=True),
        "no video and no link": calendars.no_video(_ACCOUNT, title, "Google Meet", has_own_link=False),
        "calendar readable again": calendars.readable_again(_ACCOUNT, title),
        "doubt question": calendars.doubt_question(_WISH, INVITING, GUEST, eyes, is_own=True),
        "doubt about others": calendars.doubt_question(_WISH, INVITING, GUEST, eyes, is_own=False),
        "waits for the host": calendars.waits_for_host(HOST, more_times(INVITING.id)),
    }


def _in_calendars() -> dict[str, Card]:
    eyes, start = Eyes.of(HOST, "UTC"), _STARTS[2]
    return {
        "moved there, outside the rules": changes_there.question(BOOKED, GUEST, start, "rules", eyes),
        "moved there, not free": changes_there.question(BOOKED, HOST, start, "taken", EYES),
        "moved there, asked": changes_there.asked(BOOKED, HOST, start, EYES),
        "moved there, put back": changes_there.put_back(BOOKED, changes_there.TAKEN, EYES, is_back=True),
        "moved there, kept": changes_there.kept(BOOKED, HOST, EYES, is_back=False),
        "moved there, stays": changes_there.stays(BOOKED, eyes, "That time is taken. "),
        "moved there, done": changes_there.moved(BOOKED, EYES),
        "deleted there": changes_there.cancelled(replace(BOOKED, phase=Phase.CANCELLED), EYES),
        "vanished": vanished.question([(BOOKED, [GUEST])] * 12, "mark", eyes),
        "vanished, cancelled": vanished.cancelled(3),
        "vanished, put back": vanished.put_back(1, 2),
        "overlapped": changes_there.overlapped(BOOKED, [GUEST], eyes),
        "accept over one's own": second_look.accept_anyway(_WISH, _WISH.starts[0], "own_taken", eyes),
        "accept unread": second_look.accept_anyway(_WISH, _WISH.starts[0], "own_unread", eyes),
        "accepted in vain": second_look.accepted_in_vain(_WISH, GUEST),
        "move unread": second_look.move_anyway(BOOKED, start, "unread", eyes, "The dentist called."),
        "undo over one's own": second_look.undo_anyway(BOOKED, start, "own_taken", EYES, 60),
    }
