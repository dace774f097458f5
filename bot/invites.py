"""Each participant's own copy of a meeting: the mail with its invite, the calendar file, the links.

Nothing here ever holds two people's addresses at once.
"""

from dataclasses import replace
from typing import Literal

from bot.desk import Desk
from bot.office import Office
from bot.views import mails
from bot.views.meetings import Cast
from bot.views.words import Eyes
from scheduling_core import ics
from scheduling_core.calendar_links import calendar_links
from scheduling_core.mail import Invite, Mailbox, OutgoingMail
from scheduling_core.meeting import Meeting
from scheduling_core.people import Person
from scheduling_core.ports import Job, QueuedMail

Change = Literal["Booked", "Moved", "Cancelled"]


async def mail_all(desk: Desk, meeting: Meeting, change: Change, reason: str = "", by: str = "") -> None:
    """Queue one mail for each participant whose address is known, about the state *meeting* is in.

    Args:
        reason: why, for everybody but *by*, who gave it.
    """
    cast = await desk.cast(meeting)
    for person_id in meeting.participants:
        person = cast.people[person_id]
        if address := mailbox(person):
            why = "" if person_id == by else reason
            mail = _mail(desk, meeting, cast, person, address, change, why)
            key = f"{meeting.id}:{meeting.round}:{meeting.sequence}:{person_id}"
            await desk.tx.save_mail(QueuedMail(key, meeting.id, person_id, mail))
            await desk.tx.enqueue(Job(f"mail:{key}", "mail", {"mail": key}, lane=f"mail:{person_id}"))


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
        uid=_uid(office, meeting, reader),
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
    desk: Desk, meeting: Meeting, cast: Cast, reader: Person, to: Mailbox, change: Change, reason: str
) -> OutgoingMail:
    office = desk.office
    own = replace(entry(office, meeting, cast, reader), attendee=to)
    invite = (
        Invite("CANCEL", ics.cancel(own)) if change == "Cancelled" else Invite("REQUEST", ics.request(own))
    )
    facts = _facts(office, meeting, cast, reader)
    offered = () if change == "Cancelled" else links(office, meeting, cast, reader)
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
        invite=invite,
    )


def _facts(office: Office, meeting: Meeting, cast: Cast, reader: Person) -> mails.MailFacts:
    host = cast.people[meeting.host]
    return mails.MailFacts(
        others=cast.names(*(p for p in meeting.participants if p != reader.id)),
        eyes=Eyes.of(reader, office.rules_of(host).availability.zone),
        line=host.line,
        join_url=cast.join_url,
    )


def _uid(office: Office, meeting: Meeting, reader: Person) -> str:
    domain = sender(office).address.rpartition("@")[2]
    return ics.uid_for(office.uid_key, f"{meeting.id}:{meeting.round}", reader.id, domain)
