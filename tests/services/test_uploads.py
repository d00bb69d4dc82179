"""Resumable uploads: what arrived stays, offsets are checked, the file becomes a blob whose type is sniffed."""

import errno
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import pytest

from hub.db.blobs import Blob, BlobStore, LocalBlobs
from hub.db.directory import Installation
from hub.db.errors import BlobTooLarge
from hub.db.uow import TenantDatabase
from hub.models.learning import Upload
from hub.services import uploads
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.settings import set_setting
from tests.conftest import TENANT_KEY
from tests.services import builders

NOW = builders.NOW
CONTENT = b"%PDF-1.7 " + bytes(range(256)) * 40


class Desk:
    """One person who sends files."""

    def __init__(self, installation: Installation, tenant: TenantDatabase) -> None:
        self.tenant = tenant
        self.room: Path = uploads.waiting_room(installation.config.data, TENANT_KEY)
        self.blobs: BlobStore = installation.blobs(TENANT_KEY)
        with tenant.write() as session:
            self.person: UUID = builders.person(session)

    def begin(self, size: int = len(CONTENT), name: str = "rapport.pdf") -> UUID:
        with self.tenant.write() as session:
            return uploads.begin(session, self.person, name, size, NOW).id

    def send(self, key: UUID, offset: int, *pieces: bytes) -> Upload:
        return uploads.append(self.tenant, self.room, self.blobs, key, self.person, offset, pieces)


@pytest.fixture
def desk(installation: Installation, tenant: TenantDatabase) -> Desk:
    """A person at work."""
    return Desk(installation, tenant)


def test_a_file_sent_in_pieces_becomes_a_blob(desk: Desk) -> None:
    key = desk.begin()
    assert desk.send(key, 0, CONTENT[:1000], CONTENT[1000:4000]).received == 4000
    row = desk.send(key, 4000, CONTENT[4000:])
    assert (row.received, row.content_type) == (len(CONTENT), "application/pdf")
    with desk.blobs.open(row.sha256) as file:
        assert file.read() == CONTENT
    assert not list(desk.room.iterdir())


def test_what_arrived_before_the_line_broke_is_kept(desk: Desk) -> None:
    def broken() -> Iterator[bytes]:
        yield CONTENT[:500]
        raise ConnectionResetError

    key = desk.begin()
    with pytest.raises(ConnectionResetError):
        uploads.append(desk.tenant, desk.room, desk.blobs, key, desk.person, 0, broken())
    with pytest.raises(Conflict, match="upload_offset") as refused:
        desk.send(key, 0, CONTENT)
    assert refused.value.details == {"offset": 500}
    row = desk.send(key, 500, CONTENT[500:])
    with desk.blobs.open(row.sha256) as file:
        assert file.read() == CONTENT


def test_bytes_beyond_the_row_are_cut_off(desk: Desk) -> None:
    key = desk.begin()
    desk.send(key, 0, CONTENT[:100])
    with (desk.room / key.hex).open("ab") as file:
        file.write(b"left by a killed process")
    row = desk.send(key, 100, CONTENT[100:])
    with desk.blobs.open(row.sha256) as file:
        assert file.read() == CONTENT


def test_a_file_is_whole_only_with_its_blob(desk: Desk) -> None:
    """Killed, or without room, between the last byte and the blob: who asks is told to send the last piece again."""

    class NoRoom(LocalBlobs):
        def put(self, source: BinaryIO | Iterable[bytes], limit: int) -> Blob:
            raise OSError(errno.ENOSPC, "no space left on device")

    key = desk.begin()
    desk.send(key, 0, CONTENT[:1000])
    with pytest.raises(OSError, match="no space"):
        uploads.append(desk.tenant, desk.room, NoRoom(desk.room / "blobs"), key, desk.person, 1000, [CONTENT[1000:]])
    with desk.tenant.read() as session:
        assert uploads.find(session, key, desk.person).received == 1000
    row = desk.send(key, 1000, CONTENT[1000:])
    with desk.blobs.open(row.sha256) as file:
        assert file.read() == CONTENT


def test_two_writers_at_once_are_refused(desk: Desk) -> None:
    key = desk.begin()

    def second_comes() -> Iterator[bytes]:
        yield CONTENT[:10]
        with pytest.raises(Conflict, match="upload_busy"):
            desk.send(key, 0, CONTENT)

    uploads.append(desk.tenant, desk.room, desk.blobs, key, desk.person, 0, second_comes())
    assert desk.send(key, 10, CONTENT[10:]).sha256


def test_more_than_announced_is_refused_and_the_rest_can_follow(desk: Desk) -> None:
    key = desk.begin(size=10)
    with pytest.raises(BlobTooLarge):
        desk.send(key, 0, b"12345", b"678901")
    assert desk.send(key, 5, b"67890").sha256


def test_nobody_else_can_send_or_see(desk: Desk) -> None:
    key = desk.begin()
    with desk.tenant.write() as session:
        other = builders.person(session, "Tom", "Estève")
        with pytest.raises(NotFound):
            uploads.find(session, key, other)
    with pytest.raises(NotFound):
        uploads.append(desk.tenant, desk.room, desk.blobs, key, other, 0, [CONTENT])


def test_the_budget_is_a_setting(desk: Desk) -> None:
    with desk.tenant.write() as session:
        assert uploads.budget(session) == 200_000_000
        set_setting(session, "uploads", {"megabytes": 1})
    with pytest.raises(Invalid) as refused:
        desk.begin(size=1_000_001)
    assert refused.value.fields == {"files": "file_too_large"}
    with pytest.raises(Invalid):
        desk.begin(size=0)


def test_unfinished_uploads_are_bounded_and_forgotten(desk: Desk) -> None:
    keys = [desk.begin(size=10) for _ in range(uploads.AT_ONCE)]
    with pytest.raises(Invalid) as refused:
        desk.begin(size=10)
    assert refused.value.fields == {"files": "too_many_files"}
    desk.send(keys[0], 0, b"12345")
    assert uploads.forget_stale(desk.tenant, desk.room, NOW + timedelta(days=1)) == 0
    assert uploads.forget_stale(desk.tenant, desk.room, NOW + timedelta(days=2)) == uploads.AT_ONCE


@pytest.mark.parametrize(
    ("given", "kept"),
    [("C:\\fakepath\\pièce.stl", "pièce.stl"), ("../../etc/passwd", "passwd"), ("a\x00b\n.txt", "ab.txt"),
     ("...", "fichier"), ("x" * 300 + ".pdf", ("x" * 300 + ".pdf")[-200:])],
)  # fmt: skip
def test_names_are_bare(given: str, kept: str) -> None:
    assert uploads.clean_name(given) == kept
