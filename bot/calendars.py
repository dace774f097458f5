"""Asking linked calendars, all at once, each under its own deadline; answers are kept, and so is silence.

Whoever waits for an answer gets it from the calendar itself. By itself an account is first asked whether
anything has changed, and read only if so (`bot/calendar_feeds.py`).

Nothing here runs inside a transaction. An answer that does not come is `Unreadable` and is kept as such, so
that whoever needs it learns at once that it is missing.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from weakref import WeakValueDictionary

import structlog

from bot import calendar_changes, calendar_channels, calendar_feeds, calendar_trouble, invites, overlaps
from bot.busy_times import (
    LOOK_AGAIN,
    StaleCalendars,
    bounded,
    held,
    merged,
    says_something_new,
    zone_mark,
    zone_of,
)
from bot.calendar_feeds import News
from bot.credentials import Credentials
from bot.desk import Desk
from bot.office import Office
from scheduling_core.availability import FreeBusy, Unreadable
from scheduling_core.calendar_ports import Account, Counted
from scheduling_core.intervals import Interval
from scheduling_core.linked_calendars import AccountTimes, CopyRecord, Feed, LinkedAccount
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person
from scheduling_core.ports import Job, Reading

log = structlog.get_logger()

SLEEPY: Final = timedelta(hours=6)
"""And while nothing is; whoever needs it asks at once."""
MARGIN: Final = timedelta(days=3)
"""More than is needed now, so that the next question needs no other window."""
AHEAD: Final = timedelta(days=2)
"""Read beyond that, so that what does not change need not be read anew only because time passes."""
BATCH: Final = 20
"""How many are asked at once by themselves."""
_PATIENCE: Final = 1.25
"""Times the deadline of its calendars: when a provider is given up that does not keep it."""
MOST_TIMES: Final = 10_000
"""Times that all calendars of a person take together: every card that asks them looks at each."""
_NO_NEWS: Final = News()
_SILENT: Final = Unreadable("It did not answer in time.")
_BROKEN: Final = Unreadable("Something went wrong while it was read.")
_NOT_HERE: Final = Unreadable("This kind of calendar is not configured here any more.")


class _ChosenAnewError(Exception):
    """Other calendars count than those that were asked, or in another way."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What an account is asked.

    Attributes:
        window: what has to be known; somewhat more is read.
        is_awaited: somebody waits for the answer, or the owner has something open or to come.
        booked: the owner's meetings that are not over.
        followed: ids of the calendars that are asked whether they changed.
        kept: what was known before.
        feeds: what follows its calendars.
        room: how many times it may hold, beside its owner's other accounts.
    """

    account: LinkedAccount
    credentials: Account
    owner: Person
    zone: str
    window: Interval
    ours: Mapping[str, Interval]
    is_awaited: bool
    booked: Sequence[Meeting]
    followed: tuple[str, ...]
    kept: AccountTimes | None
    feeds: Sequence[Feed]
    room: int

    @property
    def whole(self) -> Interval:
        """What is read."""
        return Interval(self.window.start, self.window.end + AHEAD)

    @property
    def pause(self) -> timedelta:
        """How long until it is asked again by itself."""
        return LOOK_AGAIN if self.is_awaited else SLEEPY

    @property
    def mark(self) -> str:
        """The same for the same question, whatever the window."""
        ours = sorted((uid, str(span.start), str(span.end)) for uid, span in self.ours.items())
        ways = [(each.calendar, each.all_day, each.tentative) for each in self.counted]
        return f"{zone_mark(self.zone)}.{sha256(repr((ways, ours)).encode()).hexdigest()}"

    @property
    def is_answered(self) -> bool:
        """Whether what is kept still answers it, unless a calendar has changed."""
        kept = self.kept
        return (
            kept is not None
            and kept.asked == self.mark
            and kept.covers(self.window)
            and kept.calendars.keys() == {each.calendar for each in self.counted}
            and all(each.busy is not None and each.unreadable is None for each in kept.calendars.values())
            and self.account.trouble is None
        )

    def is_fresh(self, stale: StaleCalendars) -> bool:
        """Whether somebody else has had it answered meanwhile, while these waited."""
        kept = self.kept
        return kept is not None and kept.is_fresh(stale.since, stale.window, zone_mark(self.zone))

    @property
    def counted(self) -> tuple[Counted, ...]:
        """The calendars, and how each counts."""
        return tuple(
            Counted(each.calendar.id, each.all_day, each.tentative, self.ours)
            for each in self.account.counted
        )


_LOCKS: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""By account: many who need the same at once wait for one answer."""


