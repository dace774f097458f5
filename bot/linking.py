"""Linking a calendar account: from a private card to the provider's page and back into the room.

The card's address is a ticket for one person, for ten minutes. Whoever follows it signs in at the provider in
their own browser, which then shows a code; only the person the ticket was made for can type it in the room.
So an address that was passed on attaches nobody's calendar to anybody else: who signs in there learns a code
that is of no use to them, and who could use it never sees it.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Final

from pydantic import TypeAdapter

from bot import link_codes
from bot.credentials import Unsaved
from bot.desk import Desk
from bot.link_codes import Pending, Ticket
from bot.office import Office
from bot.views import linking as views
from scheduling_core.calendar_ports import Begun, CalendarProvider, Form, NewAccount, SignIn
from scheduling_core.deliveries import Message
from scheduling_core.errors import Refused
from scheduling_core.people import Person
from scheduling_core.refs import RoomRef

LIFE: Final = timedelta(minutes=10)
TICKETS: Final = "calendar.ticket"
SIGN_INS: Final = "calendar.sign_in"
SHOWN: Final = "calendar.shown"

OVER: Final = (
    "That took too long, or was done already. If your room says that the calendar is linked, all is well. "
    "Otherwise start anew there."
)
ELSEWHERE: Final = "This sign-in was begun in another browser. Open the link from your room in this one."


@dataclass(frozen=True, slots=True)
class _SignInUnderWay:
    ticket: Ticket
    provider: str
    browser: str
    wants_writing: bool
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Shown:
    """Which code a browser was shown, by the card that asks for it."""

    person: str
    message: str
    browser: str


_SHOWN: TypeAdapter[_Shown] = TypeAdapter(_Shown)
_TICKET: TypeAdapter[Ticket] = TypeAdapter(Ticket)
_SIGN_IN: TypeAdapter[_SignInUnderWay] = TypeAdapter(_SignInUnderWay)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


async def give_ticket(desk: Desk, person: Person, room: RoomRef, account: str = "") -> str:
    """The secret part of an address that lets *person* link a calendar; *account* as in `Ticket`."""
    token, until = desk.office.new_id("l"), desk.now + LIFE
    ticket = _TICKET.dump_json(Ticket(person.id, room, until, account)).decode()
    await desk.tx.save_record(TICKETS, _digest(token), ticket, until)
    return token


async def ticket_of(office: Office, token: str) -> tuple[Ticket, Person] | None:
    """Whose address it is; None when it is over."""
    async with office.store.read() as reading:
        text = await reading.record(TICKETS, _digest(token))
        ticket = _TICKET.validate_json(text) if text else None
        person = await reading.person(ticket.person) if ticket else None
    if ticket is None or person is None or ticket.until <= office.clock():
        return None
    return ticket, person


async def wants_writing(office: Office, ticket: Ticket) -> bool:
    """Whether meetings are written into the account that is to be signed in to anew."""
    async with office.store.read() as reading:
        account = await reading.account(ticket.account) if ticket.account else None
    return account is not None and account.person == ticket.person and bool(account.target)


async def stops_writing(office: Office, pending: Pending) -> bool:
    """See `link_codes.stops_writing`."""
    async with office.store.read() as reading:
        return await link_codes.stops_writing(reading, pending)


async def begin(
    office: Office, ticket: Ticket, provider: CalendarProvider, browser: str, *, wants_writing: bool
) -> Begun:
    """A sign-in at the provider's consent page.

    Args:
        browser: a secret that only this browser has, to be shown together with this sign-in's state.

    Raises:
        Unavailable: the provider does not answer.
    """
    begun = await _consent(provider).begin(office.links.back(provider.name), writing=wants_writing)
    under_way = _SignInUnderWay(ticket, provider.name, _digest(browser), wants_writing, begun.secret)
    content = _SIGN_IN.dump_json(under_way).decode()
    async with office.store.write() as tx:
        await tx.save_record(SIGN_INS, _digest(begun.state), content, office.clock() + LIFE)
    return begun


def _consent(provider: CalendarProvider) -> SignIn:
    if not isinstance(provider.way_in, SignIn):
        raise TypeError(f"{provider.name} is not linked by consent")
    return provider.way_in


async def come_back(
    office: Office, provider: CalendarProvider, browser: str, query: Mapping[str, str]
) -> Pending:
    """Somebody returns from the provider's page; counts once, and only in the browser that left.

    That browser is shown the same code again as long as it waits.

    Raises:
        Refused: the text says what to do.
        ProviderError: the provider's no, or silence.
    """
    under_way = await _taken(office, provider, browser, query.get("state", ""))
    if under_way is None:
        return await _shown_before(office, browser, query.get("state", ""))
    found = await _consent(provider).finish(under_way.secret, office.links.back(provider.name), query)
    pending = await _ask_for_code(office, under_way.ticket, provider, found, under_way.wants_writing)
    shown = _Shown(under_way.ticket.person, pending.message, under_way.browser)
    async with office.store.write() as tx:
        content = _SHOWN.dump_json(shown).decode()
        await tx.save_record(SHOWN, _digest(query["state"]), content, pending.until)
    return pending


async def _taken(
    office: Office, provider: CalendarProvider, browser: str, state: str
) -> _SignInUnderWay | None:
    """The sign-in that this state stands for, once; None when it is over.

    What looks at the address from elsewhere, as scanners of links do, leaves it to the browser that began.

    Raises:
        Refused: it was begun in another browser.
    """
    async with office.store.write() as tx:
        text = await tx.record(SIGN_INS, _digest(state))
        under_way = _SIGN_IN.validate_json(text) if text else None
        if under_way is None or under_way.provider != provider.name:
            return None
        if not hmac.compare_digest(under_way.browser, _digest(browser)):
            raise Refused(ELSEWHERE)
        return under_way if await tx.take_record(SIGN_INS, _digest(state), office.clock()) else None


async def _shown_before(office: Office, browser: str, state: str) -> Pending:
    """A browser loads its page anew, as phones do when one comes back to it: the same code, while it waits.

    Raises:
        Refused: it does not wait any more, or was shown elsewhere.
    """
    async with office.store.read() as reading:
        text = await reading.record(SHOWN, _digest(state))
        shown = _SHOWN.validate_json(text) if text else None
        waiting = await link_codes.all_waiting(reading, shown.person, office.clock()) if shown else ()
    pending = next((each for each in waiting if shown and each.message == shown.message), None)
    if shown is None or pending is None or not hmac.compare_digest(shown.browser, _digest(browser)):
        raise Refused(OVER)
    return pending


async def fill_in(
    office: Office,
    ticket: Ticket,
    provider: CalendarProvider,
    values: Mapping[str, str],
    *,
    wants_writing: bool,
) -> Pending:
    """The form on our page was sent. Raises: as `come_back`."""
    if not isinstance(provider.way_in, Form):
        raise TypeError(f"{provider.name} is not linked by a form")
    found = await provider.way_in.finish(values)
    return await _ask_for_code(office, ticket, provider, found, wants_writing)


async def _ask_for_code(
    office: Office, ticket: Ticket, provider: CalendarProvider, found: NewAccount, wants_writing: bool
) -> Pending:
    unsaved = Unsaved(found.secret)
    calendars = await provider.calendars(unsaved)
    code = f"{int(_digest(office.new_id('c')), 16) % 1_000_000:06}"
    message = office.new_id("m")
    until = office.clock() + LIFE
    pending = Pending(
        ticket,
        provider.name,
        found.name,
        found.identity,
        calendars,
        wants_writing,
        message,
        until,
        code,
        unsaved.held,
    )
    async with office.store.write() as tx:
        desk = Desk(office, tx, office.clock())
        person = await tx.person(ticket.person)
        if person is None:
            raise Refused(OVER)
        await link_codes.wait(desk, pending)
        card = views.code(provider.title)
        await desk.show(Message(message, 1, ticket.room, person.ref, card))
    return pending
