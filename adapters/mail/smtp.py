"""Mail over SMTP (RFC 5321), one connection per mail."""

import asyncio
import contextlib
import ipaddress
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from adapters.mail.message import needs_smtputf8, to_bytes
from scheduling_core.errors import Rejected, Unavailable
from scheduling_core.mail import OutgoingMail, single_line

_ANY_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_LONGEST_REASON = 200
_GOODBYE_SECONDS = 2
# RFC 4954 section 6: the server wants another or a better login; that is ours to mend, not the recipient's.
_LOGIN_CODES = frozenset({530, 534, 535, 538})
# RFC 6531 section 3.7.4: the code a server without SMTPUTF8 would answer.
_MAILBOX_NAME_NOT_ALLOWED = 553


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how to deliver.

    Attributes:
        tls: "implicit" from the first octet (smtps), "required" STARTTLS, or "offered": STARTTLS where the
            server has it, without checking its certificate. Whoever could forge a certificate could take
            the offer away too, so a check would only turn away private relays.
    """

    host: str
    port: int
    tls: Literal["implicit", "required", "offered"]
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def server_from(url: str) -> SmtpServer:
    """Read `smtp[s]://[user:password@]host[:port]`; user and password are percent-decoded.

    Ports: 465 for smtps, 587 for smtp with a login, else 25. A login goes over TLS with a checked
    certificate, except to this machine itself.

    Raises:
        ValueError: another form; the message does not repeat the password.
    """
    parts = urlsplit(url)
    port = _port(parts)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("a mail server is written smtp://user:password@host:port or smtps://…")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("a mail server's login needs both, smtp://user:password@host")
    if parts.username is None or parts.password is None:
        return SmtpServer(parts.hostname, port, "implicit" if parts.scheme == "smtps" else "offered")
    user, password = unquote(parts.username), unquote(parts.password)
    return SmtpServer(parts.hostname, port, _tls_for_login(parts), user, password)


class SmtpMail:
    """A MailTransport over one SMTP server."""

    def __init__(self, url: str, timeout: timedelta) -> None:
        """Deliver to the server of *url* (see `server_from`); one delivery takes at most *timeout*.

        Raises:
            ValueError: see `server_from`.
        """
        self._server = server_from(url)
        self._timeout_seconds = timeout.total_seconds()

    async def send(self, mail: OutgoingMail) -> None:
        """Deliver. See MailTransport for what the errors mean."""
        try:
            await self._deliver(mail)
        except (OSError, aiosmtplib.SMTPException) as error:
            raise Unavailable(f"mail server {self._server.host}: {_words(str(error))}") from error

    async def check(self) -> str:
        """Connect, log in, say goodbye. See MailTransport."""
        client = self._client()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await client.connect()
            await _say_goodbye(client)
        except (OSError, aiosmtplib.SMTPException) as error:
            raise Unavailable(f"mail server {self._server.host}: {_words(str(error))}") from error
        finally:
            client.close()
        return f"the mail server {self._server.host}:{self._server.port} answers"

    async def _deliver(self, mail: OutgoingMail) -> None:
        client = self._client()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await client.connect()
                await _hand_over(client, mail)
            await _say_goodbye(client)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            timeout=self._timeout_seconds,
            use_tls=server.tls == "implicit",
            start_tls={"implicit": False, "required": True, "offered": None}[server.tls],
            validate_certs=server.tls != "offered",
        )


async def _say_goodbye(client: aiosmtplib.SMTP) -> None:
    """QUIT (RFC 5321 section 4.1.1.10); the mail is accepted, so nothing said from here on matters."""
    with contextlib.suppress(OSError, aiosmtplib.SMTPException):
        async with asyncio.timeout(_GOODBYE_SECONDS):
            await client.quit()


async def _hand_over(client: aiosmtplib.SMTP, mail: OutgoingMail) -> None:
    """One transaction for one recipient; what the server says about it becomes our errors."""
    options = ["SMTPUTF8"] if needs_smtputf8(mail) else []
    try:
        await client.sendmail(
            mail.sender.address, [mail.recipient.address], to_bytes(mail), mail_options=options
        )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        _raise_for(refused.recipients[0])
    except aiosmtplib.SMTPResponseException as refused:
        _raise_for(refused)
    except aiosmtplib.SMTPNotSupported as error:
        reason = "the mail server cannot send to addresses with such letters"
        raise Rejected(_MAILBOX_NAME_NOT_ALLOWED, reason) from error


def _raise_for(answer: aiosmtplib.SMTPResponseException) -> NoReturn:
    """Turn a reply code into the decision it asks for (RFC 5321 section 4.2.1)."""
    if answer.code >= 500 and answer.code not in _LOGIN_CODES:
        raise Rejected(answer.code, _words(answer.message)) from answer
    raise Unavailable(f"{answer.code} {_words(answer.message)}") from answer


def _words(answer: str) -> str:
    """A server's words as one short line; it likes to repeat the address, which others may not see."""
    return _ANY_ADDRESS.sub("…", single_line(answer))[:_LONGEST_REASON]


def _tls_for_login(parts: SplitResult) -> Literal["implicit", "required", "offered"]:
    if parts.scheme == "smtps":
        return "implicit"
    return "offered" if _is_this_machine(parts.hostname or "") else "required"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port(parts: SplitResult) -> int:
    """The port written, or the usual one (RFC 8314 section 7.3 for 465, RFC 6409 for 587)."""
    default = 465 if parts.scheme == "smtps" else 587 if parts.username else 25
    try:
        return parts.port or default
    except ValueError:
        raise ValueError("the mail server's port must be a number below 65536") from None