async def freshen(office: Office, stale: StaleCalendars) -> None:
    """Ask what a step found too old; afterwards the step can begin anew."""
    async with asyncio.TaskGroup() as group:
        for account_id, zone in stale.accounts.items():
            group.create_task(_freshen(office, account_id, zone, stale))


async def look(office: Office) -> int:
    """Ask the accounts whose time has come, some at once; returns how many these were."""
    due = await take_due(office)
    async with asyncio.TaskGroup() as group:
        for account_id in due:
            group.create_task(look_at(office, account_id))
    return len(due)


async def take_due(office: Office) -> Sequence[str]:
    """Some accounts whose time has come, for the caller to look at: nobody else is given them now."""
    now = office.clock()
    async with office.store.write() as tx:
        return await tx.due_accounts(now, now + LOOK_AGAIN, BATCH)


async def look_at(office: Office, account_id: str) -> None:
    """Ask one account whether it has changed, read it if need be, and see to its channels."""
    async with _lock(account_id):
        now = office.clock()
        question = await _question(office, account_id, Interval(now, now), is_needed=False)
        if question is None:
            return
        await _follow(office, question, now)
    if calendar_channels.are_due(office, question.account, question.followed, question.feeds, now):
        await calendar_channels.tend(office, account_id)


def _lock(account_id: str) -> asyncio.Lock:
    return _LOCKS.setdefault(account_id, asyncio.Lock())


async def _follow(office: Office, question: _Question, began: datetime) -> None:
    news = await calendar_feeds.ask(
        office, question.account, question.credentials, question.followed, question.feeds
    )
    if news.is_quiet and question.is_answered:
        look_again = began + question.pause
        async with office.store.write() as tx:
            await tx.keep_calendar_times(question.account.id, began, look_again, news.cursors)
        return
    # What changes from here on, the next question tells: the cursors are older than what is read now.
    began = office.clock()
    await _keep(office, question, await _ask(office, question), began, news)


async def _freshen(office: Office, account_id: str, zone: str, stale: StaleCalendars) -> None:
    async with _lock(account_id):
        question = await _question(office, account_id, stale.window, is_needed=True, zone=zone)
        if question is None or question.is_fresh(stale):
            return
        began = office.clock()
        await _keep(office, question, await _ask(office, question), began)


async def _question(
    office: Office, account_id: str, window: Interval, *, is_needed: bool, zone: str = ""
) -> _Question | None:
    """None when it was unlinked meanwhile; without *zone* in its owner's."""
    now = office.clock()
    async with office.store.read() as reading:
        account = await reading.account(account_id)
        owner = await reading.person(account.person) if account else None
        if account is None or owner is None:
            return None
        agenda = await reading.agenda(owner.id, now - MARGIN)
        booked = [meeting for meeting in agenda if meeting.phase is Phase.CONFIRMED]
        copies = await reading.copies_with(owner.id, now - MARGIN)
        ours = await _ours(office, reading, booked, copies)
        kept = await reading.calendar_times([owner.id])
        secret = await reading.account_secret(account_id)
        feeds = () if is_needed else await reading.feeds(account_id)
    rules = office.rules_of(owner)
    last = max([now + timedelta(days=rules.window_days), *(meeting.span.end for meeting in booked)]) + MARGIN
    whole = Interval(min(window.start, now - MARGIN), max(window.end, last))
    of_account = next((each for each in kept if each.account == account_id), None)
    return _Question(
        account,
        Credentials(office.store, account_id, secret),
        owner,
        zone or zone_of(owner),
        whole,
        ours,
        is_needed or bool(agenda),
        booked,
        account.followed(copy for copy in copies if copy.account == account_id and copy.span.end > now),
        of_account,
        feeds,
        MOST_TIMES - sum(held(each) for each in kept if each.account != account_id),
    )


