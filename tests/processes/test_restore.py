"""A backup brought back: rooms and calendars, which saw what came after it, end at its state."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes.beginnings import booked
from tests.processes.databases import Databases
from tests.processes.harness import Bot
from tests.processes.letters import Letter
from tests.processes.site import Member, Site, Workspace, open_site


@pytest.fixture
def site(sqlite_databases: Databases, tmp_path: Path) -> Iterator[Site]:
    """An installation on a file of its own."""
    with sqlite_databases.fresh() as database, open_site(tmp_path / "site", database) as site:
        yield site


def ended(bot: Bot, code: int) -> str:
    """The words of a command that ended like this."""
    assert bot.exit_code() == code, bot.text
    return bot.text


def in_calendar(site: Site, member: Member) -> Letter:
    """What a calendar makes of all invites: of one event the highest SEQUENCE counts."""
    letters = site.post.to(member.email)
    assert len({letter.says("UID") for letter in letters}) == 1
    return max(letters, key=lambda letter: int(letter.says("SEQUENCE")))


def content(file: Path) -> list[str]:
    """Everything in a database."""
    with closing(sqlite3.connect(file)) as conn:
        return list(conn.iterdump())


def moved(workspace: Workspace, member: Member, place: int) -> str:
    """Move the meeting to one of the times offered; its card afterwards."""
    before = workspace.card("✅")
    member.presses_at(place, member.presses("Reschedule", before))
    workspace.settle()
    after = workspace.card("✅")
    assert (after.id, after.text) != (before.id, before.text)
    return after.text


def test_after_a_restore_everybody_ends_at_the_restored_state_and_follows_on(
    site: Site, tmp_path: Path
) -> None:
    workspace = site.workspace()
    host, guest = booked(workspace)
    workspace.settle()
    card, start = workspace.card("✅").text, in_calendar(site, guest).says("DTSTART")
    copy = tmp_path / "copy.db"
    ended(site.run("backup", str(copy)), 0)
    moved(workspace, guest, 0)
    moved(workspace, host, 1)
    assert in_calendar(site, guest).says("DTSTART") != start

    site.bot.stop()
    ended(site.run("restore", str(copy), "--force"), 0)
    site.start().settle()
    assert workspace.card("✅").text == card
    for member in (host, guest):
        assert in_calendar(site, member).says("DTSTART") == start
        assert in_calendar(site, member).says("METHOD") == "REQUEST"

    after = moved(workspace, guest, 0)
    for member in (host, guest):
        assert in_calendar(site, member).says("DTSTART") != start
    assert workspace.card("✅").text == after
    assert not workspace.callbacks.complaints
    assert not site.post.doubled()


def test_a_restore_changes_nothing_unless_it_may(site: Site, tmp_path: Path) -> None:
    workspace = site.workspace()
    booked(workspace)
    workspace.settle()
    copy, file = tmp_path / "copy.db", Path(site.database.removeprefix("sqlite:///"))
    ended(site.run("backup", str(copy)), 0)
    assert f"A process works on {file}" in ended(site.run("restore", str(copy), "--force"), 1)
    site.bot.stop()
    before = content(file)
    assert "--force replaces it" in ended(site.run("restore", str(copy)), 1)
    assert "There is no file" in ended(site.run("restore", str(tmp_path / "nothing"), "--force"), 1)
    (tmp_path / "damaged.db").write_bytes(b"damaged" * 1000)
    assert "cannot be read" in ended(site.run("restore", str(tmp_path / "damaged.db"), "--force"), 1)
    assert content(file) == before
    assert not list(file.parent.glob(f"{file.name}?*"))

    ended(site.run("restore", str(copy), "--force"), 0)
    (kept,) = file.parent.glob(f"{file.name}?*")
    assert kept.name.startswith(f"{file.name}.replaced-")
    assert content(kept) == before


def test_without_the_keys_of_the_copy_nothing_is_restored(site: Site, tmp_path: Path) -> None:
    booked(site.workspace())
    site.settle()
    copy, file = tmp_path / "copy.db", Path(site.database.removeprefix("sqlite:///"))
    ended(site.run("backup", str(copy)), 0)
    site.bot.stop()
    before = content(file)
    (site.folder / "data" / "keys" / "data.key").unlink()
    assert "data.key" in ended(site.run("restore", str(copy), "--force"), 1)
    assert content(file) == before


def test_what_the_operator_restored_is_told_to_everybody_too(
    postgres_databases: Databases, tmp_path: Path
) -> None:
    with (
        postgres_databases.fresh() as database,
        open_site(tmp_path / "site", database) as site,
    ):
        workspace = site.workspace()
        host, _ = booked(workspace)
        workspace.settle()
        revision = workspace.card("✅").revision
        site.bot.stop()
        ended(site.run("restore", "--after-my-own"), 0)
        site.start().settle()
        assert workspace.card("✅").revision > revision + 1000
        assert int(in_calendar(site, host).says("SEQUENCE")) == 1000
