"""Cousins of the hostile files, written by hand: each is refused by its rule or taken as what it is, and nothing else
ever happens."""

import gzip
import io
import json
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from content import tar_reader
from content.inspect import inspect
from tests.content.archives import PAGE, crowded, manifest, tarred, zipped

MANIFEST = manifest()
FULL = 0xFFFFFFFF


def written(name: bytes, data: bytes = b"evil", **said: Any) -> bytes:
    """A small SCORM package and one stored entry more, whose headers say what they are told to: ``size``, ``offset``,
    ``central`` and ``local`` (extra fields), ``attributes``."""
    out, central = bytearray(), bytearray()
    entries = [(b"imsmanifest.xml", MANIFEST, {}), (b"index.html", PAGE, {}), (name, data, said)]
    for key, content, told in entries:
        start, crc, size = len(out), zlib.crc32(content), told.get("size", len(content))
        extra, outer = told.get("local", b""), told.get("central", b"")
        fields = (20, 0x800, 0, 0, 0, crc, len(content), size, len(key))
        out += struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields, len(extra)) + key + extra + content
        place, attributes = told.get("offset", start), told.get("attributes", 0o100644) << 16
        central += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 0x0314, *fields, len(outer), 0, 0, 0, attributes, place)
        central += key + outer
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(central), len(out), 0)
    return bytes(out + central + tail)


def sixty_four(*values: int) -> bytes:
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)


def unicode_path(raw: bytes, name: str) -> bytes:
    return struct.pack("<HHBL", 0x7075, 5 + len(name.encode()), 1, zlib.crc32(raw)) + name.encode()


