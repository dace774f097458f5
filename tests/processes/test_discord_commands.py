"""`discord sync`, as an operator runs it."""

import asyncio
from pathlib import Path

from tests.adapters.discord.faults import REGISTER, Refused
from tests.adapters.discord.harness import Discord, playing_discord
from tests.processes.harness import Bot


async def synced(discord: Discord, folder: Path, **changes: str) -> tuple[int, str]:
    """Exit status, and what it says."""
    keys = {
        "TOKEN": discord.app.token,
        "APPLICATION_ID": discord.app.id,
        "API_BASE_URL": discord.api_base_url,
        **changes,
    }
    environment = {f"PARLEY_CHAT__DISCORD__{name}": value for name, value in keys.items() if value}
    bot = Bot(environment, folder, "discord", "sync")
    status = await asyncio.to_thread(bot.exit_code)
    assert discord.app.token not in bot.text
    return status, bot.text.strip()


async def test_sync_says_what_it_registered_and_what_discord_refuses(tmp_path: Path) -> None:
    async with playing_discord() as discord:
        names = (
            "meet, meet-help, meet-settings, meet-list, meet-link, meet-unlink, meet-calendars, Meet with…"
        )
        assert await synced(discord, tmp_path) == (0, f"registered for all servers: {names}")
        assert [call.status for call in discord.calls(REGISTER)] == [200]
        assert discord.violations == []

        discord.faults.add(REGISTER, Refused(50035))
        status, said = await synced(discord, tmp_path)
        assert (status, "50035" in said) == (1, True)
        nothing = "[chat.discord] has no token"
        assert await synced(discord, tmp_path, TOKEN="", APPLICATION_ID="") == (1, nothing)
