"""The folder of .eml files."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.mail import build
from adapters.mail.folder import FolderMail
from scheduling_core.errors import Unavailable
from tests.contracts.mail import MailContract, Wire, a_mail, parsed


class FolderWire(Wire):
    """Reads back what the transport wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.transport = FolderMail(folder)

    def arrived(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]


@pytest.fixture
def wire(tmp_path: Path) -> FolderWire:
    return FolderWire(tmp_path / "deep" / "mail")


class TestFolderContract(MailContract):
    """Files instead of a server, the same promises."""


async def test_a_repeat_replaces_its_file_even_with_a_later_date(wire: FolderWire) -> None:
    first = a_mail()
    await wire.transport.send(first)
    await wire.transport.send(replace(first, subject="again", sent_at=first.sent_at + timedelta(hours=1)))
    (raw,) = wire.arrived()
    assert parsed(raw)["Subject"] == "again"


async def test_only_the_owner_reads_the_files(wire: FolderWire) -> None:
    await wire.transport.send(a_mail())
    (file,) = wire.folder.iterdir()
    assert file.name.endswith(".eml")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(wire.folder.stat().st_mode) == 0o700


async def test_a_folder_that_cannot_be_written_is_tried_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unavailable, match="folder"):
        await FolderMail(tmp_path / "file" / "mail").send(a_mail())


async def test_the_address_of_the_folder_is_decoded_and_has_a_default(tmp_path: Path) -> None:
    await build(f"file://{tmp_path}/my%20mail", data_dir=tmp_path).send(a_mail())
    await build("", data_dir=tmp_path / "data").send(a_mail())
    assert len(list((tmp_path / "my mail").iterdir())) == 1
    assert len(list((tmp_path / "data" / "mail").iterdir())) == 1


@pytest.mark.parametrize("url", ["file://folder/mail", "file:mail", "http://x", "mail", "smtp", "/var/mail"])
def test_another_address_is_refused_with_what_to_write(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="file:///"):
        build(url, data_dir=tmp_path)
