"""What is true after every step of every story. A law yields the sentences that are broken."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from bot.settings import Settings
from scheduling_core import ics
from scheduling_core.intervals import Interval
from scheduling_core.mail import OutgoingMail
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person, Rules
from tests.bot.stories.facts import Facts
from tests.bot.stories.world import UID_KEY, World

HELD = timedelta(minutes=Settings().conversation.hold_minutes)
"""While a time is held for somebody, the notice does not take it away."""
BOOKED = (Phase.CONFIRMED, Phase.ENDED)


def time_is_taken_once(facts: Facts) -> Iterator[str]:
    """Nobody's meetings and holds overlap, and the claims say exactly what they are."""
    for person in facts.people:
        expected = {(m.id, m.span) for m in facts.bookings(person)}
        expected |= {(h.id, facts.held_span(h)) for h in facts.live_holds() if person in facts.held_for(h)}
        for (one, span), (other, with_span) in combinations(sorted(expected), 2):
            if span.start < with_span.end and with_span.start < span.end:
                yield f"{facts.account(person)} has {one} and {other} at the same time"
        claimed = {(c.holder, c.span) for c in facts.claims[person] if c.span.end > facts.now}
        if claimed != (ahead := {(holder, span) for holder, span in expected if span.end > facts.now}):
            yield f"{facts.account(person)}: claims {claimed ^ ahead} without their meeting or hold"


def timers_have_rung(facts: Facts) -> Iterator[str]:
    """No invitation outlives its end, no meeting its own."""
    for meeting in facts.in_phase(Phase.INVITING):
        if meeting.expires_at <= facts.now:
            yield f"{meeting.id} is still open after {meeting.expires_at}"
    for meeting in facts.in_phase(Phase.CONFIRMED):
        if meeting.span.end <= facts.now:
            yield f"{meeting.id} has not ended at {meeting.span.end}"


def open_offers_are_free(facts: Facts) -> Iterator[str]:
    """What a card offers suits the host's rules and everybody's meetings."""
    for meeting in facts.in_phase(Phase.INVITING):
        for offer in meeting.open_offers():
            for why in against(facts, meeting, offer.start, facts.now - timedelta(seconds=1)):
                yield f"{meeting.id} offers {offer.number} ({offer.start:%a %d %H:%M}): {why}"


def against(
    facts: Facts, meeting: Meeting, start: datetime, now: datetime, grace: timedelta = timedelta()
) -> Iterator[str]:
    """Why the host's rules or somebody's meetings forbid *start*; the model of all slot rules.

    Args:
        grace: how much less than the notice is enough.
    """
    host = facts.people[meeting.host]
    rules = host.rules
    assert rules is not None, "everybody here has rules"
    yield from _against_rules(rules, meeting, start, now, grace)
    before, after = rules.buffer_before, rules.buffer_after
    footprint = Interval(start - before, start + meeting.length + after)
    for other in facts.bookings(host.id, meeting.id):
        kept = Interval(other.span.start - before, other.span.end + after)
        if footprint.start < kept.end and kept.start < footprint.end:
            yield f"the host has {other.id}"
    for guest in meeting.guests:
        for other in facts.bookings(guest, meeting.id):
            if footprint.start < other.span.end and other.span.start < footprint.end:
                yield f"a guest has {other.id}"
    if rules.max_per_day is not None:
        clock = ZoneInfo(rules.availability.zone)
        same_day = [
            m
            for m in facts.bookings(host.id, meeting.id)
            if m.span.start.astimezone(clock).date() == start.astimezone(clock).date()
        ]
        if len(same_day) >= rules.max_per_day:
            yield "the day is full"


def _against_rules(
    rules: Rules, meeting: Meeting, start: datetime, now: datetime, grace: timedelta
) -> Iterator[str]:
    clock = ZoneInfo(rules.availability.zone)
    local, end = start.astimezone(clock), (start + meeting.length).astimezone(clock)
    windows = rules.availability.weekly.days[local.weekday()]
    minute, until = local.hour * 60 + local.minute, end.hour * 60 + end.minute
    step = rules.step.total_seconds() // 60
    holding = [w for w in windows if w.start <= minute and until <= w.end and local.date() == end.date()]
    if not holding:
        yield "outside the hours"
    elif (minute - holding[0].start) % step:
        yield "off the grid"
    if start < now + rules.notice - grace:
        yield "too soon"
    last = now.astimezone(clock).date() + timedelta(days=rules.window_days)
    if local.date() > last and local.date() not in meeting.days:
        yield "beyond the window"


def new_bookings_suit(before: Facts, after: Facts, is_exempt: Callable[[datetime], bool]) -> Iterator[str]:
    """A time booked in this step suited the rules and meetings as they were before it.

    Args:
        is_exempt: of starts the host accepted beyond the rules, or that an undo may go back to.
    """
    for meeting in after.in_phase(Phase.CONFIRMED):
        start, old = meeting.span.start, before.meetings.get(meeting.id)
        is_new = old is None or old.phase is not Phase.CONFIRMED or old.start != start
        if (
            is_new
            and (reasons := list(against(before, meeting, start, before.now, HELD)))
            and not is_exempt(start)
        ):
            for why in reasons:
                yield f"{meeting.id} was booked at {start:%a %d %H:%M}: {why}"


