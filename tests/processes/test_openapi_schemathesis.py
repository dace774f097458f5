"""Schemathesis, from the OpenAPI document that the running bot serves, finds nothing."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.conftest import Databases
from tests.processes.harness import REPOSITORY
from tests.processes.site import Site, open_site

SECONDS = 12
"""Time for making requests up; starting takes about as long again."""


@pytest.fixture
def site(databases: Databases, tmp_path: Path) -> Iterator[Site]:
    """An installation that limits nobody."""
    with databases.fresh() as url, open_site(tmp_path / "site", url, start=False) as site:
        site.environment |= {
            "PARLEY_LIMITS__PERSON_PER_MINUTE": "1000000",
            "PARLEY_LIMITS__WORKSPACE_PER_MINUTE": "1000000",
        }
        yield site.start()


# PostgreSQL is the stricter of the two: it takes neither NUL nor lone surrogates.
@pytest.mark.parametrize("kind", ["postgres"], indirect=True)
def test_schemathesis_finds_nothing(site: Site, tmp_path: Path) -> None:
    document = f"http://127.0.0.1:{site.port}/rooms/v1/openapi.json"
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", document),
            *("--checks", "all", "--mode", "all", "--max-time", str(SECONDS), "--seed", "1"),
        ],
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": str(REPOSITORY), "SCHEMATHESIS_HOOKS": "tests.processes.signing_hooks"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert not [event for event in site.bot.events() if event["level"] == "error"]
    figures = site.get("/metrics").body.decode()
    assert 'outcome="failed"' not in figures
    # Both what fits and what does not got as far as it should.
    taken = re.findall(r'^parley_deliveries_total\{act="(\w+)",outcome="(?:done|refused)"\}', figures, re.M)
    assert set(taken) == {"Command", "ForgedPress", "MembersTold", "Said"}
