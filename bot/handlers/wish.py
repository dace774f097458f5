"""*None fit*: the guest says when they could; inside the host's rules the answer comes at once, outside the
host is asked with one tap."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot import clock_question, times
from bot.handlers import drafts, second_look
from bot.handlers.access import open_invitation, visible_meeting
from bot.handlers.asking import ask_host
from bot.handlers.pending import drop_wish
from bot.handlers.pick import book_now, eyes_of, instant, need_with
from bot.turn import AnswerDesk, Sorry, Turn
from bot.typed_text import too_long
from bot.views import second_look as looks
from bot.views import setup, wishing
from bot.views.words import MY_MEETINGS, Eyes, Words, more_times, none_fit, note, refusal, who
from scheduling_core import offers, time_words
from scheduling_core.cards import Card, ChoiceField
from scheduling_core.clocks import tells_the_place
from scheduling_core.intervals import Interval
from scheduling_core.mail import single_line
from scheduling_core.meet_syntax import Weekday
from scheduling_core.meeting import Meeting, Phase, Wish, replace_lost
from scheduling_core.people import Person
from scheduling_core.zones import to_instant, to_wall, zone_names

DAYS_ASKED = 14
STARTS_ASKED = 3
_LAST_CLOCK = "Etc/GMT+12"
"""Where a day begins last."""


async def none(turn: Turn, meeting_id: str) -> None:
    """*None fit* on the public card: a small private form."""
    async with turn.desk() as desk:
        meeting = await open_invitation(desk, meeting_id)
        await desk.reply(_form(turn, meeting))


def _form(turn: Turn, meeting: Meeting, problems: Mapping[str, str] | None = None) -> Card:
    """With what was typed so far, where it comes back."""
    days = _askable_days(turn.actor.shown_zone, turn.now)
    chosen = ",".join(day.isoformat() for day in _chosen(turn, days))
    typed = {**turn.inputs, "days": chosen} if problems else None
    return wishing.none_fit(
        meeting, days, problems, typed, _clock(turn, problems or {}), hears_words=turn.usage.hears_words
    )


def _clock(turn: Turn, problems: Mapping[str, str]) -> ChoiceField | None:
    """Asked, once, whose zone is not known: an evening by somebody else's clock is not what they mean."""
    if turn.actor.shown_zone is not None:
        return None
    chosen, problem = turn.inputs.get("zone", ""), problems.get("zone", "")
    return setup.clock_question("zone", turn.actor.locale, turn.now, chosen, problem)


def _askable_days(zone: str | None, now: datetime) -> list[date]:
    """Those of the guest's clock; where that is not known, from the earliest date that it is anywhere."""
    today = to_wall(zone or _LAST_CLOCK, now).date()
    return [today + timedelta(days=n) for n in range(DAYS_ASKED)]


def _chosen(turn: Turn, askable: Sequence[date]) -> list[date]:
    """The dates that were chosen, and of a weekday that was said (`thu`) the next such date."""
    said = turn.inputs.get("days", "").split(",")
    next_one = {Weekday(day.weekday()).name.lower(): day for day in reversed(askable)}
    meant = {next_one.get(one) for one in said}
    return [day for day in askable if day in meant or day.isoformat() in said]


def _told_zone(turn: Turn) -> str | None:
    """The guest's, which the form may have brought."""
    chosen = turn.inputs.get("zone", "")
    return turn.actor.shown_zone or (chosen if chosen in zone_names() else None)


async def wish(turn: Turn, meeting_id: str) -> None:
    """The filled form: times that suit both are offered at once, else the host is asked."""
    async with turn.desk() as desk:
        meeting = await open_invitation(desk, meeting_id)
        days = _chosen(turn, _askable_days(_told_zone(turn), desk.now))
        part = turn.inputs.get("part", "any") or "any"
        if problems := _problems(turn, days, part):
            await desk.reply(_form(turn, meeting, problems))
            return
        city = await _take_clock(desk)
        need = (await need_with(desk, meeting, turn.actor)).any_day()
        eyes = eyes_of(desk, need.host)
        spans = _spans(days, part, eyes.zone)
        if found := await _inside(desk, need, spans):
            await desk.reply(wishing.wish_found(meeting, found, eyes, city))
        elif fitting := await _beyond(desk, need, spans):
            await _ask_host(desk, meeting, need, fitting)
            await desk.reply(wishing.wish_asked(meeting, need.host, city))
        else:
            await desk.reply(wishing.wish_in_vain(meeting, need.host, city))


