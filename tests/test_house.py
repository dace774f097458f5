"""What the house promises about itself: files that must be there, sizes, docstrings, pins."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("scheduling_core", "adapters", "bot")
LINES_AT_MOST = 500
NOT_OURS = {".git", ".venv", ".data", "node_modules"}
# Folders of one developer's machine have no place in a public repository.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/[\w.]+")
TEXT = {".py", ".toml", ".md", ".txt", ".cfg", ".yaml", ".yml", ".html", ".js", ".css", ".json", ".ini", ""}
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic"}


def modules(*packages: str) -> Iterator[Path]:
    """The Python files of *packages*, migrations left out: Alembic lays those out."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "versions" not in path.parts:
                yield path


def tracked_files() -> list[Path]:
    """The files of the repository: git's list, or all that are there where git is not."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return [path for path in ROOT.rglob("*") if path.is_file() and not NOT_OURS & set(path.parts)]
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def pins(lock: str) -> set[str]:
    """`name==version` of each line of a lock file."""
    return set(re.findall(r"^([\w.\[\]-]+==\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE))


def test_the_procfile_names_release_web_and_worker() -> None:
    assert (ROOT / "Procfile").read_text("utf-8").splitlines() == [
        "release: python -m bot migrate",
        "web: python -m bot serve",
        "worker: python -m bot work",
    ]


@pytest.mark.parametrize("target", ["run", "test", "check", "bench", "lock"])
def test_the_makefile_has_the_promised_targets(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        (
            '[ "$1" = -V ] && echo Python 3.10.1',
            "Python 3.11 or newer is needed, but there is Python 3.10.1.",
        ),
        ('case "$2" in *ensurepip*) exit 1;; esac', "has no venv module; install it"),
    ],
)
def test_an_unfit_python_is_refused_with_a_sentence(tmp_path: Path, python: str, sentence: str) -> None:
    unfit = tmp_path / "python3"
    unfit.write_text(f"#!/bin/sh\n{python}\n")
    unfit.chmod(0o755)
    command = [str(ROOT / ".ci" / "setup"), "requirements.lock"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHON": str(unfit), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr


def test_the_development_lock_holds_all_that_the_other_one_does() -> None:
    # `make run` relies on it: it accepts an environment set up for the tests.
    assert pins("requirements.lock")
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_every_pin_has_a_hash_and_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    blocks = re.split(r"\n(?=\w)", text.strip())
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_no_file_is_longer_than_it_should_be() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules(*PACKAGES)
        if (lines := path.read_text("utf-8").count("\n")) > LINES_AT_MOST
    }
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules(*PACKAGES, "examples", "benchmarks")
        if (text := path.read_text("utf-8")) and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_the_core_reads_no_clock() -> None:
    reads = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in modules("scheduling_core")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in {"datetime", "date", "pendulum", "time"}
        and call.func.attr in CLOCKS
    ]
    assert reads == []


def test_no_path_of_one_machine_stands_in_the_repository() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked_files()
        if path.suffix in TEXT and path.name != Path(__file__).name
        for match in MACHINE_PATH.finditer(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []


# Of these some are put together where they are logged.
OF_ADAPTERS = ("slack.", "discord.", "calendar", "copy.")


def logged() -> set[str]:
    """The events that our code writes, as far as they are written out where they are logged."""
    trees = (ast.walk(ast.parse(path.read_text("utf-8"))) for path in modules("adapters", "bot"))
    calls = (node for tree in trees for node in tree if isinstance(node, ast.Call) and node.args)
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) == "log"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_every_event_of_the_log_is_explained_to_operators() -> None:
    docs = "\n".join(path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md"))
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    table = page.partition("| event | means |")[2].partition("\n\n")[0]
    events = (re.findall(r"`([\w.]+)`", line.split(" | ")[0]) for line in table.splitlines())
    of_ours = {event for line in events for event in line if not event.startswith(OF_ADAPTERS)}
    assert logged() - set(re.findall(r"`([\w.]+)`", docs)) == set()
    assert of_ours - logged() == set()


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    source = (ROOT / "bot/__main__.py").read_text("utf-8")
    commands = re.findall(r"^@cli.command\(\)\ndef (\w+)\(", source, re.MULTILINE)
    assert [name for name in commands if f"`python -m bot {name.replace('_', '-')}" not in readme] == []


def test_every_threat_has_a_test_that_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/threat-model.md").read_text("utf-8")))
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    assert named
    assert named <= set(re.findall(r"def (test_\w+)", tests))
