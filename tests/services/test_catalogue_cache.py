"""The index in memory follows what other units, sessions and bulk writers do; collections; pictures; code lists."""

import io
import struct
import zlib
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.domain.path import BindingKind
from hub.domain.picture import MOST_BYTES, BadPicture, media_type, read
from hub.domain.roles import Grant, Viewer
from hub.models.learning import Resource
from hub.models.person import Person
from hub.services import catalogue, catalogue_edit, code_files, code_lists, code_search, collections, journal
from hub.services.catalogue import Filters
from hub.services.catalogue_edit import EntryData
from hub.services.errors import Forbidden, Invalid, NotFound
from tests.services.builders import NOW


def add(tenant: TenantDatabase, title: str, **more: object) -> UUID:
    data = EntryData(kind=BindingKind.WEB, title=title, url=f"https://exemple.fr/{new_id()}", **more)
    with tenant.write() as session:
        return catalogue_edit.create(session, data, by=None, now=NOW).id


def titles(tenant: TenantDatabase, text: str = "", **more: object) -> list[str]:
    with tenant.read() as session:
        return [one.title for one in catalogue.search(session, Filters(text, **more)).entries]


def _write_and_roll_back(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        session.add(Resource(kind="web", title="Souder jamais", iri="x:1", created_at=NOW))
        session.flush()
        assert catalogue.search(session, Filters("jamais")).total == 1
        raise RuntimeError


def test_every_search_knows_what_was_committed_before_it_and_nothing_else(tenant: TenantDatabase) -> None:
    first = add(tenant, "Souder au poste")
    assert titles(tenant, "souder") == ["Souder au poste"]
    add(tenant, "Souder au chalumeau")
    with tenant.write() as session:
        session.get_one(Resource, first).title = "Plier la tôle"
    assert titles(tenant, "souder") == ["Souder au chalumeau"]
    assert titles(tenant, "tole") == ["Plier la tôle"]
    with pytest.raises(RuntimeError):
        _write_and_roll_back(tenant)
    assert titles(tenant, "jamais") == []
    with tenant.write() as session:
        values = {"kind": "web", "title": "Braser", "iri": "x:2", "created_at": NOW, "id": new_id(), "stamp": 1}
        session.execute(insert(Resource), [{**values, "brings": [], "custom": {}}])
    assert titles(tenant, "braser") == []  # written past the ORM without a true stamp: a new process finds it
    with tenant.write() as session:
        session.execute(update(Resource).values(stamp=0))  # as a restored copy of an earlier time
    assert titles(tenant, "braser") == ["Braser"]


def test_facets_combine_and_their_counts_say_what_one_more_would_give(tenant: TenantDatabase) -> None:
    add(tenant, "Souder", minutes=10, skills=("Souder à l’arc",), codes=("rome:H2913",), equipment=("machine",))
    add(tenant, "Braser", minutes=100, language="en", licence="CC BY 4.0", codes=("rome:H2913", "rome:H2902"))
    add(tenant, "Coudre", minutes=10, codes=("nsf:242",))
    with tenant.read() as session:
        found = catalogue.search(session, Filters(more={"duration": ("15",)}), count=("duration", "rome", "skill"))
        by_label = catalogue.search(session, Filters("soudage manuel")).entries
        both = catalogue.search(session, Filters(more={"rome": ("H2902", "H2913"), "language": ("en",)}))
    assert found.counts == {
        "duration": [("15", 2), ("180", 1)], "rome": [("H2913", 1)], "skill": [("Souder à l’arc", 1)],
    }  # fmt: skip
    assert {one.title for one in by_label} == {"Souder", "Braser"}
    assert [one.title for one in both.entries] == ["Braser"]
    assert titles(tenant, more={"licence": ("cc-by",), "equipment": ("machine",)}) == []


def test_a_title_comes_before_a_summary(tenant: TenantDatabase) -> None:
    add(tenant, "Abécédaire", summary="Tout sur la découpe laser")
    add(tenant, "Régler la découpe")
    add(tenant, "Découpe laser")
    assert titles(tenant, "decoupe") == ["Découpe laser", "Régler la découpe", "Abécédaire"]
    assert titles(tenant, "decoupe lazer") == ["Découpe laser", "Abécédaire"]


@pytest.mark.parametrize("codes", [("rome:2913",), ("formacode:12",), ("magic:1",)])
def test_a_code_of_another_form_is_told_beside_its_list(tenant: TenantDatabase, codes: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        add(tenant, "X", codes=codes)
    assert refused.value.fields == {codes[0].partition(":")[0]: "code"}


def person(tenant: TenantDatabase, name: str, role: str = "designer") -> Viewer:
    with tenant.write() as session:
        row = Person(id=new_id(), given_name=name, family_name="Roux", created_at=NOW)
        session.add(row)
    return Viewer(row.id, name, "fr", (Grant(role=role),))


def test_a_collection_keeps_its_order_and_belongs_to_who_made_it(tenant: TenantDatabase) -> None:
    nadia, luc = person(tenant, "Nadia"), person(tenant, "Luc", "trainer")
    a, b, c = add(tenant, "A"), add(tenant, "B"), add(tenant, "C")
    with tenant.write() as session:
        key = collections.create(session, nadia, "Accueil", "", shared=False, now=NOW)
        for one in (a, b, c, a):
            collections.add(session, nadia, key, one, NOW)
        collections.move(session, nadia, key, c, -1, NOW)
        collections.move(session, nadia, key, a, -1, NOW)
        collections.remove(session, nadia, key, b, NOW)
    with tenant.read() as session:
        held = collections.get(session, nadia, key)
        assert [one.title for one in collections.entries(session, held)] == ["A", "C"]
        assert collections.listed(session, luc) == []
        with pytest.raises(NotFound):
            collections.get(session, luc, key)
        assert catalogue.search(session, Filters("c", within=held.items)).total == 1
        assert catalogue.search(session, Filters("b", within=held.items)).total == 0
    with tenant.write() as session:
        collections.change(session, nadia, key, "Accueil", "Pour tous", shared=True, now=NOW)
    with tenant.read() as session:
        assert [(one.title, one.mine) for one in collections.listed(session, luc)] == [("Accueil", False)]
    with pytest.raises(Forbidden), tenant.write() as session:
        collections.delete(session, luc, key, NOW)
    with tenant.write() as session:
        collections.delete(session, nadia, key, NOW)
        assert collections.listed(session, nadia) == []


def png(width: int, height: int, *more: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (width + 1) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    def segment(marker: int, data: bytes) -> bytes:
        return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data

    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    parts = segment(0xE0, b"JFIF\0") + segment(0xE1, b"Exif\0\0 43.6N") + segment(0xC0, frame)
    return b"\xff\xd8" + parts + segment(0xDA, b"\1\1\0\0\x3f\0") + b"data\xff\xd9"


def test_pictures_lose_what_the_camera_wrote() -> None:
    note = struct.pack(">I", 3) + b"tEXt" + b"a\0b" + b"\0\0\0\0"
    kept = read(png(200, 120, note))
    assert (kept.media_type, kept.width, kept.height) == ("image/png", 200, 120)
    assert kept.data == png(200, 120)
    shot = read(jpeg(640, 360))
    assert (shot.width, shot.height, b"43.6N" in shot.data, b"JFIF" in shot.data) == (640, 360, False, True)
    body = b"VP8X" + struct.pack("<I", 10) + bytes((0x0C, 0, 0, 0)) + (299).to_bytes(3, "little")
    body += (199).to_bytes(3, "little") + b"EXIF" + struct.pack("<I", 4) + b"secr"
    found = read(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body)
    assert (found.width, found.height, b"secr" in found.data, found.data[20] & 0x0C) == (300, 200, False, 0)
    assert [media_type(one.data) for one in (kept, shot, found)] == ["image/png", "image/jpeg", "image/webp"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<svg onload='alert(1)'/>", "picture_kind"),
        (b"", "picture_kind"),
        (png(200, 120)[:60], "picture_broken"),
        (jpeg(200, 120)[:30], "picture_broken"),
        (b"RIFF\xff\xff\0\0WEBPVP8 ", "picture_broken"),
        (png(20, 20), "picture_size"),
        (png(5000, 200), "picture_size"),
        (b"\xff\xd8\xff" + b"0" * MOST_BYTES, "picture_heavy"),
    ],
)
def test_what_is_no_picture_for_a_card_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(BadPicture) as refused:
        read(data)
    assert refused.value.code == code


def test_a_code_list_is_loaded_from_a_file_dated_and_searched(tenant: TenantDatabase) -> None:
    add(tenant, "Usiner", codes=("rome:H2903", "formacode:23054"))
    assert titles(tenant, "travail matériau") == []
    found = code_files.read(io.BytesIO("Code Formacode;Libellé\n23054;Travail matériau\n".encode()), "f", "formacode")
    with tenant.write() as session:
        code_lists.load(
            session, "formacode", found.codes, source="Centre Inffo", version="V14", day=date(2024, 3, 1), by=None,
            now=NOW,
        )  # fmt: skip
    assert titles(tenant, "travail matériau") == ["Usiner"]
    with tenant.read() as session:
        held = {one.scheme: one for one in code_lists.facts(session)}
        assert (held["formacode"].codes, held["formacode"].version, held["formacode"].loaded) == (1, "V14", True)
        assert (held["rome"].day, held["rome"].loaded) == ("2024-09-17", False)
        assert ("rome:H2913", "Soudage manuel") in code_search.find(session, "soudage")
        assert code_search.find(session, "soudage", "formacode") == code_search.find(session, " ") == []
        assert code_search.find(session, "h2903")[0][0] == "rome:H2903"
        assert ("formacode:23054", "Travail matériau") in code_search.find(session, "230")
        assert code_search.find(session, "travial materiau")[0][0] == "formacode:23054"
        assert journal.entries(session)[0].act == "codes.loaded"