async def _ours(
    office: Office, reading: Reading, booked: Sequence[Meeting], copies: Iterable[CopyRecord]
) -> dict[str, Interval]:
    """As `Counted.ours`: everybody's events, for two may have linked one account, or share a calendar.

    Args:
        copies: in all accounts of its owner, for one may show what stands in another; those of what was
            called off may still stand there, too.
    """
    people = await reading.people(sorted({each for meeting in booked for each in meeting.participants}))
    everybodys = await reading.copies_of([meeting.booking for meeting in booked])
    ours = {
        invites.uid(office, meeting, people[each]): meeting.span
        for meeting in booked
        for each in meeting.participants
        if each in people
    }
    return ours | {copy.written.uid: copy.stands_at for copy in (*everybodys, *copies) if copy.written}


async def _ask(office: Office, question: _Question) -> Mapping[str, FreeBusy]:
    """What each calendar that counts says; silence is `Unreadable`."""
    account = question.account
    if not question.counted:
        return {}
    provider = office.providers.get(account.provider)
    if provider is None:
        return _all(question, _NOT_HERE)
    within = office.settings.calendar.answer_within_seconds
    try:
        async with asyncio.timeout(within * _PATIENCE):
            said = await provider.free_busy(
                question.credentials, question.counted, question.whole, question.zone, within=within
            )
    except TimeoutError:
        return _all(question, _SILENT)
    except Exception:
        # A bug of an adapter must not turn into free time, nor take the step down.
        log.exception("calendar.failed", account=account.id, provider=account.provider)
        return _all(question, _BROKEN)
    return bounded({**_all(question, _BROKEN), **said}, question.room)


async def _keep(
    office: Office,
    question: _Question,
    answers: Mapping[str, FreeBusy],
    began: datetime,
    news: News = _NO_NEWS,
) -> None:
    """Save what was said; what counts may have been chosen anew meanwhile: then it is no answer."""
    try:
        await _save(office, question, answers, began, news)
    except _ChosenAnewError:
        async with office.store.write() as tx:
            await tx.note_told(question.account.id, began)


async def _save(
    office: Office,
    question: _Question,
    answers: Mapping[str, FreeBusy],
    began: datetime,
    news: News,
) -> None:
    """Whoever offers this time is looked at if what was said is new.

    Args:
        news: what was told before it was asked.

    Raises:
        _ChosenAnewError: nothing is saved.
    """
    before, account = question.kept, question.account
    known = before.calendars if before else {}
    calendars = {name: merged(known.get(name), answer) for name, answer in answers.items()}
    read = AccountTimes(account.id, account.person, began, question.whole, calendars, question.mark)
    unread = {name for name, answer in answers.items() if isinstance(answer, Unreadable)}
    cursors = {name: cursor for name, cursor in news.cursors.items() if name not in unread}
    async with office.store.write() as tx:
        await tx.save_calendar_times(read, began + question.pause, cursors)
        # Looked at only now: what was saved holds up whoever is choosing anew at this moment.
        now = await tx.account(account.id)
        if now is None or now.counted != account.counted:
            raise _ChosenAnewError
        desk = Desk(office, tx, began)
        await calendar_trouble.note(desk, account.id, question.owner, answers)
        if news.changed:
            await calendar_changes.promise(desk, account, news.changed)
        if question.counted and says_something_new(before, read):
            booked = await _with_known_events(tx, question)
            await overlaps.note(desk, question.owner, booked, before, read)
            job_id = f"recheck:{account.id}:{began.timestamp()}"
            await tx.enqueue(Job(job_id, "recheck", {"people": account.person}))


async def _with_known_events(reading: Reading, question: _Question) -> list[Meeting]:
    """The owner's meetings but for those of which an event was written since: it may be what was found."""
    copies = await reading.copies_of([meeting.booking for meeting in question.booked])
    new = {copy.meeting for copy in copies if copy.written and copy.written.uid not in question.ours}
    return [meeting for meeting in question.booked if meeting.booking not in new]


def _all(question: _Question, answer: FreeBusy) -> dict[str, FreeBusy]:
    return {each.calendar: answer for each in question.counted}
