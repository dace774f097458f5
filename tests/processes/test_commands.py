"""What an operator sees: start, stop, health, mistakes, keys, the folder of mails."""

import re
import stat
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import psycopg
import pytest

from adapters import mail
from adapters.chat import webhook
from adapters.storage import jobs
from bot.app import DRAIN_SECONDS
from bot.app.stopping import ENDS_WITHIN
from tests.postgres import Server
from tests.processes.beginnings import asked_to_confirm, booked
from tests.processes.databases import END_ALL, Databases, held_inserts, pending_deliveries
from tests.processes.harness import Bot
from tests.processes.letters import Letter
from tests.processes.site import Site, open_site
from tests.processes.waiting import poll
from tests.processes.wire import DOOR, Wire, signed

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
QUICK_STOP_SECONDS = 5.0
SLOW_MAIL_SECONDS = 7.0
GOODBYE_SECONDS = 2.0
DOCUMENTED_STOP_SECONDS = 45.0
"""docs/operations.md tells supervisors so."""


@pytest.fixture
def as_an_operator_starts_it() -> Iterator[None]:
    """Every process of the test is a fresh interpreter: each command finds by itself what it imports."""
    Bot.begins_anew = True
    yield
    Bot.begins_anew = False


@pytest.fixture
def empty_postgres(postgres_server: Server) -> Iterator[str]:
    """A database without a table."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def simplest(tmp_path: Path) -> Iterator[Site]:
    """An installation where only the rooms are told of: no secret, no mail server, no database."""
    with open_site(tmp_path / "site", "", start=False, mail=False) as site:
        for name in ("DATABASE__URL", "MAIL__URL", "CHAT__WEBHOOK__TENANTS__DEMO__SECRET"):
            del site.environment[f"PARLEY_{name}"]
        yield site


def test_an_unmigrated_postgres_is_not_served(empty_postgres: str, tmp_path: Path) -> None:
    with open_site(tmp_path / "site", empty_postgres, start=False) as site:
        refused = site.run("serve")
        assert refused.exit_code() == 1
        assert "The database is not up to date. Run: python -m bot migrate" in refused.log


def test_rooms_are_answered_by_one_process_and_jobs_done_by_another(
    postgres_databases: Databases, tmp_path: Path
) -> None:
    with (
        postgres_databases.fresh() as database,
        open_site(tmp_path / "site", database, start=False) as site,
    ):
        worker = site.run("work")
        site.start("--no-jobs")
        worker.ready()
        host, guest = booked(site.workspace())
        for member in (host, guest):
            site.post.wait_for(member.email, 1)
        site.settle()
        assert len(site.post.letters) == 2
        assert worker.stop() == 0
        guest.presses("Cancel", guest.workspace.card("✅"))
        guest.presses("Cancel meeting")
        assert len(site.post.letters) == 2
        site.run("work").ready()
        for member in (host, guest):
            assert site.post.wait_for(member.email, 2)[1].says("METHOD") == "CANCEL"
        assert site.bot.stop() == 0


def test_an_outage_of_the_database_is_said_once_and_work_goes_on_afterwards(
    postgres_databases: Databases, postgres_server: Server, tmp_path: Path
) -> None:
    with (
        postgres_databases.fresh() as database,
        open_site(tmp_path / "site", database, start=False) as site,
    ):
        site.expected_faults = ("database.lost", "recovery.lost", '"event": "library"', "metrics.without")
        # Looks every 0.2 s for what dead processes left, so that the outage is longer than that.
        site.start(module="tests.processes.hasty")
        name = re.sub(r".*/(\w+)\?.*", r"\1", database)
        host, guest = asked_to_confirm(workspace := site.workspace())
        assert statuses(site) == [200, 200]
        postgres_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgres_server.run(END_ALL.format(name=name))
        assert statuses(site) == [503, 503]
        site.bot.until_logged("recovery.lost")
        figures = site.get("/metrics")
        assert figures.status == 200
        assert b"\nparley_database_up 0.0\n" in figures.body
        assert b"parley_meetings" not in figures.body
        postgres_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert statuses(site) == [200, 200]
        site.bot.until_logged("recovery.back")
        guest.presses("Confirm")
        workspace.card("✅")
        for member in (host, guest):
            site.post.wait_for(member.email, 1)
        assert b"\nparley_database_up 1.0\n" in site.get("/metrics").body
        for event in ("database.lost", "database.back", "recovery.lost", "recovery.back"):
            assert len(site.bot.events(event)) == 1
        with psycopg.connect(database) as frozen:
            frozen.execute("LOCK TABLE persons IN ACCESS EXCLUSIVE MODE")
            assert statuses(site) == [503, 503]
        poll(lambda: statuses(site) == [200, 200])


def statuses(site: Site) -> list[int]:
    """Alive, and ready."""
    return [site.get(path).status for path in ("/healthz", "/readyz")]


COMMANDS = (["serve"], ["work"], ["migrate"], ["rotate-keys"], ["backup", "copy.db"])


@pytest.mark.usefixtures("as_an_operator_starts_it")
@pytest.mark.parametrize("command", COMMANDS[:-1], ids=str)
def test_a_database_that_does_not_answer_is_said_in_one_line(
    command: list[str], tmp_path: Path, unused_tcp_port: int
) -> None:
    url = f"postgresql://parley:hunter2@127.0.0.1:{unused_tcp_port}/parley"
    environment = {"PARLEY_DATABASE__URL": url, "PARLEY_DATA_DIR": str(tmp_path / "data")}
    bot = Bot(environment, tmp_path, *command)
    assert bot.exit_code() == 1
    (line,) = (line for line in bot.log if line and not line.startswith("{"))
    assert line.startswith("The database cannot be used: ")
    assert "Connection refused" in line
    assert "hunter2" not in bot.text


@pytest.mark.parametrize("command", COMMANDS[-2:], ids=str)
def test_a_folder_without_a_database_is_said_in_one_line(command: list[str], tmp_path: Path) -> None:
    bot = Bot({"PARLEY_DATA_DIR": str(tmp_path / "data")}, tmp_path, *command)
    assert bot.exit_code() == 1
    (line,) = filter(None, bot.log)
    assert line.startswith("There is no database ")
    assert not (tmp_path / "data").exists()


def test_every_mistake_in_the_settings_is_listed(tmp_path: Path) -> None:
    bot = Bot(
        {
            "PARLEY_SERVER__PORT": "eighty",
            "PARLEY_MAIL__URL": "http://mail.example.org",
            "PARLEY_CHAT__WEBHOOK__TENANTS__DEMO__SECRET": "secret",
            "PARLEY_NETWORK__ALLOW_PRIVATE_ADRESSES": "yes",
        },
        tmp_path,
        "serve",
    )
    assert bot.exit_code() == 1
    mistakes = [line for line in bot.log if line.startswith("- ")]
    for key in ("server.port", "mail.url", "demo.secret", "demo.callback_url", "ALLOW_PRIVATE_ADDRESSES"):
        assert any(key in line for line in mistakes), bot.text
    assert len(mistakes) == 5
    assert bot.log[0] == "The settings have 5 mistakes:"


def test_a_port_that_is_taken_is_said_plainly(simplest: Site) -> None:
    bot = simplest.run("serve", PARLEY_SERVER__PORT=str(simplest.rooms.port))
    assert bot.exit_code() == 1
    assert f"Cannot listen on 127.0.0.1 port {simplest.rooms.port}: " in bot.text
    assert "Traceback" not in bot.text


def test_a_damaged_key_is_said_plainly(simplest: Site) -> None:
    file = simplest.folder / "data" / "keys" / "tenant-demo.secret"
    file.parent.mkdir(parents=True)
    file.touch()
    bot = simplest.run("serve")
    assert bot.exit_code() == 1
    assert f"{file}: is empty" in bot.text
    assert "Traceback" not in bot.text


def test_asked_to_stop_it_answers_what_it_accepted(database: str, tmp_path: Path) -> None:
    with open_site(tmp_path / "site", database, start=False) as site, ThreadPoolExecutor(1) as room:
        site.start(module="tests.processes.patient")
        _, guest = asked_to_confirm(workspace := site.workspace())
        press = guest.press("Confirm")
        with held_inserts(database, "mails"):
            answer = room.submit(workspace.deliver, guest, press, "d-confirm")
            poll(lambda: pending_deliveries(database))
            site.bot.terminate()
            site.bot.until_logged("stopping")
            assert not answer.done()
        told = answer.result()
        assert site.bot.exit_code() == 0
        seen = guest.read(told)
        assert seen is not None
        assert seen.text.startswith("✅ Booked")


def test_asked_to_stop_in_the_middle_of_a_mail_it_waits_for_the_mail_server(
    sqlite_databases: Databases, tmp_path: Path
) -> None:
    with (
        sqlite_databases.fresh() as database,
        open_site(tmp_path / "site", database) as site,
    ):
        _, guest = asked_to_confirm(site.workspace())
        site.post.hand.clear()
        guest.presses("Confirm")
        site.post.until(lambda: site.post.begun == 2)
        slow = Timer(SLOW_MAIL_SECONDS, site.post.hand.set)
        slow.start()
        assert site.bot.stop() == 0
        slow.join()
        site.start().settle()
        assert len(site.post.letters) == site.post.begun == 2


def test_half_a_request_does_not_hold_the_stop_up_for_long(tmp_path: Path) -> None:
    with open_site(tmp_path / "site", f"sqlite:///{tmp_path}/own.db") as site, Wire(site) as wire:
        head = {**signed(b"{}"), "content-length": "1000"}
        wire.begin("POST", DOOR, head, b"{")
        poll(lambda: b"parley" in site.get("/metrics").body)
        began = time.monotonic()
        assert site.bot.stop() == 0
        assert time.monotonic() - began < DRAIN_SECONDS + QUICK_STOP_SECONDS
        assert [entry["outcome"] for entry in site.bot.events("delivery.answered")] == ["invalid"]


def test_a_transaction_that_hangs_does_not_keep_it_from_ending(
    postgres_databases: Databases, tmp_path: Path
) -> None:
    with (
        postgres_databases.fresh() as database,
        open_site(tmp_path / "site", database, start=False) as site,
    ):
        site.expected_faults = ("stopping.cut_off",)
        site.start(module="tests.processes.hasty")
        _, guest = asked_to_confirm(workspace := site.workspace())
        with ThreadPoolExecutor(1) as room, psycopg.connect(database) as other:
            other.execute("LOCK TABLE meetings IN ACCESS EXCLUSIVE MODE")
            room.submit(workspace.deliver, guest, guest.press("Confirm"), "d-confirm")
            poll(lambda: pending_deliveries(database))
            assert site.bot.stop() == 1
        assert len(site.bot.events("stopping.cut_off")) == 1


def test_the_stop_outlasts_the_deadlines_of_what_jobs_do() -> None:
    assert mail.DEFAULT_TIMEOUT.total_seconds() + GOODBYE_SECONDS < jobs.DRAIN_SECONDS
    assert webhook.client.DEADLINE_SECONDS < jobs.DRAIN_SECONDS
    assert jobs.DRAIN_SECONDS + QUICK_STOP_SECONDS <= ENDS_WITHIN.total_seconds() < DOCUMENTED_STOP_SECONDS


@pytest.mark.usefixtures("as_an_operator_starts_it")
def test_by_default_it_needs_no_settings_and_keeps_what_it_made(simplest: Site) -> None:
    began = time.monotonic()
    simplest.start()
    data = simplest.folder / "data"
    simplest.rooms.tenants["demo"].secret = (data / "keys" / "tenant-demo.secret").read_text().strip()
    workspace = simplest.workspace()
    host, guest = asked_to_confirm(workspace)
    guest.presses("Confirm")
    workspace.card("✅")
    simplest.settle()
    print(f"up in {time.monotonic() - began:.1f} s, {simplest.bot.resident_kilobytes() // 1024} MiB")
    made = {path.name: path.read_bytes() for path in (data / "keys").iterdir()}
    assert len(made) == 4
    private = [data, data / "keys", data / "mail", data / "parley.db", *(data / "keys").iterdir()]
    assert not [path for path in private if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert_is_a_mail_to_each((data / "mail"), host.email, guest.email)
    began = time.monotonic()
    assert simplest.bot.stop() == 0
    assert time.monotonic() - began < QUICK_STOP_SECONDS
    simplest.start()
    assert {path.name: path.read_bytes() for path in (data / "keys").iterdir()} == made
    guest.presses("Cancel", workspace.card("✅"))
    guest.presses("Cancel meeting")
    workspace.settle()
    assert len(list((data / "mail").glob("*.eml"))) == 4


def assert_is_a_mail_to_each(folder: Path, *addresses: str) -> None:
    """One parseable file for each, with an invite for them alone."""
    letters = [Letter((), path.read_bytes()) for path in folder.iterdir()]
    assert all(path.suffix == ".eml" for path in folder.iterdir())
    assert len(letters) == len(addresses)
    for address in addresses:
        (own,) = (letter for letter in letters if address in str(letter.message["To"]))
        assert own.says("METHOD") == "REQUEST"
        assert not [other for other in addresses if other != address and other.encode() in own.every_byte]


def test_the_data_key_is_changed_by_the_documented_steps(simplest: Site) -> None:
    """As docs/operations.md says, on an installation that made its keys itself."""
    simplest.start()
    data = simplest.folder / "data"
    simplest.rooms.tenants["demo"].secret = (data / "keys" / "tenant-demo.secret").read_text().strip()
    workspace = simplest.workspace()
    _, guest = booked(workspace)
    workspace.settle()
    before = (data / "keys" / "data.key").read_text()
    section = OPERATIONS.read_text("utf-8").partition("\n## Keys\n")[2]
    for step in section.partition("```sh\n")[2].partition("```")[0].splitlines():
        if "restart" in step:
            assert simplest.bot.stop() == 0
            simplest.start()
        elif step.startswith("python -m bot"):
            assert (done := simplest.run(*step.split()[3:])).exit_code() == 0, done.text
        else:
            subprocess.run(["bash", "-c", step.replace(".data/", f"{data}/")], check=True)
    (after,) = (data / "keys" / "data.key").read_text().split()
    assert after not in before
    guest.presses("Cancel", workspace.card("✅"))
    guest.presses("Cancel meeting")
    workspace.settle()
    assert workspace.public()[0].text.startswith("Cancelled")