def revisions_only_rise(before: Facts, after: Facts) -> Iterator[str]:
    """A meeting keeps its card, its revision and SEQUENCE never fall, its numbers keep their times."""
    for old in before.meetings.values():
        new = after.meetings[old.id]
        if new.message_id != old.message_id:
            yield f"{old.id} has another card"
        if new.revision < old.revision or new.sequence < old.sequence:
            yield f"{old.id} went back from {old.revision}/{old.sequence} to {new.revision}/{new.sequence}"
        if new != old and new.revision == old.revision:
            yield f"{old.id} changed without a new revision"
        for offer in old.offers:
            again = new.offer(offer.number)
            if again is not None and again.start != offer.start:
                yield f"{old.id} used number {offer.number} again"


def cards_show_the_state(facts: Facts, world: World) -> Iterator[str]:
    """Each meeting has one card in its room, and it says what is true."""
    for meeting in facts.meetings.values():
        cards = {
            s.seen.id for s in world.room.sheets if s.reader is None and f".{meeting.id}." in str(s.seen.card)
        }
        if cards != {meeting.message_id}:
            yield f"{meeting.id} stands on {cards}, not on {meeting.message_id}"
        yield from _card_is_true(meeting, world)


_BUTTONS = {
    Phase.CONFIRMED: {"Add to calendar", "Join", "Reschedule", "Cancel", "⋯"},
    Phase.CANCELLED: {"Find a new time"},
    Phase.EXPIRED: {"Find a new time"},
    Phase.WITHDRAWN: {"Find a new time"},
    Phase.ENDED: set[str](),
}


def _card_is_true(meeting: Meeting, world: World) -> Iterator[str]:
    change = world.room.messages.get(meeting.message_id)
    if change is None:
        yield f"{meeting.id} has no card"
        return
    message, room = change["message"], change["room"]["id"]
    shown = next(s.seen for s in reversed(world.room.sheets) if s.seen.id == meeting.message_id)
    if (message["revision"], room) != (meeting.revision, meeting.room.room):
        yield f"{meeting.id} shows revision {message['revision']} in {room}, not {meeting.revision}"
    offers = {str(o.number) for o in meeting.open_offers()} | {"More times", "None fit", "⋯"}
    expected = _BUTTONS.get(meeting.phase, offers)
    if set(shown.titles) != expected:
        yield f"{meeting.id} is {meeting.phase} with buttons {shown.titles}"
    starts = [o.start for o in meeting.open_offers()] if meeting.phase is Phase.INVITING else []
    if meeting.phase in (*BOOKED, Phase.CANCELLED):
        starts.append(meeting.span.start)
    for start in starts:
        if f"{start:%Y-%m-%dT%H:%M:%SZ}" not in str(message["card"]):
            yield f"{meeting.id} does not name {start}"


def mails_tell_the_state(facts: Facts, world: World) -> Iterator[str]:
    """SEQUENCE rises in each reader's copies, and the last of them is how things stand."""
    arrived = _by_uid(world.mail.arrived)
    for uid, mails in arrived.items():
        sequences = [sequence for _, sequence, _ in mails]
        if sequences != sorted(set(sequences)):
            yield f"{uid} came with SEQUENCE {sequences}"
    for meeting in facts.meetings.values():
        for person in (facts.people[p] for p in meeting.participants):
            if person.email:
                yield from _last_mail_is_true(meeting, person, arrived)


Letter = tuple[str, int, str]
"""METHOD, SEQUENCE, DTSTART."""


def _last_mail_is_true(meeting: Meeting, person: Person, arrived: dict[str, list[Letter]]) -> Iterator[str]:
    for number in range(1, meeting.round + 1):
        letters = arrived.get(_uid(meeting, number, person), [])
        last = letters[-1] if letters else None
        is_over = number < meeting.round or meeting.phase not in (*BOOKED, Phase.CANCELLED)
        if is_over:
            if last is not None and last[0] != "CANCEL":
                yield f"{person.name} still has {meeting.id} of round {number}: {last}"
            continue
        method = "CANCEL" if meeting.phase is Phase.CANCELLED else "REQUEST"
        expected = (method, meeting.sequence, f"{meeting.span.start:%Y%m%dT%H%M%SZ}")
        if last != expected:
            yield f"{person.name} was last told {last} of {meeting.id}, not {expected}"


def _uid(meeting: Meeting, number: int, person: Person) -> str:
    domain = Settings().mail.sender.rstrip(">").rpartition("@")[2]
    return ics.uid_for(UID_KEY, f"{meeting.id}:{number}", person.id, domain)


def _by_uid(mails: list[OutgoingMail]) -> dict[str, list[Letter]]:
    letters: dict[str, list[Letter]] = {}
    for mail in mails:
        if mail.invite is not None:
            lines = mail.invite.ics.decode().replace("\r\n ", "").split("\r\n")
            fields = {line.partition(":")[0]: line.partition(":")[2] for line in lines}
            letter = (mail.invite.method, int(fields["SEQUENCE"]), fields["DTSTART"])
            letters.setdefault(fields["UID"], []).append(letter)
    return letters
