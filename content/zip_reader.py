"""Zip archives (zip64 too): a strict inventory that reads no content, and streaming of one entry.

The standard library repairs silently what here is refused: names that climb, duplicate and overlapping entries,
headers that contradict one another, bytes before the first entry.

Source: PKWARE APPNOTE 6.3.10, sections 4.3 (structure), 4.4 (fields), 4.5.3 (zip64).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

from zlib_ng.zlib_ng import crc32

from content.budget import Budget
from content.entry import DEFLATED, STORED, Entry, refuse_special
from content.errors import ArchiveRefused
from content.names import decoded, is_litter, refuse_file_as_folder, refuse_twice, safe
from content.zip_end import directory

_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_CHUNK = 1 << 16
_ENCRYPTED = 0x2041  # bits 0, 6 and 13
_DESCRIPTOR, _PATCH, _UTF8 = 0x8, 0x20, 0x800
_FULL = 0xFFFFFFFF


def inventory(file: BinaryIO, budget: Budget) -> list[Entry]:
    """The files of a zip, in its order, folders and litter checked and left out. Raises ArchiveRefused."""
    start, size, count, total = directory(file)
    budget.check_count(count)
    if size > 64 * 1024 + budget.entries * 700:
        raise ArchiveRefused("archive_entries", most=budget.entries, found=count)
    file.seek(start)
    table = file.read(size)
    found: list[Entry] = []
    spans: list[tuple[int, int, str]] = []
    seen: set[str] = set()
    at = 0
    for _number in range(count):
        entry, offset, raw, at = _central(table, at)
        begin, end = _local(file, entry, offset, raw, start)
        spans.append((offset, end, entry.name))
        refuse_twice(entry.name, seen)
        if not entry.name.endswith("/") and not is_litter(entry.name):
            budget.check_entry(entry.name, entry.size, entry.packed)
            found.append(_placed(entry, begin))
    if at != len(table):
        raise ArchiveRefused("archive_broken")
    budget.check_total(sum(entry.size for entry in found), total)
    _refuse_overlap(spans)
    refuse_file_as_folder(entry.name for entry in found)
    return found


def _central(table: bytes, at: int) -> tuple[Entry, int, bytes, int]:
    """The entry at ``at`` (its start not known yet), the offset of its local header, its raw name, the next place."""
    try:
        fields = _CENTRAL.unpack_from(table, at)
    except struct.error:
        raise ArchiveRefused("archive_truncated") from None
    sign, _by, _need, flags, method, _time, _date, crc, packed, size = fields[:10]
    name_length, extra_length, comment_length, disk, _inner, outer, offset = fields[10:]
    if sign != b"PK\x01\x02":
        raise ArchiveRefused("archive_broken")
    after = at + _CENTRAL.size
    raw = table[after : after + name_length]
    extra = table[after + name_length : after + name_length + extra_length]
    text, decoding = _unicode_path(extra, raw) or decoded(raw, bool(flags & _UTF8))
    name = safe(text) or "./"
    packed, size, offset, disk = _zip64(extra, name, packed, size, offset, disk)
    if flags & _ENCRYPTED:
        raise ArchiveRefused("archive_encrypted", name)
    if disk:
        raise ArchiveRefused("archive_parts")
    if method not in (STORED, DEFLATED) or flags & _PATCH:
        raise ArchiveRefused("archive_method", name, method=method)
    refuse_special(name, outer >> 16)
    if name.endswith("/") and size:
        raise ArchiveRefused("archive_broken", name)
    entry = Entry(name, size, packed, method, crc, 0, decoding, "\\" in text)
    return entry, offset, raw, after + name_length + extra_length + comment_length


def _zip64(extra: bytes, name: str, packed: int, size: int, offset: int, disk: int) -> tuple[int, int, int, int]:
    """The figures that did not fit into 32 bits, from the extra field 1 (4.5.3), in its fixed order."""
    if _FULL not in (packed, size, offset) and disk != 0xFFFF:
        return packed, size, offset, disk
    body = _field(extra, 1)
    place = 0

    def take(value: int, full: int, form: str) -> int:
        nonlocal place
        if value != full:
            return value
        try:
            (value,) = struct.unpack_from(form, body, place)
        except struct.error:
            raise ArchiveRefused("archive_broken", name) from None
        place += struct.calcsize(form)
        return value

    size = take(size, _FULL, "<Q")
    packed = take(packed, _FULL, "<Q")
    offset = take(offset, _FULL, "<Q")
    return packed, size, offset, take(disk, 0xFFFF, "<L")


def _field(extra: bytes, wanted: int) -> bytes:
    """The body of an extra field; empty when there is none."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""


