"""`kill -9`, and started again: nothing that was promised is lost, nothing is done twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.processes.beginnings import asked_to_confirm
from tests.processes.databases import half_a_minute_passes, held_inserts, pending_deliveries
from tests.processes.site import Member, Site, Workspace, open_site
from tests.processes.waiting import poll


@pytest.fixture
def site(database: str, tmp_path: Path) -> Iterator[Site]:
    """An installation of the test's own; its mail server does not listen yet."""
    with open_site(tmp_path / "site", database, start=False, mail=False) as site:
        yield site.start(module="tests.processes.patient")


def test_mails_and_cards_of_a_booking_and_its_move_go_out_once_and_in_order(site: Site) -> None:
    site.post.open().answer = "451 4.3.0 Try again later"
    workspace = site.workspace()
    host, guest = asked_to_confirm(workspace)
    workspace.callbacks.answers += [503] * 3
    guest.presses("Confirm")
    host.types("/meet list")
    host.presses_at(0, host.presses("Reschedule"))
    site.post.until(lambda: len({address for address, _ in site.post.refused}) == 2)
    site.bot.kill()
    assert not site.post.letters
    site.post.answer = ""
    workspace.callbacks.answers.clear()
    site.start()
    for member in (host, guest):
        letters = site.post.wait_for(member.email, 2)
        assert [letter.says("SEQUENCE") for letter in letters] == ["0", "1"]
    workspace.settle()
    assert len(site.post.letters) == 4
    assert not site.post.doubled()
    assert_shown_once(workspace, revision=3, told="u-2", begins="@host moved your meeting")


def test_killed_right_after_the_answer_while_the_mail_server_is_down(site: Site) -> None:
    workspace = site.workspace()
    host, guest = asked_to_confirm(workspace)
    press = guest.press("Confirm")
    told = workspace.deliver(guest, press, "d-confirm")
    site.bot.kill()
    site.post.open()
    site.start()
    assert workspace.deliver(guest, press, "d-confirm") == told
    assert workspace.deliver(guest, press | {"message_id": "m_x"}, "d-confirm").status == 409
    assert_booked_once(workspace, host, guest)


def test_killed_while_it_worked_on_a_delivery(site: Site) -> None:
    site.post.open()
    workspace = site.workspace()
    host, guest = asked_to_confirm(workspace)
    press = guest.press("Confirm")
    with (
        ThreadPoolExecutor(1) as room,
        held_inserts(site.database, "mails"),
    ):
        unanswered = room.submit(workspace.deliver, guest, press, "d-confirm")
        poll(lambda: pending_deliveries(site.database))
        site.bot.kill()
        assert isinstance(unanswered.exception(), ConnectionError | HTTPException)
    half_a_minute_passes(site.database)
    site.start()
    told = workspace.deliver(guest, press, "d-confirm")
    seen = guest.read(told)
    assert seen is not None
    assert seen.text.startswith("✅ Booked")
    assert workspace.deliver(guest, press, "d-confirm") == told
    assert_booked_once(workspace, host, guest)


def assert_booked_once(workspace: Workspace, host: Member, guest: Member) -> None:
    """One mail each, and one card that says so."""
    post = workspace.site.post
    for member in (host, guest):
        (letter,) = post.wait_for(member.email, 1)
        assert letter.says("SEQUENCE") == "0"
    workspace.settle()
    assert len(post.letters) == 2
    assert not post.doubled()
    assert_shown_once(workspace, revision=2, told="u-1", begins="✅ Booked with @guest")


def assert_shown_once(workspace: Workspace, revision: int, told: str, begins: str) -> None:
    """One card in its last state, and one private word about it to whoever did not do it."""
    (card,) = (seen for seen in workspace.public() if seen.titles)
    assert card.text.startswith("✅ @host & @guest")
    assert card.revision == revision
    words = [message["text"] for message in workspace.private(told) if message["card"]]
    assert len([text for text in words if text.startswith(begins)]) == 1
