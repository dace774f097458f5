"""Each participant's own copy of a meeting: the mail with its invite, the calendar file, the links.

Nothing here ever holds two people's addresses at once.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from bot.desk import Desk
from bot.office import Office
from bot.views import mails
from bot.views.meetings import Cast
from bot.views.words import Eyes
from scheduling_core import ics
from scheduling_core.calendar_links import calendar_links
from scheduling_core.mail import Invite, Mailbox, OutgoingMail
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person
from scheduling_core.ports import Job, QueuedMail

Change = Literal["Booked", "Moved", "Cancelled", "Elsewhere"]
"""What a mail is about; `Elsewhere` takes an invite out of the calendar of a former address."""

_JUST_BEFORE = timedelta(seconds=1)
_FORMER = ":former"
_INSTEAD = ":instead"
_PLAIN = ":plain"
"""Ends the id of a mail without an invite: what a mail carried is not kept once it is sent."""


async def mail_all(
    desk: Desk,
    meeting: Meeting,
    change: Change,
    reason: str = "",
    by: str = "",
    written_for: Collection[str] = (),
) -> None:
    """Queue one mail for each participant whose address is known, about the state *meeting* is in.

    Whoever has another address than the invite before went to gets a CANCEL there first: a REQUEST to the
    new one alone would leave the meeting, as it was, in the old calendar.

    Args:
        reason: why, for everybody but *by*, who gave it.
        written_for: whose calendar gets the event itself; nothing in their mail adds it once more.
    """
    cast = await desk.cast(meeting)
    for person_id in meeting.participants:
        person = cast.people[person_id]
        if address := mailbox(person):
            key, why = _key(meeting, meeting.sequence, person_id), "" if person_id == by else reason
            if former := await _former_address(desk, meeting, person, address):
                to_former: Change = "Cancelled" if change == "Cancelled" else "Elsewhere"
                mail = _mail(desk, meeting, cast, person, former, to_former, why)
                mail = replace(mail, message_id=mail.message_id.replace("@", ".former@"))
                await _queue(desk, key + _FORMER, meeting, person, mail)
            if person_id in written_for:
                key += _PLAIN
            mail = _mail(desk, meeting, cast, person, address, change, why, is_plain=person_id in written_for)
            await _queue(desk, key, meeting, person, mail)


async def was_invited(desk: Desk, meeting: Meeting, person: Person) -> bool:
    """Whether an invite to the meeting as it is went out to the person; a plain or a refused mail is none."""
    key = _key(meeting, meeting.sequence, person.id)
    return _is_there(await desk.tx.mail(key)) or _is_there(await desk.tx.mail(key + _INSTEAD))


async def mail_instead(desk: Desk, meeting: Meeting, person: Person) -> None:
    """An event could not be written into the person's calendar: the invite goes out after all."""
    if address := mailbox(person):
        cast, key = await desk.cast(meeting), _key(meeting, meeting.sequence, person.id) + _INSTEAD
        mail = _mail(desk, meeting, cast, person, address, "Booked", "")
        mail = replace(mail, message_id=mail.message_id.replace("@", ".instead@"))
        await _queue(desk, key, meeting, person, mail)


async def mail_missing(desk: Desk, person: Person) -> None:
    """Queue the invites that *person* was not sent because their address became known only now.

    What is written into a calendar of theirs needs none.
    """
    if (address := mailbox(person)) is None:
        return
    for meeting in await desk.tx.agenda(person.id, desk.now):
        key = _key(meeting, meeting.sequence, person.id)
        if meeting.phase is Phase.CONFIRMED and not await _was_told(desk, meeting, person, key):
            mail = _mail(desk, meeting, await desk.cast(meeting), person, address, "Booked", "")
            await _queue(desk, key, meeting, person, mail)


async def _was_told(desk: Desk, meeting: Meeting, person: Person, key: str) -> bool:
    if await desk.tx.mail(key) is not None or await desk.tx.mail(key + _PLAIN) is not None:
        return True
    return person.is_linked and await desk.tx.copy(meeting.booking, person.id) is not None


def is_to_former_address(mail_id: str) -> bool:
    """Whether a queued mail goes where its reader's mail no longer goes: that it bounces harms nobody."""
    return mail_id.endswith(_FORMER)


def _key(meeting: Meeting, sequence: int, person_id: str) -> str:
    return f"{meeting.id}:{meeting.round}:{sequence}:{person_id}"


