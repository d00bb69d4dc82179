"""Makes archives for tests, the hostile ones too: what no library writes is patched into the bytes."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping

SCORM_12 = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="M1" version="1.1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
 xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
<organizations default="O1"><organization identifier="O1"><title>{title}</title>
<item identifier="I1" identifierref="R1"{parameters}><title>Se repérer</title>{item}</item></organization>
</organizations><resources>
<resource identifier="R1" type="webcontent" adlcp:scormtype="sco" href="{href}"{base}/></resources></manifest>"""

PAGE = b"<!DOCTYPE html><html lang='fr'><head><title>Page</title></head><body><h1>Bonjour</h1></body></html>"


def manifest(
    href: str = "index.html", title: str = "Accueil", parameters: str = "", item: str = "", base: str = ""
) -> bytes:
    """A SCORM 1.2 manifest with one SCO."""
    return SCORM_12.format(href=href, title=title, parameters=parameters, item=item, base=base).encode()


def zipped(files: Mapping[str, bytes] | None = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip; without files a small SCORM package."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in (files or {"imsmanifest.xml": manifest(), "index.html": PAGE}).items():
            info = zipfile.ZipInfo(name)
            # The library repairs names on writing as on reading: take this one as it is.
            info.filename = name
            info.compress_type = method
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def crowded(count: int) -> bytes:
    """A zip64 of so many empty files, their numbers as names, in a moment."""
    out, central = bytearray(), bytearray()
    local, outer = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L")
    for number in range(count):
        name, start = b"%d" % number, len(out)
        out += local.pack(b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0) + name
        central += outer.pack(b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, start) + name
    start, end = len(out), len(out) + len(central)
    out += central + struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(central), start)
    out += struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    return bytes(out + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(central), start, 0))


def with_entry(name: str, mode: int = 0o100644, data: bytes = b"evil") -> bytes:
    """A small SCORM package and one entry more, of any name and any mode."""
    out = io.BytesIO(zipped())
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        info.external_attr = mode << 16
        archive.writestr(info, data)
    return out.getvalue()


def renamed(data: bytes, name: str, raw: bytes) -> bytes:
    """The same zip with the bytes of a name replaced by others of the same length, in both headers, unflagged."""
    assert len(name.encode()) == len(raw)
    return data.replace(name.encode(), raw)


def tarred(files: Mapping[str, bytes | tarfile.TarInfo]) -> bytes:
    """A gzipped tar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.GNU_FORMAT) as archive:
        for name, data in files.items():
            if isinstance(data, tarfile.TarInfo):
                archive.addfile(data)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tar_link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    """A member that is not a file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def overlapping(size: int) -> bytes:
    """A zip whose second entry lies within the packed bytes of the first (the zip bomb of 2019, in small): both
    headers are true."""
    inner = zipped({"b": b"\0" * size})
    record = inner[: inner.index(b"PK\x01\x02")]
    outer = zipped({"a": record}, zipfile.ZIP_STORED)
    start, end = outer.index(b"PK\x01\x02"), outer.rindex(b"PK\x05\x06")
    entry = bytearray(inner[inner.index(b"PK\x01\x02") : inner.rindex(b"PK\x05\x06")])
    entry[42:46] = outer.index(record).to_bytes(4, "little")
    table = outer[start:end] + bytes(entry)
    tail = bytearray(outer[end:])
    tail[8:10] = tail[10:12] = (2).to_bytes(2, "little")
    tail[12:16] = len(table).to_bytes(4, "little")
    return outer[:start] + table + bytes(tail)


def gunzipped_bomb(megabytes: int) -> bytes:
    """A gzipped tar whose one file is zeros."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as packed:
        info = tarfile.TarInfo("moodle_backup.xml")
        info.size = megabytes << 20
        packed.write(info.tobuf(tarfile.GNU_FORMAT))
        for _number in range(megabytes):
            packed.write(b"\0" * (1 << 20))
    return out.getvalue()
