"""Each participant's own mail: one for each change, nobody else's address, the host's own line."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace

from bot.jobs import Jobs
from scheduling_core.deliveries import Delivery
from scheduling_core.errors import Rejected, StoreLost, Unavailable
from scheduling_core.mail import OutgoingMail
from scheduling_core.ports import Acceptance, Job, Reading, Store, Transaction
from tests.bot.beginnings import booked, invited, said
from tests.bot.town import FakeMail, Town


async def test_each_participant_gets_an_own_mail_in_their_own_time(town: Town) -> None:
    host, guest = await booked(town)
    (mine,), (theirs,) = town.mail.to(host.email), town.mail.to(guest.email)
    assert mine.subject == "Booked: logo review, Tue 24 Nov, 13:00"
    assert theirs.subject == "Booked: logo review, Tue 24 Nov, 09:00"
    assert "With @guest · 30 min" in mine.text
    assert "With @host · 30 min" in theirs.text
    assert mine.message_id != theirs.message_id
    assert mine.invite is not None
    assert theirs.invite is not None
    uids = {re.search(rb"UID:(.*)\r", mail.invite.ics) for mail in (mine, theirs) if mail.invite}
    assert len({uid[1] for uid in uids if uid}) == 2


async def test_the_hosts_own_line_stands_in_every_invite(town: Town) -> None:
    host, guest = await invited(town)
    await host.types("/meet settings")
    await host.presses("Save", line="Bring <b>coffee</b>.")
    await guest.presses("1", town.card())
    await guest.presses("Confirm")
    for mail in town.mail.sent:
        assert "Bring <b>coffee</b>." in mail.text
        assert "Bring &lt;b&gt;coffee&lt;/b&gt;." in mail.html


async def test_a_title_cannot_break_out_of_the_mail(town: Town) -> None:
    _, guest = await booked(town, '/meet @guest 30 "<script>x</script> 🎉 שלום"')
    (mail,) = town.mail.to(guest.email)
    assert "<script>" not in mail.html
    assert "🎉 שלום" in mail.subject


async def test_somebody_without_an_address_is_told_to_add_it_themselves(town: Town) -> None:
    del town.people["u-2"]["email"]
    host, guest = await invited(town)
    await guest.presses("1")
    answer = await guest.presses("Confirm")
    assert "I know no mail address of yours" in said(answer)
    assert answer is not None
    assert ".ics file" in answer.links()
    assert [mail.recipient.address for mail in town.mail.sent] == [host.email]


async def test_an_address_that_is_told_late_gets_its_invite_once(town: Town) -> None:
    address = town.people["u-2"].pop("email")
    _, guest = await invited(town)
    await guest.presses("1")
    await guest.presses("Confirm")
    town.people["u-2"]["email"] = address
    for _ in range(2):
        await town.deliver(guest, {"type": "members"})
        await town.settle()
    (mail,) = town.mail.to(guest.email)
    assert mail.subject.startswith("Booked")
    assert mail.invite is not None


async def test_a_mail_that_is_refused_is_shown_to_the_host_without_the_address(town: Town) -> None:
    host, guest = await invited(town)
    town.mail.trouble[guest.email] = Rejected(550, "no such mailbox")
    await guest.presses("1")
    await guest.presses("Confirm")
    (told,) = [seen for seen in host.screen() if "could not be delivered" in seen.text]
    assert told.text.startswith("The invite for @guest could not be delivered: there is no such mailbox")
    assert guest.email not in told.text
    assert not any("could not be delivered" in seen.text for seen in guest.screen())
    assert town.card().text.startswith("✅")


@dataclass(slots=True)
class AwayStore:
    """A store whose next *away* transactions are lost at their end."""

    inner: Store
    away: int = 0

    def read(self) -> AbstractAsyncContextManager[Reading]:
        """See `Store`."""
        return self.inner.read()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """See `Store`."""
        async with self.inner.write() as tx:
            yield tx
            if self.away:
                self.away -= 1
                raise StoreLost("away")

    async def accept(self, delivery: Delivery, catch_up: Job | None = None) -> Acceptance:
        """See `Store`."""
        return await self.inner.accept(delivery, catch_up)

    async def close(self) -> None:
        """See `Store`."""


@dataclass(slots=True)
class CountedMail(FakeMail):
    """Every handing over counts, a repeat too."""

    handed_over: list[str] = field(default_factory=list)

    async def send(self, mail: OutgoingMail) -> None:
        """See `MailTransport`."""
        self.handed_over.append(mail.message_id)


async def test_a_mail_is_not_sent_again_when_the_database_is_lost_right_after_it(town: Town) -> None:
    _, guest = await invited(town)
    store, mail, waited = AwayStore(town.office.store), CountedMail(), list[float]()

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    jobs = Jobs(replace(town.office, store=store), mail, {}, wait)
    town.jobs.functions = {**town.jobs.functions, "mail": jobs.mail}
    await guest.presses("1")
    store.away = 3
    await guest.presses("Confirm")
    assert len(mail.handed_over) == len(set(mail.handed_over)) == 2
    assert len(waited) == 3


async def test_nobody_is_told_that_a_former_address_is_dead(town: Town) -> None:
    host, _ = await booked(town)
    town.people["u-2"]["email"] = "guest@new.example"
    town.mail.trouble["guest@example.net"] = Rejected(550, "no such mailbox")
    offered = await host.presses("Reschedule", town.card())
    assert offered is not None
    await host.presses_at(0, offered)
    assert methods(town, "guest@new.example") == [("REQUEST", 1)]
    assert not any("could not be delivered" in seen.text for seen in host.screen())


async def test_a_mail_that_cannot_be_handed_over_yet_is_tried_again_in_order(town: Town) -> None:
    _, guest = await invited(town)
    town.mail.trouble[guest.email] = Unavailable("greylisted")
    await guest.presses("1")
    await guest.presses("Confirm")
    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")
    assert town.mail.to(guest.email) == []
    del town.mail.trouble[guest.email]
    await town.settle()
    assert [mail.subject.split(":")[0] for mail in town.mail.to(guest.email)] == ["Booked", "Cancelled"]


async def test_a_cancellation_is_a_cancel_with_a_higher_sequence(town: Town) -> None:
    host, guest = await booked(town)
    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")
    for address in (host.email, guest.email):
        request, cancel = town.mail.to(address)
        assert request.invite is not None
        assert cancel.invite is not None
        assert (request.invite.method, cancel.invite.method) == ("REQUEST", "CANCEL")
        assert b"SEQUENCE:1" in cancel.invite.ics
        assert re.findall(rb"UID:.*", request.invite.ics) == re.findall(rb"UID:.*", cancel.invite.ics)


async def test_who_moves_to_another_address_keeps_one_meeting_in_one_calendar(town: Town) -> None:
    host, _ = await booked(town)
    town.people["u-2"]["email"] = "guest@new.example"
    offered = await host.presses("Reschedule", town.card())
    assert offered is not None
    await host.presses_at(0, offered)
    assert methods(town, "guest@example.net") == [("REQUEST", 0), ("CANCEL", 1)]
    assert methods(town, "guest@new.example") == [("REQUEST", 1)]
    old, new = town.mail.to("guest@example.net")[1], town.mail.to("guest@new.example")[0]
    assert "goes there" in old.text
    assert old.invite is not None
    assert b"guest@example.net" in old.invite.ics
    assert "example.net" not in new.text + new.html + str(new.invite)
    assert "new.example" not in old.text + old.html + str(old.invite)
    # In one calendar behind both addresses the REQUEST comes after the CANCEL (RFC 5546 section 2.1.5).
    assert town.mail.sent.index(old) < town.mail.sent.index(new)
    assert dtstamp(old) < dtstamp(new)
    assert uid(old) == uid(new)
    await host.presses("Undo")
    assert methods(town, "guest@example.net") == [("REQUEST", 0), ("CANCEL", 1)]
    assert methods(town, "guest@new.example") == [("REQUEST", 1), ("REQUEST", 2)]


async def test_a_meeting_cancelled_after_a_change_of_address_leaves_both_calendars(town: Town) -> None:
    host, guest = await booked(town)
    town.people["u-2"]["email"] = "guest@new.example"
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    assert methods(town, "guest@example.net") == [("REQUEST", 0), ("CANCEL", 1)]
    assert methods(town, "guest@new.example") == [("CANCEL", 1)]
    assert methods(town, host.email) == [("REQUEST", 0), ("CANCEL", 1)]
    assert len({mail.message_id for mail in town.mail.sent}) == len(town.mail.sent) == 5
    await guest.presses("Find a new time", town.card())
    await guest.presses("6", town.card())
    await guest.presses("Confirm")
    assert len(methods(town, "guest@example.net")) == 2


async def test_an_address_that_took_no_invite_or_is_only_written_otherwise_gets_no_second_mail(
    town: Town,
) -> None:
    host, guest = await invited(town)
    town.mail.trouble[guest.email] = Rejected(550, "no such mailbox")
    await guest.presses("1")
    await guest.presses("Confirm")
    town.mail.trouble.clear()
    town.people["u-1"]["email"], town.people["u-2"]["email"] = "Host@Example.org", "guest@new.example"
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    assert methods(town, "guest@example.net") == []
    assert methods(town, "host@example.org") == [("REQUEST", 0)]
    assert methods(town, "Host@Example.org") == [("CANCEL", 1)]


def methods(town: Town, address: str) -> list[tuple[str, int]]:
    """METHOD and SEQUENCE of each mail to one address."""
    invites = [mail.invite for mail in town.mail.to(address) if mail.invite]
    found = [(invite.method, re.search(rb"SEQUENCE:(\d+)", invite.ics)) for invite in invites]
    return [(method, int(sequence[1])) for method, sequence in found if sequence]


def dtstamp(mail: OutgoingMail) -> bytes:
    return _property(mail, b"DTSTAMP")


def uid(mail: OutgoingMail) -> bytes:
    return _property(mail, b"UID")


def _property(mail: OutgoingMail, name: bytes) -> bytes:
    assert mail.invite is not None
    found = re.search(rb"%s:(.*)\r" % name, mail.invite.ics.replace(b"\r\n ", b""))
    assert found is not None
    return found[1]
