"""SMTP against a real server: what it answers decides what happens to the mail."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.mail import build
from adapters.mail.smtp import SmtpMail, server_from
from scheduling_core.errors import Rejected, Unavailable
from scheduling_core.mail import Mailbox
from tests.adapters.mail.harness import MailServer, mail_server
from tests.contracts.mail import BOT, GUEST, MailContract, Wire, a_mail

SHORT = timedelta(seconds=5)


class SmtpWire(Wire):
    """The transport and the server it delivers to."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.transport = SmtpMail(f"smtp://127.0.0.1:{server.port}", SHORT)

    def arrived(self) -> list[bytes]:
        return [bytes(envelope.original_content or b"") for envelope in self.server.envelopes]


@pytest.fixture
async def wire() -> AsyncIterator[SmtpWire]:
    async with mail_server() as server:
        yield SmtpWire(server)


class TestSmtpContract(MailContract):
    """A real server on a socket."""


async def test_each_mail_has_an_envelope_of_its_own(wire: SmtpWire) -> None:
    await wire.transport.send(a_mail())
    (envelope,) = wire.server.envelopes
    assert envelope.mail_from == BOT.address
    assert envelope.rcpt_tos == [GUEST.address]


async def test_a_greylisted_mail_is_tried_later_and_then_accepted(wire: SmtpWire) -> None:
    wire.server.answers = ["451 4.7.1 Greylisted, come back"]
    with pytest.raises(Unavailable, match=r"451 4\.7\.1 Greylisted"):
        await wire.transport.send(a_mail())
    await wire.transport.send(a_mail())
    assert len(wire.arrived()) == 1


async def test_an_unknown_recipient_is_final_and_says_why_without_the_address(wire: SmtpWire) -> None:
    wire.server.answers = ["550 5.1.1 <guest@example.org>: Recipient address rejected: no such user"]
    with pytest.raises(Rejected) as caught:
        await wire.transport.send(a_mail())
    assert caught.value.code == 550
    assert caught.value.reason == "5.1.1 <…>: Recipient address rejected: no such user"
    assert wire.arrived() == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("554 5.7.1 Looks like spam", Rejected),
        ("452 4.3.1 Disk full", Unavailable),
        ("530 5.7.0 Log in", Unavailable),
    ],
)
async def test_an_answer_to_the_content_counts_like_one_to_the_recipient(
    wire: SmtpWire, answer: str, error: type[Exception]
) -> None:
    wire.server.data_answers = [answer]
    with pytest.raises(error):
        await wire.transport.send(a_mail())


async def test_a_server_that_hangs_up_is_tried_later(wire: SmtpWire) -> None:
    wire.server.answers = ["421 4.3.2 Shutting down"]
    with pytest.raises(Unavailable):
        await wire.transport.send(a_mail())


async def test_a_closed_port_is_tried_later(unused_tcp_port: int) -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
        await SmtpMail(f"smtp://127.0.0.1:{unused_tcp_port}", SHORT).send(a_mail())


async def test_a_check_of_a_closed_port_says_so(unused_tcp_port: int) -> None:
    with pytest.raises(Unavailable, match="mail server"):
        await SmtpMail(f"smtp://127.0.0.1:{unused_tcp_port}", timedelta(seconds=2)).check()


async def test_a_silent_server_is_given_up_in_time() -> None:
    hung_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        hung_up.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable):
            await SmtpMail(f"smtp://127.0.0.1:{port}", timedelta(milliseconds=50)).send(a_mail())
        async with asyncio.timeout(5):
            await hung_up.wait()


async def test_a_server_without_international_addresses_is_final_for_such_an_address() -> None:
    async with mail_server(smtputf8=False) as server:
        transport = SmtpMail(f"smtp://127.0.0.1:{server.port}", SHORT)
        with pytest.raises(Rejected, match="such letters"):
            await transport.send(a_mail(Mailbox("gäst@example.org")))
        await transport.send(a_mail(Mailbox("guest@example.org", "Gäst"), subject="ü"))
        assert len(server.envelopes) == 1


NO_TLS_IN_THIS_TEST = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@NO_TLS_IN_THIS_TEST
async def test_user_and_password_are_decoded_from_the_address() -> None:
    async with mail_server(login=True) as server:
        url = f"smtp://bot%40parley.example:p%40ss%3Aw%2Frd%20%25@127.0.0.1:{server.port}"
        await SmtpMail(url, SHORT).send(a_mail())
        assert server.logins == [("bot@parley.example", "p@ss:w/rd %")]
        assert len(server.envelopes) == 1


@NO_TLS_IN_THIS_TEST
async def test_a_refused_or_missing_login_is_not_the_recipients_fault() -> None:
    async with mail_server(login=True) as server:
        for login in ("bot:wrong@", ""):
            with pytest.raises(Unavailable):
                await SmtpMail(f"smtp://{login}127.0.0.1:{server.port}", SHORT).send(a_mail())


async def test_starttls_is_used_where_it_is_offered(own_certificate: ssl.SSLContext) -> None:
    async with mail_server(starttls=own_certificate) as server:
        await SmtpMail(f"smtp://127.0.0.1:{server.port}", SHORT).send(a_mail())
        assert server.secured == [True]


async def test_smtps_does_not_talk_to_a_stranger(own_certificate: ssl.SSLContext) -> None:
    async with mail_server(implicit_tls=own_certificate) as server:
        with pytest.raises(Unavailable):
            await SmtpMail(f"smtps://127.0.0.1:{server.port}", SHORT).send(a_mail())
        assert server.envelopes == []


def test_ports_and_security_follow_from_the_address() -> None:
    def seen(url: str) -> tuple[str, int, str]:
        server = server_from(url)
        return server.host, server.port, server.tls

    assert seen("smtp://mail.example") == ("mail.example", 25, "offered")
    assert seen("smtp://u:p@mail.example") == ("mail.example", 587, "required")
    assert seen("smtp://u:p@localhost:2525") == ("localhost", 2525, "offered")
    assert seen("smtps://u:p@mail.example") == ("mail.example", 465, "implicit")
    assert seen("smtps://[::1]:4650/") == ("::1", 4650, "implicit")


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp://u@h",
        "smtp://u:secret@h/path",
        "smtp://u:secret@h?x=1",
        "smtp://u:secret@h:99999",
        "smtp://h:x",
    ],
)
def test_a_mistyped_server_is_refused_without_repeating_the_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError) as caught:
        build(url, data_dir=tmp_path)
    assert "secret" not in str(caught.value)


def test_the_password_is_not_shown_by_repr() -> None:
    assert "secret" not in repr(server_from("smtp://u:secret@mail.example"))


@pytest.fixture
def own_certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
