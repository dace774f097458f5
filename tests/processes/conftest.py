"""Databases on both kinds, migrated by the program itself, and an installation that tests share."""

from collections.abc import Iterator

import pytest

from tests.postgres import Server
from tests.processes.databases import Databases
from tests.processes.site import Site, Workspace, open_site
from tests.stores import postgres_server

__all__ = ["Databases", "postgres_server"]

KINDS = ["sqlite", "postgres"]
SHARED_TENANTS = 12


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each test runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Files."""
    return Databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """On our own server."""
    return Databases(tmp_path_factory.mktemp("databases"), postgres_server)


@pytest.fixture(scope="session")
def databases(kind: str, request: pytest.FixtureRequest) -> Databases:
    """Of the kind the test runs on."""
    found: Databases = request.getfixturevalue(f"{kind}_databases")
    return found


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """A migrated database of the test's own."""
    with databases.fresh() as url:
        yield url


@pytest.fixture(scope="package")
def shared_site(databases: Databases, kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One running installation with many workspaces; a test takes a workspace and leaves the rest alone.

    It ends with the tests of this folder: processes that wait beside all other tests take time from them.
    """
    with (
        databases.fresh() as url,
        open_site(tmp_path_factory.mktemp(kind) / "site", url, tenants=SHARED_TENANTS) as site,
    ):
        yield site


@pytest.fixture
def workspace(shared_site: Site) -> Iterator[Workspace]:
    """A workspace of the shared installation."""
    workspace = shared_site.workspace()
    yield workspace
    assert not workspace.callbacks.complaints
