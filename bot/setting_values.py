"""What one value of the settings may be, with the reason when it may not; and what all tables share."""

import base64
import binascii
import re
import string
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr

from scheduling_core.hours_text import parse_windows

SECRET_PREFIX = "whsec_"  # noqa: S105  a prefix that all secrets share, not one of them
SECRET_BYTES = range(24, 65)
FERNET_BYTES = 32

COMMAND = re.compile(r"/[a-z0-9_-]{1,31}")
APPLICATION_ID = re.compile(r"[0-9]{15,20}")
PUBLIC_KEY = re.compile(r"[0-9A-Fa-f]{64}")
TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
DIRECTORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
GOOGLE_PATH = "/calendar/v3/"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SENDER = re.compile(r"(?P<name>[^<>@\r\n]*)<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+")


def _split(url: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it is what checks it
    except ValueError as error:
        raise ValueError(f"is no address, such as {example}") from error
    if parts.scheme not in schemes:
        raise ValueError(f"must begin with {' or '.join(f'{s}://' for s in schemes)}, such as {example}")
    return parts


def _web_address(url: str) -> str:
    if not _split(url, ("https", "http"), "https://meet.example.org").hostname:
        raise ValueError("names no host; it should look like https://meet.example.org")
    return url


def _public_url(url: str) -> str:
    if not url:
        return url
    parts = urlsplit(_web_address(url))
    if parts.path.strip("/") or "?" in url or "#" in url:
        raise ValueError(
            "must end after the host and its port, such as https://meet.example.org: the bot takes all paths "
            "below it; give it a host of its own"
        )
    return url.rstrip("/")


def _database_url(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    if text and not re.match(r"(sqlite:///|postgresql://)", text):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return url


def _mail_url(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    if not text:
        return url
    parts = _split(text, ("smtp", "smtps", "file"), "smtp://mail.example.org:587")
    if parts.scheme == "file" and (parts.netloc or not parts.path.startswith("/")):
        raise ValueError("a folder is written with three slashes, such as file:///var/mail/parley")
    if parts.scheme != "file" and not parts.hostname:
        raise ValueError("names no host; it should look like smtp://mail.example.org:587")
    return url


def _sender(text: str) -> str:
    if not SENDER.fullmatch(text):
        raise ValueError("must be one address, such as Parley <parley@example.org>")
    return text


def _command(text: str) -> str:
    # Slack and Discord both allow 32 characters at most, lower case, no blanks.
    if not COMMAND.fullmatch(text):
        raise ValueError("must be a slash and up to 31 of a-z, 0-9, - and _, such as /meet")
    return text


def _optional_command(text: str) -> str:
    return _command(text) if text else text


def _optional_web_address(url: str) -> str:
    return _web_address(url) if url else url


def _token(prefix: str, name: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        if text and not text.startswith(prefix):
            raise ValueError(f"is no {name} of Slack: these begin with {prefix}")
        return secret

    return AfterValidator(check)


def _application_id(text: str) -> str:
    if text and not APPLICATION_ID.fullmatch(text):
        raise ValueError("must be the number of 15 to 20 digits that the developer portal shows")
    return text


def _public_key(text: str) -> str:
    if text and not PUBLIC_KEY.fullmatch(text):
        raise ValueError("must be the 64 hexadecimal digits that the developer portal shows")
    return text.lower()


def _optional_socket_address(url: str) -> str:
    if url and urlsplit(url).scheme not in ("ws", "wss"):
        raise ValueError("must begin with wss:// or ws://")
    return url.rstrip("/")


def _join_template(text: str) -> str:
    if not text:
        return text
    try:
        placeholders = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise ValueError("has a { or } that belongs to no placeholder") from error
    if placeholders != {"secret"}:
        raise ValueError("needs {secret} and no other placeholder, so that no two meetings share a link")
    return _web_address(text)


def _hours(text: str) -> str:
    parse_windows(text)
    return text


def _directory(name: str) -> str:
    if not DIRECTORY.fullmatch(name):
        raise ValueError("must be common, organizations, consumers, or the id or a domain of one tenant")
    return name


def _secure_address(url: str) -> str:
    """Its slashes at the end are not part of it."""
    parts = urlsplit(_web_address(url))
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("must begin with https://")
    return url.rstrip("/")


def _google_api(url: str) -> str:
    if not urlsplit(_web_address(url)).path.endswith(GOOGLE_PATH):
        raise ValueError(f"must end with {GOOGLE_PATH}")
    return url


def _tenant_name(name: str) -> str:
    if not TENANT.fullmatch(name):
        raise ValueError("a tenant is named by up to 63 of a-z, 0-9, - and _")
    return name


def _decoded(text: str, *, urlsafe: bool) -> bytes:
    try:
        return base64.b64decode(text, altchars=b"-_" if urlsafe else None, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _signing_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    encoded = text.removeprefix(SECRET_PREFIX)
    if encoded == text or len(_decoded(encoded, urlsafe=False)) not in SECRET_BYTES:
        raise ValueError(f"must be {SECRET_PREFIX} and 24 to 64 random bytes in base64")
    return secret


def _fernet_key(secret: SecretStr) -> SecretStr:
    if len(_decoded(secret.get_secret_value(), urlsafe=True)) != FERNET_BYTES:
        raise ValueError("must be 32 random bytes in URL-safe base64")
    return secret


def _optional_key(secret: SecretStr) -> SecretStr:
    return _fernet_key(secret) if secret.get_secret_value() else secret


def _listed(value: object) -> object:
    """One text with blanks or commas is a list too, since the environment has no lists."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _none_if_empty(value: object) -> object:
    return value or None


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Hours = Annotated[str, AfterValidator(_hours)]
Command = Annotated[str, AfterValidator(_command)]
OptionalCommand = Annotated[str, AfterValidator(_optional_command)]
OptionalWebAddress = Annotated[str, AfterValidator(_optional_web_address)]
OptionalSocketAddress = Annotated[str, AfterValidator(_optional_socket_address)]
ApplicationId = Annotated[str, AfterValidator(_application_id)]
PublicKey = Annotated[str, AfterValidator(_public_key)]
BotToken = Annotated[SecretStr, _token("xoxb-", "bot token")]
AppToken = Annotated[SecretStr, _token("xapp-", "app-level token")]
JoinTemplate = Annotated[str, AfterValidator(_join_template)]
Sender = Annotated[str, AfterValidator(_sender)]
TenantName = Annotated[str, AfterValidator(_tenant_name)]
Directory = Annotated[str, AfterValidator(_directory)]
SecureAddress = Annotated[str, AfterValidator(_secure_address)]
GoogleApiAddress = Annotated[str, AfterValidator(_google_api)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
MailUrl = Annotated[SecretStr, AfterValidator(_mail_url)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]
FernetKey = Annotated[SecretStr, AfterValidator(_fernet_key)]
OptionalKey = Annotated[SecretStr, AfterValidator(_optional_key)]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
Several = BeforeValidator(_listed)
LowerCase = BeforeValidator(_lower)
OptionalFile = Annotated[Path | None, BeforeValidator(_none_if_empty)]
NO_SECRET = SecretStr("")


class Section(BaseModel):
    """One table of the file: frozen, unknown keys refused, values never shown in errors."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True, allow_inf_nan=False
    )
