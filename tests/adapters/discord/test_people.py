"""What people see: times in their own zone, Markdown undone, and only what is theirs."""

from datetime import UTC, datetime

import pytest

from tests.adapters.discord.by_hand import ByHand
from tests.adapters.discord.harness import GUILD, ROOM, Discord
from tests.adapters.discord.limits import EPHEMERAL, IS_COMPONENTS_V2
from tests.adapters.discord.rendering import Reader, markdown
from tests.adapters.discord.world import Person

AT = 1795510800
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def read(text: str, tz: str = "America/New_York", locale: str = "en-US") -> str:
    return markdown(text, Reader(Person("1", "guest", tz, locale), NOW, {"7": "host", "9": "logo-design"}))


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("t", "4:00 AM"),
        ("T", "4:00:00 AM"),
        ("d", "11/24/26"),
        ("D", "November 24, 2026"),
        ("f", "November 24, 2026 4:00 AM"),
        ("F", "Tuesday, November 24, 2026 4:00 AM"),
        ("s", "11/24/26 4:00 AM"),
        ("S", "11/24/26 4:00:00 AM"),
        ("R", "in 1 hour"),
    ],
)
def test_every_style_of_time(style: str, shown: str) -> None:
    assert read(f"<t:{AT}:{style}>") == shown


def test_a_time_is_shown_where_the_reader_is() -> None:
    assert read(f"<t:{AT}>", "Europe/Berlin", "de") == "24. November 2026 10:00"
    assert read(f"<t:{AT}:F>", "Asia/Kolkata", "en-GB") == "Tuesday, 24 November 2026 14:30"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**bold** *it* __u__ ~~gone~~ ||spoiler||", "bold it u gone spoiler"),
        ("### Title\n-# small\n> quoted\n- one", "Title\nsmall\nquoted\n• one"),
        ("<@7> in <#9>, </meet:12>", "@host in #logo-design, /meet"),
        ("[Open](https://example.com/a)", "Open"),
        (r"\*not\* \_this\_ \<t:1:F>", "*not* _this_ <t:1:F>"),
        ("snake_case_name 5 < 6 & 2*3*4 =", "snake_case_name 5 < 6 & 234 ="),
        ("`**code**` and ```\nmore *code*```", "**code** and \nmore *code*"),
        ("<t:1795510800:x> <@8>", "<t:1795510800:x> @unknown"),
    ],
)
def test_markdown_is_undone(text: str, shown: str) -> None:
    assert read(text) == shown


async def test_everything_on_a_message_is_read(discord: Discord, app: ByHand) -> None:
    embed = {
        "author": {"name": "By"},
        "title": "**Title**",
        "description": "Words",
        "fields": [{"name": "When", "value": f"<t:{AT}:t>"}],
        "footer": {"text": "Small"},
    }
    await app.send(ROOM, content="Above", embeds=[embed])
    assert discord.guest.sees(ROOM)[0].words == "Above\nBy\nTitle\nWords\nWhen\n4:00 AM\nSmall"
    inside = [{"type": 10, "content": f"<t:{AT}:t>"}]
    await app.send(ROOM, flags=IS_COMPONENTS_V2, components=[{"type": 17, "components": inside}])
    assert discord.host.sees(ROOM)[1].words == "10:00"


async def test_ephemerals_are_for_one_and_go_with_a_reload(discord: Discord, app: ByHand) -> None:
    app.answers = lambda _payload: {"type": 4, "data": {"content": "psst", "flags": EPHEMERAL}}
    await discord.host.command("meet", ROOM)
    assert [one.is_private for one in discord.host.sees(ROOM)] == [True]
    assert discord.guest.sees(ROOM) == []
    discord.host.reload()
    assert discord.host.sees(ROOM) == []


async def test_places_are_seen_by_those_inside(discord: Discord, app: ByHand) -> None:
    secret = discord.add_channel("1200000000000000050", "secret", members=[discord.host])
    thread = discord.add_thread("1200000000000000051", "review", ROOM)
    await app.send(thread.id, content="inside")
    assert discord.guest.sees(thread.id)[0].words == "inside"
    with pytest.raises(AssertionError, match="is not in"):
        discord.guest.sees(secret.id)
    discord.guest.leave(GUILD)
    with pytest.raises(AssertionError, match="is not in"):
        await discord.guest.command("meet", ROOM)
    discord.guest.join(GUILD)
    assert (await discord.guest.command("meet", thread.id)).is_accepted


async def test_an_app_that_was_removed_hears_nothing(discord: Discord, app: ByHand) -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "1", "custom_id": "b"}]}
    sent = await app.send(ROOM, content="x", components=[row])
    discord.uninstall(discord.guild)
    assert not (await discord.guest.press(sent.body["id"], "1")).was_sent