async def _take_clock(desk: AnswerDesk) -> str:
    """The zone that was chosen in the form is the actor's from now on; the city that was assumed, if any."""
    if desk.turn.actor.shown_zone is not None:
        return ""
    zone = desk.turn.inputs["zone"]
    desk.turn.actor = replace(desk.turn.actor, zone=zone)
    await desk.save_person(desk.turn.actor)
    await clock_question.take(desk, desk.turn.actor, zone)
    return "" if tells_the_place(desk.turn.actor.locale, zone) else time_words.zone_city(zone)


def _problems(turn: Turn, days: Sequence[date], part: str) -> dict[str, str]:
    """Sentence by field id."""
    found = {
        "zone": "" if _told_zone(turn) else wishing.NO_CLOCK,
        "days": "" if days else _no_day(turn),
        "part": "" if part in wishing.DAY_PARTS else "Choose one of these parts of the day.",
        "note": too_long(turn.inputs.get("note", ""), wishing.MAX_NOTE),
    }
    return {field: because for field, because in found.items() if because}


def _no_day(turn: Turn) -> str:
    is_over = _chosen(turn, _askable_days(turn.actor.shown_zone, turn.now))
    return "By your clock that day is over; choose another." if is_over else "Choose at least one day."


def _spans(days: Sequence[date], part: str, zone: str) -> list[Interval]:
    _, first, last = wishing.DAY_PARTS[part]

    def at_hour(day: date, hour: int) -> datetime:
        return to_instant(zone, datetime.combine(day, time(hour)))

    return [Interval(at_hour(day, first), at_hour(day, last)) for day in days]


def _fits(start: datetime, length: timedelta, spans: Sequence[Interval]) -> bool:
    return any(span.start <= start and start + length <= span.end for span in spans)


async def _inside(desk: AnswerDesk, need: times.Need, spans: Sequence[Interval]) -> tuple[datetime, ...]:
    free = await times.free_starts(desk.tx, need, desk.now)
    return times.offered(desk.office, need, [s for s in free if _fits(s, need.length, spans)])


async def _beyond(desk: AnswerDesk, need: times.Need, spans: Sequence[Interval]) -> list[datetime]:
    """The starts that the host's word would make possible."""
    whole = Interval(max(spans[0].start, desk.now), max(spans[-1].end, desk.now))
    anyhow = replace(need.beyond_rules(), days=_dates(spans, need))
    free = await times.free_starts(desk.tx, anyhow, desk.now, within=whole)
    return [start for start in free if _fits(start, need.length, spans)]


async def _ask_host(
    desk: AnswerDesk, meeting: Meeting, need: times.Need, fitting: Sequence[datetime]
) -> None:
    starts = offers.choose(fitting, need.length, need.zones, STARTS_ASKED)
    guest, words = desk.turn.actor, single_line(desk.turn.inputs.get("note", ""))
    host_eyes = Eyes.of(need.host, need.rules.availability.zone)

    def question(asked: Wish) -> Card:
        return wishing.wish_question(asked, meeting, guest, host_eyes)

    await ask_host(desk, meeting, need.host, starts, words, question)


def _dates(spans: Sequence[Interval], need: times.Need) -> tuple[date, ...]:
    """Naming days lifts the host's window; the spans themselves limit the starts."""
    return tuple({need.day_of(at) for span in spans for at in (span.start, span.end)})


async def _asked(desk: AnswerDesk, wish_id: str) -> tuple[Wish, Meeting, Person]:
    """A question that waits for the actor, its meeting, and the guest who asked.

    Raises:
        Sorry: it was answered, the meeting went another way, or it is somebody else's.
    """
    asked = await desk.tx.wish(wish_id)
    if asked is None:
        raise Sorry(refusal("That question is no longer open.", MY_MEETINGS))
    meeting = await visible_meeting(desk, asked.meeting)
    if meeting.host != desk.turn.actor.id:
        raise Sorry(refusal("Only the host can answer that."))
    if meeting.phase is not Phase.INVITING:
        raise Sorry(refusal("This meeting went another way meanwhile.", MY_MEETINGS))
    people = await desk.tx.people([asked.guest])
    return asked, meeting, people[asked.guest]


