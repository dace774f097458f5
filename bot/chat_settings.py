"""The tables of `[chat]`: one for each kind of message room."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from bot.setting_values import Section, Several, SigningSecret, TenantName, WebAddress


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


class Chat(Section):
    """The platforms rooms live on."""

    webhook: Webhook = Webhook()