def backup(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A Moodle backup in a gzipped tar, with members more."""
    name = "<original_course_fullname>C</original_course_fullname>"
    said = f"<moodle_backup><information><name>x</name>{name}</information></moodle_backup>".encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as made:
        for info, data in [(tarfile.TarInfo("moodle_backup.xml"), said), *members]:
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return out.getvalue()


def member(data: bytes = b"x", kind: bytes = tarfile.REGTYPE, **headers: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo("member")
    info.type, info.pax_headers = kind, {name.replace("__", "."): value for name, value in headers.items()}
    return info, data


def verdict(data: bytes, name: str = "x.zip") -> tuple[str, list[str]]:
    report = inspect(io.BytesIO(data), name).report
    return report.verdict.value, [one.code for one in report.messages if one.level.value != "info"]


def octal_size(text: bytes) -> bytes:
    """A tar whose member says its size so, with a checksum that is right."""
    block = bytearray(tarfile.TarInfo("a").tobuf())
    block[124:136] = text.ljust(12, b"\0")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return gzip.compress(bytes(block))


def ended(**said: int) -> bytes:
    """A zip64 whose end says something else of its directory: ``count``, ``size``, ``start``."""
    data = bytearray(crowded(3))
    at = data.index(b"PK\x06\x06")
    for name, value in said.items():
        for place in {"count": (24, 32), "size": (40,), "start": (48,)}[name]:
            data[at + place : at + place + 8] = value.to_bytes(8, "little")
    return bytes(data)


#: Nine levels of ten: a thousand million words, if anybody asked for them.
BOMB = (
    "<!DOCTYPE x [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]><files><file/></files>"
)


def described(text: bytes) -> bytes:
    return zipped({"imsmanifest.xml": text, "index.html": PAGE})


def listing(text: str) -> bytes:
    """A Moodle backup with this ``files.xml``."""
    name = "<original_course_fullname>C</original_course_fullname>"
    said = f"<moodle_backup><information><name>x</name>{name}</information></moodle_backup>"
    return tarred({"moodle_backup.xml": said.encode(), "files.xml": text.encode()})


def streamed(**said: int) -> bytes:
    """A zip written without looking back, whose descriptors say what they are told to: ``crc``, ``packed``, ``size``,
    ``wide`` (sizes of 64 bits), ``bare`` (without their mark)."""
    out, central, files = bytearray(), bytearray(), {b"imsmanifest.xml": MANIFEST, b"index.html": PAGE}
    for name, data in files.items():
        start, deflate = len(out), zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = deflate.compress(data) + deflate.flush()
        true = {"crc": zlib.crc32(data), "packed": len(packed), "size": len(data)}
        out += struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 8, 8, 0, 0, 0, 0, 0, len(name), 0) + name + packed
        out += b"" if said.get("bare") else b"PK\x07\x08"
        out += struct.pack("<LQQ" if said.get("wide") else "<LLL", *(said.get(key, true[key]) for key in true))
        fields = (20, 20, 8, 8, 0, 0, *true.values(), len(name), 0, 0, 0, 0, 0o100644 << 16, start)
        central += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *fields) + name
    return bytes(out + central + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(central), len(out), 0))


def played(*needs: str) -> bytes:
    """An H5P whose library loads others that it does not hold."""
    own = {"machineName": "H5P.X", "majorVersion": 1, "minorVersion": 0}
    library = {**own, "preloadedDependencies": [{**own, "machineName": name} for name in needs]}
    whole = {"title": "T", "mainLibrary": "H5P.X", "preloadedDependencies": [own]}
    said = {"h5p.json": whole, "content/content.json": {}, "H5P.X-1.0/library.json": library}
    return zipped({name: json.dumps(value).encode() for name, value in said.items()})


def crowded_objectives(items: int, objectives: int) -> bytes:
    """SCORM 2004: so many items that take up a shared sequencing of so many objectives."""
    shared = "".join(f'<objective objectiveID="o{number}"/>' for number in range(objectives))
    text = MANIFEST.decode().replace("1.2</schemaversion>", "2004 4th Edition</schemaversion>")
    item = '<item identifier="J{}" identifierref="R1"><title>t</title><sequencing IDRef="S"/></item>'
    text = text.replace("</organization>", "".join(map(item.format, range(items))) + "</organization>")
    collection = f'<sequencing ID="S"><objectives><primaryObjective/>{shared}</objectives></sequencing>'
    return text.replace("</manifest>", f"<sequencingCollection>{collection}</sequencingCollection></manifest>").encode()


REFUSED: list[tuple[Callable[[], bytes], str]] = [
    (lambda: written(b"a", size=FULL, central=sixty_four(10**15), local=sixty_four(10**15, 4)), "archive_size"),
    (lambda: written(b"a", size=FULL, central=sixty_four(4), local=sixty_four(10**12, 4)), "archive_headers_differ"),
    (lambda: written(b"a", size=FULL, central=sixty_four(4)), "archive_broken"),
    (lambda: written(b"a", offset=FULL, central=sixty_four(2**64 - 1)), "archive_truncated"),
    (lambda: written(b"a", central=unicode_path(b"a", "../../evil.sh")), "archive_name_climbs"),
    (lambda: written(b"a", attributes=0o060777), "archive_special"),
    (lambda: written(b"folder/"), "archive_broken"),
    (lambda: zipped({"imsmanifest.xml/x": b"1", "index.html": PAGE}), "no_manifest"),
    (lambda: backup(member(size="-5")), "archive_broken"),
    (lambda: backup(member(size="9" * 40)), "archive_broken"),
    (lambda: backup(member(path="../../evil")), "archive_name_climbs"),
    (lambda: backup(member(GNU__sparse__major="1", GNU__sparse__name="../z")), "archive_special"),
    (lambda: backup(member(kind=tarfile.CHRTYPE)), "archive_special"),
    (lambda: octal_size(b"-0000005"), "archive_broken"),
    (lambda: octal_size(b"\x80" + b"\xff" * 11), "archive_broken"),
    (lambda: described(crowded_objectives(2_000, 200)), "sequencing_too_many"),
    (lambda: streamed(crc=1), "archive_headers_differ"),
    (lambda: streamed(size=99), "archive_headers_differ"),
    (lambda: streamed(packed=0xFFFFFFFF), "archive_headers_differ"),
    (lambda: played("H5P.Question", "H5P.JoubelUI"), "h5p_library_missing"),
    (lambda: gzip.compress(b"") * 5, "archive_empty"),
    (lambda: backup() + b"garbage", "archive_broken"),
    (lambda: tarred({"é": b"", "e\u0301": b""}), "archive_duplicate"),
    (lambda: tarred({"a": b"", "a/b": b""}), "archive_duplicate"),
    (lambda: zipped({"a/b": b"", "a//b": b""}), "archive_duplicate"),
    (lambda: written(b"a", central=unicode_path(b"a", "imsmanifest.xml")), "archive_duplicate"),
    (lambda: ended(count=1 << 40), "archive_entries"),
    (lambda: ended(count=2), "archive_broken"),
    (lambda: ended(size=1 << 40), "archive_truncated"),
    (lambda: ended(start=1 << 63), "archive_truncated"),
    (lambda: zipped({"mimetype": b"application/epub+zip"}), "epub_no_package"),
    (lambda: described(BOMB.encode("utf-32")), "xml_encoding"),
    (lambda: described(BOMB.encode("utf-16")), "xml_doctype"),
    (lambda: described(b"<?xml version='1.0' encoding='utf-7'?>+ADwAIQ-DOCTYPE x+AD4-<manifest/>"), "xml_encoding"),
    (lambda: described(b"<manifest" + b"".join(b" a%d= ''" % n for n in range(200_001)) + b"/>"), "xml_too_many"),
    (lambda: listing(f"<!-- > {'x' * 70_000} -->{BOMB}"), "xml_doctype"),
    (lambda: listing(f"<files><file>{'<a/>' * 50_001}</file></files>"), "xml_too_many"),
    (lambda: zipped({"h5p.json": b"{}", "content/content.json": b"[" + b"{}," * 400_000 + b"{}]"}), "json_too_many"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_a_cousin_is_refused_by_its_rule(number: int) -> None:
    made, code = REFUSED[number]
    found, codes = verdict(made())
    assert (found, codes[:1]) == ("reject", [code])


@pytest.mark.parametrize(
    "name", ["CON", "sub/aux.txt", "com1.js", "IMSMAN~1.XML", "index.html.", "index.html::$DATA", "INDEX.html", "..."]
)
def test_names_that_only_a_file_system_would_mind_are_taken_as_they_are(name: str) -> None:
    assert verdict(zipped({"imsmanifest.xml": MANIFEST, "index.html": PAGE, name: b"other"})) == ("accept", [])


def test_what_two_readers_agree_on_is_taken() -> None:
    assert verdict(written(b"a", size=FULL, central=sixty_four(4), local=sixty_four(4, 4))) == ("accept", [])
    raw = "été.html".encode("cp850")
    named = written(raw, central=unicode_path(raw, "été.html"))
    found = inspect(io.BytesIO(named), "x.zip")
    assert found.archive is not None
    assert "été.html" in found.archive.entries
    assert verdict(backup(member(linkpath="/etc"), member(kind=tarfile.CONTTYPE)))[1] == ["archive_duplicate"]
    assert verdict(backup(member(comment="hello")), "x.mbz")[0] == "accept"


@pytest.mark.parametrize("said", [{}, {"wide": 1}, {"bare": 1}, {"bare": 1, "wide": 1}])
def test_a_true_descriptor_of_any_form_is_taken(said: dict[str, int]) -> None:
    assert verdict(streamed(**said)) == ("accept", [])


@pytest.mark.parametrize(
    ("bases", "file"),
    [
        (("./", "./"), "index.html"),
        (("a/x/", "../b/"), "a/b/index.html"),
        (("mon%20cours/", ""), "mon cours/index.html"),
        (("a/", "/b/"), "b/index.html"),
        (("a", "b"), "a/b/index.html"),
    ],
)
def test_bases_are_joined_as_addresses(bases: tuple[str, str], file: str) -> None:
    text = manifest(base=f' xml:base="{bases[1]}"').replace(
        b"<resources>", f'<resources xml:base="{bases[0]}">'.encode()
    )
    assert verdict(zipped({"imsmanifest.xml": text, file: PAGE})) == ("accept", [])


def heavy(page: str) -> bytes:
    """A Moodle backup of twelve pages like this one."""
    said = "".join(
        f"<activity><modulename>page</modulename><title>T{n}</title><directory>a/{n}</directory></activity>"
        for n in range(12)
    )
    name = "<original_course_fullname>C</original_course_fullname>"
    head = f"<moodle_backup><information>{name}<contents><activities>{said}</activities></contents></information>"
    text = f"<activity><page><content>{page}</content></page></activity>".encode()
    return tarred(
        {"moodle_backup.xml": f"{head}</moodle_backup>".encode(), **{f"a/{n}/page.xml": text for n in range(12)}}
    )


QUESTION = (
    b"<assessmentItem identifier='q' title='Q'><itemBody>" + b"<p>mot</p>" * 90_000 + b"</itemBody></assessmentItem>"
)
RESOURCES = "".join(f'<resource identifier="R{n}" type="imsqti_item_xmlv2p1" href="q.xml"/>' for n in range(4_000))
TEST = "<manifest xmlns='http://www.imsglobal.org/xsd/imscp_v1p1'><organizations/><resources>%s</resources></manifest>"


@pytest.mark.parametrize(
    "made",
    [
        lambda: heavy(random.Random(1).randbytes(30_000).hex() * 60),
        lambda: heavy("<a/>" * 199_000),
        lambda: listing("<files>" + "<file><a/></file>" * 800_000 + "</files>"),
        lambda: zipped({"imsmanifest.xml": (TEST % RESOURCES).encode(), "q.xml": QUESTION}),
    ],
)
def test_more_descriptions_than_anyone_writes_are_left_unread_and_told(made: Callable[[], bytes]) -> None:
    assert verdict(made(), "x.mbz") == ("accept-with-warning", ["descriptions_unread"])


def test_an_address_of_millions_of_letters_is_no_address() -> None:
    assert verdict(zipped({"imsmanifest.xml": manifest("%41" * 2_300_000), "index.html": PAGE}))[0] == "reject"


def test_objectives_in_thousands_are_read_in_one_go() -> None:
    more = "".join(f'<objective objectiveID="o{number}"/>' for number in range(30_000))
    said = f"<objectives><primaryObjective/>{more}</objectives><objectives>{more}</objectives>"
    text = MANIFEST.decode().replace("1.2</schemaversion>", "2004 4th Edition</schemaversion>")
    text = text.replace("</item>", f'<sequencing><controlMode flow="true"/>{said}</sequencing></item>')
    assert verdict(described(text.encode())) == ("accept", [])


def test_a_title_turns_no_text_round() -> None:
    found = inspect(io.BytesIO(described(manifest(title="\u202eTitre\x85"))), "x.zip").report
    assert found.title == "Titre"


@pytest.mark.parametrize(
    "start", ['<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x" "y">\n<html>', "<!-- saved from url -->\n<html>"]
)
def test_a_page_may_begin_with_a_declaration_or_a_comment(start: str) -> None:
    report = inspect(io.BytesIO(f"{start}<body>x</body></html>".encode()), "page.html").report
    assert (report.verdict.value, report.facts["kind"]) == ("accept", "page")


def test_the_name_that_is_exact_goes_before_one_that_differs_by_case() -> None:
    files = {"imsmanifest.xml": MANIFEST, "IMSMANIFEST.XML": b"<x/>", "index.html": PAGE}
    assert verdict(zipped(files)) == ("accept", [])
    assert verdict(zipped(dict(reversed(files.items())))) == ("accept", [])


@pytest.mark.parametrize("folder", ["", "livre/"])
@pytest.mark.parametrize("path", ["OPS/book.opf", "OPS\\book.opf", "/OPS/book.opf"])
def test_a_book_is_found_by_its_container(folder: str, path: str) -> None:
    files = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": f'<c><rootfile full-path="{path}"/></c>'.encode(),
        "OPS/book.opf": b'<package version="2.0"><metadata><title>L</title></metadata><manifest><item id="c" '
        b'href="c.xhtml"/></manifest><spine><itemref idref="c"/></spine></package>',
        "OPS/c.xhtml": PAGE,
    }
    expected = ("accept-with-warning", ["nested_root"]) if folder else ("accept", [])
    if folder and path.startswith("/"):
        expected = ("reject", ["nested_root", "epub_no_package"])
    assert verdict(zipped({folder + name: data for name, data in files.items()}), "x.epub") == expected


def test_empty_parts_of_a_gzip_take_neither_the_stack_nor_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(gzip.compress(b"") * 5000 + backup(), "x.mbz")[0] == "accept"
    monkeypatch.setattr(tar_reader, "MOST_MEMBERS", 100)
    assert verdict(gzip.compress(b"") * 5000 + backup(), "x.mbz") == ("reject", ["archive_broken"])


H5P_VALUES = [None, True, -1, 1e999, "", "x" * 3000, [], {}, [None, 5, {"machineName": 5}], {"a": [{}]}]


def test_json_of_any_shape_gives_a_report() -> None:
    library = {"machineName": "H5P.X", "majorVersion": 1, "minorVersion": 0, "title": "X", "runnable": 1}
    whole = {"title": "T", "mainLibrary": "H5P.X", "language": "fr", "preloadedDependencies": [library], "license": "U"}
    for key in whole:
        for value in H5P_VALUES:
            files = {
                "h5p.json": json.dumps({**whole, key: value}).encode(), "content/content.json": b"{}",
                "H5P.X-1.0/library.json": json.dumps(library).encode(),
            }  # fmt: skip
            assert verdict(zipped(files), "x.h5p")[0]
    for key in (*library, "preloadedJs", "preloadedCss", "coreApi"):
        for value in H5P_VALUES:
            files = {
                "h5p.json": json.dumps(whole).encode(), "content/content.json": b"{}",
                "H5P.X-1.0/library.json": json.dumps({**library, key: value}).encode(),
            }  # fmt: skip
            assert verdict(zipped(files), "x.h5p")[0]


ADDRESSES = (b"../../x", b"javascript:x", b"http://[::1", b"%zz")
HOSTILE = (b"", b"-1", b"1e999", b"x" * 2000, b"\xf0\x9f\x98\x80", b"\xff", *ADDRESSES)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A document with a piece taken out, repeated, turned, or a value replaced."""
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.randrange(1, 60))
    opened = data.find(b'"', start)
    closed = data.find(b'"', opened + 1)
    ways = [
        data[:start] + data[end:],
        data[:start] + data[start:end] * 3 + data[end:],
        data[:start] + bytes([chance.randrange(256)]) + data[start + 1 :],
        data[: opened + 1] + chance.choice(HOSTILE) + data[closed:] if 0 <= opened < closed else data[:start],
    ]
    return chance.choice(ways)


