"""What a real process writes to standard error: a JSON object a line, nothing private, whatever fails."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.processes.beginnings import asked_to_confirm
from tests.processes.databases import Databases, refused_writes
from tests.processes.harness import Bot
from tests.processes.site import SECRET, Site, open_site
from tests.processes.wire import post, signed

TABLES = ("persons", "messages", "mails", "deliveries", "meetings")
PRIVATE = (SECRET.removeprefix("whsec_"), "whsec_", "v1,", ".example", "heron", "ibis", "quagga")
FAILED = ("delivery.failed", "request.failed", "delivery.left_pending", "job.failed", "recovery.lost")

OUTCOMES = (
    *("done", "refused", "failed", "repeated", "conflict", "limited"),
    *("invalid", "unsigned", "too_large", "unknown"),
)


def everything_fails_once(site: Site) -> None:
    """A story in which the database refuses to write into one table after the other."""
    workspace = site.workspace()
    host, guest = asked_to_confirm(workspace)
    confirm = guest.press("Confirm")
    for number, table in enumerate(TABLES):
        workspace.people["u-1"] |= {"name": f"heron-{number}", "email": f"heron{number}@demo.example"}
        workspace.people["u-2"] |= {"name": f"ibis-{number}", "email": f"ibis{number}@demo.example"}
        with refused_writes(site.database, table):
            workspace.deliver(guest, confirm)
            workspace.deliver(host, {"type": "command", "text": f"/meet @u-3 30 quagga {number}"})
    workspace.deliver(guest, confirm)
    site.settle()


def running_through_trouble(log_format: str, databases: Databases, folder: Path) -> Bot:
    """A process after such a story, stopped by SIGTERM."""
    with (
        databases.fresh() as database,
        open_site(folder / "site", database, start=False) as site,
    ):
        site.expected_faults = FAILED
        site.environment["PARLEY_LOG__FORMAT"] = log_format
        site.environment["PARLEY_LOG__LEVEL"] = "debug"
        site.start(module="tests.processes.hasty")
        everything_fails_once(site)
        assert site.bot.stop() == 0
        return site.bot


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_database_that_fails_brings_nothing_private_into_the_log(
    log_format: str, sqlite_databases: Databases, tmp_path: Path
) -> None:
    bot = running_through_trouble(log_format, sqlite_databases, tmp_path)
    assert bot.has_logged("delivery.failed")
    assert bot.has_logged("request.failed")
    assert "IntegrityError" in bot.text
    found = [(word, line) for line in bot.log for word in PRIVATE if word in line]
    assert not found
    if log_format == "json":
        entries = [json.loads(line) for line in bot.log if line]
        assert all({"event", "level", "timestamp"} <= entry.keys() for entry in entries)


def test_each_request_to_a_room_has_one_line_and_one_count_with_what_became_of_it(
    sqlite_databases: Databases, tmp_path: Path
) -> None:
    with (
        sqlite_databases.fresh() as database,
        open_site(tmp_path / "site", database, start=False) as site,
    ):
        site.expected_faults = FAILED
        site.environment["PARLEY_LIMITS__PERSON_PER_MINUTE"] = "4"
        site.start()
        workspace = site.workspace()
        host, guest = workspace.member("u-1"), workspace.member("u-2")
        asked = {"type": "command", "text": "/meet help"}
        forged = {"type": "action", "message_id": "m-1", "data": {"parley": "1.help.AAAAAAAAAAAAAAAA"}}
        with refused_writes(database, "persons"):
            assert workspace.deliver(host, asked).status == 500
        for status in (200, 200):
            assert workspace.deliver(host, asked, "d-1").status == status
        assert workspace.deliver(host, asked | {"text": "/meet list"}, "d-1").status == 409
        assert workspace.deliver(host, asked).status == 429
        assert workspace.deliver(guest, forged).status == 200
        assert post(site, b"{}", headers=signed(b"{}")).status == 422
        assert post(site, b"{}", headers={"content-type": "application/json"}).status == 401
        assert post(site, b" " * 65537, headers=signed(b" " * 65537)).status == 413
        assert site.request("POST", "/rooms/v1/nobody/deliveries").status == 404
        assert site.get("/rooms/v1/openapi.json").status == 200
        written = Counter(entry["outcome"] for entry in site.bot.events("delivery.answered"))
        assert written == Counter(OUTCOMES)
        figures = site.get("/metrics").body.decode()
        for outcome in OUTCOMES:
            lines = [line for line in figures.splitlines() if f'outcome="{outcome}"' in line]
            counted = [line for line in lines if line.startswith("parley_deliveries_total")]
            assert [line.split()[-1] for line in counted] == ["1.0"], outcome
