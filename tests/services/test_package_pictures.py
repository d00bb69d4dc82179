"""The picture that a package brings is on its card; earlier imports get theirs, and what they bring back."""

import hashlib
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
from hub.domain.picture import read as picture_of
from hub.models.learning import Resource
from hub.services import package_pictures
from tests.content.archives import PAGE, manifest, tarred, zipped
from tests.services.test_packages import give


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(side: int = 120, note: bytes = b"") -> bytes:
    """A grey square, with a note in it."""
    head = chunk(b"IHDR", struct.pack(">2I5B", side, side, 8, 0, 0, 0, 0)) + chunk(b"tEXt", b"Author\0" + note)
    rows = zlib.compress((b"\0" + b"\x80" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"") + b"<script>"


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


def book(items: str, metadata: str = "", **files: bytes) -> bytes:
    """An EPUB of one chapter, with items and files more (``__`` is a slash, ``_png`` an ending)."""
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata>'
        f'<title xmlns="http://purl.org/dc/elements/1.1/">Livre</title>{metadata}</metadata><manifest>'
        f'<item id="c" href="c.xhtml" properties="nav"/>{items}</manifest><spine><itemref idref="c"/></spine></package>'
    )
    container = b'<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
    whole = {"mimetype": b"application/epub+zip", "META-INF/container.xml": container, "OPS/book.opf": opf.encode()}
    named = {name.replace("__", "/").replace("_png", ".png"): data for name, data in files.items()}
    return zipped({**whole, "OPS/c.xhtml": PAGE, **named})


COVER = '<item id="i" href="img/a.png" media-type="image/png" {}/>'


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (book(COVER.format('properties="svg cover-image"'), OPS__img__a_png=png()), True),
        (book(COVER.format(""), '<meta name="cover" content="i"/>', OPS__img__a_png=png()), True),
        (book(COVER.format(""), OPS__img__a_png=png()), False),
        (book(COVER.format('properties="cover-image"'), OPS__img__a_png=b"<svg onload='x'/>"), False),
        (book(COVER.format('properties="cover-image"'), OPS__img__a_png=png(side=5000)), False),
        (book(COVER.format('properties="cover-image"')), False),
        (book(COVER.format('properties="cover-image"').replace("img/", "../../../"), a_png=png()), False),
    ],
    ids=range(7),
)
def test_a_book_s_card_has_its_cover(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID, data: bytes, shown: bool
) -> None:
    done = give(tenant, blobs, author, data, "livre.epub")
    assert done.state == "accepted"
    with tenant.read() as session:
        held = session.get_one(Resource, done.made[0][0]).picture
    assert bool(held) == shown
    if shown:
        with blobs.open(held) as file:
            assert file.read() == png().removesuffix(b"<script>").replace(chunk(b"tEXt", b"Author\0"), b"")


def backup(*files: tuple[str, str, str, bytes], users: bool = False) -> bytes:
    """A Moodle backup with files: component, area, name, content."""
    name = "<original_course_fullname>Cours</original_course_fullname>"
    listed, held = "", {}
    for component, area, called, data in files:
        digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        listed += (
            f"<file><contenthash>{digest}</contenthash><contextid>7</contextid><component>{component}</component>"
            f"<filearea>{area}</filearea><filename>{called}</filename><filesize>{len(data)}</filesize></file>"
        )
        held[f"files/{digest[:2]}/{digest}"] = data
    about = f"<moodle_backup><information><name>x</name>{name}</information></moodle_backup>"
    people = {"users.xml": b"<users/>"} if users else {}
    return tarred(
        {"moodle_backup.xml": about.encode(), "files.xml": f"<files>{listed}</files>".encode(), **people, **held}
    )


def test_a_moodle_course_s_card_has_the_course_s_picture_and_nobody_s(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID
) -> None:
    portrait, work, card = png(101), png(102), png(103)
    others = ("user", "icon", "f1.png", portrait), ("assignsubmission_file", "submission_files", "a.png", work)
    shown = ("course", "overviewfiles", "b.png", card)
    for files, users, expected in [
        (
            (*others, ("course", "overviewfiles", ".", b""), ("course", "overviewfiles", "a.gif", b"GIF89a"), shown),
            True,
            103,
        ),
        ((shown,), False, 103),
        (others, True, 0),
        ((("course", "summary", "cover.png", work), ("course", "section", "thumbnail.png", work)), False, 0),
    ]:
        done = give(tenant, blobs, author, backup(*files, users=users), "sauvegarde.mbz")
        assert done.state == "accepted"
        with tenant.read() as session:
            held = session.get_one(Resource, done.made[0][0]).picture
        width = 0
        if held:
            with blobs.open(held) as file:
                width = picture_of(file.read()).width
        assert width == expected


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
