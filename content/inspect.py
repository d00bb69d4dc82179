"""Which format a file is, what its reader says of it, and the report. Nothing is kept, nothing is written.

with open(path, "rb") as file:
    inspection = inspect(file, path.name)
inspection.report.verdict
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

from content import json_text, pages, single, xml
from content.archive import Archive, Budget, open_archive
from content.errors import ContentError
from content.metadata import lom, schema_org
from content.metadata.lheo import reading as lheo
from content.metadata.lheo.reading import Lheo
from content.metadata.record import Record
from content.oai import answers
from content.packages import cartridge, cmi5, epub, h5p, imscp, manifest, moodle_backup, qti, scorm
from content.packages.cartridge import Cartridge
from content.packages.cmi5 import Course
from content.packages.epub import Epub
from content.packages.h5p import H5p
from content.packages.imscp import Booklet
from content.packages.moodle_backup import MoodleBackup
from content.packages.package import MANIFEST_BYTES, Package, find_root
from content.packages.qti import Qti
from content.packages.scorm import Scorm
from content.report import Findings, Report, Verdict, Weight, report
from content.single import Single

Read = Scorm | Course | Booklet | Cartridge | MoodleBackup | H5p | Qti | Epub | Single | Record | Lheo | None
"""What the reader of a format gives; None when the file was refused before one could read it."""

LARGEST_SHOWN = 10
_MOODLE, _EPUB = "moodle_backup.xml", "META-INF/container.xml"
#: The files that only one format has, in the order in which they are asked.
_MANIFESTS = (_MOODLE, _EPUB, "h5p.json", "cmi5.xml", "imsmanifest.xml")


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file that was looked at. ``archive`` is None of a single file; ``root`` the folder of the manifest in it."""

    report: Report
    package: Read
    archive: Archive | None = None
    root: str = ""


def inspect(file: BinaryIO, name: str, budget: Budget | None = None) -> Inspection:
    """Look at a seekable file called ``name``. Never raises for what is wrong with it: the report says so."""
    found = Findings()
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(4096)
    if not head:
        found.error("archive_empty_file")
        return Inspection(report(found, Weight()), None)
    if head[:2] in (b"PK", b"\x1f\x8b") or b"PK\x03\x04" in head:
        return _archive(file, found, size, budget)
    package: Read = None
    try:
        package = _text(file, head, name, size, found)
    except ContentError as error:
        found.error(error.code, error.where, **error.details)
    return Inspection(report(found, Weight(size, size, 1)), package)


def _archive(file: BinaryIO, found: Findings, size: int, budget: Budget | None) -> Inspection:
    read: Read = None
    archive, root, look = None, "", pages.Look()
    largest: tuple[tuple[str, int], ...] = ()
    try:
        archive = open_archive(file, budget)
        _names(archive, found)
        read, root = read_package(archive, found)
        _contents(archive, look)
    except ContentError as error:
        found.error(error.code, error.where, **error.details)
    if archive is None:
        return Inspection(report(found, Weight(size)), None)
    if found.verdict is not Verdict.REJECT:
        _say_hosts(found, look)
    entries = sorted(archive.entries.values(), key=lambda entry: -entry.size)[:LARGEST_SHOWN]
    largest = tuple((entry.name, entry.size) for entry in entries)
    weight = Weight(size, archive.total, len(archive.entries), largest)
    stated = read.access if isinstance(read, Epub) else ()
    return Inspection(report(found, weight, tuple(sorted(look.hosts)), look.access(stated)), read, archive, root)


def _names(archive: Archive, found: Findings) -> None:
    """How the letters of names were found is said once a way."""
    ways: dict[str, list[str]] = {}
    for entry in archive.entries.values():
        if entry.back_slash:
            ways.setdefault("names_back_slash", []).append(entry.name)
        if entry.decoding:
            ways.setdefault(f"names_{entry.decoding}", []).append(entry.name)
    for code, names in ways.items():
        found.info(code, names[0], count=len(names))


def _contents(archive: Archive, look: pages.Look) -> None:
    """Read every byte once: lengths and checksums are right, or ArchiveRefused; pages are looked at on the way."""
    for entry, pieces in archive.walk():
        if look.wants(entry.name, entry.size):
            look.take(entry.name, b"".join(pieces))
            continue
        for _piece in pieces:
            pass


def _say_hosts(found: Findings, look: pages.Look) -> None:
    if look.hosts:
        found.info("hosts_outside", ", ".join(sorted(look.hosts))[:200], count=len(look.hosts))


