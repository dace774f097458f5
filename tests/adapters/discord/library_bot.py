"""The smallest scheduling app on the unmodified library.

What proves that the harness is like Discord to it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import discord as library
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.adapters.discord.harness import Discord

Interaction = library.Interaction["Planner"]
AT = 1795510800
NAMES = {"tue": "Tuesday", "wed": "Wednesday"}
DAYS = [library.SelectOption(label=name, value=value) for value, name in NAMES.items()]


@contextmanager
def pointed_at(discord: Discord) -> Iterator[None]:
    """Let discord.py of this process talk to *discord*; its addresses are of the whole process."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = discord.api_base_url, yarl.URL(discord.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


class Cancel(ui.DynamicItem[ui.Button[Any]], template=r"m:cancel:(?P<meeting>\w+)"):
    """A button that works in every process, whoever posted it."""

    def __init__(self, meeting: str) -> None:
        button: ui.Button[Any] = ui.Button(label="Cancel", custom_id=f"m:cancel:{meeting}")
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, _by: library.Interaction[Any], _item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        """Made anew from the id of the button."""
        return cls(match["meeting"])

    async def callback(self, interaction: library.Interaction[Any]) -> None:
        """Edit the card in place."""
        await interaction.response.edit_message(content="Cancelled", view=None)


def card() -> ui.View:
    """The buttons of the card."""
    view = ui.View(timeout=None)
    view.add_item(Cancel("m1"))
    return view


class Times(ui.View):
    """The second step: a time."""

    @ui.select(placeholder="Time", options=[library.SelectOption(label="1 · 09:00", value="9")])
    async def time(self, interaction: Interaction, select: ui.Select[Any]) -> None:
        """Private words first, then the card for everybody."""
        await interaction.response.edit_message(content="Booked.", view=None)
        await interaction.followup.send(f"**Booked** for <t:{AT}:F>", view=card())


class Days(ui.View):
    """The first step: a day."""

    @ui.select(placeholder="Day", options=DAYS)
    async def day(self, interaction: Interaction, select: ui.Select[Any]) -> None:
        """The same private message, one step on."""
        await interaction.response.edit_message(content=f"Which time on {select.values[0]}?", view=Times())


class Topic(ui.Modal, title="Topic"):
    """Words only."""

    topic: ui.Label[Any] = ui.Label(text="Topic", component=ui.TextInput(max_length=100))
    kind: ui.Label[Any] = ui.Label(text="Kind", component=ui.Select(options=DAYS))

    async def on_submit(self, interaction: library.Interaction[Any]) -> None:
        """Say what came."""
        topic, kind = self.topic.component, self.kind.component
        assert isinstance(topic, ui.TextInput)
        assert isinstance(kind, ui.Select)
        await interaction.response.send_message(f"{topic.value} on {kind.values[0]}")


class Planner(library.AutoShardedClient):
    """The app."""

    def __init__(self, **options: Any) -> None:
        intents = library.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(intents=intents, guild_ready_timeout=0.01, **options)
        self.tree = app_commands.CommandTree(self)
        self.errors: asyncio.Queue[BaseException] = asyncio.Queue()
        self.received: list[library.Interaction[Any]] = []
        self.tree.error(self._note)
        register(self.tree)

    async def _note(self, interaction: Any, error: app_commands.AppCommandError) -> None:
        self.errors.put_nowait(getattr(error, "original", error))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The library waits five seconds between two shards."""

    async def error(self) -> library.HTTPException:
        """The next thing Discord refused."""
        async with asyncio.timeout(10):
            error = await self.errors.get()
        assert isinstance(error, library.HTTPException)
        return error

    async def setup_hook(self) -> None:
        """Buttons of older processes work, and commands are registered."""
        self.add_dynamic_items(Cancel)
        await self.tree.sync()

    async def on_interaction(self, interaction: library.Interaction[Any]) -> None:
        """Remember it."""
        self.received.append(interaction)

    async def on_message(self, message: library.Message) -> None:
        """A mention or a direct message is answered."""
        is_direct = message.guild is None and message.author != self.user
        if is_direct or (self.user in message.mentions and message.author != self.user):
            await message.reply(f"You said {message.content}", mention_author=False)


def register(tree: "app_commands.CommandTree[Planner]") -> None:
    """The commands."""

    @tree.command(description="Find a time")
    @app_commands.rename(guest="with")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def meet(
        interaction: Interaction,
        guest: library.User | None = None,
        length: app_commands.Range[int, 5, 480] = 30,
        timezone: str = "",
    ) -> None:
        name = guest.name if guest else "everybody"
        words = f"{length} minutes with {name} {timezone}"
        await interaction.response.send_message(words, view=Days(), ephemeral=True)

    @meet.autocomplete("timezone")
    async def zones(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        known = [f"Europe/{typed}{number}" for number in range(25)]
        return [app_commands.Choice(name=name, value=name) for name in known]

    @tree.command(description="Name the topic")
    async def topic(interaction: Interaction) -> None:
        await interaction.response.send_modal(Topic())

    @tree.command(description="Take long")
    async def slow(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("There you are")

    @tree.command(description="A container")
    async def modern(interaction: Interaction) -> None:
        row: ui.ActionRow[Any] = ui.ActionRow()
        row.add_item(ui.Button(label="1", custom_id="m:pick:1"))
        view = ui.LayoutView()
        view.add_item(ui.Container(ui.TextDisplay(f"### Times\n1. <t:{AT}:F>"), row))
        await interaction.response.send_message(view=view)

    @tree.context_menu(name="Meet with…")
    async def meet_with(interaction: Interaction, member: library.User) -> None:
        await interaction.response.send_message(f"With {member.name}", ephemeral=True)

    settings: app_commands.Group = app_commands.Group(name="settings", description="What you set")

    @settings.command(description="Your zone")
    async def zone(interaction: Interaction, name: str) -> None:
        await interaction.response.send_message(name, ephemeral=True)

    tree.add_command(settings)


@asynccontextmanager
async def running(discord: Discord, **options: Any) -> AsyncIterator[Planner]:
    """The app, connected; gone again at the end."""
    began = len(discord.gateway.identified)
    with pointed_at(discord):
        client = Planner(**options)
        async with asyncio.TaskGroup() as group:
            group.create_task(client.start(discord.app.token))
            shards = options.get("shard_count") or discord.gateway.shards
            await discord.until(lambda: len(discord.gateway.identified) >= began + shards)
            await client.wait_until_ready()
            try:
                yield client
            finally:
                await client.close()
