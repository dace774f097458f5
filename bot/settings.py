"""What an operator can set, the defaults, and which values make sense.

`bot.toml` explains every key in words; `bot.config` fills these values from it and from the environment.
"""

import base64
import binascii
import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from scheduling_core.hours_text import parse_windows
from scheduling_core.windows import Window

ANY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104  compared with, never bound to
SECRET_PREFIX = "whsec_"  # noqa: S105  a prefix that all secrets share, not one of them
SECRET_BYTES = range(24, 65)
FERNET_BYTES = 32

COMMAND = re.compile(r"/[a-z0-9_-]{1,31}")
TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
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
    if url and urlsplit(_web_address(url)).query:
        raise ValueError("must have no ? part: paths are added to its end")
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
WebAddress = Annotated[str, AfterValidator(_web_address)]
SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]
FernetKey = Annotated[SecretStr, AfterValidator(_fernet_key)]
OptionalKey = Annotated[SecretStr, AfterValidator(_optional_key)]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
NO_SECRET = SecretStr("")


class Section(BaseModel):
    """One table of the file: frozen, unknown keys refused, values never shown in errors."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True, allow_inf_nan=False
    )


class Log(Section):
    """What is written to standard error."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    format: Annotated[Literal["auto", "text", "json"], BeforeValidator(_lower)] = "auto"


class Server(Section):
    """Where the bot listens, and the address people's browsers reach it at ("" derives it)."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    public_url: Annotated[str, AfterValidator(_public_url)] = ""


class Database(Section):
    """`sqlite:///path` or `postgresql://…`; "" is a file in the data directory. May hold a password."""

    url: Annotated[SecretStr, AfterValidator(_database_url)] = NO_SECRET


class Mail(Section):
    """`smtp://`, `smtps://` or a `file://` folder; "" is one in the data directory. May hold a password."""

    url: Annotated[SecretStr, AfterValidator(_mail_url)] = NO_SECRET
    sender: Annotated[str, AfterValidator(_sender)] = "Parley <parley@localhost>"


class Conversation(Section):
    """The command word and how long each step stays open."""

    command: Annotated[str, AfterValidator(_command)] = "/meet"
    hold_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    undo_seconds: Annotated[int, Field(ge=5, le=600)] = 60
    invitation_days: Annotated[int, Field(ge=1, le=60)] = 7
    offers: Annotated[int, Field(ge=1, le=5)] = 5
    join_opens_minutes: Annotated[int, Field(ge=0, le=1440)] = 10


class Join(Section):
    """The link a meeting is held at; "" gives meetings none."""

    template: Annotated[str, AfterValidator(_join_template)] = "https://meet.jit.si/parley-{secret}"


class Defaults(Section):
    """A person's rules until they change them. Hours are wall-clock windows as text, "" a day off."""

    mon: Hours = "9-17"
    tue: Hours = "9-17"
    wed: Hours = "9-17"
    thu: Hours = "9-17"
    fri: Hours = "9-17"
    sat: Hours = ""
    sun: Hours = ""
    length_minutes: Annotated[int, Field(ge=5, le=480)] = 30
    step_minutes: Annotated[int, Field(ge=5, le=480)] = 30
    notice_minutes: Annotated[int, Field(ge=0, le=43_200)] = 120
    window_days: Annotated[int, Field(ge=0, le=365)] = 7
    buffer_before_minutes: Annotated[int, Field(ge=0, le=480)] = 5
    buffer_after_minutes: Annotated[int, Field(ge=0, le=480)] = 5
    max_per_day: Annotated[int, Field(ge=0, le=96)] = 0

    @property
    def weekly_windows(self) -> tuple[tuple[Window, ...], ...]:
        """The windows of the seven days, Monday first, as `WeeklyHours.of` takes them."""
        days = (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)
        return tuple(parse_windows(day) for day in days)


class Tenant(Section):
    """One custom message room. No secret: one is made and kept in the data directory."""

    secret: Annotated[tuple[SigningSecret, ...], BeforeValidator(_listed)] = ()
    callback_url: WebAddress


class Webhook(Section):
    """The room protocol; tenants by lower-case name."""

    tolerance_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    answer_within_seconds: Annotated[float, Field(gt=0, le=10)] = 2.5
    max_body_bytes: Annotated[int, Field(ge=1024, le=1_048_576)] = 65_536
    tenants: Mapping[Annotated[str, AfterValidator(_tenant_name)], Tenant] = Field(default_factory=dict)


class Chat(Section):
    """The platforms rooms live on."""

    webhook: Webhook = Webhook()


class Limits(Section):
    """Deliveries a minute, of one person and of one workspace."""

    person_per_minute: Annotated[int, Field(ge=1)] = 120
    workspace_per_minute: Annotated[int, Field(ge=1)] = 6000


class Retention(Section):
    """How long what is over is kept."""

    days: Annotated[int, Field(ge=1, le=3650)] = 90


class Network(Section):
    """Which addresses the bot may call."""

    allow_private_addresses: bool = False


class Secrets(Section):
    """Keys given from outside; those left empty are made once and kept in the data directory."""

    key_file: Annotated[Path | None, BeforeValidator(_none_if_empty)] = None
    keys: Annotated[tuple[FernetKey, ...], BeforeValidator(_listed)] = ()
    action_key: OptionalKey = NO_SECRET
    uid_key: OptionalKey = NO_SECRET

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.key_file and self.keys:
            raise ValueError("give keys or key_file, not both")
        return self


class Settings(Section):
    """Everything an operator can set. `Settings()` holds the defaults."""

    data_dir: Folder = Path(".data")
    log: Log = Log()
    server: Server = Server()
    database: Database = Database()
    mail: Mail = Mail()
    conversation: Conversation = Conversation()
    join: Join = Join()
    defaults: Defaults = Defaults()
    chat: Chat = Chat()
    limits: Limits = Limits()
    retention: Retention = Retention()
    network: Network = Network()
    secrets: Secrets = Secrets()

    @property
    def public_url(self) -> str:
        """Where browsers reach the bot, without a slash at the end."""
        if self.server.public_url:
            return self.server.public_url
        host = "127.0.0.1" if self.server.host in ANY_ADDRESS else self.server.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server.port}"

    @property
    def database_url(self) -> str:
        """`sqlite:///…` or `postgresql://…`, as given or in the data directory."""
        return self.database.url.get_secret_value() or f"sqlite:///{self.data_dir / 'parley.db'}"

    @property
    def mail_url(self) -> str:
        """`smtp://…`, `smtps://…` or `file://…`, as given or in the data directory."""
        return self.mail.url.get_secret_value() or (self.data_dir / "mail").as_uri()