def read_package(archive: Archive, found: Findings) -> tuple[Read, str]:
    """What the reader says that knows what lies in the archive, by the file that only its format has; the folder of
    that file. Of several such files the first that is valid is followed, as platforms of its format would do."""
    entries = archive.entries
    for name, start, media_type in single.OFFICE:
        if name in entries and (not start or archive.read(name, 200).startswith(start)):
            found.format = "file"
            found.facts |= {"media_type": media_type, "kind": "document"}
            return Single(media_type, "document"), ""
    described = [
        (name, place, said)
        for name, said in ((name, Findings()) for name in _MANIFESTS)
        if (place := find_root(archive, name, said))
    ]
    if described and described[0][0] == _MOODLE:  # people's data may be in it, which no other format may vouch for
        del described[1:]
    refused: dict[str, Findings] = {}
    for name, (root, really), said in described:
        read = _with_manifest(Package(archive, root, said), name, really)
        if said.verdict is Verdict.REJECT and len(described) > 1:
            refused[name] = said
            continue
        found.take(said)
        for other, _place, _said in described:
            if other in refused:
                found.warn("manifest_beside_invalid", other)
            elif other != name:
                found.info("manifest_beside", other)
        return read, root
    for name, said in refused.items():
        found.error("manifest_invalid", name)
        found.take(said)
    if not described:
        _nothing_known(archive, found)
    return None, ""


def _with_manifest(package: Package, name: str, really: str) -> Read:
    if name == _MOODLE:
        return moodle_backup.read(package)
    if name == _EPUB:
        return epub.read(package)
    if name == "h5p.json":
        return h5p.read(package)
    root = package.document(really, MANIFEST_BYTES)
    if root is None:
        package.found.format = package.found.format or ("cmi5" if name == "cmi5.xml" else "")
        return None
    if name == "cmi5.xml":
        return cmi5.read(root, package.found, package)
    read = manifest.read(root, package.found)
    if read is None:
        return None
    if cartridge.is_cartridge(read):
        return cartridge.read(package, read)
    if version := scorm.is_scorm(read):
        return scorm.read(package, read, version)
    return qti.read(package, read) if qti.is_qti(read) else imscp.read(package, read)


def _nothing_known(archive: Archive, found: Findings) -> None:
    """Say the most helpful thing of an archive without a manifest."""
    names = [name.lower() for name in archive.entries]
    ends = {name.rpartition(".")[2] for name in names}
    mimetype = archive.entries.get("mimetype")
    if mimetype and mimetype.size < 100 and archive.read("mimetype", 100).startswith(epub.MIMETYPE):
        found.format = "epub"
        found.error("epub_no_package", _EPUB)
    elif "moodle.xml" in names:
        found.format = "moodle19"
        found.error("moodle_19")
    elif {"crs", "au", "des", "cst"} <= ends:
        found.format = "aicc"
        found.error("aicc")
    elif any(name.endswith(("/imsmanifest.xml", "/cmi5.xml", "/h5p.json", "/moodle_backup.xml")) for name in names):
        deep = next(
            n
            for n in archive.entries
            if re.search(r"/(imsmanifest\.xml|cmi5\.xml|h5p\.json|moodle_backup\.xml)$", n, re.I)
        )
        found.error("manifest_not_at_root", deep)
    elif len(names) <= 3 and ends & {"zip", "imscc", "mbz", "h5p"}:
        found.error("archive_in_archive", next(iter(archive.entries)))
    elif any(name.rpartition("/")[2] in ("content.xml", "contentv3.xml") for name in names):
        found.error("exelearning_source")
    else:
        found.error("no_manifest")


def _text(file: BinaryIO, head: bytes, name: str, size: int, found: Findings) -> Read:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    is_xml = start.startswith((b"<?xml", b"\xff\xfe<", b"\xfe\xff\x00<", b"<\x00?")) or name.lower().endswith(".xml")
    if is_xml and not single.is_page(head):
        return _xml(file, name, size, found)
    if start[:1] in (b"{", b"[") and name.lower().endswith((".json", ".jsonld")):
        return _json(file, name, found)
    return single.read(head, name, found)


def _xml(file: BinaryIO, name: str, size: int, found: Findings) -> Read:
    file.seek(0)
    head = file.read(4096)
    if lheo.looks_like(head) and lheo.is_offer((stream := xml.Stream(file, where=name, most=lheo.MOST_BYTES)).root):
        if stream.repaired:
            found.warn(f"encoding_{stream.repaired}", name)
        return lheo.read_file(stream, found)
    if size > xml.MOST_BYTES:
        found.error("xml_too_large", name, most=xml.MOST_BYTES)
        return None
    file.seek(0)
    document = xml.parse(file.read(), where=name)
    if document.repaired:
        found.warn(f"encoding_{document.repaired}", name)
    root = document.root
    local = xml.local(root)
    if local == "courseStructure" or xml.namespace(root) == cmi5.NAMESPACE:
        return cmi5.read(root, found, None)
    if lheo.is_lheo(root):
        return lheo.read(root, found)
    if lom.is_lom(root):
        return lom.read(root, found)
    if answers.is_answer(root):
        answers.describe(root, found)
        return None
    if local in (*qti.ITEM_ROOTS, *qti.TEST_ROOTS, "questestinterop"):
        qti.bare(root, found, name)
        return None
    if local == "manifest":
        found.error("manifest_alone")
        return None
    found.error("xml_unknown", local[:80])
    return None


def _json(file: BinaryIO, name: str, found: Findings) -> Read:
    file.seek(0)
    data = json_text.parse(file.read(json_text.MOST_BYTES + 1), name)
    if isinstance(data, list) or (isinstance(data, dict) and ("@type" in data or "@graph" in data)):
        schema_org.read(data, found)
    else:
        found.error("json_unknown", name)
    return None
