"""What `python -m bot check` reports."""

import os
import shutil
import socket
import subprocess
from asyncio import to_thread
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.storage import Vault, migrate, open_store
from bot.check import Finding, Probe, examine, exit_code, report
from bot.keys import load_or_create
from bot.settings import Secrets
from scheduling_core.errors import Rejected, Unavailable
from tests.ports import free_port
from tests.processes.nursery import REPOSITORY, Child
from tests.stores import enqueue


async def _answers() -> str:
    return "answers"


async def _noted() -> Finding:
    return Finding("b", "note", "will be made")


async def _down() -> str:
    raise Unavailable("nobody listens\n\t(said on a second line)")


async def _forbidden() -> str:
    raise Rejected(0, "that address is private")


async def test_every_probe_is_looked_at_and_a_failure_is_one_line_with_its_whole_reason() -> None:
    found = await examine(
        [Probe("a", _answers), Probe("b", _noted), Probe("c", _down), Probe("d", _forbidden)]
    )
    assert found == [
        Finding("a", "ok", "answers"),
        Finding("b", "note", "will be made"),
        Finding("c", "fault", "nobody listens (said on a second line)"),
        Finding("d", "fault", "that address is private"),
    ]
    assert report(found).splitlines()[-1] == "fault  d  that address is private"


async def test_only_a_fault_makes_the_exit_status_1() -> None:
    fine = await examine([Probe("a", _answers), Probe("b", _noted)])
    assert exit_code(fine) == 0
    assert exit_code([*fine, Finding("c", "fault", "down")]) == 1


def run_check(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The real command, on an empty data directory."""
    environment = {
        **os.environ,
        "PARLEY_DATA_DIR": str(tmp_path / "data"),
        "PARLEY_SERVER__PORT": str(free_port()),
        "PARLEY_NETWORK__ALLOW_PRIVATE_ADDRESSES": "true",
        **variables,
    }
    with (tmp_path / "errors").open("w+") as errors:
        check = Child(environment, REPOSITORY, "bot", "check", errors=errors.fileno())
        told = check.stdout.read()
        check.stdout.close()
        status = check.wait(60)
        errors.seek(0)
        return subprocess.CompletedProcess(["check"], status, told, errors.read())


def found(done: subprocess.CompletedProcess[str], subject: str) -> str:
    """The one line about something: its state and words."""
    lines = [line for line in done.stdout.splitlines() if line[7:].startswith(subject + " ")]
    assert len(lines) == 1, done.stdout + done.stderr
    return lines[0][:7] + lines[0][7:].removeprefix(subject).lstrip()


def test_the_command_finds_nothing_wrong_with_the_defaults(tmp_path: Path) -> None:
    done = run_check(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "time zones" in done.stdout
    assert "can be linked: " in done.stdout
    assert not (tmp_path / "data").exists()


def test_the_command_names_each_fault_and_no_password(tmp_path: Path, unused_tcp_port: int) -> None:
    done = run_check(
        tmp_path,
        PARLEY_DATABASE__URL=f"postgresql://parley:hunter2@127.0.0.1:{unused_tcp_port}/parley",
        PARLEY_MAIL__URL=f"smtp://127.0.0.1:{unused_tcp_port}",
        PARLEY_CHAT__WEBHOOK__TENANTS__MINE__CALLBACK_URL=f"http://127.0.0.1:{unused_tcp_port}/parley",
    )
    assert done.returncode == 1
    faults = [line for line in done.stdout.splitlines() if line.startswith("fault")]
    assert [line.split()[1] for line in faults] == ["database", "mail", "room"]
    assert "hunter2" not in done.stdout + done.stderr


async def _with_something_stored(data_dir: Path) -> str:
    url, made = f"sqlite:///{data_dir}/parley.db", load_or_create(data_dir, Secrets())
    await migrate(url)
    store = open_store(url, vault=Vault(made.data), enqueue=enqueue)
    async with store.write() as tx:
        await tx.save_record("kind", "key", "words")
    await store.close()
    return url


async def test_the_keys_are_tried_and_none_is_made(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    await _with_something_stored(data_dir)
    assert found(run_check(tmp_path), "keys") == "ok     they open what is stored"

    (data_dir / "keys" / "data.key").write_text(Vault.new_key())
    wrong = run_check(tmp_path)
    assert wrong.returncode == 1
    assert found(wrong, "keys").startswith("fault  Stored data cannot be opened with the configured keys")

    shutil.rmtree(data_dir / "keys")
    missing = run_check(tmp_path)
    assert missing.returncode == 1
    assert "data.key: cannot be read: No such file or directory" in found(missing, "keys")
    assert not (data_dir / "keys").exists()


def test_a_port_that_is_taken_is_a_fault(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = run_check(tmp_path, PARLEY_SERVER__PORT=str(other.getsockname()[1]))
    assert done.returncode == 1
    assert found(done, "port").startswith("fault  ")


@pytest.mark.parametrize(
    ("status", "state"), [(401, "ok"), (405, "ok"), (501, "ok"), (404, "note"), (503, "note"), (410, "fault")]
)
async def test_what_a_rooms_address_answers_is_said(status: int, state: str, tmp_path: Path) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_route("*", "/parley", answer)
    async with TestServer(app) as server:
        url = str(server.make_url("/parley"))
        done = await to_thread(run_check, tmp_path, PARLEY_CHAT__WEBHOOK__TENANTS__MINE__CALLBACK_URL=url)
    line = found(done, "room mine")
    assert line.startswith(state)
    assert (str(status) in line) == (state != "ok")
    assert done.returncode == int(state == "fault")


def test_a_mistake_in_the_settings_makes_the_exit_status_1(tmp_path: Path) -> None:
    done = run_check(tmp_path, PARLEY_SERVER__PORT="eighty")
    assert done.returncode == 1
    assert "server.port" in done.stderr


def test_what_a_provider_of_calendars_has_to_be_told_is_said(tmp_path: Path) -> None:
    client = {"CLIENT_ID": "client", "CLIENT_SECRET": "keep-this"}
    google = {f"PARLEY_CALENDAR__GOOGLE__{name}": value for name, value in client.items()}
    done = run_check(tmp_path, PARLEY_SERVER__PUBLIC_URL="https://meet.example.org", **google)
    assert "send people back to https://meet.example.org/link/back/google" in done.stdout
    assert "keep-this" not in done.stdout + done.stderr
