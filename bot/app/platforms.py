"""The chat platforms that are configured, each told what it needs of the settings."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.chat import webhook
from adapters.http import Http
from bot import keys
from bot.settings import Settings
from scheduling_core.actions import ActionCodec
from scheduling_core.chat_ports import ChatPlatform, EventBoard, Inbox
from scheduling_core.ports import Store

if TYPE_CHECKING:
    from adapters.chat import discord, slack


@dataclass(frozen=True, slots=True)
class Connections:
    """What platforms share."""

    inbox: Inbox
    store: Store
    http: Http
    codec: ActionCodec
    clock: Callable[[], datetime]


def build(settings: Settings, shared: Connections) -> tuple[ChatPlatform, ...]:
    """All of them; only inside the running loop."""
    rooms: list[ChatPlatform] = [webhook_rooms(settings, shared)]
    if settings.chat.slack.is_on:
        rooms.append(slack_rooms(settings, shared))
    if settings.chat.discord.is_on:
        rooms.append(discord_rooms(settings, shared))
    return tuple(rooms)


def boards(rooms: Iterable[ChatPlatform]) -> dict[str, EventBoard]:
    """Those of them that keep a list of what is coming up, by name."""
    return {room.name: room for room in rooms if isinstance(room, EventBoard)}


def webhook_rooms(settings: Settings, shared: Connections) -> webhook.WebhookRooms:
    """Custom rooms."""
    configured = settings.chat.webhook
    tenants = {
        name: webhook.Tenant(
            tuple(s.get_secret_value() for s in tenant.secret)
            or (keys.tenant_secret(settings.data_dir, name),),
            tenant.callback_url,
        )
        for name, tenant in configured.tenants.items()
    }
    rules = webhook.WebhookSettings(
        tenants, configured.tolerance_seconds, configured.answer_within_seconds, configured.max_body_bytes
    )
    return webhook.build(rules, shared.inbox, shared.http, shared.codec, shared.clock)


def slack_rooms(settings: Settings, shared: Connections) -> "slack.SlackRooms":
    """Slack workspaces."""
    from adapters.chat import slack  # 0.3 s that only those pay who use it

    return slack.build(slack_settings(settings), shared.inbox, shared.store, shared.codec, shared.clock)


def slack_settings(settings: Settings) -> "slack.SlackSettings":
    """As the adapter takes them."""
    from adapters.chat import slack

    configured = settings.chat.slack
    client = (configured.client_id, configured.client_secret.get_secret_value())
    return slack.SlackSettings(
        bot_token=configured.bot_token.get_secret_value(),
        client=client if configured.client_id else None,
        signing_secret=configured.signing_secret.get_secret_value(),
        mode=configured.mode,
        app_token=configured.app_token.get_secret_value(),
        command=configured.command or settings.conversation.command,
        neutral_command=settings.conversation.command,
        public_url=settings.public_url,
        api_base_url=configured.api_base_url,
        proxy=configured.proxy,
    )


def slack_manifest(settings: Settings) -> str:
    """The app manifest as JSON, for the configured address, command word and mode.

    Raises:
        ValueError: Slack would refuse it; the text says what to set.
    """
    from adapters.chat.slack.manifest import manifest

    configured = settings.chat.slack
    is_public = settings.public_url.startswith("https://")
    if not is_public and (configured.mode == "http" or configured.client_id):
        raise ValueError(
            f"Slack calls public https addresses only, not {settings.public_url}. Set [server] public_url, "
            'or, for one workspace, [chat.slack] mode = "socket", which needs none.'
        )
    command = configured.command or settings.conversation.command
    made = manifest(settings.public_url if is_public else "", command, mode=configured.mode)
    return json.dumps(made, indent=2, ensure_ascii=False)


def discord_rooms(settings: Settings, shared: Connections) -> "discord.DiscordRooms":
    """Discord servers."""
    from adapters.chat import discord  # 0.5 s that only those pay who use it

    return discord.build(discord_settings(settings), shared.inbox, shared.store, shared.codec, shared.clock)


def discord_settings(settings: Settings) -> "discord.DiscordSettings":
    """As the adapter takes them."""
    from adapters.chat import discord

    configured = settings.chat.discord
    return discord.DiscordSettings(
        token=configured.token.get_secret_value(),
        application_id=configured.application_id,
        public_key=configured.public_key,
        mode=configured.mode,
        shards=configured.shards or None,
        command=configured.command or settings.conversation.command,
        neutral_command=settings.conversation.command,
        public_url=settings.public_url,
        api_base_url=configured.api_base_url,
        gateway_url=configured.gateway_url,
        scheduled_events=configured.scheduled_events,
    )


async def sync_discord(settings: Settings) -> list[str]:
    """Register the application commands now; returns their names.

    Raises:
        ValueError: Discord is not configured, or the word cannot be a command.
        ProviderError: Discord refuses, or does not answer.
    """
    from adapters.chat.discord import sync

    if not settings.chat.discord.is_on:
        raise ValueError("[chat.discord] has no token")
    return await sync.register_now(discord_settings(settings), lambda: datetime.now(UTC))
