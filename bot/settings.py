"""What an operator can set, and the defaults.

`bot.toml` explains every key in words; `bot.config` fills these values from it and from the environment.
"""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote

from pydantic import Field, ValidationInfo, field_validator, model_validator

from bot.calendar_settings import Calendar
from bot.chat_settings import Chat, Discord, Slack, Webhook
from bot.setting_values import (
    NO_SECRET,
    Command,
    DatabaseUrl,
    FernetKey,
    Folder,
    Hours,
    JoinTemplate,
    LowerCase,
    MailUrl,
    OptionalFile,
    OptionalKey,
    PublicUrl,
    Section,
    Sender,
    Several,
)
from bot.usage import Usage
from scheduling_core.hours_text import parse_windows
from scheduling_core.meet_syntax import VERBS
from scheduling_core.windows import Window

ANY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104  compared with, never bound to


class Log(Section):
    """What is written to standard error."""

    level: Annotated[Literal["debug", "info", "warning", "error"], LowerCase] = "info"
    format: Annotated[Literal["auto", "text", "json"], LowerCase] = "auto"


class Server(Section):
    """Where the bot listens, and the address people's browsers reach it at ("" derives it)."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    public_url: PublicUrl = ""


class Database(Section):
    """`sqlite:///path` or `postgresql://…`; "" is a file in the data directory. May hold a password."""

    url: DatabaseUrl = NO_SECRET


class Mail(Section):
    """`smtp://`, `smtps://` or a `file://` folder; "" is one in the data directory. May hold a password."""

    url: MailUrl = NO_SECRET
    sender: Sender = "Parley <parley@localhost>"


class Conversation(Section):
    """The command word and how long each step stays open."""

    command: Command = "/meet"
    hold_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    undo_seconds: Annotated[int, Field(ge=5, le=600)] = 60
    invitation_days: Annotated[int, Field(ge=1, le=60)] = 7
    offers: Annotated[int, Field(ge=1, le=5)] = 5
    join_opens_minutes: Annotated[int, Field(ge=0, le=1440)] = 10


class Join(Section):
    """The link a meeting is held at; "" gives meetings none."""

    template: JoinTemplate = "https://meet.jit.si/parley-{secret}"


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


class Limits(Section):
    """Deliveries a minute, of one person and of one workspace."""

    person_per_minute: Annotated[int, Field(ge=1)] = 120
    workspace_per_minute: Annotated[int, Field(ge=1)] = 6000


class Retention(Section):
    """How long what is over is kept, and everything of a workspace that took the bot away."""

    days: Annotated[int, Field(ge=1, le=3650)] = 90
    workspace_days: Annotated[int, Field(ge=1, le=3650)] = 30


class Network(Section):
    """Which addresses the bot may call."""

    allow_private_addresses: bool = False


class Secrets(Section):
    """Keys given from outside; those left empty are made once and kept in the data directory."""

    key_file: OptionalFile = None
    keys: Annotated[tuple[FernetKey, ...], Several] = ()
    action_key: OptionalKey = NO_SECRET
    uid_key: OptionalKey = NO_SECRET

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.key_file and self.keys:
            raise ValueError("give keys or key_file, not both")
        return self


def _check_word_for_discord(word: str) -> None:
    """Beside `/meet` it has `/meet-calendars` and so on, each of at most 32 characters."""
    longest = 32 - max(len(f"-{verb}") for verb in VERBS)
    if len(word.removeprefix("/")) > longest:
        raise ValueError(
            f"discord.command: {word} is too long for Discord; a slash and up to {longest} letters"
        )
    if any(word.endswith(f"-{verb}") for verb in VERBS):
        raise ValueError(f"discord.command: {word} ends like a command beside it; choose another word")


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
    calendar: Calendar = Calendar()
    limits: Limits = Limits()
    retention: Retention = Retention()
    network: Network = Network()
    secrets: Secrets = Secrets()

    @field_validator("chat")
    @classmethod
    def _is_a_word_for_discord(cls, chat: Chat, info: ValidationInfo) -> Chat:
        conversation = info.data.get("conversation")
        if chat.discord.is_on and isinstance(conversation, Conversation):
            _check_word_for_discord(chat.discord.command or conversation.command)
        return chat

    @property
    def public_url(self) -> str:
        """Where browsers reach the bot, without a slash at the end."""
        if self.server.public_url:
            return self.server.public_url
        host = "127.0.0.1" if self.server.host in ANY_ADDRESS else self.server.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server.port}"

    def command_on(self, platform: str) -> str:
        """The word people type on a platform: its own where one is set."""
        own = getattr(getattr(self.chat, platform, None), "command", "")
        return str(own or self.conversation.command)

    def usage_on(self, platform: str) -> Usage:
        """What people can type on a platform."""
        section: Webhook | Slack | Discord = getattr(self.chat, platform, self.chat.webhook)
        return section.usage(self.command_on(platform))

    def has_board_on(self, platform: str) -> bool:
        """Whether meetings are posted on the list of what is coming up that a platform keeps."""
        return bool(getattr(getattr(self.chat, platform, None), "has_board", False))

    @property
    def database_url(self) -> str:
        """`sqlite:///…` or `postgresql://…`, as given or in the data directory."""
        return self.database.url.get_secret_value() or f"sqlite:///{quote(str(self.data_dir / 'parley.db'))}"

    @property
    def mail_url(self) -> str:
        """`smtp://…`, `smtps://…` or `file://…`, as given or in the data directory."""
        return self.mail.url.get_secret_value() or (self.data_dir / "mail").as_uri()
