"""What `python -m bot check` reports."""

import os
import subprocess
import sys
from pathlib import Path

from bot.check import Finding, Probe, examine, exit_code, report
from scheduling_core.errors import Rejected, Unavailable


async def _answers() -> str:
    return "answers"


async def _noted() -> Finding:
    return Finding("b", "note", "will be made")


async def _down() -> str:
    raise Unavailable("nobody listens\n(more for programmers)")


async def _forbidden() -> str:
    raise Rejected(0, "that address is private")


async def test_every_probe_is_looked_at_and_a_failure_is_one_line() -> None:
    found = await examine(
        [Probe("a", _answers), Probe("b", _noted), Probe("c", _down), Probe("d", _forbidden)]
    )
    assert found == [
        Finding("a", "ok", "answers"),
        Finding("b", "note", "will be made"),
        Finding("c", "fault", "nobody listens"),
        Finding("d", "fault", "that address is private"),
    ]
    assert report(found).splitlines()[-1] == "fault  d  that address is private"


async def test_only_a_fault_makes_the_exit_status_1() -> None:
    fine = await examine([Probe("a", _answers), Probe("b", _noted)])
    assert exit_code(fine) == 0
    assert exit_code([*fine, Finding("c", "fault", "down")]) == 1


def run_check(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The real command, on an empty data directory."""
    environment = {**os.environ, "PARLEY_DATA_DIR": str(tmp_path / "data"), **variables}
    command = [sys.executable, "-m", "bot", "check"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_finds_nothing_wrong_with_the_defaults(tmp_path: Path) -> None:
    done = run_check(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "time zones" in done.stdout


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