async def _former_address(desk: Desk, meeting: Meeting, person: Person, address: Mailbox) -> Mailbox | None:
    """Where the invite before this one stands in a calendar, if that is not where this one goes."""
    before = await desk.tx.mail(_key(meeting, meeting.sequence - 1, person.id)) if meeting.sequence else None
    if before is None or not _is_there(before):
        return None
    known = before.mail.recipient
    return None if known.address.casefold() == address.address.casefold() else known


def _is_there(queued: QueuedMail | None) -> bool:
    """Whether its reader has it, or will."""
    return queued is not None and queued.outcome in ("", "sent")


async def _queue(desk: Desk, key: str, meeting: Meeting, person: Person, mail: OutgoingMail) -> None:
    await desk.tx.save_mail(QueuedMail(key, meeting.id, person.id, mail))
    await desk.tx.enqueue(Job(f"mail:{key}", "mail", {"mail": key}, lane=f"mail:{person.id}"))


def mailbox(person: Person) -> Mailbox | None:
    """Where the person's mail goes, or None when no usable address is known."""
    try:
        return Mailbox(person.email, person.name) if person.email else None
    except ValueError:
        return None


def entry(office: Office, meeting: Meeting, cast: Cast, reader: Person) -> ics.CalendarEntry:
    """The meeting as it stands in one reader's calendar: their own UID, nobody's address but ours."""
    facts = _facts(office, meeting, cast, reader)
    return ics.CalendarEntry(
        uid=uid(office, meeting, reader),
        sequence=meeting.sequence,
        dtstamp=office.clock(),
        start=meeting.span.start,
        end=meeting.span.end,
        summary=mails.summary(meeting, facts.others),
        description=mails.description(facts),
        location=cast.join_url,
        url=cast.join_url,
        organizer=sender(office),
    )


def links(office: Office, meeting: Meeting, cast: Cast, reader: Person) -> list[tuple[str, str]]:
    """Add-to-calendar links that are this reader's alone."""
    own_file = (".ics file", office.links.ics(meeting.id, reader.id))
    return [*calendar_links(entry(office, meeting, cast, reader)), own_file]


def sender(office: Office) -> Mailbox:
    """The bot's own address: organizer of every event, sender of every mail."""
    name, _, address = office.settings.mail.sender.rpartition("<")
    return Mailbox(address.rstrip(">").strip(), name.strip())


def _mail(
    desk: Desk,
    meeting: Meeting,
    cast: Cast,
    reader: Person,
    to: Mailbox,
    change: Change,
    reason: str,
    *,
    is_plain: bool = False,
) -> OutgoingMail:
    office = desk.office
    own = replace(entry(office, meeting, cast, reader), attendee=to)
    is_taken_back = change in ("Cancelled", "Elsewhere")
    facts = _facts(office, meeting, cast, reader)
    offered = () if is_taken_back or is_plain else links(office, meeting, cast, reader)
    said = mails.words(meeting, facts, change, reason, offered)
    local, _, domain = own.uid.partition("@")
    return OutgoingMail(
        message_id=f"<{local}.{meeting.sequence}@{domain}>",
        sent_at=desk.now,
        sender=sender(office),
        recipient=to,
        subject=said.subject,
        text=said.text,
        html=said.html,
        invite=None if is_plain else _carried(own, change),
    )


def _carried(own: ics.CalendarEntry, change: Change) -> Invite:
    is_taken_back = change in ("Cancelled", "Elsewhere")
    return _taken_back(own, change) if is_taken_back else Invite("REQUEST", ics.request(own))


def _taken_back(own: ics.CalendarEntry, change: Change) -> Invite:
    if change == "Elsewhere":
        # Both addresses may lead into one calendar, where of one SEQUENCE the later DTSTAMP counts: the
        # REQUEST that follows (RFC 5546 section 2.1.5).
        own = replace(own, dtstamp=own.dtstamp - _JUST_BEFORE)
    return Invite("CANCEL", ics.cancel(own))


def _facts(office: Office, meeting: Meeting, cast: Cast, reader: Person) -> mails.MailFacts:
    host = cast.people[meeting.host]
    return mails.MailFacts(
        others=cast.names(*(p for p in meeting.participants if p != reader.id)),
        eyes=Eyes.of(reader, office.rules_of(host).availability.zone),
        line=host.line,
        join_url=cast.join_url,
    )


def uid(office: Office, meeting: Meeting, reader: Person) -> str:
    """The iCalendar UID of one reader's event of a meeting; of each round another."""
    domain = sender(office).address.rpartition("@")[2]
    return ics.uid_for(office.uid_key, f"{meeting.id}:{meeting.round}", reader.id, domain)
