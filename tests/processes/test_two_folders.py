"""Processes with data directories of their own, on one host and one database."""

import shutil
from pathlib import Path

from tests.processes.beginnings import asked_to_confirm
from tests.processes.databases import Databases, scalar
from tests.processes.site import open_site


def test_a_process_with_its_own_data_directory_leaves_the_jobs_in_hand_alone(
    postgres_databases: Databases, tmp_path: Path
) -> None:
    with (
        postgres_databases.fresh() as database,
        open_site(tmp_path / "site", database) as site,
    ):
        _, guest = asked_to_confirm(site.workspace())
        site.post.hand.clear()
        guest.presses("Confirm")
        site.post.until(lambda: site.post.begun == 2)
        # A copy, as of a disk: keys, and what names the process.
        shutil.copytree(site.folder / "data", tmp_path / "other")
        site.run("work", PARLEY_DATA_DIR=str(tmp_path / "other")).ready()
        assert scalar(database, "SELECT count(*) FROM dbos.job_workers") == 2
        site.post.hand.set()
        site.settle()
        assert len(site.post.letters) == site.post.begun == 2
