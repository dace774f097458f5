"""A real SMTP server in this process and loop, that answers as it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """The far end of SMTP (aiosmtpd).

    Attributes:
        answers: replies to give to the next RCPT commands instead of accepting.
        data_answers: replies to give to the next DATA contents instead of accepting.
        envelopes: what was accepted, oldest first.
        secured: for each accepted mail, whether it came over TLS.
    """

    port: int = 0
    answers: list[str] = field(default_factory=list)
    data_answers: list[str] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name for the hook
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name for the hook
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data_answers:
            return self.data_answers.pop(0)
        self.envelopes.append(envelope)
        self.secured.append(session.ssl is not None)
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        """Take one login only, and remember what was tried."""
        login = (data.login.decode(), data.password.decode())
        self.logins.append(login)
        return AuthResult(success=login == ("bot@parley.example", "p@ss:w/rd %"), handled=False)


@asynccontextmanager
async def mail_server(
    *,
    smtputf8: bool = True,
    login: bool = False,
    starttls: ssl.SSLContext | None = None,
    implicit_tls: ssl.SSLContext | None = None,
) -> AsyncIterator[MailServer]:
    """Run a server on a free port of 127.0.0.1."""
    far_end = MailServer()

    def session() -> SMTP:
        return SMTP(
            far_end,
            hostname="mail.example",
            enable_SMTPUTF8=smtputf8,
            tls_context=starttls,
            authenticator=far_end.authenticate,
            auth_required=login,
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0, ssl=implicit_tls)
    far_end.port = server.sockets[0].getsockname()[1]
    try:
        yield far_end
    finally:
        server.close()
        await server.wait_closed()