async def accept(turn: Turn, wish_id: str, minutes: str, knows: str = "") -> None:
    """*Accept*: books the time the guest asked for, this once outside the rules.

    Args:
        knows: what the host was told before they pressed: an `Unsure`, "" for nothing.
    """
    async with turn.desk() as desk:
        asked, meeting, guest = await _asked(desk, wish_id)
        start = instant(minutes)
        if not asked.starts:
            raise Sorry(looks.accepted_in_vain(asked, guest))
        if start not in asked.starts:
            other = (who(guest), " asks for other times now; see the newer question.")
            raise Sorry(refusal(other, MY_MEETINGS))
        need = (await need_with(desk, meeting, guest)).any_day().beyond_rules()
        await desk.tx.lock(need.people)
        look = await second_look.look(desk, need, start) if start > desk.now else "taken"
        if look != "free" and look != "taken" and not second_look.is_settled(look, knows):
            await _ask_again(desk, asked, looks.accept_anyway(asked, start, look, eyes_of(desk, need.host)))
        elif look == "taken" or not await book_now(desk, meeting, need, start, guest):
            await _accepted_in_vain(desk, asked, meeting, guest)


async def _ask_again(desk: AnswerDesk, asked: Wish, question: Card) -> None:
    """In the place of what the host answered, so that one question waits and not two."""
    message_id = await desk.reply(question)
    if message_id != asked.message_id:
        await desk.withdraw_message(asked.message_id)
        await desk.tx.save_wish(replace(asked, message_id=message_id))


async def _accepted_in_vain(desk: AnswerDesk, asked: Wish, meeting: Meeting, guest: Person) -> None:
    """Both are told; the host can still offer other times, and accept none of these."""
    lost = replace(asked, starts=())
    await desk.tx.save_wish(lost)
    await _ask_again(desk, lost, looks.accepted_in_vain(lost, guest))
    word = (who(desk.turn.actor), " agreed, but the time was taken meanwhile.")
    await desk.tell(guest.ref, meeting.room, _try_again(meeting, word))


async def others(turn: Turn, wish_id: str) -> None:
    """*Offer other times*: fresh numbers join the card."""
    async with turn.desk() as desk:
        asked, meeting, guest = await _asked(desk, wish_id)
        need = (await need_with(desk, meeting, guest)).any_day()
        free = await times.free_starts(desk.tx, need, desk.now)
        shown = {offer.start for offer in meeting.open_offers()}
        unseen = [start for start in free if start not in shown]
        fresh = times.offered(desk.office, need, times.lasting(need, unseen, desk.now))
        if not fresh:
            await desk.reply(await drafts.no_time(desk, "You have no other free time in your window."))
            return
        await drop_wish(desk, asked)
        kept = frozenset(offer.start for offer in meeting.open_offers())
        days = {*meeting.days, *map(need.day_of, fresh)} if meeting.days else ()
        offering = replace(replace_lost(meeting, kept, fresh), days=tuple(sorted(days)))
        await desk.publish(offering)
        word = (who(turn.actor), " cannot then, but offers other times: see the new numbers on the card.")
        await desk.tell(guest.ref, meeting.room, _try_again(meeting, word))
        await desk.reply(note(("Offered. ", who(guest), " sees new numbers on the card.")))


async def decline(turn: Turn, wish_id: str) -> None:
    """*No*: the guest is told and keeps the card. After a yes in vain they know: it is only put aside."""
    async with turn.desk() as desk:
        asked, meeting, guest = await _asked(desk, wish_id)
        await drop_wish(desk, asked)
        if not asked.starts:
            await desk.reply(
                note(("Dismissed. ", who(guest), " knows that the time was taken."), MY_MEETINGS)
            )
            return
        word = (who(turn.actor), " cannot make those times.")
        await desk.tell(guest.ref, meeting.room, _try_again(meeting, word))
        await desk.reply(note(("I told ", who(guest), ".")))


def _try_again(meeting: Meeting, words: Words) -> Card:
    more = more_times(meeting.id)
    again = none_fit(meeting.id)
    return note(words, more, again)
