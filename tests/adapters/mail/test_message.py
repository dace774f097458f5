"""The octets of a mail, where a client or server is known to be strict."""

import email
import re
from dataclasses import replace
from datetime import datetime
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.message import needs_smtputf8, to_bytes
from scheduling_core.mail import Invite, Mailbox, single_line
from tests.contracts.mail import GUEST, a_mail, an_invite, parsed

text_of_people = st.one_of(
    st.text(max_size=300),
    st.text(alphabet='\r\n\t "\\(),;:<>@=?_é🎉\u202e\ud800aB', max_size=200),
    st.text(alphabet="aé ,", min_size=100, max_size=400),
)


def shown(raw: bytes, header: str) -> str:
    """A header decoded; email's newer parser adds spaces between encoded words in Python 3.11."""
    return str(make_header(decode_header(email.message_from_bytes(raw)[header])))


@given(text_of_people, text_of_people)
def test_names_and_subjects_survive_any_content_and_break_no_header(name: str, subject: str) -> None:
    raw = to_bytes(a_mail(Mailbox("guest@example.org", name), subject=subject))
    head = raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    assert all(line.isascii() and len(line) <= 998 and b"\n" not in line for line in head)
    names = [line.split(b":", 1)[0] for line in head if line[:1] not in b" \t"]
    assert sorted(names) == [
        b"Auto-Submitted",
        b"Content-Type",
        b"Date",
        b"From",
        b"MIME-Version",
        b"Message-ID",
        b"Subject",
        b"To",
    ]
    (address,) = parsed(raw)["To"].addresses
    assert address.addr_spec == "guest@example.org"
    assert shown(raw, "Subject") == single_line(subject)


@pytest.mark.parametrize(
    "text",
    [
        "Grüße",
        "Ö, the second; (one)",
        "פגישה",
        "🍜 " * 30,
        "Aé x, " * 30,
        "word " * 60,
        "a=?utf-8?q?b?=",
        "plain",
        'the "boss"',
    ],
)
def test_an_honest_name_and_subject_arrive_as_typed(text: str) -> None:
    raw = to_bytes(a_mail(Mailbox("guest@example.org", text), subject=text))
    assert shown(raw, "Subject") == single_line(text)
    name, address = parseaddr(email.message_from_bytes(raw)["To"])
    assert (str(make_header(decode_header(name))), address) == (single_line(text), "guest@example.org")


def test_bodies_are_seven_bit_with_crlf_and_short_lines() -> None:
    raw = to_bytes(a_mail(text="ü" * 3000 + "\nFrom here\n.\n\ud800\x00", invite=an_invite(GUEST)))
    assert raw.isascii()
    assert b"\x00" not in raw
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_a_long_message_id_is_written_as_it_is() -> None:
    long = f"<{'a' * 64}@calendar.parley.example>"
    raw = to_bytes(replace(a_mail(), message_id=long, in_reply_to=long))
    assert raw.count(long.encode()) == 3


def test_smtputf8_is_needed_for_addresses_only() -> None:
    assert not needs_smtputf8(a_mail(Mailbox("guest@example.org", "Gäst"), subject="ü"))
    assert needs_smtputf8(a_mail(Mailbox("gäst@example.org")))
    assert needs_smtputf8(a_mail(sender=Mailbox("bot@bücher.example")))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "guest",
        "a@b@c",
        "a b@c",
        "a@b\r\nRCPT TO:<x@y>",
        "<a@b>",
        '"a"@b',
        "a@",
        "a..b@c",
        "a\u202e@b",
        "x" * 250 + "@b.de",
    ],
)
def test_an_address_that_would_need_escaping_is_a_mistake(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Mailbox(address)


def test_an_invite_names_its_own_method() -> None:
    with pytest.raises(ValueError, match="CANCEL"):
        Invite("CANCEL", an_invite(GUEST).ics)


def test_a_mail_with_a_loose_message_id_or_time_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="message id"):
        replace(a_mail(), message_id="<a@b>\r\nBcc: <x@y>")
    with pytest.raises(ValueError, match="message id"):
        replace(a_mail(), in_reply_to="a@b")
    with pytest.raises(ValueError, match="aware"):
        replace(a_mail(), sent_at=datetime(2026, 11, 24))  # noqa: DTZ001 - the naive time is the point
