"""Keys given, made once, kept."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet
from standardwebhooks import Webhook

from bot.config import BadConfig
from bot.keys import Keys, load, load_or_create, tenant_secret
from bot.settings import Secrets

NEW, OLD = (base64.urlsafe_b64encode(letter * 32).decode() for letter in (b"n", b"o"))


def mode(path: Path) -> int:
    """The permission bits of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    made = load_or_create(tmp_path / "data", Secrets())
    assert load_or_create(tmp_path / "data", Secrets()) == made
    assert load_or_create(tmp_path / "other", Secrets()) != made
    assert len({made.data[0], made.actions, made.uids}) == 3


def test_made_keys_encrypt(tmp_path: Path) -> None:
    box = MultiFernet([Fernet(key) for key in load_or_create(tmp_path, Secrets()).data])
    assert box.decrypt(box.encrypt(b"token")) == b"token"


def test_only_the_owner_reads_what_is_kept(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    load_or_create(data_dir, Secrets())
    tenant_secret(data_dir, "demo")
    assert mode(data_dir) == mode(data_dir / "keys") == 0o700
    files = sorted((data_dir / "keys").iterdir())
    assert [file.name for file in files] == ["actions.key", "data.key", "tenant-demo.secret", "uids.key"]
    assert {mode(file) for file in files} == {0o600}


def test_keys_that_others_can_read_are_closed_to_them(tmp_path: Path) -> None:
    made = load_or_create(tmp_path, Secrets())
    (tmp_path / "keys").chmod(0o755)
    (tmp_path / "keys" / "uids.key").chmod(0o644)
    assert load_or_create(tmp_path, Secrets()) == made
    assert mode(tmp_path / "keys") == 0o700
    assert mode(tmp_path / "keys" / "uids.key") == 0o600


def test_starting_together_all_get_the_same_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_or_create(tmp_path, Secrets()), range(24)))
    assert made.count(made[0]) == 24
    assert len(os.listdir(tmp_path / "keys")) == 3


def test_given_keys_go_before_kept_ones(tmp_path: Path) -> None:
    given = Secrets.model_validate({"keys": [NEW, OLD], "action_key": NEW, "uid_key": OLD})
    assert load_or_create(tmp_path / "data", given) == Keys((NEW, OLD), b"n" * 32, b"o" * 32)
    assert not (tmp_path / "data").exists()


def test_data_keys_come_from_a_file_newest_first(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    file.write_text(f"{NEW}\n{OLD}\n")
    file.chmod(0o600)
    assert load_or_create(tmp_path, Secrets(key_file=file)).data == (NEW, OLD)


def test_while_it_is_changed_the_kept_key_is_the_new_one_and_under_it_the_old(tmp_path: Path) -> None:
    (kept,) = load_or_create(tmp_path, Secrets()).data
    file = tmp_path / "keys" / "data.key"
    file.write_text(f"{NEW}\n{kept}\n")
    assert load_or_create(tmp_path, Secrets()).data == load(tmp_path, Secrets()).data == (NEW, kept)
    file.write_text(f"{NEW}\nno key\n")
    with pytest.raises(BadConfig, match=r"data\.key"):
        load_or_create(tmp_path, Secrets())


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "holds no key"), ("rubbish", "something else than 32 bytes"), (None, "No such file")],
)
def test_a_key_file_without_keys_is_refused_by_name(tmp_path: Path, text: str | None, reason: str) -> None:
    file = tmp_path / "keys.txt"
    if text is not None:
        file.write_text(text)
    with pytest.raises(BadConfig, match=reason) as caught:
        load_or_create(tmp_path, Secrets(key_file=file))
    assert str(file) in str(caught.value)
    assert "rubbish" not in str(caught.value)


def test_an_emptied_key_is_not_silently_replaced(tmp_path: Path) -> None:
    load_or_create(tmp_path, Secrets())
    (tmp_path / "keys" / "data.key").write_text("")
    with pytest.raises(BadConfig, match="restore it from a backup"):
        load_or_create(tmp_path, Secrets())


def test_a_data_directory_that_cannot_be_made_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="cannot be read or made"):
        load_or_create(tmp_path / "file" / "data", Secrets())


def test_a_tenants_secret_is_made_once_and_signs(tmp_path: Path) -> None:
    secret = tenant_secret(tmp_path, "demo")
    assert secret == tenant_secret(tmp_path, "demo") != tenant_secret(tmp_path, "other")
    assert secret.startswith("whsec_")
    Webhook(secret)


def test_keys_never_show(tmp_path: Path) -> None:
    keys = load_or_create(tmp_path, Secrets())
    assert repr(keys) == "Keys()"


@pytest.mark.parametrize(("data", "actions"), [((), b"a" * 32), ((NEW,), b"short")])
def test_incomplete_keys_are_refused(data: tuple[str, ...], actions: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        Keys(data, actions, b"u" * 32)