def _unicode_path(extra: bytes, raw: bytes) -> tuple[str, str] | None:
    """The name in Unicode that some tools add (4.6.9), which others then follow; None unless it is of this name."""
    body = _field(extra, 0x7075)
    if len(body) < 5 or body[0] != 1 or struct.unpack_from("<L", body, 1)[0] != crc32(raw):
        return None
    try:
        return body[5:].decode("utf-8"), ""
    except UnicodeDecodeError:
        return None


def _local(file: BinaryIO, entry: Entry, offset: int, raw: bytes, limit: int) -> tuple[int, int]:
    """Where the packed bytes begin and end. The two headers of an entry must say the same."""
    if offset > limit:
        raise ArchiveRefused("archive_truncated", entry.name)
    file.seek(offset)
    head = file.read(_LOCAL.size + len(raw))
    if len(head) < _LOCAL.size + len(raw):
        raise ArchiveRefused("archive_truncated", entry.name)
    sign, _need, flags, method, _time, _date, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(head)
    same = sign == b"PK\x03\x04" and method == entry.method and head[_LOCAL.size :] == raw and name_length == len(raw)
    if flags & _ENCRYPTED:
        raise ArchiveRefused("archive_encrypted", entry.name)
    if _FULL in (packed, size) and same:
        packed, size, _offset, _disk = _zip64(file.read(extra_length), entry.name, packed, size, 0, 0)
    told = [(crc, entry.crc), (packed, entry.packed), (size, entry.size)]
    # With a descriptor behind the data the local header holds zeros, also in its field of zip64.
    if not same or any(here not in (there, 0 if flags & _DESCRIPTOR else there) for here, there in told):
        raise ArchiveRefused("archive_headers_differ", entry.name)
    begin = offset + _LOCAL.size + name_length + extra_length
    end = begin + entry.packed
    if end > limit:
        raise ArchiveRefused("archive_truncated", entry.name)
    # Of an empty entry, a folder above all, some writers leave it out; there is nothing to lie about.
    if flags & _DESCRIPTOR and not crc and entry.packed and not _described(file, entry, end):
        raise ArchiveRefused("archive_headers_differ", entry.name)
    if entry.method == STORED and entry.packed != entry.size:
        raise ArchiveRefused("archive_size", entry.name)
    return begin, end


def _described(file: BinaryIO, entry: Entry, end: int) -> bool:
    """Whether the descriptor behind the data says what the directory says (4.3.9): its mark is optional, its sizes have
    32 or 64 bits. Readers of streams believe it."""
    file.seek(end)
    behind = file.read(24)
    said = behind[4:] if behind.startswith(b"PK\x07\x08") else behind
    figures = entry.crc, entry.packed, entry.size
    return said.startswith(struct.pack("<LQQ", *figures)) or (
        max(figures) <= _FULL and said.startswith(struct.pack("<LLL", *figures))
    )


def _placed(entry: Entry, start: int) -> Entry:
    return Entry(entry.name, entry.size, entry.packed, entry.method, entry.crc, start, entry.decoding, entry.back_slash)


def _refuse_overlap(spans: list[tuple[int, int, str]]) -> None:
    spans.sort()
    for (_start, end, _name), (following, _end, name) in pairwise(spans):
        if following < end:
            raise ArchiveRefused("archive_overlap", name)


def stream(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The content of an entry in pieces of at most 256 KB, counted and checked as it goes.

    Raises ArchiveRefused: ``archive_size``, ``archive_crc``, ``archive_broken``.
    """
    file.seek(entry.start)
    at, left, size, crc = entry.start, entry.packed, 0, 0
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
    pending = b""
    while True:
        if left and not pending:
            file.seek(at)  # whoever consumes the pieces may read the file meanwhile
            pending = file.read(min(_CHUNK, left))
            if not pending:
                raise ArchiveRefused("archive_truncated", entry.name)
            at, left = at + len(pending), left - len(pending)
        if inflate is None:
            piece, pending = pending, b""
        else:
            try:
                piece = inflate.decompress(pending, 4 * _CHUNK)
            except zlib.error:
                raise ArchiveRefused("archive_broken", entry.name) from None
            pending = inflate.unconsumed_tail
            if inflate.eof:
                pending, left = b"", 0
        if not (piece or pending or left):  # zlib may give what it held back after it took the last byte
            break
        size, crc = size + len(piece), crc32(piece, crc)
        if size > entry.size:
            raise ArchiveRefused("archive_size", entry.name)
        if piece:
            yield piece
    if size != entry.size or (inflate is not None and not inflate.eof):
        raise ArchiveRefused("archive_size", entry.name)
    if crc != entry.crc:
        raise ArchiveRefused("archive_crc", entry.name)
