"""The keys the bot signs and encrypts with: given by the operator, or made once and kept.

Each kept key is a file of its own (0600) in the folder `keys` (0700) of the data directory. Several processes
may start at once: one of them makes a key, all of them read that one.
"""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.config import BadConfig, Problem
from bot.setting_values import FERNET_BYTES, SECRET_PREFIX
from bot.settings import Secrets

FOLDER = "keys"
DATA_KEY = "data.key"
"""What stored values are sealed with; while it is changed, the new key and under it the old one."""
OWNER_ONLY_FILE = 0o600
OWNER_ONLY_FOLDER = 0o700
OTHERS = 0o077

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Keys:
    """What the bot signs and encrypts with. None of it shows in a repr.

    Attributes:
        data: Fernet keys for secrets at rest, newest first, at least one; the first encrypts, all decrypt.
        actions: 32 bytes that sign what buttons carry.
        uids: 32 bytes that calendar UIDs are derived from; the same for the life of the installation.
    """

    data: tuple[str, ...] = field(repr=False)
    actions: bytes = field(repr=False)
    uids: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.data:
            raise ValueError("at least one data key is needed")
        if len(self.actions) != FERNET_BYTES or len(self.uids) != FERNET_BYTES:
            raise ValueError(f"the keys for actions and uids have {FERNET_BYTES} bytes each")


def load_or_create(data_dir: Path, given: Secrets) -> Keys:
    """The keys given in the settings, and kept ones, made now if need be, for the rest.

    Makes the data directory, for its owner alone, where it is missing. Repeats return the same keys.

    Raises:
        BadConfig: when a key file cannot be read or written, is open to others, or holds no key.
    """
    return _keys(given, lambda name: _kept(data_dir, name, _new_key))


def load(data_dir: Path, given: Secrets) -> Keys:
    """The same for who only looks: nothing is made or changed.

    Raises:
        BadConfig: when a key file is missing, cannot be read, or holds no key.
    """
    return _keys(given, lambda name: _found(data_dir / FOLDER / name))


def tenant_secret(data_dir: Path, tenant: str) -> str:
    """The `whsec_…` secret kept for a *tenant* whose settings give none, made now if need be.

    Args:
        data_dir: the data directory; made when missing.
        tenant: its lower-case name, as in the settings.

    Raises:
        BadConfig: when its file cannot be read or written, is open to others, or is empty.
    """
    return _kept(data_dir, f"tenant-{tenant}.secret", _new_signing_secret)


def _keys(given: Secrets, kept: Callable[[str], str]) -> Keys:
    return Keys(
        data=_data_keys(given, kept),
        actions=_raw(given.action_key.get_secret_value() or kept("actions.key")),
        uids=_raw(given.uid_key.get_secret_value() or kept("uids.key")),
    )


def _data_keys(given: Secrets, kept: Callable[[str], str]) -> tuple[str, ...]:
    if given.keys:
        return tuple(key.get_secret_value() for key in given.keys)
    if given.key_file is None:
        return _several(kept(DATA_KEY), Path(FOLDER) / DATA_KEY)
    try:
        text = _read_private(given.key_file)
    except OSError as error:
        raise _bad(given.key_file, f"cannot be read: {error.strerror}") from error
    return _several(text, given.key_file)


def _several(text: str, source: Path) -> tuple[str, ...]:
    """One key a line, the newest first."""
    keys = tuple(text.split())
    if not keys:
        raise _bad(source, "holds no key")
    for key in keys:
        _raw(key, source)
    return keys


def _kept(data_dir: Path, name: str, make: Callable[[], str]) -> str:
    path = data_dir / FOLDER / name
    try:
        _private_folder(path.parent)
        if not path.exists():
            _write_once(path, make())
        text = _read_private(path).strip()
    except OSError as error:
        raise _bad(path, f"cannot be read or made: {error.strerror}") from error
    return _not_empty(text, path)


def _found(path: Path) -> str:
    try:
        return _not_empty(path.read_text(encoding="ascii", errors="replace").strip(), path)
    except OSError as error:
        raise _bad(path, f"cannot be read: {error.strerror}") from error


def _not_empty(text: str, path: Path) -> str:
    if not text:
        raise _bad(path, "is empty; restore it from a backup, or delete it to have a new key made")
    return text


def _private_folder(folder: Path) -> None:
    folder.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    folder.mkdir(mode=OWNER_ONLY_FOLDER, exist_ok=True)
    if folder.stat().st_mode & OTHERS:
        folder.chmod(OWNER_ONLY_FOLDER)


def _write_once(path: Path, text: str) -> None:
    """Write *text* to *path* unless somebody else does first; never seen half written, even after a crash."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link fails when the name is taken: the first key made is the one that stays.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_private(path: Path) -> str:
    """The text of a file that its owner alone can read; one open to others is closed to them first."""
    if path.stat().st_mode & OTHERS:
        try:
            path.chmod(OWNER_ONLY_FILE)
        except OSError as error:
            raise _bad(path, "can be read by others; allow its owner alone (chmod 600)") from error
        log.warning("keys.tightened", file=path.name)
    return path.read_text(encoding="ascii", errors="replace")


def _raw(key: str, source: Path | None = None) -> bytes:
    try:
        raw = base64.b64decode(key, altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    if len(raw) != FERNET_BYTES:
        raise _bad(source or Path(FOLDER), "holds something else than 32 bytes in URL-safe base64")
    return raw


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(FERNET_BYTES)).decode()


def _new_signing_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(FERNET_BYTES)).decode()


def _bad(path: Path, reason: str) -> BadConfig:
    return BadConfig((Problem(str(path), reason, "key file"),))
