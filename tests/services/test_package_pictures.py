"""The picture that a package brings is on its card; earlier imports get theirs, and what they bring back."""

import io
import struct
import zlib
from uuid import UUID

import pytest

from content.inspect import inspect
from content.packages.picture import picture
from hub.db.blobs import BlobStore
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.services import package_pictures
from tests.content.archives import PAGE, manifest, zipped
from tests.services.builders import person
from tests.services.test_packages import give


def png(side: int = 120, note: bytes = b"") -> bytes:
    """A grey square, with a note in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">2I5B", side, side, 8, 0, 0, 0, 0)) + chunk(b"tEXt", b"Author\0" + note)
    rows = zlib.compress((b"\0" + b"\x80" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"") + b"<script>"


@pytest.fixture
def blobs(installation: Installation, tenant: TenantDatabase) -> BlobStore:
    return installation.blobs(tenant.key)


@pytest.fixture
def author(tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        return person(session)


def with_picture(name: str, data: bytes) -> bytes:
    return zipped({"imsmanifest.xml": manifest(), "index.html": PAGE, name: data})


NAMED = (
    "<metadata><lom><relation><kind><value>a pour vignette</value></kind><resource><description><string>images/ici.png"
    "</string></description></resource></relation></lom>"
)
WITH_RELATION = manifest().replace(b"<metadata>", NAMED.encode())


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"Thumbnail.PNG": b"1", "sub/cover.png": b"1"}, "Thumbnail.PNG"),
        ({"sub/cover-1.jpg": b"1", "sub/preview.png": b"1"}, "sub/cover-1.jpg"),
        ({"a/b/thumbnail.png": b"1", "discover.png": b"1", "cover.svg": b"1", "recover.jpg": b"1"}, ""),
        ({"images/ici.png": b"1", "cover.png": b"1", "imsmanifest.xml": WITH_RELATION}, "images/ici.png"),
    ],
)  # fmt: skip
def test_the_picture_is_the_one_that_is_named_else_the_plainest_name(files: dict[str, bytes], expected: str) -> None:
    data = zipped({"imsmanifest.xml": manifest(), "index.html": PAGE, **files})
    found = inspect(io.BytesIO(data), "x.zip")
    assert found.archive is not None
    assert picture(found.archive, found.root, found.package) == expected


def test_a_card_gets_the_picture_without_what_its_author_noted(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID
) -> None:
    done = give(tenant, blobs, author, with_picture("thumbnail.png", png(note=b"Lina, 12 rue X")))
    with tenant.read() as session:
        held = session.get_one(Resource, done.made[0][0]).picture
    with blobs.open(held) as file:
        kept = file.read()
    assert kept.endswith(b"IEND\xaeB`\x82")
    assert b"Lina" not in kept
    for broken in (b"<html>", png(side=5), png()[:60], b"\x89PNG" + b"x" * 500_000):
        refused = give(tenant, blobs, author, with_picture("thumbnail.png", broken))
        assert refused.state == "accepted"
        with tenant.read() as session:
            assert session.get_one(Resource, refused.made[0][0]).picture == ""


def test_earlier_imports_get_what_newer_ones_get_and_what_people_chose_stays(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID, installation: Installation
) -> None:
    keys = [give(tenant, blobs, author, with_picture("cover.png", png())).made[0][0] for _number in range(2)]
    with tenant.write() as session:
        old, chosen = (session.get_one(Resource, key) for key in keys)
        old.picture, old.brings = "", []
        chosen.picture, chosen.brings = "0" * 64, []
    done = package_pictures.refresh(tenant, blobs)
    assert (done.looked, done.pictures, done.brings) == (2, 1, 2)
    with tenant.read() as session:
        old, chosen = (session.get_one(Resource, key) for key in keys)
        assert old.picture
        assert [one["kind"] for one in old.brings] == ["completed", "passed", "score", "progress"]
        assert chosen.picture == "0" * 64
    assert package_pictures.refresh(tenant, blobs).looked == 0
