"""The tables of `[chat]`: one for each kind of message room."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from bot.setting_values import (
    NO_SECRET,
    ApplicationId,
    AppToken,
    BotToken,
    LowerCase,
    OptionalCommand,
    OptionalSocketAddress,
    OptionalWebAddress,
    PublicKey,
    Section,
    Several,
    SigningSecret,
    TenantName,
    WebAddress,
)
from bot.usage import Usage


class Tenant(Section):
    """One custom message room. No secret: one is made and kept in the data directory."""

    secret: Annotated[tuple[SigningSecret, ...], Several] = ()
    callback_url: WebAddress


class Webhook(Section):
    """The room protocol; tenants by lower-case name."""

    tolerance_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    answer_within_seconds: Annotated[float, Field(gt=0, le=10)] = 2.5
    max_body_bytes: Annotated[int, Field(ge=1024, le=1_048_576)] = 65_536
    tenants: Mapping[TenantName, Tenant] = Field(default_factory=dict)

    def usage(self, word: str) -> Usage:
        """With this command; a room may show text only."""
        return Usage(word, shows_forms=False)


class Slack(Section):
    """Slack: one workspace by its bot token, or many that install the bot themselves. Empty: no Slack."""

    bot_token: BotToken = NO_SECRET
    client_id: str = ""
    client_secret: SecretStr = NO_SECRET
    signing_secret: SecretStr = NO_SECRET
    mode: Annotated[Literal["http", "socket"], LowerCase] = "http"
    app_token: AppToken = NO_SECRET
    command: OptionalCommand = ""
    api_base_url: WebAddress = "https://slack.com/api/"
    proxy: OptionalWebAddress = ""

    def usage(self, word: str) -> Usage:
        """With this command."""
        return Usage(word)

    @property
    def is_on(self) -> bool:
        """Whether a workspace can use the bot."""
        return bool(self.bot_token.get_secret_value() or self.client_id)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = {
            name for name in ("bot_token", "client_secret", "signing_secret", "app_token") if self._has(name)
        }
        if bool(self.client_id) != ("client_secret" in given):
            raise ValueError("client_id and client_secret belong together")
        if self.client_id and "bot_token" in given:
            raise ValueError(
                "give bot_token for one workspace, or client_id and client_secret for many, not both"
            )
        if given and not self.is_on:
            raise ValueError("needs bot_token, or client_id and client_secret")
        if self.is_on and self.mode == "http" and "signing_secret" not in given:
            raise ValueError('needs signing_secret, or app_token with mode = "socket"')
        if self.is_on and self.mode == "socket" and "app_token" not in given:
            raise ValueError('needs app_token while mode is "socket"')
        return self

    def _has(self, name: str) -> bool:
        secret: SecretStr = getattr(self, name)
        return bool(secret.get_secret_value())


class Discord(Section):
    """Discord: one bot in any number of servers. Empty: no Discord."""

    token: SecretStr = NO_SECRET
    application_id: ApplicationId = ""
    public_key: PublicKey = ""
    mode: Annotated[Literal["gateway", "http"], LowerCase] = "gateway"
    shards: Annotated[int, Field(ge=0, le=10_000)] = 0
    command: OptionalCommand = ""
    api_base_url: WebAddress = "https://discord.com/api/v10"
    gateway_url: OptionalSocketAddress = ""
    scheduled_events: bool = False

    def usage(self, word: str) -> Usage:
        """With this command, which has options; by HTTP no messages are heard."""
        return Usage(word, has_options=True, hears_words=self.mode == "gateway")

    @property
    def has_board(self) -> bool:
        """Whether meetings stand among the events of their server."""
        return self.scheduled_events

    @property
    def is_on(self) -> bool:
        """Whether a server can use the bot."""
        return bool(self.token.get_secret_value())

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.is_on and (self.application_id or self.public_key):
            raise ValueError("needs token, the bot's, from the developer portal")
        if self.is_on and not self.application_id:
            raise ValueError("needs application_id, from the developer portal")
        if self.is_on and self.mode == "http" and not self.public_key:
            raise ValueError('needs public_key, or mode = "gateway"')
        return self


class Chat(Section):
    """The platforms rooms live on."""

    webhook: Webhook = Webhook()
    slack: Slack = Slack()
    discord: Discord = Discord()