RULES = (
    b'<imsss:sequencing xmlns:imsss="s"><imsss:controlMode flow="true"/><imsss:sequencingRules><imsss:preConditionRule>'
    b'<imsss:ruleConditions><imsss:ruleCondition condition="completed" measureThreshold="0.5"/></imsss:ruleConditions>'
    b'<imsss:ruleAction action="skip"/></imsss:preConditionRule></imsss:sequencingRules><imsss:rollupRules>'
    b'<imsss:rollupRule minimumCount="1"><imsss:rollupConditions><imsss:rollupCondition condition="satisfied"/>'
    b'</imsss:rollupConditions><imsss:rollupAction action="completed"/></imsss:rollupRule></imsss:rollupRules>'
    b'<imsss:limitConditions attemptLimit="2"/></imsss:sequencing></organization>'
)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_description_gives_a_report_and_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    led = MANIFEST.replace(b"</organization>", RULES).replace(
        b"1.2</schemaversion>", b"2004 4th Edition</schemaversion>"
    )
    for _run in range(60):
        text = chance.choice([MANIFEST, led])
        for _time in range(chance.randrange(1, 4)):
            text = damaged(text, chance) if text else text
        assert verdict(zipped({"imsmanifest.xml": text, "index.html": PAGE}, zipfile.ZIP_STORED))[0]
