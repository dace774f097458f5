"""Two workspaces on one installation: neither learns anything of the other, and one may go."""

import asyncio
import json
import sqlite3
from contextlib import closing
from email.message import EmailMessage

from tests.processes.databases import scalar
from tests.processes.waiting import poll
from tests.slack.beginnings import booked, invited
from tests.slack.people import Crew, crew_of
from tests.slack.site import Site


def marks(crew: Crew) -> list[str]:
    """What only this workspace may ever read: its ids, its people's addresses, what they talk about."""
    people = [one for one in crew.team.people.values() if not one.is_bot]
    words = [crew.team.id, crew.team.token, f"about {crew.team.domain}"]
    return [*words, *(one.id for one in people), *(one.email for one in people if one.email)]


def heard(site: Site, crew: Crew) -> str:
    """Everything that was sent to this workspace and its people."""
    calls = [f"{one.method} {json.dumps(one.args)}" for one in crew.slack.calls(None, crew.team)]
    letters = [letter.as_string() for letter in _letters(site, crew)]
    return "\n".join([*calls, *letters, *(human.everything() for human in crew.everybody)])


def _letters(site: Site, crew: Crew) -> list[EmailMessage]:
    return [letter for human in (crew.host, crew.guest) for letter in site.letters(human.email)]


def assert_apart(site: Site, one: Crew, other: Crew) -> None:
    """Nothing of the one was told to the other, whose own marks show that the search finds what is there."""
    for crew, stranger in ((one, other), (other, one)):
        told = heard(site, crew)
        assert f"about {crew.team.domain}" in told
        assert [mark for mark in marks(stranger) if mark in told] == []


async def met(crew: Crew) -> None:
    """A meeting is made, moved and cancelled."""
    host, guest = crew.host, crew.guest
    await host.types(f"@guest 30 about {crew.team.domain}")
    await host.presses("Send invitation", await host.is_told("Set up in one tap"))
    await guest.presses("1", await guest.reads("@host would like to meet @guest"))
    await guest.presses("Confirm", await guest.is_told("Held for you"))
    await host.presses("Cancel", await host.reads("✅ @host & @guest"))
    await host.window("Cancel the meeting")
    await host.submits(reason=f"about {crew.team.domain}")
    await guest.is_told("@host cancelled your meeting")
    await guest.opens_home("You have no meetings")
    await guest.writes_bot("help")
    await guest.reads_directly("What I can do")


async def test_two_workspaces_at_once_never_learn_of_each_other(crew: Crew, http_site: Site) -> None:
    other = crew_of(crew.slack, await http_site.workspace())
    assert crew.team.token != other.team.token
    await asyncio.gather(met(crew), met(other))
    await http_site.settle()
    assert_apart(http_site, crew, other)
    assert not [mark for mark in marks(crew) if "@" in mark and mark in http_site.bot.text]


async def test_a_button_of_one_workspace_means_nothing_in_the_other(crew: Crew, http_site: Site) -> None:
    other = crew_of(crew.slack, await http_site.workspace())
    theirs, card = await invited(crew), await invited(other)
    assert crew.host.room == other.host.room
    (carried,) = (one for one in _buttons(theirs.blocks) if one["text"]["text"] == "1")
    (button,) = (one for one in _buttons(card.blocks) if one["text"]["text"] == "1")
    button["value"] = carried["value"]
    await other.guest.presses("1", card)
    await other.guest.is_told("That button was not made by me for this room")


def _buttons(blocks: list[dict[str, object]]) -> list[dict[str, dict[str, str]]]:
    return [one for block in blocks if block["type"] == "actions" for one in block["elements"]]  # type: ignore[attr-defined]  # JSON


async def test_when_one_goes_its_token_is_forgotten_and_the_other_stays(crew: Crew, http_site: Site) -> None:
    other = crew_of(crew.slack, await http_site.workspace())
    await booked(crew)
    await booked(other)
    await crew.slack.uninstall(crew.team)
    await http_site.settle()
    assert not installed(http_site, crew)
    assert installed(http_site, other)
    left = [event for event in http_site.bot.events() if event["event"] == "workspace.left"]
    assert left[-1]["workspace"].endswith(crew.team.id)
    calls = len(crew.slack.calls(None, crew.team))
    await other.guest.presses("Cancel", await other.guest.reads("✅ @host & @guest"))
    await other.guest.window("Cancel the meeting")
    await other.guest.submits()
    await other.host.is_told("@guest cancelled your meeting")
    await http_site.settle()
    assert len(crew.slack.calls(None, crew.team)) == calls


async def test_who_stays_away_is_forgotten_when_the_time_is_over(crew: Crew, http_site: Site) -> None:
    other = crew_of(crew.slack, await http_site.workspace())
    await booked(crew)
    await booked(other)
    assert kept(http_site, crew)
    await crew.slack.uninstall(crew.team)
    a_month_passes(http_site, crew)
    await asyncio.to_thread(poll, lambda: http_site.bot.has_logged("workspace.forgotten"))
    assert not kept(http_site, crew)
    assert kept(http_site, other)


async def test_who_comes_back_in_time_finds_their_meetings(crew: Crew, http_site: Site) -> None:
    await booked(crew)
    before = crew.team.token
    await crew.slack.uninstall(crew.team)
    await http_site.install(crew.team)
    assert crew.team.token != before
    # Slack repeats that it was removed.
    assert (await crew.slack.again())[0].is_accepted
    await crew.guest.types("list")
    assert "with @host" in (await crew.guest.is_told("Your meetings")).words


def _database(site: Site) -> str:
    return f"sqlite:///{site.folder / 'data' / 'parley.db'}"


def installed(site: Site, crew: Crew) -> bool:
    """Whether the store knows a token of the workspace."""
    where = f"kind = 'slack.installation' AND key LIKE '%{crew.team.id}'"
    return bool(scalar(_database(site), f"SELECT count(*) FROM records WHERE {where}"))


def kept(site: Site, crew: Crew) -> bool:
    """Whether the store knows people of the workspace."""
    return bool(scalar(_database(site), f"SELECT count(*) FROM persons WHERE realm = '{crew.team.id}'"))


def a_month_passes(site: Site, crew: Crew) -> None:
    """For the job that forgets the workspace."""
    job = f"forget_workspace:slack/{crew.team.id}:%"
    with closing(sqlite3.connect(site.folder / "data" / "parley.db", timeout=30)) as connection, connection:
        connection.execute(
            "UPDATE workflow_status SET delay_until_epoch_ms = 0 WHERE workflow_uuid LIKE ?", (job,)
        )
